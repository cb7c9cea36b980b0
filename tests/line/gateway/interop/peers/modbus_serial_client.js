// modbus-serial as a client: node modbus_serial_client.js PORT prints what it read and writes what the test looks for.
const ModbusRTU = require("modbus-serial");
(async () => {
  const client = new ModbusRTU();
  await client.connectTCP("127.0.0.1", { port: Number(process.argv[2]) });
  client.setID(1);
  client.setTimeout(5000);
  const said = {
    holding: (await client.readHoldingRegisters(100, 125)).data,
    input: (await client.readInputRegisters(7, 3)).data,
    coils: (await client.readCoils(5, 9)).data.slice(0, 9),
    discrete: (await client.readDiscreteInputs(0, 11)).data.slice(0, 11),
  };
  await client.writeCoil(7, true);
  await client.writeRegister(50, 4660);
  await client.writeCoils(8, [true, false, true, true]);
  await client.writeRegisters(60, [1, 2, 65535]);
  await client.maskWriteRegister(70, 0xff00, 0x0012);
  said.identity = (await client.readDeviceIdentification(1, 0)).data;
  try {
    await client.readHoldingRegisters(2990, 20);
    said.refused = "no";
  } catch (problem) {
    said.refused = String(problem.modbusCode);
  }
  console.log(JSON.stringify(said));
  client.close(() => process.exit(0));
})();
