"""Weights in shards, as `save_weights(..., max_shard_size=...)` of Keras writes them: files_sharded/."""
import shutil

from common import OUT, Family, data, fresh, keras, numpy_of

L = keras.layers
FILES = OUT / "files_sharded"


def model():
    """A nested model, two directions, a shared layer, a layer in bfloat16, seeds and counters."""
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="tanh"), L.BatchNormalization()], name="inner")
    x = keras.Input((5, 3), name="x")
    shared = L.Dense(4, name="shared")
    h = L.Bidirectional(L.GRU(2, return_sequences=True), name="both")(x)
    h = L.Dropout(0.2, seed=1, name="drop")(shared(h))
    h = L.LSTM(4, name="lstm")(h)
    h = inner(h)
    m = keras.Model(x, [L.Dense(2, name="last")(h), L.Dense(2, dtype="bfloat16", name="low")(h)])
    m.compile(keras.optimizers.Adam(0.05), ["mse", "mse"])
    return m


def main():
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    family = Family("sharded")
    # Sizes in bytes: variables of one layer stand in two files; everything stands in one.
    for name, size in (("small", 700), ("whole", 1 << 20)):
        fresh()
        m = model()
        x = data(4, 5, 3)
        y = [data(4, 2, seed=1), data(4, 2, seed=2)]
        (FILES / f"{name}.json").write_text(m.to_json())
        for _ in range(2):
            m.train_on_batch(x, y)
        m.save_weights(FILES / f"{name}.weights.json", max_shard_size=size / 1024**3)
        again = model()
        again.load_weights(FILES / f"{name}.weights.json")
        assert all((numpy_of(a) == numpy_of(b)).all() for a, b in zip(m.weights, again.weights))
        family.add({
            "name": name,
            "x": family.put(name, "x", x),
            "predictions": [family.put(name, "y", v) for v in m.predict(x)],
            "weights": [family.put(name, "w", w) for w in m.weights],
            "optimizer_variables": [family.put(name, "o", v) for v in m.optimizer.variables],
        })
    family.write()


main()
