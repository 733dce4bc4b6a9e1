#include "src/saving/h5_config.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "kcpp/core/error.h"
#include "kcpp/core/object.h"
#include "src/saving/implicit_masks.h"
#include "src/saving/nested_calls.h"

namespace kcpp::saving {
namespace {

/// Keys that tf.keras lacks, and the value at which Keras 3 does not need them.
bool is_left_out(const std::string& key, const Config& value) {
  static constexpr std::array null_by_default = {
      "quantization_config", "input_axes", "output_axes", "flash_attention",
      "sliding_window",      "lora_rank",  "lora_alpha",  "seed_generator",
  };
  static constexpr std::array false_by_default = {"optional", "rms_scaling", "use_gate",
                                                  "synchronized"};
  const auto among = [&](const auto& keys) {
    return std::any_of(keys.begin(), keys.end(), [&](const char* k) { return key == k; });
  };
  if (value.is_null()) return among(null_by_default);
  // In an .h5, Keras 3 takes this word for the function keras.layers.dot.
  if (key == "score_mode" && value == Config("dot")) return true;
  return value == Config(false) && among(false_by_default);
}

/// Keys that tf.keras lacks in one class, and the value (JSON) at which Keras 3 does not need them.
struct LeftOut {
  std::string_view class_name, key, value;
};
constexpr std::array left_out = {
    LeftOut{"SimpleRNN", "seed", "null"},
    LeftOut{"LSTM", "seed", "null"},
    LeftOut{"GRU", "seed", "null"},
    LeftOut{"SimpleRNNCell", "seed", "null"},
    LeftOut{"LSTMCell", "seed", "null"},
    LeftOut{"GRUCell", "seed", "null"},
    LeftOut{"ConvLSTM1D", "seed", "null"},
    LeftOut{"ConvLSTM2D", "seed", "null"},
    LeftOut{"ConvLSTM3D", "seed", "null"},
    LeftOut{"Attention", "seed", "null"},
    LeftOut{"AdditiveAttention", "seed", "null"},
    LeftOut{"GaussianNoise", "seed", "null"},
    LeftOut{"GaussianDropout", "seed", "null"},
    LeftOut{"MultiHeadAttention", "seed", "null"},
    LeftOut{"BatchNormalization", "renorm", "false"},
    LeftOut{"BatchNormalization", "renorm_clipping", "null"},
    LeftOut{"BatchNormalization", "renorm_momentum", "0.99"},
    LeftOut{"Normalization", "invert", "false"},
    LeftOut{"ZeroPadding1D", "data_format", "\"channels_last\""},
    LeftOut{"CenterCrop", "data_format", "\"channels_last\""},
    LeftOut{"Resizing", "data_format", "\"channels_last\""},
    LeftOut{"Resizing", "pad_to_aspect_ratio", "false"},
    LeftOut{"Resizing", "fill_mode", "\"constant\""},
    LeftOut{"Resizing", "fill_value", "0.0"},
    LeftOut{"Resizing", "antialias", "false"},
    LeftOut{"RandomFlip", "data_format", "\"channels_last\""},
    LeftOut{"RandomCrop", "data_format", "\"channels_last\""},
    LeftOut{"RandomRotation", "data_format", "\"channels_last\""},
    LeftOut{"RandomZoom", "data_format", "\"channels_last\""},
    LeftOut{"RandomTranslation", "data_format", "\"channels_last\""},
    LeftOut{"RandomContrast", "data_format", "\"channels_last\""},
    LeftOut{"RandomContrast", "value_range", "[0, 255]"},
    LeftOut{"RandomBrightness", "data_format", "\"channels_last\""},
    LeftOut{"BinaryCrossentropy", "axis", "-1"},
    LeftOut{"CategoricalCrossentropy", "axis", "-1"},
    LeftOut{"AUC", "multi_label", "false"},
    LeftOut{"AUC", "label_weights", "null"},
    LeftOut{"AUC", "num_labels", "null"},
    LeftOut{"AUC", "from_logits", "false"},
};

bool is_class(const Config& c, std::string_view name) {
  const Config* class_name = c.is_dict() ? c.find("class_name") : nullptr;
  return class_name && *class_name == Config(std::string(name));
}

/// A layer's config with the keys of tf.keras.
void leave_out(const Config& class_name, Config& config) {
  for (const LeftOut& rule : left_out) {
    const Config* value = class_name == Config(rule.class_name) ? config.find(rule.key) : nullptr;
    if (value && value->to_json() == rule.value) config.erase(rule.key);
  }
  if (const Config* shape = config.find("batch_shape");
      shape && class_name == Config("InputLayer")) {
    Config renamed = Config::dict({{"batch_input_shape", *shape}});
    for (const auto& [key, value] : config.as_dict())
      if (key != "batch_shape") renamed.set(key, value);
    config = std::move(renamed);
  }
  if (const Config* slope = config.find("negative_slope");
      slope && class_name == Config("LeakyReLU")) {  // Keras 3 takes both names
    config.set("alpha", *slope);
    config.erase("negative_slope");
  }
}

/// Names of dtypes, and no keys at their defaults.
Config plain(const Config& c) {
  if (c.is_list()) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(plain(item));
    return out;
  }
  if (!c.is_dict()) return c;
  if (is_class(c, "DTypePolicy")) {
    const Config* name = c.at("config").find("name");
    if (name && name->is_string() && name->as_string().find("mixed") == std::string::npos)
      return *name;
    return c;
  }
  if (is_class(c, "__keras_tensor__")) return c;
  Config out = Config::dict();
  for (const auto& [key, value] : c.as_dict()) {
    if (!is_left_out(key, value)) out.set(key, plain(value));
  }
  if (Config* config = out.find("config"); config && config->is_dict() && c.find("class_name"))
    leave_out(c.at("class_name"), *config);
  return out;
}

/// [layer, node, tensor] of a tensor in a node's arguments.
const Config* history_of(const Config& argument) {
  return is_class(argument, "__keras_tensor__") ? argument.at("config").find("keras_history")
                                                : nullptr;
}

bool has_tensor(const Config& c) {
  if (history_of(c)) return true;
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_tensor);
  if (!c.is_dict()) return false;
  return std::any_of(c.as_dict().begin(), c.as_dict().end(),
                     [](const auto& item) { return has_tensor(item.second); });
}

