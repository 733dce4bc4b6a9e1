"""Family `preprocessing`: images, sounds, categories and texts; what draws random numbers predicts without them."""
import keras
import numpy as np
from keras import layers as L

from case import Data, SAMPLES, Trial, case

IMAGE = (6, 7, 3)


def add(label, make, inputs, *checks, **options):
    """make(x) -> outputs; inputs: a function of Data that gives the array."""
    name = f"preprocessing/{label}"

    def trial():
        x = inputs(Data(name))
        dtype = "string" if x.dtype.kind in "US" else x.dtype.name
        symbol = L.Input(x.shape[1:], dtype=dtype)
        return Trial(keras.Model(symbol, make(symbol)), x if dtype != "string" else x.astype("U"), **options)
    case(name, trial, *checks)


COLOURS = dict(value_range=[(0, 1)])
PLACES = dict(fill_mode=["constant", "nearest", "wrap"], interpolation=["nearest"], fill_value=[0.5], seed=[3], data_format=["channels_first"])
IMAGES = {  # class -> (needed arguments, values of the others)
    "AugMix": ({}, dict(num_chains=[2], chain_depth=[1], factor=[0.5, (0.1, 0.4)], alpha=[0.5], all_ops=[False], seed=[1])), "AutoContrast": ({}, COLOURS),
    "ContrastLimitedAdaptiveHistogramEqualization": ({}, dict(clip_limit=[2.0], tile_grid_size=[(2, 3)], value_range=[(0, 1)])), "CutMix": ({}, dict(factor=[0.5])),
    "Equalization": ({}, dict(bins=[16], value_range=[(0, 1)])), "MixUp": ({}, dict(alpha=[0.5])), "RandAugment": ({}, dict(num_ops=[1], factor=[0.2, (0.1, 0.3)])),
    "RandomBrightness": (dict(factor=0.2), dict(factor=[(-0.1, 0.3)], seed=[1], **COLOURS)), "RandomColorDegeneration": (dict(factor=0.3), COLOURS), "RandomContrast": (dict(factor=0.2), dict(factor=[(0.1, 0.3)], **COLOURS)),
    "RandomColorJitter": ({}, dict(brightness_factor=[0.2], contrast_factor=[(0.1, 0.2)], saturation_factor=[0.3], hue_factor=[0.1])), "RandomCrop": (dict(height=4, width=5), dict(height=[6, 9], width=[3, 8], seed=[2])),
    "RandomElasticTransform": ({}, dict(factor=[0.5], scale=[0.5])), "RandomErasing": ({}, dict(factor=[0.5], scale=[(0.1, 0.2)], fill_value=[0.3])), "RandomFlip": ({}, dict(mode=["horizontal", "vertical"], seed=[4])),
    "RandomGaussianBlur": ({}, dict(kernel_size=[5, (3, 5)], sigma=[0.5, (0.1, 0.9)])), "RandomGrayscale": ({}, dict(factor=[0.2])), "RandomHue": (dict(factor=0.2), COLOURS), "RandomInvert": ({}, dict(factor=[0.5])),
    "RandomPerspective": ({}, dict(scale=[0.3], fill_value=[0.2])), "RandomPosterization": (dict(factor=4), COLOURS), "RandomRotation": (dict(factor=0.1), dict(factor=[(-0.1, 0.3)], **PLACES)), "RandomSaturation": (dict(factor=0.3), COLOURS),
    "RandomSharpness": (dict(factor=0.3), COLOURS), "RandomShear": ({}, dict(x_factor=[0.2], y_factor=[(0.1, 0.3)])), "RandomTranslation": (dict(height_factor=0.1, width_factor=0.2), dict(height_factor=[(-0.1, 0.2)], **PLACES)),
    "RandomZoom": (dict(height_factor=0.1), dict(width_factor=[0.3, (-0.2, 0.1)], **PLACES)), "Solarization": ({}, dict(addition_factor=[0.3, (0.1, 0.5)], threshold_factor=[0.5])),
}


