/// Layers of Keras 1 (and 0.x) under the names and keys of Keras 2, as tables.
#include <algorithm>
#include <array>
#include <string_view>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

struct Rename {
  std::string_view from, to;
};
constexpr std::array classes = {
    Rename{"Convolution1D", "Conv1D"},
    Rename{"Convolution2D", "Conv2D"},
    Rename{"Convolution3D", "Conv3D"},
    Rename{"Deconvolution2D", "Conv2DTranspose"},
    Rename{"AtrousConvolution1D", "Conv1D"},
    Rename{"AtrousConvolution2D", "Conv2D"},
    Rename{"SeparableConvolution2D", "SeparableConv2D"},
    Rename{"TimeDistributedDense", "Dense"},  // a Dense works on the last axis of any rank
};

/// A key of one class (or of all, ""); to "": it is left out, as it says nothing about the result.
struct KeyRename {
  std::string_view class_name, from, to;
};
constexpr std::array keys = {
    KeyRename{"Embedding", "init", "embeddings_initializer"},
    KeyRename{"Embedding", "W_regularizer", "embeddings_regularizer"},
    KeyRename{"Embedding", "W_constraint", "embeddings_constraint"},
    KeyRename{"Embedding", "output_dim", "output_dim"},
    KeyRename{"Embedding", "input_dim", "input_dim"},
    KeyRename{"Embedding", "dropout", ""},
    KeyRename{"PReLU", "init", "alpha_initializer"},
    KeyRename{"PReLU", "weights", ""},
    KeyRename{"SeparableConv2D", "init", "depthwise_initializer"},
    KeyRename{"UpSampling1D", "length", "size"},
    KeyRename{"SReLU", "t_left_init", "t_left_initializer"},
    KeyRename{"SReLU", "a_left_init", "a_left_initializer"},
    KeyRename{"SReLU", "t_right_init", "t_right_initializer"},
    KeyRename{"SReLU", "a_right_init", "a_right_initializer"},
    KeyRename{"Conv2DTranspose", "output_shape", ""},
    KeyRename{"Reshape", "dims", "target_shape"},
    KeyRename{"", "output_dim", "units"},
    KeyRename{"", "init", "kernel_initializer"},
    KeyRename{"", "inner_init", "recurrent_initializer"},
    KeyRename{"", "inner_activation", "recurrent_activation"},
    KeyRename{"", "W_regularizer", "kernel_regularizer"},
    KeyRename{"", "U_regularizer", "recurrent_regularizer"},
    KeyRename{"", "b_regularizer", "bias_regularizer"},
    KeyRename{"", "W_constraint", "kernel_constraint"},
    KeyRename{"", "U_constraint", "recurrent_constraint"},
    KeyRename{"", "b_constraint", "bias_constraint"},
    KeyRename{"", "bias", "use_bias"},
    KeyRename{"", "dropout_W", "dropout"},
    KeyRename{"", "dropout_U", "recurrent_dropout"},
    KeyRename{"", "p", "rate"},
    KeyRename{"", "sigma", "stddev"},
    KeyRename{"", "nb_filter", "filters"},
    KeyRename{"", "filter_length", "kernel_size"},
    KeyRename{"", "border_mode", "padding"},
    KeyRename{"", "subsample", "strides"},
    KeyRename{"", "subsample_length", "strides"},
    KeyRename{"", "atrous_rate", "dilation_rate"},
    KeyRename{"", "dim_ordering", "data_format"},
    KeyRename{"", "pool_length", "pool_size"},
    KeyRename{"", "stride", "strides"},
    KeyRename{"InputLayer", "input_dtype", "dtype"},
    KeyRename{"", "input_dtype", ""},  // of the input, which an own layer stands for
    KeyRename{"", "input_dim", ""},
    KeyRename{"", "input_length", ""},
    KeyRename{"", "consume_less", ""},
    KeyRename{"", "cache_enabled", ""},
    KeyRename{"", "mode_type", ""},
};

