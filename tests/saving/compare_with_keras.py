#!/usr/bin/env python3
"""Keras as the judge of the program: many small models, trained by both.

    python tests/saving/compare_with_keras.py build/dev/kcpp [regular expression of names]

Each case is a model, its data and its compile arguments. Keras saves it untrained; `kcpp predict`, `evaluate` and `fit` work on
that file, Keras on the model itself; predictions, history, evaluation and the predictions after training are compared. Every
case whose layers have no dropout can be compared exactly. Exit code 77 when Keras is not installed.
"""
import json, os, re, subprocess, sys, tempfile, types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import keras, numpy as np
except ImportError:
    sys.exit(77)
from keras import constraints as C, layers as L, losses as Lo, metrics as M, optimizers as O, regularizers as R

KCPP = os.path.abspath(sys.argv[1])
ONLY = sys.argv[2] if len(sys.argv) > 2 else ""
SAMPLES, BATCH, EPOCHS = 20, 8, 2
rng = np.random.default_rng(7)
CASES = {}


def real(*shape, lo=-1.0, hi=1.0):
    return rng.uniform(lo, hi, (SAMPLES, *shape)).astype("float32")


def ids(*shape, n=10):
    return rng.integers(0, n, (SAMPLES, *shape)).astype("int32")


def add(name, model, x, y, fit=None, formats=(".keras",), **compile):
    CASES[name] = (model, x, y, {"optimizer": "sgd", "loss": "mse"} | compile, fit or {}, formats)


def is_metric(name):
    """Of the names of losses, Keras takes some as metrics too."""
    try:
        return M.get(name) is not None
    except ValueError:
        return False


def stack(x, *layers, out=3, dtype=None):
    """A Sequential over x that ends in `out` numbers."""
    def make():
        return keras.Sequential([L.Input(x.shape[1:], dtype=str(x.dtype)), *[f() for f in layers], L.Flatten(), L.Dense(out)])
    return make


