#include "src/saving/h5_keys.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

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
    LeftOut{"Conv1D", "groups", "1"},
    LeftOut{"Conv2D", "groups", "1"},
    LeftOut{"Conv3D", "groups", "1"},
    LeftOut{"GlobalAveragePooling1D", "keepdims", "false"},
    LeftOut{"GlobalAveragePooling2D", "keepdims", "false"},
    LeftOut{"GlobalAveragePooling3D", "keepdims", "false"},
    LeftOut{"GlobalMaxPooling1D", "keepdims", "false"},
    LeftOut{"GlobalMaxPooling2D", "keepdims", "false"},
    LeftOut{"GlobalMaxPooling3D", "keepdims", "false"},
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
    LeftOut{"Resizing", "crop_to_aspect_ratio", "false"},
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

}  // namespace

bool is_class(const Config& c, std::string_view name) {
  const Config* class_name = c.is_dict() ? c.find("class_name") : nullptr;
  return class_name && *class_name == Config(std::string(name));
}

Config tf_keras_keys(const Config& c) {
  if (c.is_list()) {
    Config out = Config::list();
    for (const Config& item : c.as_list()) out.push_back(tf_keras_keys(item));
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
    if (!is_left_out(key, value)) out.set(key, tf_keras_keys(value));
  }
  if (Config* config = out.find("config"); config && config->is_dict() && c.find("class_name"))
    leave_out(c.at("class_name"), *config);
  return out;
}

}  // namespace kcpp::saving
