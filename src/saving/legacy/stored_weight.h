/// A weight as a file has it, or as a conversion makes it of one or several.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kcpp/core/tensor.h"
#include "kcpp/core/variable.h"
#include "src/saving/containers/hdf5_reader.h"

namespace kcpp::saving {

/// Its shape is known at once; its elements are read when they are asked for. A value handle.
class StoredWeight {
 public:
  StoredWeight(std::string name, const hdf5::Dataset& dataset);

  /// An array that no file has: zeros.
  static StoredWeight zeros(const Shape& shape);

  /// The name in the file: "dense/kernel:0", "dense_1_W", "param_0".
  const std::string& name() const { return name_; }
  const Shape& shape() const { return shape_; }
  /// Places, in the list that was converted, of the weights that it was made of.
  const std::vector<size_t>& origins() const { return origins_; }
  void set_origin(size_t place) { origins_.assign(1, place); }
  /// Nothing was converted: the file's bytes are the weight's.
  bool is_plain() const { return dataset_ != nullptr; }
  /// The dataset of a plain weight.
  const hdf5::Dataset& dataset() const { return *dataset_; }

  /// The elements in a new tensor, in any numeric dtype.
  Tensor read(DType dtype) const;

  /// The same array under another name.
  StoredWeight renamed(std::string name) const;

  // --- conversions, none of which reads anything yet --------------------------------------------
  StoredWeight transposed(const std::vector<int>& axes) const;
  StoredWeight reshaped(const Shape& shape) const;
  /// Reversed along the first `axes` axes.
  StoredWeight flipped(int axes) const;
  /// The same shape, each element another.
  StoredWeight mapped(std::function<Tensor(const Tensor&)> f) const;
  /// Any change, to `shape`.
  StoredWeight changed(const Shape& shape, std::function<Tensor(const Tensor&)> f) const;
  /// Several as one, along their last axis.
  static StoredWeight joined(const std::vector<StoredWeight>& parts);

 private:
  StoredWeight() = default;

  std::string name_;
  Shape shape_;
  std::vector<size_t> origins_;
  std::shared_ptr<const hdf5::Dataset> dataset_;
  std::function<Tensor(DType)> make_;
};

using StoredWeights = std::vector<StoredWeight>;

/// "kernel" of "dense/kernel:0".
std::string base_name(const std::string& weight_name);

/// Values to be given to variables: collected and checked first, given all together.
class WeightPlan {
 public:
  void add(const Variable& target, const StoredWeight& value) { items_.push_back({target, value}); }
  void add(const WeightPlan& other) {
    items_.insert(items_.end(), other.items_.begin(), other.items_.end());
  }
  size_t size() const { return items_.size(); }
  /// Reads all. Shapes must fit. With `fresh` the variables are of a model that nobody has seen
  /// yet: a damaged file may leave it half filled. Without, nothing changes when reading fails.
  void apply(bool fresh) const;

 private:
  struct Item {
    Variable target;
    StoredWeight value;
  };
  std::vector<Item> items_;
};

}  // namespace kcpp::saving