/// A node as a list of [layer, node, tensor, arguments]; the node itself where that says less.
Config node_as_list(const Config& node) {
  const Config *args = node.find("args"), *kwargs = node.find("kwargs");
  if (!args || !kwargs || args->size() != 1 || has_tensor(*kwargs)) return node;
  const Config& first = args->as_list()[0];
  Config::List tensors{first};
  if (first.is_list()) tensors = first.as_list();
  Config out = Config::list();
  for (const Config& tensor : tensors) {
    const Config* history = history_of(tensor);
    if (!history) return node;
    Config entry = *history;
    entry.push_back(*kwargs);
    out.push_back(std::move(entry));
  }
  // A list of one tensor would come back as the tensor itself.
  return tensors.empty() || (first.is_list() && tensors.size() == 1) ? node : out;
}

/// x[..., 0] as x[:, :, 0]: the ellipsis is no literal that Keras 3 reads from an .h5.
Config without_ellipsis(const Config& node) {
  const Config* args = node.find("args");
  if (!args || args->size() != 2) return node;
  const Config &tensor = args->as_list()[0], &key = args->as_list()[1];
  if (!history_of(tensor) || !key.is_list()) return node;
  const auto is_ellipsis = [](const Config& c) { return is_class(c, "__ellipsis__"); };
  if (std::none_of(key.as_list().begin(), key.as_list().end(), is_ellipsis)) return node;
  const size_t rank = tensor.at("config").at("shape").size();
  const auto axes = static_cast<size_t>(
      std::count_if(key.as_list().begin(), key.as_list().end(),
                    [&](const Config& c) { return !is_ellipsis(c) && !c.is_null(); }));
  const Config all = Config::dict(
      {{"class_name", "__slice__"},
       {"config", Config::dict({{"start", nullptr}, {"stop", nullptr}, {"step", nullptr}})}});
  Config whole = Config::list();
  for (const Config& item : key.as_list()) {
    if (!is_ellipsis(item)) {
      whole.push_back(item);
    } else {
      for (size_t i = axes; i < rank; ++i) whole.push_back(all);
    }
  }
  Config out = node;
  out.set("args", Config::list({tensor, std::move(whole)}));
  return out;
}

bool is_operation(const Config& entry) {
  const Config* module = entry.find("module");
  return module && module->is_string() && module->as_string().starts_with("keras.src.ops");
}

/// A layer of TensorFlow's that Keras 3 finds by its module alone.
bool is_kept_legacy(const Config& entry) {
  const Config* module = entry.find("module");
  return module && *module == Config("keras._legacy.layers");
}

/// What Keras's code calls a layer's class: in an .h5, that is its name. Up to TensorFlow 2.2 a
/// functional model had only the name that all know.
Config own_class_name(const Config& class_name) {
  if (class_name == Config("Functional")) return "Model";
  for (const Factory& f : factories(ObjectKind::layer)) {
    const auto named = class_name == Config(std::string(f.name)) ? f.make() : nullptr;
    if (named) return named->class_info().own_name();
  }
  return class_name;
}

/// Keras 3 takes an entry without a module for a layer of its public names, and drops a list of
/// axes from its config. With the module it reads the entry as it reads those of a .keras.
bool needs_module(const Config& entry) {
  const Config& config = entry.at("config");
  const Config* axis = config.is_dict() ? config.find("axis") : nullptr;
  return is_operation(entry) || is_kept_legacy(entry) ||
         (axis && axis->is_list() && axis->size() > 1);
}

