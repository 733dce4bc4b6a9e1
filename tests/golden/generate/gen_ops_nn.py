"""The family `ops_nn`: ops of keras.ops.nn and keras.ops.image that no layer covers with all their options."""
from common import Family, bools, data, ints, plain  # first: sets the environment

import numpy as np
import tensorflow as tf
from keras import ops


def case(f, name, op, inputs, kwargs=None, fn=None, grad=True):
    """op(*inputs, **kwargs), and the gradients of floating inputs for fixed cotangents."""
    kwargs = kwargs or {}
    fn = fn or getattr(ops, op, None) or getattr(ops.image, op)
    ts = [tf.constant(x) for x in inputs]
    floats = [t for t in ts if t.dtype.is_floating]
    try:
        with tf.GradientTape() as tape:
            for t in floats:
                tape.watch(t)
            ys = fn(*ts, **kwargs)
            ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
            cs = [data(*y.shape, lo=-1, hi=1, seed=9, dtype=y.dtype.name) if y.dtype.is_floating else None for y in ys]
            s = sum(tf.reduce_sum(y * c) for y, c in zip(ys, cs) if c is not None)
        grads = tape.gradient(s, floats) if grad and floats else []
    except Exception as e:
        f.refuse(name, e)
        return
    f.add({"name": name, "op": op, "kwargs": plain(kwargs), "inputs": [f.put(name, f"in{i}", x) for i, x in enumerate(inputs)],
           "outputs": [f.put(name, f"out{i}", y) for i, y in enumerate(ys)],
           "cotangents": [None if c is None else f.put(name, f"cot{i}", c) for i, c in enumerate(cs)] if grads else [],
           "grads": [None if g is None else f.put(name, f"grad{i}", g) for i, g in enumerate(grads)]})


def convolutions(f):
    x1, x2, x3 = data(2, 9, 4), data(2, 7, 6, 4), data(1, 5, 4, 6, 2)
    k1, k2, k3 = data(3, 4, 5, seed=1), data(3, 2, 4, 6, seed=1), data(2, 2, 3, 2, 3, seed=1)
    for pad in ("valid", "same"):
        case(f, f"conv1d_{pad}", "conv", [x1, k1], dict(padding=pad, strides=2))
        case(f, f"conv1d_dilated_{pad}", "conv", [x1, k1], dict(padding=pad, dilation_rate=2))
        case(f, f"conv2d_{pad}", "conv", [x2, k2], dict(padding=pad, strides=[2, 1]))
        case(f, f"conv2d_even_{pad}", "conv", [x2, data(4, 4, 4, 2, seed=2)], dict(padding=pad, strides=3))
        case(f, f"conv2d_dilated_{pad}", "conv", [x2, k2], dict(padding=pad, dilation_rate=[2, 3]))
        case(f, f"conv2d_groups_{pad}", "conv", [x2, data(3, 2, 2, 6, seed=1)], dict(padding=pad), grad=False)
        case(f, f"conv3d_{pad}", "conv", [x3, k3], dict(padding=pad, strides=[1, 2, 1]))
        case(f, f"depthwise_{pad}", "depthwise_conv", [x2, data(3, 3, 4, 2, seed=3)], dict(padding=pad, strides=2))
        case(f, f"depthwise1d_{pad}", "depthwise_conv", [x1, data(3, 4, 2, seed=3)], dict(padding=pad))
        case(f, f"depthwise_dilated_{pad}", "depthwise_conv", [x2, data(3, 2, 4, 1, seed=3)], dict(padding=pad, dilation_rate=2))
        case(f, f"separable_{pad}", "separable_conv", [x2, data(3, 3, 4, 2, seed=3), data(1, 1, 8, 3, seed=4)], dict(padding=pad))
        for s in (1, 2, 3):
            case(f, f"transpose1d_{pad}_{s}", "conv_transpose", [x1, data(3, 2, 4, seed=5)], dict(padding=pad, strides=s))
            case(f, f"transpose2d_{pad}_{s}", "conv_transpose", [data(1, 3, 4, 4), data(2, 3, 2, 4, seed=5)], dict(padding=pad, strides=s))
        case(f, f"transpose2d_out1_{pad}", "conv_transpose", [data(1, 3, 4, 4), data(3, 3, 2, 4, seed=5)],
             dict(padding=pad, strides=2, output_padding=1))
        case(f, f"transpose2d_out0_{pad}", "conv_transpose", [data(1, 3, 4, 4), data(3, 3, 2, 4, seed=5)],
             dict(padding=pad, strides=2, output_padding=0))
        case(f, f"transpose2d_dilated_{pad}", "conv_transpose", [data(1, 3, 4, 4), data(3, 3, 2, 4, seed=5)],
             dict(padding=pad, dilation_rate=2))
        case(f, f"transpose3d_{pad}", "conv_transpose", [data(1, 3, 2, 2, 2), data(2, 3, 2, 3, 2, seed=5)], dict(padding=pad, strides=2))
        for op in ("max_pool", "average_pool"):
            case(f, f"{op}1d_{pad}", op, [x1], dict(pool_size=3, strides=2, padding=pad))
            case(f, f"{op}2d_{pad}", op, [x2], dict(pool_size=[3, 2], padding=pad))
            case(f, f"{op}2d_overlap_{pad}", op, [x2], dict(pool_size=3, strides=1, padding=pad))
            case(f, f"{op}3d_{pad}", op, [x3], dict(pool_size=2, strides=[2, 1, 2], padding=pad))
            case(f, f"{op}2d_first_{pad}", op, [x2], dict(pool_size=2, padding=pad, data_format="channels_first"))
    for op in ("adaptive_max_pool", "adaptive_average_pool"):
        case(f, f"{op}1d", op, [x1], dict(output_size=4, data_format="channels_last"))
        case(f, f"{op}2d", op, [x2], dict(output_size=[3, 4], data_format="channels_last"))
        case(f, f"{op}2d_first", op, [x2], dict(output_size=[4, 3], data_format="channels_first"))
        case(f, f"{op}3d", op, [x3], dict(output_size=[2, 3, 4], data_format="channels_last"))
    img = data(2, 4, 6, 5)
    case(f, "unfold", "unfold", [img], dict(kernel_size=2))
    case(f, "unfold_options", "unfold", [img], dict(kernel_size=[3, 2], dilation=[1, 2], padding=[1, 0], stride=[2, 1]))
    case(f, "fold", "fold", [data(2, 12, 20)], dict(output_size=[5, 6], kernel_size=2))
    case(f, "fold_options", "fold", [data(1, 18, 9)], dict(output_size=[5, 5], kernel_size=3, padding=1, stride=2))
    case(f, "depth_to_space", "depth_to_space", [data(2, 2, 3, 8)], dict(block_size=2))
    case(f, "depth_to_space_first", "depth_to_space", [data(2, 8, 2, 3)], dict(block_size=2, data_format="channels_first"))
    case(f, "space_to_depth", "space_to_depth", [data(2, 4, 6, 3)], dict(block_size=2))


