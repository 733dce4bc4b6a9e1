"""Files of Keras 2, standalone or TensorFlow's: python keras2.py FOLDER, with that Keras on the path (see run.sh).

KERAS_MODULE: "keras" (default), "tensorflow.keras" or "tf_keras".
"""
import importlib
import os
import sys

if os.environ.get("KERAS_BACKEND") == "theano":
    import theano.ifelse  # noqa: F401  Keras expects it to be there
import numpy as np
from harness import Epoch, data, ints, randomize

MODULE = os.environ.get("KERAS_MODULE", "keras")
if MODULE == "keras" and os.environ.get("KERAS_BACKEND") == "tensorflow":
    import tensorflow

    if tensorflow.__version__[0] == "1":
        # Without this, backpropagation reads weights that the same step may already have changed, and no two runs give the same numbers.
        tensorflow.compat.v1.enable_resource_variables()
keras = importlib.import_module(MODULE)
K, L = keras.backend, keras.layers
Sequential, Model, Input = keras.models.Sequential, keras.models.Model, keras.layers.Input
if MODULE == "keras":
    VERSION = keras.__version__
    THEANO = K.backend() == "theano"
else:
    import tensorflow as tf

    # tensorflow.keras of Keras 3.0 does not tell its version.
    whose = keras if hasattr(keras, "__version__") else importlib.import_module("keras")
    VERSION = "%s of TensorFlow %s" % (getattr(whose, "__version__", "2"), tf.__version__)
    THEANO = False
TF = MODULE != "keras"
TF2 = TF and tf.__version__[0] == "2"
MODERN = TF2 and int(tf.__version__.split(".")[1]) >= 12  # has .keras
# On TensorFlow, standalone Keras reads the number of a step before or after it has counted it, as it happens: Adam has no certain numbers.
RACY = not TF and not THEANO
HOW = (".h5",)
# The layout of .keras archives is the weights' affair: a few models show it.
ARCHIVES = "dense recurrent_states bidirectional bidirectional_states cells nested_shared frozen attention compiled".split()


def arg(**kw):
    """The keyword of an optimizer that this Keras has: lr up to 2.2, learning_rate after."""
    modern = TF or VERSION >= "2.3"
    return {("learning_rate" if modern and k == "lr" else k): v for k, v in kw.items()}


def dense(e, name):
    m = Sequential([L.Dense(6, kernel_initializer="he_normal", kernel_regularizer="l2", input_dim=5, activation="tanh"), L.Dropout(0.3),
                    L.Dense(5, use_bias=False, kernel_constraint="nonneg" if not TF else "non_neg"), L.BatchNormalization(), L.Activation("relu"), L.Dense(3),
                    L.Activation("softmax")])
    m.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    e.add(name, m, data(4, 5), HOW)


def optimizers(e, name):
    for kind, kw in (("Adam", arg(lr=0.01)), ("Adam", arg(lr=0.01, amsgrad=True)), ("SGD", arg(lr=0.1, momentum=0.9)), ("SGD", arg(lr=0.05)), ("RMSprop", arg(lr=0.01)),
                     ("Adagrad", arg(lr=0.05)), ("Adadelta", arg(lr=0.5)), ("Adamax", arg(lr=0.02)), ("Nadam", arg(lr=0.01))):
        def one(e, name, kind=kind, kw=kw):
            m = Sequential([L.Dense(3, input_shape=(4,), activation="tanh"), L.Dense(2)])
            m.compile(optimizer=getattr(keras.optimizers, kind)(**kw), loss="mse", metrics=["mae"])
            racy = RACY and kind in ("Adam", "Adamax", "Nadam")
            e.add(name, m, data(4, 4), (".h5",), resume=data(4, 2, seed=3), steps_after=0 if racy else 2)
        e.run("%s_%s%s" % (name, kind.lower(), "_amsgrad" if "amsgrad" in kw else "_plain" if kw == arg(lr=0.05) and kind == "SGD" else ""), one)


def clipped(e, name):
    """Gradients clipped by a norm and by value, which every epoch does otherwise."""
    limits = dict(clipnorm=0.3, clipvalue=0.15)
    kinds = [("sgd", keras.optimizers.SGD, arg(lr=0.3, momentum=0.5)), ("rmsprop", keras.optimizers.RMSprop, arg(lr=0.05))]
    if hasattr(keras.optimizers, "legacy"):
        kinds += [("legacy", keras.optimizers.legacy.SGD, arg(lr=0.3, momentum=0.5)), ("global", keras.optimizers.legacy.SGD, dict(arg(lr=0.3), clipnorm=None, global_clipnorm=0.3))]
    for tag, kind, kw in kinds:
        def one(e, name, kind=kind, kw=kw):
            m = Sequential([L.Dense(3, input_shape=(4,), activation="tanh"), L.Dense(2)])
            m.compile(optimizer=kind(**dict(limits, **kw)), loss="mse", metrics=["mae"])
            e.add(name, m, data(4, 4), (".h5",), resume=data(4, 2, lo=1, hi=3, seed=3), steps_after=3)
        e.run("%s_%s" % (name, tag), one)


