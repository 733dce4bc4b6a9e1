"""Weights of older layouts, and what they are in today's.

    python gen_legacy_weights.py PYTHON_OF_TF_KERAS    # one with tensorflow 2.15, whose Keras still converts

The arrays of Keras 0.x, 1 and of cuDNN layers are random, written with h5py as those versions wrote them; tf.keras 2.15 loads them, and what
it then has is what kcpp must have. Where tf.keras cannot judge (Theano's kernels, standard deviations, nb_layers, other dtypes), NumPy does.
The same models, made by Keras 3, give the JSON.
"""
import json
import os
import pathlib
import subprocess
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
OLD = os.environ.get("KCPP_GOLDEN_OLD")
HERE = pathlib.Path(__file__).resolve().parent
FILES = HERE.parent / "files_legacy_weights"

if OLD:
    import tensorflow as tf
    K = tf.keras
else:
    sys.path.insert(0, str(HERE))
    from common import Family, fresh, keras as K
import numpy as np

L = K.layers


def seq(*layers):
    return K.Sequential(list(layers))


def nested():
    inner = seq(K.Input((4,)), L.Dense(3, name="a"), L.BatchNormalization(name="b"), L.Dense(3, name="c"))
    i = K.Input((4,), name="i")
    x = L.Dense(4, name="first")(i)
    x = inner(x)
    return K.Model(i, L.Dense(2, name="last")(x)), inner


def modern():
    i = K.Input((6, 4), name="i")
    x = L.Bidirectional(L.GRU(2, return_sequences=True, name="g"), name="bi")(i)
    x = L.TimeDistributed(L.Dense(4, name="d"), name="td")(x)
    x = L.MultiHeadAttention(2, 3, name="mha")(x, x)
    x = L.RNN([L.LSTMCell(3, name="l"), L.GRUCell(2, name="r")], name="rnn")(x)
    return K.Model(i, L.Dense(2, name="last")(x))


def convs():
    i = K.Input((6, 6, 2), name="i")
    x = L.Conv2D(3, (3, 2), name="conv")(i)
    x = L.DepthwiseConv2D(2, name="depthwise")(x)
    x = L.SeparableConv2D(2, 2, name="separable")(x)
    x = L.Conv2DTranspose(2, 2, name="transposed")(x)
    x = L.Reshape((-1, 2), name="reshape")(x)
    return K.Model(i, L.Conv1D(2, 3, name="conv1d")(x))


rnn_args = dict(recurrent_activation="sigmoid")
MODELS = {
    "conv1d": lambda: seq(K.Input((5, 2)), L.Conv1D(3, 2)),
    "conv2d_first": lambda: seq(K.Input((2, 5, 5)), L.Conv2D(3, (2, 3), data_format="channels_first")),
    "conv2d_last": lambda: seq(K.Input((5, 5, 2)), L.Conv2D(3, (2, 3))),
    "deconv_first": lambda: seq(K.Input((2, 5, 5)), L.Conv2DTranspose(3, (2, 4), data_format="channels_first")),
    "deconv_last": lambda: seq(K.Input((5, 5, 2)), L.Conv2DTranspose(3, (2, 4))),
    "conv3d_first": lambda: seq(K.Input((2, 5, 5, 5)), L.Conv3D(3, (2, 3, 4), data_format="channels_first")),
    "lstm": lambda: seq(K.Input((5, 3)), L.LSTM(2)),
    "gru_before": lambda: seq(K.Input((5, 3)), L.GRU(2, reset_after=False)),
    "gru_after": lambda: seq(K.Input((5, 3)), L.GRU(2)),
    "convlstm_last": lambda: seq(K.Input((3, 5, 5, 2)), L.ConvLSTM2D(3, (2, 3))),
    "convlstm_first": lambda: seq(K.Input((3, 2, 5, 5)), L.ConvLSTM2D(3, (2, 3), data_format="channels_first")),
    "bilstm": lambda: seq(K.Input((5, 3)), L.Bidirectional(L.LSTM(2, name="lstm_1"))),
    "batchnorm": lambda: seq(K.Input((3,)), L.Dense(4), L.BatchNormalization(epsilon=0.01), L.Dense(2)),
    "nested": lambda: nested()[0],
    "modern": modern,
    "convs": convs,
    "lstm_dense": lambda: seq(K.Input((5, 3)), L.LSTM(2, return_sequences=True), L.LSTM(3), L.Dense(2)),
}


def leaves(layer):
    """Layers of which each has its weights for itself, as Keras 3 lists them."""
    if isinstance(layer, K.Model):
        return [leaf for l in layer.layers for leaf in leaves(l)]
    return [layer]


def expected(model):
    out = []
    for leaf in leaves(model):
        trainable = leaf.trainable
        out += [np.asarray(w) for w in leaf.get_weights()]
        assert leaf.trainable == trainable
    return out


rng = np.random.default_rng(7)


def rand(*shape, dtype="float32"):
    return rng.uniform(-1, 1, shape).astype(dtype)


