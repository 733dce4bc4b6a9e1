"""Family `ops`: the calls of the golden generators of keras.ops, each as a node of a saved model."""
import pathlib
import sys

import keras
import numpy as np
from keras import layers as L, ops, tree

from case import Trial, case

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "golden" / "generate"))
import gen_ops
import gen_ops_nn


def function_of(name):
    fn = ops
    for part in name.split("."):
        fn = getattr(fn, part)
    return fn


def trial(op, args, kwargs, is_list):
    """The first array's samples are the batch; arrays with as many samples are inputs, all others constants."""
    arrays = [a for v in [*args, *kwargs.values()] for a in (v.items if is_list(v) else [v]) if isinstance(a, np.ndarray)]
    batch = next((len(a) for a in arrays if a.ndim), 1)
    inputs, data = [], []

    def symbol(a):
        if is_list(a):
            return [symbol(i) for i in a.items]
        if not isinstance(a, np.ndarray) or a.ndim == 0 or len(a) != batch:
            return a
        inputs.append(L.Input(batch_shape=a.shape, dtype=a.dtype.name))
        data.append(a)
        return inputs[-1]

    out = function_of(op)(*[symbol(a) for a in args], **{k: symbol(v) for k, v in kwargs.items()})
    outputs = [ops.reshape(o, (1,)) if len(o.shape) == 0 else o for o in tree.flatten(out)]
    model = keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0])
    low = {"float16": 5e-3, "bfloat16": 4e-2}
    kinds = {str(t.dtype) for t in [*inputs, *outputs]}
    tolerance = max((low[k] for k in kinds if k in low), default=1e-5)
    return Trial(model, data if len(data) > 1 else data[0], tolerance=tolerance, batch=max(batch, 1))


def fill():
    count = {}

    def record(op, *args, grads=True, **kwargs):
        if any(isinstance(a, np.ndarray) and 0 in a.shape for a in args):
            return  # Keras predicts on no batch without samples either
        if op == "argpartition" or op == "rot90" and kwargs.get("k") == 2:
            return  # wrong on TensorFlow: fractions are cut off, a matrix that is not square is no rotation
        if op == "eigh":
            return  # eigenvectors may be negated: those of LAPACK are not those of Eigen
        count[op] = count.get(op, 0) + 1
        case(f"ops/{op}/{count[op]}", lambda: trial(op, args, kwargs, lambda v: isinstance(v, gen_ops.S)), "operations")

    for part in (gen_ops.elementwise, gen_ops.reductions, gen_ops.linear, gen_ops.shapes, gen_ops.indexing, gen_ops.neural):
        part(record)
    neural()


def neural():
    """The generator of ops.nn and ops.image hands over names, inputs and keywords."""
    def record(f, name, op, inputs, kwargs=None, fn=None, grad=True):
        if op == "attention_bias_mask":
            op, inputs, kwargs = "dot_product_attention", inputs[:3], dict(zip(("bias", "mask"), inputs[3:]))
        owner = op if hasattr(ops, op) else "image." + op
        case(f"ops/nn/{name}", lambda: trial(owner, inputs, kwargs or {}, lambda v: False), "operations")

    gen_ops_nn.case = record
    for part in (gen_ops_nn.convolutions, gen_ops_nn.norms, gen_ops_nn.losses, gen_ops_nn.attention, gen_ops_nn.images):
        part(None)
