"""The family `layers_signal`: MelSpectrogram and STFTSpectrogram, in the form of the family `layers`."""
from common import Family, data  # first: it sets the environment before Keras is imported

from keras import layers as L

from layer_cases import layer_case


def mel(f):
    case = lambda name, make, x=data(2, 100), **kw: layer_case(f, "mel_" + name, make, x, **kw)
    base = dict(fft_length=32, sequence_stride=16, num_mel_bins=6)
    case("default", lambda: L.MelSpectrogram(), data(1, 2500))
    case("small", lambda: L.MelSpectrogram(**base))
    case("one", lambda: L.MelSpectrogram(**base), data(90))
    case("sequence", lambda: L.MelSpectrogram(**base, sequence_length=20, window="hamming"))
    case("no_window", lambda: L.MelSpectrogram(**base, window=None))
    case("power", lambda: L.MelSpectrogram(**base, power_to_db=False, mag_exp=1.0))
    case("db", lambda: L.MelSpectrogram(**base, top_db=10.0, min_power=1e-3, ref_power=2.0))
    case("freqs", lambda: L.MelSpectrogram(**base, sampling_rate=8000, min_freq=100.0, max_freq=3000))
    case("float64", lambda: L.MelSpectrogram(**base, dtype="float64"), data(2, 100, dtype="float64"))


def stft(f):
    case = lambda name, make, x=data(2, 60, 2), **kw: layer_case(f, "stft_" + name, make, x, **kw)
    for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft"):
        case(mode, lambda: L.STFTSpectrogram(mode, frame_length=12))
    base = dict(mode="magnitude", frame_length=10)
    case("default", lambda: L.STFTSpectrogram(frame_length=24), data(1, 100, 1))
    case("step", lambda: L.STFTSpectrogram(**base, frame_step=3, fft_length=16))
    case("same", lambda: L.STFTSpectrogram(**base, padding="same"))
    case("expand", lambda: L.STFTSpectrogram(**base, expand_dims=True))
    case("first", lambda: L.STFTSpectrogram(**base, data_format="channels_first"), data(2, 2, 60))
    case("first_expand", lambda: L.STFTSpectrogram(**base, data_format="channels_first", expand_dims=True), data(2, 2, 60))
    case("periodic", lambda: L.STFTSpectrogram(**base, periodic=True, scaling="spectrum"))
    case("no_scaling", lambda: L.STFTSpectrogram(**base, scaling=None, window="blackman"))
    case("no_window", lambda: L.STFTSpectrogram(**base, window=None))


def main():
    f = Family("layers_signal")
    mel(f)
    stft(f)
    f.write()


if __name__ == "__main__":
    main()
