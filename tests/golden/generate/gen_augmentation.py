"""The family `augmentation`: the layers that change images, with the random numbers that Keras drew for them.

Each case has the layer's config, images, what the layer gives outside of training, and (unless it draws inside of its
transformation) `draw`, Keras's `get_random_transformation`, with what `transform_images` makes of it.
"""
from common import Family, data, fresh, serialized  # first: it sets the environment before Keras is imported

import keras
import numpy as np
from keras import layers as L


def named(transformation):
    """Keras's transformation as {name: array}; RandomCrop has a tuple, RandomGrayscale one tensor."""
    if transformation is None:
        return {}
    if isinstance(transformation, dict):
        return {k: v for k, v in transformation.items() if k not in ("input_shape", "seed")}
    if isinstance(transformation, tuple):
        return dict(zip(("h_start", "w_start"), transformation))
    return {"should_apply": transformation}


def draw_config(f, name, transformation):
    """{"values": {name: key}, "parts": [[name, draw]]} as kcpp's Draw."""
    values, parts = {}, []
    for key, value in named(transformation).items():
        if key == "transforms":
            parts += [[k, draw_config(f, name, v)] for k, v in value.items()]
        elif key == "chain_transforms":
            for i, chain in enumerate(value):
                steps = [[s["layer_name"], draw_config(f, name, s["transformation"])] for s in chain]
                parts.append([str(i), {"values": {}, "parts": steps}])
        elif key not in ("image_height", "image_width", "batch_size"):
            values[key] = f.put(name, key, value)
    return {"values": values, "parts": parts}


def case(f, name, make, images, fixed=False):
    """`fixed`: the layer's random numbers lie in ranges of no width, so that a call in training repeats too."""
    fresh()
    try:
        layer = make()
        symbolic = layer(keras.KerasTensor((None,) + images.shape[1:], dtype="float32"), training=False)
        x = keras.ops.convert_to_tensor(images)
        draws = type(layer).__name__ not in ("RandomColorJitter", "RandomElasticTransform")
        draw = output = None
        if draws:
            transformation = layer.get_random_transformation(x, training=True)
            draw = draw_config(f, name, transformation)
            output = f.put(name, "out", layer.transform_images(x, transformation, training=True))
        f.add({
            "name": name,
            "layer": serialized(layer),
            "style": "single",
            "inputs": [f.put(name, "images", images)],
            "output_shape_symbolic": list(symbolic.shape),
            "inference": f.put(name, "inference", layer(x, training=False)),
            "draw": draw,
            "output": output,
            "training": f.put(name, "training", layer(x, training=True)) if fixed else None,
        })
    except Exception as e:
        f.refuse(name, e)


def geometry(f, images, first):
    for mode in ("horizontal_and_vertical", "horizontal", "vertical"):
        case(f, f"flip_{mode}", lambda: L.RandomFlip(mode, seed=1), images)
    case(f, "flip_channels_first", lambda: L.RandomFlip(data_format="channels_first", seed=3), first)
    for fill in ("reflect", "wrap", "constant", "nearest"):
        for interpolation in ("bilinear", "nearest"):
            kw = {"fill_mode": fill, "interpolation": interpolation, "seed": 2}
            tag = f"{fill}_{interpolation}"
            case(f, f"rotation_{tag}", lambda: L.RandomRotation((0.07, 0.07), fill_value=9.0, **kw), images, fixed=True)
            case(f, f"zoom_{tag}", lambda: L.RandomZoom((0.4, 0.4), (-0.3, -0.3), fill_value=9.0, **kw), images, fixed=True)
            case(f, f"zoom_out_{tag}", lambda: L.RandomZoom((0.95, 0.95), fill_value=9.0, **kw), images, fixed=True)
            case(f, f"translation_{tag}", lambda: L.RandomTranslation((0.3, 0.3), (-0.85, -0.85), fill_value=9.0, **kw),
                 images, fixed=True)
            case(f, f"shear_{tag}", lambda: L.RandomShear((0.4, 0.4), (0.2, 0.3), fill_value=9.0, **kw), images)
    case(f, "rotation_random", lambda: L.RandomRotation(0.4, seed=3), images)
    case(f, "rotation_first", lambda: L.RandomRotation(0.4, data_format="channels_first", seed=3), first)
    case(f, "zoom_random", lambda: L.RandomZoom(0.5, seed=3), images)
    case(f, "zoom_first", lambda: L.RandomZoom(0.5, (-0.2, 0.3), data_format="channels_first", seed=3), first)
    case(f, "translation_random", lambda: L.RandomTranslation(0.5, (-0.2, 0.3), seed=3), images)
    case(f, "translation_first", lambda: L.RandomTranslation(0.5, 0.5, data_format="channels_first", seed=3), first)
    case(f, "shear_first", lambda: L.RandomShear(x_factor=(0.1, 0.5), data_format="channels_first", seed=3), first)
    for size in ((4, 5), (3, 3), (6, 7), (10, 5), (5, 12), (9, 9)):
        case(f, f"crop_{size[0]}x{size[1]}", lambda: L.RandomCrop(*size, seed=1), images)
    case(f, "crop_first", lambda: L.RandomCrop(4, 5, data_format="channels_first", seed=1), first)
    for interpolation in ("bilinear", "nearest"):
        case(f, f"perspective_{interpolation}", lambda: L.RandomPerspective(interpolation=interpolation, fill_value=3.0,
                                                                            scale=0.6, seed=4), images)
    case(f, "perspective_share", lambda: L.RandomPerspective(factor=0.5, seed=1), images)
    case(f, "perspective_first", lambda: L.RandomPerspective(data_format="channels_first", seed=1), first)
    case(f, "elastic", lambda: L.RandomElasticTransform(seed=1), images)
    case(f, "elastic_off", lambda: L.RandomElasticTransform(factor=0.0), images, fixed=True)


