"""Values for arguments that many classes share, by the argument's name."""
import zlib

from keras import constraints as C, initializers as I, regularizers as R
import keras

ACTIVATIONS = ["relu", "relu6", "elu", "selu", "gelu", "silu", "softplus", "softsign", "tanh", "sigmoid", "hard_sigmoid", "hard_silu", "exponential", "linear", "softmax", "log_softmax",
               "log_sigmoid", "leaky_relu", "mish", "celu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "sparsemax"]
INITIALIZERS = [lambda: "zeros", lambda: "ones", lambda: I.Constant(0.2), lambda: "glorot_normal", lambda: I.GlorotUniform(seed=3), lambda: "he_normal", lambda: I.HeUniform(seed=1),
                lambda: "lecun_normal", lambda: I.LecunUniform(), lambda: I.RandomNormal(0.1, 0.2, seed=4), lambda: I.RandomUniform(-0.3, 0.2), lambda: I.TruncatedNormal(0.1, 0.3, seed=2),
                lambda: I.VarianceScaling(0.5, "fan_avg", "uniform", seed=9), lambda: I.VarianceScaling(2.0, "fan_out", "untruncated_normal"), lambda: I.Orthogonal(0.8, seed=5),
                lambda: I.GlorotUniform(seed=keras.random.SeedGenerator(4))]
REGULARIZERS = [lambda: "l1", lambda: R.L2(0.03), lambda: R.L1L2(0.01, 0.02), lambda: R.L1(0.02), lambda: "l2"]
CONSTRAINTS = [lambda: C.MaxNorm(0.7), lambda: C.NonNeg(), lambda: C.UnitNorm(), lambda: C.MinMaxNorm(0.2, 0.8, 0.5), lambda: "max_norm", lambda: "non_neg", lambda: C.UnitNorm(axis=-1)]

VALUES = {
    "activation": [None, *ACTIVATIONS], "recurrent_activation": ["hard_sigmoid", "tanh", "relu"], "use_bias": [False], "activity_regularizer": [lambda: R.L2(0.01), lambda: "l1"],
    "padding": ["same"], "data_format": ["channels_first", "channels_last"], "seed": [7], "name": ["given_name"], "trainable": [False], "autocast": [False],
    "dtype": ["float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", lambda: keras.DTypePolicy("mixed_bfloat16")],
    "center": [False], "scale": [False], "epsilon": [1e-2], "return_sequences": [True], "return_state": [True], "go_backwards": [True], "stateful": [True], "unroll": [True],
    "unit_forget_bias": [False], "reset_after": [False], "dropout": [0.3], "recurrent_dropout": [0.3], "use_cudnn": [False, True], "keepdims": [True], "lora_rank": [2], "lora_alpha": [3.0],
    "zero_output_for_mask": [True],
}
UNSWEPT = {"quantization_config", "gptq_unpacked_column_size", "weights", "sparse", "ragged", "input_tensor"}


def turn(values, key, n):
    """n of the values, beginning elsewhere for each key, so that all classes together use them all."""
    start = zlib.crc32(key.encode()) % len(values)
    return [values[(start + i) % len(values)] for i in range(min(n, len(values)))]


def values_for(cls, argument, few):
    """Values other than the default; fewer of long lists when `few`."""
    key = cls + argument
    if argument.endswith("_initializer"):
        return turn(INITIALIZERS, key, 2 if few else 16)
    if argument.endswith("_constraint"):
        return turn(CONSTRAINTS, key, 2 if few else 7)
    if argument in VALUES:
        values = VALUES[argument]
        return turn(values, key, 4) if few and argument == "activation" else values
    if argument.endswith("_regularizer"):
        return turn(REGULARIZERS, key, 2 if few else 6)
    return None


def made(value):
    """Values with state are functions that make them."""
    return value() if callable(value) and getattr(value, "__name__", "") == "<lambda>" else value


def combinations(values, rng, count):
    """Random combinations of two to four arguments."""
    names = sorted(values)
    for _ in range(count):
        chosen = rng.permutation(names)[:rng.integers(2, 5)]
        yield {n: values[n][rng.integers(len(values[n]))] for n in chosen}


def label(value):
    value = made(value)
    if isinstance(value, keras.DTypePolicy):
        return "policy_" + value.name
    text = value if isinstance(value, str) else type(value).__name__ if not isinstance(value, (int, float, tuple, list, type(None))) else str(value)
    return text.replace(" ", "").replace("/", "_")


def labels(values):
    """A distinct name for each value."""
    seen = {}
    for v in values:
        text = label(v)
        n = seen[text] = seen.get(text, 0) + 1
        yield text if n == 1 else f"{text}_{n}", v
