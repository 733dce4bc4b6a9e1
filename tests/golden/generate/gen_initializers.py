"""The family `initializers`: values of the deterministic ones; the distribution that theory gives for the random ones.

`kind` is exact (`value`), uniform (`low`, `high`), normal (`mean`, `stddev`), truncated_normal (`mean`, `stddev` of the normal before the
cut at two of them, `stddev_after` of what comes out) or orthogonal (`gain`).
"""
from common import Family, fresh, serialized  # first: sets the environment

import math

import numpy as np
import keras
from keras import initializers as I

CUT = 0.87962566103423978  # standard deviation of a unit normal that is cut at two


def fans(shape):
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def scaled(shape, scale, mode, distribution):
    i, o = fans(shape)
    var = scale / max(1.0, {"fan_in": i, "fan_out": o, "fan_avg": (i + o) / 2}[mode])
    if distribution == "uniform":
        return {"kind": "uniform", "low": -math.sqrt(3 * var), "high": math.sqrt(3 * var)}
    if distribution == "untruncated_normal":
        return {"kind": "normal", "mean": 0.0, "stddev": math.sqrt(var)}
    return {"kind": "truncated_normal", "mean": 0.0, "stddev": math.sqrt(var) / CUT, "stddev_after": math.sqrt(var)}


def main():
    f = Family("initializers")

    def exact(name, make, shape, dtype="float32"):
        fresh()
        i = make()
        f.add({"name": name, "initializer": serialized(i), "shape": list(shape), "dtype": dtype, "kind": "exact",
               "value": f.put(name, "value", i(shape, dtype=dtype))})

    def drawn(name, make, shape, expected):
        fresh()
        i = make()
        x = np.asarray(i(shape))
        # Keras itself has to agree with the theory, or the table here is wrong.
        if expected["kind"] == "uniform":
            assert expected["low"] <= x.min() and x.max() < expected["high"], name
        if "mean" in expected and x.size > 500:
            s = expected.get("stddev_after", expected["stddev"])
            assert abs(x.std() - s) < 0.12 * s, (name, x.std(), s)
        f.add({"name": name, "initializer": serialized(i), "shape": list(shape), "dtype": "float32", **expected})

    for dtype in ("float32", "float64", "int32"):
        exact(f"zeros_{dtype}", lambda: I.Zeros(), (3, 2), dtype)
        exact(f"ones_{dtype}", lambda: I.Ones(), (3, 2), dtype)
        exact(f"constant_{dtype}", lambda: I.Constant(3.0), (3, 2), dtype)
    exact("constant_default", lambda: I.Constant(), (4,))
    exact("constant_negative", lambda: I.Constant(-0.1), ())
    table = np.arange(6, dtype="float32").reshape(3, 2) / 4
    exact("constant_array", lambda: I.Constant(table), (3, 2))
    exact("constant_row", lambda: I.Constant(table[0]), (3, 2), "float64")
    exact("constant_list", lambda: I.Constant([[1.0], [2.5], [-3.0]]), (3, 2))
    exact("constant_tensor", lambda: I.Constant(keras.ops.convert_to_tensor(table)), (3, 2))
    for shape in [(3, 3), (3, 5), (5, 3), (1, 1)]:
        exact(f"identity_{shape[0]}x{shape[1]}", lambda: I.Identity(), shape)
        exact(f"identity_gain_{shape[0]}x{shape[1]}", lambda: I.Identity(2.5), shape)
    try:
        for side in ("real", "imag"):
            for window in ("hann", "hamming", None):
                exact(f"stft_{side}_{window}", lambda: I.STFT(side, window), (8, 1, 5))
    except Exception as e:
        f.refuse("stft", e)
    shapes = {"dense": (40, 30), "conv2d": (3, 3, 10, 20), "conv1d": (5, 8, 16), "vector": (600,)}
    for tag, s in shapes.items():
        drawn(f"random_normal_{tag}", lambda: I.RandomNormal(0.5, 0.2, seed=1), s, {"kind": "normal", "mean": 0.5, "stddev": 0.2})
        drawn(f"truncated_normal_{tag}", lambda: I.TruncatedNormal(0.5, 0.2, seed=1), s,
              {"kind": "truncated_normal", "mean": 0.5, "stddev": 0.2, "stddev_after": 0.2 * CUT})
        drawn(f"random_uniform_{tag}", lambda: I.RandomUniform(-0.3, 0.7, seed=1), s, {"kind": "uniform", "low": -0.3, "high": 0.7})
        for n, cls, scale, mode in [("glorot", "Glorot", 1.0, "fan_avg"), ("he", "He", 2.0, "fan_in"), ("lecun", "Lecun", 1.0, "fan_in")]:
            drawn(f"{n}_uniform_{tag}", lambda: getattr(I, cls + "Uniform")(seed=1), s, scaled(s, scale, mode, "uniform"))
            drawn(f"{n}_normal_{tag}", lambda: getattr(I, cls + "Normal")(seed=1), s, scaled(s, scale, mode, "truncated_normal"))
        for mode in ("fan_in", "fan_out", "fan_avg"):
            for d in ("truncated_normal", "untruncated_normal", "uniform"):
                drawn(f"variance_scaling_{mode}_{d}_{tag}", lambda: I.VarianceScaling(0.7, mode, d, seed=1), s, scaled(s, 0.7, mode, d))
    drawn("glorot_generator", lambda: I.GlorotUniform(seed=keras.random.SeedGenerator(4)), (40, 30), scaled((40, 30), 1.0, "fan_avg", "uniform"))
    for s in [(6, 4), (4, 6), (5, 5), (3, 3, 2, 8)]:
        drawn(f"orthogonal_{'x'.join(map(str, s))}", lambda: I.Orthogonal(1.5, seed=1), s, {"kind": "orthogonal", "gain": 1.5})
    f.write()


if __name__ == "__main__":
    main()
