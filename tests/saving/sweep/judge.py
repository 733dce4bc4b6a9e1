"""Runs one trial in Keras and in the program, and says where they differ."""
import json
import os
import re
import subprocess

import keras
import numpy as np
from keras.src.layers.preprocessing.data_layer import DataLayer

KCPP = None  # path of the program, set by __main__
SHORT_EPOCHS, LONG_EPOCHS, FURTHER_EPOCHS = 2, 5, 2  # three steps each
crashes = (-11, -6, -8, -4, 134, 139)


class Refused(Exception):
    """The program ended with an error."""


class CannotRun(Exception):
    """Keras cannot predict with the model: there is nothing to compare with."""


def no_kernel(error):
    """Whether TensorFlow failed, and not Keras: an operation without a kernel for these types on a CPU."""
    return type(error).__module__.startswith("tensorflow")


def kcpp(*args, quiet=True):
    r = subprocess.run([KCPP, *map(str, args)], capture_output=True, text=True, timeout=300)
    said = r.stderr.strip()
    if r.returncode:
        raise Refused(f"kcpp {args[0]}: exit {r.returncode}: {said[:400]}")
    if quiet and said:
        raise Refused(f"kcpp {args[0]} says: {said[:400]}")
    return r.stdout


def holds_weights(optimizer):
    """A state that begins as the weights has to be in the file: else Keras makes it before it loads them."""
    return any("ScheduleFree" in type(o).__name__ for o in (optimizer, getattr(optimizer, "inner_optimizer", None)))


