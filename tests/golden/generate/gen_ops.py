"""The family `ops`: functions of keras.ops, with their gradients and result dtypes."""
from common import Family, bools, data, dtype_of, ints, plain  # first: sets the environment

import numpy as np
import tensorflow as tf
from keras import ops, tree


class S:
    """A list of arrays as one argument (as concatenate takes them)."""

    def __init__(self, *items):
        self.items = items


class Recorder:
    def __init__(self, family="ops"):
        self.f = Family(family)
        self.count = {}

    def __call__(self, op, *args, grads=True, **kwargs):
        n = self.count[op] = self.count.get(op, 0) + 1
        name = f"{op}_{n}"
        f = self.f
        arrays, coded = [], []

        def encode(a):
            if isinstance(a, np.ndarray):
                arrays.append(a)
                return {"array": f.put(name, "in", a)}
            if isinstance(a, S):
                return {"list": [encode(i) for i in a.items]}
            return {"value": plain(a)}

        def decode(a, it):
            if isinstance(a, np.ndarray):
                return next(it)
            if isinstance(a, S):
                return [decode(i, it) for i in a.items]
            return a

        coded = [encode(a) for a in args]
        kcoded = {k: encode(v) for k, v in kwargs.items()}
        tensors = [tf.constant(a) for a in arrays]
        try:
            with tf.GradientTape() as tape:
                for t in tensors:
                    if t.dtype.is_floating:
                        tape.watch(t)
                it = iter(tensors)
                fn = ops
                for part in op.split("."):
                    fn = getattr(fn, part)
                out = fn(*[decode(a, it) for a in args], **{k: decode(v, it) for k, v in kwargs.items()})
                outs = [tf.convert_to_tensor(o) for o in tree.flatten(out)]
                float_outs = [o for o in outs if o.dtype.is_floating]
                watched = [t for t in tensors if t.dtype.is_floating]
                do = grads and bool(float_outs) and bool(watched)
                cot = [data(*o.shape, lo=-1, hi=1, seed=900 + i).astype(o.dtype.as_numpy_dtype) if do and o.dtype.is_floating else None for i, o in enumerate(outs)]
                target = tf.add_n([tf.cast(tf.reduce_sum(o * c), "float64") for o, c in zip(outs, cot) if c is not None]) if do else None
            got = tape.gradient(target, tensors) if do else [None] * len(tensors)
            got = [g if t.dtype.is_floating else None for g, t in zip(got, tensors)]
        except Exception as e:
            f.refuse(f"{name} {[a.shape if isinstance(a, np.ndarray) else a for a in args]} {kwargs}"[:120], e)
            return
        cots = [None if c is None else f.put(name, "cot", c) for c in cot]
        f.add({"name": name, "op": f"ops.{op}", "args": coded, "kwargs": kcoded, "outputs": [f.put(name, "out", o) for o in outs],
               "output_dtypes": [dtype_of(o) for o in outs], "cotangent": next((c for c in cots if c), None), "cotangents": cots,
               "grads": [None if g is None else f.put(name, "grad", g) for g in got]})


A, B = data(2, 3, 4, seed=1), data(2, 3, 4, seed=2)
P = data(2, 3, 4, lo=0.1, hi=3, seed=3)
U = data(2, 3, 4, lo=-0.95, hi=0.95, seed=4)
IA, IB = ints(2, 3, 4, lo=-9, hi=10, seed=1), ints(2, 3, 4, lo=1, hi=10, seed=2)
BA, BB = bools(2, 3, 4, seed=1), bools(2, 3, 4, seed=2)
ROW, COL = data(4, seed=5), data(3, 1, seed=6)
M1, M2 = data(3, 4, seed=7), data(4, 5, seed=8)


