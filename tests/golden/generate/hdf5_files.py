"""Makes tests/golden/files_hdf5/*: small HDF5 files of every form that h5py writes, and hostile ones. Run: python hdf5_files.py"""
import os
import pathlib

import h5py
import ml_dtypes
import numpy as np

out = pathlib.Path(__file__).resolve().parent.parent / "files_hdf5"
out.mkdir(exist_ok=True)
os.chdir(out)

NUMBERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def contents(f):
    """The same things in every file."""
    f.attrs["vlen_utf8"] = "b\u00e4r"
    f.attrs["vlen_ascii"] = b"bear"
    f.attrs["fixed"] = np.bytes_(b"bear")
    f.attrs["names"] = np.array([b"dense", b"dense_1"])
    f.attrs["vlen_names"] = np.array(["one", "", "three"], dtype=h5py.string_dtype())
    f.attrs["none"] = np.asarray([])
    f.attrs["int"] = 7
    f.attrs["float"] = 0.5
    f.attrs["float32"] = np.float32(0.25)
    f.attrs["bool"] = True
    f.attrs["ints"] = np.arange(3, dtype="int32")
    f.attrs["big_endian"] = np.array([1.5, -2.5], dtype=">f8")
    f.attrs["empty"] = h5py.Empty("f4")
    f.attrs["parts0"] = np.array([b"a", b"b"])
    f.attrs["parts1"] = np.array([b"c"])
    for name in NUMBERS:
        f["numbers/" + name] = np.arange(6).reshape(2, 3).astype(name)
    f["numbers/bool"] = np.array([True, False, True])
    f["numbers/big_endian"] = np.arange(6).reshape(2, 3).astype(">f4")
    f["numbers/scalar"] = np.int64(42)
    f["numbers/nothing"] = np.zeros((0, 3), "float32")
    d = f.create_dataset("numbers/bfloat16", data=np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16))
    d.attrs["dtype"] = "bfloat16"
    f["strings/vlen"] = np.array(["x", "\u00e4", ""], dtype=h5py.string_dtype())
    f["strings/fixed"] = np.array([b"ab", b"c"])
    f.create_group("empty/deeper")

    grid = np.arange(70, dtype="float32").reshape(7, 10)
    g = f.create_group("layouts")
    g["contiguous"] = grid
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_layout(h5py.h5d.COMPACT)
    compact = h5py.h5d.create(g.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((7, 10)), dcpl)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, grid)
    g.create_dataset("chunked", data=grid, chunks=(3, 4))
    g.create_dataset("gzip", data=grid, chunks=(3, 4), compression="gzip")
    g.create_dataset("lzf", data=grid, chunks=(7, 10), compression="lzf", shuffle=True)
    g.create_dataset("filters", data=grid, chunks=(3, 4), compression="gzip", shuffle=True, fletcher32=True)
    g.create_dataset("single", data=grid, chunks=(7, 10), compression="gzip", shuffle=True)
    g.create_dataset("plain_single", data=grid, chunks=(7, 10))
    g.create_dataset("growing", data=grid, chunks=(3, 4), maxshape=(None, 10), shuffle=True, compression="gzip")
    g.create_dataset("growing_plain", data=grid, chunks=(2, 10), maxshape=(None, 10))
    g.create_dataset("growing_both", data=grid, chunks=(3, 4), maxshape=(None, None))
    g.create_dataset("growing_both_gzip", data=grid, chunks=(3, 4), maxshape=(None, None), compression="gzip")
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk((3, 4))
    dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    early = h5py.h5d.create(g.id, b"early", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((7, 10)), dcpl)
    early.write(h5py.h5s.ALL, h5py.h5s.ALL, grid)
    holes = g.create_dataset("holes", shape=(7, 10), dtype="float32", chunks=(3, 4), fillvalue=9)
    holes[0, 0] = 1
    g.create_dataset("unwritten", shape=(2, 2), dtype="float32", fillvalue=3)


for name, libver in (("classic", None), ("v18", ("v108", "v108")), ("latest", "latest")):
    with h5py.File(f"{name}.h5", "w", libver=libver) as f:
        contents(f)

# Many links and attributes: deep B-trees, fractal heaps with indirect blocks, huge objects.
for name, libver in (("many_classic", None), ("many_latest", "latest")):
    with h5py.File(f"{name}.h5", "w", libver=libver) as f:
        d = f.create_dataset("one", data=np.float32(1))
        g = f.create_group("links")
        for i in range(600):
            g[f"link_with_a_long_name_{i:04}"] = d
        for i in range(20):
            g.attrs[f"attribute_{i:02}"] = i
        if libver:
            g.attrs["huge"] = np.arange(9000, dtype="int64")  # 72000 bytes: more than an object header can hold
with h5py.File("ordered.h5", "w", track_order=True) as f:
    for name in ("z", "a", "m"):
        f.create_group(name)
with h5py.File("many_chunks.h5", "w", libver="latest") as f:
    data = (np.arange(2500) % 251).astype("uint8")
    f.create_dataset("paged", data=data, chunks=(1,), fillvalue=0)
    f.create_dataset("growing", data=data, chunks=(1,), maxshape=(None,))
with h5py.File("user_block.h5", "w", userblock_size=512) as f:
    f["x"] = np.arange(3, dtype="float32")
with h5py.File("named_type.h5", "w") as f:
    f["type"] = np.dtype("float32")
    f.create_dataset("x", data=np.arange(3, dtype="float32"), dtype=f["type"])
with h5py.File("record.h5", "w") as f:
    f["record"] = np.zeros(2, [("a", "f4"), ("b", "i4")])
    f["complex"] = np.zeros(2, "complex64")
    f.create_dataset("scaleoffset", data=np.zeros(100, "int32"), scaleoffset=0)
    f["x"] = np.float32(1)

# Hostile files. secret.h5 is what they try to reach.
with h5py.File("secret.h5", "w") as f:
    f["x"] = np.arange(4, dtype="float32")
with open("secret.raw", "wb") as raw:
    raw.write(np.arange(4, dtype="float32").tobytes())
for name, libver in (("hostile", None), ("hostile_latest", "latest")):
    with h5py.File(f"{name}.h5", "w", libver=libver) as f:
        f["x"] = np.arange(4, dtype="float32")
        f["soft"] = h5py.SoftLink("/x")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["external"] = h5py.ExternalLink("secret.h5", "/x")
        f["group"] = h5py.SoftLink("/")
        f.create_group("cycle/inner")
        f["cycle/inner/outer"] = f["cycle"]
        f.create_dataset("raw", shape=(4,), dtype="float32", external=[("secret.raw", 0, 16)])
        layout = h5py.VirtualLayout(shape=(4,), dtype="float32")
        layout[:] = h5py.VirtualSource("secret.h5", "x", shape=(4,))
        f.create_virtual_dataset("virtual", layout)
        f.create_dataset("bomb", shape=(1 << 40,), dtype="float32", chunks=(1 << 20,), compression="gzip")
        f.create_dataset("unallocated", shape=(1 << 40,), dtype="float32")
        f.create_dataset("zeros", data=np.zeros(1 << 16, "uint8"), chunks=(1 << 16,), compression="gzip")
for p in sorted(out.iterdir()):
    print(p.name, p.stat().st_size)
