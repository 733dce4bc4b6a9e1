"""Files of Keras 1.x: python keras1.py FOLDER, with that Keras on the path (see run.sh)."""
import os
import sys

if os.environ.get("KERAS_BACKEND") == "theano":
    import theano.ifelse  # noqa: F401  Keras 1 expects it to be there
import numpy as np
from harness import Epoch, data, ints

import keras
from keras import backend as K
from keras.layers import *  # noqa: F401,F403
from keras.models import Model, Sequential
from keras.layers.advanced_activations import *  # noqa: F401,F403

TF = K._BACKEND == "tensorflow" if hasattr(K, "_BACKEND") else K.backend() == "tensorflow"
VERSION = keras.__version__ if hasattr(keras, "__version__") else "1.0"
WHOLE = hasattr(Model, "save")  # 1.0.6 on; before, an architecture and weights
HOW = (".h5",) if WHOLE else (".json",)


def unflipped(model):
    """Predictions with the kernels as correlations use them, as every reader since Keras 2 takes Keras 1's."""
    if TF:
        return model.predict

    def predict(x):
        kept = model.get_weights()
        for layer in model.layers:
            if "Convolution" in layer.__class__.__name__:
                w = layer.get_weights()
                spatial = (2, 3) if w[0].ndim == 4 else (2, 3, 4)
                if layer.__class__.__name__.endswith("1D"):
                    continue
                if layer.dim_ordering == "tf":
                    spatial = tuple(s - 2 for s in spatial)
                w[0] = np.flip(w[0], spatial).copy()
                layer.set_weights(w)
        y = model.predict(x)
        model.set_weights(kept)
        return y

    return predict


def dense(e, name):
    m = Sequential([Dense(6, init="he_normal", W_regularizer="l2", input_dim=5, activation="tanh"), Dropout(0.3), Dense(5, bias=False),
                    BatchNormalization(), Activation("relu"), Dense(3), Activation("softmax")])
    m.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"]) if WHOLE else m.compile("sgd", "mse")
    e.add(name, m, data(4, 5), HOW)


def adam(e, name):
    m = Sequential([Dense(4, input_shape=(5,), activation="tanh"), Dense(2)])
    m.compile(optimizer=keras.optimizers.Adam(lr=0.01), loss="mse")
    e.add(name, m, data(4, 5), HOW, resume=data(4, 2, seed=3))


def sgd_momentum(e, name):
    m = Sequential([Dense(4, input_shape=(5,), activation="sigmoid"), Dense(2)])
    m.compile(optimizer=keras.optimizers.SGD(lr=0.1, momentum=0.9, nesterov=True), loss="mae")
    e.add(name, m, data(4, 5), HOW, resume=data(4, 2, seed=3))


def rmsprop(e, name):
    m = Sequential([Dense(4, input_shape=(5,), activation="softplus"), Dense(2, activation="hard_sigmoid")])
    m.compile(optimizer=keras.optimizers.RMSprop(lr=0.01, rho=0.8), loss="mse")
    e.add(name, m, data(4, 5), HOW, resume=data(4, 2, seed=3))


def clipped(e, name):
    """Gradients clipped by the norm of all of them, then by value."""
    m = Sequential([Dense(3, input_dim=4, activation="tanh"), Dense(2)])
    m.compile(optimizer=keras.optimizers.SGD(lr=0.3, momentum=0.5, clipnorm=0.3, clipvalue=0.15), loss="mse")
    e.add(name, m, data(4, 4), (".h5",), resume=data(4, 2, lo=1, hi=3, seed=3))


def conv_tf(e, name):
    m = Sequential([
        ZeroPadding2D((1, 2), dim_ordering="tf", input_shape=(8, 7, 2)),
        # Theano pads the other side of an even kernel, so that only odd ones compare.
        Convolution2D(4, 3, 2 if TF else 3, border_mode="same", subsample=(2, 2) if TF else (1, 1), dim_ordering="tf", activation="relu"),
        BatchNormalization(axis=-1), AtrousConvolution2D(3, 2, 2, atrous_rate=(2, 2), dim_ordering="tf"),
        UpSampling2D((2, 3), dim_ordering="tf")] +
        ([SeparableConvolution2D(4, 3, 3, depth_multiplier=2, dim_ordering="tf", border_mode="same")] if TF else []) +
        [MaxPooling2D((2, 2), dim_ordering="tf"), AveragePooling2D((2, 2), strides=(1, 1), border_mode="same" if TF else "valid", dim_ordering="tf"),
         Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 8, 7, 2), HOW, predict=unflipped(m))