/// A recurrent layer that kcpp turns round is one with time_major=True: no Keras knows the wrapper.
void unwrap_time_major(Config& layer) {
  if (!is_class(layer, "TimeMajor")) return;
  const Config inner = layer.at("config").at("layer");
  Config config = inner.at("config");
  for (const char* key : {"name", "trainable"}) config.set(key, layer.at("config").at(key));
  config.set("time_major", true);
  layer.set("class_name", inner.at("class_name"));
  layer.set("config", std::move(config));
}

void make_layer_legacy(Config& layer) {
  unwrap_time_major(layer);
  const Config& class_name = layer.at("class_name");
  const bool with_module = needs_module(layer);
  Config plain_layer =
      Config::dict({{"class_name", with_module ? class_name : own_class_name(class_name)},
                    {"config", layer.at("config")}});
  if (with_module) {
    for (const char* key : {"module", "registered_name"})
      if (const Config* value = layer.find(key)) plain_layer.set(key, *value);
  }
  if (const Config* name = layer.find("name")) plain_layer.set("name", *name);
  if (const Config* nodes = layer.find("inbound_nodes")) {
    Config lists = Config::list();
    // An operation's node (no layer's) has arguments of its own, which a list cannot hold.
    for (const Config& node : nodes->as_list())
      lists.push_back(is_operation(layer) ? without_ellipsis(node) : node_as_list(node));
    plain_layer.set("inbound_nodes", std::move(lists));
  }
  layer = std::move(plain_layer);
}

void make_legacy(Config& model) {
  make_layer_legacy(model);
  if (is_class(model, "Pipeline")) return;  // no model: Keras 3 reads its layers as it writes them
  Config& config = *model.find("config");
  Config* layers = config.is_dict() ? config.find("layers") : nullptr;
  if (!layers || !layers->is_list()) return;
  drop_implicit_masks(config);
  write_nested_calls_twice(config);
  for (Config& layer : layers->as_list()) make_legacy(layer);
}

/// The full name of a loss: the short one is no name that every Keras finds.
Config full_loss(const Config& loss) {
  static const std::pair<const char*, const char*> names[] = {
      {"mse", "mean_squared_error"},
      {"MSE", "mean_squared_error"},
      {"mae", "mean_absolute_error"},
      {"MAE", "mean_absolute_error"},
      {"mape", "mean_absolute_percentage_error"},
      {"MAPE", "mean_absolute_percentage_error"},
      {"msle", "mean_squared_logarithmic_error"},
      {"MSLE", "mean_squared_logarithmic_error"},
      {"bce", "binary_crossentropy"},
      {"BCE", "binary_crossentropy"},
      {"kld", "kl_divergence"},
      {"KLD", "kl_divergence"},
      {"logcosh", "log_cosh"},
  };
  if (loss.is_list()) {
    Config out = Config::list();
    for (const Config& item : loss.as_list()) out.push_back(full_loss(item));
    return out;
  }
  if (loss.is_dict() && !loss.find("class_name")) {
    Config out = Config::dict();
    for (const auto& [name, item] : loss.as_dict()) out.set(name, full_loss(item));
    return out;
  }
  for (const auto& [from, to] : names)
    if (loss == Config(from)) return to;
  return loss;
}

/// Without the fields that every optimizer of Keras 3 has, where they are at their defaults.
Config plain_optimizer(const Config& optimizer) {
  static const Config defaults = Config::dict({{"weight_decay", Config()},
                                               {"clipnorm", Config()},
                                               {"global_clipnorm", Config()},
                                               {"clipvalue", Config()},
                                               {"use_ema", false},
                                               {"ema_momentum", 0.99},
                                               {"ema_overwrite_frequency", Config()},
                                               {"loss_scale_factor", Config()},
                                               {"gradient_accumulation_steps", Config()}});
  Config config = Config::dict();
  for (const auto& [key, value] : optimizer.at("config").as_dict()) {
    const Config* otherwise = defaults.find(key);
    if (!otherwise || !(value == *otherwise)) config.set(key, plain(value));
  }
  return Config::dict({{"class_name", optimizer.at("class_name")}, {"config", std::move(config)}});
}

}  // namespace

Config to_legacy_config(const Config& model) {
  Config out = model;
  make_legacy(out);
  return plain(out);
}

Config to_training_config(const Config& compile) {
  Config out = compile;
  const Config optimizer = compile.at("optimizer");
  out.erase("optimizer");
  out.set("sample_weight_mode", {});  // TensorFlow up to 2.2 does not load without it
  for (const char* key : {"loss", "metrics", "weighted_metrics"})
    if (Config* value = out.find(key)) *value = plain(*value);
  if (Config* loss = out.find("loss")) *loss = full_loss(*loss);
  if (optimizer.is_dict()) {
    // Keras 3 takes these two only with all of their fields.
    const bool whole = is_class(optimizer, "AdamW") || is_class(optimizer, "Muon");
    out.set("optimizer_config", whole ? Config::dict({{"class_name", optimizer.at("class_name")},
                                                      {"config", optimizer.at("config")}})
                                      : plain_optimizer(optimizer));
  }
  return out;
}

}  // namespace kcpp::saving
