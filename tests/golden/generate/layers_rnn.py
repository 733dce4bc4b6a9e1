"""Recurrent layers, cells and their wrappers."""
import itertools

import numpy as np
import tensorflow as tf
from keras import constraints as C
from keras import initializers as I
from keras import layers as L
from keras import regularizers as R
from keras import tree

from common import data, dtype_of, fresh, right_mask, serialized
from layer_cases import layer_case, set_weights


def options(gates):
    o = dict(kernel_initializer=I.HeNormal(seed=3), recurrent_initializer=I.Orthogonal(seed=4), bias_initializer="ones",
             kernel_regularizer=R.L2(0.02), recurrent_regularizer=R.L1(0.03), bias_regularizer=R.L1L2(0.01, 0.02),
             activity_regularizer=R.L2(0.05), kernel_constraint=C.MaxNorm(2), recurrent_constraint=C.UnitNorm(),
             bias_constraint=C.NonNeg())
    return o


def one(f, cls, low, states):
    x = data(3, 5, 4)
    mask = right_mask(3, 5)
    holes = np.array([[1, 1, 1, 1, 1], [0, 1, 1, 0, 1], [1, 0, 0, 1, 0]], bool)
    init = [data(3, 3, lo=-1, hi=1, seed=20 + i) for i in range(states)]
    case = lambda name, layer, x=x, **kw: layer_case(f, f"{low}_{name}", layer, x, **kw)
    for seq, state, back, unroll in itertools.product((False, True), repeat=4):
        tag = "".join(n for n, on in [("_seq", seq), ("_state", state), ("_back", back), ("_unroll", unroll)] if on) or "_default"
        make = lambda: cls(3, return_sequences=seq, return_state=state, go_backwards=back, unroll=unroll)
        case("plain" + tag, make)
        if not state:
            case("mask" + tag, make, masks=[mask])
        if state and not unroll:
            case("init" + tag, make, initial_state=init)
    case("holes", lambda: cls(3), masks=[holes])
    case("holes_seq", lambda: cls(3, return_sequences=True), masks=[holes])
    case("holes_seq_back", lambda: cls(3, return_sequences=True, go_backwards=True, return_state=True), masks=[holes])
    case("mask_zero_output", lambda: cls(3, return_sequences=True, zero_output_for_mask=True), masks=[mask])
    case("mask_zero_output_unroll", lambda: cls(3, return_sequences=True, zero_output_for_mask=True, unroll=True), masks=[holes])
    case("mask_zero_output_last", lambda: cls(3, zero_output_for_mask=True), masks=[mask])
    case("mask_init_state", lambda: cls(3, return_sequences=True, return_state=True), masks=[mask], initial_state=init)
    case("stateful", lambda: cls(3, stateful=True), twice=True)
    case("stateful_seq_state", lambda: cls(3, stateful=True, return_sequences=True, return_state=True), twice=True)
    case("stateful_masked", lambda: cls(3, stateful=True, return_sequences=True), masks=[mask], twice=True)
    case("one_step", lambda: cls(3, return_sequences=True), data(2, 1, 4))
    case("one_unit", lambda: cls(1), data(2, 4, 2))
    case("no_bias", lambda: cls(3, use_bias=False, return_sequences=True))
    case("options", lambda: cls(3, return_sequences=True, **options(states)))
    case("dropout_inference", lambda: cls(3, dropout=0.3, recurrent_dropout=0.4, seed=5), training=False)
    case("training", lambda: cls(3, return_sequences=True), training=True)
    case("float64", lambda: cls(3, return_sequences=True, dtype="float64"), x.astype("float64"))
    case("mixed_float16", lambda: cls(3, return_sequences=True, dtype="mixed_float16"))
    for act in ("relu", "sigmoid", "linear", "softsign", "elu"):
        case("act_" + act, lambda: cls(3, activation=act, return_sequences=True))
    if cls is not L.SimpleRNN:
        for act in ("hard_sigmoid", "tanh", "linear"):
            case("rec_" + act, lambda: cls(3, recurrent_activation=act, return_sequences=True))
        case("acts_mask", lambda: cls(3, activation="relu", recurrent_activation="hard_sigmoid", return_sequences=True), masks=[mask])
    if cls is L.LSTM:
        case("no_unit_forget_bias", lambda: cls(3, unit_forget_bias=False))
    if cls is L.GRU:
        for seq, bias in itertools.product((False, True), repeat=2):
            tag = ("_seq" if seq else "") + ("" if bias else "_no_bias")
            case("reset_before" + tag, lambda: cls(3, reset_after=False, return_sequences=seq, use_bias=bias))
        case("reset_before_mask", lambda: cls(3, reset_after=False, return_sequences=True), masks=[mask])
        case("reset_before_back", lambda: cls(3, reset_after=False, return_sequences=True, go_backwards=True))


