#include "src/saving/legacy/tf_functions.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "src/ops/op_table.h"
#include "src/saving/containers/json.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

/// How a value changes on its way.
enum class Change : uint8_t { none, lower, spatial, sections, dtype, order, scalar };

struct Attribute {
  std::string_view tf, keras;
  std::string_view missing = "null";  ///< JSON
  Change change = Change::none;
};
struct Row {
  std::string_view function, op;
  std::array<std::string_view, 3> tensors;  ///< TensorFlow's names of the tensor arguments
  std::array<Attribute, 4> attributes = {};
};

constexpr Attribute axis{"axis", "axis"}, keepdims{"keepdims", "keepdims", "false"};
constexpr std::array<Attribute, 4> reduce = {axis, keepdims};
constexpr std::array<Attribute, 4> pooling = {
    Attribute{"ksize", "pool_size", "1", Change::spatial},
    Attribute{"strides", "strides", "1", Change::spatial},
    Attribute{"padding", "padding", "\"valid\"", Change::lower}};
constexpr std::array<Attribute, 4> convolution = {
    Attribute{"strides", "strides", "1", Change::spatial},
    Attribute{"padding", "padding", "\"valid\"", Change::lower},
    Attribute{"dilations", "dilation_rate", "1", Change::spatial}};

constexpr Row table[] = {
    {"add", "Add", {"x", "y"}},
    {"subtract", "Subtract", {"x", "y"}},
    {"multiply", "Multiply", {"x", "y"}},
    {"divide", "TrueDivide", {"x", "y"}},
    {"truediv", "TrueDivide", {"x", "y"}},
    {"div", "TrueDivide", {"x", "y"}},
    {"divide_no_nan", "DivideNoNan", {"x", "y"}},
    {"floordiv", "FloorDivide", {"x", "y"}},
    {"floormod", "Mod", {"x", "y"}},
    {"mod", "Mod", {"x", "y"}},
    {"pow", "Power", {"x", "y"}},
    {"maximum", "Maximum", {"x", "y"}},
    {"minimum", "Minimum", {"x", "y"}},
    {"atan2", "Arctan2", {"y", "x"}},
    {"squared_difference", "", {"x", "y"}},
    {"bias_add", "Add", {"value", "bias"}},
    {"equal", "Equal", {"x", "y"}},
    {"not_equal", "NotEqual", {"x", "y"}},
    {"less", "Less", {"x", "y"}},
    {"less_equal", "LessEqual", {"x", "y"}},
    {"greater", "Greater", {"x", "y"}},
    {"greater_equal", "GreaterEqual", {"x", "y"}},
    {"logical_and", "LogicalAnd", {"x", "y"}},
    {"logical_or", "LogicalOr", {"x", "y"}},
    {"logical_xor", "LogicalXor", {"x", "y"}},
    {"logical_not", "LogicalNot", {"x"}},
    {"where", "Where", {"condition", "x", "y"}},
    {"negative", "Negative", {"x"}},
    {"abs", "Absolute", {"x"}},
    {"sign", "Sign", {"x"}},
    {"square", "Square", {"x"}},
    {"sqrt", "Sqrt", {"x"}},
    {"rsqrt", "Rsqrt", {"x"}},
    {"reciprocal", "Reciprocal", {"x"}},
    {"exp", "Exp", {"x"}},
    {"expm1", "Expm1", {"x"}},
    {"log", "Log", {"x"}},
    {"log1p", "Log1p", {"x"}},
    {"sin", "Sin", {"x"}},
    {"cos", "Cos", {"x"}},
    {"tan", "Tan", {"x"}},
    {"asin", "Arcsin", {"x"}},
    {"acos", "Arccos", {"x"}},
    {"atan", "Arctan", {"x"}},
    {"sinh", "Sinh", {"x"}},
    {"cosh", "Cosh", {"x"}},
    {"tanh", "Tanh", {"x"}},
    {"asinh", "Arcsinh", {"x"}},
    {"acosh", "Arccosh", {"x"}},
    {"atanh", "Arctanh", {"x"}},
    {"ceil", "Ceil", {"x"}},
    {"floor", "Floor", {"x"}},
    {"round", "Round", {"x"}},
    {"rint", "Round", {"x"}},
    {"erf", "Erf", {"x"}},
    {"erfc", "Erfc", {"x"}},
    {"erfinv", "Erfinv", {"x"}},
    {"is_nan", "Isnan", {"x"}},
    {"is_inf", "Isinf", {"x"}},
    {"is_finite", "Isfinite", {"x"}},
    {"sigmoid", "Sigmoid", {"x"}},
    {"log_sigmoid", "LogSigmoid", {"x"}},
    {"relu", "Relu", {"features"}},
    {"relu6", "Relu6", {"features"}},
    {"elu", "Elu", {"features"}, {Attribute{"alpha", "alpha", "1.0"}}},
    {"selu", "Selu", {"features"}},
    {"gelu", "Gelu", {"features"}, {Attribute{"approximate", "approximate", "false"}}},
    {"silu", "Silu", {"features"}},
    {"swish", "Silu", {"features"}},
    {"softplus", "Softplus", {"features"}},
    {"softsign", "Softsign", {"features"}},
    {"leaky_relu", "LeakyRelu", {"features"}, {Attribute{"alpha", "negative_slope", "0.2"}}},
    {"softmax", "Softmax", {"logits"}, {Attribute{"axis", "axis", "-1"}}},
    {"log_softmax", "LogSoftmax", {"logits"}, {Attribute{"axis", "axis", "-1"}}},
    {"clip_by_value",
     "Clip",
     {"t"},
     {Attribute{"clip_value_min", "x_min"}, Attribute{"clip_value_max", "x_max"}}},
    {"reduce_mean", "Mean", {"input_tensor"}, reduce},
    {"reduce_sum", "Sum", {"input_tensor"}, reduce},
    {"reduce_prod", "Prod", {"input_tensor"}, reduce},
    {"reduce_max", "Max", {"input_tensor"}, reduce},
    {"reduce_min", "Min", {"input_tensor"}, reduce},
    {"reduce_any", "Any", {"input_tensor"}, reduce},
    {"reduce_all", "All", {"input_tensor"}, reduce},
    {"reduce_std", "Std", {"input_tensor"}, reduce},
    {"reduce_variance", "Var", {"input_tensor"}, reduce},
    {"reduce_logsumexp", "Logsumexp", {"input_tensor"}, reduce},
    {"argmax", "Argmax", {"input"}, {Attribute{"axis", "axis", "0"}}},
    {"argmin", "Argmin", {"input"}, {Attribute{"axis", "axis", "0"}}},
    {"cumsum", "Cumsum", {"x"}, {Attribute{"axis", "axis", "0"}}},
    {"cumprod", "Cumprod", {"x"}, {Attribute{"axis", "axis", "0"}}},
    {"norm",
     "Norm",
     {"tensor"},
     {Attribute{"ord", "ord", "\"euclidean\"", Change::order}, axis, keepdims}},
    {"l2_normalize",
     "Normalize",
     {"x"},
     {Attribute{"axis", "axis", "-1"}, Attribute{"epsilon", "epsilon", "1e-12"},
      Attribute{"order", "order", "2"}}},
    {"reshape", "Reshape", {"tensor"}, {Attribute{"shape", "newshape"}}},
    {"expand_dims", "ExpandDims", {"input"}, {axis}},
    {"squeeze", "Squeeze", {"input"}, {axis}},
    {"transpose", "Transpose", {"a"}, {Attribute{"perm", "axes"}}},
    {"permute_dimensions", "Transpose", {"x"}, {Attribute{"pattern", "axes"}}},
    {"concat", "Concatenate", {"values"}, {axis}},
    {"stack", "Stack", {"values"}, {Attribute{"axis", "axis", "0"}}},
    {"unstack", "Unstack", {"value"}, {Attribute{"num", "num"}, Attribute{"axis", "axis", "0"}}},
    {"split",
     "Split",
     {"value"},
     {Attribute{"num_or_size_splits", "indices_or_sections", "null", Change::sections},
      Attribute{"axis", "axis", "0"}}},
    {"tile", "Tile", {"input"}, {Attribute{"multiples", "repeats"}}},
    {"repeat", "Repeat", {"input"}, {Attribute{"repeats", "repeats"}, axis}},
    {"reverse", "Flip", {"tensor"}, {axis}},
    {"roll", "Roll", {"input"}, {Attribute{"shift", "shift"}, axis}},
    {"pad",
     "Pad",
     {"tensor"},
     {Attribute{"paddings", "pad_width"}, Attribute{"mode", "mode", "\"CONSTANT\"", Change::lower},
      Attribute{"constant_values", "constant_values"}}},
    {"gather", "Take", {"params", "indices"}, {Attribute{"axis", "axis", "0", Change::scalar}}},
    {"one_hot",
     "OneHot",
     {"indices"},
     {Attribute{"depth", "num_classes"}, Attribute{"axis", "axis", "-1"},
      Attribute{"dtype", "dtype", "\"float32\"", Change::dtype}}},
    {"cast", "Cast", {"x"}, {Attribute{"dtype", "dtype", "null", Change::dtype}}},
    {"identity", "Copy", {"input"}},
    {"stop_gradient", "StopGradient", {"input"}},
    {"zeros_like", "ZerosLike", {"input"}},
    {"ones_like", "OnesLike", {"input"}},
    {"broadcast_to", "BroadcastTo", {"input"}, {Attribute{"shape", "shape"}}},
    {"matmul", "Matmul", {"a", "b"}},
    {"tensordot", "Tensordot", {"a", "b"}, {Attribute{"axes", "axes"}}},
    {"einsum", "Einsum", {"inputs"}, {Attribute{"equation", "subscripts"}}},
    {"max_pool2d", "MaxPool", {"input"}, pooling},
    {"max_pool", "MaxPool", {"input"}, pooling},
    {"avg_pool2d", "AveragePool", {"input"}, pooling},
    {"avg_pool", "AveragePool", {"input"}, pooling},
    {"conv2d", "Conv", {"input", "filter"}, convolution},
    {"depth_to_space", "DepthToSpace", {"input"}, {Attribute{"block_size", "block_size"}}},
    {"space_to_depth", "SpaceToDepth", {"input"}, {Attribute{"block_size", "block_size"}}},
    {"resize",
     "Resize",
     {"images"},
     {Attribute{"size", "size"},
      Attribute{"method", "interpolation", "\"bilinear\"", Change::lower},
      Attribute{"antialias", "antialias", "false"}}},
};

