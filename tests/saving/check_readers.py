#!/usr/bin/env python3
"""Do other versions of Keras open what kcpp writes, predict alike and go on training?

    python tests/saving/check_readers.py [--program build/dev/kcpp] [--suffix .h5] [--only REGEX] --reader PYTHON FOLDER ...

For every whole-model file of the folders (tests/golden/files_epochs, or those of the sweep): `kcpp convert` to the suffix, then PYTHON, which has a TensorFlow
with its Keras, or Keras 3, opens it: predictions, and the losses of the training that goes on, are those of expected.json. For .weights.h5 the
reader opens the original, sets all weights to zero and loads kcpp's weights.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

READER = r'''
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", ""
import numpy as np
try:
    import tensorflow as tf
    keras = tf.keras
except ImportError:
    import keras
for job in json.load(open(sys.argv[1])):
    try:
        z = np.load(job["arrays"])
        x, y = [z[k] for k in job["x"]], [z[k] for k in job["y"]]
        one = lambda v: v[0] if len(v) == 1 else v
        if "weights" in job:
            m = keras.models.load_model(job["file"], compile=False)
            for w in m.weights:
                w.assign(np.zeros(w.shape, "float32").astype(np.asarray(w).dtype))
            m.load_weights(job["weights"])
        else:
            m = keras.models.load_model(job["file"], compile="losses" in job)
        out = m.predict(one(x), batch_size=len(x[0]), verbose=0)  # a call on its own reads channels_first wrongly on a CPU
        out = [out[k] for k in sorted(out)] if isinstance(out, dict) else out if isinstance(out, (list, tuple)) else [out]
        job["error"] = max(float(np.max(np.abs(np.asarray(a, "float64") - b) / (0.1 + np.abs(b)), initial=0)) for a, b in zip(out, y))
        if "losses" in job:
            t = [z[k] for k in job["t"]]
            got = [float(m.fit(one(x), one(t), batch_size=len(x[0]), shuffle=False, verbose=0).history["loss"][0]) for _ in job["losses"]]
            job["training"] = float(np.max(np.abs(np.array(got) - job["losses"]) / (0.1 + np.abs(job["losses"]))))
    except Exception as e:
        job["why"] = repr(e)[:300]
    print(json.dumps({k: job[k] for k in ("name", "error", "training", "why", "losses") if k in job}), flush=True)
'''
PARSER = argparse.ArgumentParser()
PARSER.add_argument("--program", default="build/dev/kcpp")
PARSER.add_argument("--reader", default=sys.executable)
PARSER.add_argument("--suffix", default=".h5")
PARSER.add_argument("--only", default="")
PARSER.add_argument("folders", nargs="+", type=pathlib.Path)
ARGS = PARSER.parse_args()
WORK = pathlib.Path(tempfile.mkdtemp())


def jobs():
    for folder in ARGS.folders:
        for case in json.loads((folder / "expected.json").read_text())["cases"]:
            for file in case["files"]:
                name = "%s/%s" % (folder.name, file)
                if not file.endswith((".h5", ".keras")) or file.endswith("_weights.h5") or case.get("note") or not re.search(ARGS.only, name):
                    continue
                out = WORK / (name.replace("/", "_") + ARGS.suffix)
                r = subprocess.run([ARGS.program, "convert", str(folder / file), str(out)], capture_output=True, text=True)
                if r.returncode:
                    print("%s: %s" % (name, r.stderr.strip()[:300]))
                    continue
                job = {"name": name, "file": str(out), "arrays": str(folder / "expected.npz"), "x": case["x"], "y": case["y"]}
                if ARGS.suffix == ".weights.h5":
                    job.update(file=str(folder / file), weights=str(out))
                elif "resume" in case:
                    job.update(t=case["resume"]["y"], losses=case["resume"]["losses"])
                yield job


def main():
    (WORK / "jobs.json").write_text(json.dumps(list(jobs())))
    (WORK / "reader.py").write_text(READER)
    r = subprocess.run([ARGS.reader, "-W", "ignore", str(WORK / "reader.py"), str(WORK / "jobs.json")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    counts = {"predictions": [0, 0], "training": [0, 0]}
    for line in r.stdout.splitlines():
        if not line.startswith("{"):
            continue
        job = json.loads(line)
        for kind, key in (("predictions", "error"), ("training", "training")):
            if key in job or "why" in job and (key == "error" or "losses" in job and "error" in job):
                ok = job.get(key, 1) <= 1e-4
                counts[kind][0] += ok
                counts[kind][1] += 1
                if not ok:
                    print("%s: %s: %s" % (kind, job["name"], job.get("why") or "off by %.2e" % job[key]), flush=True)
    for kind, (equal, all_) in counts.items():
        print("%s: %d of %d equal" % (kind, equal, all_))
    sys.exit(any(equal < all_ for equal, all_ in counts.values()))


main()
