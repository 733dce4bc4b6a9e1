"""The family `metrics`: every keras.metrics class, its result after each of several updates."""
from common import Family, bools, data, fresh, ints, plain, serialized  # first: sets the environment

import keras
import numpy as np
import tensorflow as tf
from keras import metrics as M

from gen_losses import probs


def case(f, name, make, updates):
    """`updates`: tuples of (y_true, y_pred[, sample_weight]); for Mean and Sum (values[, sample_weight])."""
    fresh()
    try:
        m = make()
        reduction = type(m) in (M.Mean, M.Sum)
        rows, results = [], []
        for i, u in enumerate(updates):
            args = list(u) + [None] * ((2 if reduction else 3) - len(u))
            keys = ["values", "sample_weight"] if reduction else ["y_true", "y_pred", "sample_weight"]
            m.update_state(*[None if a is None else tf.constant(a) for a in args])
            results.append(plain(result_of(m)))
            rows.append({k: None if a is None else f.put(name, f"{k}{i}", a) for k, a in zip(keys, args)})
        state = [{"path": v.path, "value": f.put(name, f"var{i}", v)} for i, v in enumerate(m.variables)]
        config = serialized(m)
    except Exception as e:
        f.refuse(name, e)
        return
    f.add({"name": name, "metric": config, "updates": rows, "results": results, "variables": state})


def result_of(m):
    r = m.result()
    if isinstance(r, dict):
        return {k: np.asarray(v) for k, v in r.items()}
    return np.asarray(r)


