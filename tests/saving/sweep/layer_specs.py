"""The layers of keras.layers: what each is called on, and values for its own arguments."""
import numpy as np
from keras import layers as L

SPECS = {}  # class name -> Spec


class Spec:
    """inputs: shapes without the batch, or ("ids", count, *shape); base: arguments that a call needs."""

    def __init__(self, inputs, base=None, few=True, mask=False, lead=True, listed=False, **values):
        self.inputs, self.base, self.few, self.mask, self.lead, self.listed, self.values = inputs, base or {}, few, mask, lead, listed, values


def spec(names, inputs, base=None, **options):
    for name in names.split():
        SPECS[name] = Spec(inputs, base, **options)


series, image, volume, flat = (7, 4), (6, 7, 4), (4, 5, 4, 2), (6,)
both = {1: series, 2: image, 3: volume}

spec("Dense", [flat], dict(units=4), few=False, units=[1])
spec("EinsumDense", [(5, 6)], dict(equation="abc,cd->abd", output_shape=(5, 4)), few=False, bias_axes=["d", "bd"], output_shape=[[None, 4]], equation=["...c,cd->...d"], lead=False)
spec("Embedding", [("ids", 9, 7)], dict(input_dim=9, output_dim=4), few=False, lead=False, mask_zero=[True], input_dim=[12], output_dim=[1])
spec("ReversibleEmbedding", [("ids", 9, 7)], dict(input_dim=9, output_dim=4), lead=False, mask_zero=[True], tie_weights=[False], reverse_dtype=["float32"], logit_soft_cap=[5.0], input_dim=[9], output_dim=[3])
spec("Masking", [series], mask_value=[0.5])
spec("Identity", [series])

for d in (1, 2, 3):
    x, pick = both[d], lambda *v: [v[0], tuple(v[1:])]
    conv = dict(filters=[2], kernel_size=[1, (2, 3, 2)[:d]], strides=[2] + ([(2, 1, 2)[:d]] if d > 1 else []), padding=["same"] + (["causal"] if d == 1 else []), dilation_rate=[2] + ([(1, 2, 1)[:d]] if d > 1 else []))
    spec(f"Conv{d}D", [x], dict(filters=4, kernel_size=2 if d == 3 else 3), few=d != 2, groups=[2], **conv)
    conv["padding"] = ["same"]
    spec(f"Conv{d}DTranspose", [x], dict(filters=5 if d == 3 else 3, kernel_size=2 if d == 3 else 3, **({"strides": 2} if d < 3 else {})), output_padding=[0, 1][:1 if d == 3 else 2], **conv | {"strides": [1, 3]})
    spec(f"MaxPooling{d}D AveragePooling{d}D", [x], dict(pool_size=2), pool_size=[3, (2, 1, 2)[:d]], strides=[1, 3, (1, 2, 1)[:d]])
    spec(f"GlobalMaxPooling{d}D GlobalAveragePooling{d}D", [x], mask=d == 1)
    spec(f"AdaptiveMaxPooling{d}D AdaptiveAveragePooling{d}D", [x], dict(output_size=2), output_size=[3, (2, 3, 1)[:d]])
    spec(f"ZeroPadding{d}D", [x], padding=[2, (1, 2, 0)[:d] if d > 1 else (2, 0)] + [((1, 0), (0, 2), (1, 1))[:d]] * (d > 1))
    spec(f"Cropping{d}D", [(4, 5, 4, 4) if d == 3 else x], dict(cropping=1), cropping=[(1, 2, 0)[:d] if d > 1 else (2, 0)] + [((1, 0), (0, 2), (1, 1))[:d]] * (d > 1))
    spec(f"UpSampling{d}D", [x], size=[3, (1, 2, 1)[:d] if d > 1 else 1], **({"interpolation": ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]} if d == 2 else {}))
    spec(f"SpatialDropout{d}D", [x], dict(rate=0.3), rate=[0.0])
    if d < 3:
        spec(f"DepthwiseConv{d}D", [x], dict(kernel_size=3), depth_multiplier=[2], strides=[2], kernel_size=[1, 2], padding=["same"], dilation_rate=[2])
        spec(f"SeparableConv{d}D", [x], dict(filters=3, kernel_size=3), depth_multiplier=[2], strides=[2], filters=[1], kernel_size=[1, 2], padding=["same"], dilation_rate=[2])
    size = {1: (3, 6, 2), 2: (3, 5, 4, 2), 3: (2, 4, 3, 4, 2)}[d]
    spec(f"ConvLSTM{d}D", [size], dict(filters=2, kernel_size=2), filters=[1], kernel_size=[1, 3], strides=[2], padding=["same"], dilation_rate=[2], lead=d < 3)

