"""Convolutions of all kinds and pooling."""
from keras import constraints as C
from keras import initializers as I
from keras import layers as L
from keras import regularizers as R

from common import data, right_mask
from layer_cases import layer_case

SPATIAL = {1: (7,), 2: (7, 6), 3: (4, 4, 3)}


def image(rank, channels, df="channels_last", spatial=None, batch=2, dtype="float32"):
    s = spatial or SPATIAL[rank]
    return data(batch, channels, *s, dtype=dtype) if df == "channels_first" else data(batch, *s, channels, dtype=dtype)


def conv(f, rank):
    cls, low = getattr(L, f"Conv{rank}D"), f"conv{rank}d_"
    k2 = {1: 2, 2: (2, 3), 3: (2, 1, 3)}[rank]
    s2 = {1: 2, 2: (2, 1), 3: (1, 2, 1)}[rank]
    ch = 3 if rank < 3 else 2
    for df in ("channels_last", "channels_first"):
        tag = "" if df == "channels_last" else "_cf"
        x = image(rank, ch, df)
        case = lambda name, layer, x=x, **kw: layer_case(f, low + name + tag, layer, x, **kw)
        for pad in ("valid", "same"):
            case(f"k3_{pad}", lambda: cls(4, 3, padding=pad, data_format=df))
            case(f"k3_{pad}_s2", lambda: cls(4, 3, strides=2, padding=pad, data_format=df))
            case(f"k3_{pad}_d2", lambda: cls(2, 3 if rank < 3 else 2, dilation_rate=2, padding=pad, data_format=df))
            case(f"kxy_{pad}_sxy", lambda: cls(3, k2, strides=s2, padding=pad, data_format=df))
            if not tag:
                case(f"k1_{pad}_s2", lambda: cls(4, 1, strides=2, padding=pad, data_format=df))
                case(f"k2_{pad}", lambda: cls(3, 2, padding=pad, data_format=df, activation="relu"))
        if rank > 1:
            d = (2, 1) if rank == 2 else (1, 2, 1)
            case("dilation_pair", lambda: cls(3, 2, dilation_rate=d, padding="same", data_format=df))
        for groups in (2, 4):
            case(f"groups{groups}", lambda: cls(4, 3 if rank < 3 else 2, groups=groups, padding="same", data_format=df),
                 image(rank, 4, df))
        case("groups2_s2", lambda: cls(6, 3 if rank < 3 else 2, groups=2, strides=2, data_format=df), image(rank, 4, df))
        case("no_bias", lambda: cls(4, 3, use_bias=False, data_format=df))
        case("options", lambda: cls(
            3, 2, activation="tanh", kernel_initializer=I.HeNormal(seed=2), bias_initializer=I.Constant(0.1),
            kernel_regularizer=R.L2(0.02), bias_regularizer=R.L1(0.03), activity_regularizer=R.L1L2(0.01, 0.02),
            kernel_constraint=C.MaxNorm(2), bias_constraint=C.NonNeg(), data_format=df))
        if not tag:
            case("float64", lambda: cls(3, 2, padding="same", dtype="float64"), image(rank, ch, dtype="float64"))
            case("mixed_float16", lambda: cls(3, 2, dtype="mixed_float16"))
    case = lambda name, layer, x, **kw: layer_case(f, low + name, layer, x, **kw)
    case("default_data_format", lambda: cls(2, 2), image(rank, ch))
    case("s3_same", lambda: cls(2, 2, strides=3, padding="same"), image(rank, ch))
    case("kernel_is_input", lambda: cls(2, SPATIAL[rank]), image(rank, ch))
    case("big_kernel_same", lambda: cls(2, 5, padding="same"), image(rank, ch, spatial=(3,) * rank))
    case("one_channel", lambda: cls(1, 3, padding="same"), image(rank, 1))
    case("batch1", lambda: cls(8, 3, padding="same", activation="gelu"), image(rank, ch, batch=1))
    if rank == 1:
        case("causal", lambda: cls(3, 3, padding="causal"), image(1, 3))
        case("causal_d2", lambda: cls(3, 3, padding="causal", dilation_rate=2), image(1, 3))
        case("causal_s2", lambda: cls(3, 3, padding="causal", strides=2), image(1, 3))
        case("causal_cf", lambda: cls(3, 3, padding="causal", data_format="channels_first"), image(1, 3, "channels_first"))


