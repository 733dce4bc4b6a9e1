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
  /// An independent source of the same batches, so that two data sets made from one (`take` to
  /// train on, `skip` to validate on) don't move each other's place. nullptr, the default: there is
  /// only this one.
  virtual std::shared_ptr<DatasetImpl> copy() const { return nullptr; }
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
  /// Several inputs or outputs stand in the order given, which must be the model's.
  static Dataset from_tensors(Data x, Data y = {}, Data sample_weight = {});
  /// A callback that fills the next batch and says whether there was one. `restart` begins a new
  /// pass.
  static Dataset from_generator(std::function<bool(Batch&)> next,
                                std::function<void()> restart = {}, int64_t cardinality = -1);

  /// Joins consecutive elements along a new leading axis. Throws ValueError when their shapes
  /// differ.
  Dataset batch(int64_t size, bool drop_remainder = false) const;
  /// Shuffles through a buffer of this many elements, anew in each pass.
  Dataset shuffle(int64_t buffer_size, std::optional<int64_t> seed = {}) const;
  /// Passes each element through a function. After it a `prefetch` runs it on the other thread.
  Dataset map(std::function<Batch(Batch)> function) const;
  /// `count` passes in one; without end when -1 (fit then needs steps_per_epoch).
  Dataset repeat(int64_t count = -1) const;
  /// The first `count` elements of each pass; all when -1.
  Dataset take(int64_t count) const;
  /// Each pass without its first `count` elements; none when -1.
  Dataset skip(int64_t count) const;
  /// Prepares up to `count` elements ahead, on a thread of its own; an exception there is thrown by
  /// `next`.
  Dataset prefetch(int64_t count) const;
  /// Keeps the elements of the first complete pass in memory and yields them from then on.
  Dataset cache() const;
  int64_t cardinality() const { return impl_->cardinality(); }
};

}  // namespace kcpp