def forget(model):
    """Recurrent layers begin from zero again: a file does not hold their states."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            for v in keras.tree.flatten(getattr(layer, "states", None) or []):  # Keras's reset_state fails on stacked cells
                v.assign(keras.ops.zeros_like(v))


def plain(v):
    """An array that numpy can compute with; bfloat16 files hold bytes."""
    v = np.asarray(v)
    if v.dtype.kind == "V" and v.dtype.itemsize == 2 and v.dtype.names is None:
        v = np.frombuffer(v.tobytes(), "<u2").astype("uint32").reshape(v.shape) << 16
        return v.view("float32")
    return v.astype("float64")


def gap(ours, theirs):
    """The largest difference, relative to numbers above 1; a text when the shapes differ."""
    ours, theirs = plain(ours), plain(theirs)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    same = (np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)
    with np.errstate(all="ignore"):
        d = np.where(same, 0, np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)))
    return float(np.nan_to_num(d, nan=np.inf).max()) if d.size else 0.0


class Judge:
    def __init__(self, trial, checks):
        self.t, self.checks, self.problems = trial, checks, []
        self.reference = trial.twin or trial.model
        self.trained = trial.y is not None

    def says(self, what):
        self.problems.append(what)

    def compare(self, what, ours, theirs, tolerance):
        g = gap(ours, theirs)
        if isinstance(g, str) or not g <= tolerance:
            small = np.size(theirs) <= 6
            self.says(f"{what}: {g}" + (f" ({np.asarray(ours).tolist()} instead of {np.asarray(theirs).tolist()})" if small else ""))

    def attempt(self, what, function, *args):
        """An error in one check is a finding; the others go on."""
        try:
            return function(*args)
        except Exception as e:
            self.says(f"{what}: {e!r}"[:600])

    # Keras's side.
    def states(self):
        """Variables that a run leaves changed: all, and the states of recurrent layers."""
        found = list(self.reference.variables)
        known = {id(v) for v in found}
        for layer in self.reference._flatten_layers():
            for v in keras.tree.flatten(getattr(layer, "states", None) or []):
                if isinstance(v, keras.Variable) and id(v) not in known:
                    found.append(v), known.add(id(v))
        return found

    def expected(self, model):
        forget(model)
        by_batch = "graph" in self.checks or any(getattr(layer, "stateful", False) for layer in model._flatten_layers())
        y = model.predict(self.t.x, batch_size=self.t.batch, verbose=0) if by_batch else model.predict_on_batch(self.t.x)
        return [np.asarray(v) for v in keras.tree.flatten(y)]

    def predictions(self, what, file, theirs, tolerance, *options):
        kcpp("predict", file, "--input", "x.npz", "--output", "p.npz", "--batch-size", self.t.batch, *options)
        ours = np.load("p.npz")
        if len(ours.files) != len(theirs):
            self.says(f"{what}: {len(ours.files)} outputs instead of {len(theirs)}")
        for i, t in enumerate(theirs[:len(ours.files)]):
            o = ours[f"arr_{i}"]
            if str(t.dtype) != "bfloat16" and o.dtype != t.dtype:
                self.says(f"{what} {i} is {o.dtype} instead of {t.dtype}")
            self.compare(f"{what} {i}", o, t.astype("float32") if str(t.dtype) == "bfloat16" else t, tolerance)

    def write_arrays(self):
        def write(file, arrays):
            if isinstance(arrays, dict):
                np.savez(file, **arrays)
            else:
                np.savez(file, *(arrays if isinstance(arrays, (list, tuple)) else [arrays]))
        write("x.npz", self.t.x)
        if self.trained:
            write("y.npz", self.t.y)
        self.options = []
        if "sample_weight" in self.t.fit:
            write("w.npz", self.t.fit["sample_weight"])
            self.options += ["--sample-weight", "w.npz"]
        self.fit_options = list(self.options)
        if "validation_split" in self.t.fit:
            self.fit_options += ["--validation-split", self.t.fit["validation_split"]]

    def evaluation(self, file, tolerance):
        weights = {k: v for k, v in self.t.fit.items() if k == "sample_weight"}
        try:
            theirs = self.reference.evaluate(self.t.x, self.t.y, batch_size=self.t.batch, verbose=0, return_dict=True, **weights)
        except Exception:
            return  # training tells whether both refuse
        kcpp("evaluate", file, "--input", "x.npz", "--target", "y.npz", "--batch-size", self.t.batch, "--json", "e.json", *self.options, quiet=False)
        ours = json.load(open("e.json"))
        if set(ours) != set(theirs):
            self.says(f"evaluate has {sorted(ours)} instead of {sorted(theirs)}")
        for k in ours.keys() & theirs.keys():
            self.compare("evaluate " + k, ours[k], theirs[k], max(tolerance, 1e-5))

    def train(self, what, model, file, out, epochs, compared=True):
        """The same epochs in Keras (on a model) and in the program (on a file); what one refuses, the other has to refuse."""
        arguments = ("fit", file, "--input", "x.npz", "--target", "y.npz", "--epochs", epochs, "--batch-size", self.t.batch, "--no-shuffle", "--save", out, "--history", "h.json", *self.fit_options)
        try:
            history = model.fit(self.t.x, self.t.y, epochs=epochs, batch_size=self.t.batch, shuffle=False, verbose=0, **self.t.fit).history
        except Exception as e:
            if no_kernel(e):
                return True
            try:
                kcpp(*arguments, quiet=False)
            except Refused as ours:
                return "exit 1:" in str(ours) or self.says(f"{what}: {ours}")
            raise ValueError(f"Keras refuses, kcpp does not: {e!r}"[:400])
        kcpp(*arguments, quiet=False)
        ours = json.load(open("h.json"))
        if list(ours) != list(history):
            self.says(f"{what}: history has {list(ours)} instead of {list(history)}")
        if compared:
            for k in ours.keys() & history.keys():
                self.compare(f"{what}: history {k}", ours[k], [np.asarray(v).tolist() for v in history[k]], self.t.training_tolerance)
        return False

    def loaded(self):
        """The file is what both read: Keras forgets some options when it writes. The model itself where Keras cannot read its own file."""
        try:
            return keras.saving.load_model("m.keras")
        except Exception:
            return self.t.model

    # The checks.
    def run(self):
        t, model, ref = self.t, self.t.model, self.reference
        self.write_arrays()
        if self.trained:
            model.compile(**t.compile())
            if holds_weights(model.optimizer):
                model.optimizer.build(model.trainable_variables)
        try:
            model.save("m.keras")
        except NotImplementedError as e:  # an operation that Keras cannot write
            raise CannotRun(f"{e!r}"[:300]) from e
        if t.twin:
            t.twin.set_weights(model.get_weights())
            if self.trained:
                t.twin.compile(**t.compile())
        else:
            ref = self.reference = self.loaded()
        # Data layers do not cast what they get when run eagerly.
        ref.run_eagerly = "graph" not in self.checks and not any(isinstance(layer, DataLayer) for layer in ref._flatten_layers())
        start = [(v, np.asarray(keras.ops.convert_to_numpy(v))) for v in self.states()]
        try:
            theirs = self.expected(ref)
        except Exception as e:
            raise CannotRun(f"{e!r}"[:300]) from e
        restore = lambda: [v.assign(value) for v, value in start]
        restore()
        self.attempt("predict", self.predictions, "prediction", "m.keras", theirs, t.tolerance)
        if not t.twin:
            self.attempt("config", self.config_survives, theirs)
        if "formats" in self.checks:
            self.attempt("formats", self.formats, theirs)
        if "summary" in self.checks:
            self.attempt("summary", self.summary)
        if self.trained:
            if "long" in self.checks or "evaluate" in self.checks:
                self.attempt("evaluate", self.evaluation, "m.keras", t.tolerance)
                restore()
            self.attempt("training", self.training)
        return self.problems

    def config_survives(self, theirs):
        kcpp("convert", "m.keras", "c.keras")
        loaded = keras.saving.load_model("c.keras")
        loaded.run_eagerly = self.reference.run_eagerly
        if "operations" in self.checks:  # the arguments of an operation can be written in several ways
            for i, (a, b) in enumerate(zip(self.expected(loaded), theirs)):
                self.compare(f"Keras on kcpp's .keras {i}", a, b, self.t.tolerance)
            return
        original = self.loaded()
        ours, theirs = (essential(json.loads(m.to_json())) for m in (loaded, original))
        if ours != theirs:
            self.says("config: " + difference(ours, theirs))
        if self.trained and original is not self.t.model:  # else Keras cannot read its own
            def compiled(model):
                return names_of_functions(json.loads(json.dumps(keras.saving.serialize_keras_object(model.get_compile_config()))))
            ours, theirs = compiled(loaded), compiled(original)
            if ours != theirs:
                self.says("compile config: " + difference(ours, theirs))

    def training(self):
        t, ref, long = self.t, self.reference, "long" in self.checks
        if self.train("training", ref, "m.keras", "out.keras", LONG_EPOCHS if long else SHORT_EPOCHS, compared=not t.random):
            return None  # both refuse
        if t.twin:
            return self.predictions("after training", "out.keras", self.expected(ref), t.training_tolerance)
        loaded = keras.saving.load_model("out.keras")
        loaded.run_eagerly = ref.run_eagerly
        if t.random:
            return
        self.predictions("after training", "out.keras", self.expected(ref), t.training_tolerance)
        for i, (a, b) in enumerate(zip(self.expected(loaded), self.expected(ref))):
            self.compare(f"Keras on the trained file {i}", a, b, t.training_tolerance)
        if not long:
            return
        loaded.run_eagerly = True
        self.train("resumed by Keras", loaded, "out.keras", "further.keras", FURTHER_EPOCHS)
        if t.forgets:
            ref = loaded
        else:
            ref.fit(t.x, t.y, epochs=FURTHER_EPOCHS, batch_size=t.batch, shuffle=False, verbose=0, **t.fit)
        self.predictions("after resumed training", "further.keras", self.expected(ref), 2 * t.training_tolerance)

    def formats(self, theirs):
        t = self.t
        kcpp("convert", "m.keras", "c.weights.h5"), kcpp("convert", "m.keras", "c.json")
        t.model.save_weights("m.weights.h5")
        open("m.json", "w").write(t.model.to_json())
        self.attempt("json", self.predictions, "prediction of .json", "m.json", theirs, t.tolerance, "--weights", "m.weights.h5")
        if not t.twin:
            again = keras.models.model_from_json(open("c.json").read())
            again.load_weights("c.weights.h5")
            for i, (a, b) in enumerate(zip(self.expected(again), theirs)):
                self.compare(f"Keras on kcpp's .json and .weights.h5 {i}", a, b, t.tolerance)
        try:
            t.model.save("m.h5")
            own = self.expected(keras.saving.load_model("m.h5", compile=False))
        except Exception:
            return  # Keras cannot read its own
        self.attempt(".h5", self.predictions, "prediction of .h5", "m.h5", own, t.tolerance)
        kcpp("convert", "m.keras", "c.h5"), kcpp("convert", "m.h5", "d.keras")
        if t.twin:
            return
        for file in ("c.h5", "d.keras"):
            for i, (a, b, whole) in enumerate(zip(self.expected(keras.saving.load_model(file, compile=False)), own, theirs)):
                if file == "d.keras" or gap(a, whole) != 0:  # Keras's .h5 forgets some options; the program's may keep them
                    self.compare(f"Keras on kcpp's {file} {i}", a, b, t.tolerance)

    def summary(self):
        lines = []
        keras.saving.load_model("m.keras").summary(print_fn=lambda s, *_, **__: lines.append(s))
        ours, theirs = kcpp("summary", "m.keras").rstrip().splitlines(), "\n".join(lines).rstrip().splitlines()
        ours, theirs = ([line.rstrip() for line in text if line.strip()] for text in (ours, theirs))
        for a, b in zip(ours + [""] * len(theirs), theirs + [""] * len(ours)):
            if a != b:
                return self.says(f"summary: {a!r} instead of {b!r}")
        kcpp("plot", "m.keras", "m.dot")
        text = open("m.dot").read()
        if not re.match(r'digraph ".*" \{', text) or not text.rstrip().endswith("}"):
            self.says("plot: no digraph")


def essential(config):
    """Without what changes nothing: how it is compiled and was built, and arguments that are None."""
    if isinstance(config, dict):
        alone = lambda n, a: a[0] if n == "initial_state" and isinstance(a, list) and len(a) == 1 else a
        return {k: {n: essential(alone(n, a)) for n, a in v.items() if a is not None} if k == "kwargs" else essential(v) for k, v in config.items() if k not in ("compile_config", "build_config")}
    return [essential(v) for v in config] if isinstance(config, list) else config


def names_of_functions(config):
    """A function of Keras may stand there as its name."""
    if isinstance(config, dict):
        if config.get("class_name") == "function":
            return config["config"]
        def lists(k, v):  # "mae" is ["mae"]
            if k not in ("metrics", "weighted_metrics"):
                return v
            if isinstance(v, dict):
                return {n: m if isinstance(m, list) else [m] for n, m in v.items()}
            return [m if isinstance(m, list) else [] if m is None else [m] for m in v] if isinstance(v, list) and any(m is None or isinstance(m, list) for m in v) else v
        return {k: names_of_functions(lists(k, v)) for k, v in config.items() if v not in (None, [])}
    return [names_of_functions(v) if v is not None else [] for v in config] if isinstance(config, list) else config


def difference(a, b, path=""):
    """Where two values of JSON differ first."""
    if isinstance(a, dict) and isinstance(b, dict):
        for k in {**a, **b}:
            if k not in a or k not in b:
                return f"{path}.{k} is {'missing' if k not in a else 'too much'}: {(b if k not in a else a)[k]!r}"[:300]
            if a[k] != b[k]:
                return difference(a[k], b[k], f"{path}.{k}")
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return difference(x, y, f"{path}[{i}]")
    return f"{path} is {a!r} instead of {b!r}"[:400]


def judge(trial, checks):
    return Judge(trial, checks).run()
