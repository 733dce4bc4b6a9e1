#include "src/ops/op_table.h"

#include <string>
#include <unordered_map>

#include "src/ops/describe.h"
#include "src/ops/special.h"
#include "src/ops/special_boxes.h"
#include "src/ops/special_functions.h"
#include "src/ops/special_image.h"
#include "src/ops/special_matrix.h"

namespace kcpp::ops {

std::vector<const OpEntry*> op_table() {
  std::vector<const OpEntry*> all;
  for (std::span<const OpEntry> family :
       {op_table_math(), op_table_reduce(), op_table_shape(), op_table_nn(), op_table_conv(),
        op_table_image(), op_table_fft(), op_table_special(), op_table_special_image(),
        op_table_special_matrix(), op_table_special_functions(), op_table_special_boxes()}) {
    for (const OpEntry& entry : family) all.push_back(&entry);
  }
  return all;
}

const OpEntry* find_op(std::string_view class_name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, const OpEntry*> map;
    for (const OpEntry* entry : op_table()) {
      KCPP_ASSERT(map.emplace(entry->class_name, entry).second);
    }
    return map;
  }();
  const auto it = index.find(class_name);
  return it == index.end() ? nullptr : it->second;
}

namespace {
const OpEntry& entry_of(std::string_view class_name) {
  const OpEntry* entry = find_op(class_name);
  check(entry != nullptr, "Unknown operation: '", class_name,
        "'. It is not one of keras.ops that a graph can hold.");
  return *entry;
}
}  // namespace

std::string op_module(std::string_view class_name) {
  const std::string module(entry_of(class_name).module);
  return module.starts_with("keras.") ? module : "keras.src.ops." + module;
}

OpRun make_op(std::string_view class_name, const Config& arguments) {
  return entry_of(class_name).make(OpArguments(arguments));
}

Config call_arguments(const symbolic::Call& call) {
  const Config* args = call.arguments.find("args");
  const Config* kwargs = call.arguments.find("kwargs");
  return Config::dict(
      {{"args", args ? *args : detail::tensor_inputs(0, static_cast<int>(call.inputs.size()))},
       {"kwargs", kwargs ? *kwargs : Config::dict()}});
}

namespace {
Config nested(const std::vector<double>& values, const Shape& shape, int depth, size_t& next,
              DType dtype) {
  if (depth == shape.rank()) {
    const double v = values[next++];
    if (dtype == DType::bool_) return v != 0;
    return is_floating(dtype) ? Config(v) : Config(static_cast<int64_t>(v));
  }
  Config list = Config::list();
  for (int64_t i = 0; i < shape[depth]; ++i)
    list.push_back(nested(values, shape, depth + 1, next, dtype));
  return list;
}
}  // namespace

std::string constant_class(const symbolic::Call& call) {
  const Config* given = call.arguments.find("constants");
  return given ? given->as_string() : "__tensor__";
}

Config constant_config(const Tensor& value, const std::string& class_name) {
  if (value.is_weak()) return detail::number_config(value);
  size_t next = 0;
  return Config::dict(
      {{"class_name", class_name},
       {"config", Config::dict({{"value", nested(value.to_vector<double>(), value.shape(), 0, next,
                                                 value.dtype())},
                                {"dtype", name_of(value.dtype())}})}});
}

}  // namespace kcpp::ops
