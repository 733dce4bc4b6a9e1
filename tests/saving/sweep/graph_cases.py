"""Family `graphs`: functional models of every shape: inputs and outputs, nesting, sharing, operations, constants."""
import keras
import numpy as np
from keras import layers as L, ops

from case import Data, SAMPLES, Trial, case, scramble


def add(label, make, *checks, loss=None, named=None, targets=None, **options):
    """make() -> model. `targets` as the outputs are; `named`: arrays are keyed by name in the files."""
    name = f"graphs/{label}"

    def trial():
        data = Data(name)
        model = make()
        scramble(model, data)
        x = [data.ids(*i.shape[1:], count=6) if "int" in i.dtype else data.real(*i.shape[1:]) for i in model.inputs]
        if "weights" in options:
            options["fit"] = {"sample_weight": options.pop("weights")(data)}
        if isinstance(getattr(model, "_inputs_struct", None), dict):
            x = dict(zip(sorted(model._inputs_struct), x))  # flattened in the order of the keys
        elif named:
            x = dict(zip((i._keras_history.operation.name for i in model.inputs), x))
        else:
            x = x if len(x) > 1 else x[0]
        y = targets(data) if targets else None
        if y is None:
            y = [data.like(o) for o in model.outputs]
            y = y if len(y) > 1 else y[0]
        compile = {"loss": ["mse"] * len(model.outputs) if len(model.outputs) > 1 else "mse"}
        fit = options.get("fit") or {}
        if len(model.outputs) > 1:
            options["batch"] = 10  # run eagerly, Keras weighs the losses of outputs by samples; compiled, it does not
        return Trial(model, x, y, lambda: dict(optimizer=keras.optimizers.SGD(0.05, momentum=0.9)) | (loss() if loss else compile), {k: v(data) if callable(v) else v for k, v in fit.items()},
                     **{k: v for k, v in options.items() if k != "fit"})
    case(name, trial, "evaluate", *checks)


def two_inputs(style):
    def make():
        a, b = L.Input((4,), name="b_in"), L.Input((3,), name="a_in")
        y = L.Dense(2)(L.Concatenate()([L.Dense(3)(a), b]))
        inputs = {"list": [a, b], "tuple": (a, b), "dict": {"second": b, "first": a}, "dict_names": {"b_in": a, "a_in": b}, "nested": [a, [b]]}[style]
        return keras.Model(inputs, y)
    return make


def two_outputs(style, same=False):
    def make():
        x = L.Input((4,))
        h = L.Dense(5, activation="tanh", name="trunk")(x)
        p, q = L.Dense(2, name="zeta")(h), L.Dense(3, activation="softmax", name="alpha")(h)
        outputs = {"list": [p, q], "tuple": (p, q), "dict": {"one": p, "two": q}, "dict_order": {"y": p, "b": q}, "dict_names": {"zeta": p, "alpha": q}, "input": [p, x], "hidden": [p, h], "twice": [p, p]}[style]
        return keras.Model(x, outputs)
    return make


