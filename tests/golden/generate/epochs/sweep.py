"""A sweep over the layers, options, losses and optimizers of Keras 2, TensorFlow's Keras and Keras 3: python sweep.py FOLDER (see run.sh).

Hundreds of small files, too many to ship: EPOCHS_OUT names the folder that they go to, and tests/saving/compare_epochs.py asks kcpp about them. Every
case is one layer (or a few) before a dense head; what a version does not have is left out, and told.
"""
import sys

import numpy as np
from keras2 import K, L, MODERN, TF, THEANO, VERSION, Epoch, Input, Model, Sequential, arg, data, ints, keras

KERAS3 = VERSION.startswith("3")
# Keras 3 loses the optimizer's config when it writes an .h5.
FORMATS = (".keras", ".h5") if KERAS3 else (".h5", ".keras") if MODERN else (".h5",)
R = keras.regularizers
CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def optimizer(kind, **kw):
    return getattr(keras.optimizers, kind)(**arg(**kw))


def one(name, x, *make, **kw):
    """A chain of layers over x, flattened into a dense head, trained by SGD."""
    def run(e, name):
        layers = [f() for f in make]
        inputs = Input(batch_shape=x.shape) if kw.get("stateful") else Input(x.shape[1:])
        y = inputs
        for layer in layers:
            y = layer(y)
        if not kw.get("bare"):
            if len(K.int_shape(y) if hasattr(K, "int_shape") else y.shape) > 2:
                y = L.Flatten()(y)
            y = L.Dense(2)(y)
        m = Model(inputs, y)
        m.compile(kw.get("optimizer") or optimizer("SGD", lr=0.05, momentum=0.5), kw.get("loss", "mse"))
        trained = None if kw.get("frozen") else data(x.shape[0], 2, seed=7)
        e.add(name, m, x, FORMATS, resume=trained, random=kw.get("random", True))
    CASES.append((name, run))


