/// Layers of Keras 2 (standalone and TensorFlow's) as those of Keras 3, as tables.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

struct Rename {
  std::string_view from, to;
};
constexpr std::array classes = {
    Rename{"CuDNNLSTM", "LSTM"},
    Rename{"CuDNNGRU", "GRU"},
    Rename{"UnifiedLSTM", "LSTM"},
    Rename{"UnifiedGRU", "GRU"},
    Rename{"LSTMV1", "LSTM"},
    Rename{"LSTMV2", "LSTM"},
    Rename{"GRUV1", "GRU"},
    Rename{"GRUV2", "GRU"},
    Rename{"LSTMCellV2", "LSTMCell"},
    Rename{"GRUCellV2", "GRUCell"},
    Rename{"BatchNormalizationV1", "BatchNormalization"},
    Rename{"BatchNormalizationV2", "BatchNormalization"},
    Rename{"SyncBatchNormalization", "BatchNormalization"},
    Rename{"ThresholdedReLU", "ReLU"},  // x where x > theta, else 0
    Rename{"Convolution2DTranspose", "Conv2DTranspose"},
};

/// A key that has another name, in one class or in all ("").
struct KeyRename {
  std::string_view class_name, from, to;
};
constexpr std::array keys = {
    KeyRename{"InputLayer", "batch_input_shape", "batch_shape"},
    KeyRename{"LeakyReLU", "alpha", "negative_slope"},
    KeyRename{"ThresholdedReLU", "theta", "threshold"},
};

/// A key that Keras 3 does not have: harmless, or so at one value alone.
struct Gone {
  std::string_view class_name, key;
  /// The only harmless values beside null; without one, every value is.
  std::optional<std::string_view> harmless = {};
  std::string_view why = "";
};
constexpr std::array gone = {
    Gone{"", "batch_input_shape"},  // a Sequential model's input layer has taken it over
    Gone{"Embedding", "input_length"},
    Gone{"Embedding", "sparse"},
    Gone{"", "implementation"},
    Gone{"", "_num_constants", "0", "recurrent constants are not known to kcpp"},
    Gone{"", "num_constants", "0", "recurrent constants are not known to kcpp"},
    Gone{"", "time_major"},  // looked at before
    Gone{"DepthwiseConv2D", "groups", "1", "a depthwise convolution has one group a channel"},
    Gone{"DepthwiseConv1D", "groups", "1", "a depthwise convolution has one group a channel"},
    Gone{"SeparableConv1D", "groups", "1", "a depthwise convolution has one group a channel"},
    Gone{"SeparableConv2D", "groups", "1", "a depthwise convolution has one group a channel"},
    Gone{"Conv1DTranspose", "groups", "1", "a transposed convolution has no groups"},
    Gone{"Conv2DTranspose", "groups", "1", "a transposed convolution has no groups"},
    Gone{"Conv3DTranspose", "groups", "1", "a transposed convolution has no groups"},
    Gone{"DepthwiseConv1D", "kernel_initializer"},
    Gone{"DepthwiseConv1D", "kernel_regularizer"},
    Gone{"DepthwiseConv1D", "kernel_constraint"},
    Gone{"DepthwiseConv2D", "kernel_initializer"},
    Gone{"DepthwiseConv2D", "kernel_regularizer"},
    Gone{"DepthwiseConv2D", "kernel_constraint"},
    Gone{"SeparableConv1D", "kernel_initializer"},
    Gone{"SeparableConv1D", "kernel_regularizer"},
    Gone{"SeparableConv1D", "kernel_constraint"},
    Gone{"SeparableConv2D", "kernel_initializer"},
    Gone{"SeparableConv2D", "kernel_regularizer"},
    Gone{"SeparableConv2D", "kernel_constraint"},
    Gone{"BatchNormalization", "fused"},
    Gone{"BatchNormalization", "virtual_batch_size", "null", "it normalizes parts of a batch"},
    Gone{"BatchNormalization", "adjustment", "null", "it changes the normalized values"},
    Gone{"Attention", "causal"},          // moves into the call
    Gone{"AdditiveAttention", "causal"},  // likewise
    Gone{"MultiHeadAttention", "query_shape"},
    Gone{"MultiHeadAttention", "key_shape"},
    Gone{"MultiHeadAttention", "value_shape"},
    Gone{"Conv2D", "rank"},
    Gone{"", "expects_training_arg"},
    Gone{"", "expects_mask_arg"},
    Gone{"", "autocast"},
    Gone{"", "dynamic"},
};

/// What a key meant where it is missing.
struct Default {
  std::string_view class_name, key;
  int major, minor;  ///< before this version
  bool standalone_only;
  const char* value;  ///< JSON of a word
};
constexpr std::array defaults = {
    Default{"LSTM", "recurrent_activation", 2, 3, true, "hard_sigmoid"},
    Default{"GRU", "recurrent_activation", 2, 3, true, "hard_sigmoid"},
    Default{"LSTMCell", "recurrent_activation", 2, 3, true, "hard_sigmoid"},
    Default{"GRUCell", "recurrent_activation", 2, 3, true, "hard_sigmoid"},
    Default{"ConvLSTM2D", "recurrent_activation", 3, 0, false, "hard_sigmoid"},
};

