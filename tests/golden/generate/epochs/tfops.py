"""Models with TensorFlow's functions in their graph: python tfops.py FOLDER (see run.sh).

TensorFlow 1.15 to 2.3 write TensorFlowOpLayer, 2.4 to 2.15 TFOpLambda, SlicingOpLambda and their kin.
"""
import os
import sys

import numpy as np
import tensorflow as tf
from harness import Epoch, data, ints

if os.environ.get("KERAS_MODULE") == "tf_keras":
    import tf_keras as keras
else:
    keras = tf.keras
L, K = keras.layers, keras.backend
Model, Input = keras.models.Model, L.Input


# Up to 2.3, functions were taken apart into graph nodes; some ask for the batch's size, which kcpp's graphs do not have.
WHOLE = tuple(int(n) for n in tf.__version__.split(".")[:2]) >= (2, 4)


def arithmetic(e, name):
    a, b = Input((4,), name="a"), Input((4,), name="b")
    h = L.Dense(4, name="h")(a)
    c = tf.constant([1.0, 2.0, 3.0, 4.0])
    out = [a + b, a - 1.0, 2.0 * h, a / (b * b + 1.0), 1.0 - a, tf.add(a, b), tf.subtract(h, b), tf.multiply(a, 0.5), tf.divide(a, 4.0), -a, abs(a), a ** 2, h + c, c * a,
           tf.maximum(a, b), tf.minimum(a, 0.25), a - tf.reduce_mean(a, axis=-1, keepdims=True), tf.math.truediv(b, 3.0), tf.pow(abs(a), 1.5)]
    e.add(name, Model([a, b], out), [data(3, 4), data(3, 4, seed=1)])


def elementwise(e, name):
    x = Input((4,), name="x")
    p = abs(x) + 0.5
    out = [tf.exp(x), tf.math.log(p), tf.sqrt(p), tf.math.rsqrt(p), tf.square(x), tf.sin(x), tf.cos(x), tf.tanh(x), tf.sigmoid(x), tf.abs(x), tf.negative(x), tf.sign(x), tf.round(3 * x),
           tf.floor(3 * x), tf.math.ceil(3 * x), tf.math.erf(x), tf.math.log1p(p), tf.math.expm1(x), tf.nn.relu(x), tf.nn.relu6(3 * x), tf.nn.softmax(x), tf.nn.elu(x), tf.nn.selu(x),
           tf.nn.softplus(x), tf.nn.softsign(x), tf.nn.leaky_relu(x, alpha=0.1), tf.nn.sigmoid(x), tf.nn.tanh(x), tf.clip_by_value(x, -0.5, 0.5), tf.nn.log_softmax(x),
           tf.math.reciprocal(p), tf.math.softplus(x)]
    e.add(name, Model(x, out), data(3, 4))


def keras_backend(e, name):
    x, y = Input((4,), name="x"), Input((3, 4), name="y")
    out = [K.square(x), K.mean(y, axis=1), K.sum(y, axis=[1, 2], keepdims=True), K.concatenate([x, x], axis=-1), K.l2_normalize(x, axis=-1), K.expand_dims(x, 1), K.max(y, axis=-1),
           K.clip(x, 0.0, 0.5), K.relu(x, max_value=0.5), K.softmax(x), K.reshape(y, (-1, 12)), K.permute_dimensions(y, (0, 2, 1)), K.stack([x, x], axis=1), K.sqrt(K.abs(x)), K.pow(x, 2),
           K.sigmoid(x), K.hard_sigmoid(x), K.tanh(x), K.exp(x), K.log(K.abs(x) + 1.0), K.var(y, axis=1), K.std(y, axis=2), K.prod(y, axis=1), K.min(y, axis=1), K.squeeze(K.expand_dims(x, 1), 1),
           K.repeat(x, 2), K.tile(x, [1, 2]), K.maximum(x, 0.1), K.minimum(x, 0.1), K.sign(x), K.round(2 * x)] + ([K.batch_flatten(y)] if WHOLE else [])
    e.add(name, Model([x, y], out), [data(3, 4), data(3, 3, 4)])


def reductions(e, name):
    x = Input((3, 4), name="x")
    out = [tf.reduce_mean(x, axis=1), tf.reduce_sum(x, axis=[1, 2]), tf.reduce_max(x, axis=-1, keepdims=True), tf.reduce_min(x, 1), tf.reduce_prod(x, axis=2), tf.math.reduce_std(x, axis=1),
           tf.math.reduce_variance(x, axis=[1]), tf.cast(tf.argmax(x, axis=-1), tf.float32), tf.cumsum(x, axis=1), tf.norm(x, axis=-1),
           tf.math.l2_normalize(x, axis=-1), tf.cast(tf.reduce_any(x > 0.5, axis=1), tf.float32)] + ([tf.reduce_logsumexp(x, axis=1)] if WHOLE else [])
    e.add(name, Model(x, out), data(2, 3, 4))


