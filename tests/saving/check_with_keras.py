#!/usr/bin/env python3
"""Does Python's Keras open what kcpp writes, and predict and go on training alike?

    python tests/saving/check_with_keras.py build/dev/kcpp [--tf-keras PYTHON]

For every whole-model file of tests/golden/files: kcpp converts it to .keras and .h5 and trains it for an epoch; Keras opens the
results. Exit code 77 when Keras is not installed. With --tf-keras, a Python with TensorFlow 2.15 opens the .h5 files too: it is the second
judge, for models of which it knows every layer.
"""
import json, os, pathlib, shutil, subprocess, sys, tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import keras, numpy as np
except ImportError:
    sys.exit(77)

kcpp = os.path.abspath(sys.argv[1])
golden = pathlib.Path(__file__).resolve().parent.parent / "golden"
cases = json.loads((golden / "files.json").read_text())["cases"]
arrays = np.load(golden / "files.npz")
tf_keras = sys.argv[sys.argv.index("--tf-keras") + 1] if "--tf-keras" in sys.argv else None
keras3_only = {"functional_ops"}  # operations as nodes
passed = failed = 0
TF_JUDGE = """
import json, sys, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
for job in json.load(open("tf_jobs.json")):
    try:
        model = tf.keras.models.load_model(job["file"])
        x = [v for _, v in sorted(np.load(job["x"]).items())]
        y = model(x if len(x) > 1 else x[0], training=False)
        y = list(y) if isinstance(y, (list, tuple)) else [y]
        ours = np.load(job["y"])
        job["error"] = max(float(np.abs(ours[f"arr_{i}"] - np.asarray(t)).max()) for i, t in enumerate(y))
    except Exception as e:
        job["error"], job["why"] = 1e9, repr(e)[:300]
    print(json.dumps(job), flush=True)
"""
tf_jobs = []


def run(*args):
    r = subprocess.run([kcpp, *map(str, args)], capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(r.stderr.strip()[:300])
    return r


def as_list(y):
    return [y[k] for k in sorted(y)] if isinstance(y, dict) else list(y) if isinstance(y, (list, tuple)) else [y]


def check(name, what, ok, detail=""):
    global passed, failed
    passed, failed = passed + ok, failed + (not ok)
    if not ok:
        print(f"{name}: {what} FAILED {detail}")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for case in cases:
        if isinstance(case["x"], dict) or isinstance(case["y"], dict):
            continue
        x, y = [arrays[k] for k in case["x"]], [arrays[k] for k in case["y"]]
        np.savez("x.npz", *x), np.savez("y.npz", *y)
        for file in case["files"]:
            if not file.endswith(".keras"):
                continue
            source = golden / "files" / file
            for suffix in (".keras", ".h5"):
                if suffix == ".h5" and case["name"] == "functional_ops":
                    continue  # Keras itself cannot read ops such as GetItem back from an .h5
                name, out = file + " -> " + suffix, "out" + suffix
                try:
                    run("convert", source, out)
                    run("predict", source, "--input", "x.npz", "--output", "p.npz")
                    model = keras.saving.load_model(out, compile=suffix == ".keras")
                    ours, theirs = np.load("p.npz"), as_list(model.predict(x if len(x) > 1 else x[0], verbose=0))
                    error = max(float(np.abs(ours[f"arr_{i}"] - t).max()) for i, t in enumerate(theirs))
                    check(name, "prediction", error < 1e-5, error)
                    if suffix == ".h5" and tf_keras and case["name"] not in keras3_only:
                        job = {"file": f"tf_{len(tf_jobs)}.h5", "x": f"tf_{len(tf_jobs)}.x.npz", "y": f"tf_{len(tf_jobs)}.y.npz", "name": name}
                        for here, there in ((out, job["file"]), ("x.npz", job["x"]), ("p.npz", job["y"])):
                            shutil.copy(here, there)
                        tf_jobs.append(job)
                except Exception as e:
                    check(name, "conversion", False, repr(e)[:300])
            try:
                batch = case["batch_size"]
                run("fit", source, "--input", "x.npz", "--target", "y.npz", "--epochs", 1, "--batch-size", batch, "--no-shuffle",
                    "--save", "once.keras", "--history", "h.json")
                run("fit", "once.keras", "--input", "x.npz", "--target", "y.npz", "--epochs", 1, "--batch-size", batch, "--no-shuffle",
                    "--save", "twice.keras", "--history", "h2.json")
                model = keras.saving.load_model("once.keras")
                h = model.fit(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], epochs=1, batch_size=batch, shuffle=False, verbose=0)
                ours = json.load(open("h2.json"))["loss"][0]
                error = abs(ours - h.history["loss"][0]) / max(1, abs(ours))
                check(file, "resumed loss", error < 1e-4, f"{ours} {h.history['loss'][0]}")
            except Exception as e:
                check(file, "training on", False, repr(e)[:300])
    if tf_jobs:
        json.dump(tf_jobs, open("tf_jobs.json", "w"))
        r = subprocess.run([tf_keras, "-c", TF_JUDGE], capture_output=True, text=True)
        for line in r.stdout.splitlines():
            job = json.loads(line)
            check(job["name"], "tf.keras", job["error"] < 1e-5, job.get("why", job["error"]))
        check("tf.keras", "ran to its end", r.returncode == 0, r.stderr[-300:])

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
