"""Dense, Embedding, Masking, reshaping, activation, merging and the layers that only act in training."""
import numpy as np
from keras import constraints as C
from keras import initializers as I
from keras import layers as L
from keras import regularizers as R

from common import data, ints, right_mask
from layer_cases import layer_case

ACTIVATIONS = ["relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "sigmoid", "hard_sigmoid",
               "hard_silu", "hard_tanh", "tanh", "tanh_shrink", "softplus", "softsign", "softmax", "log_softmax",
               "log_sigmoid", "exponential", "mish", "linear", "glu", "hard_shrink", "soft_shrink", "squareplus",
               "sparse_plus", "sparsemax", "sparse_sigmoid"]


def dense(f):
    x = data(3, 4)
    case = lambda name, layer, x=x, **kw: layer_case(f, "dense_" + name, layer, x, **kw)
    case("linear", lambda: L.Dense(5))
    case("one_unit", lambda: L.Dense(1))
    case("no_bias", lambda: L.Dense(5, use_bias=False))
    case("rank3", lambda: L.Dense(5, activation="relu"), data(2, 3, 4))
    case("rank4", lambda: L.Dense(3, activation="tanh"), data(2, 3, 2, 4))
    case("rank3_masked", lambda: L.Dense(5), data(2, 5, 4), masks=[right_mask(2, 5)])
    for a in ACTIVATIONS:
        case("act_" + a, lambda a=a: L.Dense(6, activation=a))
    case("act_rank3_softmax", lambda: L.Dense(5, activation="softmax"), data(2, 3, 4))
    for name, r in [("l1", R.L1(0.02)), ("l2", R.L2(0.03)), ("l1l2", R.L1L2(0.01, 0.04)),
                    ("orthogonal", R.OrthogonalRegularizer(0.05, "rows"))]:
        case("kernel_" + name, lambda r=r: L.Dense(5, kernel_regularizer=r))
        case("activity_" + name, lambda r=r: L.Dense(5, activity_regularizer=r))
        if name != "orthogonal":
            case("bias_" + name, lambda r=r: L.Dense(5, bias_regularizer=r))
    case("all_regularizers", lambda: L.Dense(5, activation="relu", kernel_regularizer="l1", bias_regularizer="l2",
                                             activity_regularizer="l1l2"))
    case("activity_rank3", lambda: L.Dense(5, activity_regularizer=R.L2(0.1)), data(3, 2, 4))
    case("constraints", lambda: L.Dense(5, kernel_constraint=C.MaxNorm(1.5, axis=0), bias_constraint=C.NonNeg()))
    case("constraints_more", lambda: L.Dense(5, kernel_constraint=C.MinMaxNorm(0.2, 0.9, 0.7, axis=1),
                                             bias_constraint=C.UnitNorm(axis=0)))
    for name, i in [("zeros", I.Zeros()), ("ones", I.Ones()), ("constant", I.Constant(0.3)),
                    ("normal", I.RandomNormal(0.1, 0.2, seed=3)), ("uniform", I.RandomUniform(-0.1, 0.2, seed=3)),
                    ("truncated", I.TruncatedNormal(0.1, 0.2, seed=3)), ("glorot_n", I.GlorotNormal(seed=3)),
                    ("glorot_u", I.GlorotUniform(seed=3)), ("he_n", I.HeNormal(seed=3)), ("he_u", I.HeUniform(seed=3)),
                    ("lecun_n", I.LecunNormal(seed=3)), ("lecun_u", I.LecunUniform(seed=3)),
                    ("variance_scaling", I.VarianceScaling(0.5, "fan_out", "untruncated_normal", seed=3)),
                    ("orthogonal", I.Orthogonal(1.3, seed=3)), ("identity", I.Identity(0.5))]:
        case("init_" + name, lambda i=i: L.Dense(4, kernel_initializer=i), grads=False)
    case("init_bias", lambda: L.Dense(5, bias_initializer=I.Constant(0.7)))
    case("init_strings", lambda: L.Dense(5, kernel_initializer="he_normal", bias_initializer="ones"))
    case("float64", lambda: L.Dense(5, activation="gelu", dtype="float64"), data(3, 4, dtype="float64"))
    case("float16", lambda: L.Dense(5, dtype="float16"), data(3, 4, dtype="float16"))
    case("bfloat16", lambda: L.Dense(5, dtype="bfloat16"))
    case("mixed_float16", lambda: L.Dense(5, activation="relu", dtype="mixed_float16"))
    case("mixed_bfloat16", lambda: L.Dense(5, activation="relu", dtype="mixed_bfloat16"))
    case("int_input", lambda: L.Dense(5), ints(3, 4))
    case("float64_input", lambda: L.Dense(5), data(3, 4, dtype="float64"))
    case("not_trainable", lambda: L.Dense(5, trainable=False, kernel_regularizer="l2"))
    case("named", lambda: L.Dense(5, name="head"))


