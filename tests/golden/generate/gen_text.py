"""The family `text`: Hashing, HashedCrossing, StringLookup, IntegerLookup, TextVectorization; and `files_text/`, models with them.

An input is `{"shape": [...], "strings": [...]}` or `{"array": key}`; so is an output. `adapt` is what the layer was adapted to, and `vocabulary`
what it then had.
"""
from common import OUT, Family, fresh, numpy_of, serialized  # first: it sets the environment before Keras is imported

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

from gen_files import pin


def texts(*rows):
    return np.array(rows)


def held(f, name, suffix, value):
    value = numpy_of(value) if not isinstance(value, np.ndarray) else value
    if value.dtype == object or value.dtype.kind in "US":
        flat = [v.decode("utf-8", "surrogateescape") if isinstance(v, bytes) else str(v) for v in value.ravel()]
        return {"shape": list(value.shape), "strings": flat}
    return {"array": f.put(name, suffix, value)}


def case(f, name, make, *inputs, adapt=None):
    fresh()
    try:
        layer = make()
        if adapt is not None:
            layer.adapt(adapt)
        symbolic = [keras.KerasTensor((None,) + x.shape[1:], dtype="string" if x.dtype.kind == "U" else str(x.dtype))
                    for x in inputs]
        try:  # first, so that the build_config has the unknown batch that files have
            spec = layer(symbolic if len(symbolic) > 1 else symbolic[0])
            spec = {"shape": list(spec.shape), "dtype": spec.dtype}
        except Exception:
            spec = None
        tensors = [tf.constant(x) for x in inputs]
        output = layer(tensors if len(tensors) > 1 else tensors[0])
        vocabulary = layer.get_vocabulary() if hasattr(layer, "get_vocabulary") else None
        f.add({
            "name": name,
            "layer": serialized(layer),
            "adapt": None if adapt is None else held(f, name, "adapt", np.asarray(adapt)),
            "style": "list" if len(inputs) > 1 else "single",
            "vocabulary": None if vocabulary is None else [v.item() if hasattr(v, "item") else v for v in vocabulary],
            "inputs": [held(f, name, f"in{i}", x) for i, x in enumerate(inputs)],
            "output": held(f, name, "out", output.numpy()),
            "spec": spec,
        })
    except Exception as e:
        f.refuse(name, e)


WORDS = ["", "a", "abc", "hello", "12345678", "Straße", "the quick brown", "the quick brown fox jumps over",
         "the quick brown fox jumps over the lazy dog, and on", "x" * 70, "y" * 200, "日本語"]


def hashing(f):
    words = np.array(WORDS).reshape(4, 3)
    numbers = np.array([[0, 1, -1], [7, 123456789012, -5]])
    case(f, "hashing", lambda: L.Hashing(1000), words)
    case(f, "hashing_salt", lambda: L.Hashing(1000, salt=133), words)
    case(f, "hashing_salts", lambda: L.Hashing(1000, salt=[133, 137]), words)
    case(f, "hashing_numbers", lambda: L.Hashing(97), numbers)
    case(f, "hashing_numbers_salt", lambda: L.Hashing(97, salt=(5, 6)), numbers)
    case(f, "hashing_floats", lambda: L.Hashing(97), np.array([[1.5, -2.7, 3e10]], "float32"))
    case(f, "hashing_mask", lambda: L.Hashing(5, mask_value=""), words)
    case(f, "hashing_mask_number", lambda: L.Hashing(5, mask_value=7), numbers)
    case(f, "hashing_one_bin", lambda: L.Hashing(1, mask_value=7), numbers)
    case(f, "hashing_int32", lambda: L.Hashing(50, dtype="int32"), words)
    for mode in ("one_hot", "multi_hot", "count"):
        case(f, f"hashing_{mode}", lambda: L.Hashing(6, output_mode=mode), words)
        case(f, f"hashing_{mode}_column", lambda: L.Hashing(6, output_mode=mode), words[:, :1])
        case(f, f"hashing_{mode}_flat", lambda: L.Hashing(6, output_mode=mode), words[0])
    left, right = np.array([["a"], ["b"], ["c"]]), np.array([["x"], ["y"], ["日本"]])
    ids = np.array([[1], [-2], [300]])
    case(f, "crossing", lambda: L.HashedCrossing(1000), left, right)
    case(f, "crossing_numbers", lambda: L.HashedCrossing(1000), ids, ids * 7)
    case(f, "crossing_mixed", lambda: L.HashedCrossing(1000), left, ids, right)
    case(f, "crossing_flat", lambda: L.HashedCrossing(10), left[:, 0], right[:, 0])
    case(f, "crossing_one_hot", lambda: L.HashedCrossing(10, output_mode="one_hot"), left, right)
    case(f, "crossing_one_hot_flat", lambda: L.HashedCrossing(10, output_mode="one_hot"), left[:, 0], right[:, 0])


