/// The node_def of a TensorFlowOpLayer (TensorFlow <= 2.3): a graph node of TensorFlow, as a dict
/// or, up to 2.2, as a serialized protobuf.
#include <algorithm>
#include <array>
#include <string_view>

#include "src/saving/legacy/tf_functions.h"

namespace kcpp::saving {
namespace {

/// A graph node's op, the function that it is of, and the names of its inputs and attributes.
struct Op {
  std::string_view op, function;
  std::array<std::string_view, 3> inputs = {"x", "y", ""};
  std::array<std::pair<std::string_view, std::string_view>, 3> attributes = {};
};
constexpr std::pair<std::string_view, std::string_view> keep{"keep_dims", "keepdims"};

constexpr Op table[] = {
    {"Add", "add"},
    {"AddV2", "add"},
    {"Sub", "subtract"},
    {"Mul", "multiply"},
    {"RealDiv", "truediv"},
    {"Div", "truediv"},
    {"DivNoNan", "divide_no_nan"},
    {"FloorDiv", "floordiv"},
    {"FloorMod", "floormod"},
    {"Pow", "pow"},
    {"Maximum", "maximum"},
    {"Minimum", "minimum"},
    {"SquaredDifference", "squared_difference"},
    {"BiasAdd", "bias_add", {"value", "bias"}},
    {"Equal", "equal"},
    {"NotEqual", "not_equal"},
    {"Less", "less"},
    {"LessEqual", "less_equal"},
    {"Greater", "greater"},
    {"GreaterEqual", "greater_equal"},
    {"LogicalAnd", "logical_and"},
    {"LogicalOr", "logical_or"},
    {"LogicalNot", "logical_not"},
    {"Select", "where", {"condition", "x", "y"}},
    {"SelectV2", "where", {"condition", "x", "y"}},
    {"Neg", "negative"},
    {"Abs", "abs"},
    {"Sign", "sign"},
    {"Square", "square"},
    {"Sqrt", "sqrt"},
    {"Rsqrt", "rsqrt"},
    {"Reciprocal", "reciprocal"},
    {"Inv", "reciprocal"},
    {"Exp", "exp"},
    {"Expm1", "expm1"},
    {"Log", "log"},
    {"Log1p", "log1p"},
    {"Sin", "sin"},
    {"Cos", "cos"},
    {"Tan", "tan"},
    {"Asin", "asin"},
    {"Acos", "acos"},
    {"Atan", "atan"},
    {"Sinh", "sinh"},
    {"Cosh", "cosh"},
    {"Tanh", "tanh"},
    {"Ceil", "ceil"},
    {"Floor", "floor"},
    {"Round", "round"},
    {"Rint", "rint"},
    {"Erf", "erf"},
    {"Erfc", "erfc"},
    {"IsNan", "is_nan"},
    {"IsInf", "is_inf"},
    {"IsFinite", "is_finite"},
    {"Sigmoid", "sigmoid"},
    {"Relu", "relu"},
    {"Relu6", "relu6"},
    {"Elu", "elu"},
    {"Selu", "selu"},
    {"Softplus", "softplus"},
    {"Softsign", "softsign"},
    {"LeakyRelu", "leaky_relu", {"features"}, {{{"alpha", "alpha"}}}},
    {"Softmax", "softmax"},
    {"LogSoftmax", "log_softmax"},
    {"ClipByValue", "clip_by_value", {"t", "clip_value_min", "clip_value_max"}},
    {"Mean", "reduce_mean", {"input", "axis"}, {{keep}}},
    {"Sum", "reduce_sum", {"input", "axis"}, {{keep}}},
    {"Prod", "reduce_prod", {"input", "axis"}, {{keep}}},
    {"Max", "reduce_max", {"input", "axis"}, {{keep}}},
    {"Min", "reduce_min", {"input", "axis"}, {{keep}}},
    {"Any", "reduce_any", {"input", "axis"}, {{keep}}},
    {"All", "reduce_all", {"input", "axis"}, {{keep}}},
    {"ArgMax", "argmax", {"input", "axis"}},
    {"ArgMin", "argmin", {"input", "axis"}},
    {"Cumsum", "cumsum", {"x", "axis"}, {{{"exclusive", "exclusive"}, {"reverse", "reverse"}}}},
    {"Cumprod", "cumprod", {"x", "axis"}, {{{"exclusive", "exclusive"}, {"reverse", "reverse"}}}},
    {"Reshape", "reshape", {"tensor", "shape"}},
    {"ExpandDims", "expand_dims", {"input", "axis"}},
    {"Squeeze", "squeeze", {"input"}, {{{"squeeze_dims", "axis"}}}},
    {"Transpose", "transpose", {"a", "perm"}},
    {"Pack", "stack", {"values..."}, {{{"axis", "axis"}}}},
    {"ConcatV2", "concat", {"values...", "axis"}},
    {"Einsum", "einsum", {"inputs..."}, {{{"equation", "equation"}}}},
    {"Unpack", "unstack", {"value"}, {{{"axis", "axis"}, {"num", "num"}}}},
    {"Split", "split", {"axis", "value"}, {{{"num_split", "num_or_size_splits"}}}},
    {"SplitV", "split", {"value", "num_or_size_splits", "axis"}},
    {"Tile", "tile", {"input", "multiples"}},
    {"ReverseV2", "reverse", {"tensor", "axis"}},
    {"Roll", "roll", {"input", "shift", "axis"}},
    {"Pad", "pad", {"tensor", "paddings"}},
    {"PadV2", "pad", {"tensor", "paddings", "constant_values"}},
    {"MirrorPad", "pad", {"tensor", "paddings"}, {{{"mode", "mode"}}}},
    {"GatherV2", "gather", {"params", "indices", "axis"}, {{{"batch_dims", "batch_dims"}}}},
    {"OneHot", "one_hot", {"indices", "depth"}, {{{"axis", "axis"}}}},
    {"Cast", "cast", {"x"}, {{{"DstT", "dtype"}}}},
    {"Identity", "identity"},
    {"StopGradient", "stop_gradient"},
    {"ZerosLike", "zeros_like"},
    {"OnesLike", "ones_like"},
    {"BroadcastTo", "broadcast_to", {"input", "shape"}},
    {"MatMul",
     "matmul",
     {"a", "b"},
     {{{"transpose_a", "transpose_a"}, {"transpose_b", "transpose_b"}}}},
    {"BatchMatMul", "matmul", {"a", "b"}, {{{"adj_x", "transpose_a"}, {"adj_y", "transpose_b"}}}},
    {"BatchMatMulV2", "matmul", {"a", "b"}, {{{"adj_x", "transpose_a"}, {"adj_y", "transpose_b"}}}},
    {"MaxPool",
     "max_pool2d",
     {"input"},
     {{{"ksize", "ksize"}, {"strides", "strides"}, {"padding", "padding"}}}},
    {"AvgPool",
     "avg_pool2d",
     {"input"},
     {{{"ksize", "ksize"}, {"strides", "strides"}, {"padding", "padding"}}}},
    {"Conv2D",
     "conv2d",
     {"input", "filter"},
     {{{"strides", "strides"}, {"padding", "padding"}, {"dilations", "dilations"}}}},
    {"DepthToSpace", "depth_to_space", {"input"}, {{{"block_size", "block_size"}}}},
    {"SpaceToDepth", "space_to_depth", {"input"}, {{{"block_size", "block_size"}}}},
    {"ResizeBilinear", "image.resize", {"images", "size"}},
    {"ResizeNearestNeighbor", "image.resize", {"images", "size"}},
};

std::string from_base64(const std::string& s) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (char c : s) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t value = letters.find(c);
    if (value == std::string_view::npos) break;  // the padding
    bits = (bits << 6) | static_cast<unsigned>(value);
    if ((have += 6) >= 8) out += static_cast<char>((bits >> (have -= 8)) & 0xff);
  }
  return out;
}

