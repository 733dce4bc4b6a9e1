"""The family `optimizers`: 20 steps on a few variables with fixed gradients."""
from common import Family, data, fresh, serialized  # first: sets the environment

import keras
import tensorflow as tf
from keras import optimizers as O
from keras.optimizers import schedules as S

STEPS = 20
RECORD = (0, 1, 2, 9, 19)
SHAPES = [("kernel", (2, 3)), ("bias", (3,))]
MORE = SHAPES + [("deep", (1, 2, 2, 2))]


ROWS = [1, 3, 1, 0, 1]  # a lookup of five rows, one of them three times


def sliced(gradient):
    """What tf.GradientTape gives for an Embedding of four rows."""
    return tf.IndexedSlices(tf.constant(gradient, "float32"), tf.constant(ROWS), tf.constant([4, gradient.shape[1]]))


def case(f, name, make, shapes=SHAPES, scale=1.0, overwrite=False, slices=False):
    fresh()
    try:
        opt = make()
        variables = [keras.Variable(data(*s, lo=-1, hi=1, seed=i), name=n) for i, (n, s) in enumerate(shapes)]
        case = {"name": name, "optimizer": serialized(opt),
                "variables": [{"name": v.name, "value": f.put(name, "v", v)} for v in variables],
                "grads": [], "record": list(RECORD), "after": []}
        opt.build(variables)
        for step in range(STEPS):
            # Five sets of gradients in turn, each drawn about another centre, so that their signs and sizes change.
            g = [data(*s, lo=-0.5 - 0.1 * (step % 5), hi=0.9 - 0.2 * (step % 5), seed=40 + i + 10 * (step % 5)) * scale
                 for i, (_, s) in enumerate(shapes)]
            case["grads"].append([f.put(name, "g", x.astype("float32")) for i, x in enumerate(g)])
            if slices:  # the first variable is a table, its gradient the rows that were looked up
                g[0] = data(len(ROWS), shapes[0][1][1], lo=-0.5 - 0.1 * (step % 5), hi=0.9 - 0.2 * (step % 5), seed=60 + step % 5) * scale
                case["grads"][-1][0] = f.put(name, "g", g[0].astype("float32"))
            dense = [tf.constant(x, "float32") for x in g]
            opt.apply_gradients(zip([sliced(g[0])] + dense[1:] if slices else dense, variables))
            if step in RECORD:
                case["after"].append([f.put(name, f"a{step}_{i}", v) for i, v in enumerate(variables)])
        case["slots"] = [{"path": v.path, "name": v.name, "value": f.put(name, f"s{i}", v)} for i, v in enumerate(opt.variables)]
        if slices:
            case["rows"] = ROWS
        if overwrite:
            opt.finalize_variable_values(variables)
            case["finalized"] = [f.put(name, f"f{i}", v) for i, v in enumerate(variables)]
    except Exception as e:
        f.refuse(name, e)
        return
    f.add(case)