def lookups(f):
    words = texts(["a", "b", "zz"], ["", "c", "[UNK]"], ["q", "a", "a"])
    vocabulary = ["a", "b", "c"]
    docs = texts(["b", "a", "b"], ["c", "b", ""], ["d", "a", "[UNK]"])
    case(f, "string", lambda: L.StringLookup(vocabulary=vocabulary), words)
    case(f, "string_special", lambda: L.StringLookup(vocabulary=["[UNK]"] + vocabulary), words)
    case(f, "string_mask", lambda: L.StringLookup(vocabulary=vocabulary, mask_token=""), words)
    case(f, "string_oov", lambda: L.StringLookup(vocabulary=vocabulary, num_oov_indices=4, mask_token=""), words)
    case(f, "string_oov_salt", lambda: L.StringLookup(vocabulary=vocabulary, num_oov_indices=4, salt=[3, 4]), words)
    case(f, "string_no_oov", lambda: L.StringLookup(vocabulary=vocabulary, num_oov_indices=0), words[:1, :2])
    case(f, "string_invert", lambda: L.StringLookup(vocabulary=vocabulary, invert=True), np.array([[0, 1, 2], [3, 4, -1]]))
    case(f, "string_invert_mask", lambda: L.StringLookup(vocabulary=vocabulary, invert=True, mask_token="[M]", oov_token="?"),
         np.array([[0, 1, 2], [3, 4, 9]]))
    case(f, "string_max_tokens", lambda: L.StringLookup(max_tokens=3), words, adapt=docs)
    case(f, "string_adapt", lambda: L.StringLookup(), words, adapt=docs)
    case(f, "string_adapt_mask", lambda: L.StringLookup(mask_token=""), words, adapt=docs)
    case(f, "string_adapt_flat", lambda: L.StringLookup(output_mode="tf_idf"), words, adapt=docs.ravel())
    for mode in ("one_hot", "multi_hot", "count", "tf_idf"):
        kw = {"idf_weights": [0.25, 0.5, 2.0]} if mode == "tf_idf" else {}
        for shape in ((3, 3), (9,), (9, 1)):
            tag = "x".join(map(str, shape))
            case(f, f"string_{mode}_{tag}", lambda: L.StringLookup(vocabulary=vocabulary, output_mode=mode, mask_token="", **kw),
                 words.reshape(shape))
        case(f, f"string_{mode}_padded", lambda: L.StringLookup(7, vocabulary=vocabulary, output_mode=mode, num_oov_indices=2,
                                                                pad_to_max_tokens=True, **kw), words)
        case(f, f"string_{mode}_adapt", lambda: L.StringLookup(output_mode=mode), words, adapt=docs)
        case(f, f"integer_{mode}", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], output_mode=mode, **kw),
             np.array([[[10, 20], [5, 30]], [[30, 30], [0, 10]]]))
    numbers = np.array([[10, 20, 5], [30, -7, 0]])
    case(f, "integer", lambda: L.IntegerLookup(vocabulary=[10, 20, 30]), numbers)
    case(f, "integer_mask", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], mask_token=0), numbers)
    case(f, "integer_oov", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], num_oov_indices=3), numbers)
    case(f, "integer_farmhash", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], num_oov_indices=3, oov_method="farmhash"), numbers)
    case(f, "integer_salt", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], num_oov_indices=3, oov_method="farmhash", salt=7),
         numbers)
    case(f, "integer_invert", lambda: L.IntegerLookup(vocabulary=[10, 20, 30], invert=True), np.array([[0, 1], [3, 4]]))
    case(f, "integer_adapt", lambda: L.IntegerLookup(max_tokens=4), numbers, adapt=np.array([[5, 5, 10], [10, 5, -1], [30, 20, 10]]))


