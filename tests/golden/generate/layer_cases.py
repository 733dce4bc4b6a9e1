"""Runs one layer in Keras and records what it did: outputs, masks, gradients, losses and state."""
import keras
import numpy as np
import tensorflow as tf
from keras import tree

from common import data, dtype_of, fresh, numpy_of, serialized

mask_of = keras.src.backend.get_keras_mask
set_mask = keras.src.backend.set_keras_mask


def weight_value(w, index):
    """A plausible value for a weight, told by its name."""
    if not np.issubdtype(np.dtype(w.dtype if w.dtype != "bfloat16" else "float32"), np.floating):
        return None
    name = w.name
    lo, hi = -0.6, 0.6
    if name in ("gamma", "scale") or "variance" in name or "stddev" in name:
        lo, hi = 0.5, 1.5
    return data(*w.shape, lo=lo, hi=hi, seed=100 + index)


def set_weights(layer):
    for i, w in enumerate(layer.weights):
        value = weight_value(w, i)
        if value is not None:
            w.assign(value)


def symbolic(x, batch):
    shape = ((x.shape[0],) if batch else (None,)) + tuple(x.shape[1:])
    return keras.KerasTensor(shape, dtype=x.dtype.name)


def call(layer, style, tensors, **kwargs):
    if style == "single":
        return layer(tensors[0], **kwargs)
    if style == "list":
        return layer(list(tensors), **kwargs)
    return layer(*tensors, **kwargs)


def run(layer, style, inputs, kwargs, initial_state, masks, training, cotangents=None, watch=True):
    """One eager call under a tape: (outputs, mask, cotangents, input gradients, weight gradients)."""
    tensors = [tf.constant(x) for x in inputs]
    states = [tf.constant(x) for x in initial_state]
    with tf.GradientTape() as tape:
        for t in tensors + states:
            if t.dtype.is_floating:
                tape.watch(t)
        passed = [tf.identity(t) for t in tensors]
        for t, m in zip(passed, masks):
            if m is not None:
                set_mask(t, tf.constant(m))
        extra = dict(kwargs)
        if states:
            extra["initial_state"] = states
        if training is not None:
            extra["training"] = training
        result = call(layer, style, passed, **extra)
        outputs = tree.flatten(result)
        float_out = [dtype_of(o).startswith(("float", "bfloat")) for o in outputs]
        if cotangents is None:
            cotangents = [data(*o.shape, lo=-1, hi=1, seed=900 + i) if f else None
                          for i, (o, f) in enumerate(zip(outputs, float_out))]
        target = None
        if watch:
            parts = [tf.reduce_sum(o * tf.cast(c, o.dtype)) for o, c in zip(outputs, cotangents) if c is not None]
            parts = [tf.cast(p, "float64" if any(q.dtype == "float64" for q in parts) else "float32") for p in parts]
            target = tf.add_n(parts) if parts else None
    masks_out = [mask_of(o) for o in outputs]
    grads = [None] * len(tensors), [None] * len(states), [None] * len(layer.trainable_weights)
    if target is not None:
        sources = [t if t.dtype.is_floating else None for t in tensors + states]
        wanted = [s for s in sources if s is not None] + [w.value for w in layer.trainable_weights]
        got = tape.gradient(target, wanted)
        it = iter(got)
        flat = [next(it) if s is not None else None for s in sources]
        grads = flat[: len(tensors)], flat[len(tensors):], list(it)
    return outputs, masks_out, cotangents, grads