def layer_cases():
    image, series, flat = real(8, 8, 3), real(7, 4), real(6)
    for name, make in {
        "conv2d_same_stride": lambda: L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        "conv2d_dilated": lambda: L.Conv2D(4, (3, 2), dilation_rate=2, use_bias=False),
        "conv2d_groups": lambda: L.Conv2D(6, 3, groups=3, activation="gelu", kernel_regularizer=R.L2(1e-2), bias_regularizer="l1"),
        "conv2d_activity": lambda: L.Conv2D(4, 1, activity_regularizer=R.L1L2(1e-3, 1e-3), kernel_constraint=C.MaxNorm(0.5)),
        "maxpool_same": lambda: L.MaxPooling2D(3, 2, "same"), "avgpool_same": lambda: L.AveragePooling2D((3, 2), 2, "same"),
        "maxpool": lambda: L.MaxPooling2D(2), "avgpool": lambda: L.AveragePooling2D(3, 1),
        "gap": lambda: L.GlobalAveragePooling2D(keepdims=True), "gmp": lambda: L.GlobalMaxPooling2D(),
        "bn": lambda: L.BatchNormalization(), "bn_axis": lambda: L.BatchNormalization(axis=1, momentum=0.9, epsilon=1e-2),
        "bn_plain": lambda: L.BatchNormalization(center=False, scale=False),
        "ln": lambda: L.LayerNormalization(), "ln_axes": lambda: L.LayerNormalization(axis=[1, 3], epsilon=1e-2, center=False),
        "rms_norm": lambda: L.RMSNormalization(),
        "permute": lambda: L.Permute((3, 1, 2)), "reshape": lambda: L.Reshape((-1, 6)), "rescaling": lambda: L.Rescaling([1.0, 2.0, 3.0], 0.5),
        "softmax_axes": lambda: L.Softmax(axis=[1, 2]), "relu_all": lambda: L.ReLU(1.5, 0.1, 0.2),
        "dropout_zero": lambda: L.Dropout(0.0), "flatten": lambda: L.Flatten(),
        "depthwise": lambda: L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), "separable": lambda: L.SeparableConv2D(4, 3),
        "transpose": lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same"), "zero_padding": lambda: L.ZeroPadding2D(((1, 0), (2, 1))),
        "cropping": lambda: L.Cropping2D(1), "upsampling": lambda: L.UpSampling2D(2, interpolation="bilinear"),
        "group_norm": lambda: L.GroupNormalization(3), "unit_norm": lambda: L.UnitNormalization(axis=-1), "prelu": lambda: L.PReLU(shared_axes=[1]),
    }.items():
        add("image_" + name, stack(image, make), image, real(3), metrics=["mae"], optimizer="adam")
    for name, make in {
        "conv1d_causal": lambda: L.Conv1D(5, 3, padding="causal", dilation_rate=2), "conv1d_valid": lambda: L.Conv1D(5, 3, strides=2, groups=1, activation="tanh"),
        "maxpool": lambda: L.MaxPooling1D(3, 2, "same"), "avgpool": lambda: L.AveragePooling1D(2), "gap": lambda: L.GlobalAveragePooling1D(),
        "gmp": lambda: L.GlobalMaxPooling1D(keepdims=True), "rnn": lambda: L.SimpleRNN(5), "rnn_seq": lambda: L.SimpleRNN(5, return_sequences=True, activation="relu", use_bias=False),
        "rnn_back": lambda: L.SimpleRNN(5, go_backwards=True, return_sequences=True, kernel_regularizer="l2", recurrent_regularizer=R.L1(1e-2), bias_initializer="ones"),
        "rnn_unroll": lambda: L.SimpleRNN(5, unroll=True, recurrent_constraint="unit_norm", activity_regularizer="l2"),
        "masking": lambda: L.Masking(0.0), "lstm": lambda: L.LSTM(4, return_sequences=True), "gru": lambda: L.GRU(4, reset_after=False), "gru2": lambda: L.GRU(4),
        "lstm_back": lambda: L.LSTM(4, go_backwards=True, unit_forget_bias=False, recurrent_activation="hard_sigmoid"),
        "bidirectional": lambda: L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="ave"), "bidirectional_concat": lambda: L.Bidirectional(L.GRU(3)),
        "time_distributed": lambda: L.TimeDistributed(L.Dense(3, activation="elu")), "zero_padding": lambda: L.ZeroPadding1D(2), "upsampling": lambda: L.UpSampling1D(2),
    }.items():
        add("series_" + name, stack(series, make), series, real(3), optimizer="rmsprop")
    masked = series * (ids(7, 1, n=3) > 0)
    for name, rnn in {"rnn": lambda: L.SimpleRNN(5), "rnn_seq": lambda: L.SimpleRNN(5, return_sequences=True, go_backwards=True), "lstm": lambda: L.LSTM(5),
                      "gru_seq": lambda: L.GRU(5, return_sequences=True), "bi": lambda: L.Bidirectional(L.SimpleRNN(4)), "gap": lambda: L.GlobalAveragePooling1D()}.items():
        add("masked_" + name, stack(masked, lambda: L.Masking(), rnn), masked, real(3), optimizer="adam")
    tokens = ids(7, n=9)
    for name, layers in {"plain": [lambda: L.Embedding(9, 4)], "mask_rnn": [lambda: L.Embedding(9, 4, mask_zero=True), lambda: L.SimpleRNN(5)],
                         "regularized": [lambda: L.Embedding(9, 4, embeddings_regularizer="l2", embeddings_constraint="unit_norm"), lambda: L.LSTM(3)],
                         "mask_gap": [lambda: L.Embedding(9, 4, mask_zero=True), lambda: L.GlobalAveragePooling1D()]}.items():
        for optimizer in ("sgd", "adam", "rmsprop", "adagrad", "adamax", "nadam", "ftrl", "adadelta", "lion", "adafactor", "lamb") if name == "plain" else ("adam",):
            add(f"embedding_{name}_{optimizer}", stack(tokens, *layers), tokens, real(3), optimizer=(lambda: O.Lamb(0.05)) if optimizer == "lamb" else optimizer)
    for a in ("relu", "relu6", "elu", "selu", "gelu", "silu", "swish", "softplus", "softsign", "tanh", "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "exponential", "linear",
              "softmax", "log_softmax", "log_sigmoid", "leaky_relu", "mish", "celu", "glu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "threshold", "squareplus", "sparse_plus",
              "sparse_sigmoid", "sparsemax", "relu"):
        add("dense_" + a, stack(flat, lambda: L.Dense(4, activation=a)), flat, real(3))
        add("activation_" + a, stack(flat, lambda: L.Activation(a)), flat, real(3), formats=(".h5",), loss=Lo.MeanSquaredError())
    for i in ("zeros", "ones", "glorot_uniform", "he_normal", "lecun_uniform", "orthogonal", "random_normal", "truncated_normal", "variance_scaling"):
        add("initializer_" + i, stack(flat, lambda: L.Dense(4, kernel_initializer=i, kernel_constraint="non_neg")), flat, real(3), optimizer="adamw")