def vectorization(f):
    docs = texts("The cat sat on the mat.", "Hello, WORLD! the cat", "naïve café -- don't (stop) [x]_y", "", "  spaced\tout\nwords  ")
    case_ = lambda name, make, x=docs, **kw: case(f, "vectorization_" + name, make, x, **({"adapt": docs} | kw))
    case_("plain", lambda: L.TextVectorization())
    case_("column", lambda: L.TextVectorization(), docs[:, None])
    case_("length", lambda: L.TextVectorization(output_sequence_length=4))
    case_("max_tokens", lambda: L.TextVectorization(max_tokens=5, output_sequence_length=9))
    for standardize in (None, "lower", "strip_punctuation"):
        case_(f"standardize_{standardize}", lambda: L.TextVectorization(standardize=standardize))
    case_("characters", lambda: L.TextVectorization(split="character"))
    case_("ngrams", lambda: L.TextVectorization(ngrams=2))
    case_("ngrams_tuple", lambda: L.TextVectorization(ngrams=(3, 1)))
    for mode in ("multi_hot", "count", "tf_idf"):
        case_(mode, lambda: L.TextVectorization(output_mode=mode))
        case_(f"{mode}_column", lambda: L.TextVectorization(output_mode=mode), docs[:, None])
        case_(f"{mode}_padded", lambda: L.TextVectorization(max_tokens=30, output_mode=mode, pad_to_max_tokens=True, ngrams=2))
    words = texts(["The", "cat!"], ["sat", "THE"])
    for length in (None, 1, 3):
        case_(f"no_split_{length}", lambda: L.TextVectorization(split=None, output_sequence_length=length), words, adapt=words)
    case_("no_split_count", lambda: L.TextVectorization(split=None, output_mode="count"), words, adapt=words)
    case_("vocabulary", lambda: L.TextVectorization(vocabulary=["the", "cat"]), adapt=None)
    case_("vocabulary_special", lambda: L.TextVectorization(vocabulary=["", "[UNK]", "the", "cat"]), adapt=None)
    case_("vocabulary_idf", lambda: L.TextVectorization(vocabulary=["the", "cat"], output_mode="tf_idf", idf_weights=[0.5, 2.0]),
          adapt=None)


def files(f):
    """Models as .keras: vocabularies in assets and in the config, idf weights among the weights."""
    folder = OUT / "files_text"
    folder.mkdir(exist_ok=True)
    docs = texts("the cat sat", "the dog, the Cat", "a bird")

    def save(name, model, *inputs):
        path = folder / f"{name}.keras"
        model.save(path)
        pin(path)
        x = [tf.constant(v) for v in inputs]
        y = model.predict(x if len(x) > 1 else x[0], verbose=0)
        f.add({"name": "file_" + name, "file": f"files_text/{name}.keras",
               "inputs": [held(f, name, f"in{i}", v) for i, v in enumerate(inputs)],
               "outputs": [held(f, name, f"out{i}", v) for i, v in enumerate(y if isinstance(y, list) else [y])]})

    fresh()
    vectorize = L.TextVectorization(output_sequence_length=4)
    vectorize.adapt(docs)
    save("vectorization", keras.Sequential([keras.Input((1,), dtype="string"), vectorize, L.Embedding(9, 3),
                                            L.GlobalAveragePooling1D(), L.Dense(2)]), docs[:, None])
    fresh()
    vectorize = L.TextVectorization(output_mode="tf_idf", ngrams=2)
    vectorize.adapt(docs)
    save("tf_idf", keras.Sequential([keras.Input((1,), dtype="string"), vectorize, L.Dense(2)]), docs[:, None])
    fresh()
    words, ids = keras.Input((2,), dtype="string", name="words"), keras.Input((2,), dtype="int64", name="ids")
    lookup = L.StringLookup(num_oov_indices=2, mask_token="")
    lookup.adapt(texts(["a", "b"], ["b", "c"]))
    integers = L.IntegerLookup(output_mode="count")
    integers.adapt(np.array([[3, 4], [4, 5]]))
    crossed = L.HashedCrossing(8)([L.StringLookup(vocabulary=["a", "b"], name="given")(words)[:, :1], ids[:, :1]])
    save("lookups", keras.Model([words, ids], [lookup(words), integers(ids), L.Hashing(10, salt=[1, 2])(words), crossed]),
         texts(["a", ""], ["zz", "c"]), np.array([[3, 4], [9, 5]]))
    fresh()
    back = L.StringLookup(vocabulary=["no", "yes"], invert=True)
    save("invert", keras.Sequential([keras.Input((2,), dtype="int64"), back]), np.array([[1, 2], [0, 7]]))


def main():
    f = Family("text")
    hashing(f)
    lookups(f)
    vectorization(f)
    files(f)
    f.write()


if __name__ == "__main__":
    main()