def elementwise(c):
    for op in ["add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "arctan2", "logaddexp", "hypot", "fmax", "fmin", "logaddexp2", "divide_no_nan"]:
        c(op, A, B)
        c(op, A, ROW)
        c(op, COL, A)
        c(op, A, 2.5)
    for op in ["add", "subtract", "multiply", "divide", "maximum", "minimum", "floor_divide", "mod", "power", "equal", "less"]:
        x, y = (np.abs(IA), np.clip(IB, 1, 4)) if op == "power" else (IA, IB)
        c(op, x, y)
        c(op, x, 3)
        c(op, x, 2.5)
        c(op, x.astype("int8"), y.astype("uint8"))
        c(op, x, y.astype("float32"))
        c(op, x.astype("int64"), y.astype("float16"), grads=False)
        c(op, P, 2)
        c(op, P.astype("float64"), B if op not in ("power",) else P)
        c(op, BA, y)
    for op in ["add", "multiply", "maximum", "logical_and", "logical_or", "logical_xor", "equal", "not_equal"]:
        c(op, BA, BB)
    c("add", A.astype("float16"), B, grads=False)
    c("add", A, np.float32(2).reshape(()))
    c("add", A, B[:, :, :1])
    c("multiply", A[:1], B[:, :1])
    c("divide", np.array([1, -1, 0], "float32"), np.zeros(3, "float32"), grads=False)
    c("divide_no_nan", A, np.zeros_like(A))
    c("divide_no_nan", IA, IB)
    c("floor_divide", A, B, grads=False)
    c("mod", A, B)
    c("mod", A, 0.75)
    c("mod", A, -0.75)
    c("fmod", A, B, grads=False)
    c("power", P, B)
    c("power", P, 0.5)
    c("power", A, 3)
    c("power", A, np.float32(2.0).reshape(()))
    for op in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]:
        c(op, A, B)
        c(op, A, 0.5)
        c(op, IA, IB)
        c(op, IA, 2.5)
        c(op, A, ROW)
    for op in ["exp", "sin", "cos", "tanh", "sinh", "cosh", "arctan", "arcsinh", "expm1", "square", "negative", "abs", "sigmoid", "erf", "exp2", "erfc", "sinc", "i0"]:
        c(op, A)
        c(op, IA)
        c(op, A.astype("float64"))
    for op in ["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "cbrt"]:
        c(op, P)
        c(op, IB)
        c(op, P.astype("float64"))
    for op in ["arcsin", "arccos", "arctanh", "erfinv"]:
        c(op, U)
    c("arccosh", P + 1)
    c("tan", U)
    for op in ["floor", "ceil", "round", "sign", "trunc"]:
        c(op, 3 * A)
        c(op, IA)
        c(op, BA)
    c("round", 30 * A, decimals=1)
    c("round", np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], "float32"), grads=False)
    c("round", IA * 37, decimals=-1)
    special = np.array([0.0, -0.0, 1.5, np.inf, -np.inf, np.nan], "float32")
    for op in ["isnan", "isinf", "isfinite", "isposinf", "isneginf", "sign", "signbit", "nan_to_num", "relu", "exp", "log", "sqrt", "tanh", "sigmoid", "abs", "logical_not"]:
        c(op, special, grads=False)
    c("nan_to_num", special, nan=1.0, posinf=9.0, neginf=-9.0, grads=False)
    c("logical_not", BA)
    c("logical_not", IA)
    c("clip", A, -0.5, 0.75)
    c("clip", IA, -2, 3)
    c("clip", A, COL - 1, 1.0, grads=False)
    c("where", BA, A, B)
    c("where", BA, A, 0.0)
    c("where", BA, IA, B)
    c("where", BA, IA, 1.5)
    c("where", BA[:, :1], A, ROW)
    for op in ["bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"]:
        c(op, np.abs(IA), np.clip(IB, 0, 4))
    c("bitwise_not", IA)
    c("cast", A, "int32")
    c("cast", IA, "float32")
    c("cast", A, "bool")
    c("cast", BA, "float32")
    c("cast", A, "float16", grads=False)
    c("cast", A, "float64")
    c("cast", A, "uint8", grads=False)
    c("saturate_cast", 300 * A, "uint8")
    c("gcd", np.abs(IA), IB)
    c("lcm", np.abs(IA), IB)
    c("heaviside", A, 0.5, grads=False)
    c("deg2rad", 90 * A)
    c("rad2deg", A)
    c("isclose", A, A + np.float32(1e-6))
    c("allclose", A, A)
    c("ldexp", A, ints(2, 3, 4, lo=-2, hi=3))
    c("stop_gradient", A)
    c("copy", A)
    c("identity", 3)


