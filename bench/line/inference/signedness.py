#!/usr/bin/env python3
"""signedness.py MODEL_int8.onnx [--bondline PROGRAM] [--rounds N]

One QDQ model with u8 activations and s8 weights, written as U8U8, U8S8 and S8S8 (the same numbers, moved by 128),
compiled and timed in turns on one thread: milliseconds of processor time per inference, the smallest over the rounds.
Outputs must be the same bits. Needs python3-onnx and python3-numpy.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
from onnx import numpy_helper


def moved(tensor):
    """The same steps in the other signedness."""
    values = numpy_helper.to_array(tensor).astype(numpy.int16)
    if tensor.data_type == onnx.TensorProto.UINT8:
        return numpy_helper.from_array((values - 128).astype(numpy.int8), tensor.name)
    return numpy_helper.from_array((values + 128).astype(numpy.uint8), tensor.name)


def rewrite(model, activations_signed, weights_signed):
    """Moves activations and weights to the signedness asked for; they share no initializer."""
    constants = {t.name: t for t in model.graph.initializer}
    wanted = {}
    for node in model.graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear") or len(node.input) < 3:
            continue
        zero = constants[node.input[2]]
        if zero.data_type == onnx.TensorProto.INT32:
            continue  # a bias
        weights = node.input[0] in constants
        for name in [zero.name] + ([node.input[0]] if weights else []):
            kind = weights_signed if weights else activations_signed
            if wanted.setdefault(name, kind) != kind:
                raise SystemExit(f"{name}: shared by weights and activations")
    for name, signed in wanted.items():
        tensor = constants[name]
        if (tensor.data_type == onnx.TensorProto.INT8) != signed:
            tensor.CopyFrom(moved(tensor))
    del model.graph.value_info[:]  # types of what lies between may have changed
    return model


def main():
    top = pathlib.Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[2])
    parser.add_argument("model")
    parser.add_argument("--bondline", default=str(top / "build/release/bin/bondline"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    kinds = {"U8U8": (False, False), "U8S8": (False, True), "S8S8": (True, True)}
    with tempfile.TemporaryDirectory() as work:
        shape = [d.dim_value or 1 for d in onnx.load(options.model).graph.input[0].type.tensor_type.shape.dim]
        inputs = os.path.join(work, "inputs")
        os.mkdir(inputs)
        noise = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)
        numpy.save(os.path.join(inputs, "input_0.npy"), noise)
        outputs = {}
        for kind, (activations, weights) in kinds.items():
            path = os.path.join(work, kind)
            onnx.save(rewrite(onnx.load(options.model), activations, weights), path + ".onnx")
            subprocess.run([options.bondline, "model", "compile", path + ".onnx", "--out", path + ".blm"],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run([options.bondline, "model", "run", path + ".blm", "--inputs", inputs, "--out", path],
                           check=True, stdout=subprocess.DEVNULL)
            outputs[kind] = [p.read_bytes() for p in sorted(pathlib.Path(path).glob("*.npy"))]
        best = dict.fromkeys(kinds, float("inf"))
        for _ in range(options.rounds):
            for kind in kinds:
                said = subprocess.run([options.bondline, "model", "bench", os.path.join(work, kind + ".blm"),
                                       "--threads", "1", "--json"], check=True, capture_output=True).stdout
                said = json.loads(said)
                best[kind] = min(best[kind], said["cpu_ms"])
        machine = said["machine"]
        print(f"{machine['processor']}, {machine['clock_Hz'] / 1e6:.0f} MHz, load {machine['load']:.1f}; "
              f"{options.rounds} rounds, {said['isa']}, peak {said['peak_gops']:.0f} Gop/s")
        print("| signedness | ms | of U8S8 | outputs |\n|---|---|---|---|")
        for kind in kinds:
            same = "the same bits" if outputs[kind] and outputs[kind] == outputs["U8S8"] else "DIFFER"
            print(f"| {kind} | {best[kind]:.3f} | {best[kind] / best['U8S8']:.3f} | {same} |")
        return 0 if all(outputs[k] and outputs[k] == outputs["U8S8"] for k in kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
