"""What the generators of files of older Keras share. Runs under every Python and NumPy that those need (3.6+).

A folder tests/golden/files_epochs/<epoch>/ holds the files that the real Keras of that epoch wrote, `expected.npz`
(inputs, predictions, resumed weights) and `expected.json`:
  {"keras": version, "cases": [{"name", "files": [...], "x": [keys], "y": [keys], ...}]}
`files`: whole models (.h5, .keras), or an architecture (.json) followed by its weights (`*_weights.h5`).
`resume`: {"y": [...], "losses": [...]}: training on x and these targets, after the file was written, gave these losses; `evaluate`: what evaluate said before.
"""
from __future__ import print_function

import io
import json
import os
import zipfile

import numpy as np

OUT = os.environ.get("EPOCHS_OUT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "files_epochs")


def data(*shape, **kw):
    """Distinct values spread evenly over (lo, hi), shuffled; the same under every NumPy."""
    lo, hi, seed = kw.get("lo", -1.0), kw.get("hi", 1.0), kw.get("seed", 0)
    n = int(np.prod(shape)) if shape else 1
    rng = np.random.RandomState((seed * 7919 + n * 31 + len(shape)) % 2**31)
    x = (rng.permutation(n) + 0.5) / n * (hi - lo) + lo
    return x.reshape(shape).astype("float32")


def ints(*shape, **kw):
    return np.random.RandomState(kw.get("seed", 0) + 17).randint(kw.get("lo", 0), kw["hi"], size=shape).astype("float32")


def listed(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def variances(layer):
    """Which arrays of get_weights() must be positive: the last one of a batch normalization, and what is named so."""
    arrays = layer.get_weights()
    kind = layer.__class__.__name__
    out = [False] * len(arrays)
    if kind.startswith("BatchNormalization") and len(arrays) >= 2:
        out[-1] = True
    names = [getattr(w, "name", None) or "" for w in getattr(layer, "weights", [])]
    if len(names) == len(out):
        out = [o or "variance" in n or "running_std" in n for o, n in zip(out, names)]
    return out


def randomize(model, seed=0):
    """Weights that leave no gate saturated and no unit alike."""
    for i, layer in enumerate(model.layers):
        if isinstance(getattr(layer, "layers", None), list) and layer.__class__.__name__ != "Merge":
            randomize(layer, seed + 3)
            continue
        arrays = layer.get_weights()
        if not arrays:
            continue
        flags = variances(layer)
        new = []
        for k, (w, positive) in enumerate(zip(arrays, flags)):
            w = np.asarray(w)
            if w.dtype.kind not in "f":
                new.append(w)
                continue
            scale = 0.9 / max(1.0, np.sqrt(np.prod(w.shape[:-1]) / 4.0)) if w.ndim > 1 else 0.5
            v = data(*w.shape, seed=100 * seed + 10 * i + k) if w.ndim else np.float32(0.5)
            new.append((0.6 + 0.5 * abs(v) if positive else v * scale).astype(w.dtype))
        layer.set_weights(new)


class Epoch(object):
    def __init__(self, folder, version):
        self.folder = os.path.join(OUT, folder)
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder)
        self.version = version
        self.only = os.environ.get("ONLY", "").split()
        self.cases, self.arrays = [], {}
        self.load_old()

    def load_old(self):
        """With ONLY="name ..." the other cases stay as they are."""
        if not self.only:
            for f in os.listdir(self.folder):
                os.remove(os.path.join(self.folder, f))
            return
        if not os.path.exists(os.path.join(self.folder, "expected.json")):
            return
        with open(os.path.join(self.folder, "expected.json")) as f:
            self.cases = [c for c in json.load(f)["cases"] if c["name"] not in self.only]
        with np.load(os.path.join(self.folder, "expected.npz")) as z:
            self.arrays = {k: z[k] for k in z.files if k.split(":")[0] not in self.only}

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, case, key, value):
        self.arrays["%s:%s" % (case, key)] = np.array(value, order="C")
        return "%s:%s" % (case, key)

    def run(self, name, function):
        """One case: function(epoch, name); a case that this Keras cannot do is told, and left out."""
        if self.only and name not in self.only:
            return
        try:
            function(self, name)
        except Exception as e:  # told to whoever runs the generator
            for left in os.listdir(self.folder):  # a file that was begun
                if left.split(".")[0] in (name, name + "_weights"):
                    os.remove(self.path(left))
            print("  %s: left out: %s: %s" % (name, type(e).__name__, str(e).splitlines()[:1]))
            if os.environ.get("RAISE"):
                raise

    def add(self, name, model, x, suffixes=(".h5",), resume=None, steps=2, random=True, predict=None, save=None, note=None,
            seed=0, steps_after=None):
        """`resume`: the targets of training; `steps` batches before the file is written, as many (or `steps_after`) after it."""
        x = listed(x)
        if ".json" in suffixes:
            resume = None  # no file holds an optimizer's state then
        one = lambda v: v[0] if len(v) == 1 else v
        if random:
            randomize(model, seed)
        if resume is not None:
            resume = listed(resume)
            for _ in range(steps):
                model.train_on_batch(one(x), one(resume))
        files = []
        for suffix in suffixes:
            if suffix == ".json":
                with open(self.path(name + ".json"), "w") as f:
                    f.write(model.to_json())
                try:
                    model.save_weights(self.path(name + "_weights.h5"), overwrite=True)
                except TypeError:
                    model.save_weights(self.path(name + "_weights.h5"))
                files += [name + ".json", name + "_weights.h5"]
            else:
                (save or (lambda m, p: m.save(p)))(model, self.path(name + suffix))
                files.append(name + suffix)
        y = listed(predict(one(x)) if predict else model.predict(one(x), verbose=0))
        if isinstance(y[0], dict):
            y = [y[0][k] for k in sorted(y[0])]
        assert all(np.isfinite(v).all() for v in y), name + ": not finite"
        case = {"name": name, "files": files,
                "x": [self.put(name, "x%d" % i, v) for i, v in enumerate(x)],
                "y": [self.put(name, "y%d" % i, v) for i, v in enumerate(y)]}
        if note:
            case["note"] = note
        if resume is not None and steps_after != 0:
            steps = steps_after or steps
            case["evaluate"] = [float(v) for v in listed(model.evaluate(one(x), one(resume), batch_size=len(x[0]), verbose=0))]
            getattr(model, "reset_metrics", lambda: None)()  # TensorFlow's next train_on_batch would tell the mean of both
            if self.version.startswith("3"):  # its train_on_batch returns running means
                losses = [model.fit(one(x), one(resume), batch_size=len(x[0]), shuffle=False, verbose=0).history["loss"][0] for _ in range(steps)]
            else:
                losses = [float(listed(model.train_on_batch(one(x), one(resume)))[0]) for _ in range(steps)]
            case["resume"] = {"y": [self.put(name, "t%d" % i, v) for i, v in enumerate(resume)], "losses": losses}
        self.cases.append(case)

    def write(self):
        lines = ",\n".join(json.dumps(c, sort_keys=True) for c in self.cases)
        with io.open(self.path("expected.json"), "w") as f:
            f.write(u'{"keras": "%s", "cases": [\n%s\n]}\n' % (self.version, lines))
        with zipfile.ZipFile(self.path("expected.npz"), "w", zipfile.ZIP_DEFLATED) as z:
            for key in sorted(self.arrays):
                buf = io.BytesIO()
                np.lib.format.write_array(buf, self.arrays[key], allow_pickle=False)
                info = zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                z.writestr(info, buf.getvalue())
        size = sum(os.path.getsize(self.path(f)) for f in os.listdir(self.folder))
        print("%s: Keras %s, %d cases, %d KiB" % (os.path.basename(self.folder), self.version, len(self.cases), size // 1024))