def reductions(c):
    for op in ["sum", "mean", "max", "min", "prod", "var", "std", "logsumexp", "amax", "amin"]:
        for axis in (None, 0, -1, (0, 2), (-1, -2)):
            c(op, A, axis=axis)
            c(op, A, axis=axis, keepdims=True)
        c(op, A[:0], axis=-1)
    for op in ["sum", "mean", "max", "prod", "var", "std", "min"]:
        c(op, IA)
        c(op, IA.astype("int8"), axis=1)
        c(op, IB.astype("uint8"), axis=1)
        c(op, BA, axis=-1)
        c(op, A.astype("float16"), axis=-1, grads=False)
        c(op, A.astype("float64"), axis=1)
    c("max", A, axis=1, initial=1.0)
    c("min", A, axis=1, initial=-1.0)
    tie = np.array([[1, 3, 3], [2, 2, 2]], "float32")
    for op in ["max", "min", "argmax", "argmin"]:
        c(op, tie, axis=1)
    for op in ["argmax", "argmin"]:
        for axis in (None, 0, -1):
            c(op, A, axis=axis)
            c(op, A, axis=axis, keepdims=True)
        c(op, IA, axis=1)
    for op in ["all", "any"]:
        for axis in (None, 0, -1):
            c(op, BA, axis=axis)
            c(op, BA, axis=axis, keepdims=True)
        c(op, IA, axis=1)
    for op in ["cumsum", "cumprod"]:
        for axis in (None, 0, -1):
            c(op, A, axis=axis)
        c(op, IA, axis=1)
        c(op, BA, axis=1)
    c("cumsum", A, axis=1, dtype="float64")
    c("count_nonzero", IA)
    c("count_nonzero", IA, axis=1)
    for m in ("linear", "lower", "higher", "midpoint", "nearest"):
        c("quantile", A, 0.3, axis=1, method=m, grads=False)
    c("quantile", A, np.array([0.1, 0.5, 0.9], "float32"), axis=-1, grads=False)
    c("median", A, axis=-1, grads=False)
    c("median", A, axis=1, keepdims=True, grads=False)
    c("average", A, axis=1)
    c("average", A, axis=1, weights=np.array([0.2, 0.3, 0.5], "float32"))
    c("ptp", A, axis=1)
    c("norm", A, axis=-1)
    for o in (1, 2, np.inf, -np.inf):
        c("norm", A, ord=o, axis=-1)
    c("norm", M1)
    c("norm", M1, ord="fro")
    c("nansum", np.where(A > 1, np.nan, A).astype("float32"), axis=-1, grads=False)
    c("nanmean", np.where(A > 1, np.nan, A).astype("float32"), axis=-1, grads=False)
    c("moments", A, axes=[0, 1])
    c("moments", A, axes=[-1], keepdims=True)
    c("bincount", np.array([0, 1, 1, 3, 2, 1], "int32"))
    c("bincount", np.array([0, 1, 1, 3, 2, 1], "int32"), minlength=6)
    c("bincount", np.array([0, 1, 1, 3], "int32"), weights=np.array([0.5, 1, 2, 3], "float32"), grads=False)
    c("diff", A, n=1, axis=-1)
    c("diff", A, n=2, axis=1)
    c("digitize", A, np.array([-1.0, 0.0, 1.0], "float32"))
    c("segment_sum", data(6, 2), np.array([0, 0, 1, 1, 3, 2], "int32"), num_segments=4)
    c("segment_max", data(6, 2), np.array([0, 0, 1, 1, 3, 2], "int32"), num_segments=4)


