"""The family `losses`: every keras.losses class with its options, reductions, sample weights and masks."""
from common import Family, bools, data, fresh, ints, serialized  # first: sets the environment

import keras
import numpy as np
import tensorflow as tf
from keras import losses as Lo

set_mask = keras.src.backend.set_keras_mask
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]


def case(f, name, make, y_true, y_pred, sample_weight=None, mask=None):
    fresh()
    try:
        loss = make()
        t, p = tf.constant(y_true), tf.constant(y_pred)
        with tf.GradientTape() as tape:
            tape.watch(p)
            q = tf.identity(p)
            if mask is not None:
                set_mask(q, tf.constant(mask))
            value = loss(t, q, sample_weight=None if sample_weight is None else tf.constant(sample_weight))
            total = tf.reduce_sum(value)
        grad = tape.gradient(total, p) if p.dtype.is_floating else None
    except Exception as e:
        f.refuse(name, e)
        return
    put = lambda s, v: None if v is None else f.put(name, s, v)
    f.add({"name": name, "loss": serialized(loss), "y_true": put("y_true", y_true), "y_pred": put("y_pred", y_pred),
           "sample_weight": put("sample_weight", sample_weight), "mask": put("mask", mask),
           "value": put("value", value), "grad": put("grad", grad)})


def probs(*shape, seed=0):
    x = np.exp(data(*shape, seed=seed).astype("float64"))
    return (x / x.sum(-1, keepdims=True)).astype("float32")


def one_hot(n, classes, seed=0):
    return np.eye(classes, dtype="float32")[ints(n, hi=classes, seed=seed)]