/// DT_FLOAT -> "float32".
std::string dtype_name(const std::string& type) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"DT_FLOAT", "float32"},     {"DT_DOUBLE", "float64"}, {"DT_HALF", "float16"},
      {"DT_BFLOAT16", "bfloat16"}, {"DT_INT8", "int8"},      {"DT_INT16", "int16"},
      {"DT_INT32", "int32"},       {"DT_INT64", "int64"},    {"DT_UINT8", "uint8"},
      {"DT_BOOL", "bool"}};
  for (const auto& [from, to] : names)
    if (from == type) return std::string(to);
  throw ValueError(text("TensorFlow's type ", type, " is not known to kcpp."));
}

/// protobuf's JSON of an attribute's value: {"b": true}, {"i": "2"}, {"s": base64}, {"list": ..}.
Config attribute_value(const Config& c) {
  if (const Config* v = c.find("b")) return *v;
  if (const Config* v = c.find("f")) return *v;
  if (const Config* v = c.find("i")) {
    return v->is_string() ? Config(static_cast<int64_t>(std::stoll(v->as_string()))) : *v;
  }
  if (const Config* v = c.find("s")) return from_base64(v->as_string());
  if (const Config* v = c.find("type")) return dtype_name(v->as_string());
  Config out = Config::list();
  if (const Config* list = c.find("list")) {
    if (const Config* integers = list->find("i"))
      for (const Config& i : integers->as_list())
        out.push_back(attribute_value(Config::dict({{"i", i}})));
  }
  return out;
}

