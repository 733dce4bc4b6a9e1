#include "src/saving/legacy/tf_functions.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "src/saving/containers/json.h"
#include "src/saving/legacy/tf_builder.h"
#include "src/saving/legacy/tf_table.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

/// The entries of a list that has one for each axis, without those of batch and channels.
Config spatial(const Config& c, size_t dimensions) {
  if (!c.is_list()) return c;
  if (c.size() == 1) return Config(c.as_list()[0]);
  if (c.size() != dimensions + 2) return c;
  return Config(Config::List(c.as_list().begin() + 1, c.as_list().end() - 1));
}
/// Of "max_pool1d", "conv3d", else two.
size_t dimensions_of(std::string_view function) {
  if (function.find("1d") != std::string_view::npos) return 1;
  return function.find("3d") != std::string_view::npos ? 3 : 2;
}

Config changed(const Config& value, const TfRow& row, TfChange change) {
  switch (change) {
    case TfChange::lower:
      return tf_lower(value);
    case TfChange::spatial:
      return spatial(value, dimensions_of(row.function));
    case TfChange::sections: {  // sizes become the places between them
      if (!value.is_list()) return value;
      Config places = Config::list();
      int64_t at = 0;
      for (size_t i = 0; i + 1 < value.size(); ++i)
        places.push_back(at += value.as_list()[i].as_int("num_or_size_splits"));
      return places;
    }
    case TfChange::order:
      return value == Config("euclidean") ? Config() : value;
    case TfChange::scalar:
      return value.is_null() ? Config(0) : value;
    case TfChange::none:
      break;
  }
  return value;
}

/// The last part of a function's name, where what stands before it changes nothing.
std::string short_name(const TfCall& call, const TfBuilder& builder) {
  if (call.function == "image.transpose") return "image.transpose";
  static const std::set<std::string, std::less<>> packages = {
      "math",          "nn",        "linalg",       "compat",  "v1",     "v2",
      "__operators__", "image",     "keras",        "backend", "dtypes", "signal",
      "bitwise",       "debugging", "quantization", "metrics", "losses", "special"};
  std::string rest = call.function;
  while (true) {
    const size_t dot = rest.find('.');
    if (dot == std::string::npos) return rest;
    if (!packages.count(std::string_view(rest).substr(0, dot)))
      builder.refuse("which kcpp does not have");
    rest.erase(0, dot + 1);
  }
}

Config slice_item(const TfBuilder& builder, const Config& item) {
  if (item.is_null() || item.is_int()) return item;
  if (const Config* name = item.find("class_name"); name && *name == Config("__ellipsis__"))
    return item;
  if (item.is_dict() && item.find("start")) {
    Config parts = Config::dict();
    for (const char* key : {"start", "stop", "step"}) {
      const Config* value = item.find(key);
      parts.set(key, value ? *value : Config());
    }
    return Config::dict({{"class_name", "__slice__"}, {"config", std::move(parts)}});
  }
  if (is_graph_tensor(item) || item.is_list()) return tf_tensor_argument(item, false);
  builder.refuse("with an index that kcpp cannot read");
}

void get_item(const TfCall& call, TfBuilder& builder) {
  const Config* spec = call.kwargs.find("slice_spec");
  if (!spec) builder.refuse("without its slice_spec");
  Config key = Config::list();
  if (spec->is_list()) {
    for (const Config& item : spec->as_list()) key.push_back(slice_item(builder, item));
  } else {
    key.push_back(slice_item(builder, *spec));
  }
  builder.op("GetItem", {call.first, std::move(key)});
}

/// Names of one argument in several versions of TensorFlow.
constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"filter", "filters"},          {"filters", "filter"}, {"strides", "stride"},
    {"dilations", "dilation_rate"}, {"dilations", "rate"},
};
const Config* find_argument(const TfCall& call, std::string_view name) {
  if (const Config* value = call.kwargs.find(name)) return value;
  for (const auto& [ours, other] : synonyms)
    if (ours == name)
      if (const Config* value = call.kwargs.find(other)) return value;
  return nullptr;
}

/// Arguments that no rule asked for must say nothing.
void require_silent(const TfCall& call, const TfRow& row, const TfBuilder& builder) {
  for (const auto& [key, value] : call.kwargs.as_dict()) {
    const auto asked = [&, &name = key](std::string_view rule) {
      return rule == name ||
             std::any_of(std::begin(synonyms), std::end(synonyms),
                         [&](const auto& s) { return s.first == rule && s.second == name; });
    };
    const bool taken = std::any_of(row.tensors.begin(), row.tensors.end(), asked) ||
                       std::any_of(row.attributes.begin(), row.attributes.end(),
                                   [&](const TfAttribute& a) { return asked(a.tf); });
    if (taken || value.is_null() || tf_silent(key, value.to_json())) continue;
    builder.refuse(text("with ", key, "=", value, ", which kcpp cannot read"));
  }
}