/// Arguments that say nothing about the result, or only at the value behind them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> silent = {{
    {"name", ""},
    {"conjugate", "false"},
    {"validate_indices", ""},
    {"batch_dims", "0"},
    {"exclusive", "false"},
    {"reverse", "false"},
    {"output_type", ""},
    {"layout", ""},
    {"use_cudnn_on_gpu", ""},
    {"num", ""},
    {"data_format", "\"NHWC\""},
    {"on_value", "1.0"},
    {"off_value", "0.0"},
    {"adjoint_a", "false"},
    {"adjoint_b", "false"},
    {"a_is_sparse", "false"},
    {"b_is_sparse", "false"},
    {"preserve_aspect_ratio", "false"},
    {"optimize", ""},
}};

bool is_tensor(const Config& c) {
  const Config* name = c.find("class_name");
  return name && *name == Config("__keras_tensor__");
}
bool has_tensor(const Config& c) {
  if (is_tensor(c)) return true;
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_tensor);
  return false;
}
bool all_whole(const Config& c) {
  if (c.is_list()) return std::all_of(c.as_list().begin(), c.as_list().end(), all_whole);
  return c.is_int() || c.is_bool();
}

/// A literal where a tensor belongs: numbers stay, lists become a constant.
Config tensor_argument(const Config& c, bool list_of_tensors) {
  if (!c.is_list()) return c;
  if (list_of_tensors || has_tensor(c)) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(tensor_argument(item, false));
    return out;
  }
  return Config::dict(
      {{"class_name", "__tensor__"},
       {"config", Config::dict({{"value", c}, {"dtype", all_whole(c) ? "int32" : "float32"}})}});
}