def transpose(f, rank):
    cls, low = getattr(L, f"Conv{rank}DTranspose"), f"conv{rank}d_transpose_"
    ch, k = (3, 3) if rank < 3 else (2, 2)
    spatial = {1: (5,), 2: (4, 5), 3: (3, 3, 2)}[rank]
    for df in ("channels_last", "channels_first"):
        tag = "" if df == "channels_last" else "_cf"
        x = image(rank, ch, df, spatial)
        case = lambda name, layer, **kw: layer_case(f, low + name + tag, layer, x, **kw)
        for pad in ("valid", "same"):
            case(f"k3_{pad}", lambda: cls(2, k, padding=pad, data_format=df))
            case(f"k3_{pad}_s2", lambda: cls(2, k, strides=2, padding=pad, data_format=df, activation="relu"))
            if not tag:
                case(f"k2_{pad}_s3", lambda: cls(2, 2, strides=3 if rank < 3 else 2, padding=pad))
            case(f"k3_{pad}_d2", lambda: cls(2, k, dilation_rate=2, padding=pad, data_format=df))
        case("output_padding_valid", lambda: cls(2, k, strides=2, output_padding=1, data_format=df))
        case("output_padding_same", lambda: cls(2, k, strides=2, padding="same", output_padding=1, data_format=df))
        if rank < 3:
            case("output_padding_zero", lambda: cls(2, k, strides=2, padding="same", output_padding=0,
                                                    data_format=df))
        if rank == 2:
            case("pairs", lambda: cls(2, (2, 3), strides=(1, 2), output_padding=(0, 1), data_format=df))
        case("no_bias", lambda: cls(2, k, use_bias=False, data_format=df))
    layer_case(f, low + "options", lambda: cls(
        3, 2, activation="tanh", kernel_regularizer=R.L2(0.02), bias_regularizer=R.L1(0.03),
        activity_regularizer=R.L1L2(0.01, 0.02), kernel_constraint=C.MaxNorm(2), bias_constraint=C.NonNeg()),
        image(rank, ch, spatial=spatial))
    layer_case(f, low + "float64", lambda: cls(2, k, strides=2, padding="same", dtype="float64"),
               image(rank, ch, spatial=spatial, dtype="float64"))


def depthwise(f, rank):
    cls, low = getattr(L, f"DepthwiseConv{rank}D"), f"depthwise_conv{rank}d_"
    for df in ("channels_last", "channels_first"):
        tag = "" if df == "channels_last" else "_cf"
        x = image(rank, 3, df)
        case = lambda name, layer, **kw: layer_case(f, low + name + tag, layer, x, **kw)
        for pad in ("valid", "same"):
            case(f"k3_{pad}", lambda: cls(3, padding=pad, data_format=df))
            case(f"k3_{pad}_m2", lambda: cls(3, padding=pad, depth_multiplier=2, data_format=df))
            case(f"k3_{pad}_s2", lambda: cls(3, strides=2, padding=pad, data_format=df))
            case(f"k2_{pad}_d2", lambda: cls(2, dilation_rate=2, padding=pad, data_format=df))
            case(f"k2_{pad}_s2_d2", lambda: cls(2, strides=2, dilation_rate=2, padding=pad, data_format=df))
        if rank == 2:
            case("k23", lambda: cls((2, 3), padding="same", data_format=df))
        case("options", lambda: cls(
            2, activation="tanh", use_bias=True, depthwise_regularizer=R.L2(0.02), bias_regularizer=R.L1(0.03),
            activity_regularizer=R.L1L2(0.01, 0.02), depthwise_constraint=C.MaxNorm(2), bias_constraint=C.NonNeg(),
            depthwise_initializer=I.HeNormal(seed=3), bias_initializer="ones", data_format=df))
        case("no_bias", lambda: cls(3, use_bias=False, data_format=df))
    layer_case(f, low + "float64", lambda: cls(3, dtype="float64"), image(rank, 3, dtype="float64"))