def training_cases():
    flat, y3, y1, labels = real(6), real(3), real(1, lo=0, hi=1), ids(n=3)
    one_hot, binary = np.eye(3, dtype="float32")[labels], ids(1, n=2).astype("float32")
    dense = stack(flat, lambda: L.Dense(5, activation="tanh", kernel_regularizer=R.L1L2(1e-3, 1e-3)))
    for name, make in {
        "momentum": lambda: O.SGD(0.05, momentum=0.9), "nesterov": lambda: O.SGD(0.05, momentum=0.9, nesterov=True), "clipnorm": lambda: O.Adam(0.05, clipnorm=0.1),
        "clipvalue": lambda: O.Adam(0.05, clipvalue=0.02), "global_clipnorm": lambda: O.SGD(0.05, global_clipnorm=0.3), "decay": lambda: O.AdamW(0.05, weight_decay=0.1),
        "ema": lambda: O.SGD(0.05, use_ema=True, ema_momentum=0.8), "accumulate": lambda: O.Adam(0.05, gradient_accumulation_steps=2), "amsgrad": lambda: O.Adam(0.05, amsgrad=True),
        "centered": lambda: O.RMSprop(0.05, centered=True, momentum=0.3), "nadam": lambda: O.Nadam(0.05), "adamax": lambda: O.Adamax(0.05), "adagrad": lambda: O.Adagrad(0.05),
        "adadelta": lambda: O.Adadelta(1.0), "ftrl": lambda: O.Ftrl(0.05), "lion": lambda: O.Lion(0.01), "lamb": lambda: O.Lamb(0.05), "adafactor": lambda: O.Adafactor(0.05), "muon": lambda: O.Muon(0.05),
        "loss_scale": lambda: O.LossScaleOptimizer(O.Adam(0.05)), "exponential": lambda: O.SGD(O.schedules.ExponentialDecay(0.1, 2, 0.5)),
        "cosine": lambda: O.Adam(O.schedules.CosineDecay(0.01, 5, warmup_target=0.1, warmup_steps=2)), "piecewise": lambda: O.SGD(O.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01])),
        "polynomial": lambda: O.Adam(O.schedules.PolynomialDecay(0.1, 4, cycle=True)), "inverse": lambda: O.Adam(O.schedules.InverseTimeDecay(0.1, 2, 0.5, staircase=True)),
        "restarts": lambda: O.SGD(O.schedules.CosineDecayRestarts(0.1, 2)),
    }.items():
        add("optimizer_" + name, dense, flat, y3, optimizer=make, metrics=["mse", "mae"], formats=(".keras",) if name in ("adafactor", "lamb", "loss_scale") else (".keras", ".h5"))
    positive = (lambda: keras.Sequential([L.Input((6,)), L.Dense(5, activation="relu"), L.Dense(3, activation="softmax")]))
    for name in ("mse", "mae", "mape", "msle", "huber", "log_cosh", "cosine_similarity", "kl_divergence", "kld", "poisson", "hinge", "squared_hinge", "categorical_hinge",
                 "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "binary_crossentropy", "categorical_crossentropy",
                 "binary_focal_crossentropy", "categorical_focal_crossentropy", "tversky", "dice"):
        add("loss_" + name, positive, flat, one_hot, loss=name, metrics=[name] if is_metric(name) else [])
    for name, make in {"sparse": lambda: Lo.SparseCategoricalCrossentropy(from_logits=True), "sparse_ignore": lambda: Lo.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1),
                       "smooth": lambda: Lo.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), "huber": lambda: Lo.Huber(), "sum": lambda: Lo.MeanSquaredError(reduction="sum"),
                       "mean": lambda: Lo.MeanAbsoluteError(reduction="mean"), "bce": lambda: Lo.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
                       "focal": lambda: Lo.BinaryFocalCrossentropy(apply_class_balancing=True, gamma=1.5, from_logits=True), "cosine": lambda: Lo.CosineSimilarity(axis=-1),
                       "cfocal": lambda: Lo.CategoricalFocalCrossentropy(0.3, 1.5, from_logits=True, label_smoothing=0.1), "ctc_none": lambda: Lo.MeanSquaredError(reduction="mean_with_sample_weight")}.items():
        target = labels if name.startswith("sparse") else one_hot
        add("loss_object_" + name, dense, flat, target, loss=make, fit={"sample_weight": real(lo=0.1).reshape(-1)} if name in ("sum", "mean", "smooth", "sparse", "ctc_none") else None)
    soft = lambda: keras.Sequential([L.Input((6,)), L.Dense(3, activation="softmax")])
    sigmoid = lambda: keras.Sequential([L.Input((6,)), L.Dense(1, activation="sigmoid")])
    for name, m in {"accuracy": "accuracy", "acc": "acc", "categorical": "categorical_accuracy", "auc": lambda: M.AUC(), "pr": lambda: M.AUC(curve="PR", num_thresholds=50, multi_label=True),
                    "precision": lambda: M.Precision(), "precision_k": lambda: M.Precision(top_k=1, class_id=1), "recall": lambda: M.Recall(thresholds=[0.3, 0.5]), "f1": lambda: M.F1Score(), "f1_macro": lambda: M.F1Score(average="macro", threshold=0.4),
                    "fbeta": lambda: M.FBetaScore(beta=2.0, average="weighted"), "topk": lambda: M.TopKCategoricalAccuracy(2), "tp": lambda: M.TruePositives(), "fn": lambda: M.FalseNegatives(thresholds=[0.2, 0.7]),
                    "iou": lambda: M.OneHotMeanIoU(3), "cosine": lambda: M.CosineSimilarity(), "r2": lambda: M.R2Score(), "r2_raw": lambda: M.R2Score(class_aggregation=None), "pearson": lambda: M.PearsonCorrelation(), "concordance": lambda: M.ConcordanceCorrelation(),
                    "sens": lambda: M.SensitivityAtSpecificity(0.5), "spec": lambda: M.SpecificityAtSensitivity(0.5), "pr_at": lambda: M.PrecisionAtRecall(0.5), "rap": lambda: M.RecallAtPrecision(0.5),
                    "kld": lambda: M.KLDivergence(), "poisson": lambda: M.Poisson(), "rmse": lambda: M.RootMeanSquaredError(), "hinge": lambda: M.CategoricalHinge(), "logcosh": lambda: M.LogCoshError(), "cce": lambda: M.CategoricalCrossentropy(label_smoothing=0.1)}.items():
        add("metric_" + name, soft, flat, one_hot, loss="categorical_crossentropy", metrics=lambda m=m: [m() if callable(m) else m])
        add("weighted_metric_" + name, soft, flat, one_hot, loss="categorical_crossentropy", weighted_metrics=lambda m=m: [m() if callable(m) else m], fit={"sample_weight": np.abs(real()).reshape(-1)})
    for name, m in {"accuracy": "accuracy", "binary": lambda: M.BinaryAccuracy(threshold=0.4), "auc": lambda: M.AUC(), "bce": "binary_crossentropy", "iou": lambda: M.BinaryIoU(), "fp": lambda: M.FalsePositives(), "tn": lambda: M.TrueNegatives(), "hinge": "hinge", "sqh": "squared_hinge", "mape": "mape", "msle": "msle"}.items():
        add("binary_" + name, sigmoid, flat, binary, loss="binary_crossentropy", metrics=lambda m=m: [m() if callable(m) else m])
    for name, m in {"accuracy": "accuracy", "sparse": "sparse_categorical_accuracy", "top": lambda: M.SparseTopKCategoricalAccuracy(2), "ce": "sparse_categorical_crossentropy", "iou": lambda: M.MeanIoU(3, sparse_y_pred=False)}.items():
        add("sparse_" + name, soft, flat, labels, loss="sparse_categorical_crossentropy", metrics=lambda m=m: [m() if callable(m) else m])
    add("validation_split", dense, flat, y3, metrics=["mae"], fit={"validation_split": 0.3}, formats=(".keras", ".h5"))
    add("mixed_bfloat16", lambda: keras.Sequential([L.Input((6,)), L.Dense(4, activation="relu", dtype="mixed_bfloat16"), L.Dense(3, dtype="float32")]), flat, y3)
    add("float64", lambda: keras.Sequential([L.Input((6,), dtype="float64"), L.Dense(4, activation="relu", dtype="float64"), L.Dense(3, dtype="float64")]), flat.astype("float64"), y3)


