#include "src/ops/op_arguments.h"

namespace kcpp::ops {
namespace {

const Config kNull;

/// The shape of nested lists along the first path; every list on a level must have that length.
void flatten(const Config& values, int depth, Shape& shape, std::vector<double>& out, bool first) {
  if (!values.is_list()) {
    check(depth == shape.rank(), "[tensor] the nested lists are ragged.");
    out.push_back(values.is_bool() ? static_cast<double>(values.as_bool())
                                   : values.as_double("a tensor's value"));
    return;
  }
  const Config::List& items = values.as_list();
  if (first) shape.push_back(static_cast<int64_t>(items.size()));
  check(depth < shape.rank() && shape[depth] == static_cast<int64_t>(items.size()),
        "[tensor] the nested lists are ragged.");
  for (size_t i = 0; i < items.size(); ++i)
    flatten(items[i], depth + 1, shape, out, first && i == 0);
}

bool all_integers(const Config& values) {
  if (!values.is_list()) return values.is_int() || values.is_bool();
  for (const Config& v : values.as_list()) {
    if (!all_integers(v)) return false;
  }
  return true;
}

TensorArgument tensor_from(const Config& config) {
  if (config.is_null()) return {};
  if (const Config* input = config.find("__tensor_input__"))
    return TensorArgument(static_cast<int>(input->as_int("__tensor_input__")));
  return TensorArgument(constant_from_config(config));
}

}  // namespace

Tensor constant_from_config(const Config& config) {
  if (config.is_bool()) return Tensor(config.as_bool());
  if (config.is_int()) return Tensor(config.as_int());
  if (config.is_number()) return Tensor(config.as_double());
  const Config* values = &config;
  std::string dtype;
  if (config.is_dict()) {
    const std::string& kind = config.at("class_name").as_string("class_name");
    check(kind == "__tensor__" || kind == "__numpy__",
          "[op] expected a tensor. Received: class_name='", kind, "'");
    const Config& inner = config.at("config");
    values = &inner.at("value");
    dtype = inner.at("dtype").as_string("dtype");
  }
  Shape shape;
  std::vector<double> flat;
  flatten(*values, 0, shape, flat, true);
  const DType type =
      dtype.empty() ? (all_integers(*values) ? DType::int32 : floatx()) : dtype_of(dtype);
  return Tensor::from(flat, shape).astype(type);
}

std::vector<int64_t> integers_from_config(const Config& config, std::string_view name) {
  if (!config.is_list()) return {config.as_int(name)};
  std::vector<int64_t> out;
  for (const Config& v : config.as_list()) out.push_back(v.as_int(name));
  return out;
}

Shape shape_from_config(const Config& config, std::string_view name) {
  if (!config.is_list()) return Shape{config.as_int(name)};
  Shape shape;
  for (const Config& d : config.as_list())
    shape.push_back(d.is_null() ? Shape::unknown : d.as_int(name));
  return shape;
}

const Tensor& TensorArgument::operator()(const Tensors& inputs) const {
  if (input_ < 0) return constant_;
  check(input_ < static_cast<int>(inputs.size()), "[op] the node has ", inputs.size(),
        " inputs. Received: input number ", input_);
  return inputs[static_cast<size_t>(input_)];
}

Tensors TensorArguments::operator()(const Tensors& inputs) const {
  Tensors out;
  out.reserve(items_.size());
  for (const TensorArgument& item : items_) out.push_back(item(inputs));
  return out;
}

const Config& OpArguments::attribute(std::string_view name) const {
  for (const char* part : {"config", "kwargs"}) {
    const Config* dict = arguments_.find(part);
    if (const Config* value = dict ? dict->find(name) : nullptr) return *value;
  }
  return kNull;
}

bool OpArguments::has(std::string_view name) const { return &attribute(name) != &kNull; }

bool OpArguments::flag(std::string_view name, bool missing) const {
  const Config& v = attribute(name);
  return v.is_null() ? missing : v.as_bool(name);
}
int64_t OpArguments::integer(std::string_view name, int64_t missing) const {
  const Config& v = attribute(name);
  return v.is_null() ? missing : v.as_int(name);
}
double OpArguments::number(std::string_view name, double missing) const {
  const Config& v = attribute(name);
  return v.is_null() ? missing : v.as_double(name);
}
std::string OpArguments::text(std::string_view name, std::string missing) const {
  const Config& v = attribute(name);
  return v.is_null() ? missing : v.as_string(name);
}
int OpArguments::narrow(int64_t value, std::string_view name) {
  check(value >= INT32_MIN && value <= INT32_MAX, "`", name,
        "` is out of range. Received: ", value);
  return static_cast<int>(value);
}
std::optional<int> OpArguments::optional_axis(std::string_view name) const {
  const Config& v = attribute(name);
  return v.is_null() ? std::nullopt : std::optional(narrow(v.as_int(name), name));
}
std::optional<int64_t> OpArguments::optional_integer(std::string_view name) const {
  const Config& v = attribute(name);
  return v.is_null() ? std::nullopt : std::optional(v.as_int(name));
}
std::optional<double> OpArguments::optional_number(std::string_view name) const {
  const Config& v = attribute(name);
  return v.is_null() ? std::nullopt : std::optional(v.as_double(name));
}
OptionalDType OpArguments::dtype(std::string_view name) const {
  const Config& v = attribute(name);
  return v.is_null() ? std::nullopt : std::optional(dtype_of(v.as_string(name)));
}
Shape OpArguments::shape(std::string_view name) const {
  return shape_from_config(attribute(name), name);
}

const Config& OpArguments::argument(int position, std::string_view name) const {
  if (const Config* args = arguments_.find("args")) {
    const Config::List& list = args->as_list("args");
    if (position >= 0 && position < static_cast<int>(list.size()))
      return list[static_cast<size_t>(position)];
  }
  return attribute(name);
}
TensorArgument OpArguments::tensor(int position, std::string_view name) const {
  const Config& given = argument(position, name);
  if (given.is_null() && plain() && position >= 0) return TensorArgument(position);
  return tensor_from(given);
}
TensorArguments OpArguments::tensors(int position, std::string_view name) const {
  TensorArguments out;
  const Config& given = argument(position, name);
  for (const Config& item : given.as_list(name)) out.items_.push_back(tensor_from(item));
  return out;
}
TensorArguments OpArguments::all_tensors() const {
  TensorArguments out;
  for (const Config& item : arguments_.at("args").as_list("args"))
    out.items_.push_back(tensor_from(item));
  return out;
}

}  // namespace kcpp::ops
