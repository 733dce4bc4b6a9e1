"""Families `losses`, `metrics`, `optimizers`, `compile`: each option of each class, and how they are given to a model."""
import itertools

import keras
import numpy as np
from keras import layers as L, losses as Lo, metrics as M, optimizers as O

from case import Data, Trial, case, scramble

FEATURES, CLASSES = 6, 4
HEADS = {"linear": None, "softmax": "softmax", "sigmoid": "sigmoid", "softplus": "softplus"}


def trial(name, head, target, compile, fit=None, outputs=CLASSES, steps=None, **options):
    """A small network with a head that suits the loss, and targets of the kind that it wants."""
    data = Data(name)
    shape = (steps,) if steps else ()
    model = keras.Sequential([L.Input((*shape, FEATURES)), L.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L1L2(1e-3, 1e-3)), L.Dense(outputs, activation=HEADS[head])])
    scramble(model, data)
    y = {"real": lambda: data.real(*shape, outputs), "positive": lambda: data.real(*shape, outputs, lo=0.1, hi=1), "one_hot": lambda: data.one_hot(outputs, *shape), "sign": lambda: np.sign(data.real(*shape, outputs)),
         "ids": lambda: data.ids(*shape, count=outputs), "column": lambda: data.ids(*shape, 1, count=outputs), "bits": lambda: data.ids(*shape, outputs, count=2).astype("float32"),
         "label": lambda: data.ids(count=2).astype("float32"), "int_bits": lambda: data.ids(*shape, outputs, count=2), "bool": lambda: data.ids(*shape, outputs, count=2).astype(bool),
         "float64": lambda: data.real(*shape, outputs).astype("float64")}[target]()
    fit = {k: v(data) if callable(v) else v for k, v in (fit or {}).items()}
    return Trial(model, data.real(*shape, FEATURES), y, lambda: dict(optimizer=O.SGD(0.05, momentum=0.9)) | compile(), fit, **options)


def add(name, head, target, compile, *checks, **options):
    case(name, lambda: trial(name, head, target, compile, **options), *checks)


WEIGHTS = {"sample_weight": lambda d: d.real(lo=0.1, hi=2)}
STEP_WEIGHTS = {"sample_weight": lambda d: d.real(3, lo=0.1, hi=2)}

LOSSES = {  # class -> (head, target, options)
    "MeanSquaredError": ("linear", "real", {}), "MeanAbsoluteError": ("linear", "real", {}), "MeanAbsolutePercentageError": ("linear", "positive", {}),
    "MeanSquaredLogarithmicError": ("softplus", "positive", {}), "CosineSimilarity": ("linear", "real", {"axis": [1, 0]}), "Huber": ("linear", "real", {"delta": [0.3]}), "LogCosh": ("linear", "real", {}),
    "Hinge": ("linear", "sign", {}), "SquaredHinge": ("linear", "sign", {}), "CategoricalHinge": ("softmax", "one_hot", {}), "KLDivergence": ("softmax", "one_hot", {}), "Poisson": ("softplus", "positive", {}),
    "BinaryCrossentropy": ("sigmoid", "bits", {"from_logits": [True], "label_smoothing": [0.2], "axis": [0]}),
    "BinaryFocalCrossentropy": ("sigmoid", "bits", {"from_logits": [True], "label_smoothing": [0.2], "axis": [0], "apply_class_balancing": [True], "alpha": [0.6], "gamma": [1.0]}),
    "CategoricalCrossentropy": ("softmax", "one_hot", {"from_logits": [True], "label_smoothing": [0.2], "axis": [1]}),
    "CategoricalFocalCrossentropy": ("softmax", "one_hot", {"from_logits": [True], "label_smoothing": [0.2], "axis": [1], "alpha": [0.6, [0.1, 0.2, 0.3, 0.4]], "gamma": [1.0]}),
    "SparseCategoricalCrossentropy": ("softmax", "ids", {"from_logits": [True], "ignore_class": [1, -1], "axis": [1]}),
    "CategoricalGeneralizedCrossEntropy": ("softmax", "ids", {"q": [0.9]}), "Dice": ("sigmoid", "bits", {"axis": [1, [1], [0, 1]]}), "Tversky": ("sigmoid", "bits", {"alpha": [0.3], "beta": [0.9], "axis": [1, [0, 1]]}),
    "Circle": ("linear", "ids", {"gamma": [10.0], "margin": [0.2], "remove_diagonal": [False]}),
}
SLOW = {"MeanAbsolutePercentageError": 1e-4, "Circle": 1e-6}  # their gradients are large
CIRCLE = {"training_tolerance": 1e-3}  # large exponents: Keras's own numbers, eagerly and as a graph, are 3e-4 apart
REDUCTIONS = ("sum", "mean", "mean_with_sample_weight", "none", None)