def embedding(f):
    ids = ints(3, 5, hi=7)
    case = lambda name, layer, x=ids, **kw: layer_case(f, "embedding_" + name, layer, x, **kw)
    case("plain", lambda: L.Embedding(7, 4))
    case("mask_zero", lambda: L.Embedding(7, 4, mask_zero=True))
    case("rank1", lambda: L.Embedding(7, 4), ints(5, hi=7))
    case("rank3", lambda: L.Embedding(7, 3, mask_zero=True), ints(2, 3, 2, hi=7))
    case("repeated", lambda: L.Embedding(7, 4), np.full((2, 3), 2, "int32"))
    case("int64", lambda: L.Embedding(7, 4), ids.astype("int64"))
    case("uint8", lambda: L.Embedding(7, 4), ids.astype("uint8"))
    case("float_ids", lambda: L.Embedding(7, 4), ids.astype("float32"))
    case("regularizer", lambda: L.Embedding(7, 4, embeddings_regularizer=R.L2(0.1)))
    case("activity", lambda: L.Embedding(7, 4, activity_regularizer=R.L1(0.1)))
    case("constraint", lambda: L.Embedding(7, 4, embeddings_constraint=C.UnitNorm(axis=1)))
    case("initializer", lambda: L.Embedding(7, 4, embeddings_initializer=I.RandomNormal(stddev=0.5, seed=4)))
    case("float64", lambda: L.Embedding(7, 4, dtype="float64"))
    case("mixed_float16", lambda: L.Embedding(7, 4, dtype="mixed_float16"))


def masking(f):
    x = data(3, 5, 2)
    x[1, 3:] = 0
    x[2, 1] = 0
    x[2, 0, 0] = 0
    layer_case(f, "masking_zero", lambda: L.Masking(), x)
    y = np.where(x == 0, np.float32(-1), x)
    layer_case(f, "masking_value", lambda: L.Masking(mask_value=-1.0), y)
    layer_case(f, "masking_float64", lambda: L.Masking(dtype="float64"), x.astype("float64"))


def reshaping(f):
    case = lambda name, layer, x, **kw: layer_case(f, name, layer, x, **kw)
    for shape in [(3,), (3, 4), (2, 3, 4), (2, 2, 3, 2)]:
        for df in (None, "channels_last", "channels_first"):
            case(f"flatten_rank{len(shape)}_{df}", lambda: L.Flatten(data_format=df), data(*shape))
    case("flatten_masked", lambda: L.Flatten(), data(2, 5, 2), masks=[right_mask(2, 5)])
    case("reshape_2d", lambda: L.Reshape((6, 2)), data(2, 3, 4))
    case("reshape_infer", lambda: L.Reshape((-1, 2)), data(2, 3, 4))
    case("reshape_infer_last", lambda: L.Reshape((2, 2, -1)), data(2, 3, 4))
    case("reshape_flat", lambda: L.Reshape((-1,)), data(2, 3, 4))
    case("reshape_scalar", lambda: L.Reshape(()), data(3, 1))
    case("reshape_one", lambda: L.Reshape((1,)), data(3))
    case("permute_21", lambda: L.Permute((2, 1)), data(2, 3, 4))
    case("permute_312", lambda: L.Permute((3, 1, 2)), data(2, 3, 4, 2))
    case("permute_1", lambda: L.Permute((1,)), data(2, 3))
    case("repeat_vector_3", lambda: L.RepeatVector(3), data(2, 4))
    case("repeat_vector_1", lambda: L.RepeatVector(1), data(2, 4))
    case("reshape_int", lambda: L.Reshape((2, 2), dtype="int32"), ints(3, 4))