def linear(c):
    c("matmul", M1, M2)
    c("matmul", A, data(4, 5))
    c("matmul", A, data(2, 4, 2))
    c("matmul", data(2, 1, 3, 4), data(1, 3, 4, 2))
    c("matmul", data(4), M2)
    c("matmul", M1, data(4))
    c("matmul", data(4, seed=1), data(4, seed=2))
    c("matmul", IA, ints(4, 2))
    c("matmul", IA.astype("int8"), ints(4, 2, dtype="int8"))
    c("matmul", A, ints(4, 2))
    c("matmul", A.astype("float64"), data(4, 2))
    for a, b in [(M1, M2), (data(4), data(4, seed=9)), (A, data(4)), (A, data(4, 2)), (A, data(2, 4, 3))]:
        c("dot", a, b)
    c("dot", M1, 2.0)
    c("inner", M1, data(5, 4))
    c("outer", data(3), data(4))
    c("outer", M1, data(2))
    c("vdot", M1, data(3, 4, seed=9))
    c("tensordot", A, data(4, 2), axes=1)
    c("tensordot", A, B, axes=3)
    c("tensordot", A, data(4, 3, 5), axes=([1, 2], [1, 0]))
    c("tensordot", M1, data(2), axes=0)
    for eq, shapes in [("ij,jk->ik", [(3, 4), (4, 5)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]), ("ij,jk", [(3, 4), (4, 5)]), ("ij->ji", [(3, 4)]), ("ij->", [(3, 4)]),
                       ("ij->i", [(3, 4)]), ("ii->i", [(4, 4)]), ("ii->", [(4, 4)]), ("i,j->ij", [(3,), (4,)]), ("...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)]),
                       ("...x,xy->...y", [(2, 3, 4), (4, 5)]), ("abc,cd->abd", [(2, 3, 4), (4, 5)]), ("abc,cde->abde", [(2, 3, 4), (4, 2, 3)]), ("aecd,abcd->acbe", [(2, 3, 2, 4), (2, 5, 2, 4)]),
                       ("acbe,aecd->abcd", [(2, 2, 5, 3), (2, 3, 2, 4)]), ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]), ("bij,bij->b", [(2, 3, 4), (2, 3, 4)]), ("bn,bm->bnm", [(2, 3), (2, 4)]),
                       ("ij,ij->ij", [(3, 4), (3, 4)]), ("bhd,bhd->bh", [(2, 3, 4), (2, 3, 4)])]:
        c("einsum", eq, *[data(*s, seed=i) for i, s in enumerate(shapes)])
    c("einsum", "ij,jk->ik", ints(3, 4), ints(4, 2))
    c("einsum", "ij,jk->ik", ints(3, 4), data(4, 2))
    sq = data(4, 4) + 4 * np.eye(4, dtype="float32")
    spd = (sq @ sq.T).astype("float32")
    both = np.stack([sq, sq.T])
    c("trace", A, offset=1, axis1=1, axis2=2)
    c("trace", M1)
    c("inv", sq)
    c("inv", both)
    c("det", sq)
    c("solve", sq, data(4, 2))
    c("solve_triangular", np.tril(sq), data(4, 2), lower=True)
    c("cholesky", spd)
    c("logdet", spd)
    c("slogdet", sq, grads=False)
    c("eigh", spd, grads=False)
    c("svd", M1, compute_uv=False, grads=False)
    c("cross", data(2, 3, seed=1), data(2, 3, seed=2))
    c("kron", data(2, 2), data(2, 3))
    c("pinv", M1, grads=False)
    for m in ["diag", "diagonal", "tril", "triu"]:
        c(m, M1)
        c(m, M1, k=1) if m not in ("diagonal",) else c(m, M1, offset=-1)
    c("diag", data(3))
    c("diagflat", data(3), k=1)
    c("diagonal", A, offset=0, axis1=1, axis2=2)
    c("cdist", data(3, 2), data(4, 2, seed=3))


