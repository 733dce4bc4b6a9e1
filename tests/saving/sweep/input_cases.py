"""Family `inputs`: arrays of every dtype and order are read; what does not fit is refused in one line, never by a crash."""
import io
import subprocess
import zipfile

import keras
import numpy as np
from keras import layers as L

import judge
from case import Data, case


def run(*args):
    return subprocess.run([judge.KCPP, *args], capture_output=True, text=True, timeout=120)


def model_files(data):
    """A model of two inputs and two outputs, and one of one each."""
    a, b = L.Input((4,), name="a"), L.Input((3,), dtype="int32", name="b")
    h = L.Concatenate()([L.Dense(3)(a), L.Flatten()(L.Embedding(6, 2)(b))])
    two = keras.Model([a, b], [L.Dense(2, name="p")(h), L.Dense(1, name="q")(h)])
    two.compile("sgd", ["mse", "mse"])
    two.save("two.keras")
    one = keras.Sequential([L.Input((4,)), L.Dense(3)])
    one.compile("sgd", "mse", metrics=["mae"])
    one.save("one.keras")
    return one, two


def accepted(x, files, command="predict", model="one.keras", expected=None):
    """The array as .npz and .npy gives what Keras gives."""
    np.savez("x.npz", x), np.save("x.npy", x)
    problems = []
    for file in files:
        r = run("predict", model, "--input", file, "--output", "p.npz")
        if r.returncode:
            problems.append(f"{file}: {r.stderr.strip()}")
        elif judge.gap(np.load("p.npz")["arr_0"], expected) > 1e-5:
            problems.append(f"{file}: {judge.gap(np.load('p.npz')['arr_0'], expected)}")
    return problems


def refused(what, *args):
    """Exit code other than 0, by no signal, and one line on stderr."""
    r = run(*args)
    lines = r.stderr.strip().splitlines()
    if r.returncode <= 0 or r.returncode > 100:
        return [f"{what}: exit {r.returncode}: {r.stderr.strip()[:200]}"]
    if len(lines) != 1 or not lines[0].startswith("kcpp: "):
        return [f"{what}: {len(lines)} lines on stderr: {r.stderr[:300]}"]
    print(f"# {what}: {lines[0]}")
    return []


def dtypes():
    data = Data("inputs/dtypes")
    one, _ = model_files(data)
    whole = data.rng.integers(-5, 6, (20, 4))
    for dtype in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", ">f4", ">f8", ">i4", "<i2"):
        x = np.abs(whole).astype(dtype) if dtype[0] in "ub" else whole.astype(dtype)
        yield dtype, x
        yield dtype + "_fortran", np.asfortranarray(x)
    yield "strided", np.ascontiguousarray(np.repeat(whole, 2, axis=1).astype("float32"))[:, ::2]
    yield "negative_strides", whole.astype("float32")[::-1]
    yield "one_sample", whole[:1].astype("float32")
    yield "many", np.tile(whole, (50, 1)).astype("float32")


def reading():
    problems = []
    one, two = model_files(Data("inputs/model"))
    for label, x in dtypes():
        one = keras.saving.load_model("one.keras")
        problems += [f"{label}: {p}" for p in accepted(x, ("x.npz", "x.npy"), expected=one.predict_on_batch(x.astype("float32")))]
    x = Data("compressed").real(4)
    np.savez_compressed("c.npz", x)
    np.savez("k.npz", whatever=x), np.savez("named.npz", input_layer=x, more=x[:3])
    for file in ("c.npz", "k.npz"):
        r = run("predict", "one.keras", "--input", file, "--output", "p.npz")
        if r.returncode or judge.gap(np.load("p.npz")["arr_0"], keras.saving.load_model("one.keras").predict_on_batch(x)) > 1e-5:
            problems.append(f"{file}: {r.stderr}")
    a, b = Data("a").real(4), Data("b").ids(3)
    two = keras.saving.load_model("two.keras")
    theirs = two.predict_on_batch([a, b])
    np.savez("two_named.npz", b=b, a=a), np.savez("two_order.npz", a, b), np.savez("two_more.npz", b=b, a=a, c=a), np.savez("two_float.npz", a=a, b=b.astype("float32")), np.savez("two_long.npz", a=a.astype("float64"), b=b.astype("int64"))
    for file in ("two_named.npz", "two_order.npz", "two_more.npz", "two_float.npz", "two_long.npz"):
        r = run("predict", "two.keras", "--input", file, "--output", "p.npz")
        if r.returncode:
            problems.append(f"{file}: {r.stderr}")
        else:
            p = np.load("p.npz")
            problems += [f"{file}: output {i}: {g}" for i in (0, 1) if not (g := judge.gap(p[f"arr_{i}"], theirs[i])) <= 1e-5]
    return problems