def losses():
    for name, (head, target, options) in LOSSES.items():
        make = getattr(Lo, name)
        def one(label, kwargs, *checks, head=head, target=target, make=make, name=name, **more):
            if kwargs.get("from_logits"):
                head = "linear"
            if name == "Circle":
                more.setdefault("training_tolerance", CIRCLE["training_tolerance"])
            slow = (lambda name=name: {"optimizer": O.SGD(SLOW[name])}) if name in SLOW else dict
            add(f"losses/{name}/{label}", head, target, lambda: {"loss": make(**kwargs)} | slow(), *checks, **more)
        one("default", {}, "long", "formats")
        one("weighted", {}, "long", fit=WEIGHTS)
        for reduction in REDUCTIONS[:3]:
            one(f"reduction={reduction}", {"reduction": reduction})
            one(f"reduction={reduction},weighted", {"reduction": reduction}, fit=WEIGHTS)
        for dtype in ("float64", "float16", "bfloat16"):
            one(f"dtype={dtype}", {"dtype": dtype}, **({} if dtype == "float64" else {"tolerance": 5e-2, "training_tolerance": 1e-1}))
        one("name", {"name": "given"})
        for option, values in options.items():
            for v in values:
                one(f"{option}={str(v).replace(' ', '')}", {option: v})
                one(f"{option}={str(v).replace(' ', '')},weighted", {option: v, "reduction": "mean_with_sample_weight"}, fit=WEIGHTS)
        for chosen in itertools.combinations(options, 2):
            one(",".join(chosen), {o: options[o][0] for o in chosen})
        if name != "Circle":
            one("steps", {}, steps=3)
            one("steps_weighted", {}, "evaluate", steps=3, fit=STEP_WEIGHTS)
            one("steps_sample_weighted", {}, steps=3, fit=WEIGHTS)
        if target == "ids":
            one("column", {}, target="column")
        if name in ("BinaryCrossentropy", "MeanSquaredError", "Hinge", "SquaredHinge", "BinaryFocalCrossentropy"):
            for kind in ("label", "int_bits", "bool"):
                one(kind, {}, target=kind, outputs=1 if kind == "label" else CLASSES)
    functions = [n for n in dir(Lo) if n.islower() and callable(getattr(Lo, n)) and n not in ("get", "serialize", "deserialize", "ctc")]
    aliases = ["mse", "mae", "mape", "msle", "bce", "cce", "kld", "MSE", "logcosh", "huber", "cosine_similarity", "mean_squared_error", "kullback_leibler_divergence", "huber_loss", "log_cosh", "crossentropy"]
    for text in dict.fromkeys([*functions, *aliases]):
        try:
            Lo.get(text)
        except ValueError:
            continue
        head, target = ("softmax", "ids") if "sparse" in text or "generalized" in text else ("linear", "ids") if "circle" in text else ("softmax", "one_hot")
        slow = {"perc": 1e-4, "mape": 1e-4, "circle": 1e-6}
        rate = next((slow[k] for k in slow if k in text.lower()), None)
        add(f"losses/string/{text}", head, target, lambda text=text, rate=rate: {"loss": text} | ({"optimizer": O.SGD(rate)} if rate else {}), "long", **(CIRCLE if "circle" in text else {}))
    names = [n for n in dir(Lo) if n[0].isupper() and n not in ("Loss", "CTC", "CategoricalGeneralizedCrossEntropy")]  # the last is no name in Keras
    for text in names:
        head, target, _ = LOSSES[text]
        rate = SLOW.get(text)
        add(f"losses/class_string/{text}", head, target, lambda text=text, rate=rate: {"loss": text} | ({"optimizer": O.SGD(rate)} if rate else {}), **(CIRCLE if text == "Circle" else {}))


