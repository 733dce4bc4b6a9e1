"""Opens tests/golden/files_hdf5/written.h5, which kcpp's HDF5 writer made, by h5py: everything is there and right,
h5py can change the file, and Keras's own helpers read its lists. Run after KCPP_UPDATE_GOLDEN=1 test_saving."""
import pathlib
import shutil
import tempfile

import h5py
import numpy as np

path = pathlib.Path(__file__).resolve().parent.parent / "files_hdf5" / "written.h5"


def check(f):
    assert f.attrs["keras_version"] == "3.15.1" and isinstance(f.attrs["keras_version"], str)
    assert f.attrs["umlaut"] == "b\u00e4r" and f.attrs["empty_text"] == ""
    assert f.attrs["model_config"] == '{"class_name": "Sequential"}'
    assert f.attrs["flag"] is np.True_ and f.attrs["count"] == 7 and f.attrs["rate"] == 0.5
    assert f.attrs["count"].dtype == "int64"
    assert f.attrs["layer_names"].dtype == object and list(f.attrs["layer_names"]) == ["dense", "dense_1"]
    assert f.attrs["weight_names"].dtype == "float64" and f.attrs["weight_names"].shape == (0,)
    for name in ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64"):
        d = f["numbers"][name]
        assert d.dtype == name and (d[:] == np.arange(6).reshape(2, 3)).all(), name
    assert f["numbers/bfloat16"].dtype == "V2"
    assert f["numbers/bool"].dtype == bool and list(f["numbers/bool"]) == [True, False, True]
    assert f["numbers/scalar"][()] == 42 and f["numbers/nothing"].shape == (0, 3)
    assert list(f["model_weights/empty"]) == ["deeper"] and not list(f["model_weights/empty/deeper"])
    assert len(f["many"]) == 300 and sorted(f["many"]) == list(f["many"])
    for i in range(300):
        assert f[f"many/weight_{i}"][()] == i
    assert (f["weights/dense/kernel:0"][:] == 3).all() and f["weights/dense/kernel:0"].attrs["dtype"] == "float32"


with h5py.File(path) as f:
    check(f)
with tempfile.TemporaryDirectory() as folder:
    copy = pathlib.Path(folder) / "copy.h5"
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as f:
        for i in range(300, 700):
            f[f"many/weight_{i}"] = np.float32(i)
        f.attrs["more"] = "text"
        f["numbers/more"] = np.ones(1000)
        for i in range(700):
            assert f[f"many/weight_{i}"][()] == i
        for i in range(300, 700):
            del f[f"many/weight_{i}"]
        del f["numbers/more"]
    with h5py.File(copy) as f:
        check(f)
print("h5py", h5py.__version__, "reads, changes and rereads", path.name)
