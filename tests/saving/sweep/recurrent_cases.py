"""Families `recurrent` and `attention`: layers that hold layers or take states and masks."""
import keras
import numpy as np
from keras import layers as L

from case import Data, Trial, case, scramble

STEPS, FEATURES = 6, 4


def trial(name, make, shape=(STEPS, FEATURES), masked=False, batch=None, random=False, ids=None):
    """make(x) -> outputs, from a symbolic series."""
    data = Data(name)
    inputs = L.Input(shape, batch_size=batch, dtype="int32" if ids else "float32")
    h = inputs
    if masked and not ids:
        h = L.Masking()(h)
    outputs = make(h)
    model = keras.Model(inputs, outputs)
    scramble(model, data)
    x = data.ids(*shape, count=ids) if ids else data.real(*shape)
    if masked and not ids:
        x *= (data.rng.uniform(0, 1, x.shape[:2] + (1,) * (x.ndim - 2)) > 0.4)
    flat = keras.tree.flatten(model.outputs)
    y = [data.like(o) for o in flat]
    return Trial(model, x, y if len(y) > 1 else y[0], lambda: dict(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss=["mse"] * len(flat) if len(flat) > 1 else "mse"),
                 batch=batch or (10 if len(y) > 1 else 8), random=random)


def add(family, label, make, *checks, **options):
    name = f"{family}/{label}"
    case(name, lambda: trial(name, make, **options), *checks)


CELLS = {"SimpleRNN": L.SimpleRNNCell, "LSTM": L.LSTMCell, "GRU": L.GRUCell}
FLAGS = ("go_backwards", "return_sequences", "return_state", "unroll", "stateful")


def flags():
    """Every combination of the flags of a recurrent layer."""
    for bits in range(1 << len(FLAGS)):
        yield {f: True for i, f in enumerate(FLAGS) if bits >> i & 1}


def recurrent_layers():
    for name in CELLS:
        for chosen in flags():
            for masked in (False, True):
                label = f"{name}/" + ("+".join(chosen) or "none") + ("+mask" if masked else "")
                add("recurrent", label, lambda x, name=name, chosen=chosen: getattr(L, name)(3, **chosen)(x), masked=masked, batch=4 if chosen.get("stateful") else None)
        states = 2 if name == "LSTM" else 1
        def with_state(x, name=name, states=states):
            s = [L.Dense(3)(keras.ops.mean(x, axis=1)) for _ in range(states)]
            return getattr(L, name)(3, return_sequences=True)(x, initial_state=s if states > 1 else s[0])
        add("recurrent", f"{name}/initial_state", with_state, "formats")
        def encoder(x, name=name):
            y, *s = getattr(L, name)(3, return_sequences=True, return_state=True)(x)
            return getattr(L, name)(3, return_state=True)(y, initial_state=s)
        add("recurrent", f"{name}/encoder_decoder", encoder)
        add("recurrent", f"{name}/encoder_decoder_mask", encoder, masked=True)
        def training(x, name=name):
            return getattr(L, name)(3, dropout=0.4)(x, training=False)
        add("recurrent", f"{name}/training_false", training, random=True)  # what fit asks for counts, also behind training=False


def cells():
    for name, cell in CELLS.items():
        for chosen in ({}, {"return_sequences": True, "go_backwards": True}, {"unroll": True}, {"return_state": True}, {"zero_output_for_mask": True, "return_sequences": True}):
            for masked in (False, True):
                label = f"RNN/{name}Cell/" + ("+".join(chosen) or "none") + ("+mask" if masked else "")
                add("recurrent", label, lambda x, cell=cell, chosen=chosen: L.RNN(cell(3), **chosen)(x), "formats" if not chosen else "none", masked=masked)
    stacks = {"lstm_gru": lambda: [L.LSTMCell(3), L.GRUCell(4)], "three": lambda: [L.SimpleRNNCell(2), L.SimpleRNNCell(3), L.GRUCell(3, reset_after=False)], "one": lambda: [L.LSTMCell(3)],
              "dropout": lambda: [L.LSTMCell(3, dropout=0.2), L.LSTMCell(3, recurrent_dropout=0.2)]}
    for label, make in stacks.items():
        random = label == "dropout"
        add("recurrent", f"RNN/list_{label}", lambda x, make=make: L.RNN(make())(x), "formats", "summary", random=random)
        add("recurrent", f"RNN/stacked_{label}", lambda x, make=make: L.RNN(L.StackedRNNCells(make()), return_sequences=True, return_state=True)(x), masked=True, random=random)
        add("recurrent", f"RNN/stateful_{label}", lambda x, make=make: L.RNN(make(), stateful=True)(x), batch=4, random=random)
    options = dict(kernel_regularizer="l2", recurrent_constraint="max_norm", bias_initializer="ones", activation="relu")
    for name, cell in CELLS.items():
        add("recurrent", f"RNN/{name}Cell/options", lambda x, cell=cell: L.RNN(cell(3, **options), return_sequences=True)(x))


