"""A sweep over TensorFlow's functions in Keras models: python sweep_tfops.py FOLDER (see run.sh). One small file a function; EPOCHS_OUT names the folder."""
import sys

import numpy as np
import tensorflow as tf
from harness import Epoch, data, ints

K, L = tf.keras.backend, tf.keras.layers
# x (3, 4), y (3, 4), v (4), p (3, 4) positive, m (3, 3) positive definite, i (5) whole numbers, g (6, 6, 2) an image, s (8, 3) a series, b (3, 4) conditions
EXPRESSIONS = """
tf.math.add_n([x, y, x]) | tf.add_n([x, y]) | tf.math.accumulate_n([x, y]) | tf.math.scalar_mul(2.0, x) | tf.realdiv(x, p) | tf.math.multiply_no_nan(x, y) | tf.math.reciprocal_no_nan(x)
tf.math.xlogy(p, p) | tf.math.xdivy(x, p) | tf.math.xlog1py(p, p) | tf.math.reduce_euclidean_norm(x, axis=1) | tf.cast(tf.math.count_nonzero(b, axis=1), tf.float32) | tf.math.zero_fraction(x)
tf.math.top_k(x, k=2)[0] | tf.cast(tf.nn.top_k(x, k=2)[1], tf.float32) | tf.nn.top_k(x, 2, sorted=True).values | tf.math.cumulative_logsumexp(x, axis=1) | tf.math.polyval([1.0, 2.0, 3.0], x)
tf.cumsum(x, axis=1, exclusive=True) | tf.cumsum(x, axis=1, reverse=True) | tf.math.cumprod(x, axis=2, reverse=True, exclusive=True) | tf.math.floormod(x, p) | x % p | x // p | tf.truncatediv(x, p)
tf.math.squared_difference(x, y) | tf.math.divide_no_nan(x, y) | tf.math.atan2(x, p) | tf.math.sinh(x) | tf.math.asinh(x) | tf.math.atanh(x * 0.9) | tf.math.erfinv(x * 0.9) | tf.math.erfcinv(p)
tf.math.ndtri(0.5 + 0.4 * x) | tf.math.log_sigmoid(x) | tf.math.bessel_i0(x) | tf.math.lgamma(p) | tf.math.digamma(p) | tf.math.igamma(p, p) | tf.math.sobol_sample(2, 3) + x[0, 0, 0] | tf.math.rint(3 * x)
tf.cast(tf.math.is_nan(x), tf.float32) | tf.cast(tf.math.is_finite(x), tf.float32) | tf.math.invert_permutation(tf.cast(i, tf.int32)[0]) | tf.cast(tf.math.in_top_k([1, 0, 2], x[0]), tf.float32)
tf.reduce_mean(x) | tf.reduce_sum(x, [1, 2]) | tf.reduce_max(x, axis=[-1, -2], keepdims=True) | tf.reduce_logsumexp(x, axis=-1, keepdims=True) | tf.math.reduce_std(x, axis=[1, 2]) | tf.cast(tf.reduce_all(x > -2, 1), tf.float32)
tf.shape(x)[0] + 0 * tf.cast(x[0, 0, 0], tf.int32) | tf.reshape(x, [tf.shape(x)[0], 12]) | tf.reshape(x, [tf.shape(x)[0], -1]) | tf.reshape(x, [-1, tf.shape(x)[1] * tf.shape(x)[2]]) | tf.reshape(x, (tf.shape(x)[0] * 3, 4))
tf.reshape(x, tf.stack([tf.shape(x)[0], 4, 3])) | tf.reshape(x, tf.concat([tf.shape(x)[:1], [2, 6]], axis=0)) | tf.reshape(x, tf.shape(y)) | tf.reshape(g, [tf.shape(g)[0], tf.shape(g)[1] * tf.shape(g)[2], 2])
x + tf.zeros([tf.shape(x)[0], 3, 4]) | tf.ones((tf.shape(x)[0], 1, 4)) * x | tf.fill([tf.shape(x)[0], 3, 2], 0.5) | tf.zeros(tf.shape(x)) + x | tf.ones(shape=[tf.shape(x)[0], 2]) | tf.eye(3) + m
tf.tile(x, [1, tf.shape(y)[1], 1]) | tf.tile(v[:, None, :], [1, tf.shape(x)[1], 1]) | tf.broadcast_to(v[:, None], tf.shape(x)) | tf.broadcast_to(tf.constant([[[1.0, 2.0, 3.0, 4.0]]]), [tf.shape(x)[0], 1, 4])
x + tf.cast(tf.range(tf.shape(x)[2]), tf.float32) | tf.range(start=0, limit=tf.shape(x)[1], delta=1) + 0 * tf.cast(x[0, 0, 0], tf.int32) | L.Embedding(3, 4)(tf.range(tf.shape(x)[1])) + x | tf.range(0, tf.shape(x)[0]) + tf.cast(x[:, 0, 0], tf.int32)
x[:, :tf.shape(x)[1] - 1] | x[:, tf.shape(x)[1] // 2:] | tf.slice(x, [0, 1, 0], [-1, 2, 3]) | tf.slice(x, [0, 0, 0], [tf.shape(x)[0], 2, 2]) | tf.strided_slice(x, [0, 1], [2, 3]) | x[0:2, tf.shape(x)[1] - 2]
tf.image.resize(g, tf.shape(g)[1:3] * 2) | tf.image.resize(g, [tf.shape(g)[1] // 2, 3]) | tf.cast(tf.rank(x), tf.float32) * x | tf.cast(tf.size(x), tf.float32) + x | tf.ensure_shape(x, [None, 3, 4]) | tf.convert_to_tensor(x)
tf.sort(x, axis=1) | tf.sort(x, axis=-1, direction="DESCENDING") | tf.cast(tf.argsort(x, axis=1), tf.float32) | tf.cast(tf.argsort(x, direction="DESCENDING"), tf.float32) | tf.gather(x, tf.cast(i, tf.int32) % 3, axis=1, batch_dims=1)
tf.gather_nd(x, [[0, 1], [1, 2]]) | tf.gather(x, [0, 2], axis=-1) | tf.gather(tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]]), tf.cast(i, tf.int32)) | tf.boolean_mask(x, [True, False, True], axis=1) | tf.one_hot(tf.cast(i, tf.int32), 5)
tf.one_hot(tf.cast(i, tf.int32), depth=5, on_value=2.0, off_value=-1.0) | tf.one_hot(tf.cast(i, tf.int32), 5, axis=1) | tf.sequence_mask(tf.cast(i, tf.int32)[:, 0], 5, dtype=tf.float32) | tf.where(b, x, y) | tf.where(b, x, 0.0)
tf.meshgrid(v[0], v[1])[0] | tf.stack([x, y], axis=-1) | tf.unstack(x, axis=-1)[3] | tf.split(x, [1, 3], axis=2)[1] | tf.concat([x, tf.zeros_like(x)], -1) | tf.squeeze(x[:, :1], [1]) | tf.squeeze(x[:, :1]) | tf.expand_dims(x, axis=-2)
tf.repeat(x, repeats=2, axis=-1) | tf.roll(x, shift=[1, 2], axis=[1, 2]) | tf.reverse(x, [1, -1]) | tf.pad(x, [[0, 0], [1, 1], [0, 2]], constant_values=0.5) | tf.pad(x, [[0, 0], [1, 1], [0, 2]], "SYMMETRIC") | tf.transpose(x) | tf.linalg.matrix_transpose(x)
tf.linalg.adjoint(x) | tf.linalg.matvec(x, v) | tf.linalg.trace(m) | tf.linalg.diag_part(m) | tf.linalg.diag(v) | tf.linalg.band_part(m, -1, 0) | tf.linalg.band_part(m, 1, 1) | tf.linalg.cholesky(m) | tf.linalg.inv(m) | tf.linalg.det(m) | tf.linalg.logdet(m)
tf.linalg.solve(m, x) | tf.linalg.triangular_solve(m, x) | tf.linalg.pinv(m) | tf.linalg.eigh(m)[0] | tf.linalg.svd(m, compute_uv=False) | tf.linalg.cross(x[:, :, :3], y[:, :, :3]) | tf.linalg.norm(x, axis=-1) | tf.norm(x, ord=1, axis=1) | tf.norm(x) | tf.linalg.normalize(x, axis=-1)[0]
tf.linalg.l2_normalize(x, axis=[1, 2]) | tf.linalg.tensordot(x, v, axes=[[2], [1]]) | tf.einsum("bij,bkj->bik", x, y) | tf.einsum("bij,jk->bik", x, tf.constant([[1.0], [2.0], [3.0], [4.0]])) | tf.einsum("...ij->...ji", x) | tf.linalg.einsum("bij,bij->b", x, y)
tf.matmul(x, y, transpose_b=True) | tf.matmul(x, y, adjoint_b=True) | x @ tf.transpose(y, [0, 2, 1]) | tf.linalg.matmul(tf.transpose(x, [0, 2, 1]), y) | tf.nn.l2_loss(x) | tf.nn.crelu(x) | tf.nn.batch_normalization(x, v[:, None], p, 0.1, 2.0, 1e-3) | tf.nn.moments(x, [1])[0]
tf.nn.moments(x, axes=[1, 2], keepdims=True)[1] | tf.nn.local_response_normalization(g) | tf.nn.lrn(g, depth_radius=1, bias=2.0, alpha=0.5, beta=0.7) | tf.nn.softmax_cross_entropy_with_logits(labels=p, logits=x) | tf.nn.sigmoid_cross_entropy_with_logits(labels=p, logits=x)
tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.cast(i, tf.int32)[:, :3] % 4, logits=x) | tf.nn.weighted_cross_entropy_with_logits(p, x, 2.0) | tf.nn.embedding_lookup(tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]]), tf.cast(i, tf.int32))
tf.nn.conv1d(s, tf.ones((3, 3, 2)), 1, "SAME") | tf.nn.conv2d(g, tf.ones((3, 2, 2, 4)), strides=[1, 2, 2, 1], padding="VALID") | tf.nn.depthwise_conv2d(g, tf.ones((3, 3, 2, 2)), [1, 1, 1, 1], "SAME") | tf.nn.separable_conv2d(g, tf.ones((2, 2, 2, 1)), tf.ones((1, 1, 2, 3)), [1, 1, 1, 1], "VALID")
tf.nn.conv2d_transpose(g, tf.ones((2, 2, 3, 2)), [2, 12, 12, 3], 2) | tf.nn.convolution(g, tf.ones((2, 2, 2, 3))) | tf.nn.max_pool1d(s, 2, 2, "VALID") | tf.nn.avg_pool1d(s, 3, 1, "SAME") | tf.nn.max_pool(g, 2, 2, "SAME") | tf.nn.avg_pool2d(g, 3, 2, "VALID") | tf.nn.pool(g, [2, 2], "MAX")
tf.nn.max_pool3d(g[:, :, :, :, None], 2, 2, "VALID") | tf.nn.gelu(x) | tf.nn.gelu(x, approximate=True) | tf.nn.silu(x) | tf.nn.swish(x) | tf.nn.softmax(x, axis=1) | tf.nn.log_softmax(x, axis=-2) | tf.nn.leaky_relu(x) | tf.nn.bias_add(x, [1.0, 2.0, 3.0, 4.0]) | tf.nn.l2_normalize(x, -1)
tf.nn.softsign(x) | tf.nn.relu6(9 * x) | tf.nn.space_to_depth(g, 3) | tf.nn.depth_to_space(tf.concat([g, g], -1), 2) | tf.space_to_batch_nd(g, [2, 2], [[0, 0], [0, 0]]) | tf.nn.erosion2d(g, tf.zeros((2, 2, 2)), [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]) | tf.nn.normalize_moments(2.0, x, y, None)[0]
tf.image.flip_left_right(g) | tf.image.flip_up_down(g) | tf.image.rot90(g) | tf.image.rot90(g, k=3) | tf.image.transpose(g) | tf.image.grayscale_to_rgb(g[..., :1]) | tf.image.rgb_to_grayscale(tf.concat([g, g[..., :1]], -1)) | tf.image.crop_to_bounding_box(g, 1, 2, 3, 4)
tf.image.pad_to_bounding_box(g, 1, 2, 9, 10) | tf.image.central_crop(g, 0.5) | tf.image.resize_with_crop_or_pad(g, 4, 8) | tf.image.resize_with_pad(g, 4, 8) | tf.image.adjust_brightness(g, 0.1) | tf.image.adjust_contrast(g, 0.5) | tf.image.adjust_gamma(abs(g), 0.5, 2.0) | tf.image.per_image_standardization(g)
tf.image.extract_patches(g, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID") | tf.image.resize(g, (9, 9), method="bicubic") | tf.image.resize(g, (3, 3), antialias=True) | tf.image.resize(g, (4, 8), method="lanczos3") | tf.image.resize(g, (4, 8), method="area") | tf.image.resize(g, (4, 8), preserve_aspect_ratio=True)
tf.image.psnr(g, g + 0.1, 1.0) | tf.image.total_variation(g) | tf.image.rgb_to_yuv(tf.concat([g, g[..., :1]], -1)) | tf.image.rgb_to_hsv(tf.nn.sigmoid(tf.concat([g, g[..., :1]], -1))) | tf.image.sobel_edges(g) | tf.image.convert_image_dtype(g, tf.float32) | tf.image.image_gradients(g)[0]
tf.clip_by_norm(x, 0.5) | tf.clip_by_norm(x, 0.5, axes=[2]) | tf.clip_by_value(x, v[:, None], 1.0) | tf.math.segment_sum(x, [0, 0]) | tf.math.unsorted_segment_sum(x, [0, 1], 2) | tf.scatter_nd([[1], [0]], x, [2, 3, 4]) | tf.tensor_scatter_nd_update(x, [[0]], x[1:]) | tf.searchsorted([0.0, 0.5], x[0, 0])
tf.linspace(0.0, 1.0, 4) + x | tf.saturate_cast(x * 300, tf.uint8) | tf.cast(x, "float64") | tf.bitcast(x, tf.int32) | tf.identity(x) | tf.stop_gradient(x) | tf.zeros_like(x) | tf.ones_like(x) | tf.signal.frame(s[:, :, 0], 4, 2) | tf.math.abs(tf.signal.rfft(s[:, :, 0])) | tf.abs(tf.signal.stft(s[:, :, 0], 4, 2))
K.batch_dot(x, y, axes=2) | K.batch_dot(x, y, axes=[2, 2]) | K.dot(x, tf.constant([[1.0], [2.0], [3.0], [4.0]])) | K.batch_flatten(x) | K.flatten(x) | K.l2_normalize(x, axis=-1) | K.repeat_elements(x, 2, axis=1) | K.resize_images(g, 2, 3, "channels_last") | K.resize_images(g, 2, 2, "channels_last", interpolation="bilinear")
K.spatial_2d_padding(g, ((1, 2), (0, 1))) | K.temporal_padding(s, (1, 2)) | K.arange(4, dtype="float32") + x | K.hard_sigmoid(3 * x) | K.switch(b, x, y) | K.in_train_phase(x, y) | K.cast(b, "float32") | K.greater(x, y) | K.softmax(x, axis=1) | K.relu(x, alpha=0.1, max_value=0.5, threshold=0.1) | K.elu(x, 0.5)
K.categorical_crossentropy(p, K.softmax(x)) | K.binary_crossentropy(p, K.sigmoid(x)) | K.sparse_categorical_crossentropy(tf.cast(i, tf.int32)[:, :3] % 4, K.softmax(x)) | K.conv1d(s, tf.ones((3, 3, 2)), padding="causal") | K.conv2d(g, tf.ones((3, 3, 2, 2)), padding="same") | K.pool2d(g, (2, 2), strides=(2, 2), pool_mode="avg")
K.separable_conv2d(g, tf.ones((2, 2, 2, 1)), tf.ones((1, 1, 2, 3))) | K.depthwise_conv2d(g, tf.ones((2, 2, 2, 1))) | K.bias_add(g, tf.constant([1.0, 2.0])) | K.std(x) | K.var(x, axis=[1, 2], keepdims=True) | K.logsumexp(x, axis=1) | K.cumsum(x, axis=1) | K.argmax(x, axis=1) | K.any(b, axis=1) | K.all(b, axis=-1, keepdims=True)
K.stack([x, y]) | K.one_hot(tf.cast(i, tf.int32), 5) | K.reverse(x, 1) | K.permute_dimensions(x, (0, 2, 1)) | K.gather(tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]]), i) | K.shape(x)[0] + tf.cast(x[:, 0, 0], tf.int32) | K.reshape(x, (K.shape(x)[0], 2, 6)) | K.zeros_like(x) + x | K.ones_like(x) | K.eye(3) + m
abs(x) | -x | x ** 2 | 2.0 ** x | x > y | (x > 0) | ~b | b & b | b ^ b | 1.0 / p | x[:, 0, None] | x[..., -1] | x[:, ::-1] | x[0] | x[-1:, ..., 1:3] | x[:, [0, 2][0]]
"""


