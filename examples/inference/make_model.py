#!/usr/bin/python3
"""The network docs/inference.md walks through, quantised (QDQ), with seeded weights.
   /usr/bin/python3 examples/inference/make_model.py small.onnx      (needs python3-onnx, python3-numpy)"""
import sys
import numpy as np
import onnx
from onnx import TensorProto as T, helper as H, numpy_helper as NH

rng = np.random.default_rng(7)
nodes, inits = [], []


def const(name, value):
    inits.append(NH.from_array(value, name))
    return name


def quantised(x, scale, zero):
    """x -> QuantizeLinear -> DequantizeLinear"""
    s, z = const(x + "_s", np.float32(scale)), const(x + "_z", np.uint8(zero))
    nodes.append(H.make_node("QuantizeLinear", [x, s, z], [x + "_q"]))
    nodes.append(H.make_node("DequantizeLinear", [x + "_q", s, z], [x + "_dq"]))
    return x + "_dq"


def conv(x, x_scale, name, ci, co, k, stride=1):
    w = rng.integers(-100, 101, (co, ci, k, k)).astype(np.int8)
    ws = (0.02 / np.sqrt(ci * k * k) * (1 + rng.random(co))).astype(np.float32)
    bias = rng.integers(-500, 501, co).astype(np.int32)
    nodes.append(H.make_node("DequantizeLinear", [const(name + "_w", w), const(name + "_ws", ws),
                                                  const(name + "_wz", np.zeros(co, np.int8))], [name + "_wdq"], axis=0))
    nodes.append(H.make_node("DequantizeLinear", [const(name + "_b", bias), const(name + "_bs", np.float32(x_scale) * ws),
                                                  const(name + "_bz", np.zeros(co, np.int32))], [name + "_bdq"], axis=0))
    nodes.append(H.make_node("Conv", [x, name + "_wdq", name + "_bdq"], [name], name=name, kernel_shape=[k, k],
                             strides=[stride, stride], pads=[k // 2] * 4))
    return name


def silu(x, name):
    nodes.append(H.make_node("Sigmoid", [x], [name + "_sig"]))
    s = quantised(name + "_sig", 1 / 255, 0)
    nodes.append(H.make_node("Mul", [x, s], [name + "_silu"]))
    return quantised(name + "_silu", 0.02, 14)


x = quantised("image", 1 / 255, 0)
a = silu(quantised(conv(x, 1 / 255, "first", 3, 16, 3, 2), 0.03, 128), "first")
b = silu(quantised(conv(a, 0.02, "second", 16, 16, 3), 0.03, 128), "second")
nodes.append(H.make_node("Concat", [a, b], ["joined"], axis=1))
c = quantised(conv(quantised("joined", 0.02, 14), 0.02, "third", 32, 32, 1), 0.03, 128)
nodes.append(H.make_node("GlobalAveragePool", [c], ["mean"]))
nodes.append(H.make_node("Flatten", ["mean"], ["features"]))
graph = H.make_graph(nodes, "small", [H.make_tensor_value_info("image", T.FLOAT, [1, 3, 64, 64])],
                     [H.make_tensor_value_info("features", T.FLOAT, [1, 32])], inits)
model = H.make_model(graph, opset_imports=[H.make_opsetid("", 13)], ir_version=8, producer_name="bondline example")
onnx.checker.check_model(model)
onnx.save(model, sys.argv[1])
print(sys.argv[1], len(nodes), "nodes")
