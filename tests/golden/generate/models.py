"""The small whole models that the families `training` and `files` share. Each is compiled with another optimizer."""
from common import data, fresh, ints  # first: sets the environment

import keras
import numpy as np
import tensorflow as tf
from keras import constraints as C
from keras import layers as L
from keras import losses as Lo
from keras import metrics as M
from keras import optimizers as O
from keras import regularizers as R
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from gen_losses import one_hot
from layer_cases import set_weights


# Trained in graphs, as users do it: in eager mode Keras weighs the losses of several outputs by the samples of a batch.
N, BATCH, EPOCHS = 22, 6, 5  # four batches an epoch, the last of 4 samples: 20 steps
LABELS = ints(N, hi=3, seed=1)
HOT = one_hot(N, 3, seed=2)
BINARY = ints(N, 1, hi=2, seed=3).astype("float32")


def token_ids(steps, words):
    x = ints(N, steps, lo=1, hi=words, seed=5)
    lengths = np.random.default_rng(6).integers(1, steps + 1, size=N)
    return np.where(np.arange(steps)[None] < lengths[:, None], x, 0).astype("int32")


def mlp_l1_l2():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="relu", kernel_regularizer=R.L1(0.01), bias_regularizer=R.L2(0.02)),
                          L.Dense(4, activation="tanh", kernel_regularizer=R.L1L2(0.01, 0.02)), L.Dense(2)], name="mlp")
    return m, dict(optimizer=O.SGD(0.05, momentum=0.9), loss="mse", metrics=["mae"]), dict(x=data(N, 5), y=data(N, 2, seed=1))


def cnn_bn():
    m = keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(0.5), L.Conv2D(4, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(),
                          L.MaxPooling2D(), L.Conv2D(6, 3, activation="relu"), L.Flatten(), L.Dense(3, activation="softmax")])
    return m, dict(optimizer=O.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]), dict(x=data(N, 8, 8, 1), y=LABELS)


def embedding_rnn():
    m = keras.Sequential([keras.Input((6,), dtype="int32"), L.Embedding(9, 4, mask_zero=True), L.SimpleRNN(5, return_sequences=True),
                          L.SimpleRNN(3), L.Dense(1, activation="sigmoid")])
    return m, dict(optimizer=O.RMSprop(0.01), loss="binary_crossentropy", metrics=["accuracy", M.AUC(num_thresholds=50)]), dict(x=token_ids(6, 9), y=BINARY)


def two_inputs_residual():
    a, b = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    h = L.Dense(5, activation="relu", name="a1")(a)
    g = L.Dense(5, activation="gelu", name="b1")(b)
    h = L.Add()([h, g])
    r = L.Dense(5, name="res")(h)
    h = L.LayerNormalization()(L.Add()([r, h]))
    h = L.Concatenate()([h, a])
    m = keras.Model([a, b], L.Dense(2, name="out")(h), name="residual")
    return m, dict(optimizer=O.AdamW(0.01, weight_decay=0.1), loss=Lo.MeanSquaredError(), metrics=[M.MeanAbsoluteError(), "cosine_similarity"]), \
        dict(x=[data(N, 4), data(N, 3, seed=1)], y=data(N, 2, seed=2))


def multi_output():
    x = keras.Input((4,), name="features")
    h = L.Dense(6, activation="elu", name="trunk")(x)
    cls = L.Dense(3, activation="softmax", name="kind")(h)
    val = L.Dense(1, name="value")(L.Dense(4, activation="softplus")(h))
    m = keras.Model(x, [cls, val])
    return m, dict(optimizer=O.Adam(0.02, amsgrad=True, beta_1=0.8), loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.3],
                   metrics=[["accuracy"], ["mae", "mse"]]), dict(x=data(N, 4), y=[LABELS, data(N, 1, seed=4)])


def multi_output_dict():
    x = keras.Input((4,), name="features")
    h = L.Dense(6, activation="silu", name="trunk")(x)
    m = keras.Model(x, {"kind": L.Dense(3, name="kind")(h), "value": L.Dense(1, name="value")(h)})
    return m, dict(optimizer=O.SGD(0.05), loss={"kind": Lo.SparseCategoricalCrossentropy(from_logits=True), "value": "mae"}, loss_weights={"kind": 0.5, "value": 2.0},
                   metrics={"kind": "accuracy", "value": ["mse"]}), dict(x=data(N, 4), y={"kind": LABELS, "value": data(N, 1, seed=4)})


def nested_shared():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(3)], name="encoder")
    fx = keras.Input((3,))
    head = keras.Model(fx, L.Dense(2, activation="tanh")(L.Multiply()([fx, L.Dense(3)(fx)])), name="head")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = L.Dense(2, name="shared")
    m = keras.Model([a, b], L.Subtract()([shared(head(inner(a))), shared(head(inner(b)))]), name="twins")
    return m, dict(optimizer=O.SGD(0.05, momentum=0.9, nesterov=True), loss=Lo.Huber(0.5), metrics=["mse"]), \
        dict(x=[data(N, 4), data(N, 4, seed=1)], y=data(N, 2, seed=2))