def structures():
    for style in ("list", "tuple", "dict", "dict_names"):
        add(f"inputs_{style}", two_inputs(style), "formats", "summary")
        add(f"inputs_{style}_named", two_inputs(style), named=True)
    pq = lambda d: [d.real(2), d.one_hot(3)]
    ids = lambda d: [d.real(2), d.ids(count=3)]
    both = lambda **k: lambda: {"loss": ["mse", "categorical_crossentropy"]} | {n: v() if callable(v) else v for n, v in k.items()}
    for style in ("list", "tuple"):
        add(f"outputs_{style}", two_outputs(style), "formats", "summary", targets=pq, loss=both())
    variants = {"weights_list": {"loss_weights": [0.2, 3.0]}, "metrics_nested": {"metrics": [["mae"], ["accuracy"]]}, "metrics_flat": {"metrics": ["mae", "accuracy"]}, "metrics_none": {"metrics": [None, "accuracy"]},
                "metrics_dict": {"metrics": {"alpha": ["accuracy", "mae"], "zeta": "mse"}}, "metrics_partial": {"metrics": {"alpha": "accuracy"}}, "weighted": {"weighted_metrics": [["mae"], ["accuracy"]]}, "mixed": {"metrics": [["mae"], []], "weighted_metrics": {"alpha": ["acc"]}},
                "same": {"metrics": [["mae", "mse"], ["mae", "mse"]]}, "objects": {"metrics": lambda: [[keras.metrics.MeanAbsoluteError(name="m")], [keras.metrics.CategoricalAccuracy(name="m"), keras.metrics.AUC()]]}}
    for label, compile in variants.items():
        add(f"compile_{label}", two_outputs("list"), targets=pq, loss=both(**compile))
        add(f"compile_{label}_weights", two_outputs("list"), targets=pq, loss=both(**compile), fit={"sample_weight": lambda d: [d.real(lo=0.1), d.real(lo=0.1)]})
        add(f"compile_{label}_validation", two_outputs("list"), targets=pq, loss=both(**compile), fit={"validation_split": 0.5})
    losses = {"dict": {"zeta": "mse", "alpha": "sparse_categorical_crossentropy"}, "list": ["mae", "sparse_categorical_crossentropy"], "list_objects": None}
    for label, value in losses.items():
        make = (lambda value=value: {"loss": value}) if value else lambda: {"loss": [keras.losses.Huber(0.5), keras.losses.SparseCategoricalCrossentropy()], "metrics": {"alpha": ["acc"]}}
        add(f"loss_{label}", two_outputs("list"), "formats", targets=ids, loss=make)
        add(f"loss_{label}_weights", two_outputs("list"), targets=ids, loss=lambda make=make: make() | {"loss_weights": {"zeta": 0.5, "alpha": 2.0} if label == "dict" else [0.5, 2.0]})
    add("loss_none", two_outputs("list"), targets=pq, loss=lambda: {"loss": ["mse", None]})
    add("loss_dict_partial", two_outputs("list"), targets=pq, loss=lambda: {"loss": {"zeta": "mse"}})
    add("loss_one_for_all", two_outputs("list"), targets=pq, loss=lambda: {"loss": "mse", "metrics": ["mae"]})
    for style, keys in (("dict", ("one", "two")), ("dict_order", ("y", "b")), ("dict_names", ("zeta", "alpha"))):
        target = lambda d, keys=keys: dict(zip(keys, pq(d)))
        add(f"outputs_{style}", two_outputs(style), "formats", targets=target, loss=lambda keys=keys: {"loss": dict(zip(keys, ("mse", "categorical_crossentropy")))})
        add(f"outputs_{style}_options", two_outputs(style), targets=target, loss=lambda keys=keys: {"loss": dict(zip(keys, ("mae", "categorical_crossentropy"))), "loss_weights": dict(zip(keys, (0.3, 2.0))), "metrics": {keys[1]: ["accuracy"], keys[0]: ["mse"]},
                                                                                                 "weighted_metrics": {keys[0]: ["mae"]}})
        add(f"outputs_{style}_weights", two_outputs(style), targets=target, loss=lambda keys=keys: {"loss": dict(zip(keys, ("mae", "categorical_crossentropy"))), "weighted_metrics": {keys[0]: ["mae"]}}, fit={"sample_weight": lambda d, keys=keys: {k: d.real(lo=0.1) for k in keys}})
        add(f"outputs_{style}_validation", two_outputs(style), targets=target, loss=lambda keys=keys: {"loss": dict(zip(keys, ("mae", "categorical_crossentropy")))}, fit={"validation_split": 0.5})
    add("outputs_hidden", two_outputs("hidden"), "formats", "summary")
    add("outputs_twice", two_outputs("twice"))
    add("outputs_input", two_outputs("input"), "formats")


def op_graph(label, body, shape=(3, 4), *checks, dtype="float32", lead=True, **options):
    def make():
        x = L.Input(shape, dtype=dtype)
        return keras.Model(x, body(L.Dense(shape[-1])(x) if lead else x))
    add("ops_" + label, make, "operations", *checks, **options)