def conv(e, name):
    x = Input((9, 8, 2), name="image")
    y = L.ZeroPadding2D(((1, 0), (2, 1)))(x)
    y = L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu")(y)
    y = L.BatchNormalization(axis=-1)(y)
    y = L.Conv2D(3, 2, dilation_rate=(2, 2), use_bias=False)(y)
    if not THEANO:
        y = L.SeparableConv2D(4, 3, depth_multiplier=2, padding="same")(y)
        if hasattr(L, "DepthwiseConv2D"):
            y = L.DepthwiseConv2D(3, padding="same", activation="relu")(y)
    y = L.Conv2DTranspose(3, 3, strides=(2, 2), padding="same")(y)
    y = L.UpSampling2D((1, 2))(y)
    y = L.Cropping2D(((1, 0), (2, 1)))(y)
    y = L.MaxPooling2D((2, 2))(y)
    y = L.AveragePooling2D(2, strides=1, padding="same")(y)
    m = Model(x, [L.Dense(2)(L.Flatten()(y)), L.GlobalAveragePooling2D()(y), L.GlobalMaxPooling2D()(y)])
    e.add(name, m, data(2, 9, 8, 2), HOW)


def conv_first(e, name):
    if TF:
        raise NotImplementedError("TensorFlow has no channels_first convolution on a CPU")
    m = Sequential([L.Conv2D(3, 3, padding="same", data_format="channels_first", input_shape=(2, 6, 6), activation="relu"), L.BatchNormalization(axis=1),
                    L.MaxPooling2D(data_format="channels_first"), L.Conv2D(2, 2, data_format="channels_first"), L.Flatten(), L.Dense(2)])
    e.add(name, m, data(2, 2, 6, 6), HOW)


def conv13(e, name):
    m = Sequential([L.Conv1D(4, 3, padding="causal", input_shape=(12, 3), activation="relu"), L.ZeroPadding1D(1), L.MaxPooling1D(2, strides=1), L.Conv1D(3, 2, dilation_rate=2)] +
                   ([L.SeparableConv1D(4, 2)] if hasattr(L, "SeparableConv1D") and not THEANO else []) +
                   [L.UpSampling1D(2), L.Cropping1D(1), L.AveragePooling1D(2), L.Permute((2, 1)), L.Permute((2, 1)), L.GlobalMaxPooling1D()])
    e.add(name, m, data(2, 12, 3), HOW)


def conv3d(e, name):
    m = Sequential([L.Conv3D(2, 2, input_shape=(4, 4, 4, 2), padding="same")] + ([L.Conv3DTranspose(2, 2, strides=2)] if hasattr(L, "Conv3DTranspose") else []) +
                   [L.MaxPooling3D(2), L.ZeroPadding3D(1), L.AveragePooling3D(2), L.Flatten(), L.Dense(2)])
    e.add(name, m, data(1, 4, 4, 4, 2), HOW)


def recurrent(e, name):
    m = Sequential([L.Embedding(9, 4, input_length=6), L.LSTM(3, return_sequences=True), L.GRU(4, return_sequences=True), L.SimpleRNN(3, return_sequences=True, activation="relu"),
                    L.TimeDistributed(L.Dense(3)), L.LSTM(2, go_backwards=True, recurrent_activation="sigmoid", unit_forget_bias=False)])
    e.add(name, m, ints(3, 6, hi=9), HOW)


def recurrent_states(e, name):
    x, s = Input((5, 2), name="x"), Input((3,), name="state")
    y, h, c = L.LSTM(3, return_state=True, return_sequences=True, implementation=2, name="lstm")(x, initial_state=[s, s])
    z = L.GRU(3, implementation=1, name="gru")(y, initial_state=h)
    e.add(name, Model([x, s], [y, c, z]), [data(3, 5, 2), data(3, 3)], HOW)


def gru_reset_after(e, name):
    m = Sequential([L.GRU(3, reset_after=True, input_shape=(5, 2), return_sequences=True), L.GRU(2, reset_after=False)])
    e.add(name, m, data(3, 5, 2), HOW)