def wrappers():
    for merge in ("concat", "sum", "mul", "ave", None):
        for name in CELLS:
            for chosen in ({}, {"return_sequences": True}, {"return_sequences": True, "return_state": True}, {"go_backwards": True, "return_sequences": True}, {"stateful": True}):
                for masked in (False, True):
                    label = f"Bidirectional/{name}/{merge}/" + ("+".join(chosen) or "none") + ("+mask" if masked else "")
                    add("recurrent", label, lambda x, name=name, merge=merge, chosen=chosen: L.Bidirectional(getattr(L, name)(3, **chosen), merge_mode=merge)(x),
                        masked=masked, batch=4 if "stateful" in chosen else None)
    different = {"lstm_gru": lambda: (L.LSTM(3), L.GRU(3, go_backwards=True)), "names": lambda: (L.GRU(3, name="there"), L.GRU(3, go_backwards=True, name="back")),
                 "units": lambda: (L.SimpleRNN(3, return_sequences=True), L.SimpleRNN(2, return_sequences=True, go_backwards=True, activation="relu")),
                 "rnn": lambda: (L.RNN(L.LSTMCell(3)), L.RNN([L.GRUCell(2), L.GRUCell(3)], go_backwards=True))}
    for label, make in different.items():
        def both(x, make=make):
            there, back = make()
            return L.Bidirectional(there, backward_layer=back)(x)
        add("recurrent", f"Bidirectional/backward_{label}", both, "formats", *(["summary"] if label != "units" else []))  # Keras's shapes take the backward layer to be as wide as the other
        add("recurrent", f"Bidirectional/backward_{label}_mask", both, masked=True)
    add("recurrent", "Bidirectional/ConvLSTM1D", lambda x: L.Bidirectional(L.ConvLSTM1D(2, 2, padding="same", return_sequences=True))(x), shape=(3, 5, 2))
    add("recurrent", "Bidirectional/nested", lambda x: L.Bidirectional(L.LSTM(3))(L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")(x)), "formats", masked=True)
    def encoder(x):
        y, *s = L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True))(x)
        return L.Bidirectional(L.LSTM(3))(y, initial_state=s)
    add("recurrent", "Bidirectional/initial_state", encoder)
    inner = {"Dense": lambda: L.Dense(3, activation="relu"), "Conv2D": lambda: L.Conv2D(3, 2), "LSTM": lambda: L.LSTM(3), "BatchNormalization": lambda: L.BatchNormalization(), "Flatten": lambda: L.Flatten(),
             "Dropout": lambda: L.Dropout(0.0), "Sequential": lambda: keras.Sequential([L.Dense(4), L.Dense(3)]), "Bidirectional": lambda: L.Bidirectional(L.GRU(2)), "Embedding": lambda: L.Embedding(7, 3),
             "TimeDistributed": lambda: L.TimeDistributed(L.Dense(2)), "MaxPooling1D": lambda: L.MaxPooling1D(2)}
    shapes = {"Conv2D": (3, 5, 4, 2), "LSTM": (3, 4, 2), "Bidirectional": (3, 4, 2), "Flatten": (3, 4, 2), "TimeDistributed": (3, 4, 2), "MaxPooling1D": (3, 4, 2), "Embedding": (3, 4)}
    for name, make in inner.items():
        add("recurrent", f"TimeDistributed/{name}", lambda x, make=make: L.TimeDistributed(make())(x), "formats", "summary", shape=shapes.get(name, (STEPS, FEATURES)), ids=7 if name == "Embedding" else None)
        if name not in ("Embedding", "MaxPooling1D"):
            add("recurrent", f"TimeDistributed/{name}_mask", lambda x, make=make: L.TimeDistributed(make())(x), shape=shapes.get(name, (STEPS, FEATURES)), masked=True)
    spectral = {"Dense": lambda: L.Dense(3), "Conv2D": lambda: L.Conv2D(3, 2), "Conv2DTranspose": lambda: L.Conv2DTranspose(3, 2), "Embedding": lambda: L.Embedding(7, 3), "Conv1D": lambda: L.Conv1D(3, 2, strides=2)}
    for name, make in spectral.items():
        for n in (1, 3):
            add("recurrent", f"SpectralNormalization/{name}/{n}", lambda x, make=make, n=n: L.SpectralNormalization(make(), power_iterations=n)(x), "formats", "summary",
                shape={"Conv2D": (4, 5, 2), "Conv2DTranspose": (4, 5, 2), "Embedding": (5,)}.get(name, (STEPS, FEATURES)), ids=7 if name == "Embedding" else None)
    for d, shape in ((1, (3, 6, 2)), (2, (3, 5, 4, 2)), (3, (2, 4, 3, 4, 2))):
        for chosen in flags():
            if chosen.get("unroll") or len(chosen) > 2:
                continue
            add("recurrent", f"ConvLSTM{d}D/" + ("+".join(chosen) or "none"), lambda x, d=d, chosen=chosen: getattr(L, f"ConvLSTM{d}D")(2, 2, padding="same", **chosen)(x), shape=shape,
                batch=4 if chosen.get("stateful") else None)
            add("recurrent", f"ConvLSTM{d}D/" + ("+".join(chosen) or "none") + "+mask", lambda x, d=d, chosen=chosen: getattr(L, f"ConvLSTM{d}D")(2, 2, padding="same", **chosen)(x), shape=shape,
                masked=True, batch=4 if chosen.get("stateful") else None)


