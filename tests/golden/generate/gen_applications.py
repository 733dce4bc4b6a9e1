"""The family `applications`: the architectures of models/ beside keras.applications and the benchmark's Keras models.

Weights are far too many to store: both sides compute them from the same hash of the weight's number and the element's (`weight_values`).
"""
from common import OUT, Family, data, fresh, ints, numpy_of  # first: sets the environment

import json

import keras
import numpy as np
from keras import layers as L

from gen_files import pin


def hashed(n, seed):
    """n numbers of [0, 1) with 24 bits."""
    x = np.arange(n, dtype=np.uint32) + np.uint32((seed * 2654435761) & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> np.uint32(shift)
        x *= np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype("float64") * 2.0**-24


def weight_values(variable, number):
    u = hashed(int(np.prod(variable.shape)), number).reshape(variable.shape)
    if variable.name in ("gamma", "moving_variance"):
        v = 0.75 + 0.5 * u
    elif variable.name in ("beta", "bias", "moving_mean"):
        v = 0.2 * (u - 0.5)
    else:
        v = (2 * u - 1) * np.sqrt(1.5 / np.prod(variable.shape[:-1]))
    return v.astype("float32")


def resnet20(blocks=3):
    def conv_bn(x, f, k, s, relu=True):
        x = L.Conv2D(f, k, strides=s, padding="same", use_bias=False)(x)
        x = L.BatchNormalization()(x)
        return L.ReLU()(x) if relu else x
    i = keras.Input((32, 32, 3))
    x = conv_bn(i, 16, 3, 1)
    for st, f in enumerate((16, 32, 64)):
        for b in range(blocks):
            s = 2 if st > 0 and b == 0 else 1
            y = conv_bn(x, f, 3, s)
            y = conv_bn(y, f, 3, 1, relu=False)
            if s != 1:
                x = conv_bn(x, f, 1, s, relu=False)
            x = L.ReLU()(L.Add()([x, y]))
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(i, L.Dense(10)(x))


@keras.saving.register_keras_serializable("anchors")
class Positions(L.Layer):
    def build(self, shape):
        self.pos = self.add_weight(shape=(shape[1], shape[2]), initializer="uniform", name="pos")

    def call(self, x):
        return x + self.pos


def transformer(vocab=20000, seq=128, d=256, heads=8, ff=1024, n=4, classes=10):
    i = keras.Input((seq,), dtype="int32")
    x = Positions()(L.Embedding(vocab, d)(i))
    for _ in range(n):
        a = L.MultiHeadAttention(heads, d // heads)(x, x)
        x = L.LayerNormalization(epsilon=1e-6)(L.Add()([x, a]))
        f = L.Dense(d)(L.Dense(ff, activation="relu")(x))
        x = L.LayerNormalization(epsilon=1e-6)(L.Add()([x, f]))
    x = L.GlobalAveragePooling1D()(x)
    return keras.Model(i, L.Dense(classes)(x))


def main():
    f = Family("applications")
    A = keras.applications

    def case(name, make, x=None, save=False):
        fresh()
        model = make()
        c = {"name": name, "params": model.count_params(),
             "config": f.put(name, "config", np.frombuffer(json.dumps(model.get_config()).encode(), np.uint8))}
        if x is not None:
            for number, v in enumerate(model.weights):
                v.assign(weight_values(v, number))
            c["x"] = f.put(name, "x", x)
            c["y"] = f.put(name, "y", numpy_of(model(x, training=False)))
            c["weight_names"] = [v.name for v in model.weights]
        if save:
            path = OUT / "files_applications" / f"{name}.keras"
            model.save(path)
            pin(path)
        f.add(c)

    image = data(2, 32, 32, 3, lo=-1, hi=1)
    case("resnet50", lambda: A.ResNet50(weights=None))
    case("resnet50_small", lambda: A.ResNet50(weights=None, input_shape=(32, 32, 3), classes=10, classifier_activation=None), image)
    case("resnet50_features", lambda: A.ResNet50(weights=None, include_top=False, pooling="max", name="features"))
    case("resnet50v2", lambda: A.ResNet50V2(weights=None))
    case("resnet50v2_small", lambda: A.ResNet50V2(weights=None, include_top=False, pooling="avg", input_shape=(33, 40, 3)), data(1, 33, 40, 3, lo=-1, hi=1))
    case("resnet101", lambda: A.ResNet101(weights=None, include_top=False))
    case("mobilenetv2", lambda: A.MobileNetV2(weights=None))
    case("mobilenetv2_small", lambda: A.MobileNetV2(weights=None, input_shape=(32, 32, 3), alpha=0.35, classes=10), image)
    case("mobilenetv2_odd", lambda: A.MobileNetV2(weights=None, input_shape=(37, 50, 3), alpha=0.5, include_top=False, pooling="avg"), data(1, 37, 50, 3, lo=-1, hi=1))
    case("mobilenetv2_wide", lambda: A.MobileNetV2(weights=None, alpha=1.4, include_top=False))
    case("resnet20", resnet20, image)
    case("transformer", transformer)
    case("transformer_small", lambda: transformer(50, 12, 16, 4, 32, 2, 3), ints(3, 12, hi=50), save=True)
    case("preprocess", lambda: keras.Sequential([keras.Input((1,)), L.Dense(1)]))
    rgb = data(1, 2, 3, 3, lo=0, hi=255)
    f.cases[-1].update(x=f.put("preprocess", "x", rgb), caffe=f.put("preprocess", "y", A.resnet50.preprocess_input(rgb.copy())),
                       tf=f.put("preprocess", "y", A.mobilenet_v2.preprocess_input(rgb.copy())))
    f.write()


if __name__ == "__main__":
    main()