def main():
    f = Family("losses")
    t, p = data(4, 3, seed=1), data(4, 3, seed=2)
    w4, w43 = data(4, lo=0, hi=2, seed=3), data(4, 3, lo=0, hi=2, seed=4)
    binary = bools(4, 3).astype("float32")
    sig = data(4, 3, lo=0.02, hi=0.98, seed=5)
    pos_t, pos_p = data(4, 3, lo=0.1, hi=2, seed=6), data(4, 3, lo=0.1, hi=2, seed=7)
    hot, soft, logits, label = one_hot(4, 3), probs(4, 3), data(4, 3, lo=-3, hi=3, seed=8), ints(4, hi=3)
    pm1 = np.where(binary > 0, 1, -1).astype("float32")
    families = [
        ("mean_squared_error", Lo.MeanSquaredError, t, p), ("mean_absolute_error", Lo.MeanAbsoluteError, t, p),
        ("mean_absolute_percentage_error", Lo.MeanAbsolutePercentageError, t, p),
        ("mean_squared_logarithmic_error", Lo.MeanSquaredLogarithmicError, pos_t, pos_p),
        ("cosine_similarity", Lo.CosineSimilarity, t, p), ("huber", Lo.Huber, t, p), ("log_cosh", Lo.LogCosh, t, p),
        ("hinge", Lo.Hinge, pm1, p), ("squared_hinge", Lo.SquaredHinge, pm1, p),
        ("categorical_hinge", Lo.CategoricalHinge, hot, p), ("kl_divergence", Lo.KLDivergence, probs(4, 3, seed=9), soft),
        ("poisson", Lo.Poisson, pos_t, pos_p), ("binary_crossentropy", Lo.BinaryCrossentropy, binary, sig),
        ("binary_focal_crossentropy", Lo.BinaryFocalCrossentropy, binary, sig),
        ("categorical_crossentropy", Lo.CategoricalCrossentropy, hot, soft),
        ("categorical_focal_crossentropy", Lo.CategoricalFocalCrossentropy, hot, soft),
        ("sparse_categorical_crossentropy", Lo.SparseCategoricalCrossentropy, label, soft),
        ("categorical_generalized_cross_entropy", Lo.CategoricalGeneralizedCrossEntropy, label, soft),
        ("dice", Lo.Dice, binary, sig), ("tversky", Lo.Tversky, binary, sig)]
    for name, cls, yt, yp in families:
        scalar = name in ("dice", "tversky")
        for r in REDUCTIONS:
            case(f, f"{name}_{r}", lambda: cls(reduction=r), yt, yp)
            case(f, f"{name}_{r}_weights", lambda: cls(reduction=r), yt, yp, np.float32(0.7) if scalar else w4)
        case(f, f"{name}_mask", lambda: cls(), yt, yp, mask=bools(4, seed=2))
        case(f, f"{name}_mask_weights", lambda: cls(), yt, yp, w4, mask=bools(4, seed=2))
        case(f, f"{name}_mask_none", lambda: cls(reduction="none"), yt, yp, mask=bools(4, seed=2))
        case(f, f"{name}_mask_mean", lambda: cls(reduction="mean_with_sample_weight"), yt, yp, w4, mask=bools(4, seed=2))
        case(f, f"{name}_float64", lambda: cls(dtype="float64"), yt if yt.dtype == "int32" else yt.astype("float64"),
             yp.astype("float64"))
        case(f, f"{name}_weights_41", lambda: cls(), yt, yp, np.float32(0.5) if scalar else w4[:, None])
        case(f, f"{name}_scalar_weight", lambda: cls(), yt, yp, np.float32(0.25))
    # Higher rank, weights a step, masks a step.
    t3, p3, w34 = data(2, 3, 4, seed=1), data(2, 3, 4, seed=2), data(2, 3, lo=0, hi=2, seed=3)
    m3 = np.array([[1, 1, 1], [1, 0, 0]], bool)
    for name, cls in [("mean_squared_error", Lo.MeanSquaredError), ("huber", Lo.Huber)]:
        for r in ("sum_over_batch_size", "none", "mean_with_sample_weight"):
            case(f, f"{name}_rank3_{r}", lambda: cls(reduction=r), t3, p3)
            case(f, f"{name}_rank3_{r}_weights", lambda: cls(reduction=r), t3, p3, w34)
            case(f, f"{name}_rank3_{r}_mask", lambda: cls(reduction=r), t3, p3, mask=m3)
            case(f, f"{name}_rank3_{r}_weights_mask", lambda: cls(reduction=r), t3, p3, w34, mask=m3)
    # Ranks that differ by a trailing 1.
    case(f, "mean_squared_error_squeeze_true", lambda: Lo.MeanSquaredError(), data(4, 1, seed=1), data(4, seed=2))
    case(f, "mean_squared_error_squeeze_pred", lambda: Lo.MeanSquaredError(), data(4, seed=1), data(4, 1, seed=2))
    case(f, "mean_squared_error_int_true", lambda: Lo.MeanSquaredError(), ints(4, 3), p)
    case(f, "mean_squared_error_vector", lambda: Lo.MeanSquaredError(), data(4, seed=1), data(4, seed=2))
    case(f, "mean_squared_error_vector_weights", lambda: Lo.MeanSquaredError(), data(4, 1, seed=1), data(4, 1, seed=2), w4)
    case(f, "mean_squared_error_zero_weights", lambda: Lo.MeanSquaredError(), t, p, np.zeros(4, "float32"))
    case(f, "mean_squared_error_mixed", lambda: Lo.MeanSquaredError(dtype="mixed_float16"), t, p)
    case(f, "mean_absolute_percentage_error_zero", lambda: Lo.MeanAbsolutePercentageError(), binary, p)
    case(f, "mean_squared_logarithmic_error_negative", lambda: Lo.MeanSquaredLogarithmicError(), t, p)
    for d in (0.1, 0.5, 3.0):
        case(f, f"huber_delta_{d}", lambda: Lo.Huber(delta=d), t, p)
    case(f, "log_cosh_large", lambda: Lo.LogCosh(), 50 * t, 50 * p)
    case(f, "hinge_binary_labels", lambda: Lo.Hinge(), binary, p)
    case(f, "squared_hinge_binary_labels", lambda: Lo.SquaredHinge(), binary, p)
    for axis in (0, 1, -2):
        case(f, f"cosine_similarity_axis_{axis}", lambda: Lo.CosineSimilarity(axis=axis, reduction="none"), t, p)
    # Probabilities at their limits, logits, smoothing, axes.
    hard = np.array([[0, 1, 0.5], [1, 0, 1e-9], [1, 1, 0], [0.25, 1e-3, 1 - 1e-7]], "float32")
    case(f, "binary_crossentropy_limits", lambda: Lo.BinaryCrossentropy(), binary, hard)
    case(f, "binary_crossentropy_int_true", lambda: Lo.BinaryCrossentropy(), binary.astype("int32"), sig)
    case(f, "binary_crossentropy_column", lambda: Lo.BinaryCrossentropy(), binary[:, :1], sig[:, :1])
    case(f, "binary_crossentropy_large_logits", lambda: Lo.BinaryCrossentropy(from_logits=True), binary, 40 * logits)
    case(f, "categorical_crossentropy_limits", lambda: Lo.CategoricalCrossentropy(), hot, hot[::-1].copy())
    case(f, "categorical_crossentropy_unnormalised", lambda: Lo.CategoricalCrossentropy(), hot, pos_p)
    case(f, "categorical_crossentropy_large_logits", lambda: Lo.CategoricalCrossentropy(from_logits=True), hot, 40 * logits)
    case(f, "sparse_categorical_crossentropy_limits", lambda: Lo.SparseCategoricalCrossentropy(), label, hot[::-1].copy())
    for logit in (False, True):
        tag = "_logits" if logit else ""
        for s in (0.0, 0.1, 0.4):
            for r in ("sum_over_batch_size", "none"):
                end = f"{tag}_smooth_{s}_{r}"
                case(f, "binary_crossentropy" + end, lambda: Lo.BinaryCrossentropy(logit, s, reduction=r), binary, logits if logit else sig)
                case(f, "categorical_crossentropy" + end, lambda: Lo.CategoricalCrossentropy(logit, s, reduction=r), hot, logits if logit else soft)
                case(f, "categorical_focal_crossentropy" + end, lambda: Lo.CategoricalFocalCrossentropy(0.3, 1.5, logit, s, reduction=r), hot, logits if logit else soft)
                case(f, "binary_focal_crossentropy" + end, lambda: Lo.BinaryFocalCrossentropy(False, 0.25, 3.0, logit, s, reduction=r), binary, logits if logit else sig)
                case(f, "binary_focal_crossentropy_balanced" + end, lambda: Lo.BinaryFocalCrossentropy(True, 0.3, 2.0, logit, s, reduction=r), binary, logits if logit else sig)
        for r in ("sum_over_batch_size", "none"):
            case(f, f"sparse_categorical_crossentropy{tag}_{r}_column", lambda: Lo.SparseCategoricalCrossentropy(logit, reduction=r), label[:, None], logits if logit else soft)
            case(f, f"sparse_categorical_crossentropy{tag}_{r}_ignore", lambda: Lo.SparseCategoricalCrossentropy(logit, ignore_class=1, reduction=r), label, logits if logit else soft)
            case(f, f"sparse_categorical_crossentropy{tag}_{r}_ignore_neg", lambda: Lo.SparseCategoricalCrossentropy(logit, ignore_class=-1, reduction=r), np.array([0, -1, 2, -1], "int32"), logits if logit else soft)
        case(f, f"sparse_categorical_crossentropy{tag}_int64", lambda: Lo.SparseCategoricalCrossentropy(logit), label.astype("int64"), logits if logit else soft)
        case(f, f"sparse_categorical_crossentropy{tag}_uint8", lambda: Lo.SparseCategoricalCrossentropy(logit), label.astype("uint8"), logits if logit else soft)
        case(f, f"sparse_categorical_crossentropy{tag}_float_labels", lambda: Lo.SparseCategoricalCrossentropy(logit), label.astype("float32"), logits if logit else soft)
        x = data(2, 3, 4, lo=-3, hi=3) if logit else probs(2, 3, 4)
        case(f, f"sparse_categorical_crossentropy{tag}_rank3", lambda: Lo.SparseCategoricalCrossentropy(logit), ints(2, 3, hi=4), x)
        case(f, f"sparse_categorical_crossentropy{tag}_rank3_mask", lambda: Lo.SparseCategoricalCrossentropy(logit), ints(2, 3, hi=4), x, mask=m3)
        case(f, f"sparse_categorical_crossentropy{tag}_rank3_weights", lambda: Lo.SparseCategoricalCrossentropy(logit), ints(2, 3, hi=4), x, w34)
        y3 = np.eye(4, dtype="float32")[ints(2, 3, hi=4)]
        case(f, f"categorical_crossentropy{tag}_rank3_mask", lambda: Lo.CategoricalCrossentropy(logit), y3, x, mask=m3)
        case(f, f"categorical_crossentropy{tag}_axis1", lambda: Lo.CategoricalCrossentropy(logit, axis=1, reduction="none"), np.moveaxis(y3, -1, 1).copy(), np.moveaxis(x, -1, 1).copy())
        case(f, f"binary_crossentropy{tag}_axis1", lambda: Lo.BinaryCrossentropy(logit, axis=1, reduction="none"), y3, x if logit else np.clip(x, 0.01, 0.99))
    for q in (0.2, 0.9):
        case(f, f"categorical_generalized_cross_entropy_q{q}", lambda: Lo.CategoricalGeneralizedCrossEntropy(q=q), label, soft)
    img_t, img_p = bools(2, 4, 4, 1).astype("float32"), data(2, 4, 4, 1, lo=0.02, hi=0.98)
    for axis in (None, (1, 2, 3), (1, 2), 1):
        tag = str(axis).strip("()").replace(", ", "_")
        case(f, f"dice_axis_{tag}", lambda: Lo.Dice(axis=axis, reduction="none"), img_t, img_p)
        case(f, f"tversky_axis_{tag}", lambda: Lo.Tversky(0.3, 0.7, axis=axis, reduction="none"), img_t, img_p)
    emb = data(6, 4, seed=11)
    emb = (emb / np.linalg.norm(emb, axis=-1, keepdims=True)).astype("float32")
    lab = np.array([0, 1, 0, 2, 1, 2], "int32")
    for r in ("sum_over_batch_size", "none"):
        case(f, f"circle_{r}", lambda: Lo.Circle(reduction=r), lab, emb)
        case(f, f"circle_gamma_{r}", lambda: Lo.Circle(gamma=16.0, margin=0.25, reduction=r), lab, emb)
    case(f, "circle_keep_diagonal", lambda: Lo.Circle(remove_diagonal=False), lab, emb)
    ctc_t = np.array([[1, 2, 1, 0], [3, 1, 0, 0]], "int32")
    for r in ("sum_over_batch_size", "none"):
        case(f, f"ctc_{r}", lambda: Lo.CTC(reduction=r), ctc_t, data(2, 7, 4, lo=-2, hi=2))
    case(f, "categorical_generalized_cross_entropy_column", lambda: Lo.CategoricalGeneralizedCrossEntropy(), label[:, None], soft)
    case(f, "dice_axis_list", lambda: Lo.Dice(axis=[1], reduction="none"), binary, sig)
    case(f, "categorical_focal_crossentropy_alphas", lambda: Lo.CategoricalFocalCrossentropy([0.2, 0.5, 1.5]), hot, soft)
    f.write()


if __name__ == "__main__":
    main()