constexpr std::array<std::string_view, 6> spatial_without_ordering = {
    "ZeroPadding2D", "ZeroPadding3D", "Cropping2D", "Cropping3D", "UpSampling2D", "UpSampling3D"};

/// mode -> class of a Merge.
constexpr std::array merges = {
    Rename{"sum", "Add"},         Rename{"mul", "Multiply"},       Rename{"ave", "Average"},
    Rename{"max", "Maximum"},     Rename{"concat", "Concatenate"}, Rename{"dot", "Dot"},
    Rename{"cos", "CosineMerge"},
};

Config* entry_of(Config& config, std::string_view key) { return config.find(key); }

std::string text_or(const Config& config, std::string_view key, std::string otherwise) {
  const Config* value = config.find(key);
  return value && value->is_string() ? value->as_string() : otherwise;
}

/// Axes of a product: only matrices, and what is larger, have a third one.
bool is_of_vectors(const Config& axes) {
  const auto small = [](const Config& axis) { return !axis.is_int() || axis.as_int() < 2; };
  return axes.is_list() ? std::all_of(axes.as_list().begin(), axes.as_list().end(), small)
                        : small(axes);
}

Config merge_layer(Config entry) {
  const Config& old = entry.at("config");
  const std::string name = name_of_layer(entry), mode = text_or(old, "mode", "");
  const auto it =
      std::find_if(merges.begin(), merges.end(), [&](const Rename& r) { return r.from == mode; });
  check(it != merges.end() && text_or(old, "mode_type", "raw") == "raw", "The Merge layer '", name,
        "' merges by a Python function or in an unknown way (mode=",
        mode.empty() ? Config() : Config(mode),
        "), which kcpp never executes. Rebuild the model with a Lambda layer in its place.");
  Config config = Config::dict({{"name", name}});
  if (mode == "concat") {
    const Config* axis = old.find("concat_axis");
    config.set("axis", axis ? *axis : Config(-1));
  }
  if (mode == "dot" || mode == "cos") {
    const Config* axes = old.find("dot_axes");
    config.set("axes", axes ? *axes : Config(-1));
  }
  const bool cosine = mode == "cos" && is_of_vectors(config.at("axes"));
  if (cosine) config.set("normalize", true);
  // The branches of a Merge that comes first in a Sequential model stay for that model's reader.
  if (const Config* layers = old.find("layers"); layers && layers->is_list() && layers->size())
    return entry;
  entry.set("class_name", cosine ? std::string_view("Dot") : it->to);
  entry.set("config", std::move(config));
  return entry;
}

/// Sizes that Keras 1 spread over several keys.
void gather_kernel_size(Config& config) {
  for (const auto& names :
       {std::vector<const char*>{"nb_row", "nb_col"},
        std::vector<const char*>{"kernel_dim1", "kernel_dim2", "kernel_dim3"}}) {
    if (!config.find(names[0])) continue;
    Config size = Config::list();
    for (const char* name : names) size.push_back(config.at(name));
    for (const char* name : names) config.erase(name);
    config.set("kernel_size", std::move(size));
  }
}

/// {"top_pad": 1, ..} of paddings and croppings.
void gather_padding(Config& config) {
  Config* padding = entry_of(config, "padding");
  if (!padding || !padding->is_dict()) return;
  const auto side = [&](const char* key) {
    const Config* value = padding->find(key);
    return value ? *value : Config(0);
  };
  const Config sides = Config::list({side("left_pad"), side("right_pad")});
  const bool plane = padding->find("top_pad") || padding->find("bottom_pad");
  *padding =
      plane ? Config::list({Config::list({side("top_pad"), side("bottom_pad")}), sides}) : sides;
}

