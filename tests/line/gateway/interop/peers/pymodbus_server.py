"""pymodbus as a server: python3 pymodbus_server.py PORT"""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer


async def main():
    holding = [(a * 257 + 0x1234) & 0xFFFF for a in range(3000)]
    inputs = [(a * 7 + 5) & 0xFFFF for a in range(3000)]
    unit = ModbusSlaveContext(
        hr=ModbusSequentialDataBlock(0, holding), ir=ModbusSequentialDataBlock(0, inputs),
        co=ModbusSequentialDataBlock(0, [a % 3 == 0 for a in range(3000)]),
        di=ModbusSequentialDataBlock(0, [a % 5 == 0 for a in range(3000)]), zero_mode=True)
    server = ModbusTcpServer(ModbusServerContext(slaves=unit, single=True), address=("127.0.0.1", int(sys.argv[1])))
    await server.serve_forever()


asyncio.run(main())