COMMON = {
    "weight_decay": dict(weight_decay=0.02),
    "clipnorm": dict(clipnorm=0.6),
    "clipvalue": dict(clipvalue=0.3),
    "global_clipnorm": dict(global_clipnorm=0.9),
    "ema": dict(use_ema=True, ema_momentum=0.8),
    "ema_overwrite": dict(use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "accumulate": dict(gradient_accumulation_steps=3),
    "accumulate_clip_decay": dict(gradient_accumulation_steps=2, clipnorm=0.5, weight_decay=0.01),
    "accumulate_ema": dict(gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.9),
    "loss_scale": dict(loss_scale_factor=8.0),
    "schedule": dict(learning_rate=S.ExponentialDecay(0.05, 4, 0.7)),
    "named": dict(name="my_optimizer"),
}


def main():
    f = Family("optimizers")
    first = [("sgd", O.SGD, {"momentum": dict(momentum=0.9), "nesterov": dict(momentum=0.9, nesterov=True),
                             "momentum_decay": dict(momentum=0.5, weight_decay=0.1), "nesterov_clip": dict(momentum=0.9, nesterov=True, clipnorm=0.5),
                             "nesterov_no_momentum": dict(nesterov=True)}),
             ("adam", O.Adam, {"amsgrad": dict(amsgrad=True), "betas": dict(beta_1=0.7, beta_2=0.9, epsilon=1e-3),
                               "amsgrad_decay": dict(amsgrad=True, weight_decay=0.1)}),
             ("rmsprop", O.RMSprop, {"momentum": dict(momentum=0.8), "centered": dict(centered=True), "rho": dict(rho=0.5, epsilon=1e-3),
                                     "all": dict(rho=0.8, momentum=0.5, centered=True, weight_decay=0.01)}),
             ("adamw", O.AdamW, {"amsgrad": dict(amsgrad=True), "betas": dict(beta_1=0.7, beta_2=0.9, epsilon=1e-3),
                                 "decay": dict(weight_decay=0.2)})]
    for low, cls, options in first:
        case(f, low, lambda: cls(), shapes=MORE)
        for n, o in {**options, **COMMON}.items():
            o = dict(learning_rate=0.05) | o
            case(f, f"{low}_{n}", lambda: cls(**o), scale=8.0 if n == "loss_scale" else 1.0, overwrite="ema" in n)
    for n, s in [("piecewise", lambda: S.PiecewiseConstantDecay([3, 8], [0.1, 0.05, 0.01])), ("polynomial", lambda: S.PolynomialDecay(0.1, 10, 0.01, 2.0, True)),
                 ("inverse", lambda: S.InverseTimeDecay(0.1, 3, 0.5)), ("cosine", lambda: S.CosineDecay(0.02, 10, 0.1, warmup_target=0.1, warmup_steps=5)),
                 ("restarts", lambda: S.CosineDecayRestarts(0.1, 5, 1.5, 0.8))]:
        case(f, f"sgd_schedule_{n}", lambda: O.SGD(s(), momentum=0.9))
    for low, cls, options in [
        ("adagrad", O.Adagrad, {"accumulator": dict(initial_accumulator_value=0.5, epsilon=1e-3)}),
        ("adadelta", O.Adadelta, {"rho": dict(learning_rate=1.0, rho=0.8, epsilon=1e-4)}),
        ("adamax", O.Adamax, {"betas": dict(beta_1=0.7, beta_2=0.9, epsilon=1e-3)}),
        ("nadam", O.Nadam, {"betas": dict(beta_1=0.7, beta_2=0.9, epsilon=1e-3)}),
        ("ftrl", O.Ftrl, {"l1": dict(l1_regularization_strength=0.05), "l2": dict(l2_regularization_strength=0.1),
                          "shrinkage": dict(l2_shrinkage_regularization_strength=0.1), "power": dict(learning_rate_power=-0.8, initial_accumulator_value=0.3),
                          "beta": dict(beta=0.5)}),
        ("lion", O.Lion, {"betas": dict(beta_1=0.7, beta_2=0.9)}), ("lamb", O.Lamb, {"betas": dict(beta_1=0.7, beta_2=0.9, epsilon=1e-3)}),
        ("adafactor", O.Adafactor, {"no_relative": dict(relative_step=False), "clip": dict(clip_threshold=0.5, beta_2_decay=-0.5), "eps": dict(epsilon_1=1e-8, epsilon_2=1e-2)}),
        ("schedule_free_adamw", getattr(O, "ScheduleFreeAdamW", None), {"warmup": dict(warmup_steps=5)})]:
        if cls is None:
            continue
        case(f, low, lambda: cls(), shapes=MORE)
        for n, o in {**options, **{k: COMMON[k] for k in ("weight_decay", "clipnorm", "ema", "accumulate", "schedule")}}.items():
            o = dict(learning_rate=0.05) | o
            case(f, f"{low}_{n}", lambda: cls(**o), overwrite="ema" in n)
    matrices = [("kernel", (3, 4)), ("bias", (4,)), ("tall", (5, 2))]
    for n, o in {"default": {}, "lr": dict(learning_rate=0.02), "no_nesterov": dict(nesterov=False, momentum=0.8), "steps": dict(ns_steps=3, rms_rate=None),
                 "weight_decay": dict(weight_decay=0.05, adam_weight_decay=0.01), "adam_ratio": dict(adam_lr_ratio=0.5),
                 "exclude": dict(exclude_layers=["tall"])}.items():
        case(f, f"muon_{n}", lambda: O.Muon(**o), shapes=matrices)
    case(f, "loss_scale_sgd", lambda: O.LossScaleOptimizer(O.SGD(0.05), initial_scale=8.0, dynamic_growth_steps=6), scale=8.0)
    case(f, "loss_scale_adam", lambda: O.LossScaleOptimizer(O.Adam(0.05), initial_scale=16.0), scale=16.0)
    for n, o in {"default": {}, "scaled": dict(loss_scale_factor=4.0), "named": dict(name="both")}.items():
        def multi(o=o):
            chosen = O.OptimizerMap(O.SGD(0.05, momentum=0.9))
            chosen["ker.*"], chosen["tall"] = O.Adam(0.05), O.RMSprop(0.02, clipnorm=0.5, loss_scale_factor=2.0)
            return O.MultiOptimizer(chosen, **o)
        case(f, f"multi_{n}", multi, shapes=matrices, scale=o.get("loss_scale_factor", 1.0))
    table = [("table", (4, 3)), ("bias", (3,))]
    for low, make in {
        "sgd": lambda o: O.SGD(0.05, momentum=0.9, **o), "adam": lambda o: O.Adam(0.05, **o), "rmsprop": lambda o: O.RMSprop(0.05, **o),
        "adamw": lambda o: O.AdamW(0.05, **o), "amsgrad": lambda o: O.Adam(0.05, amsgrad=True, **o),
        "rmsprop_centered": lambda o: O.RMSprop(0.05, centered=True, momentum=0.5, **o), "adagrad": lambda o: O.Adagrad(0.05, **o),
        "adadelta": lambda o: O.Adadelta(1.0, **o), "adamax": lambda o: O.Adamax(0.05, **o), "nadam": lambda o: O.Nadam(0.05, **o),
        "ftrl": lambda o: O.Ftrl(0.05, **o), "ftrl_shrinkage": lambda o: O.Ftrl(0.05, l2_shrinkage_regularization_strength=0.1, **o),
        "lion": lambda o: O.Lion(0.05, **o), "lamb": lambda o: O.Lamb(0.05, **o), "adafactor": lambda o: O.Adafactor(0.05, **o),
        "muon": lambda o: O.Muon(0.05, **o), "muon_exclude": lambda o: O.Muon(0.05, exclude_layers=["table"], **o),
        "schedule_free_adamw": lambda o: O.ScheduleFreeAdamW(0.05, **o),
        "loss_scale_adam": lambda o: O.LossScaleOptimizer(O.Adam(0.05, **o), initial_scale=8.0)}.items():
        case(f, f"slices_{low}", lambda: make({}), shapes=table, slices=True, scale=8.0 if low.startswith("loss") else 1.0)
    for n in ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "ema", "accumulate"):
        case(f, f"slices_adam_{n}", lambda: O.Adam(0.05, **COMMON[n]), shapes=table, slices=True)
    f.write()


if __name__ == "__main__":
    main()