Config spatial(const Config& c) {
  if (c.is_list() && c.size() == 4) return Config::list({c.as_list()[1], c.as_list()[2]});
  if (c.is_list() && c.size() == 1) return Config(c.as_list()[0]);
  return c;
}

Config changed(const Config& value, Change change) {
  switch (change) {
    case Change::lower: {
      if (!value.is_string()) return value;
      std::string lower = value.as_string();
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return lower;
    }
    case Change::spatial:
      return spatial(value);
    case Change::sections: {  // sizes become the places between them
      if (!value.is_list()) return value;
      Config places = Config::list();
      int64_t at = 0;
      for (size_t i = 0; i + 1 < value.size(); ++i)
        places.push_back(at += value.as_list()[i].as_int("num_or_size_splits"));
      return places;
    }
    case Change::dtype:
      return value;
    case Change::order:
      return value == Config("euclidean") ? Config() : value;
    case Change::scalar:
      return value.is_null() ? Config(0) : value;
    case Change::none:
      break;
  }
  return value;
}

Config operation(const std::string& name, std::string_view op, Config config, Config args) {
  config.set("name", name);
  Config nodes =
      Config::list({Config::dict({{"args", std::move(args)}, {"kwargs", Config::dict()}})});
  Config out = layer_entry(std::string(op), std::move(config), std::move(nodes));
  out.set("module", ops::op_module(op));
  out.set("registered_name", op);
  return out;
}