def bidirectional(e, name):
    m = Sequential([L.Masking(0.0, input_shape=(5, 2)), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.Bidirectional(L.GRU(2), merge_mode="sum")])
    x = data(3, 5, 2)
    x[1, 3:] = 0
    e.add(name, m, x, HOW)


def embedding_mask(e, name):
    x = Input((6,), name="tokens")
    y = L.Embedding(9, 4, mask_zero=True)(x)
    y = L.LSTM(3, return_sequences=True)(y)
    tokens = ints(3, 6, lo=1, hi=9)
    tokens[1, 4:] = 0
    e.add(name, Model(x, L.TimeDistributed(L.Dense(2))(y)), tokens, HOW)


def cells(e, name):
    m = Sequential([L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True, input_shape=(5, 2)), L.RNN(L.SimpleRNNCell(3))])
    e.add(name, m, data(3, 5, 2), HOW)


def conv_lstm(e, name):
    m = Sequential([L.ConvLSTM2D(2, 2, padding="same", input_shape=(3, 4, 4, 2)), L.Flatten()])
    e.add(name, m, data(2, 3, 4, 4, 2), HOW)


def cudnn(e, name):
    """CuDNN layers run only on a GPU: theirs are only written, and the plain layers with their weights predict."""
    v1 = keras.layers if hasattr(L, "CuDNNLSTM") else tf.compat.v1.keras.layers

    def stand_in(self, inputs, initial_state):
        y = K.repeat_elements(inputs[:, :, :1], self.units, 2)
        return (y if self.return_sequences else y[:, -1]), list(initial_state)

    def each(w, n, f):
        return np.hstack([f(g) for g in np.hsplit(w, n)])

    # cuDNN transposes each gate's matrix; the input's keeps its shape in the file.
    inner = lambda w, n: each(w, n, lambda g: g.T.reshape(g.shape, order="F"))
    outer = lambda w, n: each(w, n, lambda g: g.T)

    class Lstm(v1.CuDNNLSTM):
        _process_batch = stand_in

    class Gru(v1.CuDNNGRU):
        _process_batch = stand_in

    Lstm.__name__, Gru.__name__ = "CuDNNLSTM", "CuDNNGRU"
    m = Sequential([Lstm(3, return_sequences=True, input_shape=(5, 2)), Gru(2)])
    plain = Sequential([L.LSTM(3, return_sequences=True, recurrent_activation="sigmoid", input_shape=(5, 2)), L.GRU(2, reset_after=True, recurrent_activation="sigmoid")])
    randomize(m)
    a, b = m.layers[0].get_weights(), m.layers[1].get_weights()
    plain.layers[0].set_weights([inner(a[0], 4), outer(a[1], 4), a[2][:12] + a[2][12:]])
    plain.layers[1].set_weights([inner(b[0], 3), outer(b[1], 3), b[2].reshape(2, -1)])
    e.add(name, m, data(3, 5, 2), (".h5",), random=False, predict=plain.predict)


def merges(e, name):
    a, b = Input((4,), name="a"), Input((4,), name="b")
    p, q = L.Dense(3, name="p")(a), L.Dense(3, name="q")(b)
    out = [getattr(L, c)()([p, q]) for c in ("Add", "Multiply", "Average", "Maximum", "Subtract", "Minimum") if hasattr(L, c)]
    out += [L.Concatenate(axis=1)([p, q, p]), L.Dot(axes=1)([p, q]), L.Dot(axes=1, normalize=True)([p, q]), L.add([p, q])]
    e.add(name, Model([a, b], out), [data(3, 4), data(3, 4, seed=1)], HOW)


def nested_shared(e, name):
    inner = Sequential([L.Dense(3, input_shape=(4,), activation="tanh", name="inner_a"), L.BatchNormalization(name="inner_bn"), L.Dense(3, name="inner_b")], name="inner")
    x = Input((4,), name="inner_in")
    frozen = L.Dense(3, name="frozen")
    frozen.trainable = False
    side = Model(x, L.Dense(3, name="after")(frozen(x)), name="side")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = L.Dense(2, name="shared")
    m = Model([a, b], [shared(L.add([inner(a), side(b)])), shared(inner(b)), side(a)])
    m.compile("sgd", "mse")
    e.add(name, m, [data(3, 4), data(3, 4, seed=1)], HOW)


def frozen(e, name):
    base = Sequential([L.Dense(3, input_shape=(4,), name="d1"), L.BatchNormalization(name="bn"), L.Dense(3, name="d2")], name="base")
    base.layers[0].trainable = False
    m = Sequential([base, L.BatchNormalization(name="last_bn"), L.Dense(2)])
    m.layers[1].trainable = False
    m.compile("adam", "mse")
    e.add(name, m, data(4, 4), HOW, resume=data(4, 2, seed=5), steps_after=0 if RACY else 2)