def layer_cases():
    flat, series, image, volume, video = data(6, 5), data(4, 7, 3), data(3, 8, 7, 4), data(2, 6, 5, 6, 2), data(2, 4, 5, 5, 2)
    for a in ("elu", "selu", "softplus", "softsign", "relu", "tanh", "sigmoid", "hard_sigmoid", "linear", "softmax", "exponential", "swish", "gelu", "mish", "silu",
              "relu6", "leaky_relu", "log_softmax"):
        one("dense_" + a, flat, lambda a=a: L.Dense(4, activation=a))
        one("activation_" + a, 3 * flat, lambda a=a: L.Activation(a))
    for key, value in dict(kernel_regularizer=R.l1(0.01), bias_regularizer=R.l2(0.02), activity_regularizer=R.l1_l2(0.01, 0.02), kernel_constraint=keras.constraints.max_norm(0.7),
                           bias_constraint=keras.constraints.non_neg()).items():
        one("dense_" + key, flat, lambda k=key, v=value: L.Dense(4, **{k: v}))
    one("dense_min_max_norm", flat, lambda: L.Dense(4, kernel_constraint=keras.constraints.min_max_norm(0.2, 0.6, 0.9)))
    one("dense_unit_norm", flat, lambda: L.Dense(4, kernel_constraint=keras.constraints.unit_norm(axis=0)))
    for kind in ("Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal", "Identity", "lecun_uniform", "glorot_normal",
                 "he_uniform", "lecun_normal"):
        one("init_" + kind, flat, lambda k=kind: L.Dense(5, kernel_initializer=getattr(keras.initializers, k)()))
    one("dense_no_bias_3d", series, lambda: L.Dense(4, use_bias=False))
    for name, make in dict(flatten=lambda: L.Flatten(), permute=lambda: L.Permute((2, 1)), reshape=lambda: L.Reshape((3, -1)), masking=lambda: L.Masking(0.5),
                           activity=lambda: L.ActivityRegularization(0.01, 0.01), up=lambda: L.UpSampling1D(3), crop=lambda: L.Cropping1D((1, 2)), pad=lambda: L.ZeroPadding1D((2, 1))).items():
        one("series_" + name, series, make)
    one("repeat", flat, lambda: L.RepeatVector(3))
    for name in ("Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout"):
        one("noise_" + name, flat, lambda n=name: getattr(L, n)(0.3), frozen=True)
    for name, x in (("SpatialDropout1D", series), ("SpatialDropout2D", image), ("SpatialDropout3D", volume)):
        one("noise_" + name, x, lambda n=name: getattr(L, n)(0.3), frozen=True)
    convolution_cases(series, image, volume)
    pooling_cases(series, image, volume)
    recurrent_cases(series, video)
    for name, make in dict(leaky=lambda: L.LeakyReLU(), prelu=lambda: L.PReLU(), prelu_shared=lambda: L.PReLU(shared_axes=[1]), elu=lambda: L.ELU(0.5), thresholded=lambda: L.ThresholdedReLU(0.4),
                           softmax=lambda: L.Softmax(axis=1), relu=lambda: L.ReLU(max_value=0.6), relu_slope=lambda: L.ReLU(negative_slope=0.2, threshold=0.1),
                           bn=lambda: L.BatchNormalization(), bn_axis1=lambda: L.BatchNormalization(axis=1, epsilon=0.01), bn_plain=lambda: L.BatchNormalization(center=False, scale=False, momentum=0.7),
                           ln=lambda: L.LayerNormalization(), ln_axes=lambda: L.LayerNormalization(axis=(1, 2), epsilon=0.01), gn=lambda: L.GroupNormalization(3), unit=lambda: L.UnitNormalization(),
                           rms=lambda: L.RMSNormalization(), einsum=lambda: L.EinsumDense("abc,cd->abd", output_shape=(7, 4), bias_axes="d", activation="relu"), identity=lambda: L.Identity(),
                           td_dense=lambda: L.TimeDistributed(L.Dense(3, activation="tanh"))).items():
        one("series_" + name, series, make)
    one("spectral", flat, lambda: L.SpectralNormalization(L.Dense(3)), frozen=True)
    one("td_conv", video, lambda: L.TimeDistributed(L.Conv2D(3, 2)), lambda: L.TimeDistributed(L.Flatten()))
    one("td_bn", video, lambda: L.TimeDistributed(L.BatchNormalization()))
    one("td_model", series, lambda: L.TimeDistributed(Sequential([L.Dense(3, input_shape=(3,)), L.Dense(2)])))
    one("bn_image", image, lambda: L.BatchNormalization(renorm=False) if TF and not KERAS3 else L.BatchNormalization())
    one("bn_frozen", image, lambda: L.BatchNormalization(trainable=False))
    one("dense_frozen", flat, lambda: L.Dense(3, trainable=False), lambda: L.Dense(4))
    tokens = ints(4, 6, hi=9)
    one("embedding", tokens, lambda: L.Embedding(9, 3))
    one("embedding_mask", tokens, lambda: L.Embedding(9, 3, mask_zero=True), lambda: L.LSTM(4))
    one("embedding_regularized", tokens, lambda: L.Embedding(9, 3, embeddings_regularizer="l2", embeddings_constraint=keras.constraints.unit_norm(axis=1)))