def colors(f, images, first):
    unit, unit_first = images / 255, first / 255
    case(f, "contrast", lambda: L.RandomContrast((0.3, 0.6), seed=1), images)
    case(f, "contrast_fixed", lambda: L.RandomContrast((0.0, 0.0), value_range=(20, 200)), images, fixed=True)
    case(f, "contrast_first", lambda: L.RandomContrast(0.5, data_format="channels_first", seed=2), first)
    case(f, "brightness", lambda: L.RandomBrightness(0.4, seed=1), images)
    case(f, "brightness_fixed", lambda: L.RandomBrightness((0.2, 0.2), value_range=(1, 0)), unit, fixed=True)
    for factor in ((0.0, 0.3), (0.8, 1.0)):
        tag = f"{factor[0]}"
        case(f, f"hue_{tag}", lambda: L.RandomHue(factor, seed=1), images)
        case(f, f"hue_unit_{tag}", lambda: L.RandomHue(factor, value_range=(0, 1), seed=4), unit)
    case(f, "hue_first", lambda: L.RandomHue(0.6, data_format="channels_first", seed=1), first)
    case(f, "saturation", lambda: L.RandomSaturation((0.7, 0.7), value_range=(0, 1)), unit, fixed=True)
    case(f, "saturation_bytes", lambda: L.RandomSaturation((0.2, 0.9), seed=1), images)
    case(f, "saturation_first", lambda: L.RandomSaturation((0.2, 0.9), data_format="channels_first", seed=1), first)
    case(f, "sharpness", lambda: L.RandomSharpness((0.9, 0.9)), images, fixed=True)
    case(f, "sharpness_random", lambda: L.RandomSharpness(1.0, value_range=(0, 1), seed=1), unit)
    case(f, "sharpness_first", lambda: L.RandomSharpness((0.1, 0.9), data_format="channels_first", seed=1), first)
    case(f, "grayscale", lambda: L.RandomGrayscale(0.5, seed=1), images)
    case(f, "grayscale_all", lambda: L.RandomGrayscale(1.0), images, fixed=True)
    case(f, "grayscale_first", lambda: L.RandomGrayscale(0.5, data_format="channels_first", seed=1), first)
    case(f, "invert", lambda: L.RandomInvert(0.7, seed=1), images)
    case(f, "invert_all", lambda: L.RandomInvert((1.0, 1.0), value_range=(0, 1)), unit, fixed=True)
    case(f, "posterization", lambda: L.RandomPosterization((1, 8), seed=1), images)
    case(f, "posterization_fixed", lambda: L.RandomPosterization((3, 3), value_range=(0, 1)), unit, fixed=True)
    case(f, "posterization_number", lambda: L.RandomPosterization(5, seed=3), images)
    case(f, "color_degeneration", lambda: L.RandomColorDegeneration((0.4, 0.4)), images, fixed=True)
    case(f, "color_degeneration_random", lambda: L.RandomColorDegeneration(0.9, value_range=(0, 1), seed=1), unit)
    case(f, "color_degeneration_first", lambda: L.RandomColorDegeneration(0.9, data_format="channels_first", seed=1), first)
    case(f, "blur", lambda: L.RandomGaussianBlur((1.0, 1.0), sigma=(0.8, 0.8)), images, fixed=True)
    case(f, "blur_5x3", lambda: L.RandomGaussianBlur((1.0, 1.0), (5, 3), (0.4, 1.0), seed=1), images)
    case(f, "blur_share", lambda: L.RandomGaussianBlur(0.6, 3, 0.9, value_range=(0, 1), seed=1), unit)
    case(f, "blur_first", lambda: L.RandomGaussianBlur((0.5, 1.0), (3, 5), data_format="channels_first", seed=1), first)
    case(f, "jitter", lambda: L.RandomColorJitter(brightness_factor=(0.1, 0.1), contrast_factor=(0.0, 0.0),
                                                  saturation_factor=(0.6, 0.6)), images, fixed=True)
    case(f, "jitter_hue", lambda: L.RandomColorJitter(value_range=(0, 1), hue_factor=0.1, seed=1), unit)
    case(f, "solarization", lambda: L.Solarization((0.1, 0.3), 0.6, seed=1), images)
    case(f, "solarization_fixed", lambda: L.Solarization(), images, fixed=True)
    case(f, "solarization_unit", lambda: L.Solarization(0.2, (0.3, 0.5), value_range=(0, 1), seed=1), unit)
    flat = np.concatenate([images[:2], np.full_like(images[:1], 7.0)])
    case(f, "auto_contrast", lambda: L.AutoContrast(), flat, fixed=True)
    case(f, "auto_contrast_unit", lambda: L.AutoContrast(value_range=(0, 1)), unit, fixed=True)
    case(f, "auto_contrast_first", lambda: L.AutoContrast(data_format="channels_first"), first, fixed=True)
    case(f, "equalization", lambda: L.Equalization(), images, fixed=True)
    case(f, "equalization_bins", lambda: L.Equalization(bins=16), flat, fixed=True)
    case(f, "equalization_flat", lambda: L.Equalization(), flat[2:], fixed=True)
    case(f, "equalization_unit", lambda: L.Equalization(value_range=(0, 1)), unit, fixed=True)
    case(f, "equalization_first", lambda: L.Equalization(data_format="channels_first"), first, fixed=True)
    clahe = L.ContrastLimitedAdaptiveHistogramEqualization
    case(f, "clahe", lambda: clahe(tile_grid_size=(2, 2)), images, fixed=True)
    case(f, "clahe_default", lambda: clahe(), data(2, 20, 17, 1, lo=0, hi=255, seed=5), fixed=True)
    case(f, "clahe_no_limit", lambda: clahe(value_range=(0, 1), clip_limit=0.0, tile_grid_size=(3, 2)), unit, fixed=True)
    case(f, "clahe_first", lambda: clahe(tile_grid_size=(2, 3), data_format="channels_first"), first, fixed=True)


