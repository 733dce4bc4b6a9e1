"""What layers of Keras 3 do outside of training, version by version: python sweep_keras3.py FOLDER (see run.sh, with SCRIPT). One small .keras file a case; EPOCHS_OUT names the folder.

What two versions do differently shows as a case whose file kcpp reads otherwise than the Keras that wrote it (tests/saving/compare_epochs.py).
"""
import sys

import keras
import numpy as np
from harness import Epoch, data, ints

L, K = keras.layers, keras.ops
IMAGE, ODD, WIDE = data(2, 6, 6, 3, lo=0, hi=255), data(2, 7, 5, 3, lo=0, hi=255), data(2, 4, 9, 3, lo=0, hi=255)
BYTES = np.round(ODD).astype("uint8")
FIRST = np.ascontiguousarray(np.transpose(WIDE, (0, 3, 1, 2)))
SERIES, FLAT = data(2, 6, 4), data(4, 5)
TOKENS = np.array([[1, 2, 0, 0], [3, 1, 4, 2]], "int32")
WORDS = np.array([["a b", "b, C!"], ["d", ""]])


def layers():
    yield from [("relu_%s" % k, lambda kw=kw: L.ReLU(**kw), 3 * FLAT) for k, kw in dict(plain={}, all=dict(max_value=1.5, negative_slope=0.1, threshold=0.5)).items()]
    for a in ("gelu", "elu", "selu", "silu", "hard_sigmoid", "hard_silu", "mish", "leaky_relu", "relu6", "softmax", "log_softmax", "softplus", "softsign", "exponential", "tanh", "celu", "glu", "log_sigmoid", "hard_tanh", "hard_shrink", "soft_shrink",
              "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "threshold", "sparsemax"):
        yield "activation_" + a, lambda a=a: L.Activation(a), 3 * data(4, 6)
    yield "leaky", lambda: L.LeakyReLU(), 3 * FLAT
    yield "leaky_slope", lambda: L.LeakyReLU(negative_slope=0.1), 3 * FLAT
    yield "elu_alpha", lambda: L.ELU(alpha=0.5), 3 * FLAT
    yield "prelu", lambda: L.PReLU(shared_axes=[1]), SERIES
    yield "softmax_axis", lambda: L.Softmax(axis=1), SERIES
    # normalization
    for name, kw in dict(plain={}, axes=dict(axis=[1, 2]), rms=dict(rms_scaling=True), epsilon=dict(epsilon=0.1), bare=dict(center=False, scale=False)).items():
        yield "layer_norm_" + name, lambda kw=kw: L.LayerNormalization(**kw), SERIES
    yield "rms_norm", lambda: L.RMSNormalization(), SERIES
    for name, kw in dict(one=dict(groups=1), two=dict(groups=2), each=dict(groups=-1), axis=dict(groups=2, axis=1)).items():
        yield "group_norm_" + name, lambda kw=kw: L.GroupNormalization(**kw), data(2, 6, 4, 4)
    yield "batch_norm", lambda: L.BatchNormalization(), SERIES
    yield "batch_norm_axis", lambda: L.BatchNormalization(axis=1, center=False), SERIES
    yield "unit_norm", lambda: L.UnitNormalization(axis=[1, 2]), SERIES
    yield "spectral", lambda: L.SpectralNormalization(L.Dense(3)), FLAT
    yield "spectral_conv", lambda: L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=2), data(2, 5, 5, 2)
    # attention
    for name, kw in dict(plain={}, concat=dict(score_mode="concat"), scale=dict(use_scale=True), dropout=dict(dropout=0.3)).items():
        yield "attention_" + name, lambda kw=kw: (lambda x: L.Attention(**kw)([x, x * 2.0])), SERIES
    yield "attention_causal", lambda: (lambda x: L.Attention()([x, x], use_causal_mask=True)), SERIES
    yield "attention_scores", lambda: (lambda x: L.Attention()([x, x * 2.0], return_attention_scores=True)[1]), SERIES
    yield "attention_masked", lambda: (lambda x: (lambda h: L.Attention()([h, h]))(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "additive", lambda: (lambda x: L.AdditiveAttention()([x, x * 2.0])), SERIES
    yield "additive_plain", lambda: (lambda x: L.AdditiveAttention(use_scale=False)([x, x * 2.0])), SERIES
    yield "mha", lambda: (lambda x: L.MultiHeadAttention(2, 3)(x, x)), SERIES
    yield "mha_axes", lambda: (lambda x: L.MultiHeadAttention(2, 3, value_dim=2, output_shape=5, attention_axes=(1,))(x, x * 2.0)), SERIES
    yield "mha_causal", lambda: (lambda x: L.MultiHeadAttention(2, 3, use_bias=False)(x, x, use_causal_mask=True)), SERIES
    yield "mha_scores", lambda: (lambda x: L.MultiHeadAttention(2, 3)(x, x, return_attention_scores=True)[1]), SERIES
    yield "mha_masked", lambda: (lambda x: (lambda h: L.MultiHeadAttention(2, 3)(h, h))(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "mha_embedding", lambda: (lambda x: (lambda h: L.MultiHeadAttention(2, 3)(h, h))(L.Embedding(5, 4, mask_zero=True)(x))), TOKENS
    yield "gqa", lambda: (lambda x: L.GroupQueryAttention(4, 4, 2)(x, x)), SERIES
    yield "gqa_causal", lambda: (lambda x: L.GroupQueryAttention(4, 4, 2)(x, x, use_causal_mask=True)), SERIES
    # recurrent
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        for name, kw in dict(plain={}, back=dict(go_backwards=True, return_sequences=True), unroll=dict(unroll=True)).items():
            yield "%s_%s" % (kind, name), lambda kind=kind, kw=kw: getattr(L, kind)(3, **kw), SERIES
        yield kind + "_masked", lambda kind=kind: (lambda x: getattr(L, kind)(3, return_sequences=True)(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
        yield kind + "_masked_left", lambda kind=kind: (lambda x: getattr(L, kind)(3, return_sequences=True)(L.Masking()(x))), SERIES * (np.arange(6) > 2)[None, :, None]
    yield "gru_before", lambda: L.GRU(3, reset_after=False), SERIES
    for mode in ("concat", "sum", "mul", "ave"):
        yield "bidirectional_" + mode, lambda mode=mode: L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode=mode), SERIES
    yield "bidirectional_masked", lambda: (lambda x: L.Bidirectional(L.GRU(3))(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "time_distributed", lambda: L.TimeDistributed(L.Dense(3)), SERIES
    yield "time_distributed_masked", lambda: (lambda x: L.TimeDistributed(L.Dense(3))(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "convlstm", lambda: L.ConvLSTM2D(2, 2), data(2, 3, 5, 5, 2)
    yield "convlstm1d", lambda: L.ConvLSTM1D(2, 2, padding="same", strides=1, return_sequences=True), data(2, 3, 5, 2)
    yield "pool_masked", lambda: (lambda x: L.GlobalAveragePooling1D()(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "flatten_masked", lambda: (lambda x: L.Dense(2)(L.Flatten()(L.Masking()(x)))), SERIES
    # convolutions and pooling
    for pad in ("valid", "same"):
        for s in (1, 2, 3):
            yield "conv2d_%s_%d" % (pad, s), lambda pad=pad, s=s: L.Conv2D(2, 3, strides=s, padding=pad), data(2, 7, 6, 2)
            yield "max_pool_%s_%d" % (pad, s), lambda pad=pad, s=s: L.MaxPooling2D(2, strides=s, padding=pad), data(2, 7, 6, 2)
            yield "avg_pool_%s_%d" % (pad, s), lambda pad=pad, s=s: L.AveragePooling2D(3, strides=s, padding=pad), data(2, 7, 6, 2)
            yield "transpose_%s_%d" % (pad, s), lambda pad=pad, s=s: L.Conv2DTranspose(2, 3, strides=s, padding=pad), data(2, 5, 4, 2)
            yield "transpose1d_%s_%d" % (pad, s), lambda pad=pad, s=s: L.Conv1DTranspose(2, 2, strides=s, padding=pad), SERIES
        yield "transpose_out_" + pad, lambda pad=pad: L.Conv2DTranspose(2, 3, strides=2, padding=pad, output_padding=1), data(2, 5, 4, 2)
        yield "transpose_told_" + pad, lambda pad=pad: (lambda x: L.GlobalAveragePooling2D()(L.Conv2DTranspose(2, 3, strides=(2, 3), padding=pad, output_padding=1)(x))), data(2, 5, 4, 2)
        yield "transpose_dilated_" + pad, lambda pad=pad: L.Conv2DTranspose(2, 2, padding=pad, dilation_rate=2), data(2, 5, 4, 2)
        yield "depthwise_" + pad, lambda pad=pad: L.DepthwiseConv2D(3, strides=2, padding=pad, depth_multiplier=2), data(2, 7, 6, 2)
        yield "separable_" + pad, lambda pad=pad: L.SeparableConv2D(3, 3, padding=pad, dilation_rate=2), data(2, 7, 6, 2)
        yield "separable1d_" + pad, lambda pad=pad: L.SeparableConv1D(3, 3, padding=pad), SERIES
        yield "grouped_" + pad, lambda pad=pad: L.Conv2D(4, 3, padding=pad, groups=2), data(2, 7, 6, 2)
        yield "conv3d_" + pad, lambda pad=pad: L.Conv3D(2, 2, padding=pad), data(2, 4, 5, 4, 2)
    yield "conv1d_causal", lambda: L.Conv1D(2, 3, padding="causal", dilation_rate=2), SERIES
    for size in (2, (2, 3)):
        for how in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
            yield "up_%s_%s" % (how, str(size)[-2:-1]), lambda size=size, how=how: L.UpSampling2D(size, interpolation=how), data(2, 4, 5, 2)
    yield "up_3d", lambda: L.UpSampling3D((2, 1, 2)), data(2, 2, 3, 2, 2)
    yield "zero_pad", lambda: L.ZeroPadding2D(((1, 0), (2, 1))), IMAGE
    yield "cropping", lambda: L.Cropping2D(((1, 0), (2, 1))), IMAGE
    yield "adaptive", lambda: L.AdaptiveAveragePooling2D(3), IMAGE
    # noise, core, merge
    for name, make in dict(dropout=lambda: L.Dropout(0.4), gaussian=lambda: L.GaussianNoise(0.4), gaussian_dropout=lambda: L.GaussianDropout(0.4), alpha=lambda: L.AlphaDropout(0.4), spatial=lambda: L.SpatialDropout1D(0.4),
                           repeat=lambda: L.Reshape((4, 6)), permute=lambda: L.Permute((2, 1)), einsum=lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d"), identity=lambda: L.Identity()).items():
        yield name, make, SERIES
    for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"):
        yield "merge_" + kind, lambda kind=kind: (lambda x: getattr(L, kind)(**(dict(axes=(1, 1), normalize=True) if kind == "Dot" else {}))([x, x * 0.5 + 0.1])), SERIES
        yield "merge_masked_" + kind, lambda kind=kind: (lambda x: (lambda h: L.LSTM(2)(getattr(L, kind)(**(dict(axes=(2, 2)) if kind == "Dot" else {}))([h, h])))(L.Masking()(x))), SERIES * (np.arange(6) < 4)[None, :, None]
    yield "embedding", lambda: L.Embedding(5, 3), TOKENS
    yield "embedding_floats", lambda: L.Embedding(5, 3), TOKENS.astype("float32")
    yield "dense_rank3", lambda: L.Dense(3, activation="gelu"), SERIES


def preprocessing():
    for tag, x in dict(image=IMAGE, odd=ODD, wide=WIDE, bytes=BYTES).items():
        for h, w in ((4, 3), (3, 4), (9, 4), (4, 4), (8, 12)):
            yield "center_crop_%s_%d_%d" % (tag, h, w), lambda h=h, w=w: L.CenterCrop(h, w), x
            yield "random_crop_%s_%d_%d" % (tag, h, w), lambda h=h, w=w: L.RandomCrop(h, w), x
            for how in ("bilinear", "nearest", "bicubic", "area"):
                yield "resizing_%s_%s_%d_%d" % (how, tag, h, w), lambda h=h, w=w, how=how: L.Resizing(h, w, interpolation=how), x
            yield "resizing_crop_%s_%d_%d" % (tag, h, w), lambda h=h, w=w: L.Resizing(h, w, crop_to_aspect_ratio=True), x
            yield "resizing_pad_%s_%d_%d" % (tag, h, w), lambda h=h, w=w: L.Resizing(h, w, pad_to_aspect_ratio=True, fill_value=7.0), x
            yield "resizing_antialias_%s_%d_%d" % (tag, h, w), lambda h=h, w=w: L.Resizing(h, w, antialias=True), x
        for kind, args in dict(RandomFlip=(), RandomRotation=(0.2,), RandomZoom=(0.2,), RandomContrast=(0.2,), RandomTranslation=(0.1, 0.1), RandomBrightness=(0.2,), RandomShear=(0.2, 0.1), RandomHue=(0.2,), RandomSaturation=(0.2,), RandomSharpness=(0.2,),
                               RandomGrayscale=(1.0,), RandomColorJitter=(), RandomColorDegeneration=(1.0,), RandomPosterization=(3,), RandomInvert=(1.0,), RandomErasing=(1.0,), RandomPerspective=(1.0,), RandomGaussianBlur=(1.0,), RandomElasticTransform=(1.0,), Solarization=(), AutoContrast=(),
                               Equalization=(), AugMix=(), RandAugment=(), CutMix=(), MixUp=()).items():
            yield "%s_%s" % (kind, tag), lambda kind=kind, args=args: getattr(L, kind)(*args), x
        yield "rescaling_" + tag, lambda: L.Rescaling(1 / 255.0, offset=-0.5), x
        yield "rescaling_list_" + tag, lambda: L.Rescaling([1 / 255.0, 0.5, 2.0], offset=[0.0, 1.0, -1.0]), x
        yield "normalization_" + tag, lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0]), x
        yield "normalization_invert_" + tag, lambda: L.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0], invert=True), x
        yield "normalization_none_" + tag, lambda: L.Normalization(axis=None, mean=3.0, variance=0.0), x
    yield "crop_first", lambda: L.RandomCrop(3, 4, data_format="channels_first"), FIRST
    yield "center_first", lambda: L.CenterCrop(3, 4, data_format="channels_first"), FIRST
    yield "resizing_first", lambda: L.Resizing(3, 4, data_format="channels_first"), FIRST
    ids, column, row = ints(4, 3, hi=5).astype("int32"), ints(4, 1, hi=5).astype("int32"), ints(4, hi=5).astype("int32")
    for tag, x in dict(ids=ids, column=column, row=row, floats=ids.astype("float32"), cube=ints(2, 3, 2, hi=5).astype("int32")).items():
        for mode in ("multi_hot", "one_hot", "count"):
            yield "category_%s_%s" % (mode, tag), lambda mode=mode: L.CategoryEncoding(num_tokens=5, output_mode=mode), x
        for mode in ("int", "multi_hot", "one_hot", "count"):
            yield "integer_lookup_%s_%s" % (mode, tag), lambda mode=mode: L.IntegerLookup(vocabulary=[2, 4, 1], output_mode=mode), x
            yield "hashing_%s_%s" % (mode, tag), lambda mode=mode: L.Hashing(3, output_mode=mode), x
        yield "integer_lookup_mask_" + tag, lambda: L.IntegerLookup(vocabulary=[2, 4, 1], mask_token=0, num_oov_indices=2), x
        yield "integer_lookup_invert_" + tag, lambda: L.IntegerLookup(vocabulary=[2, 4, 1, 7], invert=True), x
        yield "hashing_mask_" + tag, lambda: L.Hashing(3, mask_value=1), x
        yield "hashing_salt_" + tag, lambda: L.Hashing(3, salt=[5, 9]), x
        for mode in ("int", "multi_hot", "one_hot", "count"):
            yield "discretization_%s_%s" % (mode, tag), lambda mode=mode: L.Discretization(bin_boundaries=[0.5, 2.0, 3.0], output_mode=mode), x
            yield "discretization_dtype_%s_%s" % (mode, tag), lambda mode=mode: L.Discretization(bin_boundaries=[0.5, 2.0, 3.0], output_mode=mode, dtype="float32"), x
        yield "crossing_" + tag, lambda: (lambda x: L.HashedCrossing(7)((x, x))), x


if __name__ == "__main__":
    e = Epoch(sys.argv[1], keras.__version__)

    def case(make, x):
        def run(e, name):
            keras.backend.clear_session()
            inputs = keras.Input(x.shape[1:], dtype=str(x.dtype))
            layer = make()
            model = keras.Model(inputs, layer(inputs))
            e.add(name, model, x, (".keras",), random=bool(model.weights))
        return run
    try:
        for name, make, x in [*layers(), *preprocessing()]:
            e.run(name, case(make, x))
    finally:
        e.write()