def convolution_cases(series, image, volume):
    conv = dict(valid={}, same=dict(padding="same"), strided=dict(strides=2, padding="same"), dilated=dict(dilation_rate=2), no_bias=dict(use_bias=False, activation="relu"))
    for how, kw in conv.items():
        if THEANO and how in ("strided", "same"):
            continue
        one("conv1d_" + how, series, lambda kw=kw: L.Conv1D(4, 3, **kw))
        one("conv2d_" + how, image, lambda kw=kw: L.Conv2D(4, (3, 2), **kw))
        one("conv3d_" + how, volume, lambda kw=kw: L.Conv3D(3, (2, 2, 3), **kw))
        one("separable2d_" + how, image, lambda kw=kw: L.SeparableConv2D(3, (2, 2), depth_multiplier=2, **kw))
        one("separable1d_" + how, series, lambda kw=kw: L.SeparableConv1D(3, 2, depth_multiplier=2, **kw))
        one("depthwise2d_" + how, image, lambda kw=kw: L.DepthwiseConv2D(2, depth_multiplier=2, **kw))
        one("depthwise1d_" + how, series, lambda kw=kw: L.DepthwiseConv1D(2, depth_multiplier=2, **kw))
        if how != "dilated":
            one("transpose1d_" + how, series, lambda kw=kw: L.Conv1DTranspose(3, 3, **kw))
            one("transpose2d_" + how, image, lambda kw=kw: L.Conv2DTranspose(3, (3, 2), **kw))
            one("transpose3d_" + how, volume, lambda kw=kw: L.Conv3DTranspose(3, 2, **kw))
    one("transpose2d_output_padding", image, lambda: L.Conv2DTranspose(3, 3, strides=(2, 2), output_padding=(1, 0)))
    one("conv1d_causal", series, lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2))
    one("conv2d_groups", image, lambda: L.Conv2D(4, 3, groups=2))
    for n, x in (("1D", series), ("2D", image), ("3D", volume)):
        one("zero_pad" + n, x, lambda n=n: getattr(L, "ZeroPadding" + n)(1))
        one("cropping" + n, x, lambda n=n: getattr(L, "Cropping" + n)(1))
        one("up_sampling" + n, x, lambda n=n: getattr(L, "UpSampling" + n)(2))
    one("up_sampling_bilinear", image, lambda: L.UpSampling2D((2, 3), interpolation="bilinear"))
    local = dict(valid={}, strided=dict(strides=2), no_bias=dict(use_bias=False, activation="tanh"), impl2=dict(implementation=2), impl3=dict(implementation=3),
                 same2=dict(padding="same", implementation=2), same3=dict(padding="same", implementation=3))
    for how, kw in local.items():
        one("local1d_" + how, series, lambda kw=kw: L.LocallyConnected1D(3, 3, **kw))
        one("local2d_" + how, image, lambda kw=kw: L.LocallyConnected2D(3, (3, 2), **kw))
        if "implementation" in kw or how == "valid":
            one("local2d_first_" + how, image, lambda kw=kw: L.LocallyConnected2D(3, (3, 2), data_format="channels_first", **kw))
    if not TF:
        one("conv2d_first", image, lambda: L.Conv2D(3, 3, data_format="channels_first"), lambda: L.MaxPooling2D(data_format="channels_first"))


def pooling_cases(series, image, volume):
    for kind in ("Max", "Average"):
        for n, x in (("1D", series), ("2D", image), ("3D", volume)):
            for how, kw in dict(valid=dict(pool_size=2), same=dict(pool_size=2, padding="same"), strided=dict(pool_size=3, strides=1)).items():
                if not (THEANO and how == "same"):
                    one("pool_%s%s_%s" % (kind, n, how), x, lambda k=kind, n=n, kw=kw: getattr(L, "%sPooling%s" % (k, n))(**kw))
            one("global_%s%s" % (kind, n), x, lambda k=kind, n=n: getattr(L, "Global%sPooling%s" % (k, n))())
            one("global_keep_%s%s" % (kind, n), x, lambda k=kind, n=n: getattr(L, "Global%sPooling%s" % (k, n))(keepdims=True))
            if n != "1D":
                one("global_first_%s%s" % (kind, n), x, lambda k=kind, n=n: getattr(L, "Global%sPooling%s" % (k, n))(data_format="channels_first"))