def run(expression):
    def case(e, name):
        shapes = dict(x=(3, 4), y=(3, 4), v=(4,), p=(3, 4), m=(3, 3), i=(5,), g=(6, 6, 2), s=(8, 3), b=(3, 4))
        values = dict(x=data(2, 3, 4), y=data(2, 3, 4, seed=1), v=data(2, 4), p=data(2, 3, 4, lo=0.1, seed=2), i=ints(2, 5, hi=5), g=data(2, 6, 6, 2), s=data(2, 8, 3))
        values["b"] = (data(2, 3, 4, seed=4) > 0).astype("float32")
        a = data(2, 3, 3, seed=3)
        values["m"] = (a @ a.transpose(0, 2, 1) + np.eye(3)).astype("float32")
        inputs = {k: tf.keras.Input(shapes[k], name=k) for k in shapes}
        if expression.startswith("tf.math.invert"):
            values["i"] = np.stack([np.arange(5), np.arange(5)[::-1]]).astype("float32")
        names = dict(inputs, b=tf.cast(inputs["b"], tf.bool))
        out = eval(expression, dict(globals(), **names))
        used = []
        for k in sorted(inputs):
            try:
                tf.keras.Model([inputs[q] for q in sorted(inputs) if q != k], out)
            except ValueError:
                used.append(k)
        model = tf.keras.Model([inputs[k] for k in used], out)
        e.add(name, model, [values[k] for k in used], (".h5",), random=bool(model.weights), predict=lambda x: np.asarray(model(x if isinstance(x, list) else tf.constant(x))), note=None)
    return case


if __name__ == "__main__":
    e = Epoch(sys.argv[1], "2 of TensorFlow " + tf.__version__)
    expressions = [x.strip() for x in EXPRESSIONS.replace("\n", " | ").split(" | ") if x.strip()]
    for k, expression in enumerate(expressions):
        e.run("f%03d_%s" % (k, "".join(c if c.isalnum() else "_" for c in expression)[:60]), run(expression))
    e.write()
