"""Files of Keras 0.x: python keras0.py FOLDER, with that Keras and Theano on the path (see run.sh)."""
import sys
import types

import numpy as np
import theano.ifelse  # noqa: F401
import theano.tensor.signal as signal
import theano.tensor.signal.pool  # noqa: F401

# Theano renamed the module that Keras 0.2 pools with.
downsample = types.ModuleType("theano.tensor.signal.downsample")
downsample.max_pool_2d = lambda x, ds, ignore_border=True, st=None, **_: signal.pool.pool_2d(x, ws=ds, ignore_border=ignore_border, stride=st)
sys.modules["theano.tensor.signal.downsample"] = signal.downsample = downsample

from harness import Epoch, data, ints  # noqa: E402

import keras  # noqa: E402
from keras.layers.advanced_activations import LeakyReLU, PReLU  # noqa: E402
from keras.layers.convolutional import Convolution1D, Convolution2D, MaxPooling1D, MaxPooling2D, ZeroPadding2D  # noqa: E402
from keras.layers.core import Activation, Dense, Dropout, Flatten, Merge, RepeatVector, Reshape, TimeDistributedDense  # noqa: E402
from keras.layers.embeddings import Embedding  # noqa: E402
from keras.layers.normalization import BatchNormalization  # noqa: E402
from keras.layers.recurrent import GRU, LSTM, SimpleRNN  # noqa: E402
from keras.models import Graph, Sequential  # noqa: E402

VERSION = getattr(keras, "__version__", "0.2.0")
HOW = (".json",)


def unflipped(model):
    def predict(x):
        kept = [np.array(w) for w in model.get_weights()]
        for layer in model.layers:
            if layer.__class__.__name__ in ("Convolution1D", "Convolution2D"):
                w = layer.get_weights()
                w[0] = np.flip(w[0], (2, 3)).copy()
                layer.set_weights(w)
        y = model.predict(x)
        model.set_weights(kept)
        return y

    return predict


def add(e, name, m, x):
    m.compile("sgd", "mse")
    e.add(name, m, x, HOW, predict=unflipped(m))


def dense(e, name):
    m = Sequential()
    m.add(Dense(6, init="uniform", input_dim=5, activation="tanh", W_regularizer="l2"))
    m.add(Dropout(0.3))
    m.add(BatchNormalization())
    m.add(Activation("relu"))
    m.add(LeakyReLU(0.2))
    m.add(Dense(3, activation="softmax"))
    add(e, name, m, data(4, 5))


def conv(e, name):
    m = Sequential()
    m.add(ZeroPadding2D((1, 1), input_shape=(2, 5, 6)))
    m.add(Convolution2D(3, 3, 3, border_mode="same", activation="relu"))
    m.add(MaxPooling2D((2, 2)))
    m.add(Convolution2D(2, 2, 2, subsample=(1, 2)))
    m.add(Flatten())
    m.add(Dense(2))
    add(e, name, m, data(2, 2, 5, 6))


def conv1d(e, name):
    m = Sequential()
    m.add(Convolution1D(4, 3, border_mode="same", input_dim=3, input_length=8))
    m.add(MaxPooling1D(2))
    m.add(Flatten())
    m.add(Dense(2))
    add(e, name, m, data(2, 8, 3))


def recurrent(e, name):
    m = Sequential()
    m.add(Embedding(9, 4, input_length=6))
    m.add(LSTM(3, return_sequences=True))
    m.add(GRU(4, return_sequences=True))
    m.add(TimeDistributedDense(3, activation="tanh"))
    m.add(SimpleRNN(3))
    m.add(RepeatVector(2))
    m.add(Reshape((6,)))
    m.add(Dense(2))
    add(e, name, m, ints(3, 6, hi=9))


def merge(e, name):
    left, right = Sequential(), Sequential()
    left.add(Dense(3, input_dim=4))
    right.add(Dense(3, input_dim=2, activation="tanh"))
    m = Sequential()
    m.add(Merge([left, right], mode="sum"))
    m.add(Dense(2))
    add(e, name, m, [data(3, 4), data(3, 2)])


def graph(e, name):
    m = Graph()
    m.add_input(name="a", input_shape=(4,))
    m.add_input(name="b", input_shape=(4,))
    m.add_node(Dense(3, activation="tanh"), name="p", input="a")
    m.add_node(Dense(3), name="q", inputs=["a", "b"], merge_mode="concat")
    m.add_node(Dense(2), name="r", inputs=["p", "q"], merge_mode="sum")
    m.add_output(name="out", input="r")
    m.compile("sgd", {"out": "mse"})
    m.layers = list(m.nodes.values())  # save_weights of 0.3.3 asks for it
    x = [data(3, 4), data(3, 4, seed=1)]
    e.add(name, m, x, HOW, predict=lambda v: m.predict({"a": v[0], "b": v[1]})["out"])


if __name__ == "__main__":
    e = Epoch(sys.argv[1], VERSION)
    for case in (dense, conv, conv1d, recurrent, merge, graph):
        e.run(case.__name__, case)
    e.write()