def recurrent_cases(series, video):
    options = dict(plain={}, sequences=dict(return_sequences=True), backwards=dict(go_backwards=True), impl1=dict(implementation=1), impl2=dict(implementation=2), unroll=dict(unroll=True),
                   no_bias=dict(use_bias=False), relu=dict(activation="relu"), regularized=dict(kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2"))
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        for how, kw in options.items():
            if not (KERAS3 and "implementation" in kw):
                one("%s_%s" % (kind, how), series, lambda k=kind, kw=kw: getattr(L, k)(3, **kw))
        one(kind + "_stateful", series, lambda k=kind: getattr(L, k)(3, stateful=True), stateful=True, frozen=True)
        one(kind + "_masked", series * (series > -0.3), lambda: L.Masking(0.0), lambda k=kind: getattr(L, k)(3, return_sequences=True))
        one(kind + "_cell", series, lambda k=kind: L.RNN(getattr(L, k + "Cell")(3), return_sequences=True))
        one(kind + "_cells", series, lambda k=kind: L.RNN([getattr(L, k + "Cell")(3), getattr(L, k + "Cell")(2)]))
        one(kind + "_stacked", series, lambda k=kind: L.RNN(L.StackedRNNCells([getattr(L, k + "Cell")(3), L.SimpleRNNCell(2)])))
        for mode in ("sum", "mul", "ave", "concat"):
            one("bidirectional_%s_%s" % (kind, mode), series, lambda k=kind, m=mode: L.Bidirectional(getattr(L, k)(3, return_sequences=True), merge_mode=m))
        one(kind + "_dropout", series, lambda k=kind: getattr(L, k)(3, dropout=0.2, recurrent_dropout=0.1), frozen=True)
    one("LSTM_hard", series, lambda: L.LSTM(3, recurrent_activation="hard_sigmoid", unit_forget_bias=False))
    one("GRU_after", series, lambda: L.GRU(3, reset_after=True))
    one("GRU_before", series, lambda: L.GRU(3, reset_after=False))
    one("bidirectional_backward", series, lambda: L.Bidirectional(L.LSTM(3), backward_layer=L.GRU(3, go_backwards=True)))
    for how, kw in dict(plain={}, sequences=dict(return_sequences=True, padding="same"), strided=dict(strides=2, activation="relu"), backwards=dict(go_backwards=True, use_bias=False)).items():
        one("conv_lstm2d_" + how, video, lambda kw=kw: L.ConvLSTM2D(2, 2, **kw))
        one("conv_lstm1d_" + how, data(2, 4, 5, 2), lambda kw=kw: L.ConvLSTM1D(2, 2, **kw))
    one("conv_lstm3d", data(2, 3, 4, 4, 4, 2), lambda: L.ConvLSTM3D(2, 2))


def model(name, build):
    """build() -> (model, x, targets or None, compile arguments)."""
    def run(e, name):
        m, x, y, kw = build()
        m.compile(**dict(dict(optimizer=optimizer("SGD", lr=0.05, momentum=0.5), loss="mse"), **kw))
        e.add(name, m, x, FORMATS, resume=y, random=kw.get("random", True))
    CASES.append((name, run))


def merge_cases():
    for kind, kw in [(k, {}) for k in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")] + [("Concatenate", dict(axis=1)), ("Dot", dict(axes=2)), ("Dot", dict(axes=(1, 1), normalize=True))]:
        def build(kind=kind, kw=kw):
            a, b = Input((3, 4), name="a"), Input((3, 4), name="b")
            y = L.Dense(2)(L.Flatten()(getattr(L, kind)(**kw)([L.Dense(4)(a), b])))
            return Model([a, b], y), [data(3, 3, 4), data(3, 3, 4, seed=1)], data(3, 2, seed=2), {}
        model("merge_%s_%s" % (kind, len(kw)), build)


def graph_cases():
    def inner():
        x = Input((4,))
        return Model(x, L.BatchNormalization()(L.Dense(3, activation="tanh")(x)), name="inner")

    def shared():
        a, b, d, n = Input((4,), name="a"), Input((4,), name="b"), L.Dense(4, name="twice"), inner()
        return Model([a, b], [n(d(a)), L.Dense(2)(n(d(b)))]), [data(4, 4), data(4, 4, seed=1)], [data(4, 3, seed=2), data(4, 2, seed=3)], dict(loss=["mse", "mae"], loss_weights=[0.3, 1.0])
    model("graph_shared", shared)

    def nested():
        m = Sequential([Sequential([L.Dense(4, input_shape=(5,), activation="relu"), L.BatchNormalization()]), L.Dense(4), inner(), L.Dense(2)])
        return m, data(4, 5), data(4, 2, seed=2), dict(optimizer=optimizer("RMSprop", lr=0.01))
    model("graph_nested", nested)

    def nested_frozen():
        n = inner()
        n.trainable = False
        m = Sequential([L.Dense(4, input_shape=(5,)), n, L.Dense(3, trainable=False), L.Dense(2)])
        return m, data(4, 5), data(4, 2, seed=2), dict(optimizer=optimizer("RMSprop", lr=0.01))
    model("graph_frozen", nested_frozen)

    def partly():
        m = Sequential([L.Dense(4, input_shape=(5,)), inner(), L.Dense(2)])
        m.layers[1].layers[1].trainable = False
        return m, data(4, 5), data(4, 2, seed=2), dict(optimizer=optimizer("RMSprop", lr=0.01))
    model("graph_partly_frozen", partly)

    def states():
        x = Input((5, 3))
        y, h, c = L.LSTM(4, return_sequences=True, return_state=True)(x)
        z = L.LSTM(4)(y, initial_state=[h, c])
        return Model(x, L.Dense(2)(z)), data(3, 5, 3), data(3, 2, seed=2), {}
    model("graph_states", states)

    def bidirectional_states():
        x = Input((5, 3))
        out = L.Bidirectional(L.GRU(2, return_sequences=True, return_state=True))(x)
        z = L.Bidirectional(L.GRU(2))(out[0], initial_state=out[1:])
        return Model(x, L.Dense(2)(z)), data(3, 5, 3), data(3, 2, seed=2), {}
    model("graph_bidirectional_states", bidirectional_states)

    def unmerged():
        x = Input((5, 3))
        f, b = L.Bidirectional(L.LSTM(2), merge_mode=None)(x)
        return Model(x, L.Dense(2)(L.Subtract()([f, b]))), data(3, 5, 3), data(3, 2, seed=2), {}
    model("graph_bidirectional_unmerged", unmerged)

    def attention(kind, **kw):
        q, v = Input((3, 4)), Input((5, 4))
        y = getattr(L, kind)(**kw)([q, v])
        return Model([q, v], L.Dense(2)(L.Flatten()(y))), [data(2, 3, 4), data(2, 5, 4)], data(2, 2, seed=2), {}
    model("attention", lambda: attention("Attention"))
    model("attention_scaled", lambda: attention("Attention", use_scale=True))
    model("attention_additive", lambda: attention("AdditiveAttention"))
    model("attention_causal", lambda: attention("Attention", causal=True))
    model("attention_concat", lambda: attention("Attention", score_mode="concat"))

    def heads(**kw):
        q, v = Input((3, 4)), Input((5, 4))
        y = L.MultiHeadAttention(num_heads=2, key_dim=3, **kw)(q, v)
        return Model([q, v], L.Dense(2)(L.Flatten()(y))), [data(2, 3, 4), data(2, 5, 4)], data(2, 2, seed=2), {}
    model("heads", heads)
    model("heads_value", lambda: heads(value_dim=2, output_shape=3))
    model("heads_plain", lambda: heads(use_bias=False))

    def causal():
        x = Input((4, 6))
        y = L.LayerNormalization()(x + L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True))
        return Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(y))), data(2, 4, 6), data(2, 2, seed=2), dict(optimizer=optimizer("Adam", lr=0.01))
    model("transformer", causal)