def class_weight():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="sigmoid"), L.Dense(3, activation="softmax")])
    return m, dict(optimizer=O.Adagrad(0.1), loss="categorical_crossentropy", metrics=["accuracy", "precision"], weighted_metrics=["accuracy"]), \
        dict(x=data(N, 5), y=HOT, class_weight={0: 1.0, 1: 3.0, 2: 0.5})


def sample_weight():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="selu"), L.Dense(2)])
    return m, dict(optimizer=O.Adamax(0.02), loss="mae", metrics=["mse"], weighted_metrics=["mse", M.MeanAbsoluteError(name="wmae")]), \
        dict(x=data(N, 5), y=data(N, 2, seed=1), sample_weight=data(N, lo=0, hi=2, seed=8))


def lstm_masked():
    m = keras.Sequential([keras.Input((5, 3)), L.Masking(), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.LSTM(4), L.Dense(2)])
    x = data(N, 5, 3)
    lengths = np.random.default_rng(6).integers(1, 6, size=N)
    x[np.arange(5)[None] >= lengths[:, None]] = 0
    return m, dict(optimizer=O.Nadam(0.01), loss="log_cosh", metrics=["mae"]), dict(x=x, y=data(N, 2, seed=1))


def gru_sequence():
    m = keras.Sequential([keras.Input((6,), dtype="int32"), L.Embedding(9, 4, mask_zero=True, embeddings_regularizer="l2"), L.GRU(5, return_sequences=True),
                          L.TimeDistributed(L.Dense(3, activation="softmax"))])
    return m, dict(optimizer=O.RMSprop(0.01, momentum=0.5, centered=True), loss="sparse_categorical_crossentropy", metrics=["accuracy"]), \
        dict(x=token_ids(6, 9), y=ints(N, 6, hi=3, seed=4))


def label_smoothing():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="relu"), L.Dense(3)])
    return m, dict(optimizer=O.Adam(O.schedules.ExponentialDecay(0.05, 5, 0.5)), loss=Lo.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
                   metrics=[M.CategoricalAccuracy(name="acc"), M.TopKCategoricalAccuracy(k=2), M.F1Score(average="macro")]), dict(x=data(N, 5), y=HOT)


def constraints():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="relu", kernel_constraint=C.MaxNorm(0.8), bias_constraint=C.NonNeg(), activity_regularizer=R.L2(0.05)),
                          L.Dense(4, kernel_constraint=C.UnitNorm(axis=1)), L.Dense(1, activation="sigmoid", kernel_constraint=C.MinMaxNorm(0.3, 0.9, 0.5))])
    return m, dict(optimizer=O.Adam(0.05, clipnorm=0.5), loss=Lo.BinaryCrossentropy(label_smoothing=0.1), metrics=["accuracy", M.Recall(), M.Precision()]), \
        dict(x=data(N, 5), y=BINARY)


def frozen():
    bn, d = L.BatchNormalization(trainable=False), L.Dense(6, activation="relu", trainable=False)
    m = keras.Sequential([keras.Input((5,)), d, bn, L.Dense(4, activation="relu"), L.BatchNormalization(momentum=0.8), L.Dense(2)])
    return m, dict(optimizer=O.SGD(0.02, clipvalue=0.2, weight_decay=0.01), loss="mse"), dict(x=data(N, 5), y=data(N, 2, seed=1))


def conv1d_norm():
    m = keras.Sequential([keras.Input((8, 3)), L.Conv1D(4, 3, padding="causal", activation="relu"), L.LayerNormalization(), L.SeparableConv1D(5, 3, padding="same"),
                          L.AveragePooling1D(2), L.GroupNormalization(1), L.GlobalAveragePooling1D(), L.Dense(2)])
    return m, dict(optimizer=O.Lion(0.005), loss="mse", metrics=["r2_score"]), dict(x=data(N, 8, 3), y=data(N, 2, seed=1))


def ema_accumulation():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="tanh"), L.Dense(1)])
    return m, dict(optimizer=O.Adam(0.05, use_ema=True, ema_momentum=0.8, gradient_accumulation_steps=2), loss="mse"), dict(x=data(N, 5), y=data(N, 1, seed=1))


