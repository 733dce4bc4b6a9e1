"""What Keras's callbacks do with scripted figures: when they stop, what they restore, print and write.

Each case feeds one callback with a table of logs, one row an epoch. Before each epoch's end the model's one weight is set to the epoch's
number, so that a restored weight tells its epoch.
"""
import contextlib
import io
import pathlib
import tempfile

import common
import keras
import numpy as np

VAL = {"val_loss": [1.0, 0.8, 0.9, 0.79, 0.7995, 0.7991, 0.85, 0.5, 0.6, 0.7, 0.8, 0.9]}
ACC = {"loss": [1.0] * 8, "accuracy": [0.1, 0.5, 0.4, 0.6, 0.6, 0.59, 0.55, 0.7]}
FLAT = {"loss": [0.5] * 14}
NAN = {"val_loss": [1.0, float("nan"), 0.9, 0.95, 0.97, 0.99]}

CASES = [
    ("EarlyStopping", dict(), VAL),
    ("EarlyStopping", dict(patience=1, verbose=1), VAL),
    ("EarlyStopping", dict(patience=2, restore_best_weights=True, verbose=1), VAL),
    ("EarlyStopping", dict(patience=3, min_delta=0.05, restore_best_weights=True), VAL),
    ("EarlyStopping", dict(patience=4, baseline=0.4, restore_best_weights=True, verbose=1), VAL),
    ("EarlyStopping", dict(patience=2, baseline=0.85), VAL),
    ("EarlyStopping", dict(patience=2, start_from_epoch=4, restore_best_weights=True), VAL),
    ("EarlyStopping", dict(patience=20, restore_best_weights=True, verbose=1), VAL),
    ("EarlyStopping", dict(patience=0, mode="max"), VAL),
    ("EarlyStopping", dict(monitor="accuracy", patience=2, restore_best_weights=True), ACC),
    ("EarlyStopping", dict(monitor="accuracy", patience=3, min_delta=-0.1), ACC),
    ("EarlyStopping", dict(patience=2, restore_best_weights=True), NAN),
    ("ReduceLROnPlateau", dict(patience=2, verbose=1), VAL),
    ("ReduceLROnPlateau", dict(factor=0.5, patience=1, cooldown=2, min_lr=0.02, verbose=1), VAL),
    ("ReduceLROnPlateau", dict(monitor="loss", factor=0.5, patience=3, cooldown=1), FLAT),
    ("ReduceLROnPlateau", dict(monitor="loss", factor=0.2, patience=1, min_lr=0.001), FLAT),
    ("ReduceLROnPlateau", dict(monitor="accuracy", factor=0.5, patience=1), ACC),
    ("ReduceLROnPlateau", dict(factor=0.5, patience=1, min_delta=0.2, mode="min"), VAL),
    ("ReduceLROnPlateau", dict(factor=0.5, patience=2), NAN),
    ("ModelCheckpoint", dict(filepath="{epoch:02d}-{val_loss:.2f}.weights.h5", save_weights_only=True, verbose=1), VAL),
    ("ModelCheckpoint", dict(filepath="e{epoch}.weights.h5", save_weights_only=True, save_best_only=True, verbose=1), VAL),
    ("ModelCheckpoint", dict(filepath="a/b/{epoch:>4}_{accuracy:+.3e}.weights.h5", monitor="accuracy", save_weights_only=True, save_best_only=True), ACC),
    ("ModelCheckpoint", dict(filepath="e{epoch}.weights.h5", save_weights_only=True, save_best_only=True, initial_value_threshold=0.79, verbose=1), VAL),
    ("ModelCheckpoint", dict(filepath="e{epoch}.weights.h5", save_weights_only=True, save_best_only=True, mode="max"), VAL),
    ("CSVLogger", dict(filename="log.csv"), {"val_loss": [0.25, 0.125], "loss": [0.5, float("nan")]}),
    ("CSVLogger", dict(filename="log.csv", separator=";"), {"loss": [0.5, 1e-7], "a,;b": [1.0, 1e16]}),
]


def run(name, options, table, folder):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["accuracy"])
    model.train_on_batch(np.zeros((1, 1)), np.zeros((1, 1)))
    options = dict(options)
    for key in ("filepath", "filename"):
        if key in options:
            options[key] = str(folder / options[key])
    callback = getattr(keras.callbacks, name)(**options)
    callback.set_model(model)
    epochs = len(next(iter(table.values())))
    callback.set_params({"epochs": epochs, "verbose": 0, "steps": 1})
    model.stop_training = False
    out = io.StringIO()
    logs_after, saved = [], []
    with contextlib.redirect_stdout(out):
        callback.on_train_begin({})
        for epoch in range(epochs):
            callback.on_epoch_begin(epoch, {})
            model.set_weights([np.full((1, 1), epoch)])
            logs = {key: values[epoch] for key, values in table.items()}
            before = {p for p in folder.rglob("*") if p.is_file()}
            for p in before:
                p.touch()
            stamp = {p: p.stat().st_mtime_ns for p in before}
            callback.on_epoch_end(epoch, logs)
            saved.append(sorted(str(p.relative_to(folder)) for p in folder.rglob("*.h5") if stamp.get(p) != p.stat().st_mtime_ns))
            logs_after.append(logs)
            if model.stop_training:
                break
        callback.on_train_end(logs)
    result = {
        "epochs_run": len(logs_after),
        "weight": float(model.get_weights()[0][0, 0]),
        "rate": float(model.optimizer.learning_rate.numpy()),
        "rates": [logs.get("learning_rate") for logs in logs_after],
        "printed": out.getvalue().replace(str(folder) + "/", ""),
        "saved": saved,
    }
    if name == "CSVLogger":
        result["csv"] = (folder / "log.csv").read_bytes().decode()
    return result


def main():
    keras.utils.enable_interactive_logging()
    family = common.Family("callbacks")
    for index, (name, options, table) in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            result = run(name, options, table, pathlib.Path(folder))
        family.add({"name": f"{name}_{index}", "class": name, "options": options, "table": table, **result})
    family.write()


if __name__ == "__main__":
    main()