def operations():
    bodies = {
        "scalar_left": lambda x: 2.0 - x, "scalar_right": lambda x: x / 2 + 1, "power": lambda x: x ** 2, "negative": lambda x: -x + abs(x), "matmul": lambda x: x @ ops.transpose(x, (0, 2, 1)), "getitem": lambda x: x[:, 1:, ::2],
        "getitem_int": lambda x: x[:, 0], "getitem_new": lambda x: x[:, None, ..., -1], "getitem_reverse": lambda x: x[:, ::-1], "compare": lambda x: ops.where(x > 0, x, 0.1 * x), "array": lambda x: x * np.array([1.0, 2.0, 3.0, 4.0], "float32"),
        "array_left": lambda x: ops.add(np.ones((3, 1), "float32"), x), "constant_tensor": lambda x: x + ops.convert_to_tensor([[1.0], [2.0], [3.0]]), "int_constant": lambda x: x * ops.arange(4), "reshape": lambda x: ops.reshape(x, (-1, 12)),
        "concat": lambda x: ops.concatenate([x, x * 2, ops.zeros_like(x)], axis=-1), "stack": lambda x: ops.stack([x, x + 1], axis=1), "split": lambda x: ops.split(x, 2, axis=-1)[1], "einsum": lambda x: ops.einsum("bij,bkj->bik", x, x), "softmax": lambda x: ops.softmax(x, axis=1),
        "mean_var": lambda x: (x - ops.mean(x, axis=-1, keepdims=True)) / ops.sqrt(ops.var(x, axis=-1, keepdims=True) + 1e-3), "max": lambda x: ops.max(x, axis=(1, 2)), "cast": lambda x: ops.cast(x, "float64"), "clip": lambda x: ops.clip(x, -0.5, 0.5), "tile": lambda x: ops.tile(x, (1, 2, 1)),
        "repeat": lambda x: ops.repeat(x, 2, axis=1), "pad": lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2))), "expand": lambda x: ops.squeeze(ops.expand_dims(x, 1), 1), "logical": lambda x: ops.cast(ops.logical_and(x > 0, x < 0.5), "float32") * x, "norm": lambda x: ops.norm(x, axis=-1),
        "cumsum": lambda x: ops.cumsum(x, axis=1), "roll": lambda x: ops.roll(x, 1, axis=1), "take": lambda x: ops.take(x, [0, 2], axis=1), "topk": lambda x: ops.top_k(x, 2)[0], "sort": lambda x: ops.sort(x, axis=-1), "one_hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 4) * x,
        "relu": lambda x: ops.relu(x) + ops.gelu(x, approximate=False) + ops.leaky_relu(x, 0.1), "activation": lambda x: keras.activations.relu(x, negative_slope=0.1, max_value=0.8, threshold=0.1), "stop": lambda x: x * ops.stop_gradient(x), "normalize": lambda x: ops.normalize(x, axis=-1),
        "logsumexp": lambda x: ops.logsumexp(x, axis=-1), "flip": lambda x: ops.flip(x, axis=1), "moveaxis": lambda x: ops.moveaxis(x, 1, 2), "swapaxes": lambda x: ops.swapaxes(x, 1, 2), "outer": lambda x: ops.tensordot(x, x[0], axes=[[2], [1]]),
        "unstack": lambda x: ops.unstack(x, axis=1)[2], "argmax_axis": lambda x: ops.take_along_axis(x, ops.argsort(x, axis=-1), axis=-1), "erf": lambda x: ops.erf(x), "square_log": lambda x: ops.log(ops.square(x) + 1.0), "min_max": lambda x: ops.minimum(ops.maximum(x, 0.0), 6.0), "mod": lambda x: x % 0.3,
        "floor_divide": lambda x: x // 0.3, "not_equal": lambda x: ops.cast(ops.not_equal(x, 0.0), "float32") + x, "dot": lambda x: ops.dot(x, np.ones((4, 2), "float32")), "meshless": lambda x: ops.diagonal(x, axis1=1, axis2=2), "segment": lambda x: ops.tril(x), "average": lambda x: ops.average(x, axis=1),
        "operators": lambda x: (x + 1) * (x - 1) / (x * x + 2) - 3 ** (x * 0.1), "hard": lambda x: ops.hard_sigmoid(x) + ops.silu(x) + ops.softplus(x), "attention": lambda x: ops.dot_product_attention(x[:, :, None], x[:, :, None], x[:, :, None]), "rms": lambda x: ops.rms_normalization(x),
        "layer_norm": lambda x: ops.layer_normalization(x), "vectorized": lambda x: ops.prod(x, axis=-1, keepdims=True), "masked": lambda x: ops.where(ops.isnan(x), 0.0, x), "numpy_scalar": lambda x: x * np.float32(0.5), "numpy_scalar64": lambda x: x * np.float64(0.5), "true": lambda x: ops.any(x > 0.9, axis=-1), "keras_tensor_method": lambda x: x.reshape((-1, 12)) if hasattr(x, "reshape") else ops.reshape(x, (-1, 12)),
        "shape_product": lambda x: ops.reshape(x, (ops.shape(x)[0], -1)), "resize": lambda x: ops.image.resize(x[..., None], (6, 5)), "conv": lambda x: ops.conv(x, np.ones((2, 4, 3), "float32") * 0.1, padding="same"), "pool": lambda x: ops.max_pool(x, 2, 1), "batch_norm": lambda x: ops.batch_normalization(x, np.zeros(4, "float32"), np.ones(4, "float32"), -1),
        "moments": lambda x: ops.moments(x, axes=[1])[1], "multi": lambda x: sum(ops.unstack(x, axis=1)), "round": lambda x: ops.round(x, 1), "quantile": lambda x: ops.quantile(x, 0.3, axis=1), "lin": lambda x: ops.linalg.det(ops.matmul(ops.transpose(x, (0, 2, 1)), x) + np.eye(4, dtype="float32")),
    }
    for label, body in bodies.items():
        whole = {"batch": SAMPLES} if label == "outer" else {}  # it has a part in each sample
        op_graph(label, body, (3, 4), "formats" if label in ("getitem", "array", "concat", "split", "scalar_left", "where") else "none", **whole)


