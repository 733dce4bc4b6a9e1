"""Makes tests/golden/files_keras/small*: one small trained model in each of Keras's containers, for the tests of the
container code. Run: python keras_containers.py"""
import os
import pathlib
import zipfile

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras  # noqa: E402
import numpy as np  # noqa: E402

out = pathlib.Path(__file__).resolve().parent.parent / "files_keras"
out.mkdir(exist_ok=True)
keras.utils.set_random_seed(1)
keras.utils.disable_interactive_logging()
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, activation="relu", name="hidden"),
                          keras.layers.BatchNormalization(), keras.layers.Dense(2)])
model.compile("adam", "mse")
model.fit(np.ones((8, 3), "float32"), np.zeros((8, 2), "float32"), epochs=1, batch_size=8)
model.layers[0].set_weights([np.arange(12, dtype="float32").reshape(3, 4), np.arange(4, dtype="float32")])
model.save(out / "small.h5")
model.save(out / "small.keras")
model.save_weights(out / "small.weights.h5")
with zipfile.ZipFile(out / "small.keras") as source, zipfile.ZipFile(out / "small_deflated.keras", "w", zipfile.ZIP_DEFLATED) as to:
    for name in source.namelist():
        to.writestr(name, source.read(name))
for p in sorted(out.iterdir()):
    print(p.name, p.stat().st_size)
