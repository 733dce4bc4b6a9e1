"""What a case of the sweep is: a model, its data, and how it is compiled."""
import dataclasses
import zlib

import keras
import numpy as np

SAMPLES, BATCH = 20, 8  # the last batch is smaller
CASES = {}  # name -> (function that makes the Trial, names of further checks)


@dataclasses.dataclass
class Trial:
    """A model as Keras builds it, arrays for its inputs and outputs, and arguments for compile and fit."""
    model: keras.Model
    x: object
    y: object = None  # None: prediction only
    compile: object = None  # a function, since metrics and optimizers have state
    fit: dict = dataclasses.field(default_factory=dict)
    twin: keras.Model = None  # gives the numbers when TensorFlow cannot run the model on a CPU
    forgets: bool = False  # Keras's files lack a part of the optimizer's state: training that goes on differs from training that was not interrupted
    random: bool = False  # training draws random numbers: only its course is compared
    tolerance: float = 1e-5
    training_tolerance: float = 1e-4
    batch: int = BATCH


def case(name, make, *checks):
    """Adds a case. `make` returns its Trial; it runs only when the case is chosen."""
    if name in CASES:
        raise ValueError(f"two cases are called {name}")
    CASES[name] = (make, checks)


class Data:
    """Random arrays of one case; the seed is its name, so any part of the sweep can run alone."""

    def __init__(self, name):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))

    def real(self, *shape, lo=-1.0, hi=1.0, n=SAMPLES):
        return self.rng.uniform(lo, hi, (n, *shape)).astype("float32")

    def ids(self, *shape, count=6, n=SAMPLES):
        return self.rng.integers(0, count, (n, *shape)).astype("int32")

    def one_hot(self, count, *shape, n=SAMPLES):
        return np.eye(count, dtype="float32")[self.ids(*shape, count=count, n=n)]

    def like(self, output, n=SAMPLES):
        """Targets for a symbolic output."""
        return self.real(*output.shape[1:], n=n)


def scramble(model, data):
    """Weights that are no one's initial values: biases other than 0, variances other than 1."""
    for w in model.weights:
        if "float" not in w.dtype or "seed" in w.name:
            continue
        value = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(w, "float64")))
        noise = data.rng.uniform(-0.25, 0.25, value.shape)
        w.assign(keras.ops.cast(value + np.abs(noise) if "variance" in w.name else value + noise, w.dtype))
