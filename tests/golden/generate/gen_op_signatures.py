"""tests/golden/op_signatures.json: for each function of keras.ops its Operation class and its parameters with defaults.

The golden cases of the family `ops` name functions and pass arguments by position; a graph's nodes name classes.
"""
import inspect
import json
import os
import re

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras  # noqa: E402
from keras import ops  # noqa: E402
from keras.src.ops import core, linalg, math, nn, numpy  # noqa: E402

CLASSES = (core, linalg, math, nn, numpy)


def signature(f):
    out = []
    for p in inspect.signature(f).parameters.values():
        item = {"name": p.name}
        if p.kind == p.VAR_POSITIONAL:
            item["rest"] = True
        elif p.default is not p.empty:
            item["default"] = p.default if isinstance(p.default, (int, float, str, type(None))) else list(p.default)
        out.append(item)
    return out


def main():
    table = {}
    for prefix, module in (("", ops), ("image.", ops.image), ("nn.", ops.nn)):
        for name in sorted(dir(module)):
            f = getattr(module, name)
            if not inspect.isfunction(f) or prefix + name in table:
                continue
            found = re.search(r"\b([A-Z]\w*)\((?:[^()]|\([^()]*\))*\)\s*\.symbolic_call", inspect.getsource(f))
            camel = {"abs": "Absolute"}.get(name, name.title().replace("_", ""))
            own = camel if any(hasattr(m, camel) for m in CLASSES) else None
            table[prefix + name] = {"class": found.group(1) if found else own, "parameters": signature(f)}
    path = os.path.join(os.path.dirname(__file__), "..", "op_signatures.json")
    with open(path, "w") as out:
        out.write('{"keras": "%s", "ops": {\n' % keras.__version__)
        out.write(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}}\n")


if __name__ == "__main__":
    main()