def conv_th(e, name):
    m = Sequential([
        Convolution2D(3, 3, 3, border_mode="same", dim_ordering="th", input_shape=(2, 6, 6), activation="relu"),
        BatchNormalization(axis=1), MaxPooling2D((2, 2), dim_ordering="th"), Convolution2D(2, 2, 2, dim_ordering="th"), Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 2, 6, 6), HOW, predict=unflipped(m))


def deconv(e, name):
    m = Sequential([Deconvolution2D(3, 3, 3, output_shape=(None, 9, 9, 3), subsample=(2, 2), dim_ordering="tf", input_shape=(4, 4, 2)),
                    Cropping2D(((1, 0), (2, 1)), dim_ordering="tf"), GlobalAveragePooling2D(dim_ordering="tf")])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 4, 4, 2), HOW, predict=lambda x: m.predict(x))


def conv1d(e, name):
    m = Sequential([Convolution1D(4, 3, border_mode="same", input_dim=3, input_length=8, activation="relu"), ZeroPadding1D(1),
                    MaxPooling1D(pool_length=2, stride=1)] +
                   ([AtrousConvolution1D(3, 2, atrous_rate=2), UpSampling1D(length=2)] if hasattr(keras.layers, "AtrousConvolution1D") else []) +
                   [Convolution1D(2, 2, subsample_length=2, bias=False), GlobalMaxPooling1D()])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 8, 3), HOW)


def conv3d(e, name):
    m = Sequential([Convolution3D(2, 3, 3, 3, dim_ordering="tf", input_shape=(4, 4, 4, 2), border_mode="same"), MaxPooling3D((2, 2, 2), dim_ordering="tf"),
                    Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(1, 4, 4, 4, 2), HOW, predict=unflipped(m))


def recurrent(e, name):
    m = Sequential([Embedding(9, 4, input_length=6), LSTM(3, return_sequences=True), GRU(4, return_sequences=True, consume_less="mem"),
                    SimpleRNN(3, return_sequences=True, activation="relu"), TimeDistributed(Dense(3)), LSTM(2, go_backwards=True, inner_activation="sigmoid")])
    m.compile("sgd", "mse")
    e.add(name, m, ints(3, 6, hi=9), HOW)


def recurrent_gpu(e, name):
    m = Sequential([LSTM(3, consume_less="gpu", return_sequences=True, input_shape=(5, 2), dropout_W=0.1), GRU(2, consume_less="gpu")])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 5, 2), HOW)


def bidirectional(e, name):
    m = Sequential([Masking(0.0, input_shape=(5, 2)), Bidirectional(LSTM(3, return_sequences=True)), Bidirectional(GRU(2), merge_mode="sum")])
    m.compile("sgd", "mse")
    x = data(3, 5, 2)
    x[1, 3:] = 0
    e.add(name, m, x, HOW)


def merges(e, name):
    a, b = Input((4,), name="a"), Input((4,), name="b")
    p, q = Dense(3, name="p")(a), Dense(3, name="q")(b)
    out = [merge([p, q], mode=mode) for mode in ("sum", "mul", "ave") + (("max",) if VERSION >= "1.0.4" else ())]
    out.append(merge([p, q, p], mode="concat", concat_axis=1))
    out.append(merge([p, q], mode="dot", dot_axes=1))
    out.append(merge([p, q], mode="cos", dot_axes=1))
    out[-1] = Reshape((1,))(out[-1])
    m = Model(input=[a, b], output=out)
    m.compile("sgd", "mse")
    e.add(name, m, [data(3, 4), data(3, 4, seed=1)], HOW)


def cosines(e, name):
    a, b = Input((4,), name="a"), Input((3, 4), name="b")
    of_vectors = merge([Dense(4)(a), a], mode="cos", dot_axes=1)
    of_matrices = merge([b, TimeDistributed(Dense(4))(b)], mode="cos", dot_axes=2)
    m = Model(input=[a, b], output=[Dense(2)(of_vectors), of_matrices])
    m.compile("sgd", "mse")
    e.add(name, m, [data(3, 4), data(3, 3, 4, seed=1)], HOW)


