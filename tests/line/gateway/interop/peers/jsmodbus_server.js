// jsmodbus as a server: node jsmodbus_server.js PORT
const net = require("net");
const { server } = require("jsmodbus");
const numbers = require("./numbers.js");
const listener = new net.Server();
const bits = (of) => {
  const bytes = Buffer.alloc(375);
  for (let a = 0; a < 3000; ++a) if (of(a)) bytes[a >> 3] |= 1 << (a & 7);
  return bytes;
};
const words = (of) => {
  const bytes = Buffer.alloc(6000);
  for (let a = 0; a < 3000; ++a) bytes.writeUInt16BE(of(a), 2 * a);
  return bytes;
};
new server.TCP(listener, {
  holding: words(numbers.holding), input: words(numbers.input), coils: bits(numbers.coil), discrete: bits(numbers.discrete),
});
listener.listen(Number(process.argv[2]), "127.0.0.1");
