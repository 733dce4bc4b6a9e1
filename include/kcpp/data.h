/// Batches, and the data sets that yield them.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

/// One or several tensors, by position or by name: what a model takes as x, y or sample_weight.
///
///     model.fit(x, y);   model.fit({xa, xb}, y);   model.fit({{"ids", ids}, {"mask", mask}}, y);
class KCPP_API Data {
 public:
  Data() = default;
  Data(Tensor tensor) {
    if (tensor.defined()) tensors_.push_back(std::move(tensor));
  }
  Data(Tensors tensors) : tensors_(std::move(tensors)) {}
  Data(std::initializer_list<Tensor> tensors) : tensors_(tensors) {}
  Data(std::initializer_list<std::pair<const char*, Tensor>> named) {
    for (const auto& [name, tensor] : named) add(name, tensor);
  }
  void add(std::string name, Tensor tensor) {
    names_.push_back(std::move(name));
    tensors_.push_back(std::move(tensor));
  }

  bool empty() const { return tensors_.empty(); }
  size_t size() const { return tensors_.size(); }
  const Tensors& tensors() const { return tensors_; }
  /// Empty when given by position, else as long as tensors().
  const std::vector<std::string>& names() const { return names_; }
  /// In the order of `names` when given by name; `what` ("x", "y") is named in errors.
  Tensors in_order(const std::vector<std::string>& names, std::string_view what) const;

 private:
  Tensors tensors_;
  std::vector<std::string> names_;
};

/// What one step works on. sample_weight: none, one for all outputs, or one an output.
struct Batch {
  Tensors x, y, sample_weight;
};

/// A source of batches: one pass after another.
class KCPP_API DatasetImpl {
 public:
  virtual ~DatasetImpl() = default;
  /// Starts a pass.
  virtual void start() = 0;
  /// The next batch; false at the end of the pass.
  virtual bool next(Batch& batch) = 0;
  /// Batches in a pass; -1 when unknown.
  virtual int64_t cardinality() const { return -1; }
};

/// A handle on a source of batches, and the stages that can be put on it (tf.data's names).
///
///     auto train = Dataset::from_tensors(x, y).shuffle(10000).batch(32).map(augment).prefetch(2);
///     model.fit(train, {.epochs = 5});
class KCPP_API Dataset : public Handle<DatasetImpl> {
 public:
  using Handle::Handle;
  Dataset() = default;
  /// Samples along the leading axis of every tensor; each element is one sample until `batch`.
  static Dataset from_tensors(Data x, Data y = {}, Data sample_weight = {});
  /// A callback that fills the next batch and says whether there was one. `restart` begins a new pass.
  static Dataset from_generator(std::function<bool(Batch&)> next, std::function<void()> restart = {}, int64_t cardinality = -1);

  Dataset batch(int64_t size, bool drop_remainder = false) const;
  /// Shuffles through a buffer of this many elements, anew in each pass.
  Dataset shuffle(int64_t buffer_size, std::optional<int64_t> seed = {}) const;
  Dataset map(std::function<Batch(Batch)> function) const;
  Dataset repeat(int64_t count = -1) const;
  Dataset take(int64_t count) const;
  Dataset skip(int64_t count) const;
  /// Prepares up to `count` batches ahead, on a thread of its own.
  Dataset prefetch(int64_t count) const;
  Dataset cache() const;
  int64_t cardinality() const { return impl_->cardinality(); }
};

}  // namespace kcpp
