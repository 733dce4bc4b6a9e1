/// Initializers (keras.initializers): how a weight gets its first values.
#pragma once

#include <optional>
#include <string>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class KCPP_API InitializerImpl : public Object {
 public:
  virtual Tensor make(const Shape& shape, DType dtype) = 0;
};

/// A handle built from a name ("glorot_uniform"), from `initializers::X(...)`, or from a lambda (shape, dtype) -> Tensor.
class KCPP_API Initializer : public Handle<InitializerImpl> {
 public:
  using Handle::Handle;
  Initializer() = default;
  Initializer(const char* name);
  Initializer(const std::string& name);
  Initializer(std::function<Tensor(const Shape&, DType)> function);
  Tensor operator()(const Shape& shape, DType dtype = DType::float32) const { return impl_->make(shape, dtype); }
};
KCPP_API Config to_config(const Initializer& v);
KCPP_API void from_config(const Config& c, Initializer& v, std::string_view what);

}  // namespace kcpp