def separable(f, rank):
    cls, low = getattr(L, f"SeparableConv{rank}D"), f"separable_conv{rank}d_"
    for df in ("channels_last", "channels_first"):
        tag = "" if df == "channels_last" else "_cf"
        x = image(rank, 3, df)
        case = lambda name, layer, **kw: layer_case(f, low + name + tag, layer, x, **kw)
        for pad in ("valid", "same"):
            case(f"k3_{pad}", lambda: cls(4, 3, padding=pad, data_format=df))
            case(f"k3_{pad}_m2", lambda: cls(2, 3, padding=pad, depth_multiplier=2, data_format=df))
            case(f"k3_{pad}_s2", lambda: cls(4, 3, strides=2, padding=pad, data_format=df))
            case(f"k2_{pad}_d2", lambda: cls(4, 2, dilation_rate=2, padding=pad, data_format=df))
        case("options", lambda: cls(
            3, 2, activation="tanh", depthwise_regularizer=R.L2(0.02), pointwise_regularizer=R.L1(0.01),
            bias_regularizer=R.L1(0.03), activity_regularizer=R.L1L2(0.01, 0.02), depthwise_constraint=C.MaxNorm(2),
            pointwise_constraint=C.UnitNorm(), bias_constraint=C.NonNeg(), pointwise_initializer="he_uniform",
            data_format=df))
        case("no_bias", lambda: cls(3, 3, use_bias=False, data_format=df))
    layer_case(f, low + "float64", lambda: cls(3, 3, dtype="float64"), image(rank, 3, dtype="float64"))


def pooling(f, rank):
    size = {1: 3, 2: (2, 3), 3: (2, 1, 2)}[rank]
    strides = {1: 2, 2: (1, 2), 3: (1, 2, 2)}[rank]
    for kind in ("Max", "Average"):
        cls, low = getattr(L, f"{kind}Pooling{rank}D"), f"{kind.lower()}_pooling{rank}d_"
        for df in ("channels_last", "channels_first"):
            tag = "" if df == "channels_last" else "_cf"
            x = image(rank, 2, df)
            case = lambda name, layer, x=x, **kw: layer_case(f, low + name + tag, layer, x, **kw)
            for pad in ("valid", "same"):
                case(f"p2_{pad}", lambda: cls(2, padding=pad, data_format=df))
                case(f"p3_{pad}_s1", lambda: cls(3, strides=1, padding=pad, data_format=df))
                case(f"p3_{pad}_s2", lambda: cls(3, strides=2, padding=pad, data_format=df))
                case(f"pxy_{pad}_sxy", lambda: cls(size, strides=strides, padding=pad, data_format=df))
            case("p1_s2", lambda: cls(1, strides=2, data_format=df))
        layer_case(f, low + "default", lambda: cls(pool_size=2), image(rank, 2))
        if rank < 3:  # TensorFlow has no float64 kernel for three dimensions
            layer_case(f, low + "float64", lambda: cls(2, dtype="float64"), image(rank, 2, dtype="float64"))
        layer_case(f, low + "whole", lambda: cls(SPATIAL[rank]), image(rank, 2))
        cls, low = getattr(L, f"Global{kind}Pooling{rank}D"), f"global_{kind.lower()}_pooling{rank}d_"
        for df in ("channels_last", "channels_first"):
            for keep in (False, True):
                layer_case(f, f"{low}{df}_{'keep' if keep else 'drop'}", lambda: cls(data_format=df, keepdims=keep),
                           image(rank, 3, df))
        layer_case(f, low + "float64", lambda: cls(dtype="float64"), image(rank, 3, dtype="float64"))
        if kind == "Average" and rank == 1:
            layer_case(f, low + "masked", lambda: cls(), data(3, 5, 2), masks=[right_mask(3, 5)])
            layer_case(f, low + "masked_keep", lambda: cls(keepdims=True), data(3, 5, 2), masks=[right_mask(3, 5)])
            layer_case(f, low + "masked_cf", lambda: cls(data_format="channels_first"), data(3, 2, 5), masks=[right_mask(3, 5)])


def cases(f):
    for rank in (1, 2, 3):
        conv(f, rank)
        pooling(f, rank)
    for rank in (1, 2):
        depthwise(f, rank)
        separable(f, rank)
    for rank in (1, 2, 3):
        transpose(f, rank)
