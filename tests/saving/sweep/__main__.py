#!/usr/bin/env python3
"""Keras as the judge of the program, systematically: every argument of every class, and many combinations.

    python tests/saving/sweep build/dev/kcpp [-k REGULAR_EXPRESSION] [-j WORKERS] [--list]

Each case is a model that Keras builds and saves. Keras and `kcpp` predict, evaluate and train with it; `kcpp` converts it, Keras reads
what comes out and trains on. Names of cases begin with their family. Exit code 77 when Keras is not installed.
"""
import argparse
import collections
import gc
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
try:
    import keras
except ImportError:
    sys.exit(77)

import case
import judge


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("kcpp")
    parser.add_argument("-k", default="", help="regular expression of names of cases")
    parser.add_argument("-j", type=int, default=1, help="processes")
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("--share", default="0/1", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(name):
    make, checks = case.CASES[name]
    keras.utils.set_random_seed(3)
    keras.backend.clear_session()
    keras.config.set_dtype_policy("float32")
    try:
        trial = make()
    except Exception as e:
        return "refused", [f"{e!r}"[:300]]
    if isinstance(trial, list):  # a case that judges itself
        return ("failed" if trial else "passed"), trial
    try:
        problems = judge.judge(trial, checks)
    except judge.CannotRun as e:
        return "refused", [str(e)]
    except Exception as e:
        problems = [f"{e!r}"[:600]]
    return ("failed" if problems else "passed"), problems


def work(names):
    gc.freeze()  # clear_session collects garbage: not among the modules each time
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in names:
            for left in pathlib.Path(folder).iterdir():
                left.unlink()
            result, problems = run(name)
            print(f"{result}\t{name}", flush=True)
            for p in problems:
                print(f"    {name}: " + p.replace("\n", " "), flush=True)


def spread(options):
    """Runs the workers side by side and adds up what they say."""
    workers = [subprocess.Popen([sys.executable, __file__ if __file__.endswith(".py") else os.path.dirname(__file__), options.kcpp, "-k", options.k, "--share", f"{i}/{options.j}"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"})
               for i in range(options.j)]
    count = collections.defaultdict(collections.Counter)

    def listen(worker):
        for line in worker.stdout:
            if line.startswith("    "):
                print(line, end="", flush=True)
            elif "\t" in line:
                result, name = line.rstrip("\n").split("\t")
                count[name.split("/")[0]][result] += 1
                if result != "passed":
                    print(f"{result}: {name}", flush=True)
        if worker.wait():
            print(f"a worker ended with {worker.returncode}")
            count["workers"]["failed"] += 1

    listeners = [threading.Thread(target=listen, args=(w,)) for w in workers]
    for t in listeners:
        t.start()
    for t in listeners:
        t.join()
    for family, results in count.items():
        print(f"{family}: " + ", ".join(f"{results[r]} {r}" for r in ("passed", "failed", "refused")))
    return any(r["failed"] for r in count.values())


def main():
    import families  # fills CASES
    families.fill()
    options = arguments()
    judge.KCPP = os.path.abspath(options.kcpp)
    names = [n for n in case.CASES if re.search(options.k, n)]
    if options.list:
        print("\n".join(names))
        return 0
    share, shares = map(int, options.share.split("/"))
    if "--share" not in sys.argv:
        return spread(options)
    work(names[share::shares])
    return 0


if __name__ == "__main__":
    sys.exit(main())