void translate_values(const std::string& class_name, Config& config, const Upgrade& upgrade) {
  if (Config* format = entry_of(config, "data_format"); format && format->is_string()) {
    if (*format == Config("th")) *format = "channels_first";
    if (*format == Config("tf")) *format = "channels_last";
    if (*format == Config("default")) *format = upgrade.data_format;
  } else if (lacks_ordering(class_name)) {
    config.set("data_format", upgrade.data_format);
  }
  if (const Config* forget = config.find("forget_bias_init")) {
    config.set("unit_forget_bias", *forget == Config("one") || *forget == Config("ones"));
    config.erase("forget_bias_init");
  }
}

/// LSTM and GRU of 1.2 gave the recurrent kernels of their gates W_regularizer, unless all gates
/// were one array.
void regularize_recurrence(const std::string& class_name, Config& config, const Epoch& epoch) {
  if ((class_name != "LSTM" && class_name != "GRU") || epoch.before(1, 2)) return;
  if (text_or(config, "consume_less", "cpu") == "gpu") return;
  const Config* regularizer = config.find("W_regularizer");
  config.set("U_regularizer", regularizer ? *regularizer : Config());
}

/// BatchNormalization with mode 1 or 2 is a class of its own.
void batch_statistics(Config& entry, const Epoch& epoch) {
  Config& config = *entry.find("config");
  const Config* found = config.find("mode");
  const Config mode = found ? *found : Config(0);
  config.erase("mode");
  if (mode == Config(0)) return;
  check(mode == Config(1) || mode == Config(2), "The BatchNormalization layer '",
        name_of_layer(entry), "' has mode=", mode, ", which no Keras has.");
  const Config* given = config.find("epsilon");
  const Config epsilon = given ? *given : Config(1e-3);
  config.erase("epsilon");
  config.erase("momentum");
  // 1.0.6 left the second epsilon away in mode 2; before 1.0.4 there was no first one.
  config.set("variance_epsilon", epoch.before(1, 0, 4) ? Config(0.0) : epsilon);
  config.set("deviation_epsilon",
             mode == Config(2) && !epoch.before(1, 0, 6) ? Config(0.0) : epsilon);
  config.set("mode", mode);
  entry.set("class_name", "BatchNormalizationV0");
}

}  // namespace

bool lacks_ordering(std::string_view class_name) {
  return std::find(spatial_without_ordering.begin(), spatial_without_ordering.end(), class_name) !=
         spatial_without_ordering.end();
}

bool is_cosine_of_vectors(const Config& layer) {
  const Config* normalize = layer.at("config").find("normalize");
  return class_of(layer) == "Dot" && normalize && *normalize == Config(true);
}

Config keras1_to_keras2(Config entry, const Upgrade& upgrade) {
  const std::string old_class = class_of(entry);
  if (old_class == "Sequential" || old_class == "Model" || !entry.find("config") ||
      !entry.at("config").is_dict()) {
    return entry;
  }
  if (old_class == "Merge") return merge_layer(std::move(entry));
  const auto renamed = std::find_if(classes.begin(), classes.end(),
                                    [&](const Rename& r) { return r.from == old_class; });
  const std::string class_name(renamed == classes.end() ? old_class : renamed->to);
  entry.set("class_name", class_name);
  Config& old = *entry.find("config");
  gather_kernel_size(old);
  if (class_name == "BatchNormalization") batch_statistics(entry, upgrade.epoch);
  regularize_recurrence(class_name, old, upgrade.epoch);
  Config config = Config::dict();
  for (auto& [key, value] : old.as_dict()) {
    const auto rule =
        std::find_if(keys.begin(), keys.end(), [&, &old_key = key](const KeyRename& r) {
          return r.from == old_key && (r.class_name.empty() || r.class_name == class_name);
        });
    if (rule == keys.end()) {
      config.set(key, std::move(value));
    } else if (!rule->to.empty()) {
      config.set(rule->to, std::move(value));
    }
  }
  gather_padding(config);
  translate_values(class_name, config, upgrade);
  entry.set("config", std::move(config));
  return entry;
}

}  // namespace kcpp::saving