def activations(f):
    x = data(3, 4, 6, lo=-4, hi=4)
    case = lambda name, layer, x=x, **kw: layer_case(f, name, layer, x, **kw)
    for a in ACTIVATIONS:
        case("activation_" + a, lambda a=a: L.Activation(a), x[:2, :2])
    case("activation_masked", lambda: L.Activation("relu"), data(2, 5, 3), masks=[right_mask(2, 5)])
    case("relu", lambda: L.ReLU())
    case("relu_max", lambda: L.ReLU(max_value=1.5))
    case("relu_slope", lambda: L.ReLU(negative_slope=0.2))
    case("relu_threshold", lambda: L.ReLU(threshold=0.75))
    case("relu_all", lambda: L.ReLU(max_value=2.5, negative_slope=0.1, threshold=0.5))
    case("relu_float64", lambda: L.ReLU(max_value=1.5, dtype="float64"), x.astype("float64"))
    case("leaky_relu", lambda: L.LeakyReLU())
    case("leaky_relu_01", lambda: L.LeakyReLU(negative_slope=0.1))
    case("elu", lambda: L.ELU())
    case("elu_05", lambda: L.ELU(alpha=0.5))
    case("prelu", lambda: L.PReLU())
    case("prelu_shared", lambda: L.PReLU(shared_axes=[1]))
    case("prelu_shared_both", lambda: L.PReLU(shared_axes=[1, 2], alpha_initializer=I.Constant(0.25),
                                              alpha_regularizer=R.L1(0.1), alpha_constraint=C.NonNeg()))
    for axis in (-1, 1, 2, [1, 2], [-1, -2]):
        case(f"softmax_axis_{axis}".replace(" ", "").replace("[", "").replace("]", "").replace(",", "_"),
             lambda axis=axis: L.Softmax(axis=axis))
    m = np.random.default_rng(5).random((3, 4, 6)) < 0.6
    m[..., 0] = True
    case("softmax_mask", lambda: L.Softmax(), kwargs={"mask": m})
    case("softmax_mask_axes", lambda: L.Softmax(axis=(1, 2)), kwargs={"mask": m})
    case("softmax_float64", lambda: L.Softmax(dtype="float64"), x.astype("float64"))


def training_only(f):
    x = data(2, 4, 4, 3)
    for name, make, inp in [
        ("dropout", lambda: L.Dropout(0.4), x), ("dropout_noise_shape", lambda: L.Dropout(0.4, noise_shape=(None, 1, 1, 3), seed=3), x),
        ("dropout_zero", lambda: L.Dropout(0.0), x),
        ("spatial_dropout1d", lambda: L.SpatialDropout1D(0.4), x[:, 0]), ("spatial_dropout2d", lambda: L.SpatialDropout2D(0.4), x),
        ("spatial_dropout2d_cf", lambda: L.SpatialDropout2D(0.4, data_format="channels_first"), x),
        ("spatial_dropout3d", lambda: L.SpatialDropout3D(0.4), data(1, 2, 2, 2, 3)),
        ("gaussian_noise", lambda: L.GaussianNoise(0.4), x), ("gaussian_dropout", lambda: L.GaussianDropout(0.4), x),
        ("alpha_dropout", lambda: L.AlphaDropout(0.4), x)]:
        layer_case(f, name + "_inference", make, inp, training=False)
        layer_case(f, name + "_default", make, inp)
    layer_case(f, "dropout_zero_training", lambda: L.Dropout(0.0), x, training=True)
    layer_case(f, "gaussian_noise_zero_training", lambda: L.GaussianNoise(0.0), x, training=True)
    layer_case(f, "dropout_masked", lambda: L.Dropout(0.4), data(2, 5, 3), masks=[right_mask(2, 5)], training=False)