def validation():
    m = keras.Sequential([keras.Input((5,)), L.Dense(6, activation="relu"), L.Dropout(0.0), L.Dense(3, activation="softmax")])
    return m, dict(optimizer=O.Ftrl(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"]), dict(x=data(N, 5), y=LABELS, validation_split=0.25)


def functional_ops():
    x = keras.Input((4, 3))
    h = L.Dense(3, activation="relu")(x) * 0.5 + x
    h = keras.ops.concatenate([h[:, :2], keras.ops.square(h[:, 2:])], axis=1)
    h = keras.ops.mean(h, axis=1) - 0.25
    h = keras.ops.relu(keras.ops.reshape(h, (-1, 3)))
    m = keras.Model(x, L.Dense(2)(h))
    return m, dict(optimizer=O.Adadelta(1.0), loss="mse"), dict(x=data(N, 4, 3), y=data(N, 2, seed=1))


def transformer():
    ids = keras.Input((6,), dtype="int32", name="tokens")
    h = L.Embedding(9, 4, name="words")(ids)
    a = L.MultiHeadAttention(2, 3)(h, h)
    h = L.LayerNormalization(epsilon=1e-6)(L.Add()([h, a]))
    h = L.LayerNormalization()(L.Add()([h, L.Dense(4)(L.Dense(8, activation="gelu")(h))]))
    m = keras.Model(ids, L.Dense(3)(L.GlobalAveragePooling1D()(h)))
    return m, dict(optimizer=O.AdamW(O.schedules.CosineDecay(0.001, 20, warmup_target=0.02, warmup_steps=5)), metrics=["sparse_top_k_categorical_accuracy"],
                   loss=Lo.SparseCategoricalCrossentropy(from_logits=True)), dict(x=ints(N, 6, hi=9, seed=5), y=LABELS)


def autoencoder():
    m = keras.Sequential([keras.Input((4, 4, 2)), L.Conv2D(3, 3, strides=2, padding="same", activation="relu"), L.DepthwiseConv2D(2, padding="same"), L.PReLU(),
                          L.Conv2DTranspose(3, 3, strides=2, padding="same", activation="leaky_relu"), L.ZeroPadding2D(1), L.Cropping2D(1), L.UpSampling2D(2),
                          L.AveragePooling2D(2), L.Conv2D(2, 1)])
    x = data(N, 4, 4, 2)
    return m, dict(optimizer=O.RMSprop(0.01, rho=0.8), loss="mse", metrics=["mae"]), dict(x=x, y=x)


def linear_regression():
    m = keras.Sequential([keras.Input((3,)), L.Dense(1)])
    return m, dict(optimizer="sgd", loss="mse"), dict(x=data(N, 3), y=data(N, 1, seed=1))


def application_blocks():
    """The layers that keras.applications keeps for itself; nothing is dropped, so that the numbers are the same every time."""
    x = keras.Input((5,))
    h = L.Dense(4, activation="relu")(x)
    g = StochasticDepth(0.0)(LayerScale(0.5, 4)(L.Dense(4)(h)))
    m = keras.Model(x, L.Dense(2)(CustomScaleLayer(0.3)([h, g])))
    return m, dict(optimizer=O.Adam(0.01), loss="mse"), dict(x=data(N, 5), y=data(N, 2, seed=1))


MODELS = [linear_regression, mlp_l1_l2, cnn_bn, embedding_rnn, two_inputs_residual, multi_output, multi_output_dict, nested_shared, class_weight, sample_weight, lstm_masked,
          gru_sequence, label_smoothing, constraints, frozen, conv1d_norm, ema_accumulation, validation, functional_ops, transformer, autoencoder, application_blocks]


def compiled(make):
    """A freshly built, compiled model with plausible weights, and its data."""
    fresh()
    model, compile_args, run = make()
    set_weights(model)
    model.compile(**compile_args)
    return model, run


def fit(model, run, epochs=EPOCHS):
    return model.fit(run["x"], run["y"], batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0, sample_weight=run.get("sample_weight"),
                     class_weight=run.get("class_weight"), validation_split=run.get("validation_split", 0.0))


def trained_samples(run):
    return int(N * (1 - run.get("validation_split", 0.0)))


def steps(run):
    """The number of training steps of a fit."""
    return -(-trained_samples(run) // BATCH) * EPOCHS


def batches(run):
    """The batches of an epoch, as fit makes them: (x, y, sample_weight)."""
    n = trained_samples(run)
    for i in range(0, n, BATCH):
        cut = lambda v: None if v is None else keras.tree.map_structure(lambda a: a[i:min(i + BATCH, n)], v)
        yield cut(run["x"]), cut(run["y"]), cut(run.get("sample_weight"))


def batch_losses(model, run, count):
    """Trains `count` steps; the total loss of each batch by itself (fit's logs are running means)."""
    losses = []
    while len(losses) < count:
        for x, y, w in batches(run):
            if len(losses) == count:
                break
            model.reset_metrics()
            logs = model.train_on_batch(x, y, sample_weight=w, class_weight=run.get("class_weight"), return_dict=True)
            losses.append(float(logs["loss"]))
    return losses