def norms(f):
    x = data(3, 4, 5)
    v, w, m = data(5, seed=1), data(5, seed=2), data(5, seed=3)
    var = data(5, lo=0.1, hi=2, seed=4)
    for dtype in ("float32", "float64"):
        a = [t.astype(dtype) for t in (x, m, var, v, w)]
        case(f, f"batch_norm_{dtype}", "batch_normalization", a,
             dict(axis=-1, epsilon=1e-3), fn=lambda x, m, s, o, g, **k: ops.batch_normalization(x, m, s, offset=o, scale=g, **k))
    case(f, "batch_norm_axis1", "batch_normalization", [data(3, 5, 4), m, var, v, w], dict(axis=1, epsilon=1e-3),
         fn=lambda x, m, s, o, g, **k: ops.batch_normalization(x, m, s, offset=o, scale=g, **k))
    case(f, "batch_norm_plain", "batch_normalization", [x, m, var], dict(axis=-1, epsilon=1e-2))
    case(f, "layer_norm", "layer_normalization", [x, v, w], dict(axis=-1, epsilon=1e-3))
    case(f, "layer_norm_default", "layer_normalization", [x], {})
    case(f, "layer_norm_two", "layer_normalization", [x, data(4, 5, seed=1), data(4, 5, seed=2)], dict(axis=[1, 2]))
    case(f, "layer_norm_first", "layer_normalization", [x, data(4, seed=1), data(4, seed=2)], dict(axis=[1]))
    case(f, "rms_norm", "rms_normalization", [x, v], dict(axis=-1))
    case(f, "rms_norm_plain", "rms_normalization", [x], dict(axis=1, epsilon=0.1))
    for order in (1, 2, 3):
        case(f, f"normalize_{order}", "normalize", [x], dict(axis=-1, order=order))
    case(f, "moments", "moments", [x], dict(axes=[0, 2]))
    case(f, "moments_keep", "moments", [x], dict(axes=[1], keepdims=True))
    for op in ("softmax", "log_softmax"):
        case(f, f"{op}_none", op, [x], dict(axis=None))
        case(f, f"{op}_first", op, [x], dict(axis=0))
    case(f, "softmax_tuple", "softmax", [x], dict(axis=[0, 2]))


