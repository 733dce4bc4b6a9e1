#!/usr/bin/env python3
"""Files of older Keras, with what their Keras computed, as the judge of the program.

    python tests/saving/compare_epochs.py [--program build/dev/kcpp] [--keras] [--only REGEX] FOLDER ...

A FOLDER is one of tests/golden/files_epochs, or what the sweep wrote (tests/golden/generate/epochs/run.sh with SCRIPT=sweep.py). For every file:
`kcpp predict`, `evaluate` and `fit` (training that goes on) against the numbers in expected.json, then `kcpp convert` to .keras, .h5 and .weights.h5 and the
same predictions from those, by kcpp and, with --keras, by the Keras that runs this script. Exit code 1 when anything differs.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE = 1e-4
PARSER = argparse.ArgumentParser()
PARSER.add_argument("--program", default="build/dev/kcpp")
PARSER.add_argument("--keras", action="store_true")
PARSER.add_argument("--only", default="")
PARSER.add_argument("folders", nargs="+", type=pathlib.Path)
ARGS = PARSER.parse_args()
COUNTS = collections.Counter()
WORK = pathlib.Path(tempfile.mkdtemp())
if ARGS.keras:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    import keras


def kcpp(*words):
    r = subprocess.run([ARGS.program, *map(str, words)], capture_output=True, text=True, timeout=120)
    if r.returncode:
        raise RuntimeError(r.stderr.strip() or "exit code %d" % r.returncode)
    return r.stdout


def report(kind, what, error):
    """`error`: None, or what is wrong."""
    COUNTS[kind, error is None] += 1
    if error:
        print("%s: %s: %s" % (kind, what, error[:300]), flush=True)
    return error is None


def attempt(kind, what, function):
    try:
        return report(kind, what, function())
    except Exception as e:
        return report(kind, what, (str(e).splitlines() or [repr(e)])[0])


def difference(got, expected, tolerance=TOLERANCE):
    """None, or the largest difference relative to the size of what is expected."""
    if len(got) != len(expected):
        return "%d outputs in place of %d" % (len(got), len(expected))
    for i, (a, b) in enumerate(zip(got, expected)):
        if np.shape(a) != np.shape(b):
            return "output %d has shape %s in place of %s" % (i, np.shape(a), np.shape(b))
        error = float(np.max(np.abs(np.asarray(a, "float64") - b) / (0.1 + np.abs(b)), initial=0))
        if not error <= tolerance:
            return "output %d is off by %.2e" % (i, error)
    return None


def save(name, arrays):
    np.savez(WORK / name, **{"arr_%d" % i: a for i, a in enumerate(arrays)})
    return WORK / name


def load(path):
    with np.load(path) as z:
        return [z["arr_%d" % i] for i in range(len(z.files))]


def with_keras(path, x, y, tolerance):
    model = keras.models.load_model(path, compile=False)
    out = model(x if len(x) > 1 else x[0], training=False)
    out = [out[k] for k in sorted(out)] if isinstance(out, dict) else out if isinstance(out, (list, tuple)) else [out]
    return difference([np.asarray(o) for o in out], y, tolerance)


def check_file(what, path, case, arrays, weights, fit_by_fit):
    """`fit_by_fit`: the judge called fit once for each loss, which is not the same for whoever averages weights at its end."""
    x, y = [arrays[k] for k in case["x"]], [arrays[k] for k in case["y"]]
    tolerance = 2e-3 if case.get("note") else TOLERANCE
    inputs, extra = save("x.npz", x), ["--weights", weights] if weights else []
    batch = ["--batch-size", len(x[0])]

    def predict(model, *more):
        kcpp("predict", model, "--input", inputs, "--output", WORK / "y.npz", *batch, *more)
        return difference(load(WORK / "y.npz"), y, tolerance)

    if not attempt("predict", what, lambda: predict(path, *extra)):
        return
    if "resume" in case:
        targets = save("t.npz", [arrays[k] for k in case["resume"]["y"]])

        def evaluate():
            kcpp("evaluate", path, "--input", inputs, "--target", targets, *batch, "--json", WORK / "e.json")
            got = json.loads((WORK / "e.json").read_text())
            expected = case["evaluate"]
            values = [got["loss"]] + [v for k, v in got.items() if k != "loss"]
            return difference(sorted(values), sorted(expected)) if len(values) == len(expected) else difference([got["loss"]], expected[:1])

        def fit():
            losses, model, got = case["resume"]["losses"], path, []
            for epochs in [1] * len(losses) if fit_by_fit else [len(losses)]:
                kcpp("fit", model, "--input", inputs, "--target", targets, *batch, "--epochs", epochs, "--no-shuffle", "--save", WORK / "fit.keras", "--history", WORK / "h.json")
                got += json.loads((WORK / "h.json").read_text())["loss"]
                model = WORK / "fit.keras"
            return difference([np.array(got)], [np.array(losses)])

        if "evaluate" in case:
            attempt("evaluate", what, evaluate)
        attempt("fit", what, fit)
    for suffix in (".keras", ".h5", ".weights.h5"):
        out = WORK / ("converted" + suffix)
        out.unlink(missing_ok=True)
        kind = "convert to " + suffix

        def convert():
            kcpp("convert", path, out, *extra)
            if suffix == ".weights.h5":
                return predict(WORK / "converted.keras", "--weights", out)
            return predict(out)
        attempt(kind, what, convert)
        if ARGS.keras and suffix != ".weights.h5" and out.exists():
            attempt("Keras reads " + suffix, what, lambda: with_keras(out, x, y, tolerance))


def main():
    for folder in ARGS.folders:
        expected = json.loads((folder / "expected.json").read_text())
        arrays = np.load(folder / "expected.npz")
        for case in expected["cases"]:
            if not re.search(ARGS.only, case["name"]):
                continue
            files = case["files"]
            split = files[0].endswith(".json")
            for file in files[:1] if split else files:
                check_file("%s/%s" % (folder.name, file), folder / file, case, arrays, folder / files[1] if split else None, expected["keras"].startswith("3"))
    for kind in sorted({k for k, _ in COUNTS}):
        print("%s: %d of %d equal" % (kind, COUNTS[kind, True], COUNTS[kind, True] + COUNTS[kind, False]))
    sys.exit(any(not ok for _, ok in COUNTS))


main()
