"""The family `dtypes`: the result type of every pair, Python's int and float included."""
from common import Family  # first: sets the environment

import keras
import numpy as np
from keras.src.backend.common import dtypes

NAMES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]


def main():
    f = Family("dtypes")
    every = NAMES + ["python int", "python float"]
    real = {"python int": int, "python float": float}
    for a in every:
        f.add({"name": a, "with": {b: dtypes.result_type(real.get(a, a), real.get(b, b)) for b in every}})
    for floatx in ("float16", "bfloat16", "float64"):
        keras.config.set_floatx(floatx)
        f.add({"name": f"python float, floatx {floatx}", "floatx": floatx, "a": "python float", "with": {b: dtypes.result_type(float, real.get(b, b)) for b in every}})
    keras.config.set_floatx("float32")
    f.put("none", "none", np.zeros(0, "float32"))  # an archive without a member troubles some readers
    f.write()


if __name__ == "__main__":
    main()
