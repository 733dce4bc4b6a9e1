#include "src/layers/load_scope.h"

namespace kcpp {
namespace {

// Some ten thousand are what the largest real models make.
constexpr uint64_t most_calls = 400000;

thread_local LoadScope* innermost = nullptr;

}  // namespace

LoadScope::LoadScope(uint64_t allowed, std::string reason)
    : allowed_(allowed), reason_(std::move(reason)), outer_(innermost) {
  innermost = this;
}
LoadScope::~LoadScope() { innermost = outer_; }

LoadScope* LoadScope::current() { return innermost; }

Tensor LoadScope::reserve(const std::string& layer, const std::string& weight, const Shape& shape,
                          DType dtype) {
  const auto count = static_cast<uint64_t>(shape.size()),
             each = static_cast<uint64_t>(size_of(dtype));
  check(count <= (allowed_ - used_) / each, "[Layer '", layer, "'] the weight '", weight,
        "' of shape ", shape, " is too large: ", reason_);
  used_ += count * each;
  return Tensor::empty(shape, dtype);
}

void LoadScope::defer(const Variable& variable, Initializer initializer) {
  const Tensor& value = variable.value();
  pending_.push_back({variable, std::move(initializer), value.impl()->storage->id()});
}

void LoadScope::count_call() {
  check(++calls_ <= most_calls, "The model calls layers more than ", most_calls,
        " times; such models are refused.");
}

void LoadScope::finish() {
  for (Pending& p : pending_) {
    const Tensor& value = p.variable.value();
    if (value.impl()->storage->id() == p.storage && value.impl()->storage->version() == 0)
      p.variable.assign(p.initializer(value.shape(), value.dtype()));
  }
  pending_.clear();
}

}  // namespace kcpp
