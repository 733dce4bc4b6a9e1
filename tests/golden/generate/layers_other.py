"""Padding, cropping, up-sampling, EinsumDense and attention."""
import numpy as np
from keras import constraints as C
from keras import layers as L
from keras import regularizers as R

from common import bools, data, ints, right_mask
from layer_cases import layer_case

SPATIAL = {1: (6,), 2: (5, 6), 3: (4, 5, 3)}


def resizing(f):
    for rank in (1, 2, 3):
        fmts = [None] if rank == 1 else ["channels_last", "channels_first"]
        pads = {1: [1, (1, 2)], 2: [1, (1, 2), ((1, 2), (0, 1))], 3: [1, (1, 2, 0), ((1, 0), (0, 1), (1, 1))]}[rank]
        sizes = {1: [2, 3], 2: [2, (1, 3)], 3: [2, (1, 3, 2)]}[rank]
        for df in fmts + (["channels_first"] if rank == 1 else []):
            x = data(2, 2, *SPATIAL[rank]) if df == "channels_first" else data(2, *SPATIAL[rank], 2)
            kw = {} if df is None else {"data_format": df}
            tag = "_cf" if df == "channels_first" else ""
            for i, p in enumerate(pads):
                layer_case(f, f"zero_padding{rank}d_{i}{tag}", lambda: getattr(L, f"ZeroPadding{rank}D")(p, **kw), x)
                if rank > 1 or df is None:
                    layer_case(f, f"cropping{rank}d_{i}{tag}", lambda: getattr(L, f"Cropping{rank}D")(p, **kw), x)
            if rank > 1 or df is None:
                for i, s in enumerate(sizes):
                    layer_case(f, f"up_sampling{rank}d_{i}{tag}", lambda: getattr(L, f"UpSampling{rank}D")(s, **kw), x)
    for df in ("channels_last", "channels_first"):
        x = data(2, 4, 3, 2) if df == "channels_last" else data(2, 2, 4, 3)
        for interp in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
            layer_case(f, f"up_sampling2d_{interp}_{df}", lambda: L.UpSampling2D((2, 3), df, interp), x)
    for kind in ("Average", "Max"):
        for rank in (1, 2, 3):
            cls = getattr(L, f"Adaptive{kind}Pooling{rank}D", None)
            if cls is None:
                continue
            for df in ("channels_last", "channels_first"):
                x = data(2, 2, *SPATIAL[rank]) if df == "channels_first" else data(2, *SPATIAL[rank], 2)
                for out in ([2, 4] if rank == 1 else [2, tuple(range(2, 2 + rank))]):
                    tag = str(out).strip("()").replace(", ", "x")
                    layer_case(f, f"adaptive_{kind.lower()}_pooling{rank}d_{tag}_{df}", lambda: cls(out, data_format=df), x)


