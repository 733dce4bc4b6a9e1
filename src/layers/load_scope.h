/// What a config may ask for while a model is being loaded: a file says anything.
///
/// While a LoadScope lives, `add_weight` only reserves memory (which costs nothing until somebody
/// writes to it), refuses more than the file can fill, and runs no initializer: the values come
/// from the file. Calls of layers are counted: models inside models that each call the next one
/// twice take 2^depth of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kcpp/core/variable.h"
#include "kcpp/initializers.h"

namespace kcpp {

class LoadScope {
 public:
  /// From now on, on this thread. `allowed` bytes are the most that all weights may need;
  /// `reason` says in an error why.
  LoadScope(uint64_t allowed, std::string reason);
  ~LoadScope();
  LoadScope(const LoadScope&) = delete;
  LoadScope& operator=(const LoadScope&) = delete;

  /// The innermost one in scope, or nullptr.
  static LoadScope* current();

  /// Memory for a weight. Throws ValueError, which names it, beyond what is allowed.
  Tensor reserve(const std::string& layer, const std::string& weight, const Shape& shape,
                 DType dtype);
  /// Remembers how `variable`, made of a reserved tensor, would have begun.
  void defer(const Variable& variable, Initializer initializer);
  /// Counts a call of a layer. Throws ValueError when there are too many.
  void count_call();
  /// Initialises the variables that nobody has written to.
  void finish();

 private:
  struct Pending {
    Variable variable;
    Initializer initializer;
    uint64_t storage;  ///< id of the reserved storage
  };
  uint64_t allowed_, used_ = 0;
  uint64_t calls_ = 0;
  std::string reason_;
  std::vector<Pending> pending_;
  LoadScope* outer_;
};

}  // namespace kcpp
