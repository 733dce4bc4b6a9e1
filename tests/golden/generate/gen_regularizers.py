"""The family `regularizers`: value and gradient."""
from common import Family, data, fresh, serialized  # first: sets the environment

import tensorflow as tf
from keras import regularizers as R


def main():
    f = Family("regularizers")
    for name, make in {"l1": lambda: R.L1(), "l1_0.3": lambda: R.L1(0.3), "l2": lambda: R.L2(), "l2_0.3": lambda: R.L2(0.3), "l1l2": lambda: R.L1L2(0.1, 0.2),
                       "l1l2_zero": lambda: R.L1L2(), "l1_string": lambda: R.get("l1"), "l2_string": lambda: R.get("l2"), "l1l2_string": lambda: R.get("l1l2"),
                       "orthogonal_rows": lambda: R.OrthogonalRegularizer(0.1, "rows"), "orthogonal_columns": lambda: R.OrthogonalRegularizer(0.1, "columns")}.items():
        shapes = [(4, 3)] if "orthogonal" in name else [(4, 3), (5,), (2, 3, 2), ()]
        for shape in shapes:
            fresh()
            r, x = make(), data(*shape)
            case = f"{name}_{'x'.join(map(str, shape)) or 'scalar'}"
            t = tf.constant(x)
            with tf.GradientTape() as tape:
                tape.watch(t)
                value = tf.convert_to_tensor(r(t))
            grad = tape.gradient(value, t)
            f.add({"name": case, "regularizer": serialized(r), "x": f.put(case, "x", x), "value": f.put(case, "value", value),
                   "grad": None if grad is None else f.put(case, "grad", grad)})
    f.write()


if __name__ == "__main__":
    main()
