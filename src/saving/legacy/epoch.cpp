#include "src/saving/legacy/epoch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <tuple>

#include "src/saving/containers/json.h"

namespace kcpp::saving {
namespace {

constexpr int deepest_config = 64;

// Keys and classes that only one generation of Keras wrote.
constexpr std::array keras1_keys = {
    "nb_filter",    "border_mode",   "dim_ordering",  "subsample",     "subsample_length",
    "nb_row",       "filter_length", "W_regularizer", "b_regularizer", "inner_activation",
    "inner_init",   "pool_length",   "consume_less",  "init",          "input_dtype",
    "W_constraint", "nb_feature",    "concat_axis",
};
constexpr std::array keras1_classes = {
    "Merge",
    "MaxoutDense",
    "Highway",
    "TimeDistributedDense",
    "Deconvolution2D",
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "SpatialConvolution2D",
    "ParametricSoftplus",
    "SReLU",
    "GraphModel",
};

template <size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view item) {
  return std::any_of(list.begin(), list.end(), [&](const char* s) { return item == s; });
}

/// What a config tells about its generation: 0 (nothing), else 1, 2 or 3.
struct Evidence {
  bool keras1 = false, keras2 = false, keras3 = false;

  void look(const Config& c, int depth = 0) {
    if (depth > deepest_config) return;
    if (c.is_list()) {
      for (const Config& item : c.as_list()) look(item, depth + 1);
    } else if (c.is_dict()) {
      const Config* class_name = c.find("class_name");
      if (class_name && class_name->is_string()) {
        keras1 |= contains(keras1_classes, class_name->as_string());
        keras3 |= class_name->as_string() == "__keras_tensor__";
      }
      for (const auto& [key, value] : c.as_dict()) {
        if (key == "batch_input_shape") {
          keras2 = true;  // and 1, which other keys tell
        } else {
          keras1 |= contains(keras1_keys, key);
        }
        keras2 |= key == "kernel_initializer" && !c.find("registered_name");
        keras3 |= key == "batch_shape" || key == "registered_name";
        look(value, depth + 1);
      }
    }
  }
};

Epoch by_content(const Config& model) {
  Epoch out;
  if (!model.find("config") && !model.find("class_name") && model.find("layers")) {
    out.major = 0, out.minor = 3;  // Keras 0.x: {"name": "Sequential", "layers": [..]}
    return out;
  }
  Evidence evidence;
  evidence.look(model);
  if (evidence.keras1) {
    out.major = 1, out.minor = 0;  // JSON tells its version from 1.0.4 on
  } else if (evidence.keras3) {
    return out;
  } else if (evidence.keras2) {
    out.major = 2, out.minor = 2;
  }
  return out;
}

const Config* text_entry(const Config* dict, std::string_view key) {
  const Config* value = dict ? dict->find(key) : nullptr;
  return value && value->is_string() ? value : nullptr;
}

std::string attribute_text(const hdf5::Group& group, std::string_view name) {
  const std::optional<Config> value = group.find_attribute(name);
  return value && value->is_string() ? value->as_string() : std::string();
}

}  // namespace

bool Epoch::before(int other_major, int other_minor, int other_patch) const {
  return std::tie(major, minor, patch) < std::tie(other_major, other_minor, other_patch);
}

std::string Epoch::to_string() const {
  return text("Keras ", major, ".", minor, ".", patch, tf_keras ? " (tf.keras)" : "");
}

Epoch epoch_of_version(const std::string& version, const std::string& backend) {
  Epoch out;
  std::array<int, 3> parts{};
  const char* at = version.data();
  const char* const end = at + version.size();
  bool any = false;
  for (int& part : parts) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc()) break;
    any = true;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (!any || parts[0] < 0) return out;  // not a version: as the newest
  out.major = parts[0], out.minor = parts[1], out.patch = parts[2];
  // "2.2.4-tf" is TensorFlow 1.13 to 2.1; from 2.4 on, Keras 2 is only TensorFlow's.
  out.tf_keras = version.find("-tf") != std::string::npos || (out.major == 2 && out.minor >= 4);
  out.theano = out.major == 2 && backend == "theano";
  return out;
}

Epoch epoch_of(const hdf5::Group& root) {
  std::string version = attribute_text(root, "keras_version");
  std::string backend = attribute_text(root, "backend");
  if (root.is_group("model_weights")) {
    const hdf5::Group weights = root.group("model_weights");
    if (version.empty()) version = attribute_text(weights, "keras_version");
    if (backend.empty()) backend = attribute_text(weights, "backend");
  }
  if (!version.empty()) return epoch_of_version(version, backend);
  if (root.has_attribute("model_config")) {
    const Epoch epoch =
        epoch_of(io::parse_json(root.attribute_string("model_config"), "model_config"));
    // Every Keras from 2 on writes its version beside the config.
    return epoch.before(2) ? epoch : epoch_of_version("1.2");
  }
  if (root.has_attribute("nb_layers")) return epoch_of_version("0.3");
  // Keras takes weights without a version for those of Keras 1.
  if (root.has_attribute_strings("layer_names")) return epoch_of_version("1.2");
  return {};  // the tree of .weights.h5, which has no version
}

Epoch epoch_of(const Config& model, const Config* metadata) {
  const Config* version = text_entry(metadata, "keras_version");
  if (!version) version = text_entry(&model, "keras_version");
  if (!version) return by_content(model);
  const Config* backend = text_entry(&model, "backend");
  return epoch_of_version(version->as_string(), backend ? backend->as_string() : "");
}

}  // namespace kcpp::saving
