/// What is no file that kcpp reads: a sentence that says what it is and what to do instead.
#pragma once

#include "src/saving/containers/byte_source.h"

namespace kcpp::saving {

/// Throws IOError for a SavedModel, an Orbax or TensorFlow checkpoint, or another folder.
[[noreturn]] void refuse_folder(const std::string& path);
/// Throws IOError for bytes that are neither zip, HDF5 nor JSON: pickle, protobuf, NumPy ...
[[noreturn]] void refuse_bytes(const io::ByteSource& source);

}  // namespace kcpp::saving