def hostile():
    problems = []
    one, two = model_files(Data("inputs/model"))
    good, target = Data("good").real(4), Data("target").real(3)
    np.savez("good.npz", good), np.savez("y.npz", target)
    bad = {"wrong_width": good[:, :3], "rank_1": good[:, 0], "rank_3": good[:, None, :, None], "scalar": np.float32(3), "empty": good[:0], "complex": good.astype("complex64"), "strings": good.astype("U5"), "objects": good.astype(object), "dates": np.zeros((4, 4), "M8[s]"),
           "structured": np.zeros(4, [("a", "f4")]), "long_double": good.astype("longdouble")}
    for label, x in bad.items():
        np.savez("bad.npz", x), np.save("bad.npy", x)
        for file in ("bad.npz", "bad.npy"):
            problems += refused(f"{label} {file}", "predict", "one.keras", "--input", file, "--output", "p.npz")
        problems += refused(f"{label} target", "evaluate", "one.keras", "--input", "good.npz", "--target", "bad.npz") if label != "wrong_width" else []
        problems += refused(f"{label} weights", "evaluate", "one.keras", "--input", "good.npz", "--target", "y.npz", "--sample-weight", "bad.npz") if label not in ("wrong_width", "rank_1", "rank_3", "void") else []
    files = {"nothing.npz": b"", "text.npz": b"hello", "cut.npz": open("good.npz", "rb").read()[:100], "cut.npy": b"\x93NUMPY\x01\x00", "header.npy": b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f4'}\n", "noarrays.npz": None,
             "huge.npy": b"\x93NUMPY\x01\x00\x76\x00" + (b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 4), }".ljust(117) + b"\n"), "negative.npy": b"\x93NUMPY\x01\x00\x76\x00" + (b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }".ljust(117) + b"\n")}
    for name, content in files.items():
        if content is None:
            zipfile.ZipFile(name, "w").close()
        else:
            open(name, "wb").write(content)
        problems += refused(name, "predict", "one.keras", "--input", name, "--output", "p.npz")
        problems += refused(name + " as target", "fit", "one.keras", "--input", "good.npz", "--target", name, "--epochs", "1", "--save", "o.keras")
    np.savez("only_a.npz", a=good), np.savez("gap.npz", arr_0=good, arr_2=good), np.savez("short.npz", target[:5]), np.savez("unequal.npz", a=good, b=Data("b").ids(3)[:7]), np.savez("floats.npz", a=good, b=good)
    np.savez("ids.npz", a=good, b=Data("b").ids(3) + 100), np.savez("one.npz", good)
    for label, args in {"missing_input": ("predict", "two.keras", "--input", "only_a.npz"), "one_of_two": ("predict", "two.keras", "--input", "one.npz"), "gap": ("predict", "two.keras", "--input", "gap.npz"), "unequal": ("predict", "two.keras", "--input", "unequal.npz"),
                        "no_file": ("predict", "one.keras", "--input", "no.npz"), "no_model": ("predict", "no.keras", "--input", "good.npz"), "folder": ("predict", ".", "--input", "good.npz"), "model_is_array": ("predict", "good.npz", "--input", "good.npz"),
                        "out_folder": ("predict", "one.keras", "--input", "good.npz", "--output", "no/p.npz")}.items():
        problems += refused(label, *args, *(() if "--output" in args else ("--output", "p.npz")))
    for label, args in {"short_target": ("--target", "short.npz"), "target_missing": ("--target", "no.npz"), "epochs_zero": ("--target", "y.npz", "--epochs", "0"), "epochs_word": ("--target", "y.npz", "--epochs", "many"), "batch_zero": ("--target", "y.npz", "--batch-size", "0"),
                        "batch_negative": ("--target", "y.npz", "--batch-size", "-3"), "split_one": ("--target", "y.npz", "--validation-split", "1.0"), "split_negative": ("--target", "y.npz", "--validation-split", "-0.1"), "split_nan": ("--target", "y.npz", "--validation-split", "nan"), "save_suffix": ("--target", "y.npz", "--save", "o.txt"),
                        "short_weights": ("--target", "y.npz", "--sample-weight", "short.npz"), "unknown_option": ("--target", "y.npz", "--wrong")}.items():
        given = list(args) + (["--epochs", "1"] if "--epochs" not in args else []) + (["--save", "o.keras"] if "--save" not in args else [])
        problems += refused(label, "fit", "one.keras", "--input", "good.npz", *given)
    return problems


def fill():
    case("inputs/read", reading)
    case("inputs/refused", hostile)