def einsum(f):
    case = lambda name, layer, x, **kw: layer_case(f, "einsum_dense_" + name, layer, x, **kw)
    case("ab_bc", lambda: L.EinsumDense("ab,bc->ac", 5, bias_axes="c"), data(3, 4))
    case("no_bias", lambda: L.EinsumDense("ab,bc->ac", 5), data(3, 4))
    case("seq", lambda: L.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d", activation="relu"), data(2, 3, 4))
    case("ellipsis", lambda: L.EinsumDense("...x,xy->...y", 5, bias_axes="y"), data(2, 3, 4))
    case("heads", lambda: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), data(2, 3, 4))
    case("heads_out", lambda: L.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"), data(2, 3, 2, 4))
    case("bias_two_axes", lambda: L.EinsumDense("abc,cd->abd", (3, 5), bias_axes="bd"), data(2, 3, 4))
    case("options", lambda: L.EinsumDense("ab,bc->ac", 5, bias_axes="c", activation="tanh", kernel_regularizer=R.L2(0.1),
                                          bias_regularizer=R.L1(0.1), kernel_constraint=C.MaxNorm(1.0),
                                          activity_regularizer=R.L2(0.1)), data(3, 4))
    case("float64", lambda: L.EinsumDense("ab,bc->ac", 5, bias_axes="c", dtype="float64"), data(3, 4, dtype="float64"))


def attention(f):
    q, v, k = data(2, 3, 4, seed=1), data(2, 5, 4, seed=2), data(2, 5, 4, seed=3)
    qm, vm = right_mask(2, 3), right_mask(2, 5)
    for cls, low, extra in [(L.Attention, "attention", {}), (L.AdditiveAttention, "additive_attention", {})]:
        case = lambda name, layer, inputs=(q, v, k), **kw: layer_case(f, f"{low}_{name}", layer, list(inputs), **kw)
        case("qv", lambda: cls(), (q, v))
        case("qvk", lambda: cls())
        case("scale", lambda: cls(use_scale=True))
        case("no_scale", lambda: cls(use_scale=False))
        case("causal", lambda: cls(), kwargs={"use_causal_mask": True})
        case("scores", lambda: cls(), kwargs={"return_attention_scores": True})
        case("masks", lambda: cls(), masks=[qm, vm, vm])
        case("masks_causal", lambda: cls(), (q, v), masks=[qm, vm], kwargs={"use_causal_mask": True})
        case("value_mask", lambda: cls(), (q, v), masks=[None, vm])
        case("dropout_inference", lambda: cls(dropout=0.3), training=False)
        case("float64", lambda: cls(use_scale=True, dtype="float64"), [x.astype("float64") for x in (q, v, k)])
    layer_case(f, "attention_concat", lambda: L.Attention(score_mode="concat"), [q, v, k])
    layer_case(f, "attention_concat_scale", lambda: L.Attention(score_mode="concat", use_scale=True), [q, v, k])
    case = lambda name, layer, inputs=(q, v, k), **kw: layer_case(f, "mha_" + name, layer, list(inputs), style="args", **kw)
    case("self", lambda: L.MultiHeadAttention(2, 3), (q, q))
    case("qv", lambda: L.MultiHeadAttention(2, 3), (q, v))
    case("qvk", lambda: L.MultiHeadAttention(2, 3))
    case("value_dim", lambda: L.MultiHeadAttention(2, 3, value_dim=5))
    case("no_bias", lambda: L.MultiHeadAttention(2, 3, use_bias=False))
    case("output_shape", lambda: L.MultiHeadAttention(2, 3, output_shape=6))
    case("output_shape_2", lambda: L.MultiHeadAttention(2, 3, output_shape=(2, 3)))
    case("one_head", lambda: L.MultiHeadAttention(1, 4))
    case("scores", lambda: L.MultiHeadAttention(2, 3), kwargs={"return_attention_scores": True})
    case("causal", lambda: L.MultiHeadAttention(2, 3), (q, q), kwargs={"use_causal_mask": True})
    am = bools(2, 3, 5)
    am[..., 0] = True
    case("attention_mask", lambda: L.MultiHeadAttention(2, 3), kwargs={"attention_mask": am})
    case("attention_mask_scores", lambda: L.MultiHeadAttention(2, 3), kwargs={"attention_mask": am, "return_attention_scores": True})
    case("masks", lambda: L.MultiHeadAttention(2, 3), masks=[qm, vm, vm])
    given = {"query_mask": qm, "value_mask": vm, "key_mask": vm}
    case("given_masks", lambda: L.MultiHeadAttention(2, 3), kwargs=given)
    case("masks_causal", lambda: L.MultiHeadAttention(2, 3), (q, q), masks=[qm, qm], kwargs={"use_causal_mask": True})
    case("sliding_window", lambda: L.MultiHeadAttention(2, 3, sliding_window=2), (v, v))
    case("gate", lambda: L.MultiHeadAttention(2, 3, use_gate=True))
    case("axes", lambda: L.MultiHeadAttention(2, 3, attention_axes=(1, 2)), (data(2, 2, 3, 4, seed=1), data(2, 2, 2, 4, seed=2)))
    case("axes_2", lambda: L.MultiHeadAttention(2, 3, attention_axes=(2,)), (data(2, 2, 3, 4, seed=1), data(2, 2, 5, 4, seed=2)))
    case("options", lambda: L.MultiHeadAttention(2, 3, kernel_regularizer=R.L2(0.01), bias_regularizer=R.L1(0.02),
                                                 activity_regularizer=R.L2(0.01), kernel_constraint=C.MaxNorm(1.0),
                                                 bias_constraint=C.NonNeg(), kernel_initializer="he_normal"))
    case("dropout_inference", lambda: L.MultiHeadAttention(2, 3, dropout=0.4, seed=2), training=False)
    case("float64", lambda: L.MultiHeadAttention(2, 3, dtype="float64"), [x.astype("float64") for x in (q, v, k)])
    case = lambda name, layer, inputs=(q, v, k), **kw: layer_case(f, "gqa_" + name, layer, list(inputs), style="args", **kw)
    gqa = L.GroupQueryAttention
    case("qv", lambda: gqa(3, 4, 2), (q, v))
    case("qvk", lambda: gqa(3, 4, 2))
    case("multi_query", lambda: gqa(3, 4, 1))
    case("all_heads", lambda: gqa(3, 2, 2))
    case("no_bias", lambda: gqa(3, 4, 2, use_bias=False))
    case("causal", lambda: gqa(3, 4, 2), (q, q), kwargs={"use_causal_mask": True})
    case("scores", lambda: gqa(3, 4, 2), kwargs={"return_attention_scores": True})
    case("attention_mask", lambda: gqa(3, 4, 2), kwargs={"attention_mask": am})
    case("masks", lambda: gqa(3, 4, 2), masks=[qm, vm, vm])
    case("given_masks", lambda: gqa(3, 4, 2), kwargs=given)
    case("gate", lambda: gqa(3, 4, 2, use_gate=True))
    case("sliding_window", lambda: gqa(3, 4, 2, sliding_window=2), (v, v))


def more(f):
    ids = ints(3, 5, hi=7)
    layer_case(f, "reversible_embedding", lambda: L.ReversibleEmbedding(7, 4), ids)
    layer_case(f, "reversible_embedding_reverse", lambda: L.ReversibleEmbedding(7, 4), data(3, 5, 4), kwargs={"reverse": True})
    layer_case(f, "reversible_embedding_untied", lambda: L.ReversibleEmbedding(7, 4, tie_weights=False, logit_soft_cap=2.0),
               data(3, 5, 4), kwargs={"reverse": True})
    layer_case(f, "category_encoding_one_hot", lambda: L.CategoryEncoding(6, "one_hot"), ints(4, 1, hi=6), grads=False)
    layer_case(f, "category_encoding_multi_hot", lambda: L.CategoryEncoding(6, "multi_hot"), ints(4, 3, hi=6), grads=False)
    layer_case(f, "category_encoding_count", lambda: L.CategoryEncoding(6, "count"), ints(4, 3, hi=6), grads=False)
    layer_case(f, "category_encoding_count_weights", lambda: L.CategoryEncoding(6, "count"), ints(4, 3, hi=6), grads=False,
               kwargs={"count_weights": data(4, 3)})
    layer_case(f, "normalization", lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.5, 1.0, 2.0]), data(4, 3))
    layer_case(f, "normalization_scalar", lambda: L.Normalization(axis=None, mean=1.0, variance=2.0), data(4, 3))
    layer_case(f, "normalization_invert", lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.5, 1.0, 2.0], invert=True), data(4, 3))
    for mode in ("int", "one_hot", "multi_hot", "count"):
        layer_case(f, "discretization_" + mode, lambda: L.Discretization(bin_boundaries=[-1.0, 0.0, 0.5], output_mode=mode), data(4, 3), grads=False)
    layer_case(f, "center_crop", lambda: L.CenterCrop(3, 4), data(2, 6, 7, 2), grads=False)
    for interp in ("bilinear", "nearest", "bicubic", "lanczos3", "area"):
        layer_case(f, "resizing_" + interp, lambda: L.Resizing(5, 3, interpolation=interp), data(2, 4, 6, 2), grads=False)
    layer_case(f, "resizing_crop", lambda: L.Resizing(4, 4, crop_to_aspect_ratio=True), data(2, 4, 6, 2), grads=False)
    layer_case(f, "resizing_pad", lambda: L.Resizing(4, 4, pad_to_aspect_ratio=True), data(2, 4, 6, 2), grads=False)


def cases(f):
    for part in (resizing, einsum, attention, more):
        part(f)