def embeddings():
    chains = {"lstm": lambda x: L.LSTM(3)(L.Embedding(7, 4, mask_zero=True)(x)), "gru_gap": lambda x: L.GlobalAveragePooling1D()(L.GRU(3, return_sequences=True)(L.Embedding(7, 4, mask_zero=True)(x))),
              "dense": lambda x: L.LSTM(2)(L.Dropout(0.0)(L.Dense(3)(L.Embedding(7, 4, mask_zero=True)(x)))), "bi": lambda x: L.Bidirectional(L.LSTM(3))(L.Embedding(7, 4, mask_zero=True)(x)),
              "add": lambda x: L.GRU(3)(L.Add()([L.Embedding(7, 4, mask_zero=True)(x), L.Embedding(7, 4, mask_zero=True)(x)])),
              "half_add": lambda x: L.GRU(3)(L.Add()([L.Embedding(7, 4, mask_zero=True)(x), L.Embedding(7, 4)(x)])),
              "concat": lambda x: L.GRU(3)(L.Concatenate()([L.Embedding(7, 4, mask_zero=True)(x), L.Embedding(7, 2)(x)])),
              "concat_time": lambda x: L.GRU(3)(L.Concatenate(axis=1)([L.Embedding(7, 4, mask_zero=True)(x), L.Embedding(7, 4, mask_zero=True)(x)])),
              "batchnorm": lambda x: L.GRU(3)(L.BatchNormalization()(L.Embedding(7, 4, mask_zero=True)(x))), "layernorm": lambda x: L.GRU(3)(L.LayerNormalization()(L.Embedding(7, 4, mask_zero=True)(x))),
              "attention": lambda x: (lambda e: L.GlobalAveragePooling1D()(L.Attention()([e, e])))(L.Embedding(7, 4, mask_zero=True)(x)),
              "mha": lambda x: (lambda e: L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 3)(e, e)))(L.Embedding(7, 4, mask_zero=True)(x)),
              "mha_causal": lambda x: (lambda e: L.MultiHeadAttention(2, 3)(e, e, use_causal_mask=True))(L.Embedding(7, 4, mask_zero=True)(x)),
              "time_distributed": lambda x: L.LSTM(2)(L.TimeDistributed(L.Dense(3))(L.Embedding(7, 4, mask_zero=True)(x))), "sequence_output": lambda x: L.LSTM(2, return_sequences=True)(L.Embedding(7, 4, mask_zero=True)(x)),
              "conv": lambda x: L.Conv1D(3, 2)(L.Embedding(7, 4)(x)), "flatten": lambda x: L.Flatten()(L.Embedding(7, 4, mask_zero=True)(x)), "softmax": lambda x: L.Softmax(axis=1)(L.Embedding(7, 4, mask_zero=True)(x)),
              "embedding_output": lambda x: L.Embedding(7, 4, mask_zero=True)(x), "ops": lambda x: keras.ops.mean(L.Embedding(7, 4, mask_zero=True)(x), axis=1), "activity": lambda x: L.ActivityRegularization(0.1)(L.Embedding(7, 4, mask_zero=True)(x)),
              "multiply": lambda x: L.LSTM(3)(L.Multiply()([L.Embedding(7, 4, mask_zero=True)(x), L.Embedding(7, 4, mask_zero=True)(x)])), "permute": lambda x: L.Permute((2, 1))(L.Embedding(7, 4)(x)),
              "reversible": lambda x: (lambda e: e(L.Dense(4)(e(x)), reverse=True))(L.ReversibleEmbedding(7, 4)), "reversible_untied": lambda x: (lambda e: e(L.Dense(4)(e(x)), reverse=True))(L.ReversibleEmbedding(7, 4, tie_weights=False, logit_soft_cap=3.0))}
    for label, make in chains.items():
        add("recurrent", f"Embedding/{label}", make, "formats", shape=(5,), ids=7)


