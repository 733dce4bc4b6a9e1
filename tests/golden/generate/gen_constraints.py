"""The family `constraints`: what a weight becomes."""
from common import Family, data, fresh, serialized  # first: sets the environment

import tensorflow as tf
from keras import constraints as C


def main():
    f = Family("constraints")
    for name, make in {"max_norm": lambda axis: C.MaxNorm(axis=axis), "max_norm_0.8": lambda axis: C.MaxNorm(0.8, axis=axis), "unit_norm": lambda axis: C.UnitNorm(axis=axis),
                       "min_max_norm": lambda axis: C.MinMaxNorm(axis=axis), "min_max_norm_rate": lambda axis: C.MinMaxNorm(0.5, 1.5, 0.3, axis=axis), "non_neg": lambda axis: C.NonNeg()}.items():
        for shape, axes in [((4, 3), [0, 1, -1, [0, 1]]), ((5,), [0]), ((2, 3, 2, 2), [0, [0, 1, 2]])]:
            for axis in axes if name != "non_neg" else axes[:1]:
                fresh()
                c, x = make(axis), data(*shape)
                case = f"{name}_{'x'.join(map(str, shape))}_axis_{axis}".replace(" ", "").replace("[", "").replace("]", "").replace(",", "_")
                f.add({"name": case, "constraint": serialized(c), "x": f.put(case, "x", x), "y": f.put(case, "y", c(tf.constant(x)))})
    zero = data(3, 2) * 0
    f.add({"name": "unit_norm_of_zeros", "constraint": serialized(C.UnitNorm()), "x": f.put("", "x", zero), "y": f.put("", "y", C.UnitNorm()(tf.constant(zero)))})
    f.write()


if __name__ == "__main__":
    main()