def merge_sequential(e, name):
    left, right = Sequential([Dense(3, input_dim=4)]), Sequential([Dense(3, input_dim=2, activation="tanh")])
    m = Sequential([Merge([left, right], mode="concat"), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, [data(3, 4), data(3, 2)], HOW)


def nested_shared(e, name):
    inner = Sequential([Dense(3, input_shape=(4,), activation="tanh", name="inner_a"), Dense(3, name="inner_b")], name="inner")
    x = Input((4,), name="inner_in")
    side = Model(x, Dense(3, trainable=False, name="frozen")(x), name="side")
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = Dense(2, name="shared")
    m = Model([a, b], [shared(merge([inner(a), side(b)], mode="sum")), shared(inner(b))])
    m.compile("sgd", "mse")
    e.add(name, m, [data(3, 4), data(3, 4, seed=1)], HOW)


def activations(e, name):
    x = Input((4,), name="x")
    m = Model(x, [LeakyReLU(0.2)(x), PReLU()(x), ELU(0.7)(x), ThresholdedReLU(0.3)(x), Activation("softsign")(x), Activation("hard_sigmoid")(x),
                  GaussianNoise(0.1)(x), GaussianDropout(0.2)(x), RepeatVector(2)(x), Permute((2, 1))(Reshape((2, 2))(x))])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 4, lo=-3, hi=3), HOW)


def gone_dense(e, name):
    """Dense layers that Keras 2 dropped."""
    x = Input((4,), name="x")
    m = Model(x, [MaxoutDense(3, nb_feature=2)(x), Highway(activation="tanh")(x), MaxoutDense(2, bias=False)(x) if VERSION != "1.0.0" else MaxoutDense(2)(x)])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 4), HOW)


def gone_activations(e, name):
    x = Input((3, 4), name="x")
    m = Model(x, [SReLU()(x), ParametricSoftplus(0.3, 1.5)(x)])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 3, 4, lo=-3, hi=3), HOW)


def shared_axes(e, name):
    """Their configs do not hold it."""
    x = Input((3, 4), name="x")
    m = Model(x, [SReLU(shared_axes=[1])(x), PReLU(shared_axes=[1])(x), PReLU(shared_axes=[1, 2])(x)])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 3, 4, lo=-3, hi=3), HOW)


def orderings(e, name):
    """Padding and cropping do not write their ordering."""
    m = Sequential([ZeroPadding2D((1, 2), dim_ordering="th", input_shape=(2, 5, 4)), Cropping2D(((1, 0), (0, 2)), dim_ordering="th"), Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(3, 2, 5, 4), HOW)


def batch_modes(e, name):
    x = Input((4,), name="x")
    m = Model(x, [BatchNormalization(mode=1, epsilon=0.1)(x)] + ([BatchNormalization(mode=2, epsilon=0.1)(x)] if VERSION >= "1.0.5" else []))
    m.compile("sgd", "mse")
    e.add(name, m, data(5, 4, lo=-2, hi=3), HOW)


def local(e, name):
    m = Sequential([LocallyConnected1D(3, 3, subsample_length=2, input_shape=(9, 2), activation="tanh"), Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 9, 2), HOW)


def local2d(e, name):
    m = Sequential([LocallyConnected2D(2, 2, 3, dim_ordering="th", input_shape=(2, 5, 4)), LocallyConnected2D(3, 2, 1, dim_ordering="th", bias=False), Flatten(), Dense(2)])
    m.compile("sgd", "mse")
    e.add(name, m, data(2, 2, 5, 4), HOW)


if __name__ == "__main__":
    e = Epoch(sys.argv[1], VERSION)
    for case in (dense, adam, sgd_momentum, rmsprop, clipped, conv_tf, conv_th, deconv, conv1d, conv3d, recurrent, recurrent_gpu, bidirectional, merges, cosines,
                 merge_sequential, nested_shared, activations, gone_dense, gone_activations, shared_axes, orderings, batch_modes, local, local2d):
        e.run(case.__name__, case)
    e.write()
