"""The family `activations`: every function of keras.activations by name, and as layers with options."""
from common import Family, data, plain  # first: sets the environment

import numpy as np
import tensorflow as tf
from keras import activations as A
from keras.src.activations import ALL_OBJECTS_DICT


def case(f, name, config, fn, x):
    t = tf.constant(x)
    try:
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = fn(t)
            c = data(*y.shape, lo=-1, hi=1, seed=9, dtype=y.dtype.name)
            s = tf.reduce_sum(y * c)
        grad = tape.gradient(s, t)
    except Exception as e:
        f.refuse(name, e)
        return
    f.add({"name": name, "config": plain(config), "x": f.put(name, "x", x), "y": f.put(name, "y", y),
           "cotangent": f.put(name, "cot", c), "grad": f.put(name, "grad", grad)})


def main():
    f = Family("activations")
    x = data(4, 6, lo=-6, hi=6)
    # Limits, where a naive formula overflows or cancels.
    far = np.array([[-1000, -88, -20, -1e-4, 1e-4, 20, 88, 1000]], "float32")
    for name in sorted(ALL_OBJECTS_DICT):
        if name == "threshold":  # has required arguments: among the options below
            continue
        fn = A.get(name)
        config = A.serialize(fn)
        case(f, name, config, fn, x)
        case(f, name + "_float64", config, fn, x.astype("float64"))
        case(f, name + "_far", config, fn, far)
        if name in ("softmax", "log_softmax", "sparsemax", "glu"):
            case(f, name + "_rank3", config, fn, data(2, 3, 4, lo=-4, hi=4))
    options = {"relu": [dict(negative_slope=0.1), dict(max_value=3.0), dict(threshold=1.0), dict(negative_slope=0.2, max_value=2.5, threshold=0.5)],
               "leaky_relu": [dict(negative_slope=0.05)], "elu": [dict(alpha=0.5)], "celu": [dict(alpha=0.5), dict(alpha=2.0)],
               "gelu": [dict(approximate=True)], "softmax": [dict(axis=0)], "log_softmax": [dict(axis=0)], "glu": [dict(axis=0)],
               "hard_shrink": [dict(threshold=1.5)], "soft_shrink": [dict(threshold=1.5)], "squareplus": [dict(b=1)],
               "sparsemax": [dict(axis=0)], "threshold": [dict(threshold=1.0, default_value=-2.0)]}
    for name, variants in options.items():
        for i, kw in enumerate(variants):
            case(f, f"{name}_option{i}", {"function": name, "kwargs": kw}, lambda t: A.get(name)(t, **kw), x)
    f.write()


if __name__ == "__main__":
    main()