def nesting():
    def shared():
        d = L.Dense(4, activation="relu")
        a, b = L.Input((4,)), L.Input((4,))
        return keras.Model([a, b], L.Dense(2)(d(d(a)) + d(b)))
    add("shared_layer", shared, "formats", "summary")

    def siamese():
        encoder = keras.Sequential([L.Input((4,)), L.Dense(4, activation="relu"), L.BatchNormalization()], name="encoder")
        a, b = L.Input((4,)), L.Input((4,))
        return keras.Model([a, b], L.Dense(1)(ops.abs(encoder(a) - encoder(b))))
    add("siamese", siamese, "formats", "summary")

    def deep():
        inner = keras.Sequential([L.Input((4,)), L.Dense(3)])
        middle = keras.Sequential([L.Input((4,)), inner, L.Activation("relu")])
        x = L.Input((4,))
        return keras.Model(x, keras.Model(x, middle(x) * 2)(x))
    add("nested_thrice", deep, "formats", "summary")

    def multi():
        a, b = L.Input((4,), name="left"), L.Input((3,), name="right")
        inner = keras.Model({"left": a, "right": b}, {"sum": L.Dense(2)(a) + L.Dense(2)(b), "product": L.Dense(2)(a) * L.Dense(2)(b)}, name="inner")
        p, q = L.Input((4,)), L.Input((3,))
        y = inner({"left": p, "right": q})
        return keras.Model([p, q], L.Concatenate()([y["product"], y["sum"]]))
    add("nested_dicts", multi, "formats")

    def lists():
        a, b = L.Input((4,)), L.Input((3,))
        inner = keras.Model([a, b], [L.Dense(2)(a), L.Dense(2)(b)], name="inner")
        p, q = L.Input((4,)), L.Input((3,))
        y = inner([p, q])
        return keras.Model([p, q], y[0] - y[1])
    add("nested_lists", lists, "formats", "summary")

    def reused_nested():
        inner_input = L.Input((4,))
        inner = keras.Model(inner_input, L.Dense(4)(inner_input))
        x = L.Input((4,))
        return keras.Model(x, inner(inner(inner(x))))
    add("nested_chain", reused_nested, "formats")

    def frozen():
        inner = keras.Sequential([L.Input((4,)), L.Dense(4), L.BatchNormalization(), L.Dropout(0.0)], name="frozen")
        inner.trainable = False
        x = L.Input((4,))
        return keras.Model(x, L.Dense(2)(inner(x)))
    add("nested_frozen", frozen, "formats", "summary")

    def frozen_some():
        inner = keras.Sequential([L.Input((4,)), L.Dense(4, trainable=False), L.BatchNormalization(), L.Dense(3)], name="some")
        x = L.Input((4,))
        return keras.Model(x, L.Dense(2)(inner(x, training=False)))
    add("nested_training_false", frozen_some, "formats")

    def residual():
        x = L.Input((6, 6, 3))
        h = L.Conv2D(4, 3, padding="same")(x)
        for _ in range(2):
            r = h
            h = L.BatchNormalization()(L.Conv2D(4, 3, padding="same", use_bias=False)(h))
            h = L.Add()([L.ReLU()(h), r])
        return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(h)))
    add("residual", residual, "formats", "summary")

    def training_argument():
        x = L.Input((4,))
        h = L.BatchNormalization()(L.Dense(4)(x), training=True)
        return keras.Model(x, L.Dense(2)(L.BatchNormalization()(h, training=False)))
    add("training_arguments", training_argument)

    def embedding_shared():
        e = L.Embedding(6, 4, mask_zero=True)
        a, b = L.Input((5,), dtype="int32"), L.Input((3,), dtype="int32")
        return keras.Model([a, b], L.Dense(2)(L.Concatenate()([L.LSTM(3)(e(a)), L.GRU(3)(e(b))])))
    add("shared_embedding", embedding_shared, "formats", "summary")

    def unused():
        a, b = L.Input((4,)), L.Input((3,))
        return keras.Model([a, b], L.Dense(2)(a) + 0.0 * L.Dense(2)(b))
    add("unused_part", unused)
    add("identity", lambda: (lambda x: keras.Model(x, L.Dense(2)(L.Identity()(x))))(L.Input((4,))))
    add("sequential_named", lambda: keras.Sequential([L.Input((4,), name="in"), L.Dense(3, name="first"), L.Dense(2, name="last")], name="my_model"), "formats", "summary")
    add("sequential_of_models", lambda: keras.Sequential([L.Input((4,)), keras.Sequential([L.Dense(3)]), keras.Sequential([L.Dense(3), keras.Sequential([L.Dense(2)])])]), "formats", "summary")
    add("sequential_frozen", lambda: keras.Sequential([L.Input((4,)), L.Dense(3, trainable=False), L.BatchNormalization(trainable=False), L.Dense(2)]), "formats", "summary")
    add("batch_shape", lambda: keras.Sequential([L.Input(batch_shape=(None, 4)), L.Dense(2)]), "summary")

    def built(model, shape):
        model.build(shape)
        return model
    add("sequential_without_input", lambda: built(keras.Sequential([L.Dense(3), L.Dense(2)]), (None, 4)), "summary")

    def big():
        x = L.Input((8, 8, 3))
        h = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
        branches = [L.Conv2D(2, k, padding="same")(h) for k in (1, 3, 5)] + [L.MaxPooling2D(3, 1, "same")(h)]
        h = L.Concatenate()(branches)
        h = h * L.Dense(10, activation="sigmoid")(L.Dense(3, activation="relu")(L.GlobalAveragePooling2D(keepdims=True)(h)))
        return keras.Model(x, L.Dense(2)(L.Flatten()(h)))
    add("inception", big, "formats", "summary")

    def transformer():
        x = L.Input((6,), dtype="int32")
        h = L.Embedding(6, 8, mask_zero=True)(x) + L.Embedding(6, 8)(ops.arange(6))
        h = L.LayerNormalization()(h + L.MultiHeadAttention(2, 4)(h, h, use_causal_mask=True))
        h = L.LayerNormalization()(h + L.Dense(8)(L.Dense(16, activation="gelu")(h)))
        return keras.Model(x, L.Dense(3)(L.GlobalAveragePooling1D()(h)))
    add("transformer", transformer, "formats", "summary")