METRICS = {  # class -> (head, target, options)
    "Accuracy": ("softmax", "one_hot", {}), "BinaryAccuracy": ("sigmoid", "bits", {"threshold": [0.3]}), "CategoricalAccuracy": ("softmax", "one_hot", {}), "SparseCategoricalAccuracy": ("softmax", "ids", {}),
    "TopKCategoricalAccuracy": ("softmax", "one_hot", {"k": [1, 2, 3]}), "SparseTopKCategoricalAccuracy": ("softmax", "ids", {"k": [1, 2], "from_sorted_ids": []}),
    "AUC": ("sigmoid", "bits", {"num_thresholds": [11], "curve": ["PR"], "summation_method": ["minoring", "majoring"], "thresholds": [[0.3, 0.5, 0.7]], "multi_label": [True], "label_weights": [], "from_logits": [True], "num_labels": []}),
    "BinaryCrossentropy": ("sigmoid", "bits", {"from_logits": [True], "label_smoothing": [0.1]}), "CategoricalCrossentropy": ("softmax", "one_hot", {"from_logits": [True], "label_smoothing": [0.1], "axis": [1]}),
    "SparseCategoricalCrossentropy": ("softmax", "ids", {"from_logits": [True], "ignore_class": [1], "axis": [1]}), "BinaryIoU": ("sigmoid", "bits", {"target_class_ids": [[0], [1]], "threshold": [0.3]}),
    "CategoricalHinge": ("softmax", "one_hot", {}), "ConcordanceCorrelation": ("linear", "real", {"axis": [0]}), "PearsonCorrelation": ("linear", "real", {"axis": [0]}), "CosineSimilarity": ("linear", "real", {"axis": [1, 0]}),
    "F1Score": ("softmax", "one_hot", {"average": ["micro", "macro", "weighted"], "threshold": [0.4]}), "FBetaScore": ("softmax", "one_hot", {"average": ["micro", "macro", "weighted"], "beta": [2.0], "threshold": [0.4]}),
    **{n: ("sigmoid", "bits", {"thresholds": [0.3, [0.2, 0.5, 0.8]]}) for n in ("FalseNegatives", "FalsePositives", "TrueNegatives", "TruePositives")},
    "Hinge": ("linear", "sign", {}), "SquaredHinge": ("linear", "sign", {}), "KLDivergence": ("softmax", "one_hot", {}), "LogCoshError": ("linear", "real", {}), "Mean": (None, None, {}), "Sum": (None, None, {}),
    "MeanAbsoluteError": ("linear", "real", {}), "MeanAbsolutePercentageError": ("linear", "positive", {}), "MeanSquaredError": ("linear", "real", {}), "MeanSquaredLogarithmicError": ("softplus", "positive", {}),
    "IoU": ("softmax", "ids", {"target_class_ids": [[0, 2]], "ignore_class": [1], "sparse_y_true": [], "sparse_y_pred": [], "axis": [1]}), "MeanIoU": ("softmax", "ids", {"ignore_class": [1], "sparse_y_true": [], "sparse_y_pred": [], "axis": [1]}),
    "OneHotIoU": ("softmax", "one_hot", {"target_class_ids": [[0, 2]], "ignore_class": [1], "sparse_y_pred": [], "axis": [1]}), "OneHotMeanIoU": ("softmax", "one_hot", {"ignore_class": [1], "sparse_y_pred": [], "axis": [1]}),
    "Poisson": ("softplus", "positive", {}), "Precision": ("sigmoid", "bits", {"thresholds": [0.3, [0.2, 0.6]], "top_k": [1, 2], "class_id": [2]}), "Recall": ("sigmoid", "bits", {"thresholds": [0.3, [0.2, 0.6]], "top_k": [1, 2], "class_id": [2]}),
    "R2Score": ("linear", "real", {"class_aggregation": [None, "variance_weighted_average"], "num_regressors": [2]}), "RootMeanSquaredError": ("linear", "real", {}),
    **{n: ("sigmoid", "bits", {"num_thresholds": [1, 10], "class_id": [1]}) for n in ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity")},
}
NEEDED = {"IoU": {"num_classes": 4, "target_class_ids": [1], "sparse_y_pred": False}, "MeanIoU": {"num_classes": 4, "sparse_y_pred": False}, "OneHotIoU": {"num_classes": 4, "target_class_ids": [1]},
          "OneHotMeanIoU": {"num_classes": 4}, "PrecisionAtRecall": {"recall": 0.6}, "RecallAtPrecision": {"precision": 0.5}, "SensitivityAtSpecificity": {"specificity": 0.5}, "SpecificityAtSensitivity": {"sensitivity": 0.4}}


def metrics():
    for name, (head, target, options) in METRICS.items():
        if head is None:
            continue
        make, base = getattr(M, name), NEEDED.get(name, {})
        def one(label, kwargs, *checks, weighted=False, head=head, target=target, make=make, name=name, **more):
            head = "linear" if kwargs.get("from_logits") else head
            loss = "sparse_categorical_crossentropy" if target in ("ids", "column") else "mse"
            if loss != "mse" and head == "linear":
                loss = Lo.SparseCategoricalCrossentropy(from_logits=True)
            key = "weighted_metrics" if weighted else "metrics"
            add(f"metrics/{name}/{label}", head, target, lambda: {"loss": loss, key: [make(**kwargs)]}, "evaluate", *checks, **more)
        one("default", base, "formats")
        one("weighted", base, weighted=True, fit=WEIGHTS)
        one("unweighted", base, fit=WEIGHTS)
        one("name", base | {"name": "given"})
        one("dtype=float64", base | {"dtype": "float64"})
        one("validation", base, fit={"validation_split": 0.3})
        if target != "ids" and name not in ("F1Score", "FBetaScore", "R2Score", "Precision", "Recall"):
            one("steps", base, steps=3)
            one("steps_weighted", base, steps=3, weighted=True, fit=STEP_WEIGHTS)
        elif target == "ids":
            one("column", base, target="column")
            one("steps", base, steps=3)
        for option, values in options.items():
            for v in values:
                text = str(v).replace(" ", "")
                one(f"{option}={text}", base | {option: v})
                one(f"{option}={text},weighted", base | {option: v}, weighted=True, fit=WEIGHTS)
        for a, b in itertools.combinations([o for o in options if options[o]], 2):
            one(f"{a},{b}", base | {a: options[a][0], b: options[b][0]})
    one = lambda label, head, target, metrics, **more: add(f"metrics/{label}", head, target, lambda: {"loss": "mse" if target != "ids" else "sparse_categorical_crossentropy", "metrics": metrics}, "evaluate", **more)
    auc = lambda **k: add("metrics/AUC/labels_" + "_".join(k), "sigmoid", "bits", lambda: {"loss": "mse", "metrics": [M.AUC(multi_label=True, **k)]}, "evaluate")
    auc(num_labels=4), auc(label_weights=[0.1, 0.2, 0.3, 0.4])
    add("metrics/MeanIoU/both_dense", "softmax", "one_hot", lambda: {"loss": "mse", "metrics": [M.MeanIoU(4, sparse_y_true=False, sparse_y_pred=False)]}, "evaluate")
    add("metrics/OneHotIoU/both", "softmax", "one_hot", lambda: {"loss": "mse", "metrics": [M.OneHotIoU(4, [0, 3]), M.OneHotMeanIoU(4)]}, "evaluate")
    names = [n for n in dir(M) if n[0].islower() and callable(getattr(M, n)) and n not in ("get", "serialize", "deserialize")]
    for text in dict.fromkeys([*names, "mse", "mae", "mape", "msle", "acc", "accuracy", "cosine_similarity", "log_cosh", "bce", "kld", "poisson", "top_k_categorical_accuracy", "MSE", "AUC", "Precision", "RootMeanSquaredError"]):
        try:
            M.get(text) if text not in ("acc", "accuracy") else None
        except ValueError:
            continue
        head, target = ("softmax", "ids") if "sparse" in text else ("softmax", "one_hot")
        one(f"string/{text}", head, target, [text])
    for text in ("accuracy", "acc"):
        for head, target, outputs, loss in (("softmax", "ids", 4, "sparse_categorical_crossentropy"), ("softmax", "column", 4, "sparse_categorical_crossentropy"), ("softmax", "one_hot", 4, "categorical_crossentropy"),
                                            ("sigmoid", "label", 1, "binary_crossentropy"), ("sigmoid", "bits", 4, "binary_crossentropy"), ("sigmoid", "bits", 1, "mse")):
            for steps in (None, 3):
                if target != "label" or not steps:
                    add(f"metrics/resolved/{text}_{target}_{outputs}_{steps}", head, target, lambda text=text, loss=loss: {"loss": loss, "metrics": [text]}, "evaluate", outputs=outputs, steps=steps)


SHARED = {"weight_decay": [0.1], "clipnorm": [0.05], "clipvalue": [0.01], "global_clipnorm": [0.1], "use_ema": [True], "loss_scale_factor": [8.0], "gradient_accumulation_steps": [2, 3], "name": ["given"]}
OPTIMIZERS = {
    "SGD": ({"learning_rate": 0.05}, {"momentum": [0.9], "nesterov": [True]}), "RMSprop": ({"learning_rate": 0.01}, {"rho": [0.7], "momentum": [0.5], "epsilon": [1e-3], "centered": [True]}),
    "Adam": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3], "amsgrad": [True]}), "AdamW": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3], "amsgrad": [True]}),
    "Adadelta": ({"learning_rate": 1.0}, {"rho": [0.8], "epsilon": [1e-4]}), "Adagrad": ({"learning_rate": 0.05}, {"initial_accumulator_value": [0.3], "epsilon": [1e-3]}), "Adamax": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3]}),
    "Adafactor": ({"learning_rate": 0.05}, {"beta_2_decay": [-0.5], "epsilon_1": [1e-8], "epsilon_2": [1e-2], "clip_threshold": [0.5], "relative_step": [False]}),
    "Ftrl": ({"learning_rate": 0.05}, {"learning_rate_power": [-0.3], "initial_accumulator_value": [0.3], "l1_regularization_strength": [0.01], "l2_regularization_strength": [0.02], "l2_shrinkage_regularization_strength": [0.03], "beta": [0.1]}),
    "Lamb": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3]}), "Lion": ({"learning_rate": 0.005}, {"beta_1": [0.7], "beta_2": [0.9]}), "Nadam": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3]}),
    "Muon": ({"learning_rate": 0.02}, {"adam_beta_1": [0.7], "adam_beta_2": [0.9], "adam_weight_decay": [0.1], "epsilon": [1e-3], "exclude_layers": [["dense"]], "exclude_embeddings": [False], "muon_a": [3.0], "muon_b": [-4.0], "muon_c": [1.5],
                                       "adam_lr_ratio": [0.3], "momentum": [0.7], "ns_steps": [2], "nesterov": [False], "rms_rate": [0.4, None]}),
    "ScheduleFreeAdamW": ({"learning_rate": 0.02}, {"beta_1": [0.7], "beta_2": [0.9], "epsilon": [1e-3], "warmup_steps": [4]}),
}
SCHEDULES = {
    "ExponentialDecay": dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5), "ExponentialDecay_stairs": dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5, staircase=True),
    "InverseTimeDecay": dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5), "InverseTimeDecay_stairs": dict(initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5, staircase=True),
    "PiecewiseConstantDecay": dict(boundaries=[3, 9, 15], values=[0.1, 0.05, 0.02, 0.2]), "PolynomialDecay": dict(initial_learning_rate=0.1, decay_steps=8, end_learning_rate=0.01, power=2.0),
    "PolynomialDecay_cycle": dict(initial_learning_rate=0.1, decay_steps=6, cycle=True), "CosineDecay": dict(initial_learning_rate=0.1, decay_steps=9, alpha=0.1), "CosineDecay_warm": dict(initial_learning_rate=0.0, decay_steps=9, warmup_target=0.1, warmup_steps=5),
    "CosineDecayRestarts": dict(initial_learning_rate=0.1, first_decay_steps=4), "CosineDecayRestarts_options": dict(initial_learning_rate=0.1, first_decay_steps=3, t_mul=1.5, m_mul=0.8, alpha=0.1),
}