def layer_case(f, name, make, inputs, *, style=None, training=None, masks=None, initial_state=(), kwargs=None,
               grads=True, prepare=None, twice=False, cf_inputs=True):
    """Adds a case. `make` builds the layer; `masks` are attached to the inputs as an upstream Masking would do it."""
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    style = style or ("single" if len(inputs) == 1 else "list")
    masks = list(masks or [None] * len(inputs))
    kwargs = dict(kwargs or {})
    fresh()
    try:
        layer = make()
        # Built symbolically, so that the build_config has the unknown batch that files have.
        stateful = getattr(layer, "stateful", False)
        sym = [symbolic(x, stateful) for x in inputs]
        extra = {k: v for k, v in kwargs.items() if not isinstance(v, np.ndarray)}
        shape = None
        try:
            out = call(layer, style, sym, **extra)
            shape = [list(o.shape) for o in tree.flatten(out)]
        except Exception:
            fresh()
            layer = make()
            call(layer, style, [tf.constant(x) for x in inputs], **kwargs)
        set_weights(layer)
        if prepare:
            prepare(layer)
        if twice and hasattr(layer, "reset_state"):
            layer.reset_state()
        config = serialized(layer)
        before = [numpy_of(w) for w in layer.weights]
        tf_kwargs = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
        try:
            outputs, out_masks, cot, g = run(layer, style, inputs, tf_kwargs, initial_state, masks, training,
                                             watch=grads)
            losses = layer.losses
            losses = float(tf.add_n([tf.cast(x, "float32") for x in losses])) if losses else None
            after = [numpy_of(w) for w in layer.weights]
            note = None
        except Exception as e:
            if getattr(layer, "data_format", None) != "channels_first" or not cf_inputs:
                raise
            outputs, out_masks, cot, g, losses, after = channels_last_twin(
                layer, before, style, inputs, tf_kwargs, initial_state, masks, training, grads)
            note = "channels_last twin"
    except Exception as e:
        f.refuse(name, e)
        return
    put = lambda suffix, v: None if v is None else f.put(name, suffix, v)
    many = lambda suffix, vs: [put(f"{suffix}{i}", v) for i, v in enumerate(vs)]
    case = {
        "name": name,
        "layer": config,
        "style": style,
        "inputs": many("in", inputs),
        "input_masks": many("mask", masks),
        "call": {
            "training": training,
            "mask": put("mask0", masks[0]) if len(masks) == 1 else None,
            "initial_state": many("state", initial_state),
            "kwargs": {k: {"array": put(k, v)} if isinstance(v, np.ndarray) else {"value": v}
                       for k, v in kwargs.items()},
        },
        "weights": [{"path": w.path, "name": w.name, "value": put(f"w{i}", b),
                     "trainable": bool(any(w is t for t in layer.trainable_weights))}
                    for i, (w, b) in enumerate(zip(layer.weights, before))],
        "outputs": many("out", outputs),
        "output_dtypes": [dtype_of(o) for o in outputs],
        "output_mask": put("outmask", out_masks[0]) if len(out_masks) == 1 else None,
        "output_masks": many("outmask", out_masks),
        "output_shape_symbolic": shape[0] if shape is not None and len(shape) == 1 else shape,
        "cotangents": many("cot", cot) if grads else [],
        "input_grads": many("din", g[0]) if grads else [],
        "initial_state_grads": many("dstate", g[1]) if grads else [],
        "weight_grads": many("dw", g[2]) if grads else [],
        "losses": losses,
        "weights_after": [None if any(w is t for t in layer.trainable_weights) else put(f"after{i}", a)
                          for i, (w, a) in enumerate(zip(layer.weights, after))],
    }
    if twice:
        # A stateful layer: its states after the call, and what a second call on the same input gives.
        states = tree.flatten(layer.states)
        case["states_after"] = many("s", states)
        second, *_ = run(layer, style, inputs, tf_kwargs, (), masks, training, watch=False)
        case["outputs_second"] = many("second", second)
    if note:
        case["note"] = note
    f.add(case)


def channels_last_twin(layer, weights, style, inputs, kwargs, initial_state, masks, training, grads):
    """TensorFlow on a CPU lacks some channels_first kernels: computes them with a channels_last twin of the layer."""
    config = layer.get_config()
    config["data_format"] = "channels_last"
    twin = type(layer).from_config(config)
    rank = inputs[0].ndim
    recurrent = "LSTM" in type(layer).__name__
    # The channel axis of an array of the given rank; a recurrent layer may drop the time axis.
    axis = {rank: 2, rank - 1: 1} if recurrent else {rank: 1}
    to_last = lambda x: np.moveaxis(x, axis[x.ndim], -1) if x.ndim in axis else x
    to_first = lambda x: np.moveaxis(np.asarray(x), -1, axis[np.ndim(x)]) if np.ndim(x) in axis else np.asarray(x)
    last = [to_last(x) for x in inputs]
    call(twin, style, [tf.constant(x) for x in last])
    for w, v in zip(twin.weights, weights):
        w.assign(v)
    plain_out, *_ = run(twin, style, last, kwargs, initial_state, masks, training, watch=False)
    cot = [data(*to_first(o).shape, lo=-1, hi=1, seed=900 + i) for i, o in enumerate(plain_out)]
    outputs, out_masks, _, g = run(twin, style, last, kwargs, initial_state, masks, training,
                                   [to_last(c) for c in cot], watch=grads)
    losses = twin.losses
    losses = float(tf.add_n(losses)) if losses else None
    din = [None if x is None else to_first(x) for x in g[0]]
    outs = [tf.constant(to_first(o)) for o in outputs]
    return outs, out_masks, cot, (din, g[1], g[2]), losses, [numpy_of(w) for w in twin.weights]
