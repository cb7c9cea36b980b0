#!/usr/bin/env python3
"""The link to the broker is cut for five seconds at 80 samples a second, QoS 1, with and without kill -9 of the gateway in
the midst; then, in other runs, a thousand times at random, and the gateway is killed a thousand times at random.
    link_cut.py BONDLINED [cut|silent|kill|cuts N|kills N]...
mosquitto_sub judges. Lost: stored and never arrived. What the machine answered and the log does not hold is told beside it: answers
that came too late, or when the process was already ending or dead."""
import asyncio
import random
import sys
import time

from plant import Bench


def missing(wanted, arrived):
    return sum(len(values - arrived[tag]) for tag, values in wanted.items())


def tell(what, wanted, bench):
    tags, marked, unmarked = bench.arrived()
    total, lost = sum(map(len, wanted.values())), missing(wanted, tags)
    answered = sum(bench.modbus.served)
    print(f"{what}: {total} samples stored, lost {lost} ({100 * lost / max(1, total):.2f} %), twice and marked {marked}, twice and not "
          f"marked {unmarked}; answered by the machine and not stored {answered - total}", flush=True)
    return lost + unmarked


async def one_cut(bondlined, silent=False, kill=False):
    bench = Bench(bondlined)
    await bench.start()
    bench.run_line()
    await asyncio.sleep(13)
    await bench.proxy.cut(silent)
    await asyncio.sleep(2.5)
    if kill:
        bench.kill_line()
        bench.run_line()
    await asyncio.sleep(2.5)
    await bench.proxy.mend()
    await asyncio.sleep(18)
    await bench.end_line()
    wanted = bench.stored()
    await bench.settle(lambda tags: missing(wanted, tags) == 0, 5)
    bad = tell("5 s cut" + (", silent" if silent else "") + (", kill -9 in it" if kill else ""), wanted, bench)
    bench.end()
    return bad


async def many_cuts(bondlined, count):
    bench = Bench(bondlined, poll="5 ms")
    await bench.start()
    bench.run_line()
    random.seed(1)
    began = time.monotonic()
    for _ in range(count):
        await asyncio.sleep(0.2 + random.random() * 0.1)
        bench.proxy.drop()
    await asyncio.sleep(3)
    await bench.end_line()
    wanted = bench.stored()
    await bench.settle(lambda tags: missing(wanted, tags) == 0, 20)
    bad = tell(f"{count} random cuts in {time.monotonic() - began:.0f} s", wanted, bench)
    bench.end()
    return bad


async def many_kills(bondlined, count):
    bench = Bench(bondlined, poll="2 ms", window="2 ms")
    await bench.start()
    random.seed(2)
    began = time.monotonic()
    for _ in range(count):
        bench.run_line()
        await asyncio.sleep(0.005 + random.random() * 0.09)
        if not bench.kill_line():
            print("the gateway ended by itself")
            return 1
    bench.run_line()
    await asyncio.sleep(4)
    await bench.end_line()
    wanted = bench.stored()
    await bench.settle(lambda tags: missing(wanted, tags) == 0, 20)
    bad = tell(f"{count} kill -9 in {time.monotonic() - began:.0f} s", wanted, bench)
    bench.end()
    return bad


async def main():
    bondlined, words, bad = sys.argv[1], sys.argv[2:] or ["cut", "silent", "kill", "cuts", "1000", "kills", "1000"], 0
    while words:
        word = words.pop(0)
        if word in ("cuts", "kills"):
            bad += await (many_cuts if word == "cuts" else many_kills)(bondlined, int(words.pop(0)))
        else:
            bad += await one_cut(bondlined, silent=word == "silent", kill=word == "kill")
    sys.exit(1 if bad else 0)


asyncio.run(main())
