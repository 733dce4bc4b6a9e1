"""The family `windows`: windows of scipy.signal, and the kernels of the initializer STFT. Needs SciPy, as Keras does for them."""
from common import Family  # first: it sets the environment before Keras is imported

import keras
import scipy.signal

NAMES = ["boxcar", "triang", "blackman", "hamming", "hann", "bartlett", "flattop", "parzen", "bohman", "blackmanharris", "nuttall",
         "barthann", "cosine", "exponential", "tukey", "lanczos"]


def main():
    f = Family("windows")
    for window in NAMES:
        for length in (1, 7, 8):
            for periodic in (False, True):
                name = f"{window}_{length}_{periodic}"
                f.add({"name": name, "window": window, "length": length, "periodic": periodic,
                       "values": f.put(name, "window", scipy.signal.get_window(window, length, periodic))})
    for side in ("real", "imag"):
        for window, scaling, periodic in (("hann", "density", False), ("hamming", "spectrum", True), ("blackman", None, False),
                                          (None, "density", False)):
            name = f"stft_{side}_{window}_{scaling}"
            init = keras.initializers.STFT(side, window, scaling, periodic)
            f.add({"name": name, "initializer": keras.saving.serialize_keras_object(init), "shape": [10, 1, 9],
                   "values": f.put(name, "kernel", init((10, 1, 9)))})
    f.write()


if __name__ == "__main__":
    main()