def graph_cases():
    a, b, tokens = real(6), real(6), ids(5, n=8)

    def merge(layer):
        def make():
            x, y = L.Input((6,), name="a"), L.Input((6,), name="b")
            return keras.Model([x, y], L.Dense(2)(layer([L.Dense(4)(x), L.Dense(4)(y)])))
        return make
    for name, layer in {"add": L.Add, "multiply": L.Multiply, "subtract": L.Subtract, "average": L.Average, "maximum": L.Maximum, "minimum": L.Minimum, "concatenate": L.Concatenate, "dot": lambda: L.Dot(1, normalize=True)}.items():
        add("merge_" + name, merge(lambda v: layer()(v)), [a, b], real(2), optimizer="adam", formats=(".keras", ".h5"))

    def residual():
        x = L.Input((6,))
        h = L.Dense(6, activation="relu")(x)
        return keras.Model(x, L.Dense(2)(keras.ops.relu(h + x) * 0.5 - keras.ops.mean(x, axis=-1, keepdims=True)))
    add("ops_residual", residual, a, real(2), optimizer="adam")

    def outputs():
        x = L.Input((6,))
        h = L.Dense(5, activation="tanh", name="trunk")(x)
        return keras.Model(x, [L.Dense(2, name="p")(h), L.Dense(3, activation="softmax", name="q")(h)])
    labels = ids(n=3)
    add("outputs_list", outputs, a, [real(2), labels], loss=["mse", "sparse_categorical_crossentropy"], loss_weights=[0.3, 2.0], metrics=[["mae"], ["accuracy"]], formats=(".keras", ".h5"))
    add("outputs_dict", outputs, a, [real(2), labels], loss={"p": "mae", "q": "sparse_categorical_crossentropy"}, loss_weights={"p": 1.0, "q": 0.5}, metrics={"q": ["acc", "sparse_top_k_categorical_accuracy"]}, weighted_metrics={"p": "mse"})
    add("outputs_some", outputs, a, [real(2), labels], loss=["huber", "sparse_categorical_crossentropy"], fit={"validation_split": 0.25})

    def nested():
        inner = keras.Sequential([L.Input((6,)), L.Dense(4, activation="relu"), L.BatchNormalization()], name="inner")
        x, y = L.Input((6,)), L.Input((6,))
        return keras.Model([x, y], L.Dense(2)(L.Concatenate()([inner(x), inner(y)])))
    add("nested_shared", nested, [a, b], real(2), optimizer="adam", formats=(".keras", ".h5"))

    def frozen():
        m = keras.Sequential([L.Input((6,)), L.Dense(4), L.BatchNormalization(), L.Dense(2)])
        m.layers[0].trainable = m.layers[1].trainable = False
        return m
    add("frozen", frozen, a, real(2), optimizer="adam", formats=(".keras", ".h5"))

    def attention():
        x = L.Input((5,), dtype="int32")
        h = L.Embedding(8, 6)(x)
        h = L.LayerNormalization()(h + L.MultiHeadAttention(2, 3)(h, h))
        return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(h)))
    add("attention", attention, tokens, real(2), optimizer="adam")

    def states():
        x = L.Input((7, 4))
        y, s = L.SimpleRNN(5, return_sequences=True, return_state=True)(x)
        return keras.Model(x, L.Dense(2)(L.SimpleRNN(5)(y, initial_state=s)))
    add("states", states, real(7, 4), real(2), optimizer="adam")
    add("class_like", lambda: keras.Sequential([L.Input((6,)), L.Dense(3, activation="softmax")]), a, labels, loss="sparse_categorical_crossentropy", fit={"sample_weight": np.array([0.5, 1.0, 2.0], "float32")[labels]})


