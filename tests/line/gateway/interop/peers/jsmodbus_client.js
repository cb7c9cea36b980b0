// jsmodbus as a client: node jsmodbus_client.js PORT prints what it read and writes what the test looks for.
const net = require("net");
const { client } = require("jsmodbus");
const socket = new net.Socket();
const modbus = new client.TCP(socket, 1, 5000);
socket.on("connect", async () => {
  const said = {
    holding: (await modbus.readHoldingRegisters(100, 125)).response.body.valuesAsArray,
    input: (await modbus.readInputRegisters(7, 3)).response.body.valuesAsArray,
    coils: (await modbus.readCoils(5, 9)).response.body.valuesAsArray.slice(0, 9).map(Boolean),
    discrete: (await modbus.readDiscreteInputs(0, 11)).response.body.valuesAsArray.slice(0, 11).map(Boolean),
  };
  await modbus.writeSingleCoil(7, true);
  await modbus.writeSingleRegister(50, 4660);
  await modbus.writeMultipleCoils(8, [true, false, true, true]);
  await modbus.writeMultipleRegisters(60, [1, 2, 65535]);
  try {
    await modbus.readHoldingRegisters(2990, 20);
    said.refused = "no";
  } catch (problem) {
    said.refused = String(problem.response && problem.response.body.code);
  }
  console.log(JSON.stringify(said));
  process.exit(0);
});
socket.connect({ host: "127.0.0.1", port: Number(process.argv[2]) });