def embedding_trial(name, compile):
    """An embedding makes sparse gradients, for which optimizers have a way of their own."""
    data = Data(name)
    model = keras.Sequential([L.Input((5,), dtype="int32"), L.Embedding(9, 4), L.LSTM(3), L.Dense(2)])
    scramble(model, data)
    return Trial(model, data.ids(5, count=9), data.real(2), compile)


def optimizers():
    for name, (base, options) in OPTIMIZERS.items():
        make = getattr(O, name)
        def one(label, kwargs, *checks, make=make, name=name, **more):
            add(f"optimizers/{name}/{label}", "linear", "real", lambda: {"optimizer": make(**kwargs()), "loss": "mse"}, "long", *checks, **more)
        one("default", lambda: base, "formats", "summary")
        one("graph", lambda: base, "graph")
        case(f"optimizers/{name}/embedding", lambda name=name, make=make, base=base: embedding_trial(f"optimizers/{name}/embedding", lambda: {"optimizer": make(**base), "loss": "mse"}), "long")
        case(f"optimizers/{name}/embedding_options", lambda name=name, make=make, base=base: embedding_trial(f"optimizers/{name}/embedding_options", lambda: {"optimizer": make(**base, weight_decay=0.05, global_clipnorm=0.3, use_ema=True), "loss": "mse"}), "long")
        if name != "Lamb":  # which keras.optimizers.get does not know
            add(f"optimizers/{name}/string", "linear", "real", lambda name=name: {"optimizer": name.lower(), "loss": "mse"}, "long")
        all_options = options | SHARED
        for option, values in all_options.items():
            for v in values:
                one(f"{option}={str(v).replace(' ', '')}", lambda base=base, option=option, v=v: base | {option: v}, "formats" if option in ("use_ema", "amsgrad", "centered", "gradient_accumulation_steps") else "none")
        for a, b in itertools.combinations(all_options, 2):
            if {a, b} & {"name"} or len({a, b} & {"clipnorm", "clipvalue", "global_clipnorm"}) > 1:
                continue
            if (len(a) * 7 + len(b) * 3 + len(name)) % 3 == 0:
                one(f"{a},{b}", lambda base=base, a=a, b=b, o=all_options: base | {a: o[a][0], b: o[b][0]})
        one("ema", lambda base=base: base | dict(use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=4))
        one("schedule", lambda base=base: base | dict(learning_rate=O.schedules.ExponentialDecay(base["learning_rate"], 4, 0.5)), "formats")
        one("schedule_accumulated", lambda base=base: base | dict(learning_rate=O.schedules.ExponentialDecay(base["learning_rate"], 2, 0.5), gradient_accumulation_steps=2))
        def scaled(make=make, base=base):
            return {"optimizer": O.LossScaleOptimizer(make(**base), initial_scale=64.0, dynamic_growth_steps=4), "loss": "mse"}
        add(f"optimizers/LossScaleOptimizer/{name}", "linear", "real", scaled, "long", forgets=name == "Nadam")  # its u_product
    for label, kwargs in SCHEDULES.items():
        make = getattr(O.schedules, label.split("_")[0])
        add(f"optimizers/schedules/{label}", "linear", "real", lambda make=make, kwargs=kwargs: {"optimizer": O.SGD(make(**kwargs)), "loss": "mse"}, "long")
        add(f"optimizers/schedules/{label}_adam", "linear", "real", lambda make=make, kwargs=kwargs: {"optimizer": O.Adam(make(**kwargs), global_clipnorm=0.5), "loss": "mse"}, "long", "formats")
    def several(**options):
        chosen = O.OptimizerMap(O.SGD(0.05, momentum=0.9))
        chosen["dense/.*"], chosen["dense_1/bias"] = O.Adam(0.02, clipnorm=0.5), O.Adam(O.schedules.ExponentialDecay(0.05, 4, 0.5))
        return {"optimizer": O.MultiOptimizer(chosen, **options), "loss": "mse"}
    add("optimizers/MultiOptimizer/default", "linear", "real", several, "long", "formats")
    add("optimizers/MultiOptimizer/loss_scale_factor", "linear", "real", lambda: several(loss_scale_factor=8.0), "long")
    add("optimizers/MultiOptimizer/name", "linear", "real", lambda: several(name="given"), "long")
    def excluded():
        optimizer = O.AdamW(0.05, weight_decay=0.2)
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return {"optimizer": optimizer, "loss": "mse"}
    add("optimizers/AdamW/excluded", "linear", "real", excluded)
    def infinite():
        return {"optimizer": O.LossScaleOptimizer(O.SGD(0.05), initial_scale=1e38), "loss": "mse"}
    add("optimizers/LossScaleOptimizer/overflow", "linear", "real", infinite, "long")


