"""What the fault scripts share: a Modbus server that counts every read of every block, a TCP proxy that can be cut,
mosquitto with mosquitto_sub as the judge, and bondlined between them. Standard library only."""
import asyncio
import csv
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile

BLOCKS = 8


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ModbusCounter:
    """Answers FC 3. Block b begins at register 1000 b; its first two registers count the reads of it."""

    def __init__(self):
        self.served = [0] * BLOCKS

    async def start(self):
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def talk(self, reader, writer):
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                function, address, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
                block = address // 1000
                self.served[block] += 1
                words = struct.pack(">I", self.served[block]) + bytes(2 * count - 4)
                writer.write(struct.pack(">HHHBBB", transaction, 0, 3 + len(words), unit, function, len(words)) + words)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Proxy:
    """Forwards to a port; cut() ends every connection and refuses new ones, or with `silent` keeps them and moves
    nothing, as a pulled cable does; mend() undoes it."""

    def __init__(self, to):
        self.to, self.writers, self.open = to, set(), asyncio.Event()
        self.open.set()
        self.server, self.port = None, free_port()

    async def start(self):
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", self.port)

    async def talk(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        pair = {writer, up_writer}
        self.writers |= pair

        async def pump(source, sink):
            try:
                while data := await source.read(65536):
                    await self.open.wait()
                    sink.write(data)
                    await sink.drain()
            except ConnectionError:
                pass
            finally:
                for w in pair:
                    w.close()

        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))
        self.writers -= pair

    async def cut(self, silent=False):
        if silent:
            self.open.clear()
            return
        self.server.close()
        self.drop()

    def drop(self):
        for w in list(self.writers):
            w.transport.abort()

    async def mend(self):
        if self.open.is_set():
            await self.start()
        self.open.set()


class Bench:
    """Everything but the faults."""

    def __init__(self, bondlined, poll="100 ms", window="5 ms", qos=1):
        self.bondlined, self.poll, self.window, self.qos = bondlined, poll, window, qos
        self.folder = tempfile.TemporaryDirectory(prefix="bondline-faults-")
        self.at = lambda name: os.path.join(self.folder.name, name)
        self.line = None

    async def start(self):
        self.modbus = ModbusCounter()
        await self.modbus.start()
        broker_port = free_port()
        with open(self.at("m.conf"), "w") as f:
            f.write(f"listener {broker_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
            if os.geteuid() == 0:
                f.write("user root\n")
        self.broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.at("m.conf")], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", broker_port)) == 0:
                    break
            await asyncio.sleep(0.02)
        self.received = open(self.at("received.txt"), "wb")
        self.judge = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker_port), "-q", "1", "-V", "5", "-i",
                                       "judge", "-c", "-x", "3600", "-t", "plant/cut"], stdout=self.received)
        await asyncio.sleep(0.5)
        self.proxy = Proxy(broker_port)
        await self.proxy.start()
        with open(self.at("m.csv"), "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["name", "address", "type"])
            for b in range(BLOCKS):
                out.writerow([f"b{b}", f"hr:{1000 * b}", "uint32"])
        with open(self.at("l.yaml"), "w") as f:
            f.write(f'bondline: line/1\nname: cut\nmachines:\n  m: {{modbus: "tcp://127.0.0.1:{self.modbus.port}", tags: m.csv, '
                    f'poll: {self.poll}}}\nsinks:\n  plant: {{mqtt: "mqtt://127.0.0.1:{self.proxy.port}", topic: plant/cut, '
                    f'qos: {self.qos}, keep_alive: 2 s}}\nstore: {{path: store, window: {self.window}}}\n')

    def run_line(self):
        self.line = subprocess.Popen([self.bondlined, self.at("l.yaml")], stdout=subprocess.DEVNULL,
                                     stderr=open(self.at("line.txt"), "ab"))

    def kill_line(self):
        """SIGKILL; False when it had ended by itself."""
        alive = self.line.poll() is None
        self.line.kill()
        self.line.wait()
        return alive

    async def end_line(self):
        """SIGTERM; meanwhile the proxy goes on, so that what is stored can still be sent."""
        self.line.terminate()
        await asyncio.to_thread(self.line.wait)

    def arrived(self):
        """{tag: set of values}, samples that came twice and said so, twice and did not say so."""
        tags, marked, unmarked = {f"m.b{b}": set() for b in range(BLOCKS)}, 0, 0
        with open(self.at("received.txt"), "rb") as f:
            for text in f:
                if not (text.startswith(b"{") and text.endswith(b"}\n")):
                    continue
                document = json.loads(text)
                for run in document["runs"]:
                    for name, value in run["v"].items():
                        if value is None or run.get("q", {}).get(name, "good") != "good":
                            continue
                        if value in tags[name]:
                            marked, unmarked = (marked + 1, unmarked) if "again" in document else (marked, unmarked + 1)
                        tags[name].add(value)
        return tags, marked, unmarked

    def stored(self):
        """{tag: set of values} of the log."""
        tags = {f"m.b{b}": set() for b in range(BLOCKS)}
        bondline = os.path.join(os.path.dirname(self.bondlined), "bondline")
        out = subprocess.run([bondline, "history", "query", self.at("l.yaml"), "--tag", "m.*", "--json"], check=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for sample in json.loads(out)["samples"]:
            if sample["quality"] == "good":
                tags[sample["tag"]].add(int(sample["value"]))
        return tags

    async def settle(self, enough, seconds):
        """Waits until enough(arrived) or so many seconds have passed."""
        for _ in range(int(seconds / 0.25)):
            self.received.flush()
            tags, _, _ = self.arrived()
            if enough(tags):
                return
            await asyncio.sleep(0.25)

    def end(self):
        for p in (self.line, self.judge, self.broker):
            if p and p.poll() is None:
                p.send_signal(signal.SIGTERM)
                p.wait()
        self.folder.cleanup()