def gates(n, *shapes):
    """n times kernel, recurrent kernel, bias."""
    return [rand(*s) for _ in range(n) for s in shapes]


def write(path, layers, version=None, backend=None, split=False):
    """layers: [(name, [(weight name, array)])]"""
    import h5py
    with h5py.File(path, "w") as f:
        def strings(group, name, values):
            values = [v.encode() for v in values]
            if split and values:
                group.attrs[name + "0"], group.attrs[name + "1"] = values[:1], values[1:]
                if not values[1:]:
                    del group.attrs[name + "1"]
            else:
                group.attrs[name] = values
        strings(f, "layer_names", [n for n, _ in layers])
        if version:
            f.attrs["keras_version"] = version.encode()
        if backend:
            f.attrs["backend"] = backend.encode()
        for name, weights in layers:
            g = f.create_group(name)
            strings(g, "weight_names", [n for n, _ in weights])
            for n, w in weights:
                g.create_dataset(n, data=w)


def write_numbered(path, layers):
    import h5py
    with h5py.File(path, "w") as f:
        f.attrs["nb_layers"] = len(layers)
        for k, weights in enumerate(layers):
            g = f.create_group(f"layer_{k}")
            g.attrs["nb_params"] = len(weights)
            for p, w in enumerate(weights):
                g.create_dataset(f"param_{p}", data=w)


def lstm1(n, u):
    return gates(4, (n, u), (u, u), (u,))


# name, model, weight arrays as Keras 1 has them, with names
KERAS1 = [
    ("conv1d_k1", "conv1d", lambda: [rand(2, 1, 2, 3), rand(3)]),
    ("conv1d_k10", "conv1d", lambda: [rand(3, 2, 2, 1), rand(3)]),
    ("conv2d_th", "conv2d_first", lambda: [rand(3, 2, 2, 3), rand(3)]),
    ("conv2d_tf", "conv2d_last", lambda: [rand(2, 3, 2, 3), rand(3)]),
    ("deconv_th", "deconv_first", lambda: [rand(3, 2, 2, 4), rand(3)]),
    ("deconv_tf", "deconv_last", lambda: [rand(2, 4, 2, 3), rand(3)]),
    ("conv3d_th", "conv3d_first", lambda: [rand(3, 2, 2, 3, 4), rand(3)]),
    ("lstm12", "lstm", lambda: lstm1(3, 2)),
    ("lstm_gpu", "lstm", lambda: [rand(3, 8), rand(2, 8), rand(8)]),
    ("gru9", "gru_before", lambda: gates(3, (3, 2), (2, 2), (2,))),
    ("convlstm_tf", "convlstm_last", lambda: gates(4, (2, 3, 2, 3), (2, 3, 3, 3), (3,))),
    ("convlstm_th", "convlstm_first", lambda: gates(4, (3, 2, 2, 3), (3, 3, 2, 3), (3,))),
    ("bilstm24", "bilstm", lambda: lstm1(3, 2) + lstm1(3, 2)),
]


