/// The arguments of a graph node of an op, read back.
#pragma once

#include <optional>
#include <string>

#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"
#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// One tensor argument: an input of the node, or a constant.
class TensorArgument {
 public:
  TensorArgument() = default;
  explicit TensorArgument(int input) : input_(input) {}
  explicit TensorArgument(Tensor constant) : constant_(std::move(constant)) {}
  /// The tensor; undefined when the argument is None.
  const Tensor& operator()(const Tensors& inputs) const;

 private:
  int input_ = -1;
  Tensor constant_;
};

/// A list of tensor arguments.
class TensorArguments {
 public:
  Tensors operator()(const Tensors& inputs) const;

 private:
  friend class OpArguments;
  std::vector<TensorArgument> items_;
};

/// What op_table.h calls a node's arguments. Each attribute has the default of its C++ type unless
/// one is given; errors (TypeError, ValueError) name the attribute.
class OpArguments {
 public:
  explicit OpArguments(const Config& arguments) : arguments_(arguments) {}

  /// An attribute from "config", else "kwargs"; null when it is in neither.
  const Config& attribute(std::string_view name) const;
  bool flag(std::string_view name, bool missing = false) const;
  int64_t integer(std::string_view name, int64_t missing = 0) const;
  int small(std::string_view name, int missing = 0) const {
    return narrow(integer(name, missing), name);
  }
  double number(std::string_view name, double missing = 0) const;
  std::string text(std::string_view name, std::string missing = {}) const;
  std::optional<int> optional_axis(std::string_view name) const;
  std::optional<int64_t> optional_integer(std::string_view name) const;
  std::optional<double> optional_number(std::string_view name) const;
  OptionalDType dtype(std::string_view name) const;
  Axes axes(std::string_view name) const { return Axes::from_config(attribute(name)); }
  /// `missing` only when the node does not say: a null there is None, all axes.
  Axes axes(std::string_view name, Axes missing) const { return has(name) ? axes(name) : missing; }
  /// The attribute is there, though it may be null.
  bool has(std::string_view name) const;
  /// A list of numbers, or one number.
  Shape shape(std::string_view name) const;

  /// The positional argument, or the one of that name, wherever it is.
  const Config& argument(int position, std::string_view name) const;
  TensorArgument tensor(int position, std::string_view name) const;
  TensorArguments tensors(int position, std::string_view name) const;
  /// All positional arguments (einsum's operands).
  TensorArguments all_tensors() const;
  /// The `args` are missing: input i is positional argument i.
  bool plain() const { return arguments_.find("args") == nullptr; }

 private:
  /// Throws ValueError for what is no int.
  static int narrow(int64_t value, std::string_view name);
  Config arguments_;
};

/// A list of whole numbers, or one.
std::vector<int64_t> integers_from_config(const Config& config, std::string_view name);
/// A list of numbers, or one; null is an unknown dimension.
Shape shape_from_config(const Config& config, std::string_view name);
/// A constant: a number, nested lists, or {"class_name": "__tensor__" or "__numpy__", "config":
/// {"value", "dtype"}}.
Tensor constant_from_config(const Config& config);

}  // namespace kcpp::ops