def merging(f):
    a, b, c = data(2, 3, 4, seed=1), data(2, 3, 4, seed=2), data(2, 3, 4, seed=3)
    for name in ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]:
        cls, low = getattr(L, name), name.lower()
        layer_case(f, low, lambda: cls(), [a, b])
        layer_case(f, low + "_broadcast", lambda: cls(), [a, data(2, 1, 4)])
        layer_case(f, low + "_ranks", lambda: cls(), [a, data(2, 4)])
        layer_case(f, low + "_masks", lambda: cls(), [a, b], masks=[right_mask(2, 3, 1), right_mask(2, 3, 2)])
        layer_case(f, low + "_one_mask", lambda: cls(), [a, b], masks=[right_mask(2, 3, 1), None])
        layer_case(f, low + "_float64", lambda: cls(dtype="float64"), [a.astype("float64"), b.astype("float64")])
        if name != "Subtract":
            layer_case(f, low + "_three", lambda: cls(), [a, b, c])
    for axis in (-1, 1, 2, -2):
        layer_case(f, f"concatenate_axis_{axis}", lambda: L.Concatenate(axis=axis), [a, b])
    layer_case(f, "concatenate_three", lambda: L.Concatenate(), [a, data(2, 3, 1), data(2, 3, 2)])
    layer_case(f, "concatenate_axis1_sizes", lambda: L.Concatenate(axis=1), [a, data(2, 5, 4)])
    layer_case(f, "concatenate_axis0", lambda: L.Concatenate(axis=0), [a, b])
    layer_case(f, "concatenate_masks", lambda: L.Concatenate(), [a, b], masks=[right_mask(2, 3, 1), right_mask(2, 3, 2)])
    layer_case(f, "concatenate_masks_axis1", lambda: L.Concatenate(axis=1), [a, b],
               masks=[right_mask(2, 3, 1), None])
    layer_case(f, "dot_axes_1", lambda: L.Dot(axes=1), [a, b])
    layer_case(f, "dot_axes_2", lambda: L.Dot(axes=2), [a, b])
    layer_case(f, "dot_axes_12", lambda: L.Dot(axes=(1, 2)), [a, data(2, 5, 3)])
    layer_case(f, "dot_axes_neg", lambda: L.Dot(axes=-1), [a, b])
    layer_case(f, "dot_vectors", lambda: L.Dot(axes=1), [data(3, 4, seed=1), data(3, 4, seed=2)])
    layer_case(f, "dot_cosine", lambda: L.Dot(axes=1, normalize=True), [data(3, 4, seed=1), data(3, 4, seed=2)])
    layer_case(f, "dot_cosine_rank3", lambda: L.Dot(axes=(2, 2), normalize=True), [a, data(2, 5, 4)])


def simple(f):
    x = data(2, 4, 5, 3)
    layer_case(f, "rescaling", lambda: L.Rescaling(1 / 255), x)
    layer_case(f, "rescaling_offset", lambda: L.Rescaling(0.5, offset=-1.0), x)
    layer_case(f, "rescaling_uint8", lambda: L.Rescaling(1 / 127.5, offset=-1), ints(2, 4, 5, 3, hi=256, dtype="uint8"))
    layer_case(f, "rescaling_per_channel", lambda: L.Rescaling([0.5, 1.0, 2.0], offset=[0.1, 0.2, 0.3]), x)
    layer_case(f, "rescaling_float64", lambda: L.Rescaling(0.1, dtype="float64"), x.astype("float64"))
    layer_case(f, "identity", lambda: L.Identity(), x)
    layer_case(f, "identity_masked", lambda: L.Identity(), data(2, 5, 3), masks=[right_mask(2, 5)])
    layer_case(f, "activity_regularization", lambda: L.ActivityRegularization(l1=0.1, l2=0.2), data(3, 4))
    layer_case(f, "activity_regularization_l2", lambda: L.ActivityRegularization(l2=0.2), data(3, 4))


def cases(f):
    for part in (dense, embedding, masking, reshaping, activations, training_only, merging, simple):
        part(f)