def old_phase(out):
    cases = []

    def case(name, model, file, arrays):
        cases.append({"name": name, "model": model, "file": file})
        np.savez(out / f"{name}.npz", **{f"a{i:03}": a for i, a in enumerate(arrays)})

    def load(name, model_name, file):
        model = MODELS[model_name]()
        model.load_weights(str(FILES / file))
        case(name, model_name, file, expected(model))

    for name, model, arrays in KERAS1:
        weights = arrays()
        prefix = {"lstm": "lstm_1", "bilstm": "forward_lstm_1"}.get(model, "layer_1")
        file = name + ".h5"
        write(FILES / file, [("layer_1", [(f"{prefix}_{i}", w) for i, w in enumerate(weights)])])
        if name == "convlstm_th":  # tf.keras joins the gates along the wrong axis here, and fails
            i, c, f, o = [weights[3 * g:3 * g + 3] for g in range(4)]
            parts = [np.concatenate([np.transpose(g[k], (2, 3, 1, 0)) if k < 2 else g[k] for g in (i, f, c, o)], -1) for k in range(3)]
            case(name, model, file, parts)
        else:
            load(name, model, file)

    write(FILES / "lstm_dense_k1.h5", [
        ("lstm_1", [(f"lstm_1_{i}", w) for i, w in enumerate(lstm1(3, 2))]),
        ("lstm_2", [(f"lstm_2_{i}", w) for i, w in enumerate(lstm1(2, 3))]),
        ("dropout_1", []),
        ("dense_1", [("dense_1_W", rand(3, 2)), ("dense_1_b", rand(2))])], split=True)
    load("lstm_dense_k1", "lstm_dense", "lstm_dense_k1.h5")

    for name, model, n in (("cudnn_lstm", "lstm", 4), ("cudnn_gru", "gru_after", 3)):
        write(FILES / f"{name}.h5", [(name, [(f"{name}/kernel:0", rand(3, 2 * n)), (f"{name}/recurrent_kernel:0", rand(2, 2 * n)),
                                             (f"{name}/bias:0", rand(4 * n))])], "2.2.4", "tensorflow")
        load(name, model, f"{name}.h5")

    # Frozen parts inside a nested model, at the time of saving; saved by tf.keras.
    for name, frozen in (("nested_free", []), ("nested_frozen_a", ["a"]), ("nested_frozen_bc", ["b", "c"]), ("nested_frozen", ["a", "b", "c"])):
        model, inner = nested()
        model.set_weights([rand(*w.shape) for w in model.get_weights()])
        for n in frozen:
            inner.get_layer(n).trainable = False
        if name == "nested_frozen":
            inner.trainable = False
        model.save_weights(str(FILES / f"{name}.h5"))
        case(name, "nested", f"{name}.h5", expected(model))
    # The same under the names of another session: the order alone must tell.
    model, inner = nested()
    inner.get_layer("b").trainable = inner.get_layer("c").trainable = False
    model.set_weights([rand(*w.shape) for w in model.get_weights()])
    layers = []
    for l in model.layers:
        ws = l.trainable_weights + l.non_trainable_weights
        rename = {"a": "dense_7", "b": "batch_normalization_3", "c": "dense_8"}
        layers.append((l.name, [("/".join([rename.get(w.name.split("/")[0], w.name.split("/")[0]), w.name.split("/")[1]]), w.numpy()) for w in ws]))
    write(FILES / "nested_other_names.h5", layers, "2.4.0", "tensorflow")
    case("nested_other_names", "nested", "nested_other_names.h5", expected(model))

    model = modern()
    model.set_weights([rand(*w.shape) for w in model.get_weights()])
    for suffix in (".h5", ".weights.h5"):
        model.save_weights(str(FILES / f"modern{suffix}"))
        case("modern" + suffix, "modern", f"modern{suffix}", expected(model))

    # Theano: convolution kernels are turned by 180 degrees, those of depthwise and separable layers are not.
    model = convs()
    model.set_weights([rand(*w.shape) for w in model.get_weights()])
    layers = []
    for l in model.layers:
        ws = [w.numpy() for w in l.weights]
        if l.name in ("conv", "transposed", "conv1d"):
            ws[0] = np.flip(ws[0], tuple(range(ws[0].ndim - 2)))
        layers.append((l.name, [(w.name, a) for w, a in zip(l.weights, ws)]))
    write(FILES / "theano.h5", layers, "2.1.6", "theano")
    case("theano", "convs", "theano.h5", expected(model))

    # Keras 0.x: no names, and a standard deviation, used as (x - mean) / (std + epsilon).
    w = [[rand(3, 4), rand(4)], [rand(4), rand(4), rand(4), np.abs(rand(4))], [], [rand(4, 2), rand(2)]]
    write_numbered(FILES / "keras0.h5", w)
    std = w[1][3].astype("float64")
    variance = ((std + 0.01) ** 2 - 0.01).astype("float32")
    case("keras0", "batchnorm", "keras0.h5", w[0] + w[1][:3] + [variance] + w[3])
    # From 1.0.6 on it is the variance, still under that name.
    write(FILES / "running_std.h5", [("dense_1", list(zip(("dense_1_W", "dense_1_b"), w[0]))),
                                     ("bn_1", list(zip(("bn_1_gamma", "bn_1_beta", "bn_1_running_mean", "bn_1_running_std"), w[1]))),
                                     ("dense_2", list(zip(("dense_2_W", "dense_2_b"), w[3])))])
    case("running_std", "batchnorm", "running_std.h5", w[0] + w[1] + w[3])

    # Other dtypes become the variables'.
    f16, f64 = rand(3, 4).astype("float16"), rand(4).astype("float64")
    bn, last = [rand(4) for _ in range(4)], [rand(4, 2), rand(2)]
    write(FILES / "dtypes.h5", [("d", [("d/kernel:0", f16), ("d/bias:0", f64)]),
                                ("b", list(zip(("b/gamma:0", "b/beta:0", "b/moving_mean:0", "b/moving_variance:0"), bn))),
                                ("e", [("e/kernel:0", last[0].astype(">f4")), ("e/bias:0", last[1])])], "2.3.1", "tensorflow")
    case("dtypes", "batchnorm", "dtypes.h5", [f16, f64] + bn + last)
    (out / "cases.json").write_text(json.dumps(cases))


def main():
    import tempfile
    FILES.mkdir(exist_ok=True)
    golden = Family("legacy_weights")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], __file__, folder], check=True, env={**os.environ, "KCPP_GOLDEN_OLD": "1"})
        for case in json.loads((pathlib.Path(folder) / "cases.json").read_text()):
            fresh()
            name, arrays = case["name"], np.load(pathlib.Path(folder) / f"{case['name']}.npz")
            golden.add({"name": name, "file": case["file"], "model_json": json.loads(MODELS[case["model"]]().to_json()),
                        "weights": [golden.put(name, "w", arrays[k].astype("float32")) for k in sorted(arrays.files)]})
    golden.write()


if __name__ == "__main__":
    old_phase(pathlib.Path(sys.argv[1])) if OLD else main()
