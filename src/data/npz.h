/// Several arrays in NumPy's .npz format: a zip archive of .npy members.
#pragma once

#include "kcpp/data_files.h"
#include "src/saving/containers/byte_sink.h"
#include "src/saving/containers/zip_reader.h"

namespace kcpp::npz {

/// An open .npz whose arrays are read one by one.
class KCPP_API File {
 public:
  static File open(io::SourcePtr source) { return File(zip::Reader::open(std::move(source))); }

  /// Names of the arrays in the order of the file, without ".npy".
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return archive_.has(std::string(name) + ".npy"); }
  /// Throws IOError when there is no such array or it is damaged.
  Tensor read(std::string_view name) const;
  NamedTensors read_all() const;

 private:
  explicit File(zip::Reader archive) : archive_(std::move(archive)) {}
  zip::Reader archive_;
};

/// Writes what numpy.savez writes.
KCPP_API void write(io::ByteSink& out, const NamedTensors& tensors);

}  // namespace kcpp::npz