def main():
    f = Family("metrics")
    N = 3  # updates

    def series(true, pred, weight=None):
        return [(true(i), pred(i)) + ((weight(i),) if weight else ()) for i in range(N)]

    def both(name, make, true, pred):
        case(f, name, make, series(true, pred))
        case(f, name + "_weights", make, series(true, pred, lambda i: data(6, lo=0, hi=2, seed=50 + i)))

    real_t, real_p = (lambda i: data(6, 3, seed=i)), (lambda i: data(6, 3, seed=10 + i))
    pos_t, pos_p = (lambda i: data(6, 3, lo=0.1, hi=2, seed=i)), (lambda i: data(6, 3, lo=0.1, hi=2, seed=10 + i))
    bin_t, sig = (lambda i: bools(6, 3, seed=i).astype("float32")), (lambda i: data(6, 3, lo=0.01, hi=0.99, seed=20 + i))
    col_t, col_p = (lambda i: bin_t(i)[:, :1]), (lambda i: sig(i)[:, :1])
    vec_t, vec_p = (lambda i: bin_t(i)[:, 0]), (lambda i: sig(i)[:, 0])
    label = lambda i: ints(6, hi=5, seed=i)
    hot = lambda i: np.eye(5, dtype="float32")[label(i)]
    soft = lambda i: probs(6, 5, seed=30 + i)
    logits = lambda i: data(6, 5, lo=-3, hi=3, seed=40 + i)

    case(f, "mean", lambda: M.Mean(), [(data(4, seed=i),) for i in range(N)])
    case(f, "mean_weights", lambda: M.Mean(), [(data(4, seed=i), data(4, lo=0, hi=1, seed=9)) for i in range(N)])
    case(f, "mean_rank2", lambda: M.Mean(name="loss"), [(data(4, 3, seed=i), data(4, lo=0, hi=1)) for i in range(N)])
    case(f, "mean_scalar", lambda: M.Mean(), [(np.float32(i + 0.5),) for i in range(N)])
    case(f, "sum", lambda: M.Sum(), [(data(4, seed=i),) for i in range(N)])
    case(f, "sum_weights", lambda: M.Sum(), [(data(4, 3, seed=i), data(4, lo=0, hi=1)) for i in range(N)])
    for cls, t, p in [(M.MeanSquaredError, real_t, real_p), (M.RootMeanSquaredError, real_t, real_p), (M.MeanAbsoluteError, real_t, real_p),
                      (M.MeanAbsolutePercentageError, real_t, real_p), (M.MeanSquaredLogarithmicError, pos_t, pos_p),
                      (M.CosineSimilarity, real_t, real_p), (M.LogCoshError, real_t, real_p), (M.R2Score, real_t, real_p),
                      (M.KLDivergence, lambda i: probs(6, 3, seed=i), lambda i: probs(6, 3, seed=10 + i)), (M.Poisson, pos_t, pos_p),
                      (M.Hinge, bin_t, real_p), (M.SquaredHinge, bin_t, real_p), (M.CategoricalHinge, hot, logits),
                      (M.PearsonCorrelation, real_t, real_p), (M.ConcordanceCorrelation, real_t, real_p)]:
        both(cls.__name__, lambda: cls(), t, p)
    both("MeanSquaredError_column", lambda: M.MeanSquaredError(), lambda i: data(6, 1, seed=i), lambda i: data(6, 1, seed=9 + i))
    both("MeanSquaredError_vector", lambda: M.MeanSquaredError(name="mse"), lambda i: data(6, seed=i), lambda i: data(6, 1, seed=9 + i))
    case(f, "CosineSimilarity_axis0", lambda: M.CosineSimilarity(axis=0), series(real_t, real_p))
    for agg in ("uniform_average", "variance_weighted_average", None):
        both(f"R2Score_{agg}", lambda: M.R2Score(class_aggregation=agg), real_t, real_p)
    both("R2Score_adjusted", lambda: M.R2Score(num_regressors=2), real_t, real_p)
    case(f, "PearsonCorrelation_axis0", lambda: M.PearsonCorrelation(axis=0), series(real_t, real_p))
    # Accuracies.
    both("Accuracy", lambda: M.Accuracy(), label, lambda i: ints(6, hi=5, seed=60 + i))
    for t in (0.5, 0.3, 0.8):
        both(f"BinaryAccuracy_{t}", lambda: M.BinaryAccuracy(threshold=t), bin_t, sig)
    both("BinaryAccuracy_column", lambda: M.BinaryAccuracy(), col_t, col_p)
    both("BinaryAccuracy_vector", lambda: M.BinaryAccuracy(), vec_t, col_p)
    both("CategoricalAccuracy", lambda: M.CategoricalAccuracy(), hot, soft)
    both("SparseCategoricalAccuracy", lambda: M.SparseCategoricalAccuracy(), label, soft)
    both("SparseCategoricalAccuracy_column", lambda: M.SparseCategoricalAccuracy(), lambda i: label(i)[:, None], soft)
    both("SparseCategoricalAccuracy_rank3", lambda: M.SparseCategoricalAccuracy(), lambda i: ints(6, 2, hi=4, seed=i), lambda i: probs(6, 2, 4, seed=i))
    for k in (1, 2, 3, 5):
        both(f"TopKCategoricalAccuracy_{k}", lambda: M.TopKCategoricalAccuracy(k=k), hot, soft)
        both(f"SparseTopKCategoricalAccuracy_{k}", lambda: M.SparseTopKCategoricalAccuracy(k=k), label, soft)
    both("SparseTopKCategoricalAccuracy_sorted", lambda: M.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True), label,
         lambda i: np.argsort(-soft(i), axis=-1).astype("int32"))
    # Crossentropies.
    for logit in (False, True):
        for s in (0, 0.2):
            tag = f"{'_logits' if logit else ''}_smooth_{s}"
            both("BinaryCrossentropy" + tag, lambda: M.BinaryCrossentropy(from_logits=logit, label_smoothing=s), bin_t, (lambda i: data(6, 3, lo=-3, hi=3, seed=i)) if logit else sig)
            both("CategoricalCrossentropy" + tag, lambda: M.CategoricalCrossentropy(from_logits=logit, label_smoothing=s), hot, logits if logit else soft)
        both(f"SparseCategoricalCrossentropy{'_logits' if logit else ''}", lambda: M.SparseCategoricalCrossentropy(from_logits=logit), label, logits if logit else soft)
        both(f"SparseCategoricalCrossentropy{'_logits' if logit else ''}_ignore", lambda: M.SparseCategoricalCrossentropy(from_logits=logit, ignore_class=2), label, logits if logit else soft)
    # Confusion matrices.
    for cls in (M.TruePositives, M.TrueNegatives, M.FalsePositives, M.FalseNegatives):
        both(cls.__name__, lambda: cls(), bin_t, sig)
        both(cls.__name__ + "_threshold", lambda: cls(thresholds=0.3), bin_t, sig)
        both(cls.__name__ + "_thresholds", lambda: cls(thresholds=[0.2, 0.5, 0.9]), bin_t, sig)
    for cls in (M.Precision, M.Recall):
        low = cls.__name__
        both(low, lambda: cls(), bin_t, sig)
        both(low + "_column", lambda: cls(), col_t, col_p)
        both(low + "_threshold", lambda: cls(thresholds=0.3), bin_t, sig)
        both(low + "_thresholds", lambda: cls(thresholds=[0.2, 0.5, 0.9]), bin_t, sig)
        both(low + "_class", lambda: cls(class_id=1), bin_t, sig)
        both(low + "_top_k", lambda: cls(top_k=2), hot, soft)
        both(low + "_top_k_class", lambda: cls(top_k=2, class_id=3), hot, soft)
        both(low + "_none", lambda: cls(thresholds=0.999), bin_t, sig)
    for cls, arg in [(M.SensitivityAtSpecificity, 0.5), (M.SpecificityAtSensitivity, 0.5), (M.PrecisionAtRecall, 0.6), (M.RecallAtPrecision, 0.6)]:
        both(cls.__name__, lambda: cls(arg), col_t, col_p)
        both(cls.__name__ + "_few", lambda: cls(0.8, num_thresholds=10), bin_t, sig)
        both(cls.__name__ + "_class", lambda: cls(arg, class_id=2, num_thresholds=20), bin_t, sig)
    for curve in ("ROC", "PR"):
        for method in ("interpolation", "minoring", "majoring"):
            both(f"AUC_{curve}_{method}", lambda: M.AUC(num_thresholds=50, curve=curve, summation_method=method), bin_t, sig)
        both(f"AUC_{curve}_thresholds", lambda: M.AUC(curve=curve, thresholds=[0.1, 0.4, 0.45, 0.8]), bin_t, sig)
        both(f"AUC_{curve}_multi_label", lambda: M.AUC(num_thresholds=30, curve=curve, multi_label=True, num_labels=3), bin_t, sig)
        both(f"AUC_{curve}_multi_label_label_weights", lambda: M.AUC(num_thresholds=30, curve=curve, multi_label=True, label_weights=[0.2, 0.5, 1.0]), bin_t, sig)
        both(f"AUC_{curve}_logits", lambda: M.AUC(num_thresholds=50, curve=curve, from_logits=True), col_t, lambda i: data(6, 1, lo=-3, hi=3, seed=i))
    both("AUC_default", lambda: M.AUC(), col_t, col_p)
    # Intersection over union.
    pred = lambda i: ints(6, hi=5, seed=70 + i)
    both("MeanIoU", lambda: M.MeanIoU(num_classes=5), label, pred)
    both("MeanIoU_ignore", lambda: M.MeanIoU(num_classes=5, ignore_class=2), label, pred)
    both("MeanIoU_missing_classes", lambda: M.MeanIoU(num_classes=8), label, pred)
    case(f, "MeanIoU_image", lambda: M.MeanIoU(num_classes=4), [(ints(2, 3, 3, hi=4, seed=i), ints(2, 3, 3, hi=4, seed=9 + i)) for i in range(N)])
    both("MeanIoU_dense_pred", lambda: M.MeanIoU(num_classes=5, sparse_y_pred=False), label, soft)
    both("IoU", lambda: M.IoU(num_classes=5, target_class_ids=[0, 3]), label, pred)
    both("IoU_dense", lambda: M.IoU(num_classes=5, target_class_ids=[0, 3], sparse_y_true=False, sparse_y_pred=False), hot, soft)
    both("BinaryIoU", lambda: M.BinaryIoU(), col_t, col_p)
    both("BinaryIoU_threshold", lambda: M.BinaryIoU(target_class_ids=[1], threshold=0.3), col_t, col_p)
    both("OneHotIoU", lambda: M.OneHotIoU(num_classes=5, target_class_ids=[0, 2]), hot, soft)
    both("OneHotMeanIoU", lambda: M.OneHotMeanIoU(num_classes=5), hot, soft)
    both("OneHotMeanIoU_sparse_pred", lambda: M.OneHotMeanIoU(num_classes=5, sparse_y_pred=True), hot, pred)
    # F scores.
    for average in (None, "micro", "macro", "weighted"):
        both(f"F1Score_{average}", lambda: M.F1Score(average=average), hot, soft)
        both(f"F1Score_{average}_threshold", lambda: M.F1Score(average=average, threshold=0.5), bin_t, sig)
        both(f"FBetaScore_{average}", lambda: M.FBetaScore(average=average, beta=2.0), hot, soft)
        both(f"FBetaScore_{average}_threshold", lambda: M.FBetaScore(average=average, beta=0.5, threshold=0.4), bin_t, sig)
    both("wrapper_squared", lambda: M.MeanMetricWrapper(keras.losses.mean_squared_error, name="wrapped"), real_t, real_p)
    both("wrapper_huber", lambda: M.MeanMetricWrapper(keras.losses.huber, delta=0.3), real_t, real_p)
    both("wrapper_similarity", lambda: M.MeanMetricWrapper(keras.losses.cosine_similarity, axis=0), real_t, real_p)
    both("wrapper_accuracy", lambda: M.MeanMetricWrapper(M.binary_accuracy, threshold=0.3), bin_t, sig)
    both("wrapper_entropy", lambda: M.MeanMetricWrapper(keras.losses.binary_crossentropy, from_logits=True, label_smoothing=0.1), bin_t, real_p)
    f.write()


if __name__ == "__main__":
    main()
