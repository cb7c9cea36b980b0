// What stands in the registers of every server, theirs and ours.
exports.holding = (address) => (address * 257 + 0x1234) & 0xffff;
exports.input = (address) => (address * 7 + 5) & 0xffff;
exports.coil = (address) => address % 3 === 0;
exports.discrete = (address) => address % 5 === 0;