def losses(f):
    logits = data(6, 5, lo=-4, hi=4)
    p = tf.nn.softmax(logits).numpy()
    hot = np.eye(5, dtype="float32")[ints(6, hi=5)]
    labels = ints(6, hi=5)
    saturated = np.array([[1, 0, 0], [0.5, 0.5, 0], [1e-9, 1, 1e-9], [0.2, 0.3, 0.9]], "float32")
    hard = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]], "float32")
    case(f, "cce", "categorical_crossentropy", [hot, p])
    case(f, "cce_logits", "categorical_crossentropy", [hot, logits], dict(from_logits=True))
    case(f, "cce_unscaled", "categorical_crossentropy", [hot, np.abs(logits) + 0.1])
    case(f, "cce_saturated", "categorical_crossentropy", [hard, saturated])
    case(f, "cce_axis", "categorical_crossentropy", [hot.reshape(2, 3, 5).transpose(0, 2, 1), logits.reshape(2, 5, 3)], dict(from_logits=True, axis=1))
    case(f, "scce", "sparse_categorical_crossentropy", [labels, p])
    case(f, "scce_column", "sparse_categorical_crossentropy", [labels[:, None], p])
    case(f, "scce_logits", "sparse_categorical_crossentropy", [labels, logits], dict(from_logits=True))
    case(f, "scce_saturated", "sparse_categorical_crossentropy", [np.array([1, 2, 0, 1]), saturated])
    case(f, "scce_rank3", "sparse_categorical_crossentropy", [labels.reshape(2, 3), logits.reshape(2, 3, 5)], dict(from_logits=True))
    q, t = data(4, 3, lo=0.01, hi=0.99), bools(4, 3).astype("float32")
    case(f, "bce", "binary_crossentropy", [t, q])
    case(f, "bce_logits", "binary_crossentropy", [t, data(4, 3, lo=-8, hi=8)], dict(from_logits=True))
    case(f, "bce_saturated", "binary_crossentropy", [t[:, :2], np.array([[0, 1], [1, 0], [1e-8, 1 - 1e-8], [1, 1]], "float32")])
    # An output that softmax or sigmoid made: Keras goes back to its logits.
    far = data(4, 3, lo=-60, hi=60)
    case(f, "cce_of_softmax", "cce_of_softmax", [hard, far], fn=lambda t, z: ops.categorical_crossentropy(t, ops.softmax(z)))
    case(f, "scce_of_softmax", "scce_of_softmax", [np.array([1, 2, 0, 1]), far],
         fn=lambda t, z: ops.sparse_categorical_crossentropy(t, ops.softmax(z)))
    case(f, "bce_of_sigmoid", "bce_of_sigmoid", [hard, far], fn=lambda t, z: ops.binary_crossentropy(t, ops.sigmoid(z)))
    case(f, "ctc", "ctc_loss", [np.array([[1, 2, 2, 0], [3, 1, 0, 0], [4, 4, 4, 4]]), data(3, 9, 5, lo=-2, hi=2),
                                np.array([3, 2, 4]), np.array([9, 6, 8])], dict(mask_index=0))
    case(f, "ctc_blank_last", "ctc_loss", [np.array([[1, 2, 2], [3, 0, 1]]), data(2, 7, 5), np.array([3, 2]), np.array([7, 7])], dict(mask_index=4))
    case(f, "psnr", "psnr", [data(2, 3, 3, 1), data(2, 3, 3, 1, seed=1)], dict(max_val=2.0))


def attention(f):
    q, k, v = data(2, 3, 2, 4), data(2, 5, 2, 4, seed=1), data(2, 5, 2, 4, seed=2)
    case(f, "attention", "dot_product_attention", [q, k, v])
    case(f, "attention_causal", "dot_product_attention", [q, k, v], dict(is_causal=True, scale=0.3))
    case(f, "attention_bias_mask", "attention_bias_mask", [q, k, v, data(2, 1, 3, 5, seed=3), bools(2, 1, 3, 5)],
         fn=lambda q, k, v, b, m: ops.dot_product_attention(q, k, v, bias=b, mask=m))
    case(f, "attention_shared", "dot_product_attention", [data(2, 3, 4, 4), k, v])


def images(f):
    x = data(2, 5, 7, 3, lo=0, hi=255)
    for mode in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"):
        for size in ((10, 9), (3, 4), (5, 14), (2, 2)):
            for anti in (False, True):
                case(f, f"resize_{mode}_{size[0]}x{size[1]}_{anti}", "resize", [x], dict(size=size, interpolation=mode, antialias=anti),
                     grad=mode in ("nearest", "bilinear") and not anti)
    for name, kw in dict(crop=dict(crop_to_aspect_ratio=True), pad=dict(pad_to_aspect_ratio=True, fill_value=2.0)).items():
        case(f, f"resize_{name}", "resize", [x], dict(size=(6, 6), **kw))
        case(f, f"resize_{name}_single", "resize", [x[0]], dict(size=(4, 9), **kw))
    case(f, "resize_first", "resize", [data(2, 3, 5, 7)], dict(size=(8, 8), data_format="channels_first"))
    case(f, "resize_int", "resize", [ints(2, 5, 7, 3, hi=256, dtype="uint8")], dict(size=(8, 10)))
    case(f, "resize_int_cubic", "resize", [ints(2, 5, 7, 3, hi=256, dtype="uint8")], dict(size=(8, 10), interpolation="bicubic"))
    case(f, "pad_images", "pad_images", [x], dict(top_padding=1, left_padding=2, target_height=9, target_width=10))
    case(f, "crop_images", "crop_images", [x], dict(top_cropping=1, right_cropping=2, target_height=3, target_width=4))
    case(f, "grayscale", "rgb_to_grayscale", [x])
    case(f, "patches", "extract_patches", [x], dict(size=[2, 3], strides=[1, 2], padding="same"))
    case(f, "patches_valid", "extract_patches", [x[0]], dict(size=2))


def main():
    f = Family("ops_nn")
    for part in (convolutions, norms, losses, attention, images):
        part(f)
    f.write()


if __name__ == "__main__":
    main()