def generic(f):
    x, mask = data(3, 5, 4), right_mask(3, 5)
    case = lambda name, layer, x=x, **kw: layer_case(f, "rnn_" + name, layer, x, **kw)
    for name, cell in [("simple", lambda: L.SimpleRNNCell(3)), ("lstm", lambda: L.LSTMCell(3)), ("gru", lambda: L.GRUCell(3)),
                       ("gru_before", lambda: L.GRUCell(3, reset_after=False)),
                       ("stacked_lstm", lambda: L.StackedRNNCells([L.LSTMCell(3), L.LSTMCell(2)])),
                       ("stacked_mixed", lambda: L.StackedRNNCells([L.GRUCell(3), L.SimpleRNNCell(2), L.LSTMCell(2)])),
                       ("list", lambda: [L.SimpleRNNCell(3), L.SimpleRNNCell(2)])]:
        case(name, lambda: L.RNN(cell()))
        case(name + "_seq", lambda: L.RNN(cell(), return_sequences=True))
        case(name + "_state", lambda: L.RNN(cell(), return_state=True))
        case(name + "_seq_back", lambda: L.RNN(cell(), return_sequences=True, go_backwards=True))
        case(name + "_mask", lambda: L.RNN(cell(), return_sequences=True), masks=[mask])
        case(name + "_unroll", lambda: L.RNN(cell(), unroll=True), masks=[mask])


def cells(f):
    """A single step: inputs are x and the states."""
    x = data(3, 4)
    s = [data(3, 3, lo=-1, hi=1, seed=20 + i) for i in range(2)]

    for name, make, n in [("simple_rnn_cell", lambda: L.SimpleRNNCell(3), 1), ("gru_cell", lambda: L.GRUCell(3), 1),
                          ("gru_cell_before", lambda: L.GRUCell(3, reset_after=False), 1),
                          ("lstm_cell", lambda: L.LSTMCell(3), 2)]:
        cell_case(f, name, make, x, s[:n])


def cell_case(f, name, make, x, states):
    fresh()
    cell = make()
    cell.build((None, x.shape[-1]))
    cell.built = True
    set_weights(cell)
    xs = [tf.constant(v) for v in [x] + states]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        out, new = cell(xs[0], xs[1:])
        outs = [out] + tree.flatten(new)
        cot = [data(*o.shape, lo=-1, hi=1, seed=900 + i) for i, o in enumerate(outs)]
        target = tf.add_n([tf.reduce_sum(o * c) for o, c in zip(outs, cot)])
    g = tape.gradient(target, xs + [w.value for w in cell.trainable_weights])
    many = lambda s, vs: [f.put(name, f"{s}{i}", v) for i, v in enumerate(vs)]
    f.add({"name": name, "layer": serialized(cell), "style": "cell", "inputs": many("in", [x] + states),
           "input_masks": [None] * len(xs), "call": {"training": None, "mask": None, "initial_state": [], "kwargs": {}},
           "weights": [{"path": w.path, "name": w.name, "value": f.put(name, f"w{i}", w), "trainable": True}
                       for i, w in enumerate(cell.weights)],
           "outputs": many("out", outs), "output_dtypes": [dtype_of(o) for o in outs], "output_mask": None,
           "output_masks": [None] * len(outs), "output_shape_symbolic": [[None] + list(o.shape[1:]) for o in outs],
           "cotangents": many("cot", cot), "input_grads": many("din", g[: len(xs)]), "initial_state_grads": [],
           "weight_grads": many("dw", g[len(xs):]), "losses": None, "weights_after": [None] * len(cell.weights)})


