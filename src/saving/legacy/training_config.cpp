/// `training_config` of Keras 1 and 2 (and compile_config of tf.keras archives) as Keras 3's.
#include "src/saving/legacy/training_config.h"

#include <algorithm>
#include <array>

#include "src/optimizers/rmsprop.h"
#include "src/saving/legacy/older_functions.h"

namespace kcpp::saving {
namespace {

constexpr int deepest = 50;

std::string without_package(const std::string& name) {
  const size_t bracket = name.find('>');
  return bracket == std::string::npos ? name : name.substr(bracket + 1);
}

/// "mean_absolute_error" -> "MeanAbsoluteError".
std::string camel_case(const std::string& name) {
  std::string out;
  bool up = true;
  for (char c : name) {
    if (c != '_') out += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    up = c == '_';
  }
  return out;
}

/// Of several limits, the optimizers of 2.11 to 2.15 clipped by the first; Keras 3 takes only one.
void keep_one_limit(Config& config) {
  bool found = false;
  for (const char* key : {"clipnorm", "global_clipnorm", "clipvalue"}) {
    Config* limit = config.find(key);
    if (!limit || !limit->is_number()) continue;
    if (found || limit->as_double() <= 0) *limit = nullptr;
    found |= limit->is_number();
  }
}

/// What an optimizer's config keeps already of what older Keras did otherwise.
Config older_words(const Config& config) {
  const Config* decay = config.find("decay");
  if (decay && decay->is_dict()) return *decay;
  return decay ? Config::dict({{"step", *decay}}) : Config::dict();
}

/// Earlier ones clipped by a norm and by value. The value goes to where optimizers keep what older
/// Keras did otherwise (OptimizerImpl::decay_field), as Keras 3 takes but one limit.
void keep_both_limits(Config& config, bool value_first) {
  const auto is_on = [&](const char* key) {
    const Config* limit = config.find(key);
    return limit && limit->is_number() && limit->as_double() > 0;
  };
  if (!is_on("clipvalue") || (!is_on("clipnorm") && !is_on("global_clipnorm"))) return;
  Config kept = older_words(config);
  kept.set("clipvalue", config.at("clipvalue"));
  kept.set("clipvalue_first", value_first);
  config.erase("clipvalue");
  config.set("decay", std::move(kept));
}

/// TensorFlow's optimizers added up the rows of an embedding's gradient once they were clipped,
/// those of the package before. From TensorFlow 1.13 up to 2.10 rows that it lacked stayed alone.
void keep_rows(Config& config, const Epoch& epoch, bool modern) {
  Config kept = older_words(config);
  const bool lazy = !modern && !epoch.before(2, 2, 4);
  kept.set("rows", !epoch.tf_keras ? "added_first" : lazy ? "added_and_lazy" : "added");
  config.set("decay", std::move(kept));
}

/// What the optimizers of a file have in common.
struct Training {
  const Epoch& epoch;
  bool value_first;  ///< a norm is taken of gradients that are clipped by value already
  bool embeddings;   ///< the model has some
};

Config upgrade_optimizer(Config c, const Training& training, int depth = 0) {
  const Epoch& epoch = training.epoch;
  Config* name = c.find("class_name");
  Config* config = c.find("config");
  if (depth > deepest || !name || !name->is_string() || !config || !config->is_dict()) return c;
  *name = without_package(name->as_string());
  if (*name == Config("SGDW") || *name == Config("Adamw")) *name = "AdamW";
  c.erase("registered_name");
  // Written by the optimizers of 2.11 and later.
  const Config* legacy = config->find("is_legacy_optimizer");
  const bool modern = legacy && *legacy == Config(false);
  if (modern) keep_one_limit(*config);
  Config out = Config::dict();
  double decay = 0;
  for (auto& [key, value] : config->as_dict()) {
    if (key == "lr") {
      out.set("learning_rate", std::move(value));
    } else if (*name == Config("Nadam") && (key == "decay" || key == "schedule_decay")) {
      if (value.is_number()) out.set("decay", std::move(value));  // of its momentum's schedule
    } else if (key == "clipnorm" && !epoch.tf_keras) {
      out.set("global_clipnorm", std::move(value));  // that Keras took the norm of all gradients
    } else if (key == "decay") {
      decay = value.is_number() ? value.as_double() : 0;
    } else if (key == "inner_optimizer" || key == "optimizer") {
      out.set("inner_optimizer", upgrade_optimizer(std::move(value), training, depth + 1));
    } else if (key == "weight_decay" && (value.is_bool() || value == Config(0))) {
      out.set(key, nullptr);
    } else if (key != "is_legacy_optimizer" && key != "jit_compile" &&
               !(key == "epsilon" && value.is_null())) {
      out.set(key, std::move(value));
    }
  }
  // The Nadam of 2.11 and later, but not the legacy one there, which writes its decay.
  if (*name == Config("Nadam") && !epoch.before(2, 11) && !out.find("decay"))
    out.set("decay", "each_variable");
  const Config* momentum = out.find("momentum");
  if (*name == Config("RMSprop") && !modern && (!momentum || *momentum == Config(0.0)))
    out.set("decay", epsilon_beside_root);
  if (!modern) keep_both_limits(out, training.value_first);
  if (training.embeddings) keep_rows(out, epoch, modern);
  // RMSprop wrote a frequency without averages to overwrite with.
  if (const Config* ema = out.find("use_ema"); ema && *ema == Config(false))
    out.erase("ema_overwrite_frequency");
  if (Config* rate = out.find("learning_rate"); rate && rate->is_dict()) {
    rate->erase("registered_name");
    if (Config* schedule = rate->find("config"); schedule && schedule->is_dict())
      std::erase_if(schedule->as_dict(), [](const auto& item) { return item.second.is_null(); });
  } else if (rate && decay != 0) {  // lr / (1 + decay * iterations)
    *rate = Config::dict({{"class_name", "InverseTimeDecay"},
                          {"config", Config::dict({{"initial_learning_rate", *rate},
                                                   {"decay_steps", 1},
                                                   {"decay_rate", decay}})}});
  }
  *config = std::move(out);
  return c;
}

/// Names of losses and metrics that Keras 3 has under another one.
struct Rename {
  std::string_view from, to;
};
constexpr std::array function_names = {
    Rename{"kullback_leibler_divergence", "kl_divergence"},
    Rename{"cosine_proximity", "cosine_similarity"},
    Rename{"cosine", "cosine_similarity"},
    Rename{"huber_loss", "huber"},
    Rename{"logcosh", "log_cosh"},
};
Config modern_function(Config name) {
  if (!name.is_string()) return name;
  const auto it = std::find_if(function_names.begin(), function_names.end(),
                               [&](const Rename& r) { return name == Config(r.from); });
  return it == function_names.end() ? name : Config(it->to);
}

/// A loss: `reduction` "auto" is the sum over the batch's size; a wrapped function is its name.
Config upgrade_loss(Config c, int depth = 0) {
  if (depth > deepest) return c;
  if (c.is_string()) return modern_function(std::move(c));
  if (c.is_list()) {
    for (Config& item : c.as_list()) item = upgrade_loss(std::move(item), depth + 1);
    return c;
  }
  if (!c.is_dict()) return c;
  Config* config = c.find("config");
  if (!c.find("class_name")) {
    for (auto& [key, item] : c.as_dict()) item = upgrade_loss(std::move(item), depth + 1);
    return c;
  }
  c.erase("registered_name");
  if (!config || !config->is_dict()) return c;
  if (Config* reduction = config->find("reduction"); reduction && *reduction == Config("auto")) {
    *reduction = "sum_over_batch_size";
  }
  if (const Config* function = config->find("fn")) {
    if (c.at("class_name") == Config("LossFunctionWrapper")) return modern_function(*function);
    config->erase("fn");
  }
  return c;
}

class Metrics {
 public:
  explicit Metrics(const std::vector<std::string>& outputs) : outputs_(outputs) {}

