/// What Keras 3 left out of a layer's config, and the shapes in its file tell.
#include <algorithm>
#include <array>
#include <map>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr int deepest = 400;

/// Layers that leave a shape as it is, and do not tell it in every version.
constexpr std::array<std::string_view, 9> pointwise = {
    "Activation", "ReLU",          "LeakyReLU",       "ELU",         "Softmax",
    "Dropout",    "GaussianNoise", "GaussianDropout", "AlphaDropout"};

bool lacks_output_padding(const Config& layer) {
  const std::string& name = class_of(layer);
  const Config* config = layer.find("config");
  return name.starts_with("Conv") && name.ends_with("Transpose") && config && config->is_dict() &&
         !config->find("output_padding");
}

/// The shape of a {"class_name": "__keras_tensor__"}, and whose output it is: "name/0".
struct Output {
  std::string source;
  const Config* shape = nullptr;
};
Output output_of(const Config& c) {
  const Config* name = c.is_dict() ? c.find("class_name") : nullptr;
  if (!name || *name != Config("__keras_tensor__")) return {};
  const Config* config = c.find("config");
  const Config* shape = config && config->is_dict() ? config->find("shape") : nullptr;
  const Config* from = shape ? config->find("keras_history") : nullptr;
  if (!shape || !shape->is_list() || !from || !from->is_list() || from->size() != 3) return {};
  const Config::List& at = from->as_list();
  if (!at[0].is_string() || !at[1].is_int()) return {};
  return {text(at[0].as_string(), "/", at[1].as_int()), shape};
}

void collect(const Config& c, std::map<std::string, Config>& shapes, int depth = 0) {
  if (depth > deepest) return;
  if (const Output output = output_of(c); output.shape) {
    shapes.emplace(output.source, *output.shape);
  } else if (c.is_list()) {
    for (const Config& item : c.as_list()) collect(item, shapes, depth + 1);
  } else if (c.is_dict()) {
    for (const auto& [key, item] : c.as_dict()) collect(item, shapes, depth + 1);
  }
}

/// What is behind layer `i` of a Sequential is called on its output.
const Config* shape_behind(const Config::List& layers, size_t i) {
  for (size_t k = i + 1; k < layers.size(); ++k) {
    if (const Config* shape = input_shape_of(layers[k])) return shape;
    if (std::find(pointwise.begin(), pointwise.end(), class_of(layers[k])) == pointwise.end())
      return nullptr;
  }
  return nullptr;
}

/// A size along an axis: of a list, or the number that stands for all.
int64_t size_at(const Config& config, const char* key, size_t axis, int64_t otherwise) {
  const Config* value = config.find(key);
  if (value && value->is_list() && axis < value->size()) value = &value->as_list()[axis];
  return value && value->is_int() ? value->as_int() : otherwise;
}

/// The `output_padding` with which a convolution makes such an output of such an input; null where
/// none does, or the output is what it makes without.
Config padding_between(const Config& config, const Config& input, const Config& output) {
  constexpr int64_t most = 1 << 30;
  const Config* format = config.find("data_format");
  const size_t first = format && *format == Config("channels_first") ? 2 : 1;
  const Config* padding = config.find("padding");
  const bool same = padding && *padding == Config("same");
  if (input.size() != output.size() || input.size() < 3) return {};
  Config out = Config::list();
  bool told = false;
  for (size_t axis = 0; axis + 2 < input.size(); ++axis) {
    const Config &from = input.as_list()[first + axis], &to = output.as_list()[first + axis];
    const int64_t kernel = size_at(config, "kernel_size", axis, 0),
                  stride = size_at(config, "strides", axis, 1),
                  dilation = size_at(config, "dilation_rate", axis, 1);
    if (!from.is_int() || !to.is_int()) return {};
    for (const int64_t size : {from.as_int(), to.as_int(), kernel, stride, dilation})
      if (size < 1 || size > most) return {};
    const int64_t steps = (from.as_int() - 1) * stride, reach = (kernel - 1) * dilation + 1;
    const int64_t own = same ? steps + stride : steps + std::max(reach, stride);
    const int64_t added = to.as_int() - steps - (same ? reach % 2 : reach);
    if (added < 0 || added >= stride) return {};
    told |= to.as_int() != own;
    out.push_back(added);
  }
  return told ? out : Config();
}

}  // namespace

const Config* input_shape_of(const Config& layer) {
  const Config* nodes = layer.find("inbound_nodes");
  if (nodes && nodes->is_list() && nodes->size()) {
    const Config* args = nodes->as_list()[0].is_dict() ? nodes->as_list()[0].find("args") : nullptr;
    if (args && args->is_list() && args->size())
      if (const Output input = output_of(args->as_list()[0]); input.shape) return input.shape;
  }
  const Config* build = layer.find("build_config");
  const Config* shape = build && build->is_dict() ? build->find("input_shape") : nullptr;
  return shape && shape->is_list() ? shape : nullptr;
}

void restore_output_padding(Config& layers, bool sequence, const Upgrade& upgrade) {
  if (upgrade.epoch.before(3) || !upgrade.epoch.before(3, 15)) return;
  Config::List& all = layers.as_list();
  if (std::none_of(all.begin(), all.end(), lacks_output_padding)) return;
  std::map<std::string, Config> shapes;
  if (!sequence) collect(layers, shapes);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!lacks_output_padding(all[i])) continue;
    const std::string name = name_of_layer(all[i]);
    const auto it = shapes.find(name + "/0");
    const Config* output = sequence             ? shape_behind(all, i)
                           : it == shapes.end() ? nullptr
                                                : &it->second;
    const Config* input = input_shape_of(all[i]);
    if (!input || !output) continue;
    Config padding = padding_between(all[i].at("config"), *input, *output);
    if (padding.is_null()) continue;
    upgrade.note("[Layer '", name, "'] `output_padding` is not in the file; the shapes tell ",
                 padding, ".");
    all[i].find("config")->set("output_padding", std::move(padding));
  }
}

}  // namespace kcpp::saving
