"""The family `ops_signal`: Fourier transforms of keras.ops, and the ops of keras.ops.image that move pixels."""
from common import data  # first: sets the environment

import numpy as np

from gen_ops import Recorder, S


def transforms(c):
    for n in (1, 2, 5, 8, 12, 31):
        x, y = data(2, 3, n, seed=n), data(2, 3, n, seed=n + 40)
        c("fft", S(x, y))
        c("rfft", x)
        c("fft2", S(x, y))
        c("ifft2", S(x, y))
        if n > 1:
            c("irfft", S(x, y))
    c("fft", S(data(7, dtype="float64"), data(7, seed=3, dtype="float64")))
    x, y = data(2, 9, seed=1), data(2, 9, seed=2)
    for n in (4, 9, 16, 21):
        c("rfft", x, fft_length=n, grads=n > 9)  # TensorFlow has no gradient of what is cut
        c("irfft", S(x, y), fft_length=n, grads=n > 9)
    wave = data(2, 40, seed=5)
    window = [0.25, 0.5, 0.625, 1.0, 0.75, 0.5, 0.375, 0.125]  # as an argument of the Operation, not a tensor
    for center in (True, False):
        for name in ("hann", "hamming", None):
            c("stft", wave, 8, 4, 8, window=name, center=center)
        c("stft", wave, 7, 3, 10, center=center)
        c("stft", wave, 8, 5, 12, window=window, center=center, grads=False)
    for frames, bins, sequence, stride, fft in ((6, 5, 8, 4, 8), (5, 6, 7, 3, 10)):
        parts = S(data(2, frames, bins, seed=6), data(2, frames, bins, seed=7))
        for center in (True, False):
            c("istft", parts, sequence, stride, fft, center=center)
            c("istft", parts, sequence, stride, fft, length=11, window="hamming", center=center)
    c("istft", S(data(2, 6, 5, seed=6), data(2, 6, 5, seed=7)), 8, 4, 8, window=None)


def images(c):
    x = data(2, 5, 6, 3, lo=0, hi=1, seed=1)
    first = np.ascontiguousarray(np.moveaxis(x, -1, 1))
    maps = np.array([[0.9, 0.2, -0.3, -0.1, 1.1, 0.4, 0.01, 0.02], [1.2, -0.3, 4.7, 0.2, 0.8, -2.6, 0.0, 0.0]], "float32")
    far = np.array([[-5.0, 1.0, 17.3, 2.0, 9.0, -31.4, 0.0, 0.0]], "float32")
    for mode in ("constant", "nearest", "wrap", "reflect"):
        for interpolation in ("bilinear", "nearest"):
            kw = dict(interpolation=interpolation, fill_mode=mode, fill_value=0.5)
            c("image.affine_transform", x, maps, grads=False, **kw)
            c("image.affine_transform", x, far[0], grads=False, **kw)
            c("image.affine_transform", first, maps, data_format="channels_first", grads=False, **kw)
            c("image.affine_transform", x[0], maps[1], grads=False, **kw)
    start = np.array([[0, 0], [5, 0], [0, 4], [5, 4]], "float32")
    end = start + np.array([[0.3, 0.1], [-0.6, 0.2], [0.4, -0.3], [-0.2, -0.9]], "float32")
    for interpolation in ("bilinear", "nearest"):
        c("image.perspective_transform", x, np.stack([start, start]), np.stack([end, start]), interpolation=interpolation,
          fill_value=0.25, grads=False)
        c("image.perspective_transform", x[0], start, end, interpolation=interpolation, grads=False)
        c("image.perspective_transform", first, np.stack([start, end]), np.stack([end, start]), interpolation=interpolation,
          data_format="channels_first", grads=False)
    grey = np.repeat(x[..., :1], 3, axis=-1)
    for images in (x, grey, np.zeros_like(x), x[0]):
        c("image.rgb_to_hsv", images, grads=False)
        c("image.hsv_to_rgb", images, grads=False)
    c("image.rgb_to_hsv", first, data_format="channels_first", grads=False)
    c("image.hsv_to_rgb", first, data_format="channels_first", grads=False)
    for size, sigma in (((3, 3), (1.0, 1.0)), ((5, 3), (0.5, 2.0))):
        c("image.gaussian_blur", x, kernel_size=size, sigma=sigma)
        c("image.gaussian_blur", x[0], kernel_size=size, sigma=sigma)
        c("image.gaussian_blur", first, kernel_size=size, sigma=sigma, data_format="channels_first", grads=False)
    plane = data(5, 6, seed=8)
    at = np.array([[[0.2, 1.7, 4.4], [-0.3, 5.2, 2.5]], [[0.9, 3.1, -0.8], [6.4, 2.2, 4.5]]], "float32")
    for mode in ("constant", "nearest", "wrap", "reflect"):
        for order in (0, 1):
            c("image.map_coordinates", plane, at, order, fill_mode=mode, fill_value=0.3, grads=order == 1)
    c("image.map_coordinates", data(4, seed=9), np.array([[0.5, 2.2, 3.9]], "float32"), 1)


def ctc(c):
    logits, lengths = data(3, 8, 4, lo=-3, hi=3, seed=11), np.array([8, 5, 1], "int32")
    kw = dict(grads=False)
    for mask in (0, 2, 3):
        c("ctc_decode", logits, lengths, mask_index=mask, **kw)
        c("ctc_decode", logits, lengths, mask_index=mask, merge_repeated=False, **kw)
        for width, paths in ((100, 3), (4, 2), (1, 1)):
            c("ctc_decode", logits, lengths, strategy="beam_search", beam_width=width, top_paths=paths, mask_index=mask, **kw)


def main():
    c = Recorder("ops_signal")
    transforms(c)
    images(c)
    ctc(c)
    c.f.write()


if __name__ == "__main__":
    main()