def lora():
    """Layers with low-rank adaptation: enabled by the constructor, or later."""
    layers = {"Dense": lambda **k: L.Dense(4, kernel_regularizer="l2", **k), "EinsumDense": lambda **k: L.EinsumDense("abc,cd->abd", (5, 4), bias_axes="d", **k), "Conv1D": lambda **k: L.Conv1D(4, 2, **k),
              "Conv2D": lambda **k: L.Conv2D(4, 2, groups=2, **k), "Conv3D": lambda **k: L.Conv3D(3, 2, use_bias=False, **k), "Embedding": lambda **k: L.Embedding(6, 4, embeddings_regularizer="l1", **k), "Frozen": lambda **k: L.Dense(4, trainable=False, **k)}
    shapes = {"Dense": (6,), "Frozen": (6,), "EinsumDense": (5, 6), "Conv1D": (5, 4), "Conv2D": (4, 5, 4), "Conv3D": (3, 4, 3, 2), "Embedding": (5,)}
    for name, make in layers.items():
        for label, by in (("constructor", dict(lora_rank=2)), ("alpha", dict(lora_rank=2, lora_alpha=5.0)), ("enabled", None), ("mixed", dict(lora_rank=2, dtype="mixed_bfloat16"))):
            def model(name=name, make=make, by=by):
                x = L.Input(shapes[name], dtype="int32" if name == "Embedding" else "float32")
                layer = make(**(by or {}))
                y = layer(x)
                if by is None:
                    layer.enable_lora(3, lora_alpha=1.5)
                return keras.Model(x, L.Dense(2)(L.Flatten()(y)))
            add(f"lora_{name}_{label}", model, "formats", "summary", **(dict(tolerance=3e-2, training_tolerance=6e-2) if label == "mixed" else {}))


def fill():
    structures(), operations(), nesting(), lora()
