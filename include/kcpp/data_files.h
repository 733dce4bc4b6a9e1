/// Arrays and tables in files: NumPy's .npy and .npz, CSV, and the IDX files of MNIST.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kcpp/core/tensor.h"

namespace kcpp {

/// Arrays with names, in the order of their file: what `numpy.load` of an .npz gives.
class KCPP_API NamedTensors {
 public:
  using Item = std::pair<std::string, Tensor>;

  NamedTensors() = default;
  NamedTensors(std::initializer_list<Item> items);
  /// Names must differ.
  explicit NamedTensors(std::vector<Item> items) : items_(std::move(items)) {}

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The array of that name, or nullptr.
  const Tensor* find(std::string_view name) const;
  /// The array of that name; throws ValueError that lists the names when there is none.
  const Tensor& operator[](std::string_view name) const;
  /// Adds an array, or replaces the one of that name.
  void set(std::string_view name, Tensor tensor);

  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  std::vector<Item>::const_iterator begin() const { return items_.begin(); }
  std::vector<Item>::const_iterator end() const { return items_.end(); }
  /// Names in order.
  std::vector<std::string> names() const;

 private:
  std::vector<Item> items_;
};

/// The array in a .npy file: numpy.load. Versions 1 to 3, either byte order, C or Fortran order;
/// every dtype that kcpp has, and strings ('U' and 'S') as DType::string. Pickled objects are
/// refused. Throws IOError when the file is missing, damaged, or holds fewer bytes than it
/// declares.
KCPP_API Tensor load_npy(const std::string& path);
/// Writes one array as numpy.save does, byte for byte. The file is replaced only once it is
/// complete.
KCPP_API void save_npy(const std::string& path, const Tensor& tensor);

/// All arrays of an .npz file (numpy.savez and savez_compressed): numpy.load.
///
///     NamedTensors data = load_npz("train.npz");
///     model.fit(data["x"], data["y"]);
KCPP_API NamedTensors load_npz(const std::string& path);
/// Writes arrays as numpy.savez does. The file is replaced only once it is complete.
KCPP_API void save_npz(const std::string& path, const NamedTensors& tensors);

struct CsvOptions {
  bool header = true;  ///< the first line holds the columns' names
  char delimiter = ',';
  std::vector<std::string> columns;  ///< names of the columns wanted, in this order; empty: all
  std::vector<std::string> missing = {"", "NA", "N/A", "NaN", "nan", "null", "?"};  ///< become NaN
};

/// A table of numbers.
struct KCPP_API Csv {
  Tensor values;                     ///< float32, (rows, columns)
  std::vector<std::string> columns;  ///< names, or "0", "1", ... without a header
  /// One column, (rows,). Throws ValueError that lists the names when there is none of that name.
  Tensor column(std::string_view name) const;
  /// Some columns in this order, (rows, names).
  Tensor select(const std::vector<std::string>& names) const;
};

/// Reads a CSV file (RFC 4180: fields may stand in double quotes, "" within them is one quote;
/// lines end in \n or \r\n; empty lines are skipped). Throws IOError with line and column for a
/// field that is no number and for a line with another number of fields.
KCPP_API Csv load_csv(const std::string& path, const CsvOptions& options = {});
/// The same for text in memory; `name` is used in errors.
KCPP_API Csv parse_csv(std::string_view text, const CsvOptions& options = {},
                       std::string_view name = "CSV");

/// The array in an IDX file, the format of MNIST and Fashion-MNIST, plain or gzipped: uint8 (60000,
/// 28, 28) for the images, uint8 (60000,) for the labels. Throws IOError as load_npy does.
KCPP_API Tensor load_idx(const std::string& path);

}  // namespace kcpp
