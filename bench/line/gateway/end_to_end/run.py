#!/usr/bin/env python3
"""Modbus -> gateway -> MQTT, end to end, for us and, where they are installed, for others in the same run.
    run.py BUILD [--node-red FOLDER] [--seconds S] [CASE...]
BUILD holds bin/bondline, bin/bench_plant (and bin/peer_libmodbus). FOLDER is where `npm install node-red
node-red-contrib-modbus` was run. Cases: ours:TAGS:CONNECTIONS[:json|cbor[:QOS]], nodered:TAGS:CONNECTIONS:array|single, start,
idle, libmodbus; without any, the whole table. Standard library only. Prints Markdown."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, seconds=20):
    until = time.time() + seconds
    while time.time() < until:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens on {port}")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_megabytes(pid, key="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith(key))


class Bench:
    def __init__(self, build, seconds):
        self.build, self.seconds = build, seconds
        self.folder = tempfile.mkdtemp(prefix="bondline-bench-", dir=os.environ.get("BENCH_FOLDER"))
        self.broker_port = free_port()
        with open(self.at("m.conf"), "w") as f:
            f.write(f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
            if os.geteuid() == 0:
                f.write("user root\n")
        self.broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.at("m.conf")], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        wait_for(self.broker_port)

    def at(self, name):
        return os.path.join(self.folder, name)

    def bin(self, name):
        return os.path.join(self.build, "bin", name)

    def plant(self, topic, form):
        plant = subprocess.Popen([self.bin("bench_plant"), str(self.broker_port), topic, form], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        return plant, int(plant.stdout.readline().split()[1])

    def line_file(self, port, tags, connections, payload="cbor", qos=1, poll="100 ms"):
        """Blocks of 125 registers; the first two are the stamp."""
        each = tags // connections
        text = ["bondline: line/1", "name: bench", "machines:"]
        for m in range(connections):
            with open(self.at(f"m{m}.csv"), "w") as f:
                f.write("name,address,type\n")
                made = register = 0
                while made < each:
                    if register % 125 == 0:
                        f.write(f"b{register // 125}.stamp,hr:{register},uint32\n")
                        register += 2
                    else:
                        f.write(f"r{register},hr:{register},uint16\n")
                        register += 1
                    made += 1
            text.append(f'  m{m}: {{modbus: "tcp://127.0.0.1:{port}", tags: m{m}.csv, poll: {poll}, pipeline: 16}}')
        text += ["sinks:", f'  b: {{mqtt: "mqtt://127.0.0.1:{self.broker_port}", topic: bench/samples, qos: {qos}, payload: {payload}, '
                 # mosquitto takes 20 messages at once: at millions of tags a second they must be large.
                 f"samples: {2000 if tags <= 100000 else 10000}}}",
                 "store: {path: store, keep: 1 min}"]
        shutil.rmtree(self.at("store"), ignore_errors=True)
        with open(self.at("l.yaml"), "w") as f:
            f.write("\n".join(text) + "\n")

    def measure(self, pid, plant, warm=3.0):
        time.sleep(warm)
        before, began = cpu_seconds(pid), time.time()
        plant.stdin.write("mark\n")
        plant.stdin.flush()
        time.sleep(self.seconds)
        plant.stdin.write("tell\n")
        plant.stdin.flush()
        told = json.loads(plant.stdout.readline())
        told["cores"] = (cpu_seconds(pid) - before) / (time.time() - began)
        told["rss"], told["rss_peak"] = rss_megabytes(pid), rss_megabytes(pid, "VmHWM")
        return told

    def row(self, what, told, note=""):
        print(f"| {what} | {told['samples_per_s']:,.0f} | {told['cores']:.2f} | {told['rss']:.0f} ({told['rss_peak']:.0f}) | "
              f"{told['p50_ms']:.1f} / {told['p99_ms']:.1f} | {told['messages_per_s']:,.0f} | {note} |", flush=True)

    def ours(self, tags, connections, payload="cbor", qos="1"):
        plant, port = self.plant("bench/samples", "bondline")
        self.line_file(port, tags, connections, payload, int(qos))
        line = subprocess.Popen([self.bin("bondline"), "line", "run", self.at("l.yaml"), "--json"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        told = self.measure(line.pid, plant)
        line.send_signal(signal.SIGTERM)
        report = json.loads(line.communicate()[0])
        plant.stdin.close()
        plant.wait()
        overruns = sum(d["overruns"] for d in report["drivers"].values())
        dropped = sum(report["counters"]["dropped"].values())
        self.row(f"Bondline, {payload} with names, QoS {qos}: {tags:,} tags, {connections} connections", told,
                 f"durable p50 {report['latency_ms']['p50']:.1f}, p99 {report['latency_ms']['p99']:.1f} ms; dropped {dropped}, overruns "
                 f"{overruns}, balanced {'yes' if report['counters']['balanced'] else 'NO'}")

    def nodered(self, tags, connections, form="array"):
        if not self.node_red:
            print(f"| Node-RED, {form}, {tags:,} tags | not installed |", flush=True)
            return
        plant, port = self.plant("bench/#" if form == "single" else "bench/samples", form)
        flows = [{"id": "tab", "type": "tab", "label": "bench"},
                 {"id": "0000.broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(self.broker_port), "clientid": "bench-nr",
                  "protocolVersion": "4", "keepalive": "60", "cleansession": True}]
        each = tags // connections // 125
        for m in range(connections):
            flows.append({"id": f"{m:08x}.client", "type": "modbus-client", "name": f"device {m}", "clienttype": "tcp", "bufferCommands": True,
                          "tcpHost": "127.0.0.1", "tcpPort": str(port), "tcpType": "DEFAULT", "unit_id": "1", "commandDelay": "1",
                          "clientTimeout": "1000", "reconnectOnTimeout": True, "reconnectTimeout": "2000",
                          "parallelUnitIdsAllowed": True, "stateLogEnabled": False, "queueLogEnabled": False})
            for b in range(each):
                to = "0000.out"
                if form == "single":
                    to = f"f{m}_{b}"
                    flows.append({"id": to, "type": "function", "z": "tab", "outputs": 1, "wires": [["0000.out"]], "func":
                                  f"const d = msg.payload; const all = [{{topic: 'bench/m{m}/b{b}/stamp', payload: "
                                  f"d[0] * 65536 + d[1]}}]; for (let i = 2; i < d.length; ++i) all.push({{topic: "
                                  f"'bench/m{m}/b{b}/r' + i, payload: d[i]}}); return [all];"})
                flows.append({"id": f"r{m}_{b}", "type": "modbus-read", "z": "tab", "name": "", "topic": "", "showStatusActivities": False,
                              "logIOActivities": False, "showErrors": False, "unitid": "1", "dataType": "HoldingRegister",
                              "adr": str(125 * b), "quantity": "125", "rate": "100", "rateUnit": "ms", "delayOnStart": False,
                              "startDelayTime": "", "server": f"{m:08x}.client", "useIOFile": False, "ioFile": "", "useIOForPayload": False,
                              "emptyMsgOnFail": False, "wires": [[to], []]})
        flows.append({"id": "0000.out", "type": "mqtt out", "z": "tab", "topic": "" if form == "single" else "bench/samples", "qos": "0",
                      "retain": "false", "broker": "0000.broker", "wires": []})
        home = self.at("nr")  # ids of configuration nodes must not look like other nodes' properties
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        os.symlink(os.path.join(self.node_red, "node_modules"), os.path.join(home, "node_modules"))
        with open(os.path.join(home, "package.json"), "w") as f:
            json.dump({"name": "nr", "version": "1.0.0", "dependencies": {"node-red-contrib-modbus": "*"}}, f)
        with open(os.path.join(home, "flows.json"), "w") as f:
            json.dump(flows, f)
        with open(os.path.join(home, "settings.js"), "w") as f:
            f.write(f"module.exports = {{uiPort: {free_port()}, uiHost: '127.0.0.1', flowFile: 'flows.json', httpAdminRoot: false, "
                    "logging: {console: {level: 'warn'}}}\n")
        run = subprocess.Popen(["node", os.path.join(self.node_red, "node_modules/node-red/red.js"), "-u", home], cwd=home,
                               stdout=open(self.at("nr.txt"), "w"), stderr=subprocess.STDOUT)
        told = self.measure(run.pid, plant, warm=10)
        run.send_signal(signal.SIGTERM)
        try:
            run.wait(10)
        except subprocess.TimeoutExpired:
            run.kill()
        plant.stdin.close()
        plant.wait()
        what = "one array per block, no names" if form == "array" else "one message per tag"
        self.row(f"Node-RED, {what}, QoS 0: {tags:,} tags, {connections} connections", told, "nothing is stored")

    def start(self):
        """Process start to the first sample that is on disk, and to the first at the subscriber."""
        plant, port = self.plant("bench/samples", "bondline")
        took = []
        for _ in range(5):
            self.line_file(port, 1000, 1)
            began = time.perf_counter()
            line = subprocess.Popen([self.bin("bondline"), "line", "run", self.at("l.yaml"), "--json"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
            while not self.data_on_disk():
                time.sleep(0.0005)
            took.append(time.perf_counter() - began)
            line.send_signal(signal.SIGTERM)
            line.wait()
        plant.stdin.close()
        plant.wait()
        print(f"start to first sample in the log, 1,000 tags: median {1e3 * sorted(took)[2]:.0f} ms, most {1e3 * max(took):.0f} ms of 5",
              flush=True)

    def data_on_disk(self):
        store = self.at("store")
        if not os.path.isdir(store):
            return False
        for name in os.listdir(store):
            with open(os.path.join(store, name), "rb") as f:
                data, at = f.read(), 0
            while at + 32 <= len(data) and data[at:at + 4] == b"BLg1":
                if data[at + 4] == 5:
                    return True
                at += 32 + int.from_bytes(data[at + 8:at + 12], "little")
        return False

    def idle(self):
        plant, port = self.plant("bench/samples", "bondline")
        self.line_file(port, 1000, 1, poll="1 s")
        line = subprocess.Popen([self.bin("bondline"), "line", "run", self.at("l.yaml"), "--json"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        told = self.measure(line.pid, plant)
        line.send_signal(signal.SIGTERM)
        line.wait()
        plant.stdin.close()
        plant.wait()
        print(f"1,000 Modbus tags @ 1 s to log and broker: {100 * told['cores']:.2f} % of a core, {told['rss']:.0f} MB", flush=True)

    def libmodbus(self):
        if not os.path.exists(self.bin("peer_libmodbus")):
            print("libmodbus: not built in (libmodbus-dev)")
            return
        plant, port = self.plant("bench/samples", "bondline")
        subprocess.run([self.bin("peer_libmodbus"), str(port), "3"], check=True)
        plant.stdin.close()
        plant.wait()

    def end(self):
        self.broker.terminate()
        self.broker.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    words = sys.argv[1:]
    build, cases, seconds, node_red = words.pop(0), [], 6.0, ""
    while words:
        word = words.pop(0)
        if word == "--node-red":
            node_red = words.pop(0)
        elif word == "--seconds":
            seconds = float(words.pop(0))
        else:
            cases.append(word)
    cases = cases or ["start", "idle", "libmodbus", "ours:1000:1", "ours:10000:8", "ours:50000:16", "ours:50000:16:json", "ours:100000:20",
                      "ours:500000:100", "nodered:1000:1", "nodered:10000:8", "nodered:50000:16", "nodered:10000:8:single"]
    bench = Bench(build, seconds)
    bench.node_red = node_red
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {seconds:g} s each", flush=True)
    if any(":" in case for case in cases):
        print("| gateway | tag/s at the subscriber | cores | RSS (peak) MB | machine to subscriber p50 / p99 ms | messages/s | |\n"
              "|---|---|---|---|---|---|---|", flush=True)
    try:
        for case in cases:
            name, *rest = case.split(":")
            getattr(bench, name)(*[int(r) if r.isdigit() and i < 2 else r for i, r in enumerate(rest)])
    finally:
        bench.end()


main()