spec("Flatten", [(3, 4)])
spec("Reshape", [(3, 4)], dict(target_shape=(4, 3)), target_shape=[(-1,), (2, -1, 3), (-1, 6)])
spec("Permute", [image], dict(dims=(2, 1, 3)), dims=[(3, 1, 2)])
spec("RepeatVector", [flat], dict(n=3), n=[1])

spec("Activation", [flat], dict(activation="tanh"), few=False)
spec("ReLU", [flat], max_value=[0.4], negative_slope=[0.2], threshold=[0.3])
spec("LeakyReLU", [flat], negative_slope=[0.0, 0.5])
spec("ELU", [flat], alpha=[0.4])
spec("PReLU", [image], shared_axes=[[1, 2], [1], 3])
spec("Softmax", [series], axis=[1, [1, 2], -2])
spec("Dropout", [series], dict(rate=0.3), rate=[0.0], noise_shape=[(None, 1, 4)])
spec("AlphaDropout", [series], dict(rate=0.3), rate=[0.0], noise_shape=[(None, 1, 4)])
spec("GaussianNoise", [series], dict(stddev=0.3), stddev=[0.0])
spec("GaussianDropout", [series], dict(rate=0.3), rate=[0.0])
spec("ActivityRegularization", [flat], dict(l1=0.02), l1=[0.0], l2=[0.03])

spec("BatchNormalization", [image], few=False, renorm=[True], renorm_clipping=[], renorm_momentum=[], axis=[1, 2, -2], momentum=[0.5, 0.0], synchronized=[True], mask=True)
spec("LayerNormalization", [image], axis=[1, [1, 2], [2, 3], (-1,), [3, 1]])
spec("GroupNormalization", [image], dict(groups=2), groups=[1, -1, 4], axis=[1])
spec("RMSNormalization", [image], axis=[1, [1, 2], (-1, 2)])
spec("UnitNormalization", [image], axis=[1, [1, 2], -1])

rnn = dict(units=[1], few=True, mask=True)
spec("SimpleRNN LSTM GRU", [series], dict(units=3), **rnn)

spec("Add Multiply Average Maximum Minimum", [flat, flat, flat], listed=True)
spec("Subtract", [flat, flat], listed=True)
spec("Concatenate", [(3, 4), (3, 4), (3, 4)], axis=[1, -2], listed=True, mask=True)
spec("Dot", [(3, 4), (3, 4)], dict(axes=2), axes=[1, (1, 1), (2, 2), -1], normalize=[True], listed=True)

spec("Attention", [(5, 4), (6, 4), (6, 4)], listed=True, use_scale=[True], score_mode=["concat"])
spec("AdditiveAttention", [(5, 4), (6, 4), (6, 4)], listed=True, use_scale=[False])
heads = dict(sliding_window=[2], flash_attention=[False], use_gate=[True], listed=False)
spec("MultiHeadAttention", [(5, 6), (4, 6)], dict(num_heads=2, key_dim=3), num_heads=[1], key_dim=[1], value_dim=[5], output_shape=[7, (2, 3)], attention_axes=[1, (1,)], **heads)
spec("GroupQueryAttention", [(5, 6), (4, 6)], dict(head_dim=3, num_query_heads=4, num_key_value_heads=2), head_dim=[2], num_query_heads=[2], num_key_value_heads=[1, 4], **heads)

spec("Rescaling", [image], dict(scale=0.5), scale=[2, [0.1, 0.2, 0.3, 0.4]], offset=[-1.0, [1.0, 2.0, 3.0, 4.0]])
spec("Normalization", [flat], dict(mean=[0.1] * 6, variance=[0.5] * 6), invert=[True], mean=[[0.2] * 6], variance=[[2.0] * 6], axis=[1])
spec("Discretization", [flat], dict(bin_boundaries=[-0.5, 0.0, 0.5]), bin_boundaries=[[0.1]], num_bins=[], epsilon=[0.1], output_mode=["one_hot", "multi_hot", "count"], lead=False)
spec("CategoryEncoding", [("ids", 5, 3)], dict(num_tokens=5), num_tokens=[7], output_mode=["one_hot", "count"], lead=False)
spec("CenterCrop", [image], dict(height=3, width=4), height=[5], width=[3], lead=False)
spec("Resizing", [image], dict(height=4, width=9), height=[12], width=[3], interpolation=["nearest", "bicubic", "lanczos3", "lanczos5", "area"], crop_to_aspect_ratio=[True], pad_to_aspect_ratio=[True],
     fill_mode=["constant"], fill_value=[0.7], antialias=[True], lead=False)