def compile_cases():
    onehot, labels = np.eye(3, dtype="float32")[[0, 1, 2, 1, 0]], np.array([[0], [1], [2], [1], [0]], "float32")

    def build(out, **kw):
        return Sequential([L.Dense(4, input_shape=(5,), activation="tanh"), L.Dense(*out)]), data(5, 5), kw.pop("y"), kw
    for loss in ("mse", "mae", "mape", "msle", "logcosh", "log_cosh", "huber", "huber_loss", "cosine_proximity", "cosine_similarity", "poisson", "kld", "hinge", "squared_hinge", "binary_crossentropy"):
        y = abs(data(5, 3, seed=2)) if loss not in ("hinge", "squared_hinge") else np.sign(data(5, 3, seed=2))
        model("loss_" + loss, lambda l=loss, y=y: build((3, "sigmoid"), y=y, loss=l, metrics=["mae"]))
    model("loss_categorical_hinge", lambda: build((3, "softmax"), y=onehot, loss="categorical_hinge"))
    model("loss_categorical", lambda: build((3, "softmax"), y=onehot, loss="categorical_crossentropy", metrics=["accuracy", "top_k_categorical_accuracy"]))
    model("loss_sparse", lambda: build((3, "softmax"), y=labels, loss="sparse_categorical_crossentropy", metrics=["accuracy"]))
    for kind in ("BinaryCrossentropy", "CategoricalCrossentropy", "MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "KLDivergence", "Poisson", "CosineSimilarity", "Hinge", "CategoricalHinge",
                 "BinaryFocalCrossentropy", "MeanSquaredLogarithmicError"):
        model("lossclass_" + kind, lambda k=kind: build((3, "softmax"), y=onehot, loss=getattr(keras.losses, k)()))
    model("lossclass_smoothing", lambda: build((3,), y=onehot, loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)))
    model("lossclass_sum", lambda: build((3,), y=onehot, loss=keras.losses.MeanSquaredError(reduction="sum")))
    model("lossclass_sparse", lambda: build((3,), y=labels, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)))
    for kind, kw in (("Adam", dict(lr=0.02)), ("Adam", dict(lr=0.02, amsgrad=True)), ("Adam", dict(lr=0.02, beta_1=0.8, epsilon=0.01)), ("SGD", dict(lr=0.1)), ("SGD", dict(lr=0.1, momentum=0.8, nesterov=True)),
                     ("RMSprop", dict(lr=0.02, rho=0.8)), ("RMSprop", dict(lr=0.02, momentum=0.5)), ("RMSprop", dict(lr=0.02, centered=True)), ("Adagrad", dict(lr=0.1)), ("Adadelta", dict(lr=0.7)),
                     ("Adamax", dict(lr=0.02)), ("Nadam", dict(lr=0.02)), ("Ftrl", dict(lr=0.1)), ("AdamW", dict(lr=0.02, weight_decay=0.1)), ("Lion", dict(lr=0.02)), ("Adafactor", dict(lr=0.02)),
                     ("Adam", dict(lr=0.02, decay=0.1)), ("SGD", dict(lr=0.1, decay=0.2)), ("SGD", dict(lr=0.1, clipnorm=0.1)), ("SGD", dict(lr=0.1, clipvalue=0.05)), ("Adam", dict(lr=0.02, global_clipnorm=0.1)),
                     ("Adam", dict(lr=0.02, use_ema=True)), ("SGD", dict(lr=0.02, momentum=0.5, weight_decay=0.1))):
        name = "optimizer_" + kind + "".join("_" + k for k in sorted(kw) if k != "lr")
        model(name, lambda k=kind, kw=kw: build((3,), y=data(5, 3, seed=2), optimizer=optimizer(k, **kw)))
        if hasattr(keras.optimizers, "legacy") and hasattr(keras.optimizers.legacy, kind) and not KERAS3:
            model("legacy_" + name, lambda k=kind, kw=kw: build((3,), y=data(5, 3, seed=2), optimizer=getattr(keras.optimizers.legacy, k)(**arg(**kw))))
    schedules = getattr(keras.optimizers, "schedules", None)
    if schedules:
        for kind, args in (("ExponentialDecay", (0.1, 2, 0.5)), ("PiecewiseConstantDecay", ([2, 3], [0.1, 0.05, 0.01])), ("PolynomialDecay", (0.1, 5)), ("InverseTimeDecay", (0.1, 2, 0.5)),
                           ("CosineDecay", (0.1, 5)), ("CosineDecayRestarts", (0.1, 2))):
            model("schedule_" + kind, lambda k=kind, a=args: build((3,), y=data(5, 3, seed=2), optimizer=keras.optimizers.Adam(learning_rate=getattr(schedules, k)(*a))))
    for kind, kw in [(k, {}) for k in ("BinaryAccuracy", "CategoricalAccuracy", "AUC", "Precision", "Recall", "TruePositives", "FalseNegatives", "MeanSquaredError", "RootMeanSquaredError", "CosineSimilarity",
                                       "KLDivergence", "Poisson", "Hinge", "LogCoshError", "TopKCategoricalAccuracy", "CategoricalCrossentropy", "MeanAbsolutePercentageError")] + \
            [("SensitivityAtSpecificity", dict(specificity=0.5)), ("MeanIoU", dict(num_classes=2)), ("F1Score", {}), ("BinaryAccuracy", dict(threshold=0.3, name="hits"))]:
        model("metric_%s_%d" % (kind, len(kw)), lambda k=kind, kw=kw: build((3, "softmax"), y=onehot, loss="mse", metrics=[getattr(keras.metrics, k)(**kw)]))
    model("weighted", lambda: build((3,), y=data(5, 3, seed=2), metrics=["mse"], weighted_metrics=["mae"]))


