"""The family `files`: whole model files that Keras wrote after some training, and what Keras does with them."""
from common import OUT, Family, numpy_of  # first: sets the environment

import io
import json
import re
import zipfile

import keras
import numpy as np

import models
from gen_training import arrays

WHEN = (2025, 1, 1, 0, 0, 0)
RESUMED = 5
# All formats and all forms of the summary for these; .keras and the plain summary for the others.
EVERY_FORMAT = {"mlp_l1_l2", "cnn_bn", "embedding_rnn", "two_inputs_residual", "multi_output", "nested_shared", "frozen", "functional_ops"}


def pin(path):
    """Rewrites a .keras archive with fixed dates and object ids (Keras writes addresses); nothing else changes."""
    with zipfile.ZipFile(path) as z:
        members = [(i.filename, z.read(i), i.compress_type) for i in z.infolist()]
    with zipfile.ZipFile(path, "w") as z:
        for name, raw, kind in members:
            if name == "metadata.json":
                meta = json.loads(raw)
                meta["date_saved"] = "2025-01-01@00:00:00"
                raw = json.dumps(meta).encode()
            if name == "config.json":
                ids = {}
                number = lambda m: b'"shared_object_id": %d' % ids.setdefault(m[1], len(ids) + 1)
                raw = re.sub(rb'"shared_object_id": (\d+)', number, raw)
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = kind
            z.writestr(info, raw)


def summary(model, **kw):
    out = io.StringIO()
    model.summary(line_length=100, print_fn=lambda s, line_break=False: out.write(s + "\n"), **kw)
    return out.getvalue()


def summaries(model, every):
    if not every:
        return {"plain": summary(model)}
    return {"plain": summary(model), "trainable": summary(model, show_trainable=True), "expanded": summary(model, expand_nested=True),
            "all": summary(model, show_trainable=True, expand_nested=True)}


def case(f, make, folder):
    name = make.__name__
    model, run = models.compiled(make)
    uncompiled = keras.models.model_from_json(model.to_json())
    case = {"name": name, "x": arrays(f, name, "x", run["x"]), "y": arrays(f, name, "y", run["y"]),
            "sample_weight": None if run.get("sample_weight") is None else arrays(f, name, "sw", run["sample_weight"]),
            "class_weight": None if run.get("class_weight") is None else {str(k): v for k, v in run["class_weight"].items()},
            "batch_size": models.BATCH, "validation_split": run.get("validation_split", 0.0),
            "summaries_uncompiled": {"plain": summary(uncompiled)}}
    models.fit(model, run, epochs=2)
    case["predictions"] = arrays(f, name, "pred", model.predict(run["x"], batch_size=models.BATCH, verbose=0))
    case["evaluate"] = {k: np.asarray(v).tolist() for k, v in model.evaluate(
        run["x"], run["y"], batch_size=models.BATCH, sample_weight=run.get("sample_weight"), return_dict=True, verbose=0).items()}
    case["summaries"] = summaries(model, name in EVERY_FORMAT)
    case["weight_paths"] = [w.path for w in model.weights]
    case["weights"] = [f.put(name, f"w{i}", w) for i, w in enumerate(model.weights)]
    case["optimizer_variables"] = [{"path": v.path, "value": f.put(name, f"o{i}", v)} for i, v in enumerate(model.optimizer.variables)]
    # .h5 last: it takes the optimizer out of the live compile config.
    case["files"] = []
    for suffix in (".keras", ".weights.h5", ".h5") if name in EVERY_FORMAT else (".keras",):
        path = folder / (name + suffix)
        try:
            if suffix == ".weights.h5":
                model.save_weights(path)
            else:
                model.save(path)
            case["files"].append(path.name)
        except Exception as e:
            f.refuse(path.name, e)
            path.unlink(missing_ok=True)
    keras_file = folder / f"{name}.keras"
    pin(keras_file)
    loaded = keras.models.load_model(keras_file)
    case["resumed_losses"] = models.batch_losses(loaded, run, RESUMED)
    case["resumed_weights"] = [f.put(name, f"r{i}", numpy_of(w)) for i, w in enumerate(loaded.weights)]
    h5 = folder / f"{name}.h5"
    case["h5_loads_in_keras"] = None
    if h5.name in case["files"]:
        try:
            keras.models.load_model(h5)
            case["h5_loads_in_keras"] = True
        except Exception as e:
            f.refuse(f"load_model({h5.name})", e)
            case["h5_loads_in_keras"] = False
    f.add(case)


def main():
    f = Family("files")
    folder = OUT / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for make in models.MODELS:
        case(f, make, folder)
    f.write()
    print(f"  files/: {sum(p.stat().st_size for p in folder.iterdir()) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