def activations(e, name):
    x = Input((4,), name="x")
    out = [L.LeakyReLU(0.2)(x), L.PReLU()(x), L.ELU(0.7)(x), L.ThresholdedReLU(0.3)(x), L.Softmax()(x) if hasattr(L, "Softmax") else L.Activation("softmax")(x)]
    out += [L.Activation(a)(x) for a in ("softsign", "hard_sigmoid", "selu", "exponential", "elu", "softplus", "swish", "gelu") if hasattr(keras.activations, a)]
    if hasattr(L, "ReLU"):
        out.append(L.ReLU(max_value=2.0)(x))
        if TF or VERSION >= "2.2.3":
            out.append(L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2)(x))
    out += [L.GaussianNoise(0.1)(x), L.GaussianDropout(0.2)(x), L.AlphaDropout(0.1)(x), L.RepeatVector(2)(x), L.Permute((2, 1))(L.Reshape((2, 2))(x)),
            L.ActivityRegularization(l1=0.01)(x)]
    e.add(name, Model(x, out), data(3, 4, lo=-3, hi=3), HOW)


def norms(e, name):
    x = Input((3, 4), name="x")
    y = L.BatchNormalization(scale=False, epsilon=0.01)(x)
    z = L.BatchNormalization(center=False, axis=1, momentum=0.5)(x)
    out = [y, z]
    if hasattr(L, "LayerNormalization"):
        out += [L.LayerNormalization(axis=-1)(x), L.LayerNormalization(axis=[1, 2], scale=False)(x)]
    if hasattr(L, "UnitNormalization"):
        out.append(L.UnitNormalization()(x))
    if hasattr(L, "GroupNormalization"):
        out.append(L.GroupNormalization(2)(x))
    e.add(name, Model(x, out), data(2, 3, 4), HOW)


def attention(e, name):
    q, v = Input((3, 4), name="q"), Input((5, 4), name="v")
    out = [L.Attention(use_scale=True)([q, v]), L.AdditiveAttention()([q, v])]
    if hasattr(L, "MultiHeadAttention"):
        out.append(L.MultiHeadAttention(2, 3)(q, v))
        out.append(L.MultiHeadAttention(2, 3, value_dim=2)(q, v, return_attention_scores=True)[1])
    e.add(name, Model([q, v], out), [data(2, 3, 4), data(2, 5, 4)], HOW)


def preprocessing(e, name):
    P = L if hasattr(L, "Rescaling") else L.experimental.preprocessing
    x = Input((6, 6, 3), name="image")
    y = P.Rescaling(1 / 127.5, offset=-1.0)(x)
    norm = P.Normalization(axis=-1)
    norm.adapt(data(8, 6, 6, 3, lo=0, hi=255))
    e.add(name, Model(x, [y, norm(x), P.CenterCrop(4, 4)(x), P.Resizing(3, 3)(x)]), data(2, 6, 6, 3, lo=0, hi=255), HOW, random=False)


def bilinear(e, name):
    """Standalone Keras takes the corners of pixels, TensorFlow's the centres."""
    x = Input((3, 4, 2), name="image")
    e.add(name, Model(x, L.UpSampling2D((2, 3), interpolation="bilinear")(x)), data(2, 3, 4, 2), HOW)


def random_images(e, name):
    """RandomCrop resizes outside of training, the other two do nothing there."""
    P = L if hasattr(L, "RandomCrop") else L.experimental.preprocessing
    x, crop = Input((6, 7, 3), name="image"), P.RandomCrop(4, 5)
    m = Model(x, [crop(x), crop(P.Rescaling(0.5)(x)), P.RandomHeight(0.2)(x), P.RandomWidth(0.2)(x)])
    e.add(name, m, data(2, 6, 7, 3, lo=0, hi=255), HOW, random=False)


def bidirectional_states(e, name):
    x = Input((5, 3), name="x")
    out = L.Bidirectional(L.GRU(2, return_sequences=True, return_state=True))(x)
    e.add(name, Model(x, L.Bidirectional(L.LSTM(2))(out[0], initial_state=[out[1], out[1], out[2], out[2]])), data(3, 5, 3), HOW)


def mixed(e, name):
    policy = keras.mixed_precision.Policy("mixed_float16") if hasattr(keras, "mixed_precision") and hasattr(keras.mixed_precision, "Policy") else \
        keras.mixed_precision.experimental.Policy("mixed_float16")
    m = Sequential([L.Dense(4, input_shape=(3,), dtype=policy, activation="relu"), L.Dense(2, dtype="float32")])
    e.add(name, m, data(3, 3), HOW, note="float16")