def wrappers(f):
    x, mask = data(3, 5, 4), right_mask(3, 5)
    case = lambda name, layer, x=x, **kw: layer_case(f, name, layer, x, **kw)
    for mode in ("concat", "sum", "mul", "ave", None):
        for seq in (False, True):
            tag = f"bidirectional_{mode}" + ("_seq" if seq else "")
            case(tag, lambda: L.Bidirectional(L.SimpleRNN(3, return_sequences=seq), merge_mode=mode))
            case(tag + "_mask", lambda: L.Bidirectional(L.LSTM(3, return_sequences=seq), merge_mode=mode), masks=[mask])
    case("bidirectional_gru", lambda: L.Bidirectional(L.GRU(3, return_sequences=True)))
    case("bidirectional_state", lambda: L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True)))
    case("bidirectional_init", lambda: L.Bidirectional(L.LSTM(3)),
         initial_state=[data(3, 3, lo=-1, hi=1, seed=20 + i) for i in range(4)])
    case("bidirectional_backward_layer", lambda: L.Bidirectional(
        L.LSTM(3, return_sequences=True), backward_layer=L.GRU(2, return_sequences=True, go_backwards=True)))
    case("bidirectional_float64", lambda: L.Bidirectional(L.LSTM(3, dtype="float64"), dtype="float64"), x.astype("float64"))
    case("bidirectional_rnn_cell", lambda: L.Bidirectional(L.RNN(L.GRUCell(2))))
    case("time_distributed_dense", lambda: L.TimeDistributed(L.Dense(3, activation="relu")))
    case("time_distributed_mask", lambda: L.TimeDistributed(L.Dense(3)), masks=[mask])
    case("time_distributed_conv", lambda: L.TimeDistributed(L.Conv2D(2, 2)), data(2, 3, 4, 4, 2))
    case("time_distributed_flatten", lambda: L.TimeDistributed(L.Flatten()), data(2, 3, 2, 2))
    case("time_distributed_regularizer", lambda: L.TimeDistributed(L.Dense(3, kernel_regularizer="l2")))


def conv_lstm(f):
    for rank, size in [(1, (5,)), (2, (5, 4)), (3, (3, 4, 3))]:
        cls, low = getattr(L, f"ConvLSTM{rank}D"), f"conv_lstm{rank}d_"
        x = data(2, 3, *size, 2)
        case = lambda name, layer, x=x, **kw: layer_case(f, low + name, layer, x, **kw)
        case("valid", lambda: cls(2, 2))
        case("same_seq", lambda: cls(2, 3 if rank < 3 else 2, padding="same", return_sequences=True))
        if rank == 3:
            continue
        case("s2", lambda: cls(2, 2, strides=2))
        case("d2", lambda: cls(2, 2, dilation_rate=2, padding="same"))
        case("state", lambda: cls(2, 2, return_state=True, return_sequences=True, go_backwards=True))
        case("mask", lambda: cls(2, 2, padding="same", return_sequences=True), masks=[right_mask(2, 3)])
        case("options", lambda: cls(2, 2, padding="same", activation="relu", recurrent_activation="hard_sigmoid",
                                    use_bias=False, kernel_regularizer=R.L2(0.01), recurrent_regularizer=R.L1(0.01)))
        case("no_unit_forget", lambda: cls(2, 2, unit_forget_bias=False, bias_initializer="ones"))
        case("stateful", lambda: cls(2, 2, padding="same", stateful=True), twice=True)
        case("cf", lambda: cls(2, 2, padding="same", data_format="channels_first"), np.moveaxis(x, -1, 2).copy(),
             training=False)


def cases(f):
    one(f, L.SimpleRNN, "simple_rnn", 1)
    one(f, L.LSTM, "lstm", 2)
    one(f, L.GRU, "gru", 1)
    generic(f)
    cells(f)
    wrappers(f)
    conv_lstm(f)
