/// Reading of HDF5 files: groups, attributes, datasets.
///
/// An own reader of the format, not libhdf5: it runs on any number of threads without a lock, reads
/// a file within another (a zip member) in place and weights straight into their storage, and it
/// was made for files that nobody vouches for. See docs/architecture.md and hdf5/scope.h.
///
/// It reads what Keras of any version and h5py write: all superblocks, old and new groups, split
/// and dense attributes, strings of three kinds, numbers of all of kcpp's dtypes in either byte
/// order, contiguous, compact and chunked data with gzip, shuffle and fletcher32. It follows hard
/// links only. Soft, external and user-defined links, external storage, virtual datasets, cycles,
/// declared sizes without data behind them, and every damaged structure end in an IOError that
/// names file and object.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"
#include "src/saving/containers/byte_source.h"
#include "src/saving/containers/limits.h"

namespace kcpp::hdf5 {

struct FileState;
struct ObjectHeader;
class Scope;
class Group;
class Dataset;

/// What groups and datasets have in common: a path and attributes. A value handle; keeps the file
/// open.
class KCPP_API Object {
 public:
  /// "model_weights/dense", without a slash in front; "" is the root.
  const std::string& path() const { return path_; }
  /// The file's name, for errors.
  const std::string& file_name() const;

  std::vector<std::string> attribute_names() const;
  bool has_attribute(std::string_view name) const;
  /// An attribute of any type: text (of all three kinds of string), a number or bool, or a list of
  /// these (arrays of more dimensions are flattened). Throws IOError when it is missing or of
  /// another type.
  Config attribute(std::string_view name) const;
  /// The attribute, or nothing when it is missing.
  std::optional<Config> find_attribute(std::string_view name) const;
  /// An attribute of text.
  std::string attribute_string(std::string_view name) const;
  /// A list of texts, put together again where Keras had to split it into `name0`, `name1` ...
  std::vector<std::string> attribute_strings(std::string_view name) const;
  /// `name` or, split, `name0` is there.
  bool has_attribute_strings(std::string_view name) const;

 protected:
  Object(std::shared_ptr<const FileState> file, std::string path, std::vector<uint64_t> addresses);
  Scope scope() const;

  std::shared_ptr<const FileState> file_;
  std::string path_;
  std::vector<uint64_t> addresses_;  ///< of the headers from the root down to this object
  std::shared_ptr<const ObjectHeader> header_;
};

class KCPP_API Group : public Object {
 public:
  /// Names of what is in it, as h5py lists them: by creation where the file keeps that, else by
  /// name.
  std::vector<std::string> names() const;
  bool exists(std::string_view path) const;
  bool is_group(std::string_view path) const;
  bool is_dataset(std::string_view path) const;
  /// What stands at a path below this group ("a/b/c"). Throws IOError when it is missing, something
  /// else, or not reached by hard links alone.
  Group group(std::string_view path) const;
  Dataset dataset(std::string_view path) const;

 private:
  friend class File;
  friend class Dataset;
  using Object::Object;
  struct Found {
    std::string path;
    std::vector<uint64_t> addresses;
  };
  std::optional<Found> walk(std::string_view path, bool must_exist) const;
  /// A handle on whatever object stands there.
  std::optional<Group> open(std::string_view path, bool must_exist) const;
};

class KCPP_API Dataset : public Object {
 public:
  const Shape& shape() const { return shape_; }
  /// DType::string for text; bfloat16 for two opaque bytes, as Keras stores it.
  DType dtype() const { return dtype_; }
  /// Bytes of all elements.
  uint64_t bytes() const;

  /// The elements in a new tensor. Before it is made, its size is compared with what the file
  /// stores.
  Tensor read() const;
  /// The elements straight into `out`, which must be of the dataset's size in `dtype`; converted
  /// when the file's dtype is another one. Throws ValueError when the shape is not the expected
  /// one.
  void read_into(const Shape& expected, DType dtype, std::span<std::byte> out) const;
  void read_into(Tensor& out) const;
  /// Throws IOError unless the file holds what the shape declares. Called before anything of the
  /// dataset's size is allocated or read.
  void require_stored() const;
  /// Neither in chunks nor compressed: once `require_stored` holds, only the disk can make a read
  /// fail.
  bool is_stored_as_is() const;

 private:
  friend class Group;
  struct Storage;
  explicit Dataset(Object object);
  void read_raw(std::span<std::byte> out) const;

  Shape shape_;
  DType dtype_ = DType::float32;
  std::shared_ptr<const Storage> storage_;
};

/// An open file.
///
///     hdf5::File file = hdf5::File::open("model.h5");
///     hdf5::Group weights = file.root().group("model_weights");
///     for (const std::string& layer : weights.attribute_strings("layer_names"))
///       for (const std::string& name : weights.group(layer).attribute_strings("weight_names"))
///         Tensor w = weights.group(layer).dataset(name).read();
class KCPP_API File {
 public:
  static File open(const std::string& path, const io::Hdf5Limits& limits = {});
  static File open(io::SourcePtr source, const io::Hdf5Limits& limits = {});
  /// The bytes begin as an HDF5 file does.
  static bool looks_like_hdf5(const io::ByteSource& source);

  const std::string& name() const;
  Group root() const;

 private:
  explicit File(std::shared_ptr<const FileState> state) : state_(std::move(state)) {}
  std::shared_ptr<const FileState> state_;
};

}  // namespace kcpp::hdf5