def shapes(e, name):
    x, y = Input((3, 4), name="x"), Input((3, 4), name="y")
    parts = tf.split(x, 2, axis=2)
    un = tf.unstack(x, axis=1)
    out = [tf.reshape(x, [-1, 12]), tf.transpose(x, [0, 2, 1]), tf.expand_dims(x, 1), tf.squeeze(tf.expand_dims(x, -1), axis=-1), tf.concat([x, y], axis=-1), tf.stack([x, y], axis=1), tf.tile(x, [1, 2, 1]),
           tf.pad(x, [[0, 0], [1, 0], [2, 1]]), tf.pad(x, [[0, 0], [1, 1], [1, 1]], mode="REFLECT"), parts[1], un[2], tf.reverse(x, axis=[1]), tf.gather(x, [2, 0], axis=1), tf.identity(x), tf.stop_gradient(y), tf.zeros_like(x),
           tf.roll(x, shift=1, axis=1)] + ([tf.repeat(x, 2, axis=1), tf.ones_like(x)] if WHOLE else [])
    e.add(name, Model([x, y], out), [data(2, 3, 4), data(2, 3, 4, seed=1)])


def slices(e, name):
    x, y = Input((5, 4), name="x"), Input((6, 6, 2), name="image")
    out = [x[:, 0], x[:, -1], x[:, 1:4], x[:, ::2], x[..., 1:], x[:, :, 2], x[:, 1:3, ::-1], y[:, 1:-1, 2:, :], y[..., 0:1], y[:, None, 0], x[:, tf.newaxis, :, 3]]
    e.add(name, Model([x, y], out), [data(2, 5, 4), data(2, 6, 6, 2)])


def products(e, name):
    x, y = Input((3, 4), name="x"), Input((4, 2), name="y")
    w = tf.constant(data(4, 3, seed=5))
    out = [tf.matmul(x, y), tf.matmul(y, x, transpose_a=True, transpose_b=True), x @ y, tf.matmul(x, x, transpose_b=True), tf.linalg.matmul(x, y)] + ([tf.tensordot(x, w, axes=1)] if WHOLE else [])
    e.add(name, Model([x, y], out), [data(2, 3, 4), data(2, 4, 2, seed=1)])


def comparisons(e, name):
    x, y = Input((4,), name="x"), Input((4,), name="y")
    f = lambda t: tf.cast(t, tf.float32)
    out = [f(x > y), f(x < 0.1), f(x >= y), f(x <= y), tf.where(x > y, x, y), tf.where(tf.greater(x, 0.0), x, tf.zeros_like(x)), f(tf.equal(tf.round(x), tf.round(y))), f(tf.not_equal(tf.round(x), 0.0)),
           f(tf.logical_and(x > 0, y > 0)), f(tf.logical_or(x > 0, y > 0)), f(tf.logical_not(x > 0)), f((x > 0) & (y > 0)), tf.cast(x * 10, "int32")]
    e.add(name, Model([x, y], out), [data(3, 4), data(3, 4, seed=1)])


def convolutions(e, name):
    x = Input((6, 6, 2), name="x")
    out = [tf.nn.max_pool2d(x, 2, 2, "VALID"), tf.nn.avg_pool2d(x, [2, 2], [1, 1], "SAME"), tf.image.resize(x, [3, 3]), tf.image.resize(x, (12, 12), method="nearest"),
           tf.nn.space_to_depth(x, 2), tf.nn.depth_to_space(tf.nn.space_to_depth(x, 2), 2), tf.nn.conv2d(x, tf.constant(data(3, 3, 2, 2, seed=3)), 1, "SAME"),
           tf.nn.bias_add(x, tf.constant([0.5, -0.5]))]
    e.add(name, Model(x, out), data(2, 6, 6, 2))


def embedding_positions(e, name):
    x = Input((5,), name="tokens", dtype="int32")
    h = L.Embedding(7, 4)(x) * tf.math.sqrt(tf.cast(4, tf.float32))
    mask = tf.cast(tf.math.equal(x, 0), tf.float32)[:, :, tf.newaxis]
    out = [h * (1.0 - mask), tf.one_hot(x, 7), tf.cast(x, tf.float32) / 2.0, tf.gather(tf.constant(data(7, 2, seed=9)), x)]
    e.add(name, Model(x, out), ints(2, 5, hi=7).astype("int32"))


def methods(e, name):
    """Static shapes and types are read while the model is made."""
    x = Input((3, 4), name="x")
    out = [tf.reshape(x, (-1, x.shape[1] * x.shape[2])), tf.cast(x, x.dtype)]
    e.add(name, Model(x, out), data(2, 3, 4))


def shared_nested(e, name):
    """A nested model, and a layer, called twice between functions."""
    i = Input((4,), name="i")
    inner = Model(i, tf.nn.relu(L.Dense(4, name="d")(i)) * 2.0, name="inner")
    x = Input((4,), name="x")
    shared = L.Dense(4, name="shared")
    e.add(name, Model(x, inner(shared(inner(x) + 1.0) - shared(x))), data(3, 4))


