"""The family `schedules`: learning rates at chosen steps."""
from common import Family, fresh, serialized  # first: sets the environment

import numpy as np
from keras.optimizers import schedules as S

STEPS = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 15, 20, 21, 37, 100, 1000]


def main():
    f = Family("schedules")
    for name, make in {
        "exponential": lambda: S.ExponentialDecay(0.1, 10, 0.9), "exponential_staircase": lambda: S.ExponentialDecay(0.1, 4, 0.5, staircase=True),
        "piecewise": lambda: S.PiecewiseConstantDecay([3, 10], [0.1, 0.05, 0.01]), "piecewise_float": lambda: S.PiecewiseConstantDecay([3.5, 10.0], [1.0, 0.5, 0.1]),
        "polynomial": lambda: S.PolynomialDecay(0.1, 10, 0.01), "polynomial_power": lambda: S.PolynomialDecay(0.1, 10, 0.01, power=2.0),
        "polynomial_cycle": lambda: S.PolynomialDecay(0.1, 10, 0.01, power=0.5, cycle=True), "inverse": lambda: S.InverseTimeDecay(0.1, 5, 0.5),
        "inverse_staircase": lambda: S.InverseTimeDecay(0.1, 5, 0.5, staircase=True), "cosine": lambda: S.CosineDecay(0.1, 20),
        "cosine_alpha": lambda: S.CosineDecay(0.1, 20, alpha=0.2), "cosine_warmup": lambda: S.CosineDecay(0.0, 20, alpha=0.1, warmup_target=0.1, warmup_steps=5),
        "cosine_warmup_none": lambda: S.CosineDecay(0.05, 20, warmup_target=None, warmup_steps=5), "restarts": lambda: S.CosineDecayRestarts(0.1, 5),
        "restarts_options": lambda: S.CosineDecayRestarts(0.1, 5, t_mul=1.5, m_mul=0.8, alpha=0.1), "restarts_flat": lambda: S.CosineDecayRestarts(0.1, 5, t_mul=1.0, m_mul=0.9),
        "named": lambda: S.ExponentialDecay(0.1, 10, 0.9, name="decay")}.items():
        fresh()
        s = make()
        f.add({"name": name, "schedule": serialized(s), "steps": STEPS, "values": f.put(name, "lr", np.array([np.asarray(s(i)) for i in STEPS], "float32"))})
    f.write()


if __name__ == "__main__":
    main()
