#!/usr/bin/env python3
"""Writes the small ONNX models of the tests, with nothing but Python: protobuf's wire format by hand.

    python3 make_models.py        # beside this file; the same bytes each time
"""
import json
import pathlib
import struct

FLOAT, INT32, INT64, STRING, BOOL, DOUBLE, FLOAT16 = 1, 6, 7, 8, 9, 11, 10


def varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def blob(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def attribute(name, value):
    head = blob(1, name)
    if isinstance(value, int):
        return head + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return head + real(2, value) + number(20, 1)
    if isinstance(value[0], float):
        return head + b"".join(real(7, v) for v in value) + number(20, 6)
    if isinstance(value[0], int):
        return head + b"".join(number(8, v) for v in value) + number(20, 7)
    return head + b"".join(blob(9, v) for v in value) + number(20, 8)


def node(op, inputs, outputs, domain="", **attributes):
    body = b"".join(blob(1, i) for i in inputs) + b"".join(blob(2, o) for o in outputs) + blob(4, op)
    body += b"".join(blob(5, attribute(name, value)) for name, value in attributes.items())
    return blob(1, body + (blob(7, domain) if domain else b""))


def constant(name, shape, values):
    body = b"".join(number(1, extent) for extent in shape) + number(2, FLOAT) + blob(8, name)
    return blob(5, body + blob(9, struct.pack(f"<{len(values)}f", *values)))


def tensor_type(kind, shape):
    dims = b"".join(blob(1, blob(2, extent) if isinstance(extent, str) else number(1, extent)) for extent in shape)
    return blob(1, number(1, kind) + blob(2, dims))


def port(field, name, kind, shape=("N", 1)):
    return blob(field, blob(1, name) + blob(2, tensor_type(kind, shape)))


def take(name, kind, shape=("N", 1)):
    return port(11, name, kind, shape)


def give(name, kind, shape=("N", 1)):
    return port(12, name, kind, shape)


def write(file, *graph, metadata=None):
    model = number(1, 8) + blob(2, "gyre-tests") + blob(7, b"".join(graph) + blob(2, file))
    model += blob(8, blob(1, "") + number(2, 15)) + blob(8, blob(1, "ai.onnx.ml") + number(2, 3))
    for key, value in (metadata or {}).items():
        model += blob(14, blob(1, key) + blob(2, value))
    (pathlib.Path(__file__).parent / f"{file}.onnx").write_bytes(model)


def logistic(file, slope, shift, fragile=False, of_b=0.0):
    """p = 1 / (1 + exp(-(slope x + shift + of_b where the group is b))); double_x = 2 x.

    A fragile one cannot compute x of 2 and more: it looks for a place beyond the end of a table."""
    steps = [
        node("Mul", ["x", "slope"], ["scaled"]),
        node("Add", ["scaled", "shift"], ["raw"]),
        node("LabelEncoder", ["group"], ["of_group"], "ai.onnx.ml", keys_strings=["a", "b"], values_floats=[0.0, of_b], default_float=0.0),
        node("Add", ["raw", "of_group"], ["margin"]),
        node("Sigmoid", ["margin"], ["p_whole"]),
        node("Mul", ["x", "two"], ["double_x"]),
    ]
    if fragile:
        steps += [node("Cast", ["x"], ["place"], to=INT64), node("Gather", ["table", "place"], ["zero"]), node("Add", ["p_whole", "zero"], ["p"])]
    else:
        steps += [node("Identity", ["p_whole"], ["p"])]
    constants = [constant("slope", [1], [slope]), constant("shift", [1], [shift]), constant("two", [1], [2.0]), constant("table", [2], [0.0, 0.0])]
    write(file, *steps, *constants, take("group", STRING), take("x", FLOAT), give("p", FLOAT), give("double_x", FLOAT),
          metadata={"gyre.vocabulary.group": json.dumps(["a", "b"])})


def every_type():
    kinds = [("f32", FLOAT), ("f64", DOUBLE), ("i32", INT32), ("i64", INT64), ("truth", BOOL), ("text", STRING)]
    steps = [node("Identity", [name], [name + "_out"]) for name, _ in kinds]
    write("types", *steps, *[take(name, kind) for name, kind in kinds], *[give(name + "_out", kind) for name, kind in kinds])


def matrix():
    """y = 1 x0 + 10 x1 + 100 x2"""
    write("matrix", node("MatMul", ["X", "weights"], ["y"]), constant("weights", [3, 1], [1.0, 10.0, 100.0]), take("X", FLOAT, ("N", 3)), give("y", FLOAT))


def unusable():
    """What some exporters make: a list of maps as output, and a half-precision input."""
    map_type = blob(5, number(1, INT64) + blob(2, tensor_type(FLOAT, [])))
    output = blob(12, blob(1, "probabilities") + blob(2, blob(4, blob(1, map_type))))
    write("zipmap", node("ZipMap", ["x"], ["probabilities"], "ai.onnx.ml", classlabels_int64s=[0, 1]), take("x", FLOAT, ("N", 2)), output)
    write("half", node("Identity", ["x"], ["y"]), take("x", FLOAT16), give("y", FLOAT16))


if __name__ == "__main__":
    logistic("logistic", 1.0, 0.0)
    logistic("logistic_flat", 0.0, 0.0)
    logistic("logistic_inverse", -1.0, 0.0)
    logistic("logistic_fragile", 1.0, 0.0, fragile=True)
    logistic("logistic_against_b", 1.0, 0.0, of_b=3.0)  # wrong about group b
    every_type()
    matrix()
    unusable()
