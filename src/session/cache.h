/// The sessions behind predict and evaluate: one compiled program a shape of batch, made again when
/// the weights have changed.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "kcpp/models/model.h"

namespace kcpp {

namespace inference {
class Execution;
class Program;
}  // namespace inference

class SessionCache {
 public:
  explicit SessionCache(ModelImpl& model);
  ~SessionCache();

  /// The model's outputs for a batch, as `model(x, {.training = false})`; empty when a session
  /// cannot stand for the model (code of a user, kept states, random numbers, masks).
  /// `logits`: what losses start from hangs on the outputs.
  Tensors run(const Tensors& x, bool logits);

 private:
  struct Entry;
  /// Says in few numbers which values the model's variables have.
  uint64_t stamp() const;
  std::shared_ptr<Entry> find(const Tensors& x, bool logits);

  ModelImpl& model_;
  bool suitable_ = false;
  const void* graph_ = nullptr;  ///< what the model was when `suitable_` was found
  Variables variables_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Entry>> entries_;  ///< the last used first
};

/// The outputs of a model for a batch, by a session where one fits.
Tensors infer(ModelImpl& model, const Tensors& x, bool logits);

}  // namespace kcpp
