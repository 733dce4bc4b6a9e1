"""Family `layers`: each argument of each layer alone, then random combinations of several."""
import inspect
import zlib

import keras
import numpy as np
from keras import layers as L

from arguments import UNSWEPT, combinations, labels, made, values_for
from case import Data, SAMPLES, Trial, case, scramble
from layer_specs import SPECS

COMBINATIONS = 8
STOCHASTIC = ("Dropout", "GaussianNoise")


def layer_arguments(cls):
    """Its own arguments, and those of Layer."""
    parameters = inspect.signature(cls.__init__).parameters
    own = [n for n, p in parameters.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and n != "self"]
    open_ended = any(p.kind == p.VAR_KEYWORD for p in parameters.values())
    return own + [n for n in ("dtype", "name", "trainable") if n not in own and open_ended]


def swept_values(name, spec):
    cls = getattr(L, name)
    values = {}
    for argument in layer_arguments(cls):
        if argument in UNSWEPT:
            continue
        own = spec.values.get(argument)
        values[argument] = own if own is not None else values_for(name, argument, spec.few)
        if values[argument] is None:
            raise ValueError(f"{name}: no values for the argument {argument}")
    return {k: v for k, v in values.items() if v}


def arrays(data, shape):
    return data.ids(*shape[2:], count=shape[1]) if shape[0] == "ids" else data.real(*shape)


def graph(layer, spec, masked, permute=None, batch=None):
    """Inputs -> a Dense layer that learns through the layer under test -> the layer."""
    inputs, h = [], []
    for i, shape in enumerate(spec.inputs):
        ids = shape[0] == "ids"
        x = L.Input(shape[2:] if ids else shape, dtype="int32" if ids else "float32", batch_size=batch)
        inputs.append(x)
        if masked and not ids:
            x = L.Masking(0.0, name=f"masking_{i}")(x)
        if spec.lead and not ids:
            x = L.Dense(shape[-1], name=f"lead_{i}")(x)
        if permute:
            x = permute[0](x)
        h.append(x)
    y = layer(h) if spec.listed else layer(*h)
    if permute and len(y.shape) == len(spec.inputs[0]) + 1:
        y = permute[1](y)
    return keras.Model(inputs, y)


def low_precision(model):
    """What 16-bit arithmetic leaves of a number: (prediction, training)."""
    kinds = {str(l.compute_dtype) for l in model._flatten_layers()} | {str(l.variable_dtype) for l in model._flatten_layers()}
    return (4e-2, 1e-1) if "bfloat16" in kinds else (6e-3, 2e-2) if "float16" in kinds else None


def transposed(name, kwargs, spec):
    """The model of a channels_first layer that TensorFlow cannot run on a CPU, as a channels_last one."""
    d = len(spec.inputs[0])
    first = 2 if name.startswith("ConvLSTM") else 1  # where the channels are
    axes = list(range(1, d + 1))
    to_last = axes[:first - 1] + axes[first:] + [first]
    back = axes[:first - 1] + [d] + axes[first - 1:-1]
    return graph(getattr(L, name)(**{k: made(v) for k, v in kwargs.items()} | {"data_format": "channels_last"}), spec, False, (L.Permute(to_last), L.Permute(back)))


def trial(case_name, name, kwargs, masked=False):
    spec = SPECS[name]
    data = Data(case_name)
    batch = 4 if kwargs.get("stateful") else None
    model = graph(getattr(L, name)(**{k: made(v) for k, v in kwargs.items()}), spec, masked, batch=batch)
    scramble(model, data)
    x = [arrays(data, s) for s in spec.inputs]
    if masked:
        x = [a * (data.rng.uniform(0, 1, a.shape[:2] + (1,) * (a.ndim - 2)) > 0.4).astype("float32") for a in x]
    twin = None
    if kwargs.get("data_format") == "channels_first":
        try:
            model(x if len(x) > 1 else x[0])
        except Exception:
            twin = transposed(name, kwargs, spec)
    outputs = keras.tree.flatten(model.outputs)
    trains = all("float" in o.dtype for o in outputs) and model.trainable_weights
    if any(None in o.shape[1:] for o in outputs):
        outputs = keras.tree.flatten(model.predict_on_batch(x if len(x) > 1 else x[0]))
    y = [data.like(o) for o in outputs]
    random = any(kwargs.get(k) for k in ("dropout", "recurrent_dropout")) or (any(s in name for s in STOCHASTIC) and not 0.0 in (kwargs.get("rate"), kwargs.get("stddev")))
    low = low_precision(model)
    return Trial(model, x if len(x) > 1 else x[0], (y if len(y) > 1 else y[0]) if trains else None,
                 lambda: dict(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss=["mse"] * len(outputs) if len(outputs) > 1 else "mse"), twin=twin, random=random,
                 batch=batch or (10 if len(outputs) > 1 else 8), **dict(zip(("tolerance", "training_tolerance"), low)) if low else {})


def further():
    """Arguments that mean something only together."""
    for label, kwargs in {"clipping": dict(renorm=True, renorm_clipping={"rmin": 0.5, "rmax": 1.2, "dmax": 0.3}), "momentum": dict(renorm=True, renorm_momentum=0.7, momentum=0.8), "one_clip": dict(renorm=True, renorm_clipping={"rmax": 1.1})}.items():
        yield "BatchNormalization", f"renorm_{label}", kwargs
    yield "LSTM", "everything", dict(units=3, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False, go_backwards=True, return_sequences=True, kernel_regularizer="l2", recurrent_constraint="max_norm")
    yield "Embedding", "constant_array", dict(input_dim=9, output_dim=4, embeddings_initializer=lambda: keras.initializers.Constant(np.arange(36, dtype="float32").reshape(9, 4) / 40))
    yield "Normalization", "one_number", dict(axis=None, mean=0.2, variance=2.0)
    for name, kwargs in {"Dropout": dict(rate=0.0), "SpatialDropout2D": dict(rate=0.0), "Attention": {}, "MultiHeadAttention": dict(num_heads=2, key_dim=3)}.items():  # what draws refuses it
        yield name, "idle_generator", kwargs | dict(seed=lambda: keras.random.SeedGenerator(5))
    yield "Conv2D", "lora", dict(filters=4, kernel_size=3, lora_rank=2)
    yield "Dense", "everything", dict(units=3, activation="selu", kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2", kernel_constraint="unit_norm", bias_constraint="non_neg")


def fill():
    for name, spec in SPECS.items():
        base = spec.base
        def add(label, kwargs, *checks, masked=False, name=name):
            case_name = f"layers/{name}/{label}"
            case(case_name, lambda: trial(case_name, name, kwargs, masked), *checks)
        add("default", base, "formats", "summary", "long")
        if spec.mask:
            add("masked", base, masked=True)
        values = swept_values(name, spec)
        for argument, options in values.items():
            for text, value in labels(options):
                add(f"{argument}={text}", base | {argument: value})
                if spec.mask and (argument in ("return_sequences", "go_backwards", "unroll", "return_state", "activation", "reset_after", "zero_output_for_mask") and not callable(value)) and text != "None":
                    add(f"{argument}={text},masked", base | {argument: value}, masked=True)
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        for i, chosen in enumerate(combinations(values, rng, COMBINATIONS if len(values) > 6 else 3)):
            add(f"several_{i}", base | chosen, masked=spec.mask and i % 2 == 1)
    for name, label, kwargs in further():
        case_name = f"layers/{name}/{label}"
        case(case_name, lambda case_name=case_name, name=name, kwargs=kwargs: trial(case_name, name, kwargs))