int64_t mask(const Config& attributes, const char* key) {
  const Config* value = attributes.find(key);
  const Config integer = value ? attribute_value(*value) : Config(0);
  return integer.is_int() ? integer.as_int() : 0;
}

/// StridedSlice: begin, end and strides, with bits for what stands for something else.
TfCall strided_slice(const std::string& layer, const Config& attributes, const Config& inputs) {
  const Config::List& in = inputs.as_list();
  check(in.size() == 4 && in[1].is_list() && in[2].is_list() && in[3].is_list() &&
            in[1].size() == in[2].size() && in[1].size() == in[3].size(),
        "The layer '", layer,
        "' slices at places that the model computes, which kcpp cannot read. Rebuild the model "
        "with fixed slices.");
  const int64_t begin = mask(attributes, "begin_mask"), end = mask(attributes, "end_mask"),
                ellipsis = mask(attributes, "ellipsis_mask"),
                added = mask(attributes, "new_axis_mask"),
                shrink = mask(attributes, "shrink_axis_mask");
  Config spec = Config::list();
  for (size_t i = 0; i < in[1].size() && i < 62; ++i) {
    const int64_t bit = int64_t{1} << i;
    const auto part = [&](const Config& list, int64_t without) {
      return without & bit ? Config() : Config(list.as_list()[i]);
    };
    if (ellipsis & bit) {
      spec.push_back(Config::dict({{"class_name", "__ellipsis__"}}));
    } else if (added & bit) {
      spec.push_back(Config());
    } else if (shrink & bit) {
      spec.push_back(in[1].as_list()[i]);
    } else {
      spec.push_back(Config::dict({{"start", part(in[1], begin)},
                                   {"stop", part(in[2], end)},
                                   {"step", in[3].as_list()[i]}}));
    }
  }
  return {layer, "__operators__.getitem", in[0], Config::dict({{"slice_spec", std::move(spec)}})};
}

}  // namespace

TfCall call_of_node_def(const std::string& layer, const Config& node_def, const Config& inputs) {
  const Config node = node_def.is_string() ? parse_node_def(node_def.as_string()) : node_def;
  const std::string& op = node.at("op").as_string("op");
  const Config* given = node.find("attr");
  const Config attributes = given ? *given : Config::dict();
  if (op == "StridedSlice") return strided_slice(layer, attributes, inputs);
  const auto row =
      std::find_if(std::begin(table), std::end(table), [&](const Op& o) { return o.op == op; });
  check(row != std::end(table), "The layer '", layer, "' is TensorFlow's operation ", op,
        ", which kcpp does not have. Rebuild the model in Keras with layers or keras.ops in its "
        "place.");
  TfCall call{layer, std::string(row->function), Config(), Config::dict()};
  const Config::List& in = inputs.as_list();
  size_t next = 0;
  bool first = true;
  for (size_t i = 0; i < row->inputs.size() && !row->inputs[i].empty(); ++i) {
    const std::string_view name = row->inputs[i];
    if (name.ends_with("...")) {
      const size_t rest = i + 1 < row->inputs.size() && !row->inputs[i + 1].empty() ? 1 : 0;
      Config list = Config::list();
      while (next + rest < in.size()) list.push_back(in[next++]);
      call.first = std::move(list);
      first = false;
    } else if (next < in.size()) {
      const Config& value = in[next++];
      if (first && name != "axis") {
        call.first = value;
        first = false;
      } else {
        call.kwargs.set(name, value);
      }
    }
  }
  for (const auto& [from, to] : row->attributes) {
    if (const Config* value = from.empty() ? nullptr : attributes.find(from))
      call.kwargs.set(to, attribute_value(*value));
  }
  if (op == "ResizeNearestNeighbor") call.kwargs.set("method", "nearest");
  if (const Config* format = attributes.find("data_format"))
    call.kwargs.set("data_format", attribute_value(*format));
  if (op == "Squeeze" && call.kwargs.find("axis") && call.kwargs.at("axis").size() == 0)
    call.kwargs.set("axis", nullptr);
  return call;
}

}  // namespace kcpp::saving