def mixing(f, images, first):
    case(f, "erasing_noise", lambda: L.RandomErasing(seed=1), images)
    case(f, "erasing_number", lambda: L.RandomErasing(0.8, (0.2, 0.6), 12.0, seed=1), images)
    case(f, "erasing_color", lambda: L.RandomErasing(1.0, (0.2, 0.6), (1.0, 2.0, 300.0), seed=1), images)
    case(f, "erasing_first", lambda: L.RandomErasing(1.0, 0.5, 3.0, data_format="channels_first", seed=1), first)
    case(f, "cut_mix", lambda: L.CutMix(seed=1), images)
    case(f, "cut_mix_first", lambda: L.CutMix((0.5, 1.0), data_format="channels_first", seed=2), first)
    case(f, "mix_up", lambda: L.MixUp(seed=1), images)
    case(f, "mix_up_alpha", lambda: L.MixUp(2.0, seed=3), images)
    for seed in (1, 2, 3):
        case(f, f"aug_mix_{seed}", lambda: L.AugMix(seed=seed), images)
    case(f, "aug_mix_few", lambda: L.AugMix(value_range=(0, 1), num_chains=2, chain_depth=5, factor=0.6, all_ops=False,
                                            interpolation="nearest", seed=1), images / 255)
    for seed in (1, 2, 3):
        case(f, f"rand_augment_{seed}", lambda: L.RandAugment(seed=seed), images)
    case(f, "rand_augment_unit", lambda: L.RandAugment(value_range=(0, 1), num_ops=4, factor=0.8, seed=1), images / 255)
    case(f, "max_num_bounding_boxes", lambda: L.MaxNumBoundingBoxes(3), images, fixed=True)


def main():
    f = Family("augmentation")
    images = data(3, 6, 7, 3, lo=0, hi=255, seed=1)
    first = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    geometry(f, images, first)
    colors(f, images, first)
    mixing(f, images, first)
    f.write()


if __name__ == "__main__":
    main()