def one_by_one(needed, values):
    yield "default", needed
    for option, several in (values | {"dtype": ["float16"]}).items():
        for v in several:
            yield f"{option}={str(v).replace(' ', '')}", needed | {option: v}


def images():
    for name, (needed, values) in IMAGES.items():
        for label, kwargs in one_by_one(needed, values):
            add(f"{name}/{label}", lambda x, name=name, kwargs=kwargs: getattr(L, name)(**kwargs)(x), lambda d: d.real(*IMAGE, lo=0, hi=255), *(("formats", "summary") if label == "default" else ()), **({"tolerance": 1e-2} if label == "dtype=float16" else {}))
        add(f"{name}/uint8", lambda x, name=name, needed=needed: getattr(L, name)(**needed)(x), lambda d: d.ids(*IMAGE, count=256).astype("uint8"))
    pipeline = lambda: L.Pipeline([L.RandomFlip("horizontal"), L.Rescaling(1 / 255), L.Resizing(4, 4)])
    add("Pipeline", lambda x: pipeline()(x), lambda d: d.real(*IMAGE, lo=0, hi=255), "formats", "summary")


def labelled():
    """Layers that are called on a dict of images, labels, masks and boxes."""
    boxes = {"boxes": np.array([[1, 1, 4, 5], [2, 0, 7, 3]], "float32"), "labels": np.array([0, 2], "float32")}
    for name, (needed, _) in IMAGES.items():
        if name in ("RandomCrop", "RandomColorDegeneration", "RandomGrayscale", "Equalization", "RandomShear", "ContrastLimitedAdaptiveHistogramEqualization"):
            continue  # Keras makes no graph of these, or cannot read it
        with_boxes = name not in ("CutMix", "RandomElasticTransform")

        def trial(name=name, needed=needed, with_boxes=with_boxes):
            d = Data(f"preprocessing/labelled/{name}")
            x = {"images": d.real(*IMAGE, lo=0, hi=255), "labels": d.one_hot(3), "segmentation_masks": d.real(6, 7, 1)}
            if with_boxes:
                x |= {key: np.tile(value, (SAMPLES,) + (1,) * value.ndim) for key, value in (("boxes", boxes["boxes"]), ("box_labels", boxes["labels"]))}
            symbols = {key: L.Input(value.shape[1:], name=key) for key, value in x.items()}
            parts = {key: symbols[key] for key in ("images", "labels", "segmentation_masks")}
            if with_boxes:
                parts["bounding_boxes"] = {"boxes": symbols["boxes"], "labels": symbols["box_labels"]}
            out = getattr(L, name)(**needed, bounding_box_format="rel_xywh")(parts)
            return Trial(keras.Model(symbols, out), x)
        case(f"preprocessing/labelled/{name}", trial, "formats", "summary")


def sounds():
    signal = lambda d: d.real(64)
    values = dict(mode=["log", "magnitude", "psd", "real", "imag", "angle", "stft"], frame_step=[8], fft_length=[32], window=["hamming", None], periodic=[True], scaling=["spectrum", None], padding=["same"], expand_dims=[True])
    for label, kwargs in one_by_one(dict(frame_length=16), values):
        add(f"STFTSpectrogram/{label}", lambda x, kwargs=kwargs: L.STFTSpectrogram(**kwargs)(x), lambda d: d.real(64, 1), "formats" if label == "default" else "none", tolerance=2e-2 if label == "dtype=float16" else 1e-4)
    values = dict(sequence_length=[24], window=["hamming"], sampling_rate=[8000], num_mel_bins=[4], min_freq=[50.0], max_freq=[3000.0], power_to_db=[False], top_db=[20.0], mag_exp=[1.0], min_power=[1e-5], ref_power=[2.0])
    for label, kwargs in one_by_one(dict(fft_length=32, sequence_stride=8, num_mel_bins=8), values):
        add(f"MelSpectrogram/{label}", lambda x, kwargs=kwargs: L.MelSpectrogram(**kwargs)(x), signal, "formats" if label == "default" else "none", tolerance=2e-2 if label == "dtype=float16" else 1e-3, batch=SAMPLES)  # the loudest of a batch decides


