"""The family `training`: whole models, 5 epochs of 4 batches each, without shuffling."""
from common import Family, numpy_of, plain  # first: sets the environment

import json

import numpy as np

import models


def arrays(f, name, suffix, value):
    """Keys of the arrays of a structure: a list, or a dict when the structure is one."""
    if isinstance(value, dict):
        return {k: f.put(name, f"{suffix}_{k}", v) for k, v in value.items()}
    return [f.put(name, f"{suffix}{i}", v) for i, v in enumerate(value if isinstance(value, (list, tuple)) else [value])]


def case(f, make):
    name = make.__name__
    model, run = models.compiled(make)
    compile_config = plain(model.get_compile_config())
    initial = [numpy_of(w) for w in model.weights]
    before = model.predict(run["x"], batch_size=models.BATCH, verbose=0)
    history = models.fit(model, run).history
    final = [numpy_of(w) for w in model.weights]
    predictions = model.predict(run["x"], batch_size=models.BATCH, verbose=0)
    evaluate = model.evaluate(run["x"], run["y"], batch_size=models.BATCH, sample_weight=run.get("sample_weight"), return_dict=True, verbose=0)
    twin, _ = models.compiled(make)
    losses = models.batch_losses(twin, run, models.steps(run))
    if not model.optimizer.use_ema:
        for a, b in zip(twin.weights, final):
            np.testing.assert_allclose(numpy_of(a), b, rtol=1e-4, atol=1e-5, err_msg=f"{name} {a.path}")
    sw = run.get("sample_weight")
    f.add({"name": name, "model_json": json.loads(model.to_json()), "compile": compile_config,
           "x": arrays(f, name, "x", run["x"]), "y": arrays(f, name, "y", run["y"]),
           "sample_weight": None if sw is None else arrays(f, name, "sw", sw),
           "class_weight": None if run.get("class_weight") is None else {str(k): v for k, v in run["class_weight"].items()},
           "fit": {"epochs": models.EPOCHS, "batch_size": models.BATCH, "shuffle": False, "validation_split": run.get("validation_split", 0.0)},
           "weight_paths": [w.path for w in model.weights],
           "initial_weights": [f.put(name, f"w{i}", w) for i, w in enumerate(initial)],
           "initial_predictions": arrays(f, name, "before", before),
           "history": {k: [float(x) for x in v] for k, v in history.items()}, "batch_losses": losses,
           "final_weights": [f.put(name, f"final{i}", w) for i, w in enumerate(final)],
           "predictions": arrays(f, name, "pred", predictions),
           "evaluate": {k: np.asarray(v).tolist() for k, v in evaluate.items()}})


def main():
    f = Family("training")
    for make in models.MODELS:
        case(f, make)
    f.write()


if __name__ == "__main__":
    main()