def sizes(e, name):
    """Sizes that the graph asks for: known, open by one, and known to a call alone."""
    x, v = Input((3, 4), name="x"), Input((4,), name="v")
    n = tf.shape(x)[0]
    out = [tf.reshape(x, [n, 12]), tf.reshape(x, [n, -1]), tf.reshape(x, tf.stack([n, 4, 3])), tf.reshape(x, [-1, tf.shape(x)[1] * tf.shape(x)[2]]), tf.tile(v[:, None, :], [1, tf.shape(x)[1], 1]),
           tf.ones([n, 2]) * v[:, :2], tf.broadcast_to(tf.constant([[[1.0, 2.0, 3.0, 4.0]]]), [n, 1, 4]), x[:, tf.shape(x)[1] // 2:], tf.slice(x, [0, 1, 0], [-1, 2, 3]),
           L.Embedding(3, 4, name="positions")(tf.range(tf.shape(x)[1])) + x, tf.cast(tf.size(x), tf.float32) * v]
    e.add(name, Model([x, v], out), [data(2, 3, 4), data(2, 4)])


def composites(e, name):
    """Functions that are several operations."""
    x, p, v, g = Input((3, 4), name="x"), Input((3, 4), name="p"), Input((4,), name="v"), Input((6, 6, 2), name="g")
    out = [tf.math.add_n([x, p, x]), tf.math.xlogy(p, p), tf.math.reciprocal_no_nan(x), tf.math.reduce_euclidean_norm(x, axis=1), tf.math.zero_fraction(x), tf.math.top_k(x, k=2)[0], tf.cumsum(x, axis=1, reverse=True, exclusive=True),
           tf.math.polyval([1.0, 2.0, 3.0], x), tf.nn.l2_loss(x), tf.nn.crelu(x), tf.nn.moments(x, [1])[1], tf.nn.local_response_normalization(g, depth_radius=1), tf.nn.sigmoid_cross_entropy_with_logits(labels=p, logits=x),
           tf.clip_by_norm(x, 0.5, axes=[2]), tf.sort(x, direction="DESCENDING"), tf.linalg.matvec(x, v), tf.linalg.band_part(x, 1, 0), tf.linalg.trace(x), tf.image.flip_left_right(g), tf.image.rot90(g), tf.image.crop_to_bounding_box(g, 1, 2, 3, 4),
           tf.image.per_image_standardization(g), tf.image.adjust_contrast(g, 0.5), tf.image.extract_patches(g, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID"), tf.nn.depthwise_conv2d(g, tf.ones((3, 3, 2, 2)), [1, 1, 1, 1], "SAME"),
           tf.nn.conv2d_transpose(g, tf.ones((2, 2, 3, 2)), [2, 12, 12, 3], 2), tf.nn.weighted_cross_entropy_with_logits(p, x, 2.0), tf.boolean_mask(x, [True, False, True], axis=1), tf.truncatediv(x, p),
           tf.image.rgb_to_yuv(tf.concat([g, g[..., :1]], -1)), tf.image.rgb_to_hsv(tf.nn.sigmoid(tf.concat([g, g[..., :1]], -1)))]
    e.add(name, Model([x, p, v, g], out), [data(2, 3, 4), data(2, 3, 4, lo=0.1, seed=1), data(2, 4), data(2, 6, 6, 2)])


def picks(e, name):
    """Picking by indices, diagonals, exclusive products, segments."""
    x, m, k, i = Input((3, 4), name="x"), Input((5, 3, 2), name="m"), Input((4,), name="k", dtype="int32"), Input((2, 2), name="i", dtype="int32")
    rows = tf.stack([i[:, :, 0] % 2, i[:, :, 1] % 3], axis=-1)
    out = [tf.gather(x, k % 3, batch_dims=1), tf.gather(x, i % 3, axis=1, batch_dims=1), tf.gather(m, i % 5, axis=1, batch_dims=1), tf.gather(tf.transpose(m, [0, 2, 1, 3]), tf.stack([k, k, k], 1) % 5, batch_dims=2),
           tf.gather_nd(x, [[0, 1], [1, 2]]), tf.gather_nd(x, rows), tf.gather_nd(m, [[[0, 4, 1, 1]], [[1, 0, 0, 0]]]), tf.gather_nd(x, i[:, :, :1] % 2), tf.linalg.diag(x), tf.linalg.diag(x[:, 0]),
           tf.math.cumprod(x, axis=-1, exclusive=True), tf.math.cumprod(x, axis=1, reverse=True, exclusive=True), tf.math.segment_sum(x, [0, 0]), tf.math.segment_max(tf.transpose(x), [0, 1, 1, 2]),
           tf.math.invert_permutation(tf.argsort(k[0]))]
    e.add(name, Model([x, m, k, i], out), [data(2, 3, 4), data(2, 5, 3, 2), np.array([[7, 2, 5, 0], [1, 3, 6, 4]], "int32"), ints(2, 2, 2, hi=30).astype("int32")])


def image_sizes(e, name):
    """Of known and of unknown size."""
    g, h = Input((7, 6, 2), name="g"), Input((None, None, 1), name="h")
    out = []
    for x in (g, h):
        out += [tf.image.central_crop(x, 0.5), tf.image.central_crop(x, 0.8), tf.image.resize_with_crop_or_pad(x, 4, 9), tf.image.resize_with_crop_or_pad(x, 10, 3), tf.image.resize_with_pad(x, 5, 9), tf.image.resize_with_pad(x, 9, 4, method="nearest"),
                tf.image.resize(x, (4, 9), preserve_aspect_ratio=True), tf.image.resize(x, (11, 5), preserve_aspect_ratio=True, method="nearest")]
    e.add(name, Model([g, h], out), [data(2, 7, 6, 2), data(2, 5, 8, 1)])


def signals(e, name):
    x, s = Input((20,), name="x"), Input((None,), name="s")
    out = [tf.signal.frame(x, 5, 3), tf.abs(tf.signal.stft(x, 8, 4)), tf.math.real(tf.signal.stft(x, 5, 3, fft_length=16)), tf.math.imag(tf.signal.stft(s, 6, 2)), tf.math.angle(tf.signal.stft(x, 7, 7)),
           tf.math.log(tf.abs(tf.signal.stft(s, frame_length=8, frame_step=4, fft_length=12)) + 1.0)]
    e.add(name, Model([x, s], out), [data(2, 20), data(2, 17)])


def special(e, name):
    """Functions that Keras's ops do not have: formulas, and operations of kcpp's own."""
    x, p = Input((3, 4), name="x"), Input((3, 4), name="p")
    out = [tf.math.lgamma(5 * p), tf.math.lgamma(3 * x - 0.05), tf.math.digamma(5 * p), tf.math.digamma(3 * x - 0.05), tf.math.lbeta(p), tf.math.igamma(p, 3 * p), tf.math.igammac(3 * p, p), tf.math.betainc(p, 2 * p, p / 2), tf.math.polygamma(1.0, p),
           tf.math.zeta(1.5 + p, p), tf.math.cumulative_logsumexp(x, axis=1), tf.math.cumulative_logsumexp(x, axis=-1, reverse=True), tf.math.cumulative_logsumexp(x, axis=2, exclusive=True)[:, :, 1:], tf.nn.log_poisson_loss(3 * p, x, compute_full_loss=True),
           tf.bitcast(x, tf.int32), tf.truncatemod(x, p), tf.quantization.fake_quant_with_min_max_args(x, -0.8, 0.9, num_bits=4), tf.quantization.fake_quant_with_min_max_vars_per_channel(x, [-0.8, -0.5, -1.0, -0.1], [0.9, 0.5, 0.2, 1.0])]
    if WHOLE:
        out += [tf.math.bessel_i0e(x), tf.math.bessel_i1(3 * x), tf.math.bessel_i1e(x)]
    e.add(name, Model([x, p], out), [data(2, 3, 4), data(2, 3, 4, lo=0.1, seed=2)])


def blocks(e, name):
    """Blocks and windows of images and series; what lies at the corners of TensorFlow 1's images."""
    g, s = Input((6, 6, 2), name="g"), Input((8, 3), name="s")
    f = tf.constant(data(2, 2, 2, seed=6))
    out = [tf.space_to_batch(g, [2, 3], [[1, 1], [0, 0]]), tf.space_to_batch(s, [2], [[1, 1]]), tf.batch_to_space(tf.space_to_batch(g, [2, 2], [[0, 0], [0, 0]]), [2, 2], [[1, 0], [0, 2]]), tf.nn.dilation2d(g, f, [1, 2, 1, 1], "SAME", "NHWC", [1, 1, 2, 1]),
           tf.nn.erosion2d(g, f, [1, 1, 2, 1], "SAME", "NHWC", [1, 1, 1, 1]), tf.nn.erosion2d(g, f, [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]), tf.nn.atrous_conv2d(g, tf.constant(data(2, 2, 2, 3)), 2, "VALID"), tf.nn.conv2d(g, tf.constant(data(3, 3, 2, 4)), 1, [[0, 0], [1, 2], [2, 1], [0, 0]]),
           tf.compat.v1.image.resize_bilinear(g, (9, 4)), tf.compat.v1.image.resize_bilinear(g, (9, 4), align_corners=True), tf.compat.v1.image.resize_nearest_neighbor(g, (4, 9)), tf.image.crop_and_resize(g, tf.constant([[0.1, 0.2, 0.8, 0.9], [0.0, 0.0, 1.2, 0.5], [0.9, 0.1, 0.2, 0.7]]), [1, 0, 1], [4, 3])]
    e.add(name, Model([g, s], out), [data(2, 6, 6, 2), data(2, 8, 3)])


def colors(e, name):
    g, u = Input((6, 7, 3), name="g"), Input((5, 4, 3), name="u", dtype="uint8")
    out = [tf.image.adjust_saturation(g, 0.5), tf.image.adjust_hue(g, 0.2), tf.image.yuv_to_rgb(g), tf.image.rgb_to_yiq(g), tf.image.yiq_to_rgb(g), tf.image.convert_image_dtype(u, tf.float32), tf.image.convert_image_dtype(u, tf.int16), tf.image.convert_image_dtype(g, tf.uint8)]
    if WHOLE:
        out += [tf.image.ssim(g, g * 0.9, 1.0, filter_size=5)]
    e.add(name, Model([g, u], out), [data(2, 6, 7, 3, lo=0.0), ints(2, 5, 4, 3, hi=256).astype("uint8")])


def scatters(e, name):
    x, y, k, m = Input((3, 4), name="x"), Input((3, 4), name="y"), Input((3,), name="k", dtype="int32"), Input((3, 3), name="m")
    t = tf.transpose(x)
    out = [tf.tensor_scatter_nd_add(x, [[0]], y[1:]), tf.tensor_scatter_nd_sub(x, [[0], [1]], y), tf.math.segment_mean(t, [0, 1, 1, 2]), tf.math.unsorted_segment_max(x, [0, 1], 2), tf.math.unsorted_segment_mean(t, [0, 1, 1, 0], 3), tf.math.unsorted_segment_sqrt_n(t, [0, 1, 1, 0], 2),
           tf.math.unsorted_segment_sum(x, k, 5), tf.reverse_sequence(x, [2, 3], seq_axis=1), tf.reverse_sequence(x, k[:, 0], seq_axis=2, batch_axis=0), tf.unravel_index(k[0], [2, 3]), tf.linspace(x[0, 0, 0], x[0, 0, 1], 5), tf.eye(tf.shape(m)[1]) + m, tf.linalg.set_diag(m, x[:, :, 0]),
           tf.linalg.cholesky_solve(tf.linalg.cholesky(tf.matmul(m, m, transpose_b=True) + 2.0 * tf.eye(3)), x), tf.linalg.triangular_solve(m + 2.0 * tf.eye(3), x, adjoint=True), tf.linalg.solve(m + 2.0 * tf.eye(3), x, adjoint=True), tf.strided_slice(x, [0, 0, 1], [2, 3, 4], [1, 2, 1], begin_mask=1, end_mask=3),
           tf.gather_nd(x, tf.stack([k, k[:, ::-1]], -1) % 3, batch_dims=1), tf.one_hot(k, 4, on_value=2.0, off_value=-1.0), tf.bitwise.bitwise_xor(k, 5), tf.bitwise.left_shift(k, 2)]
    e.add(name, Model([x, y, k, m], out), [data(2, 3, 4), data(2, 3, 4, seed=1), ints(2, 3, hi=4).astype("int32"), data(2, 3, 3, seed=3)])


def transforms(e, name):
    """Cosine and Fourier transforms, complex numbers between them."""
    x, y, s = Input((3, 8), name="x"), Input((3, 8), name="y"), Input((9, 2), name="s")
    f = lambda t: tf.cast(t, tf.complex64)
    out = [tf.math.real(tf.signal.fft2d(f(x))), tf.abs(tf.signal.fft(tf.complex(x, y))), tf.cast(tf.signal.ifft(tf.signal.fft(f(x))), tf.float32), tf.math.imag(tf.signal.ifft2d(tf.signal.fft2d(tf.complex(x, y)) * tf.complex(y, x) - f(x))), tf.math.angle(tf.math.conj(tf.signal.fft(f(y))))]
    if WHOLE:
        out += [tf.signal.dct(x), tf.signal.dct(x, norm="ortho"), tf.signal.dct(x, type=3), tf.signal.idct(x, norm="ortho"), tf.signal.mfccs_from_log_mel_spectrograms(x), tf.signal.ifftshift(x, axes=[1]), tf.signal.frame(s, 4, 2, axis=1),
                tf.signal.frame(x, 5, 3, pad_end=True), tf.abs(tf.signal.stft(x, 4, 3, pad_end=True)), tf.abs(tf.signal.stft(x, 4, 2, window_fn=None))]
    e.add(name, Model([x, y, s], out), [data(2, 3, 8), data(2, 3, 8, seed=1), data(2, 9, 2)])


def several(e, name):
    """Functions of several results, and complex ones."""
    x, y, m, g = Input((3, 4), name="x"), Input((3, 4), name="y"), Input((3, 3), name="m"), Input((5, 6, 2), name="g")
    values, u, v = tf.linalg.svd(x)
    triangles, order = tf.linalg.lu(m[0])
    roots, vectors = tf.linalg.eig(tf.matmul(m, m, transpose_b=True) + tf.linalg.diag(x[:, :, 0]) * 0.0)
    clipped, norm = tf.clip_by_global_norm([x, y], 0.5)
    count, total, squares, shift = tf.nn.sufficient_statistics(x, [1], shift=0.5, keepdims=True)
    largest, places = tf.nn.max_pool_with_argmax(g, 3, 2, "SAME", include_batch_in_index=True)
    out = [values, tf.matmul(u * values[:, None], v, transpose_b=True), abs(v), triangles, order, tf.sort(tf.math.real(roots)), tf.sort(tf.math.real(tf.linalg.eigvals(tf.matmul(m, m, transpose_b=True)))), tf.reduce_sum(abs(vectors) ** 2, axis=1), clipped[1], norm,
           count, total, squares, shift, largest, places, tf.identity_n([x, y])[1], tf.shape_n([x, y])[0], tf.math.approx_max_k(x, 2)[1]]
    e.add(name, Model([x, y, m, g], out), [data(2, 3, 4), data(2, 3, 4, seed=1), data(2, 3, 3, seed=3), data(2, 5, 6, 2)])


def masks(e, name):
    """Results whose size hangs on the data."""
    x, y, k = Input((3, 4), name="x"), Input((3, 4), name="y"), Input((5,), name="k", dtype="int32")
    part = k[:, 0] % 2
    out = [tf.where(x > 0), tf.boolean_mask(x, x > 0), tf.boolean_mask(x, x[:, :, 0] > 0), tf.boolean_mask(x, x[0, :, 0] > 0, axis=1), tf.boolean_mask(x, tf.constant([[True, False, True], [False, True, True]])), tf.gather_nd(x, tf.where(y > x))]
    out += list(tf.unique_with_counts(tf.reshape(k, [-1]))) + tf.dynamic_partition(x, tf.cast(x > y, tf.int32), 2) + [tf.dynamic_stitch([[2, 0], [1, 3]], [x, y]), tf.dynamic_stitch(tf.dynamic_partition(tf.range(2), part, 2), tf.dynamic_partition(x, part, 2))]
    e.add(name, Model([x, y, k], out), [data(2, 3, 4), data(2, 3, 4, seed=1), np.array([[3, 1, 4, 1, 5], [2, 5, 3, 5, 0]], "int32")])


def counts(e, name):
    """Counting, losses as functions, quantized numbers, dilated windows."""
    x, p, k, g = Input((3, 4), name="x"), Input((3, 4), name="p"), Input((5,), name="k", dtype="int32"), Input((12, 10, 2), name="g")
    w = tf.cast(k, tf.float32) + 0.5
    out = [tf.math.bincount(k, minlength=7, axis=-1), tf.math.bincount(k), tf.math.bincount(k, weights=w, maxlength=3), tf.math.bincount(k, weights=w, axis=-1), tf.math.bincount(k, binary_output=True, axis=-1, dtype=tf.float32), tf.histogram_fixed_width(3 * x, [-1.0, 1.0], nbins=4),
           tf.histogram_fixed_width_bins(3 * x, [-1.0, 1.0], nbins=5), tf.math.confusion_matrix(k[0], k[1]), tf.math.confusion_matrix(k[0], k[1], 6, weights=w[0], dtype=tf.float32), tf.math.is_non_decreasing(x), tf.math.is_strictly_increasing(tf.sort(x[0, 0])),
           keras.losses.hinge(x, p), keras.losses.squared_hinge(tf.cast(x > 0, tf.float32), p), K.categorical_focal_crossentropy(p, K.softmax(x), alpha=0.3), tf.nn.compute_average_loss(x[:, 0, 0], global_batch_size=4), tf.nn.pool(g, [2, 3], "MAX", dilations=[2, 1]), tf.nn.pool(g, [3, 2], "AVG", dilations=[2, 3]),
           tf.image.ssim_multiscale(abs(g), abs(g) * 0.9, 1.0, power_factors=(0.5, 0.5), filter_size=3), tf.quantization.quantize_and_dequantize_v2(x, -0.3, 0.7, range_given=True, num_bits=4), tf.quantization.quantize_and_dequantize_v2(x, 0.0, 0.0, round_mode="HALF_UP")]
    e.add(name, Model([x, p, k, g], out), [data(2, 3, 4), data(2, 3, 4, lo=0.1, seed=2), np.array([[3, 1, 4, 1, 5], [2, 5, 3, 5, 0]], "int32"), data(2, 12, 10, 2)])


def diagonals(e, name):
    """Diagonals beside the main one, and picking with several axes of the batch."""
    x, m, v, k, g = Input((3, 4), name="x"), Input((3, 3), name="m"), Input((4,), name="v"), Input((5,), name="k", dtype="int32"), Input((3, 4, 2), name="g")
    t = tf.transpose(x, [0, 2, 1])
    out = [tf.linalg.diag(v, k=1), tf.linalg.diag(x, k=-2, padding_value=2.0), tf.linalg.diag(v, num_rows=4, num_cols=6), tf.linalg.set_diag(m, v[:, :2], k=1), tf.linalg.set_diag(x, v[:, :2], k=-1), tf.linalg.tridiagonal_solve(tf.stack([v, v + 3, v], 1), v),
           tf.linalg.tridiagonal_solve((v[:, 1:], v + 3, v[:, 1:]), t, diagonals_format="sequence"), tf.linalg.tridiagonal_matmul(tf.stack([v, v, v], 1), t), tf.gather(g, k % 2, axis=-1, batch_dims=1), tf.gather(g, k % 4, axis=2, batch_dims=1), tf.gather(x, [1, 0], axis=2, batch_dims=1),
           tf.gather_nd(g, tf.cast(abs(g[..., :1]) * 1.9, tf.int32), batch_dims=3), tf.compat.v1.batch_gather(x, k % 3)]
    e.add(name, Model([x, m, v, k, g], out), [data(2, 3, 4), data(2, 3, 3, seed=3), data(2, 4), ints(2, 5, hi=5).astype("int32"), data(2, 3, 4, 2)])


def sequences(e, name):
    """The ways back from transforms, and connectionist temporal classification."""
    x, s, k = Input((16,), name="x"), Input((8, 3), name="s"), Input((4,), name="k", dtype="int32")
    f = lambda t: tf.cast(t, tf.complex64)
    short = tf.signal.stft(x, 5, 3)
    out = [tf.signal.inverse_stft(short, 5, 3), tf.signal.inverse_stft(tf.signal.stft(x, 4, 2), 6, 2, fft_length=4), tf.signal.overlap_and_add(s, 2), tf.signal.fftshift(s), tf.signal.ifftshift(s), tf.signal.mdct(x, 8, pad_end=True), tf.signal.inverse_mdct(tf.signal.mdct(x, 4, norm="ortho"), norm="ortho"),
           tf.signal.inverse_mdct(tf.signal.mdct(x, 4, window_fn=None), window_fn=None), tf.signal.dct(x, type=1), tf.signal.dct(x, type=4), tf.signal.idct(x, type=4, norm="ortho"), tf.signal.dct(x, n=20), tf.signal.dct(x, type=3, n=7), tf.math.imag(tf.signal.ifft3d(tf.signal.fft3d(f(s)) * f(s + 1.0))),
           tf.nn.ctc_loss(k[:, :2] % 2 + 1, tf.transpose(s, [1, 0, 2]), [2, 2], [8, 7], blank_index=0), tf.nn.ctc_loss(k[:, :2] % 2, s, k[:, 2] % 2, k[:, 3] % 2 + 6, logits_time_major=False, blank_index=-1), K.ctc_batch_cost(k[:, :2] % 2, tf.nn.softmax(s), k[:, 2:3] % 2 + 5, k[:, 3:] % 2 + 1),
           tf.nn.ctc_greedy_decoder(tf.transpose(s, [1, 0, 2]), [8, 6])[1], K.ctc_decode(tf.nn.softmax(s), [8, 6])[0][0]] + K.ctc_decode(tf.nn.softmax(3 * s), k[:, 3] % 2 + 6, greedy=False, beam_width=10, top_paths=3)[0]
    e.add(name, Model([x, s, k], out), [data(2, 16), data(2, 8, 3), np.array([[1, 0, 3, 2], [0, 1, 0, 5]], "int32")])


def window_functions(e, name):
    """TensorFlow writes the windows' names, and cannot read such a file itself."""
    x = Input((20,), name="x")
    s = tf.signal
    out = [tf.abs(s.stft(x, n, 3, window_fn=w)) for n, w in ((6, s.hamming_window), (5, s.hamming_window), (5, s.kaiser_window), (6, s.vorbis_window), (8, s.kaiser_bessel_derived_window))] + [s.mdct(x, 8, window_fn=s.kaiser_bessel_derived_window)]
    e.add(name, Model(x, out), data(2, 20))


def trained(e, name):
    """Gradients go through functions that kcpp takes apart or computes by itself."""
    x = Input((3, 4), name="x")
    h = L.Dense(4, name="h")(x)
    p = tf.nn.softplus(h) + 0.2
    g = tf.reshape(h, [-1, 3, 4, 1])
    parts = [tf.math.lgamma(p), tf.math.digamma(p), tf.math.igamma(p, 1.5 * p), tf.math.igammac(p, p), tf.math.betainc(tf.ones_like(p) * 1.5, tf.ones_like(p), tf.sigmoid(h)), tf.math.zeta(tf.ones_like(p) * 2.5, p), tf.math.cumulative_logsumexp(h, axis=1), tf.nn.log_poisson_loss(p, h),
             tf.quantization.fake_quant_with_min_max_args(h, -0.5, 0.6), tf.tensor_scatter_nd_add(h, [[0]], h[1:2]), tf.reverse_sequence(h, [2, 3], seq_axis=1), tf.math.real(tf.signal.fft2d(tf.cast(h, tf.complex64))),
             tf.squeeze(tf.nn.dilation2d(g, tf.constant(data(2, 2, 1)), [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]), -1), tf.squeeze(tf.image.crop_and_resize(g, [[0.1, 0.1, 0.8, 0.9], [0.0, 0.2, 1.0, 0.7]], [1, 0], [3, 4]), -1), tf.math.bessel_i0e(h), tf.math.bessel_i1(h)]
    model = Model(x, L.Dense(1, name="y")(tf.concat(parts, -1)))
    model.compile("sgd", "mse")
    e.add(name, model, data(2, 3, 4), resume=data(2, 3, 1, seed=1))


def special_too(e, name):
    """More of what only kcpp's own operations do."""
    x, p, m = Input((3, 4), name="x"), Input((3, 4), name="p"), Input((3, 3), name="m")
    s = tf.math.special
    out = [tf.linalg.expm(m), tf.linalg.expm(2.0 * m), tf.linalg.sqrtm(tf.matmul(m, m, transpose_b=True) + tf.eye(3)), s.expint(3.0 * p), s.dawsn(3.0 * x), s.dawsn(30.0 * x), s.fresnel_sin(x), s.fresnel_sin(6.0 * x), s.fresnel_cos(6.0 * x), s.spence(p), s.spence(7.0 * p), s.bessel_j0(9.0 * x), s.bessel_j1(9.0 * x), s.bessel_y0(9.0 * p), s.bessel_y1(9.0 * p),
           s.bessel_k0(p), s.bessel_k1(5.0 * p), s.bessel_k0e(5.0 * p), s.bessel_k1e(p)]
    e.add(name, Model([x, p, m], out), [data(2, 3, 4), data(2, 3, 4, lo=0.1, seed=2), data(2, 3, 3, seed=3)])


def boxes(e, name):
    """Choosing among overlapping boxes."""
    b, q = Input((6, 4), name="b"), Input((6, 3), name="q")
    flat = b[0]
    chosen = tf.image.non_max_suppression(flat, q[0, :, 0], 4, iou_threshold=0.1, score_threshold=-0.9)
    out = [chosen, tf.gather(flat, chosen)] + list(tf.image.combined_non_max_suppression(b[:, :, None], q, 2, 5, iou_threshold=0.2, score_threshold=-0.5))
    out += list(tf.image.combined_non_max_suppression(tf.stack([b, 0.5 * b, 0.3 + b], 2), q, 2, 20, iou_threshold=0.2, pad_per_class=True, clip_boxes=False))
    e.add(name, Model([b, q], out), [data(2, 6, 4), data(2, 6, 3, seed=1)])


def trained_special(e, name):
    """Gradients of them."""
    x = Input((3, 4), name="x")
    h = L.Dense(3, name="h")(x)
    p = tf.nn.softplus(h) + 0.2
    s = tf.math.special
    parts = [tf.linalg.expm(h), tf.linalg.sqrtm(tf.matmul(h, h, transpose_b=True) + 2.0 * tf.eye(3)), s.expint(p), s.dawsn(h), s.spence(p), s.fresnel_sin(h), s.fresnel_cos(h), s.bessel_j0(p), s.bessel_j1(p), s.bessel_y0(p), s.bessel_y1(p), s.bessel_k0(p), s.bessel_k1e(p), s.bessel_k0e(p), s.bessel_k1(p)]
    model = Model(x, L.Dense(1, name="y")(tf.concat(parts, -1)))
    model.compile("sgd", "mse")
    e.add(name, model, data(2, 3, 4), resume=data(2, 3, 1, seed=1))


def trained_too(e, name):
    """Gradients through functions of several results and of the batch's axes."""
    x, k = Input((3, 4), name="x"), Input((4,), name="k", dtype="int32")
    h = L.Dense(4, name="h")(x)
    values, u, v = tf.linalg.svd(h)
    flat = tf.reshape(h, [-1, 12])
    parts = [tf.matmul(u * values[:, None], v, transpose_b=True), tf.clip_by_global_norm([h, 2.0 * h], 0.5)[0][1], tf.gather(h, k % 4, axis=2, batch_dims=1), tf.linalg.set_diag(h, values), tf.reshape(tf.signal.inverse_mdct(tf.signal.mdct(flat, 4))[:, :12], [-1, 3, 4]),
             tf.reshape(tf.signal.inverse_stft(tf.signal.stft(flat, 4, 2), 4, 2), [-1, 3, 4]), tf.quantization.quantize_and_dequantize_v2(h, -0.5, 0.6, range_given=True, num_bits=6), tf.gather_nd(h, tf.where(tf.ones_like(h) > 0.0)[:, :2])[:3][None] * tf.ones_like(h), tf.linalg.tridiagonal_matmul(tf.stack([h[:, 0, :3]] * 3, 1), h)]
    loss = tf.nn.ctc_loss(k[:, :1] % 3 + 1, h, [1, 1], [3, 3], logits_time_major=False, blank_index=0)
    model = Model([x, k], L.Dense(1, name="y")(tf.concat(parts, -1)) + 0.1 * loss[:, None, None])
    model.compile("sgd", "mse")
    e.add(name, model, [data(2, 3, 4), ints(2, 4, hi=9).astype("int32")], resume=data(2, 3, 1, seed=1))


def graph_nodes(e, name):
    """Graph nodes of several results, and of sizes that hang on the data."""
    x, y, m, g, k = Input((3, 4), name="x"), Input((3, 4), name="y"), Input((3, 3), name="m"), Input((5, 6, 2), name="g"), Input((5,), name="k", dtype="int32")
    values, u, v = tf.linalg.svd(x)
    largest, places = tf.nn.max_pool_with_argmax(g, 3, 2, "SAME", include_batch_in_index=True)
    d = tf.stack([x[:, 0], x[:, 1] + 3.0, x[:, 2]], 1)
    chosen = tf.image.non_max_suppression(x[0], y[0, :, 0], 2, iou_threshold=0.1)
    s = tf.math.special
    out = [values, tf.matmul(u * values[:, None], v, transpose_b=True), tf.math.real(tf.linalg.eigvals(tf.matmul(m, m, transpose_b=True)))[:, :1] * 0.0, largest, places, tf.where(x > 0), tf.boolean_mask(x, x > 0), tf.boolean_mask(x, x[0, :, 0] > 0, axis=1), tf.histogram_fixed_width(3 * x, [-1.0, 1.0], nbins=4),
           tf.dynamic_stitch([[2, 0], [1, 3]], [x, y]), tf.linalg.tridiagonal_solve(d, tf.transpose(x, [0, 2, 1])), tf.linalg.tridiagonal_matmul(d, tf.transpose(x, [0, 2, 1])), tf.linalg.sqrtm(tf.matmul(m, m, transpose_b=True) + tf.eye(3)), s.expint(abs(x)), s.dawsn(x), s.spence(abs(x)), s.bessel_j0(x), s.bessel_k1(abs(x)), chosen, tf.shape_n([x, y])[0], tf.searchsorted([0.0, 0.5], x[0, 0]), tf.searchsorted(tf.sort(x[:, 0]), y[:, 0], side="right")]
    out += list(tf.linalg.lu(m)) + list(tf.unique_with_counts(tf.reshape(k, [-1]))) + tf.dynamic_partition(x, tf.cast(x > y, tf.int32), 2) + list(tf.image.combined_non_max_suppression(x[:, :, None], y, 2, 5, iou_threshold=0.2, score_threshold=-0.5))
    e.add(name, Model([x, y, m, g, k], out), [data(2, 3, 4), data(2, 3, 4, seed=1), data(2, 3, 3, seed=3), data(2, 5, 6, 2), np.array([[3, 1, 4, 1, 5], [2, 5, 3, 5, 0]], "int32")])


if __name__ == "__main__":
    e = Epoch(sys.argv[1], "2 of TensorFlow " + tf.__version__)
    for case in (arithmetic, elementwise, keras_backend, reductions, shapes, slices, products, comparisons, convolutions, embedding_positions, methods, shared_nested, sizes, composites, picks, image_sizes, signals, special, blocks, colors, scatters, transforms) + ((several, masks, counts, diagonals, sequences, window_functions, special_too, boxes, trained, trained_too, trained_special) if WHOLE else (graph_nodes,)):
        e.run(case.__name__, case)
    e.write()