def categories():
    numbers = lambda d: d.ids(3, count=9).astype("int64")
    for label, kwargs in one_by_one(dict(num_bins=5), dict(mask_value=[2], salt=[7, [3, 4]], output_mode=["one_hot", "multi_hot", "count"])):
        if label != "dtype=float16":
            add(f"Hashing/{label}", lambda x, kwargs=kwargs: L.Hashing(**kwargs)(x), numbers, "formats" if label == "default" else "none")
    vocabulary = [4, 2, 7, 1]
    lookups = dict(num_oov_indices=[0, 2], mask_token=[0], oov_token=[-5], output_mode=["one_hot", "multi_hot", "count"], vocabulary_dtype=["int32"], max_tokens=[9], dtype=["float32"])
    for label, kwargs in one_by_one(dict(vocabulary=vocabulary), lookups):
        if label == "dtype=float16":
            continue
        inputs = (lambda d: np.array(vocabulary)[d.ids(3, count=4)]) if "oov_indices=0" in label else numbers
        add(f"IntegerLookup/{label}", lambda x, kwargs=kwargs: L.IntegerLookup(**kwargs)(x), inputs, "formats" if label == "default" else "none")
    for label, kwargs in {"tf_idf": dict(output_mode="tf_idf", idf_weights=[0.2, 0.5, 0.7, 1.5]), "pad": dict(output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True), "mask_oov": dict(mask_token=1, num_oov_indices=2)}.items():
        add(f"IntegerLookup/{label}", lambda x, kwargs=kwargs: L.IntegerLookup(vocabulary=vocabulary, **kwargs)(x), numbers)
    add("IntegerLookup/invert", lambda x: L.IntegerLookup(vocabulary=vocabulary, invert=True)(x), lambda d: d.ids(3, count=5).astype("int64"))
    add("IntegerLookup/embedded", lambda x: L.Embedding(6, 3)(L.IntegerLookup(vocabulary=vocabulary)(x)), numbers, "formats", "summary")


def texts():
    words = np.array(["the", "cat", "Sat!", "on", "mat", "dog"])
    vocabulary = ["cat", "on", "the", "mat"]
    word = lambda d: words[d.ids(3)]
    for label, kwargs in one_by_one(dict(vocabulary=vocabulary), dict(num_oov_indices=[2], mask_token=["dog"], oov_token=["?"], output_mode=["one_hot", "multi_hot", "count"], max_tokens=[9])):
        if label != "dtype=float16":
            add(f"StringLookup/{label}", lambda x, kwargs=kwargs: L.StringLookup(**kwargs)(x), word, "formats" if label == "default" else "none")
    sentence = lambda d: np.array([" ".join(row) for row in words[d.ids(4)]])
    values = dict(standardize=["lower", "strip_punctuation", None], split=["character", None], ngrams=[2, (1, 3)], output_sequence_length=[3, 6], output_mode=["multi_hot", "count"], max_tokens=[9])
    for label, kwargs in one_by_one(dict(vocabulary=vocabulary), values):
        if label != "dtype=float16":
            add(f"TextVectorization/{label}", lambda x, kwargs=kwargs: L.TextVectorization(**kwargs)(x), sentence, "formats" if label == "default" else "none")
    add("Hashing/strings", lambda x: L.Hashing(7)(x), word, "formats")
    add("Hashing/strings_salt", lambda x: L.Hashing(7, salt=[1, 2], mask_value="cat")(x), word)


def fill():
    images(), labelled(), sounds(), categories(), texts()
