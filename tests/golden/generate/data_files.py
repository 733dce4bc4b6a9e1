"""Makes tests/golden/files_npy/*: small .npy and .npz files of every kind that numpy writes. Run: python data_files.py"""
import pathlib

import ml_dtypes
import numpy as np

out = pathlib.Path(__file__).resolve().parent.parent / "files_npy"
out.mkdir(exist_ok=True)

for name in ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64"):
    np.save(out / f"{name}.npy", (np.arange(6).reshape(2, 3) % 4).astype(name))
np.save(out / "bfloat16.npy", np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16))
np.save(out / "big_endian.npy", np.arange(6).reshape(2, 3).astype(">f8"))
np.save(out / "fortran.npy", np.asfortranarray(np.arange(24, dtype="int32").reshape(2, 3, 4)))
np.save(out / "scalar.npy", np.float32(2.5))
np.save(out / "vector.npy", np.arange(3, dtype="float32"))
np.save(out / "empty.npy", np.zeros((0, 3), "float32"))
np.save(out / "unicode.npy", np.array(["a", "b\u00e4r", "\U0001f600"]))
np.save(out / "bytes.npy", np.array([b"ab", b"c"]))
np.save(out / "object.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
np.save(out / "complex.npy", np.zeros(2, "complex64"))
np.save(out / "record.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
for version in ((2, 0), (3, 0)):
    with open(out / f"version{version[0]}.npy", "wb") as f:
        np.lib.format.write_array(f, np.arange(6, dtype="float32").reshape(2, 3), version=version)
arrays = {"x": np.arange(6, dtype="float32").reshape(2, 3), "labels": np.array([3, 1], "int64")}
np.savez(out / "stored.npz", **arrays)
np.savez_compressed(out / "deflated.npz", zeros=np.zeros((50, 40), "float32"), **arrays)
np.savez(out / "positional.npz", np.ones(2, "float32"), np.zeros(1, "int32"))
import zipfile  # noqa: E402

with zipfile.ZipFile(out / "zipfile.zip", "w") as archive:  # what kcpp's zip writer must write byte for byte
    for name, text in (("metadata.json", "{}"), ("assets/\u00e4.txt", "hello")):
        archive.writestr(zipfile.ZipInfo(name), text)