def compiled(e, name):
    """Several outputs with losses, weights and metrics of their own."""
    x = Input((4,), name="x")
    h = L.Dense(5, activation="tanh", name="h")(x)
    m = Model(x, [L.Dense(2, name="first")(h), L.Dense(3, activation="softmax", name="second")(h)])
    schedule = {}
    if TF2 and hasattr(keras.optimizers, "schedules"):
        schedule = {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.5)}
    m.compile(optimizer=keras.optimizers.Adam(**(schedule or arg(lr=0.05))), loss={"first": "mse", "second": "categorical_crossentropy"}, loss_weights={"first": 0.3, "second": 2.0},
              metrics={"first": ["mae"], "second": ["accuracy"]})
    onehot = np.eye(3, dtype="float32")[[0, 1, 2, 1]]
    e.add(name, m, data(4, 4), HOW, resume=[data(4, 2, seed=3), onehot], steps_after=0 if RACY else 2)


def loss_objects(e, name):
    m = Sequential([L.Dense(4, activation="relu", input_shape=(3,)), L.Dense(1, activation="sigmoid")])
    m.compile(optimizer=keras.optimizers.SGD(**arg(lr=0.1)), loss=keras.losses.BinaryCrossentropy(label_smoothing=0.1), metrics=[keras.metrics.AUC(num_thresholds=10), keras.metrics.BinaryAccuracy(name="hits")],
              weighted_metrics=["mse"])
    e.add(name, m, data(4, 3), HOW, resume=(data(4, 1, seed=3) > 0).astype("float32"))


def penalties(e, name):
    """Of activities: sums over the batch, or divided by its size."""
    m = Sequential([L.Dense(3, input_shape=(4,), activity_regularizer=keras.regularizers.l1_l2(l1=0.01, l2=0.02)), L.ActivityRegularization(0.02, 0.01), L.Dense(2)])
    m.compile(optimizer=keras.optimizers.SGD(**arg(lr=0.1)), loss="mse")
    e.add(name, m, data(4, 4), HOW, resume=data(4, 2, seed=3))


def slashes(e, name):
    x = Input((4,), name="in/x")
    y = L.Dense(3, name="block/a", activation="relu")(x)
    e.add(name, Model(x, L.Dense(2, name="block/b/c")(y)), data(3, 4), HOW)


def build_later(e, name):
    """A Sequential without an input layer, built by its first batch."""
    m = Sequential([L.Dense(3, activation="relu"), L.Dense(2)])
    m.build((None, 4))
    e.add(name, m, data(3, 4), HOW)


def local(e, name):
    """Locally connected layers, in all the ways in which a kernel is stored."""
    x = Input((5, 4, 2), name="x")
    how = [dict(data_format="channels_first")] + ([dict(implementation=2, padding="same"), dict(implementation=3, strides=(2, 1))] if TF or VERSION >= "2.3" else [])
    out = [L.LocallyConnected2D(2, (2, 1 if "data_format" in kw else 3), activation="tanh", **kw)(x) for kw in [{}] + how]
    out += [L.LocallyConnected1D(3, 2)(L.Reshape((10, 4))(x))]
    m = Model(x, [L.Flatten()(y) for y in out])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 5, 4, 2), HOW)


def time_major(e, name):
    if not TF:
        raise NotImplementedError("TensorFlow's")
    x = Input((4, 2), name="x")  # (time, batch, features)
    y = L.LSTM(3, time_major=True, return_sequences=True)(x)
    e.add(name, Model(x, y), data(5, 4, 2), HOW)


CASES = (local, time_major, dense, conv, conv_first, conv13, conv3d, recurrent, recurrent_states, gru_reset_after, bidirectional, embedding_mask, cells, conv_lstm, cudnn, merges, nested_shared, frozen,
         activations, norms, attention, preprocessing, bilinear, random_images, bidirectional_states, mixed, compiled, loss_objects, penalties, slashes, build_later)

if __name__ == "__main__":
    e = Epoch(sys.argv[1], VERSION)
    wanted = os.environ.get("CASES", "").split()
    for case in CASES:
        if not wanted or case.__name__ in wanted:
            HOW = (".h5", ".keras") if MODERN and case.__name__ in ARCHIVES else (".h5",)
            e.run(case.__name__, case)
    if not wanted or "optimizers" in wanted:
        optimizers(e, "optimizer")
    if not wanted or "clipped" in wanted:
        clipped(e, "clipped")
    e.write()
