/// The table of Keras's Operation classes: how a graph node of an op is written, and how it is made
/// again.
///
/// `symbolic::Call::arguments` of an op is a dict of up to four entries:
///
///   "config"  the arguments of the Operation's constructor, without "name": {"axis": -1,
///   "keepdims": true} of a Sum.
///             Missing: the constructor has none.
///   "args"    what the Operation was called with, in order. Missing: its inputs, one after the
///   other. "kwargs"  the same by name. Missing: nothing.
///   "constants"  what its eager inputs are in a file: "__numpy__", or (missing) "__tensor__".
///   Keras computes with either, but iterates over an array only.
///
/// A tensor in any of them is {"__tensor_input__": i}, an index into `Call::inputs`; what Keras
/// takes as a list of tensors is a list of them. All else is what Keras's serialization writes:
/// numbers, strings, lists,
/// {"class_name": "__slice__", ...} in a GetItem's key.
///
/// So a saved node of Keras 3 is {"module": op_module(c), "class_name": c, "config": {"name": n,
/// ...config}, "registered_name": c, "name": n, "inbound_nodes": [{"args": args, "kwargs":
/// kwargs}]}, where a tensor input is replaced by its __keras_tensor__, or, when it is not
/// symbolic, by its value: `constant_config` writes that. Reading goes the other way: replace each
/// __keras_tensor__ by {"__tensor_input__": i}, and call `make_op`.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "kcpp/core/config.h"
#include "kcpp/core/symbolic.h"
#include "kcpp/core/tensor.h"
#include "src/ops/op_arguments.h"

namespace kcpp::ops {

/// Runs an op on its node's inputs.
using OpRun = std::function<Tensors(const Tensors&)>;

struct OpEntry {
  std::string_view class_name;  ///< "Sum"
  std::string_view
      module;  ///< "numpy": keras.src.ops.numpy; a whole path when it begins with "keras."
  OpRun (*make)(const OpArguments& arguments);
};

/// Every entry, by family.
std::span<const OpEntry> op_table_math();
std::span<const OpEntry> op_table_reduce();
std::span<const OpEntry> op_table_shape();
std::span<const OpEntry> op_table_nn();
std::span<const OpEntry> op_table_conv();
std::span<const OpEntry> op_table_image();
std::span<const OpEntry> op_table_fft();
/// All of them.
std::vector<const OpEntry*> op_table();

/// The entry of a class, or nullptr.
const OpEntry* find_op(std::string_view class_name);
/// "keras.src.ops.numpy" of "Sum"; throws ValueError for a class that is not in the table.
std::string op_module(std::string_view class_name);
/// What runs a node of that class. Throws ValueError for a class that is not in the table, or
/// unusable arguments.
OpRun make_op(std::string_view class_name, const Config& arguments);

/// {"args": [...], "kwargs": {...}} of a node, with what is missing filled in.
Config call_arguments(const symbolic::Call& call);
/// What the eager inputs of a node are in a file: "__tensor__" or "__numpy__".
std::string constant_class(const symbolic::Call& call);
/// An eager tensor among a node's inputs as Keras writes it: a number, or {"class_name":
/// "__tensor__", ...}.
Config constant_config(const Tensor& value, const std::string& class_name = "__tensor__");

}  // namespace kcpp::ops
