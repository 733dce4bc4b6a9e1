"""Normalisation layers."""
from keras import constraints as C
from keras import initializers as I
from keras import layers as L
from keras import regularizers as R

from common import data, right_mask
from layer_cases import layer_case


def batch(f):
    x, flat = data(3, 4, 5, 3), data(6, 4)
    for training in (True, False):
        tag = "_train" if training else "_infer"
        case = lambda name, layer, x=x, **kw: layer_case(f, "batch_norm_" + name + tag, layer, x, training=training, **kw)
        case("rank4", lambda: L.BatchNormalization())
        case("rank2", lambda: L.BatchNormalization(), flat)
        case("rank3", lambda: L.BatchNormalization(), data(3, 5, 2))
        case("axis1", lambda: L.BatchNormalization(axis=1))
        case("axis2", lambda: L.BatchNormalization(axis=2))
        case("no_center", lambda: L.BatchNormalization(center=False), flat)
        case("no_scale", lambda: L.BatchNormalization(scale=False), flat)
        case("neither", lambda: L.BatchNormalization(center=False, scale=False), flat)
        case("momentum", lambda: L.BatchNormalization(momentum=0.7, epsilon=0.1), flat)
        case("momentum0", lambda: L.BatchNormalization(momentum=0.0), flat)
        case("masked", lambda: L.BatchNormalization(), data(3, 5, 2), masks=[right_mask(3, 5)])
        case("options", lambda: L.BatchNormalization(
            beta_initializer=I.Constant(0.2), gamma_initializer=I.Constant(1.2), moving_mean_initializer="ones",
            moving_variance_initializer=I.Constant(2.0), beta_regularizer=R.L2(0.1), gamma_regularizer=R.L1(0.2),
            beta_constraint=C.NonNeg(), gamma_constraint=C.MaxNorm(1.0, axis=0)), flat)
        case("frozen", lambda: L.BatchNormalization(trainable=False), flat)
        case("float64", lambda: L.BatchNormalization(dtype="float64"), flat.astype("float64"))
        case("mixed_float16", lambda: L.BatchNormalization(dtype="mixed_float16"))
        case("batch1", lambda: L.BatchNormalization(), data(1, 3, 3, 2))
        case("renorm", lambda: L.BatchNormalization(renorm=True), flat)
        case("renorm_clipped", lambda: L.BatchNormalization(
            renorm=True, renorm_clipping={"rmax": 1.5, "rmin": 0.7, "dmax": 0.5}, renorm_momentum=0.9), flat)
    layer_case(f, "batch_norm_default", lambda: L.BatchNormalization(), flat)


def others(f):
    x = data(2, 4, 3, 6)
    case = lambda name, layer, x=x, **kw: layer_case(f, name, layer, x, **kw)
    for axis in (-1, 1, [1, 2, 3], [2, 3], -2, [-1, -2]):
        tag = str(axis).strip("[]").replace(", ", "_")
        case(f"layer_norm_axis_{tag}", lambda: L.LayerNormalization(axis=axis))
        if axis not in (1, -2):  # Keras fails to broadcast the scale of a single inner axis
            case(f"rms_norm_axis_{tag}", lambda: L.RMSNormalization(axis=axis))
        case(f"unit_norm_axis_{tag}", lambda: L.UnitNormalization(axis=axis))
    case("layer_norm_rank2", lambda: L.LayerNormalization(), data(3, 5))
    case("layer_norm_no_center", lambda: L.LayerNormalization(center=False))
    case("layer_norm_no_scale", lambda: L.LayerNormalization(scale=False))
    case("layer_norm_neither", lambda: L.LayerNormalization(center=False, scale=False))
    case("layer_norm_epsilon", lambda: L.LayerNormalization(epsilon=0.1))
    case("layer_norm_options", lambda: L.LayerNormalization(
        beta_initializer="ones", gamma_initializer=I.Constant(0.5), beta_regularizer=R.L2(0.1),
        gamma_regularizer=R.L1(0.2), beta_constraint=C.NonNeg(), gamma_constraint=C.MaxNorm(1.0)), data(3, 5))
    case("layer_norm_masked", lambda: L.LayerNormalization(), data(3, 5, 2), masks=[right_mask(3, 5)])
    case("layer_norm_float64", lambda: L.LayerNormalization(dtype="float64"), x.astype("float64"))
    case("layer_norm_mixed_float16", lambda: L.LayerNormalization(dtype="mixed_float16"), data(3, 5))
    case("rms_norm_epsilon", lambda: L.RMSNormalization(epsilon=0.1), data(3, 5))
    case("rms_norm_float64", lambda: L.RMSNormalization(dtype="float64"), data(3, 5, dtype="float64"))
    case("unit_norm_rank2", lambda: L.UnitNormalization(), data(3, 5))
    for groups in (1, 2, 3, 6, -1):
        case(f"group_norm_{groups}", lambda: L.GroupNormalization(groups=groups))
    case("group_norm_axis1", lambda: L.GroupNormalization(groups=2, axis=1))
    case("group_norm_rank2", lambda: L.GroupNormalization(groups=2), data(3, 6))
    case("group_norm_rank3", lambda: L.GroupNormalization(groups=2, epsilon=0.1), data(3, 5, 6))
    case("group_norm_no_center", lambda: L.GroupNormalization(groups=2, center=False))
    case("group_norm_no_scale", lambda: L.GroupNormalization(groups=2, scale=False))
    case("group_norm_options", lambda: L.GroupNormalization(
        groups=3, beta_initializer="ones", gamma_initializer=I.Constant(0.5), beta_regularizer=R.L2(0.1),
        gamma_regularizer=R.L1(0.2), beta_constraint=C.NonNeg(), gamma_constraint=C.MaxNorm(1.0)), data(3, 6))
    case("group_norm_float64", lambda: L.GroupNormalization(groups=2, dtype="float64"), x.astype("float64"))
    for training in (True, False):
        tag = "train" if training else "infer"
        case(f"spectral_norm_dense_{tag}", lambda: L.SpectralNormalization(L.Dense(4)), data(3, 5), training=training)
        case(f"spectral_norm_conv_{tag}", lambda: L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=3),
             data(2, 4, 4, 2), training=training)


def cases(f):
    batch(f)
    others(f)