def shapes(c):
    c("reshape", A, (6, 4))
    c("reshape", A, (-1, 2))
    c("reshape", A, (24,))
    c("transpose", A)
    c("transpose", A, axes=(1, 0, 2))
    c("transpose", A, axes=(-1, 0, 1))
    c("swapaxes", A, 0, -1)
    c("moveaxis", A, 0, -1)
    c("moveaxis", A, (0, 1), (-1, 0))
    c("expand_dims", A, 0)
    c("expand_dims", A, -1)
    c("expand_dims", A, (0, -1))
    c("squeeze", data(1, 3, 1))
    c("squeeze", data(1, 3, 1), axis=-1)
    c("squeeze", data(1, 3, 1), axis=(0, 2))
    c("ravel", A)
    c("broadcast_to", ROW, (2, 3, 4))
    c("broadcast_to", COL, (2, 3, 4))
    for axis in (0, 1, -1):
        c("concatenate", S(A, B), axis=axis)
        c("stack", S(A, B), axis=axis)
        c("flip", A, axis=axis)
        c("roll", A, 1, axis=axis)
        c("roll", A, -2, axis=axis)
        c("unstack", A, axis=axis)
    c("concatenate", S(A, IA), axis=0)
    c("concatenate", S(IA, BA), axis=0)
    c("stack", S(ROW, ROW * 2))
    c("flip", A)
    c("roll", A, 3)
    c("roll", A, (1, 2), axis=(0, 2))
    for op in ["vstack", "hstack", "dstack"]:
        c(op, S(M1, data(3, 4, seed=3)))
    c("append", M1, data(2, 4), axis=0)
    c("split", A, 2, axis=-1)
    c("split", A, 3, axis=1)
    c("split", A, [1, 3], axis=-1)
    c("array_split", data(7), 3)
    c("tile", M1, (2, 3))
    c("tile", data(3), (2, 2))
    c("tile", A, 2)
    c("repeat", M1, 2)
    c("repeat", M1, 2, axis=0)
    c("repeat", M1, 3, axis=-1)
    c("repeat", M1, np.array([1, 0, 2], "int32"), axis=0)
    c("pad", M1, 1)
    c("pad", M1, ((1, 2), (0, 1)))
    c("pad", M1, ((1, 2), (0, 1)), constant_values=2.5)
    c("pad", M1, ((1, 2), (2, 1)), mode="reflect")
    c("pad", M1, ((1, 2), (2, 1)), mode="symmetric")
    c("pad", IA, ((0, 1), (0, 0), (1, 0)))
    c("rot90", M1)
    c("rot90", A, k=2, axes=(1, 2))
    c("slice", A, (0, 1, 2), (2, 2, 2))
    c("slice_update", A, (0, 1, 2), data(2, 2, 2), grads=False)
    c("meshgrid", data(3), data(2))
    c("meshgrid", data(3), data(2), indexing="ij")
    c("tri", 3, 4, 1)
    c("arange", 5)
    c("arange", 2, 9, 3)
    c("arange", 0.0, 1.0, 0.25)
    c("arange", 5, dtype="float32")
    c("linspace", 0.0, 1.0, 5)
    c("linspace", 0.0, 1.0, 5, endpoint=False)
    c("linspace", 2, 10, 4)
    c("logspace", 0.0, 2.0, 4)
    c("geomspace", 1.0, 8.0, 4)
    c("eye", 3)
    c("eye", 3, 4, k=-1)
    c("identity", 3, dtype="int32")
    c("zeros", (2, 3))
    c("ones", (2, 3), dtype="int32")
    c("full", (2, 3), 1.5)
    c("full", (2, 3), 2, dtype="float32")
    c("zeros_like", IA)
    c("ones_like", A)
    c("full_like", A, 2)
    c("vander", data(3), 4)
    for w in ("bartlett", "blackman", "hamming", "hanning"):
        c(w, 6)