[[noreturn]] void refuse(const TfCall& call, const std::string& why) {
  throw ValueError(text("The layer '", call.layer, "' calls TensorFlow's function tf.",
                        call.function, ", ", why,
                        ". Rebuild the model in Keras with layers or keras.ops in its place."));
}

/// The last part of a function's name, where what stands before it changes nothing.
std::string short_name(const TfCall& call) {
  static const std::set<std::string, std::less<>> packages = {
      "math", "nn", "linalg", "compat", "v1", "v2", "__operators__", "image", "keras", "backend"};
  std::string rest = call.function;
  while (true) {
    const size_t dot = rest.find('.');
    if (dot == std::string::npos) return rest;
    if (!packages.count(std::string_view(rest).substr(0, dot)))
      refuse(call, "which kcpp does not have");
    rest.erase(0, dot + 1);
  }
}

Config slice_item(const TfCall& call, const Config& item) {
  if (item.is_null() || item.is_int()) return item;
  if (const Config* name = item.find("class_name"); name && *name == Config("__ellipsis__"))
    return item;
  if (item.is_dict() && item.find("start")) {
    Config parts = Config::dict();
    for (const char* key : {"start", "stop", "step"}) {
      const Config* value = item.find(key);
      if (value && !value->is_null() && !value->is_int())
        refuse(call, "with a slice whose ends are computed, which kcpp cannot read");
      parts.set(key, value ? *value : Config());
    }
    return Config::dict({{"class_name", "__slice__"}, {"config", std::move(parts)}});
  }
  if (is_tensor(item) || item.is_list()) return tensor_argument(item, false);
  refuse(call, "with an index that kcpp cannot read");
}

std::vector<Config> get_item(const TfCall& call) {
  const Config* spec = call.kwargs.find("slice_spec");
  if (!spec) refuse(call, "without its slice_spec");
  Config key = Config::list();
  if (spec->is_list()) {
    for (const Config& item : spec->as_list()) key.push_back(slice_item(call, item));
  } else {
    key.push_back(slice_item(call, *spec));
  }
  return {
      operation(call.layer, "GetItem", Config::dict(), Config::list({call.first, std::move(key)}))};
}

bool flag(const TfCall& call, std::string_view key) {
  const Config* value = call.kwargs.find(key);
  return value && value->is_bool() && value->as_bool();
}

/// tf.matmul(a, b, transpose_a, transpose_b): the transposition is an operation of its own.
std::vector<Config> matmul(const TfCall& call) {
  std::vector<Config> out;
  const auto side = [&](Config tensor, const char* key) {
    if (!flag(call, key)) return tensor_argument(tensor, false);
    const std::string name = call.layer + "." + key;
    out.push_back(operation(name, "Swapaxes", Config::dict({{"axis1", -1}, {"axis2", -2}}),
                            Config::list({tensor_argument(tensor, false)})));
    return keras_tensor(name, 0, 0);
  };
  const Config* b = call.kwargs.find("b");
  if (!b) refuse(call, "with one matrix alone");
  const Config left = side(call.first, "transpose_a"), right = side(*b, "transpose_b");
  out.push_back(operation(call.layer, "Matmul", Config::dict(), Config::list({left, right})));
  return out;
}

