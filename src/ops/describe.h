/// Attributes of an op on their way into a graph node; op_table.h says what a node's arguments look
/// like.
#pragma once

#include <string_view>

#include "kcpp/core/config.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops::detail {

/// Fills `arguments["config"]`, the constructor's arguments of Keras's Operation, in the order of
/// calls.
class Describe {
 public:
  explicit Describe(Config& arguments) : config_(arguments["config"]) {
    if (config_.is_null()) config_ = Config::dict();
  }
  Describe& operator()(std::string_view key, Config value) {
    config_.set(key, std::move(value));
    return *this;
  }

 private:
  Config& config_;
};

/// {"__tensor_input__": i}: the i-th input of the node.
inline Config tensor_input(int i) { return Config::dict({{"__tensor_input__", i}}); }
/// The list of inputs [first, last).
inline Config tensor_inputs(int first, int last) {
  Config list = Config::list();
  for (int i = first; i < last; ++i) list.push_back(tensor_input(i));
  return list;
}
/// A list of numbers (Python's tuple of a shape); an unknown dimension is null.
inline Config to_config(const Shape& shape) {
  Config list = Config::list();
  for (int64_t d : shape) list.push_back(d);
  return list;
}
inline Config to_config(std::optional<int> v) { return v ? Config(*v) : Config(); }
inline Config to_config(std::optional<int64_t> v) { return v ? Config(*v) : Config(); }
inline Config to_config(std::optional<double> v) { return v ? Config(*v) : Config(); }
inline Config to_config(OptionalDType v) { return v ? Config(name_of(*v)) : Config(); }
/// A scalar as the Python number that it came from.
Config number_config(const Tensor& scalar);

}  // namespace kcpp::ops::detail