def indexing(c):
    c("take", A, np.array([1, 0, 2], "int32"), axis=1)
    c("take", A, np.array([[1, 0], [3, 3]], "int32"), axis=-1)
    c("take", A, np.array([5, 0, 23], "int32"))
    c("take", A, np.array([-1, -2], "int32"), axis=2)
    c("take", A, 1, axis=1)
    c("take", IA, np.array([1], "int64"), axis=0)
    c("take_along_axis", A, ints(2, 3, 2, hi=4), axis=-1)
    c("take_along_axis", A, ints(2, 1, 4, hi=3), axis=1)
    c("scatter", np.array([[0], [2], [2]], "int32"), data(3, 4), (5, 4))
    c("scatter", np.array([[0, 1], [2, 3]], "int32"), data(2), (3, 4))
    c("scatter_update", M1, np.array([[0, 1], [2, 3]], "int32"), data(2))
    c("scatter_update", M1, np.array([[1]], "int32"), data(1, 4))
    c("one_hot", ints(2, 3, hi=4), 4)
    c("one_hot", np.array([0, -1, 5, 2], "int32"), 4)
    c("one_hot", ints(2, 3, hi=4), 4, axis=0)
    c("one_hot", ints(2, 3, hi=4), 4, axis=1, dtype="int32")
    c("multi_hot", ints(2, 3, hi=5), 5)
    c("nonzero", np.array([[0, 1, 0], [2, 0, 3]], "int32"))
    for axis in (0, 1, -1):
        c("sort", A, axis=axis)
        c("argsort", A, axis=axis)
    c("sort", IA)
    c("sort", A, axis=None)
    c("argsort", A, axis=None)
    c("top_k", A, 2)
    c("top_k", A, 3, sorted=True)
    c("top_k", np.array([1, 5, 5, 2, 5], "float32"), 3, grads=False)
    c("in_top_k", np.array([0, 2, 1], "int32"), data(3, 4), 2)
    c("searchsorted", np.array([0, 1, 2, 3], "float32"), data(5, lo=-1, hi=4))
    c("searchsorted", np.array([0, 1, 2, 3], "float32"), np.array([1, 2, 3], "float32"), side="right")
    c("unique", np.array([3, 1, 1, 2, 3], "int32"))
    c("isin", IA, np.array([1, 2, 3], "int32"))
    c("select", S(BA, BB), S(A, B), default=0.5)
    c("argpartition", data(6), 2)