/// One operation of the table.
void add_row(const TfCall& call, const TfRow& row, TfBuilder& builder) {
  require_silent(call, row, builder);
  const bool list = row.op == "Concatenate" || row.op == "Stack";
  Config first = call.first;
  if (first.is_null())
    if (const Config* given = find_argument(call, row.tensors[0])) first = *given;
  if (list && !has_graph_tensor(first))
    builder.refuse("whose tensors TensorFlow left out of the file");
  if (list && !first.is_list()) first = Config::list({first});  // of a single tensor
  const Config* padding = find_argument(call, "padding");
  const bool explicit_padding = padding && padding->is_list();
  if (explicit_padding)
    first = builder.op(
        "Pad", {first},
        Config::dict({{"pad_width", *padding}, {"mode", "constant"}, {"constant_values", 0}}));
  Config::List args{tf_tensor_argument(first, list)};
  for (size_t i = 1; i < row.tensors.size() && !row.tensors[i].empty(); ++i) {
    const Config* value = find_argument(call, row.tensors[i]);
    if (!value) builder.refuse(text("without its argument `", row.tensors[i], "`"));
    args.push_back(tf_tensor_argument(*value, false));
  }
  Config config = Config::dict();
  for (const TfAttribute& a : row.attributes) {
    if (a.tf.empty()) break;
    if (a.keras.empty()) continue;
    const Config* value = find_argument(call, a.tf);
    const Config given = value && !(value->is_null() && a.tf == "keepdims")
                             ? *value
                             : io::parse_json(std::string(a.missing), "");
    config.set(a.keras, has_graph_tensor(given) ? given : changed(given, row, a.change));
  }
  if (explicit_padding) {
    if (row.op != "Conv" && row.op != "DepthwiseConv") builder.refuse("with explicit paddings");
    config.set("padding", "valid");
  }
  if (row.op == "Pad" && config.at("mode") != Config("constant"))
    config.set("constant_values", nullptr);
  static const std::set<std::string_view> images = {
      "MaxPool",        "AveragePool", "Conv",         "DepthwiseConv", "SeparableConv",
      "ConvTranspose",  "Resize",      "DepthToSpace", "SpaceToDepth",  "ExtractPatches",
      "RGBToGrayscale", "RGBToHSV",    "HSVToRGB"};
  if (images.count(row.op)) config.set("data_format", "channels_last");
  builder.op(row.op, std::move(args), std::move(config));
}

/// What is more than one operation, or takes a complex tensor, which comes first.
constexpr bool (*families[])(std::string_view, TfBuilder&) = {add_tf_ctc,
                                                              add_tf_complex,
                                                              add_tf_signal,
                                                              add_tf_composite,
                                                              add_tf_network_function,
                                                              add_tf_shape_function,
                                                              add_tf_gather,
                                                              add_tf_scatter,
                                                              add_tf_image_size,
                                                              add_tf_color_function,
                                                              add_tf_linalg,
                                                              add_tf_special,
                                                              add_tf_block_function,
                                                              add_tf_results,
                                                              add_tf_mask,
                                                              add_tf_counts,
                                                              add_tf_diagonals,
                                                              add_tf_cosines};

}  // namespace

TfOperations operations_of(const TfCall& call) {
  TfBuilder builder(call);
  const std::string name = short_name(call, builder);
  for (const auto& [key, value] : call.kwargs.as_dict())
    if (has_complex_tensor(value) && !(key == "y" && is_complex_tensor(value)))
      builder.refuse("of complex numbers, which kcpp cannot read");
  if (has_complex_tensor(call.first) && !is_complex_tensor(call.first))
    builder.refuse("of complex numbers, which kcpp cannot read");
  if (name == "batch_flatten" || name == "flatten_batch") {
    Config nodes = Config::list(
        {Config::dict({{"args", Config::list({call.first})}, {"kwargs", Config::dict()}})});
    return {{layer_entry("Flatten", Config::dict({{"name", call.layer}}), std::move(nodes))}, {}};
  }
  if (name == "getitem") {
    get_item(call, builder);
  } else if (name == "image.transpose") {
    builder.op("Swapaxes", {call.first}, Config::dict({{"axis1", -2}, {"axis2", -3}}));
  } else if (!std::any_of(std::begin(families), std::end(families),
                          [&](const auto& add) { return add(name, builder); })) {
    const auto rows = tf_table();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const TfRow& r) { return r.function == name; });
    if (row == rows.end()) builder.refuse("which kcpp does not have");
    add_row(call, *row, builder);
  }
  return builder.finish();
}

}  // namespace kcpp::saving