std::vector<Config> squared_difference(const TfCall& call) {
  const Config* y = call.kwargs.find("y");
  const std::string name = call.layer + ".difference";
  return {
      operation(name, "Subtract", Config::dict(),
                Config::list({tensor_argument(call.first, false),
                              tensor_argument(y ? *y : Config(), false)})),
      operation(call.layer, "Square", Config::dict(), Config::list({keras_tensor(name, 0, 0)}))};
}

/// Arguments that no rule asked for must say nothing.
void require_silent(const TfCall& call, const Row& row) {
  for (const auto& [key, value] : call.kwargs.as_dict()) {
    const std::string_view k = key;
    const bool taken = std::find(row.tensors.begin(), row.tensors.end(), k) != row.tensors.end() ||
                       std::any_of(row.attributes.begin(), row.attributes.end(),
                                   [&](const Attribute& a) { return a.tf == k; }) ||
                       k == "transpose_a" || k == "transpose_b" || value.is_null();
    if (taken) continue;
    const auto rule =
        std::find_if(silent.begin(), silent.end(), [&](const auto& s) { return s.first == k; });
    if (rule == silent.end() ||
        !(rule->second.empty() || io::parse_json(std::string(rule->second), "") == value)) {
      refuse(call, text("with ", key, "=", value, ", which kcpp cannot read"));
    }
  }
}

}  // namespace

std::vector<Config> operations_of(const TfCall& call) {
  const std::string name = short_name(call);
  if (name == "getitem") return get_item(call);
  if (name == "batch_flatten" || name == "flatten_batch") {
    return {layer_entry("Flatten", Config::dict({{"name", call.layer}}),
                        Config::list({Config::dict(
                            {{"args", Config::list({call.first})}, {"kwargs", Config::dict()}})}))};
  }
  const auto row = std::find_if(std::begin(table), std::end(table),
                                [&](const Row& r) { return r.function == name; });
  if (row == std::end(table)) refuse(call, "which kcpp does not have");
  require_silent(call, *row);
  if (name == "matmul") return matmul(call);
  if (name == "squared_difference") return squared_difference(call);
  const bool list = name == "concat" || name == "stack" || name == "einsum";
  if (list && !has_tensor(call.first))
    refuse(call, "whose tensors TensorFlow left out of the file");
  Config first = call.first;
  if (list && !first.is_list()) first = Config::list({first});  // of a single tensor
  Config args = Config::list();
  if (name == "einsum") {
    for (const Config& item : first.as_list()) args.push_back(tensor_argument(item, false));
  } else {
    args.push_back(tensor_argument(first, list));
  }
  for (size_t i = 1; i < row->tensors.size() && !row->tensors[i].empty(); ++i) {
    const Config* value = call.kwargs.find(row->tensors[i]);
    if (!value) refuse(call, text("without its argument `", row->tensors[i], "`"));
    args.push_back(tensor_argument(*value, false));
  }
  Config config = Config::dict();
  for (const Attribute& a : row->attributes) {
    if (a.tf.empty()) break;
    const Config* value = call.kwargs.find(a.tf);
    Config given = value && !(value->is_null() && a.tf == "keepdims")
                       ? *value
                       : io::parse_json(std::string(a.missing), "");
    if (has_tensor(given))
      refuse(call, text("whose `", a.tf, "` is computed by the model, which kcpp cannot read"));
    config.set(a.keras, changed(given, a.change));
  }
  if (row->op == "Pad" && config.at("mode") != Config("constant"))
    config.set("constant_values", nullptr);
  if (row->op == "MaxPool" || row->op == "AveragePool" || row->op == "Conv" ||
      row->op == "Resize" || row->op == "DepthToSpace" || row->op == "SpaceToDepth")
    config.set("data_format", "channels_last");
  return {operation(call.layer, row->op, std::move(config), std::move(args))};
}

}  // namespace kcpp::saving
