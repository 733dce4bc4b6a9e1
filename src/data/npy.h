/// One array in NumPy's .npy format.
#pragma once

#include "kcpp/core/tensor.h"
#include "src/saving/containers/byte_sink.h"
#include "src/saving/containers/byte_source.h"

namespace kcpp::npy {

/// Reads the array that the source holds; throws IOError, naming the source.
KCPP_API Tensor read(const io::ByteSource& source);
/// Writes what numpy.save writes.
KCPP_API void write(io::ByteSink& out, const Tensor& tensor);

}  // namespace kcpp::npy