bool is_value(const Config& c, std::string_view word) {
  return c.to_json() == word || (c.is_bool() && word == "0" && !c.as_bool());
}

void forget_keys(const std::string& name, const std::string& class_name, Config& config) {
  for (const Gone& rule : gone) {
    if (!rule.class_name.empty() && rule.class_name != class_name) continue;
    if (rule.key == "implementation" && class_name.starts_with("LocallyConnected")) continue;
    const Config* value = config.find(rule.key);
    if (!value) continue;
    check(!rule.harmless || value->is_null() || is_value(*value, *rule.harmless), "[Layer '", name,
          "' of class ", class_name, "] `", rule.key, "` = ", *value,
          " of Keras 2 cannot be read: ", rule.why, ".");
    config.erase(rule.key);
  }
}

/// The only element of a list of one: BatchNormalization's axis.
void single(Config& config, std::string_view key) {
  Config* value = config.find(key);
  if (value && value->is_list() && value->size() == 1) *value = Config(value->as_list()[0]);
}

void cudnn(const std::string& old_class, Config& config) {
  if (!old_class.starts_with("CuDNN")) return;
  config.set("activation", "tanh");
  config.set("recurrent_activation", "sigmoid");
  if (old_class == "CuDNNGRU") config.set("reset_after", true);
}

/// A recurrent layer over (time, batch, ..) is wrapped in one that turns its data round.
Config turned_round(Config entry) {
  Config& config = *entry.find("config");
  const Config trainable = config.find("trainable") ? config.at("trainable") : Config(true);
  config.erase("time_major");
  Config wrapper = Config::dict(
      {{"name", config.at("name")},
       {"trainable", trainable},
       {"layer", Config::dict({{"class_name", class_of(entry)}, {"config", std::move(config)}})}});
  entry.set("class_name", "TimeMajor");
  entry.set("config", std::move(wrapper));
  return entry;
}

}  // namespace

bool is_time_major(const Config& entry) {
  const Config* config = entry.find("config");
  if (!config || !config->is_dict() || !config->find("name")) return false;
  const Config* time_major = config->find("time_major");
  return time_major && *time_major == Config(true);
}

Config keras2_to_keras3(Config entry, const Upgrade& upgrade) {
  Config* config = entry.find("config");
  if (!config || !config->is_dict()) return entry;
  if (is_time_major(entry)) return turned_round(std::move(entry));
  const std::string old_class = class_of(entry), name = name_of_layer(entry);
  const auto renamed = std::find_if(classes.begin(), classes.end(),
                                    [&](const Rename& r) { return r.from == old_class; });
  const std::string class_name(renamed == classes.end() ? old_class : renamed->to);
  entry.set("class_name", class_name);
  entry.erase("registered_name");  // the old class's
  for (const KeyRename& rule : keys) {
    if (rule.class_name != old_class) continue;
    if (const Config* value = config->find(rule.from)) {
      Config kept = *value;
      config->erase(rule.from);
      config->set(rule.to, std::move(kept));
    }
  }
  // A recurrent layer that was called with states was built for their shapes too.
  if (Config* build = entry.find("build_config"); build && build->is_dict()) {
    Config* shape = build->find("input_shape");
    if (shape && shape->is_list() && shape->size() && shape->as_list()[0].is_list() &&
        is_recurrent(class_name))
      *shape = Config(shape->as_list()[0]);
  }
  const Config* interpolation = config->find("interpolation");
  if (class_name == "UpSampling2D" && !upgrade.epoch.tf_keras && interpolation &&
      *interpolation == Config("bilinear")) {
    entry.set("class_name", "CornerUpSampling2D");
    config->erase("interpolation");
  }
  if (old_class == "SyncBatchNormalization") config->set("synchronized", true);
  cudnn(old_class, *config);
  forget_keys(name, class_name, *config);
  for (const Default& rule : defaults) {
    if (rule.class_name == class_name && !config->find(rule.key) &&
        upgrade.epoch.before(rule.major, rule.minor) &&
        !(rule.standalone_only && upgrade.epoch.tf_keras)) {
      config->set(rule.key, rule.value);
    }
  }
  if ((class_name == "GRU" || class_name == "GRUCell") && !config->find("reset_after"))
    config->set("reset_after", false);
  // A layer's config has it, an operation's has not: that is how a graph's reader tells them apart.
  if (class_name != "InputLayer" && !config->find("trainable")) config->set("trainable", true);
  if (class_name == "BatchNormalization") single(*config, "axis");
  if (Config* dtype = config->find("dtype"); dtype && dtype->is_dict()) {
    const Config* policy = dtype->find("config");
    const Config* policy_name = policy ? policy->find("name") : nullptr;
    if (!policy_name || *policy_name == Config("_infer")) config->erase("dtype");
  }
  return entry;
}

}  // namespace kcpp::saving
