"""What all generators of golden values share: the environment, the input data and the file format.

A family is a pair `tests/golden/<family>.json` + `tests/golden/<family>.npz`. The JSON holds the cases, one a line;
arrays lie in the npz and the JSON refers to them by key. Equal arrays are stored once, which keeps the files small: many cases share their inputs.
"""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # only oneDNN has dilated transposed convolutions on a CPU
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import hashlib
import io
import json
import pathlib
import warnings
import zipfile
import zlib

import numpy as np

warnings.filterwarnings("ignore")
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402,F401

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.disable_interactive_logging()

VERSION = "3.15.1"
assert keras.__version__ == VERSION, f"golden values are of Keras {VERSION}, not {keras.__version__}"
OUT = pathlib.Path(__file__).resolve().parent.parent


def data(*shape, lo=-2.0, hi=2.0, seed=0, dtype="float32"):
    """Distinct values spread evenly over (lo, hi), shuffled: no ties, nothing exactly on a kink at 0."""
    n = int(np.prod(shape)) if shape else 1
    m = 4096
    while m < 2 * n:
        m *= 2
    rng = np.random.default_rng([seed, n, *shape])
    x = (rng.permutation(m)[:n] + 0.5) / m * (hi - lo) + lo
    return x.reshape(shape).astype(dtype)


def ints(*shape, lo=0, hi=10, seed=0, dtype="int32"):
    """Uniform integers of [lo, hi)."""
    return np.random.default_rng([seed, 7, *shape]).integers(lo, hi, size=shape).astype(dtype)


def bools(*shape, seed=0, p=0.6):
    return np.random.default_rng([seed, 11, *shape]).random(shape) < p


def right_mask(batch, steps, seed=0):
    """Sequence masks: row 0 is full, the others end earlier (never empty)."""
    lengths = [steps] + list(np.random.default_rng([seed, 13, batch, steps]).integers(1, steps, size=batch - 1))
    return np.arange(steps)[None, :] < np.array(lengths)[:, None]


def numpy_of(x):
    """A NumPy array of any tensor; bfloat16 becomes float32, which holds it exactly."""
    if isinstance(x, keras.Variable):
        x = x.value
    if isinstance(x, tf.IndexedSlices):
        x = tf.convert_to_tensor(x)
    x = np.asarray(x)
    if x.dtype.name == "bfloat16":
        x = x.astype("float32")
    return x


def dtype_of(x):
    return keras.backend.standardize_dtype(x.dtype)


def plain(x):
    """A value that the JSON writer takes: NumPy scalars, tuples and dtypes become plain ones."""
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, (tf.Tensor, keras.Variable)):
        return plain(np.asarray(x))
    return x


def f32(x):
    """The shortest decimal that gives the same float32, as a Python float."""
    return float(str(np.float32(x)))


def serialized(obj):
    return plain(keras.saving.serialize_keras_object(obj))


def fresh(seed=1):
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)


class Family:
    """Collects the cases of a family and writes its two files."""

    def __init__(self, name):
        self.name = name
        self.cases = []
        self.arrays = {}
        self.by_hash = {}
        self.refused = []
        self.names = set()

    def put(self, case, suffix, value):
        """Stores an array of the named case; returns its key (that of an equal array, if there is one)."""
        value = numpy_of(value)
        if value.dtype == object or value.dtype.kind in "US":
            raise TypeError(f"{case}.{suffix}: no arrays of {value.dtype}")
        value = np.array(value, order="C")  # keeps rank 0, which ascontiguousarray does not
        digest = hashlib.sha256(f"{value.dtype}{value.shape}".encode() + value.tobytes()).digest()
        if digest not in self.by_hash:
            key = f"{suffix}.{len(self.arrays)}"  # short: a key is written many times
            self.arrays[key] = value
            self.by_hash[digest] = key
        return self.by_hash[digest]

    def add(self, case):
        assert case["name"] not in self.names, f"duplicate case {case['name']}"
        self.names.add(case["name"])
        self.cases.append(plain(case))

    def refuse(self, name, error):
        """Notes a combination that Keras itself refuses."""
        text = str(error).strip().splitlines()
        self.refused.append(f"{name}: {type(error).__name__}: {text[0][:150] if text else ''}")

    def write(self, verbose=True):
        OUT.mkdir(parents=True, exist_ok=True)
        lines = ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in self.cases)
        text = f'{{"keras":"{VERSION}","cases":[\n{lines}\n]}}\n'
        (OUT / f"{self.name}.json").write_text(text, encoding="utf-8")
        write_npz(OUT / f"{self.name}.npz", self.arrays)
        if verbose:
            size = sum((OUT / f"{self.name}.{e}").stat().st_size for e in ("json", "npz"))
            print(f"{self.name}: {len(self.cases)} cases, {len(self.arrays)} arrays, {size / 1024:.0f} KiB", flush=True)
            for r in self.refused:
                print("  refused by Keras:", r, flush=True)


def write_npz(path, arrays):
    """np.savez_compressed with everything that could differ between two runs pinned down."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, value in arrays.items():
            buf = io.BytesIO()
            np.lib.format.write_array(buf, value, allow_pickle=False)
            info = zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0))
            raw = buf.getvalue()
            small = len(zlib.compress(raw, 9)) < len(raw)
            info.compress_type = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED
            z.writestr(info, raw)