def preprocessing_cases():
    P = L if hasattr(L, "Rescaling") else getattr(getattr(L, "experimental", None), "preprocessing", None)
    image = data(2, 6, 6, 3, lo=0, hi=255)
    for name, make in dict(rescaling=lambda: P.Rescaling(1 / 255.0, offset=-0.5), resizing=lambda: P.Resizing(4, 9), resizing_nearest=lambda: P.Resizing(4, 9, interpolation="nearest"),
                           crop=lambda: P.CenterCrop(4, 3), flip=lambda: P.RandomFlip(), rotation=lambda: P.RandomRotation(0.2), zoom=lambda: P.RandomZoom(0.2), contrast=lambda: P.RandomContrast(0.2),
                           translation=lambda: P.RandomTranslation(0.1, 0.1), random_crop=lambda: P.RandomCrop(4, 4), height=lambda: P.RandomHeight(0.2), width=lambda: P.RandomWidth(0.2),
                           brightness=lambda: P.RandomBrightness(0.2), normalization=lambda: P.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])).items():
        one("prep_" + name, image, make, frozen=True, bare=True)
    ids = ints(4, 3, hi=5)
    one("prep_category_multi", ids, lambda: P.CategoryEncoding(num_tokens=5, output_mode="multi_hot"), frozen=True)
    one("prep_category_count", ids, lambda: P.CategoryEncoding(num_tokens=5, output_mode="count"), frozen=True)
    one("prep_discretization", data(4, 3), lambda: P.Discretization(bin_boundaries=[-0.5, 0.0, 0.5]), frozen=True, bare=True)


if __name__ == "__main__":
    e = Epoch(sys.argv[1], VERSION)
    layer_cases()
    merge_cases()
    graph_cases()
    compile_cases()
    preprocessing_cases()
    try:
        for name, function in CASES:
            if hasattr(K, "clear_session"):
                K.clear_session()  # TensorFlow 1 gets slower with every case that its graph holds
            e.run(name, function)
    finally:  # an interrupted sweep is one of fewer cases
        e.write()