def attention():
    for name, make in {"MultiHeadAttention": lambda **k: L.MultiHeadAttention(2, 3, **k), "GroupQueryAttention": lambda **k: L.GroupQueryAttention(3, 4, 2, **k)}.items():
        calls = {"self": {}, "causal": {"use_causal_mask": True}, "scores": {"return_attention_scores": True}, "training": {"training": False}, "scores_causal": {"return_attention_scores": True, "use_causal_mask": True}}
        for label, kwargs in calls.items():
            for masked in (False, True):
                add("attention", f"{name}/{label}" + ("_mask" if masked else ""), lambda x, make=make, kwargs=kwargs: make()(x, x, **kwargs), "formats" if label == "self" else "none", masked=masked)
        for label, kwargs in {"gate": {"use_gate": True}, "window": {"sliding_window": 2}, "dropout_predict": {"dropout": 0.2}, "bias": {"use_bias": False}, "flash": {"flash_attention": False},
                              "regularized": {"kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2"}}.items():
            add("attention", f"{name}/option_{label}", lambda x, make=make, kwargs=kwargs: make(**kwargs)(x, L.Dense(4)(x), use_causal_mask=True), random=label == "dropout_predict")
        width, keys = (5, 3) if name == "MultiHeadAttention" else (4, 4)  # a group's are those of the query
        def value_and_key(x, make=make, width=width, keys=keys):
            return make()(x, L.Dense(width)(x), L.Dense(keys)(x))
        add("attention", f"{name}/key_value", value_and_key)
        def keywords(x, make=make, width=width, keys=keys):
            return make()(query=x, value=L.Dense(width)(x), key=L.Dense(keys)(x))
        add("attention", f"{name}/keywords", keywords)
        def explicit(x, make=make):
            mask = keras.ops.greater(keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1))), -0.1)
            return make()(x, x, attention_mask=mask)
        add("attention", f"{name}/attention_mask", explicit)
        def explicit_masks(x, make=make):
            mask = keras.ops.greater(x[..., 0], -0.5)
            return make()(x, x, query_mask=mask, value_mask=mask, key_mask=mask)
        add("attention", f"{name}/padding_masks", explicit_masks)
    add("attention", "MultiHeadAttention/axes", lambda x: L.MultiHeadAttention(2, 3, attention_axes=(1, 2))(x, x), shape=(3, 4, 5))
    add("attention", "MultiHeadAttention/axis2", lambda x: L.MultiHeadAttention(2, 3, attention_axes=2, output_shape=4)(x, x), shape=(3, 4, 5))
    for name, make in {"Attention": L.Attention, "AdditiveAttention": L.AdditiveAttention}.items():
        for label, kwargs in {"plain": {}, "causal": {"use_causal_mask": True}, "scores": {"return_attention_scores": True}}.items():
            for masked in (False, True):
                for n in (2, 3):
                    add("attention", f"{name}/{label}_{n}" + ("_mask" if masked else ""), lambda x, make=make, kwargs=kwargs, n=n: make()([x] * n, **kwargs), masked=masked)
        def explicit(x, make=make):
            mask = keras.ops.greater(x[..., 0], -0.5)
            return make()([x, x], mask=[mask, mask])
        add("attention", f"{name}/mask_argument", explicit)
        add("attention", f"{name}/scale", lambda x, make=make: make(use_scale=True)([x, L.Dense(4)(x)]))
    for mode in ("dot", "concat"):
        for scale in (False, True):
            add("attention", f"Attention/{mode}_{scale}", lambda x, mode=mode, scale=scale: L.Attention(use_scale=scale, score_mode=mode)([x, L.Dense(4)(x)], use_causal_mask=True), "formats")


def fill():
    recurrent_layers(), cells(), wrappers(), embeddings(), attention()