  /// `output` is the one that they measure, where that is known.
  Config upgrade(Config c, int depth = 0, std::string_view output = {}) const {
    if (depth > deepest) return c;
    if (c.is_string()) return modern_function(std::move(c));
    if (c.is_list()) {
      const bool one_each = depth == 0 && c.size() == outputs_.size();
      for (size_t i = 0; i < c.size(); ++i) {
        Config& item = c.as_list()[i];
        const bool its_own = one_each && item.is_list();
        item = upgrade(std::move(item), depth + 1, its_own ? outputs_[i] : output);
      }
      return c;
    }
    if (!c.is_dict()) return c;
    if (!c.find("class_name")) {
      for (auto& [key, item] : c.as_dict()) item = upgrade(std::move(item), depth + 1, key);
      return c;
    }
    c.erase("registered_name");
    Config* config = c.find("config");
    if (!config || !config->is_dict()) return c;
    if (Config* name = config->find("name"); name && name->is_string())
      *name = without_output(name->as_string(), output);
    if (const Config* function = config->find("fn"); function && function->is_string()) {
      if (c.at("class_name") == Config("MeanMetricWrapper"))
        c.set("class_name", camel_case(function->as_string()));
      config->erase("fn");
    }
    return c;
  }

 private:
  /// TensorFlow wrote a metric's name with its output's in front where there are several, which
  /// compile adds again.
  std::string without_output(const std::string& name, std::string_view output) const {
    size_t in_front = 0;
    for (const std::string& one : outputs_)
      if (outputs_.size() > 1 && (output.empty() || one == output) && name.starts_with(one + "_"))
        in_front = std::max(in_front, one.size() + 1);
    return name.substr(in_front);
  }
  const std::vector<std::string>& outputs_;
};

/// A list without lists in it was that of every output.
Config for_every_output(Config metrics, size_t outputs) {
  const auto is_one = [](const Config& c) { return c.is_string() || c.find("class_name"); };
  if (outputs < 2 || !metrics.is_list() || metrics.size() == 0 ||
      !std::all_of(metrics.as_list().begin(), metrics.as_list().end(), is_one))
    return metrics;
  return Config(Config::List(outputs, metrics));
}

}  // namespace

Config upgrade_training_config(Config c, const Epoch& epoch, const CompiledModel& model) {
  if (!epoch.before(3) || !c.is_dict()) return c;
  const Training training{epoch, !is_before_tensorflow_2_4(c, epoch), model.embeddings};
  for (const char* key : {"optimizer_config", "optimizer"})
    if (Config* optimizer = c.find(key); optimizer && optimizer->is_dict())
      *optimizer = upgrade_optimizer(std::move(*optimizer), training);
  if (Config* loss = c.find("loss")) *loss = upgrade_loss(std::move(*loss));
  const Metrics metrics(model.outputs);
  for (const char* key : {"metrics", "weighted_metrics"})
    if (Config* list = c.find(key))
      *list = for_every_output(metrics.upgrade(std::move(*list)), model.outputs.size());
  return c;
}

}  // namespace kcpp::saving
