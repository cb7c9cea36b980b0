// modbus-serial as a server: node modbus_serial_server.js PORT
const { ServerTCP } = require("modbus-serial");
const numbers = require("./numbers.js");
const holding = Array.from({ length: 3000 }, (_, a) => numbers.holding(a));
const coils = Array.from({ length: 3000 }, (_, a) => numbers.coil(a));
new ServerTCP(
  {
    getHoldingRegister: (address) => holding[address],
    getInputRegister: (address) => numbers.input(address),
    getCoil: (address) => coils[address],
    getDiscreteInput: (address) => numbers.discrete(address),
    setRegister: (address, value) => { holding[address] = value; },
    setCoil: (address, value) => { coils[address] = value; },
  },
  { host: "127.0.0.1", port: Number(process.argv[2]), unitID: 1 },
);
