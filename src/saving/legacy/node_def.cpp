/// The node_def of a TensorFlowOpLayer (TensorFlow <= 2.3): a graph node of TensorFlow, as a dict
/// or, up to 2.2, as a serialized protobuf.
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "src/saving/legacy/node_def_table.h"
#include "src/saving/legacy/tf_functions.h"

namespace kcpp::saving {
namespace {

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
      {"DT_FLOAT", "float32"},     {"DT_DOUBLE", "float64"},      {"DT_HALF", "float16"},
      {"DT_BFLOAT16", "bfloat16"}, {"DT_INT8", "int8"},           {"DT_INT16", "int16"},
      {"DT_INT32", "int32"},       {"DT_INT64", "int64"},         {"DT_UINT8", "uint8"},
      {"DT_BOOL", "bool"},         {"DT_COMPLEX64", "complex64"}, {"DT_COMPLEX128", "complex128"}};
  for (const auto& [from, to] : names)
    if (from == type) return std::string(to);
  throw ValueError(text("TensorFlow's type ", type, " is not known to kcpp."));
}

int64_t whole_number(const std::string& s) {
  int64_t number = 0;
  const char* end = s.data() + s.size();
  const auto [at, error] = std::from_chars(s.data(), end, number);
  check(error == std::errc() && at == end,
        "An attribute of TensorFlow's operation must be a whole number. Received: '", s, "'");
  return number;
}

/// protobuf's JSON of an attribute's value: {"b": true}, {"i": "2"}, {"s": base64}, {"list": ..}.
Config attribute_value(const Config& c) {
  if (const Config* v = c.find("b")) return *v;
  if (const Config* v = c.find("f")) return *v;
  if (const Config* v = c.find("i")) {
    return v->is_string() ? Config(whole_number(v->as_string())) : *v;
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

/// A slice whose places, as its masks, stand beside the tensor.
TfCall strided_slice(const std::string& layer, const Config& attributes, const Config& inputs) {
  const Config::List& in = inputs.as_list();
  check(in.size() == 4, "The layer '", layer, "' is a slice of ", in.size(), " inputs.");
  Config kwargs = Config::dict({{"begin", in[1]}, {"end", in[2]}, {"strides", in[3]}});
  for (const char* mask :
       {"begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"})
    if (const Config* value = attributes.find(mask)) kwargs.set(mask, attribute_value(*value));
  return {layer, "strided_slice", in[0], std::move(kwargs)};
}

/// Pairs of a flat list of explicit paddings.
Config pairs_of(const Config& flat) {
  Config out = Config::list();
  for (size_t i = 0; i + 1 < flat.size(); i += 2)
    out.push_back(Config::list({flat.as_list()[i], flat.as_list()[i + 1]}));
  return out;
}

/// What a graph node says otherwise than the function that it is of.
void correct(const std::string& op, const Config& attributes, TfCall& call) {
  static constexpr std::pair<std::string_view, std::string_view> methods[] = {
      {"ResizeNearestNeighbor", "nearest"}, {"ResizeBicubic", "bicubic"}, {"ResizeArea", "area"}};
  for (const auto& [resize, method] : methods)
    if (op == resize) call.kwargs.set("method", method);
  Config* method = call.kwargs.find("method");
  if (method && *method == Config("triangle")) *method = "bilinear";
  if (method && *method == Config("keyscubic")) *method = "bicubic";
  if (op == "ScaleAndTranslate") {  // the size tells as much
    call.kwargs.erase("scale");
    call.kwargs.erase("translation");
  }
  if (const Config* padding = call.kwargs.find("padding");
      padding && *padding == Config("EXPLICIT"))
    if (const Config* flat = attributes.find("explicit_paddings"))
      call.kwargs.set("padding", pairs_of(attribute_value(*flat)));
  const Config* type = attributes.find("T");
  const Config number = type ? attribute_value(*type) : Config();
  if (op == "TruncateDiv" && number.is_string() && number.as_string().starts_with("float"))
    call.function = "truediv";  // up to TensorFlow 2.3 it kept the fraction of floating numbers
  if (const Config* axis = call.kwargs.find("axis"); op == "Squeeze" && axis && axis->size() == 0)
    call.kwargs.set("axis", nullptr);
}

}  // namespace

TfCall function_of_node_def(const Config& node_def) {
  const Config node = node_def.is_string() ? parse_node_def(node_def.as_string()) : node_def;
  const GraphOp* row = find_graph_op(node.at("op").as_string("op"));
  const Config* given = node.find("attr");
  const Config* dtype = given ? given->find("DstT") : nullptr;
  return {"", row ? std::string(row->function) : "", Config(),
          Config::dict({{"dtype", dtype ? attribute_value(*dtype) : Config()}})};
}

TfCall call_of_node_def(const std::string& layer, const Config& node_def, const Config& inputs) {
  const Config node = node_def.is_string() ? parse_node_def(node_def.as_string()) : node_def;
  const std::string& op = node.at("op").as_string("op");
  const Config* given = node.find("attr");
  const Config attributes = given ? *given : Config::dict();
  if (op == "StridedSlice") return strided_slice(layer, attributes, inputs);
  const GraphOp* row = find_graph_op(op);
  check(row != nullptr, "The layer '", layer, "' is TensorFlow's operation ", op,
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
      // A transposed convolution's sizes come before its tensors.
      if (first && name != "axis" && op != "Conv2DBackpropInput") {
        call.first = value;
        first = false;
      } else {
        call.kwargs.set(name, value);
      }
    }
  }
  check(next == in.size(), "The layer '", layer, "' calls TensorFlow's operation ", op, " with ",
        in.size(), " inputs, of which kcpp reads ", next, ".");
  for (const auto& [from, to] : row->attributes) {
    if (const Config* value = from.empty() ? nullptr : attributes.find(from))
      call.kwargs.set(to, attribute_value(*value));
  }
  correct(op, attributes, call);
  if (const Config* format = attributes.find("data_format"))
    call.kwargs.set("data_format", attribute_value(*format));
  return call;
}

}  // namespace kcpp::saving
