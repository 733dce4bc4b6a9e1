"""The family `labelled_images`: image layers that are called on a dict of images, labels, masks and boxes.

Each case has the layer's config, the dict as a list of [path, array] in the order of the sorted keys, Keras's
`get_random_transformation` as in gen_augmentation.py, and what the layer gives with it in training and at rest.
"""
from common import Family, data, fresh, serialized  # first: it sets the environment before Keras is imported

import keras
import numpy as np
from gen_augmentation import draw_config
from keras import layers as L

# Corners of boxes in images of 6 x 7; the last ones are none.
CORNERS = np.array([[[1, 1, 4, 5], [2, 0, 7, 3], [0, 0, 0, 0]], [[0, 2, 3, 6], [5, 4, 6, 5], [-1, -1, -1, -1]],
                    [[1, 3, 2, 4], [0, 0, 7, 6], [3, 1, 6, 2]]], "float32")


def case(f, name, make, images, box_format="xyxy", without=()):
    fresh()
    try:
        layer = make(bounding_box_format=box_format)
        first = getattr(layer, "data_format", "") == "channels_first"
        height, width = images.shape[2:4] if first else images.shape[1:3]
        boxes = keras.utils.bounding_boxes.convert_format(CORNERS, "xyxy", box_format, height=height, width=width)
        masks = data(3, 6, 7, 1, lo=0, hi=3, seed=2).round()
        parts = {"bounding_boxes/boxes": np.asarray(boxes), "bounding_boxes/labels": np.array([[0, 1, -1], [2, 0, -1], [1, 1, 2]], "int32"),
                 "images": images, "labels": np.eye(3, dtype="float32"), "other": data(3, 2, seed=3),
                 "segmentation_masks": np.ascontiguousarray(np.moveaxis(masks, -1, 1)) if first else masks}
        parts = {k: v for k, v in parts.items() if k.split("/")[0] not in without}
        transformation = layer.get_random_transformation(keras.ops.convert_to_tensor(images), training=True)
        layer.get_random_transformation = lambda data, training=True, seed=None: transformation if training or fixed(layer) else None

        def call(training):
            nested = {}
            for path, value in parts.items():
                at, _, key = path.rpartition("/")
                (nested.setdefault(at, {}) if at else nested)[key] = keras.ops.convert_to_tensor(value)
            return [f.put(name, f"{training}_{i}", v) for i, v in enumerate(keras.tree.flatten(layer.call(nested, training=training)))]

        f.add({"name": name, "layer": serialized(layer), "inputs": [[k, f.put(name, k, v)] for k, v in parts.items()],
               "draw": {"values": {}, "parts": []} if fixed(layer) else draw_config(f, name, transformation),
               "training": call(True), "at_rest": None if isinstance(layer, L.RandomCrop) else call(False)})
    except Exception as e:
        f.refuse(name, e)


def fixed(layer):
    return isinstance(layer, (L.Resizing, L.CenterCrop, L.MaxNumBoundingBoxes, L.AutoContrast))


def main():
    f = Family("labelled_images")
    images = data(3, 6, 7, 3, lo=0, hi=255, seed=1)
    first = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    formats = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")
    for box in formats:
        case(f, f"flip_{box}", lambda **k: L.RandomFlip(seed=1, **k), images, box)
        case(f, f"translation_{box}", lambda **k: L.RandomTranslation(0.5, (-0.2, 0.3), seed=3, **k), images, box)
    for mode in ("horizontal", "vertical"):
        case(f, f"flip_{mode}", lambda **k: L.RandomFlip(mode, seed=1, **k), images)
    for box in ("xyxy", "rel_xywh"):
        case(f, f"rotation_{box}", lambda **k: L.RandomRotation(0.4, seed=3, **k), images, box)
        case(f, f"zoom_{box}", lambda **k: L.RandomZoom(0.5, (-0.2, 0.3), seed=3, **k), images, box)
        case(f, f"shear_{box}", lambda **k: L.RandomShear(0.3, 0.2, seed=3, **k), images, box)
        case(f, f"shear_x_{box}", lambda **k: L.RandomShear(0.6, seed=5, **k), images, box)
        case(f, f"perspective_{box}", lambda **k: L.RandomPerspective(scale=0.6, factor=0.7, seed=4, **k), images, box)
        case(f, f"crop_{box}", lambda **k: L.RandomCrop(4, 5, seed=1, **k), images, box)
        for size in ((4, 5), (9, 4), (6, 7), (12, 14), (3, 9)):
            tag = f"{size[0]}x{size[1]}_{box}"
            case(f, f"resizing_{tag}", lambda **k: L.Resizing(*size, **k), images, box)
            case(f, f"resizing_crop_{tag}", lambda **k: L.Resizing(*size, crop_to_aspect_ratio=True, **k), images, box)
            case(f, f"resizing_pad_{tag}", lambda **k: L.Resizing(*size, pad_to_aspect_ratio=True, **k), images, box)
            case(f, f"center_crop_{tag}", lambda **k: L.CenterCrop(*size, **k), images, box)
    case(f, "zoom_first", lambda **k: L.RandomZoom(0.5, data_format="channels_first", seed=3, **k), first)
    case(f, "flip_first", lambda **k: L.RandomFlip(data_format="channels_first", seed=3, **k), first)
    for number in (2, 3, 5):
        case(f, f"max_num_{number}", lambda **k: L.MaxNumBoundingBoxes(number, **k), images)
    case(f, "brightness", lambda **k: L.RandomBrightness(0.4, seed=1, **k), images)
    case(f, "erasing", lambda **k: L.RandomErasing(1.0, fill_value=3.0, seed=1, **k), images)
    case(f, "auto_contrast", lambda **k: L.AutoContrast(**k), images)
    case(f, "mix_up", lambda **k: L.MixUp(0.4, seed=2, **k), images, without=("bounding_boxes", "segmentation_masks"))
    case(f, "cut_mix", lambda **k: L.CutMix(seed=1, **k), images, without=("bounding_boxes", "segmentation_masks"))
    for seed in (1, 2, 4):
        case(f, f"rand_augment_{seed}", lambda **k: L.RandAugment(seed=seed, num_ops=3, factor=0.5, **k), images)
        case(f, f"aug_mix_{seed}", lambda **k: L.AugMix(seed=seed, **k), images)
    f.write()


if __name__ == "__main__":
    main()
