"""The sweep of sweep.py for Keras 1: python sweep1.py FOLDER (see run.sh: SCRIPT=sweep1.py, epochs keras-1.2.2 and keras-1.2.2-theano).

Convolutions run on TensorFlow alone, since readers take all of Keras 1's kernels as correlations; trainings on Theano alone, where a step is certain.
"""
import sys

import numpy as np
from keras1 import *  # noqa: F401,F403  all layers of Keras 1, and what its golden files share
from keras1 import TF, VERSION, Epoch, data, ints, keras
from keras import constraints, metrics, objectives, optimizers, regularizers  # noqa: F401

CASES = []


def build(name, make):
    """make() -> (model, x, targets or None, compile arguments)."""
    def run(e, name):
        m, x, y, how = make()
        m.compile(how.pop("optimizer", None) or optimizers.SGD(lr=0.05, momentum=0.5), how.pop("loss", "mse"), **how)
        e.add(name, m, x, (".h5",), resume=None if TF else y)
    CASES.append((name, run))


def one(name, x, *make, **kw):
    """A chain of layers over x, flattened into a dense head."""
    def made():
        inputs = Input(batch_shape=x.shape) if kw.get("stateful") else Input(x.shape[1:])
        y = inputs
        for layer in make:
            y = layer()(y)
        if len(y._keras_shape) > 2:
            y = Flatten()(y)
        return Model(input=inputs, output=Dense(2)(y)), x, None if kw.get("frozen") else data(x.shape[0], 2, seed=7), {}
    if TF or not kw.get("correlation"):
        build(name, made)


FLAT, SERIES, IMAGE, VOLUME = data(6, 5), data(4, 7, 3), data(3, 8, 7, 4), data(2, 6, 5, 6, 2)