def run(*args):
    r = subprocess.run([KCPP, *map(str, args)], capture_output=True, text=True, timeout=120)
    if r.returncode:
        raise RuntimeError(f"kcpp {args[0]}: exit {r.returncode}: {r.stderr.strip()[:400]}")


def as_list(v):
    return list(v) if isinstance(v, (list, tuple)) else [v]


def gap(ours, theirs):
    ours, theirs = np.asarray(ours, "float64"), np.asarray(theirs, "float64")
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    both_nan = np.isnan(ours) & np.isnan(theirs)
    d = np.where(both_nan, 0, np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)))
    return float(d.max()) if d.size else 0.0


def check(name, suffix):
    make, x, y, compile, fit, _ = CASES[name]
    keras.utils.set_random_seed(3)
    keras.backend.clear_session()
    model = make()
    def fresh(v):  # objects with state are made anew for each run
        return v() if isinstance(v, types.FunctionType) else v
    model.compile(**{k: fresh(v) for k, v in compile.items()})
    xs, ys = as_list(x), as_list(y)
    np.savez("x.npz", *xs), np.savez("y.npz", *ys)
    file = "model" + suffix
    model.save(file)
    wrong = []
    def compare(what, ours, theirs, tolerance):
        g = gap(ours, theirs)
        if isinstance(g, str) or not g <= tolerance:
            wrong.append(f"{what}: {g}" + ("" if np.size(ours) > 4 else f" ({ours} instead of {theirs})"))
    half = 4e-2 if "bfloat16" in name else 0
    def predictions(what, path, tolerance):
        run("predict", path, "--input", "x.npz", "--output", "p.npz")
        ours = np.load("p.npz")
        for i, t in enumerate(as_list(model.predict(x, verbose=0))):
            compare(f"{what} {i}", ours[f"arr_{i}"].astype("float32"), np.asarray(t).astype("float32"), max(tolerance, half))
    predictions("prediction", file, 1e-5)
    weights = []
    if "sample_weight" in fit:
        np.savez("w.npz", fit["sample_weight"])
        weights = ["--sample-weight", "w.npz"]
    split = ["--validation-split", fit["validation_split"]] if "validation_split" in fit else []
    run("evaluate", file, "--input", "x.npz", "--target", "y.npz", "--batch-size", BATCH, "--json", "e.json", *weights)
    theirs = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True, **({"sample_weight": fit["sample_weight"]} if weights else {}))
    ours = json.load(open("e.json"))
    if set(ours) != set(theirs):
        wrong.append(f"evaluate has {sorted(ours)} instead of {sorted(theirs)}")
    for k in set(ours) & set(theirs):
        compare("evaluate " + k, ours[k], theirs[k], max(1e-5, half))
    run("fit", file, "--input", "x.npz", "--target", "y.npz", "--epochs", EPOCHS, "--batch-size", BATCH, "--no-shuffle", "--save", "out" + suffix, "--history", "h.json", *weights, *split)
    history = model.fit(x, y, epochs=EPOCHS, batch_size=BATCH, shuffle=False, verbose=0, **fit).history
    ours = json.load(open("h.json"))
    if list(ours) != list(history):
        wrong.append(f"history has {list(ours)} instead of {list(history)}")
    for k in set(ours) & set(history):
        compare("history " + k, ours[k], [np.asarray(v).tolist() for v in history[k]], max(1e-4, half))
    predictions("after training", "out" + suffix, 1e-4)
    return wrong


def main():
    layer_cases(), training_cases(), graph_cases()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, case in CASES.items():
            if not re.search(ONLY, name):
                continue
            for suffix in case[5]:
                try:
                    wrong = check(name, suffix)
                except Exception as e:
                    wrong = [repr(e)[:600]]
                passed, failed = passed + (not wrong), failed + bool(wrong)
                for w in wrong:
                    print(f"{name}{suffix}: {w}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