def neural(c):
    x = data(2, 3, 4, lo=-4, hi=4)
    for op in ["relu", "relu6", "sigmoid", "softplus", "softsign", "silu", "log_sigmoid", "leaky_relu", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "elu", "selu",
               "celu", "gelu", "glu", "softmax", "log_softmax", "squareplus", "sparse_plus", "sparsemax", "sparse_sigmoid"]:
        c(op, x)
        if op not in ("squareplus",):
            c(op, x.astype("float64"))
    c("gelu", x, approximate=False)
    c("leaky_relu", x, negative_slope=0.3)
    c("elu", x, alpha=0.5)
    c("threshold", x, 0.5, -1.0)
    for axis in (0, 1, (1, 2), None):
        c("softmax", x, axis=axis)
        c("log_softmax", x, axis=axis)
    c("normalize", A, axis=-1)
    c("normalize", A, axis=1, order=1)
    img, seq = data(2, 6, 5, 3), data(2, 7, 3)
    for pad in ("valid", "same"):
        for s in (1, 2):
            c("conv", img, data(3, 3, 3, 4, lo=-1, hi=1), strides=s, padding=pad)
            c("conv", seq, data(3, 3, 2, lo=-1, hi=1), strides=s, padding=pad)
            c("depthwise_conv", img, data(3, 3, 3, 2, lo=-1, hi=1), strides=s, padding=pad)
            c("conv_transpose", data(2, 3, 4, 2), data(3, 3, 3, 2, lo=-1, hi=1), strides=s, padding=pad)
            c("max_pool", img, 2, strides=s, padding=pad)
            c("average_pool", img, (3, 2), strides=s, padding=pad)
            c("max_pool", seq, 3, strides=s, padding=pad)
            c("average_pool", seq, 3, strides=s, padding=pad)
        c("conv", img, data(2, 2, 3, 4, lo=-1, hi=1), padding=pad, dilation_rate=2)
        c("conv", data(2, 6, 5, 4), data(3, 3, 2, 4, lo=-1, hi=1), padding=pad)
        c("separable_conv", img, data(3, 3, 3, 1), data(1, 1, 3, 4), padding=pad)
        c("conv", data(1, 4, 4, 4, 2), data(2, 2, 2, 2, 3, lo=-1, hi=1), padding=pad)
    c("conv_transpose", data(2, 3, 4, 2), data(3, 3, 3, 2, lo=-1, hi=1), strides=2, padding="same", output_padding=1)
    c("batch_normalization", A, data(4, seed=1), data(4, lo=0.5, hi=2), -1, offset=data(4, seed=3), scale=data(4, lo=0.5, hi=1.5))
    c("batch_normalization", A, data(3, seed=1), data(3, lo=0.5, hi=2), 1, epsilon=0.1)
    c("layer_normalization", A, gamma=data(4, lo=0.5, hi=1.5), beta=data(4, seed=3))
    c("layer_normalization", A, axis=-1, epsilon=0.1)
    c("rms_normalization", A, scale=data(4, lo=0.5, hi=1.5))
    prob = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    hot = np.eye(4, dtype="float32")[ints(2, 3, hi=4)]
    for logits in (False, True):
        c("categorical_crossentropy", hot, x if logits else prob, from_logits=logits)
        c("sparse_categorical_crossentropy", ints(2, 3, hi=4), x if logits else prob, from_logits=logits)
        c("binary_crossentropy", hot, x if logits else prob, from_logits=logits)
    q, k, v = data(2, 3, 2, 4, seed=1), data(2, 5, 2, 4, seed=2), data(2, 5, 2, 4, seed=3)
    c("dot_product_attention", q, k, v)
    c("dot_product_attention", q, k, v, mask=bools(2, 2, 3, 5) | (np.arange(5) == 0))
    c("dot_product_attention", q, q, q, is_causal=True)
    c("dot_product_attention", q, k, v, bias=data(2, 2, 3, 5), scale=0.3)
    c("unfold", data(1, 2, 4, 5), 2, stride=1)
    c("depth_to_space", data(1, 2, 3, 8), 2)
    c("space_to_depth", data(1, 4, 6, 2), 2)
    for i in ("bilinear", "nearest", "bicubic", "lanczos3"):
        c("image.resize", data(2, 4, 3, 2), (6, 5), interpolation=i, grads=False)
        c("image.resize", data(2, 6, 5, 2), (3, 2), interpolation=i, antialias=True, grads=False)
    c("image.rgb_to_grayscale", data(2, 3, 3, 3))
    c("image.pad_images", data(1, 3, 3, 2), 1, 2, 1, 0)
    c("image.crop_images", data(1, 5, 5, 2), 1, 2, 1, 1)
    c("fft", S(data(2, 4), data(2, 4, seed=2)), grads=False)
    c("rfft", data(2, 6), grads=False)
    c("extract_sequences", data(2, 8), 4, 2)


def main():
    c = Recorder()
    for part in (elementwise, reductions, linear, shapes, indexing, neural):
        part(c)
    c.f.write()


if __name__ == "__main__":
    main()