def plain_layers():
    for a in ("softmax", "softplus", "softsign", "relu", "tanh", "sigmoid", "hard_sigmoid", "linear", "elu"):
        one("dense_" + a, FLAT, lambda a=a: Dense(4, activation=a))
        one("activation_" + a, 3 * FLAT, lambda a=a: Activation(a))
    for init in ("uniform", "lecun_uniform", "normal", "identity", "orthogonal", "zero", "one", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform"):
        one("init_" + init, FLAT, lambda i=init: Dense(5, init=i))
    for key, value in dict(W_regularizer=regularizers.l1(0.01), b_regularizer=regularizers.l2(0.02), W_constraint=constraints.maxnorm(0.7), b_constraint=constraints.nonneg()).items():
        one("dense_" + key, FLAT, lambda k=key, v=value: Dense(4, **{k: v}))
    one("dense_l1l2", FLAT, lambda: Dense(4, W_regularizer=regularizers.l1l2(0.01, 0.02)))
    one("dense_unitnorm", FLAT, lambda: Dense(4, W_constraint=constraints.unitnorm(axis=0)))
    one("dense_activity", FLAT, lambda: Dense(4, activity_regularizer=regularizers.activity_l2(0.01)), frozen=True)
    one("dense_frozen", FLAT, lambda: Dense(4, trainable=False), lambda: Dense(3))
    one("dense_3d", SERIES, lambda: TimeDistributed(Dense(4, bias=False)))
    one("time_distributed_dense", SERIES, lambda: TimeDistributedDense(4))
    one("highway", FLAT, lambda: Highway(activation="relu"))
    one("maxout", FLAT, lambda: MaxoutDense(4, nb_feature=3))
    one("activity", FLAT, lambda: ActivityRegularization(0.01, 0.02), frozen=True)
    for name, make in dict(flatten=lambda: Flatten(), permute=lambda: Permute((2, 1)), reshape=lambda: Reshape((3, -1)), masking=lambda: Masking(0.5), dropout=lambda: Dropout(0.3),
                           gaussian_noise=lambda: GaussianNoise(0.2), gaussian_dropout=lambda: GaussianDropout(0.2), spatial=lambda: SpatialDropout1D(0.2), leaky=lambda: LeakyReLU(0.1), prelu=lambda: PReLU(),
                           prelu_shared=lambda: PReLU(shared_axes=[1]), elu=lambda: ELU(0.6), thresholded=lambda: ThresholdedReLU(0.3), srelu=lambda: SReLU(), srelu_shared=lambda: SReLU(shared_axes=[1]),
                           softplus=lambda: ParametricSoftplus(0.3, 1.2), bn=lambda: BatchNormalization(), bn1=lambda: BatchNormalization(mode=1), bn2=lambda: BatchNormalization(mode=2), bn_axis=lambda: BatchNormalization(axis=1, epsilon=0.01)).items():
        one("series_" + name, SERIES, make, frozen=name not in ("flatten", "permute", "reshape", "leaky", "prelu", "elu", "thresholded", "bn", "bn_axis"))
    one("repeat", FLAT, lambda: RepeatVector(3))
    one("embedding", ints(4, 6, hi=9), lambda: Embedding(9, 3))
    one("embedding_mask", ints(4, 6, hi=9), lambda: Embedding(9, 3, mask_zero=True), lambda: LSTM(4))
    one("embedding_dropout", ints(4, 6, hi=9), lambda: Embedding(9, 3, dropout=0.2), frozen=True)


def convolutions():
    series = dict(valid={}, same=dict(border_mode="same"), strided=dict(subsample_length=2), no_bias=dict(bias=False, activation="relu"))
    for how, kw in series.items():
        one("conv1d_" + how, SERIES, lambda kw=kw: Convolution1D(4, 3, **kw), correlation=True)
    one("atrous1d", SERIES, lambda: AtrousConvolution1D(4, 3, atrous_rate=2), correlation=True)
    for how, kw in dict(valid={}, same=dict(border_mode="same"), strided=dict(subsample=(2, 1), border_mode="same"), no_bias=dict(bias=False, activation="relu")).items():
        one("conv2d_" + how, IMAGE, lambda kw=kw: Convolution2D(4, 3, 2, dim_ordering="tf", **kw), correlation=True)
        one("separable_" + how, IMAGE, lambda kw=dict(kw, subsample=(1, 1)): SeparableConvolution2D(4, 3, 2, depth_multiplier=2, dim_ordering="tf", **kw), correlation=True)
        one("conv3d_" + how, VOLUME, lambda kw=dict(kw, subsample=(1, 1, 1)): Convolution3D(3, 2, 2, 3, dim_ordering="tf", **kw), correlation=True)
    one("conv2d_th", IMAGE, lambda: Convolution2D(4, 3, 2, dim_ordering="th"), correlation=True)
    one("atrous2d", IMAGE, lambda: AtrousConvolution2D(4, 3, 2, atrous_rate=(2, 1), dim_ordering="tf"), correlation=True)
    one("deconv", data(3, 4, 4, 2), lambda: Deconvolution2D(3, 3, 3, output_shape=(3, 9, 9, 3), subsample=(2, 2), dim_ordering="tf"), correlation=True)
    for kind in ("Max", "Average"):
        for how, kw in dict(valid={}, strided=dict(strides=(3, 1))).items():
            one("pool_%s2D_%s" % (kind, how), IMAGE, lambda k=kind, kw=kw: globals()[k + "Pooling2D"]((2, 2), dim_ordering="tf", **kw))
        one("pool_%s2D_th" % kind, IMAGE, lambda k=kind: globals()[k + "Pooling2D"]((2, 2), dim_ordering="th"), correlation=True)
        one("pool_%s1D" % kind, SERIES, lambda k=kind: globals()[k + "Pooling1D"](2))
        one("pool_%s1D_strided" % kind, SERIES, lambda k=kind: globals()[k + "Pooling1D"](pool_length=3, stride=1))
        one("pool_%s3D" % kind, VOLUME, lambda k=kind: globals()[k + "Pooling3D"]((2, 2, 2), dim_ordering="tf"), correlation=True)
        one("global_%s1D" % kind, SERIES, lambda k=kind: globals()["Global%sPooling1D" % k]())
        for ordering in ("tf", "th"):
            one("global_%s2D_%s" % (kind, ordering), IMAGE, lambda k=kind, o=ordering: globals()["Global%sPooling2D" % k](dim_ordering=o))
            one("global_%s3D_%s" % (kind, ordering), VOLUME, lambda k=kind, o=ordering: globals()["Global%sPooling3D" % k](dim_ordering=o), correlation=True)
    for ordering in ("tf", "th"):
        one("pad2d_" + ordering, IMAGE, lambda o=ordering: ZeroPadding2D((1, 2), dim_ordering=o))
        one("pad2d_dict_" + ordering, IMAGE, lambda o=ordering: ZeroPadding2D(dict(top_pad=1, left_pad=2), dim_ordering=o))
        one("crop2d_" + ordering, IMAGE, lambda o=ordering: Cropping2D(((1, 2), (1, 0)), dim_ordering=o))
        one("up2d_" + ordering, IMAGE, lambda o=ordering: UpSampling2D((2, 3), dim_ordering=o), correlation=True)
        one("pad3d_" + ordering, VOLUME, lambda o=ordering: ZeroPadding3D((1, 2, 1), dim_ordering=o), correlation=True)
        one("crop3d_" + ordering, VOLUME, lambda o=ordering: Cropping3D(((1, 1), (1, 0), (0, 1)), dim_ordering=o), correlation=True)
        one("spatial2d_" + ordering, IMAGE, lambda o=ordering: SpatialDropout2D(0.2, dim_ordering=o), frozen=True)
    one("pad1d", SERIES, lambda: ZeroPadding1D(2))
    one("pad1d_dict", SERIES, lambda: ZeroPadding1D(dict(left_pad=1, right_pad=3)))
    one("crop1d", SERIES, lambda: Cropping1D((1, 2)))
    one("up1d", SERIES, lambda: UpSampling1D(3))
    one("local1d", SERIES, lambda: LocallyConnected1D(4, 3), correlation=True)
    one("local2d", IMAGE, lambda: LocallyConnected2D(3, 3, 2, dim_ordering="tf", subsample=(2, 1)), correlation=True)
    one("td_conv", data(2, 3, 6, 5, 2), lambda: TimeDistributed(Convolution2D(3, 3, 2, dim_ordering="tf")), lambda: TimeDistributed(Flatten()), correlation=True)
    for how, kw in dict(plain={}, sequences=dict(return_sequences=True, border_mode="same")).items():
        one("conv_lstm_" + how, data(2, 4, 5, 5, 2), lambda kw=kw: ConvLSTM2D(2, 3, 3, dim_ordering="tf", **dict(dict(border_mode="same"), **kw)), correlation=True)


def recurrent():
    options = dict(plain={}, sequences=dict(return_sequences=True), backwards=dict(go_backwards=True), mem=dict(consume_less="mem"), gpu=dict(consume_less="gpu"), relu=dict(activation="relu"),
                   regularized=dict(W_regularizer="l2", U_regularizer="l1", b_regularizer="l2"), unroll=dict(unroll=True))
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        layer = globals()[kind]
        for how, kw in options.items():
            one("%s_%s" % (kind, how), SERIES, lambda l=layer, kw=kw: l(3, **kw))
        one(kind + "_dropout", SERIES, lambda l=layer: l(3, dropout_W=0.2, dropout_U=0.1), frozen=True)
        one(kind + "_masked", SERIES * (SERIES > -0.3), lambda: Masking(0.0), lambda l=layer: l(3))
        one(kind + "_stateful", SERIES, lambda l=layer: l(3, stateful=True), stateful=True, frozen=True)
        for mode in ("sum", "mul", "ave", "concat"):
            one("bidirectional_%s_%s" % (kind, mode), SERIES, lambda l=layer, m=mode: Bidirectional(l(3, return_sequences=True), merge_mode=m))
    one("LSTM_inner", SERIES, lambda: LSTM(3, inner_activation="sigmoid", forget_bias_init="zero", inner_init="glorot_uniform"))


def graphs():
    def merged(mode, **kw):
        a, b = Input((3, 4), name="a"), Input((3, 4), name="b")
        y = merge([TimeDistributed(Dense(4))(a), b], mode=mode, **kw)
        return Model(input=[a, b], output=Dense(2)(Flatten()(y) if len(y._keras_shape) > 2 else y)), [data(3, 3, 4), data(3, 3, 4, seed=1)], data(3, 2, seed=2), {}
    for mode, kw in [(m, {}) for m in ("sum", "mul", "ave", "max", "concat")] + [("concat", dict(concat_axis=1)), ("dot", dict(dot_axes=2)), ("dot", dict(dot_axes=[1, 1])), ("cos", dict(dot_axes=2))]:
        build("merge_%s_%s" % (mode, "_".join(map(str, kw.values())).replace(" ", "")), lambda m=mode, kw=kw: merged(m, **kw))

    def branches():
        left, right = Sequential([Dense(4, input_dim=3, activation="tanh")]), Sequential([Embedding(7, 4, input_length=5), LSTM(4)])
        return Sequential([Merge([left, right], mode="sum"), Dense(3, activation="relu"), Dense(2)]), [data(4, 3), ints(4, 5, hi=7)], data(4, 2, seed=2), {}
    build("branches", branches)

    def frozen_inside():
        inner = Sequential([Dense(4, input_dim=4, activation="tanh"), BatchNormalization(), Dense(3)])
        inner.layers[0].trainable = False
        x = Input((4,))
        return Model(input=x, output=Dense(2)(inner(Dense(4)(x)))), data(4, 4), data(4, 2, seed=2), dict(optimizer=optimizers.RMSprop(lr=0.01))
    build("frozen_inside", frozen_inside)

    def shared():
        a, b, d = Input((4,), name="a"), Input((4,), name="b"), Dense(4, name="twice", activation="tanh")
        return Model(input=[a, b], output=[Dense(2, name="p")(d(a)), Dense(3, name="q", activation="softmax")(merge([d(b), a], mode="concat"))]), [data(4, 4), data(4, 4, seed=1)], \
            [data(4, 2, seed=2), np.eye(3, dtype="float32")[[0, 1, 2, 1]]], dict(loss=dict(p="mse", q="categorical_crossentropy"), loss_weights=dict(p=0.3, q=2.0), metrics=["accuracy"])
    build("shared", shared)

    def same_sequential_twice():
        s = Sequential([Dense(3, input_dim=4, activation="tanh")])
        a, b = Input((4,), name="a"), Input((4,), name="b")
        return Model(input=[a, b], output=Dense(2)(merge([s(a), s(b)], mode="mul"))), [data(4, 4), data(4, 4, seed=1)], data(4, 2, seed=2), {}
    build("sequential_twice", same_sequential_twice)


def compiled():
    onehot = np.eye(3, dtype="float32")[[0, 1, 2, 1, 0]]

    def head(out, y, **kw):
        return Sequential([Dense(4, input_dim=5, activation="tanh"), Dense(*out[:1], activation=out[1])]), data(5, 5), y, kw
    for loss in ("mse", "mae", "mape", "msle", "squared_hinge", "hinge", "binary_crossentropy", "kld", "poisson"):
        y = np.sign(data(5, 3, seed=2)) if "hinge" in loss else abs(data(5, 3, seed=2))
        build("loss_" + loss, lambda l=loss, y=y: head((3, "sigmoid"), y, loss=l, metrics=["mae"]))
    build("loss_categorical", lambda: head((3, "softmax"), onehot, loss="categorical_crossentropy", metrics=["accuracy", "categorical_crossentropy"]))
    build("loss_sparse", lambda: head((3, "softmax"), np.array([[0], [1], [2], [1], [0]], "float32"), loss="sparse_categorical_crossentropy", metrics=["accuracy"]))
    for kind, kw in (("SGD", dict(lr=0.1)), ("SGD", dict(lr=0.1, momentum=0.8, nesterov=True)), ("SGD", dict(lr=0.1, decay=0.2)), ("SGD", dict(lr=0.1, clipnorm=0.1)), ("SGD", dict(lr=0.1, clipvalue=0.05)), ("RMSprop", dict(lr=0.02, rho=0.8)),
                     ("RMSprop", dict(lr=0.02, decay=0.1)), ("Adagrad", dict(lr=0.1)), ("Adadelta", dict(lr=0.7)), ("Adam", dict(lr=0.02)), ("Adam", dict(lr=0.02, beta_1=0.8, epsilon=0.01)), ("Adam", dict(lr=0.02, decay=0.1)),
                     ("Adamax", dict(lr=0.02)), ("Nadam", dict(lr=0.02))):
        build("optimizer_" + kind + "".join("_" + k for k in sorted(kw) if k != "lr"), lambda k=kind, kw=kw: head((3, "linear"), data(5, 3, seed=2), optimizer=getattr(optimizers, k)(**kw)))


if __name__ == "__main__":
    e = Epoch(sys.argv[1], VERSION)
    for family in (plain_layers, convolutions, recurrent, graphs, compiled):
        family()
    try:
        for name, function in CASES:
            if TF:
                K.clear_session()
            e.run(name, function)
    finally:
        e.write()
