#include "kcpp/core/dtype_policy.h"

#include <mutex>

namespace kcpp {
namespace {

std::mutex mutex;
std::string& global_name() {
  static std::string name = "float32";
  return name;
}
std::string current_global() {
  std::lock_guard lock(mutex);
  return global_name();
}

}  // namespace

DTypePolicy::DTypePolicy() : DTypePolicy(current_global()) {}

DTypePolicy::DTypePolicy(const std::string& name) : name_(name) {
  if (name == "mixed_float16" || name == "mixed_bfloat16") {
    compute_ = name == "mixed_float16" ? DType::float16 : DType::bfloat16;
    variable_ = DType::float32;
    return;
  }
  try {
    compute_ = variable_ = dtype_of(name);
  } catch (const ValueError&) {
    throw ValueError(
        text("Cannot convert '", name,
             "' to a mixed precision DTypePolicy. Valid policies include 'mixed_float16', "
             "'mixed_bfloat16', and the name of any float dtype such as 'float32'."));
  }
}

Config to_config(const DTypePolicy& v) {
  return Config::dict({{"module", "keras"},
                       {"class_name", "DTypePolicy"},
                       {"config", Config::dict({{"name", v.name()}})},
                       {"registered_name", nullptr}});
}

void from_config(const Config& c, DTypePolicy& v, std::string_view what) {
  if (c.is_null()) {
    v = DTypePolicy();
  } else if (c.is_string()) {
    v = DTypePolicy(c.as_string());
  } else {
    const std::string& class_name = c.at("class_name").as_string(what);
    check(class_name == "DTypePolicy" || class_name == "FloatDTypePolicy" ||
              class_name == "Policy" || class_name == "PolicyV1",
          "Unknown dtype policy: '", class_name,
          "'. kcpp computes in floating point: in Python, save the model before `quantize()`.");
    v = DTypePolicy(c.at("config").at("name").as_string(what));
  }
}

void set_dtype_policy(const DTypePolicy& policy) {
  std::lock_guard lock(mutex);
  global_name() = policy.name();
}
DTypePolicy dtype_policy() { return DTypePolicy(); }

}  // namespace kcpp
