#include "src/saving/h5_config.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kcpp/core/error.h"
#include "kcpp/core/object.h"
#include "src/older_keras.h"
#include "src/saving/h5_keys.h"
#include "src/saving/implicit_masks.h"
#include "src/saving/nested_calls.h"

namespace kcpp::saving {
namespace {

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

/// Keras 3 writes the default of image layers' argument, training=True, into their calls, where
/// fit and predict overrule it; tf.keras would take it for the user's wish.
Config without_default_training(Config node, const Config& class_name) {
  Config* kwargs = node.is_dict() ? node.find("kwargs") : nullptr;
  const Config* training = kwargs && kwargs->is_dict() ? kwargs->find("training") : nullptr;
  if (training && *training == Config(true) && class_name.as_string().starts_with("Random"))
    kwargs->erase("training");
  return node;
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
  const Config* build = layer.find("build_config");
  if (build && build->is_dict() && build->find(OlderKeras::key))
    plain_layer.set("build_config", *build);
  if (const Config* nodes = layer.find("inbound_nodes")) {
    Config lists = Config::list();
    // An operation's node (no layer's) has arguments of its own, which a list cannot hold.
    for (const Config& node : nodes->as_list())
      lists.push_back(is_operation(layer)
                          ? without_ellipsis(node)
                          : node_as_list(without_default_training(node, class_name)));
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
    if (!otherwise || !(value == *otherwise)) config.set(key, tf_keras_keys(value));
  }
  return Config::dict({{"class_name", optimizer.at("class_name")}, {"config", std::move(config)}});
}

/// What kcpp keeps in place of tf.keras's number `decay` stands beside the optimizer's config,
/// where no Keras looks; so in the optimizer inside.
Config decay_beside_config(Config optimizer) {
  Config* config = optimizer.is_dict() ? optimizer.find("config") : nullptr;
  if (!config || !config->is_dict()) return optimizer;
  if (Config* inner = config->find("inner_optimizer"))
    *inner = decay_beside_config(std::move(*inner));
  const Config* decay = config->find("decay");
  if (!decay || decay->is_number()) return optimizer;
  const Config older = *decay;
  config->erase("decay");
  optimizer.set("decay", older);
  return optimizer;
}

}  // namespace

Config to_legacy_config(const Config& model) {
  Config out = model;
  make_legacy(out);
  return tf_keras_keys(out);
}

Config to_training_config(const Config& compile) {
  Config out = compile;
  const Config optimizer = compile.at("optimizer");
  out.erase("optimizer");
  out.set("sample_weight_mode", {});  // TensorFlow up to 2.2 does not load without it
  for (const char* key : {"loss", "metrics", "weighted_metrics"})
    if (Config* value = out.find(key)) *value = tf_keras_keys(*value);
  if (Config* loss = out.find("loss")) *loss = full_loss(*loss);
  if (optimizer.is_dict()) {
    // Keras 3 takes these two only with all of their fields.
    const bool whole = is_class(optimizer, "AdamW") || is_class(optimizer, "Muon");
    Config written = whole ? Config::dict({{"class_name", optimizer.at("class_name")},
                                           {"config", optimizer.at("config")}})
                           : plain_optimizer(optimizer);
    out.set("optimizer_config", decay_beside_config(std::move(written)));
  }
  return out;
}

}  // namespace kcpp::saving
