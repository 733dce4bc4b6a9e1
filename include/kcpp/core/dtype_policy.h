/// DTypePolicy (keras.DTypePolicy): the dtype a layer computes in, and that of its weights.
#pragma once

#include <string>

#include "kcpp/core/config.h"
#include "kcpp/core/dtype.h"

namespace kcpp {

/// "float32", "float64", "bfloat16", ... or "mixed_float16", "mixed_bfloat16". Default-constructed:
/// the global policy.
class KCPP_API DTypePolicy {
 public:
  DTypePolicy();
  DTypePolicy(const char* name) : DTypePolicy(std::string(name)) {}
  DTypePolicy(const std::string& name);
  DTypePolicy(DType dtype) : DTypePolicy(std::string(name_of(dtype))) {}

  const std::string& name() const { return name_; }
  DType compute_dtype() const { return compute_; }
  DType variable_dtype() const { return variable_; }

 private:
  std::string name_;
  DType compute_, variable_;
};
/// {"module": "keras", "class_name": "DTypePolicy", "config": {"name": ...}, "registered_name":
/// null}
KCPP_API Config to_config(const DTypePolicy& v);
/// Also from a bare name, and from tf.keras's {"class_name": "Policy", ...}.
KCPP_API void from_config(const Config& c, DTypePolicy& v, std::string_view what);

/// keras.config.set_dtype_policy / dtype_policy.
KCPP_API void set_dtype_policy(const DTypePolicy& policy);
KCPP_API DTypePolicy dtype_policy();

}  // namespace kcpp