def compiling():
    def add_compile(label, compile, *checks, **more):
        add(f"compile/{label}", "softmax", "one_hot", lambda: {"loss": "categorical_crossentropy", "metrics": ["accuracy"]} | compile(), "long", *checks, **more)
    for label, compile in {"steps_per_execution": {"steps_per_execution": 2}, "steps_per_execution_5": {"steps_per_execution": 5}, "no_scale": {"auto_scale_loss": False}, "jit": {"jit_compile": True}, "no_jit": {"jit_compile": False},
                           "eagerly": {"run_eagerly": True}, "loss_weight": {"loss_weights": 0.3}, "loss_weight_list": {"loss_weights": [0.3]}, "weighted": {"weighted_metrics": ["accuracy", "mae"]}, "both": {"metrics": ["mae"], "weighted_metrics": ["mae", "mse"]},
                           "loss_list": {"loss": ["categorical_crossentropy"]}, "metrics_nested": {"metrics": [["accuracy", "mse"]]}, "metrics_dict": {"metrics": None}, "metrics_tuple": {"metrics": ("mae", "mse")},
                           "metrics_same": {"metrics": ["mae", "mae"]}, "empty_metrics": {"metrics": []}, "function_loss": {"loss": Lo.categorical_crossentropy}, "function_metric": {"metrics": [M.mean_squared_error]}}.items():
        add_compile(label, lambda compile=compile: dict(compile), "graph" if "steps_per" in label or "jit" in label else "none", "formats")
        add_compile(label + ",weights", lambda compile=compile: dict(compile), fit=WEIGHTS)
        add_compile(label + ",validation", lambda compile=compile: dict(compile), fit={"validation_split": 0.25})
    add_compile("validation,weights", lambda: {"weighted_metrics": ["mae"]}, fit={"validation_split": 0.4} | WEIGHTS)
    add_compile("wrapper", lambda: {"metrics": [M.MeanMetricWrapper(M.mean_squared_error, name="wrapped")]})
    add_compile("metric_objects", lambda: {"metrics": [M.Precision(), M.Recall(), M.AUC(name="auc"), M.F1Score(name="f1"), M.CategoricalAccuracy("a")]}, "formats")
    add_compile("two_of_a_class", lambda: {"metrics": [M.Precision(), M.Precision()]})
    for kind in ("float64", "int_bits", "bool"):
        add(f"compile/targets_{kind}", "linear", kind, lambda: {"loss": "mse", "metrics": ["mae"]}, "long")
    for policy in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"):
        for scale in (True, False):
            def make(name=f"compile/{policy}_{scale}", policy=policy, scale=scale):
                data = Data(name)
                keras.config.set_dtype_policy(policy)
                model = keras.Sequential([L.Input((FEATURES,)), L.Dense(5, activation="tanh"), L.BatchNormalization(), L.Dense(3, dtype="float32" if policy.startswith("mixed") else None)])
                scramble(model, data)
                low = {"bf": (6e-2, 1e-1), "fl": (1e-2, 3e-2)}["bf" if "bfloat16" in policy else "fl"] if policy != "float64" else (1e-5, 1e-4)
                return Trial(model, data.real(FEATURES), data.real(3), lambda: dict(optimizer=O.SGD(0.02), loss="mse", metrics=["mae"], auto_scale_loss=scale), tolerance=low[0], training_tolerance=low[1])
            case(f"compile/{policy}_{scale}", make, "long", "formats")


def fill():
    losses(), metrics(), optimizers(), compiling()
