/// What layers did otherwise in earlier versions of Keras: a second layer behind them does it.
#include <algorithm>
#include <array>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr std::array<std::string_view, 7> merging = {"Add",     "Subtract", "Multiply",   "Average",
                                                     "Maximum", "Minimum",  "Concatenate"};

/// `layer` under a name of its own, and a layer of another class under the one that it had.
Config renamed(Config& layer, const char* suffix, const char* class_name, Config after) {
  Config& config = *layer.find("config");
  for (const char* key : {"name", "dtype", "trainable"})
    if (const Config* value = config.find(key)) after.set(key, *value);
  const std::string name = name_of_layer(layer) + suffix;
  config.set("name", name);
  if (Config* outer = layer.find("name")) *outer = name;
  return layer_entry(class_name, std::move(after));
}

/// RandomCrop also cropped and resized outside of training, in TensorFlow and up to Keras 3.5 as a
/// Resizing does, in 3.6 and 3.7 as nothing else.
Config crop_at_rest(Config& layer, const Epoch& epoch) {
  const bool corner = !epoch.before(3, 6);
  Config after = Config::dict();
  if (!corner) after.set("crop_to_aspect_ratio", true);
  for (const char* key : {"height", "width", "data_format"})
    if (const Config* value = layer.at("config").find(key)) after.set(key, *value);
  return renamed(layer, "_crop", corner ? "CornerCrop" : "Resizing", std::move(after));
}

/// Merging layers lost the masks of their inputs up to Keras 3.3: an operation gives none on.
Config without_mask(Config& layer) {
  Config copy = renamed(layer, "_merge", "Copy", Config::dict());
  copy.set("config", Config::dict({{"name", copy.at("name")}}));
  copy.set("module", "keras.src.ops.numpy");
  copy.set("registered_name", "Copy");
  return copy;
}

/// Encodings up to Keras 3.3: one_hot of a column kept the column's axis, and multi_hot of a
/// Discretization joined the last axis, not the second one.
std::optional<Config> other_axes(Config& layer) {
  const bool bins = class_of(layer) == "Discretization";
  const Config& config = layer.at("config");
  const Config* mode = config.find("output_mode");
  const Config* shape = input_shape_of(layer);
  if (!mode || !shape || shape->size() < 2) return {};
  const Config::List& sizes = shape->as_list();
  if (*mode == Config("one_hot") && sizes.back() == Config(1)) {
    const Config* boundaries = config.find("bin_boundaries");
    const Config* count = config.find(bins ? "num_bins" : "num_tokens");
    Config target(Config::List(sizes.begin() + 1, sizes.end()));
    for (Config& size : target.as_list())
      if (size.is_null()) size = -1;
    if (bins && boundaries && boundaries->is_list())
      target.push_back(static_cast<int64_t>(boundaries->size()) + 1);
    else if (count)
      target.push_back(*count);
    return renamed(layer, "_one_hot", "Reshape",
                   Config::dict({{"target_shape", std::move(target)}}));
  }
  if (!bins || *mode != Config("multi_hot") || sizes.size() < 3) return {};
  Config order = Config::list({static_cast<int64_t>(sizes.size()) - 1});
  for (int64_t axis = 1; axis + 1 < static_cast<int64_t>(sizes.size()); ++axis)
    order.push_back(axis);
  Config turned = layer_entry(
      "Permute", Config::dict({{"name", name_of_layer(layer) + "_permute"}, {"dims", order}}));
  if (const Config* nodes = layer.find("inbound_nodes")) turned.set("inbound_nodes", *nodes);
  std::swap(layer, turned);
  return turned;
}

/// A layer of the model makes masks.
bool makes_masks(const Config& c, int depth = 0) {
  if (depth > 400) return false;
  if (c.is_list())
    return std::any_of(c.as_list().begin(), c.as_list().end(),
                       [&](const Config& item) { return makes_masks(item, depth + 1); });
  if (!c.is_dict()) return false;
  if (const Config* name = c.find("class_name"); name && *name == Config("Masking")) return true;
  if (const Config* zero = c.find("mask_zero"); zero && *zero == Config(true)) return true;
  return std::any_of(c.as_dict().begin(), c.as_dict().end(),
                     [&](const auto& item) { return makes_masks(item.second, depth + 1); });
}

}  // namespace

bool loses_masks(const Config& model, const Epoch& epoch) {
  return epoch.before(3, 4) && !epoch.before(3) && makes_masks(model);
}

std::optional<Config> second_half(Config& layer, const Upgrade& upgrade) {
  const std::string& name = class_of(layer);
  if (!layer.find("config")) return {};
  if (name == "RandomCrop" && upgrade.epoch.before(3, 8)) return crop_at_rest(layer, upgrade.epoch);
  if (upgrade.epoch.before(2) && is_cosine_of_vectors(layer))
    return renamed(layer, "_dot", "Reshape",
                   Config::dict({{"target_shape", Config::list({1, 1})}}));
  if (!upgrade.epoch.before(3) && upgrade.epoch.before(3, 4) &&
      (name == "CategoryEncoding" || name == "Discretization"))
    return other_axes(layer);
  if (upgrade.loses_masks && std::find(merging.begin(), merging.end(), name) != merging.end())
    return without_mask(layer);
  return {};
}

void drop_silent_keys(const std::string& class_name, Config& config) {
  if (class_name == "RandomRotation") config.erase("value_range");  // of Keras 3.0 to 3.5
}

}  // namespace kcpp::saving
