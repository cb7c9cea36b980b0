"""pymodbus as a client: python3 pymodbus_client.py PORT prints what it read and writes what the test looks for."""
import json
import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]))
assert client.connect()
said = {
    "holding": client.read_holding_registers(100, 125, slave=1).registers,
    "input": client.read_input_registers(7, 3, slave=1).registers,
    "coils": client.read_coils(5, 9, slave=1).bits[:9],
    "discrete": client.read_discrete_inputs(0, 11, slave=1).bits[:11],
}
assert not client.write_coil(7, True, slave=1).isError()
assert not client.write_register(50, 4660, slave=1).isError()
assert not client.write_coils(8, [True, False, True, True], slave=1).isError()
assert not client.write_registers(60, [1, 2, 65535], slave=1).isError()
assert not client.mask_write_register(70, 0xFF00, 0x0012, unit=1).isError()
both = client.readwrite_registers(read_address=80, read_count=2, write_address=81, write_registers=[4321], unit=1)
said["both"] = both.registers
identity = client.execute(ReadDeviceInformationRequest(read_code=1, object_id=0, unit=1))
said["identity"] = {str(k): v.decode() for k, v in identity.information.items()}
said["refused"] = str(client.read_holding_registers(2990, 20, slave=1).exception_code)
print(json.dumps(said))
client.close()
