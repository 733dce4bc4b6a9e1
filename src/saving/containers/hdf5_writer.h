/// Writing of HDF5 files in the classic layout that Keras's h5py writes (low bound `earliest`):
/// superblock 0, symbol tables, version 1 headers, contiguous data, no times. Every HDF5 since 1998
/// reads it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kcpp/core/tensor.h"
#include "src/saving/containers/byte_sink.h"

namespace kcpp::hdf5 {

namespace detail {
struct WriterNode;
}

/// A group or dataset to be written: takes attributes. A handle; lives no longer than its
/// FileWriter.
class KCPP_API ObjectWriter {
 public:
  /// A Python str: variable-length UTF-8.
  void attribute(std::string_view name, std::string_view text);
  void attribute(std::string_view name, const char* text) {
    attribute(name, std::string_view(text));
  }
  void attribute(std::string_view name, const std::string& text) {
    attribute(name, std::string_view(text));
  }
  /// Python bytes: variable-length ASCII. Keras stores its JSON so.
  void attribute_bytes(std::string_view name, std::string_view text);
  void attribute(std::string_view name, bool value);
  void attribute(std::string_view name, int64_t value);
  void attribute(std::string_view name, int value) { attribute(name, static_cast<int64_t>(value)); }
  void attribute(std::string_view name, double value);
  /// A list of bytes as Keras's save_attributes_to_hdf5_group writes it: texts of variable length;
  /// an empty list is an empty float64 array; above 64512 bytes numpy 'S' arrays `name0`, `name1`
  /// ... Throws RuntimeError for a text above that.
  void attribute_strings(std::string_view name, const std::vector<std::string>& texts);

 protected:
  friend class GroupWriter;
  friend class FileWriter;
  explicit ObjectWriter(detail::WriterNode* node) : node_(node) {}
  detail::WriterNode* node_;
};

class KCPP_API GroupWriter : public ObjectWriter {
 public:
  /// The group at a path below this one; it and those on the way are made when they are missing.
  GroupWriter group(std::string_view path);
  /// A dataset with the tensor's elements, which are not copied: do not change them before
  /// `write_to`. Throws ValueError when something stands there already. bfloat16 becomes two opaque
  /// bytes.
  ObjectWriter dataset(std::string_view path, const Tensor& tensor);
  bool exists(std::string_view path) const;

 private:
  friend class FileWriter;
  using ObjectWriter::ObjectWriter;
};

/// A file to be written.
///
///     hdf5::FileWriter file;
///     hdf5::GroupWriter weights = file.root().group("model_weights");
///     weights.attribute_strings("layer_names", {"dense"});
///     weights.dataset("dense/kernel", kernel);
///     io::AtomicFile out("model.h5");
///     file.write_to(out);
///     out.commit();
class KCPP_API FileWriter {
 public:
  FileWriter();
  ~FileWriter();
  FileWriter(FileWriter&&) noexcept;
  FileWriter& operator=(FileWriter&&) noexcept;

  GroupWriter root();
  /// Appends the file's bytes; can be called more than once.
  void write_to(io::ByteSink& out) const;

 private:
  std::unique_ptr<detail::WriterNode> root_;
};

}  // namespace kcpp::hdf5
