#include "src/saving/implicit_masks.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace kcpp::saving {
namespace {

/// Layers whose output has the mask of their input.
constexpr std::array<std::string_view, 20> carriers = {"Activation",
                                                       "BatchNormalization",
                                                       "Bidirectional",
                                                       "Dense",
                                                       "Dropout",
                                                       "ELU",
                                                       "GaussianDropout",
                                                       "GaussianNoise",
                                                       "GRU",
                                                       "LSTM",
                                                       "LayerNormalization",
                                                       "LeakyReLU",
                                                       "PReLU",
                                                       "RNN",
                                                       "ReLU",
                                                       "SimpleRNN",
                                                       "Softmax",
                                                       "SpatialDropout1D",
                                                       "TimeDistributed",
                                                       "AlphaDropout"};

std::string class_of(const Config& entry) {
  const Config* name = entry.find("class_name");
  return name && name->is_string() ? name->as_string() : std::string();
}

/// [layer, node, tensor] of a tensor.
const Config* history_of(const Config& c) {
  if (!c.is_dict() || class_of(c) != "__keras_tensor__") return nullptr;
  return c.at("config").find("keras_history");
}

class Masks {
 public:
  explicit Masks(Config& model) : model_(model), layers_(*model.find("layers")) {
    for (const Config& layer : layers_.as_list()) by_name_[name_of(layer)] = &layer;
  }

  void drop() {
    std::set<std::string> dropped;
    std::vector<Config*> calls;
    for (Config& layer : layers_.as_list())
      if (Config* nodes = layer.find("inbound_nodes"); nodes && nodes->is_list())
        for (Config& node : nodes->as_list())
          if (is_implicit(node)) calls.push_back(&node);
    for (Config* node : calls) {
      Config& kwargs = *node->find("kwargs");
      add_names(kwargs.at("mask"), dropped);
      kwargs.erase("mask");
    }
    while (drop_unused(dropped)) {
    }
  }

 private:
  static std::string name_of(const Config& layer) {
    const Config* name = layer.find("name");
    if (!name) name = layer.at("config").find("name");
    return name && name->is_string() ? name->as_string() : std::string();
  }
  /// The one argument of the call that gave the tensor, and the layer that was called.
  struct Origin {
    const Config* layer = nullptr;
    const Config* args = nullptr;
  };
  Origin origin_of(const Config& tensor) const {
    const Config* history = history_of(tensor);
    if (!history) return {};
    const auto it = by_name_.find(history->as_list()[0].as_string());
    if (it == by_name_.end()) return {};
    const Config* nodes = it->second->find("inbound_nodes");
    const auto index = static_cast<size_t>(history->as_list()[1].as_int());
    if (!nodes || !nodes->is_list() || index >= nodes->size()) return {};
    return {it->second, nodes->as_list()[index].find("args")};
  }
  static bool same_tensor(const Config& a, const Config& b) {
    const Config *x = history_of(a), *y = history_of(b);
    return x && y && *x == *y;
  }

  /// `mask` is what a layer's call makes of its input: x != 0 of an Embedding, any(x != value) of a
  /// Masking.
  bool begins_at(const Config& mask, const Origin& source) const {
    const Config& config = source.layer->at("config");
    const bool masking = class_of(*source.layer) == "Masking";
    const Config* value = masking ? config.find("mask_value") : nullptr;
    if (masking ? !value : config.find("mask_zero") == nullptr) return false;
    if (!masking && config.at("mask_zero") != Config(true)) return false;
    Origin made = origin_of(mask);
    if (masking) {
      if (!made.args || class_of(*made.layer) != "Any" || made.args->size() == 0) return false;
      made = origin_of(made.args->as_list()[0]);
    }
    if (!made.args || class_of(*made.layer) != "NotEqual" || made.args->size() != 2) return false;
    const Config& number = made.args->as_list()[1];
    return number.is_number() && number.as_double() == (masking ? value->as_double() : 0) &&
           same_tensor(made.args->as_list()[0], source.args->as_list()[0]);
  }

  /// A recurrent layer gives its mask on with a sequence only, and never with its states.
  static bool gives_mask_on(const Config& layer, const Config& output) {
    const Config* config = &layer.at("config");
    if (class_of(layer) == "Bidirectional" && config->find("layer"))
      config = config->at("layer").find("config");
    const Config* sequences = config ? config->find("return_sequences") : nullptr;
    if (!sequences) return true;
    return *sequences == Config(true) && history_of(output)->as_list()[2] == Config(0);
  }

  /// `mask` travels with `tensor` anyway.
  bool travels(const Config& mask, const Config& tensor) const {
    const Config* at = &tensor;
    Origin origin = origin_of(*at);
    for (size_t steps = 0; origin.args && origin.args->size() == 1; ++steps) {
      if (steps > layers_.size()) return false;
      const std::string name = class_of(*origin.layer);
      if (name == "Embedding" || name == "Masking") return begins_at(mask, origin);
      if (std::find(carriers.begin(), carriers.end(), name) == carriers.end()) return false;
      if (!gives_mask_on(*origin.layer, *at)) return false;
      at = &origin.args->as_list()[0];
      origin = origin_of(*at);
    }
    return false;
  }

  /// The call's one tensor argument, or each of its list, brings the mask that the call is given.
  bool is_implicit(const Config& node) const {
    const Config *args = node.find("args"), *kwargs = node.find("kwargs");
    const Config* mask = kwargs && kwargs->is_dict() ? kwargs->find("mask") : nullptr;
    if (!mask || mask->is_null() || !args || args->size() != 1) return false;
    // With initial states beside it, a recurrent layer sees no mask but one that it is given.
    for (const auto& [key, value] : kwargs->as_dict())
      if (key != "mask" && (value.is_list() || value.is_dict())) return false;
    const Config& first = args->as_list()[0];
    if (!first.is_list()) return travels(*mask, first);
    if (!mask->is_list() || mask->size() != first.size()) return false;
    for (size_t i = 0; i < first.size(); ++i) {
      const Config& one = mask->as_list()[i];
      if (!one.is_null() && !travels(one, first.as_list()[i])) return false;
    }
    return true;
  }

  static void add_names(const Config& c, std::set<std::string>& names) {
    if (const Config* history = history_of(c)) {
      names.insert(history->as_list()[0].as_string());
    } else if (c.is_list()) {
      for (const Config& item : c.as_list()) add_names(item, names);
    } else if (c.is_dict()) {
      for (const auto& [key, item] : c.as_dict()) add_names(item, names);
    }
  }

  static void add_words(const Config& c, std::set<std::string>& words) {
    if (c.is_string()) words.insert(c.as_string());
    if (c.is_list())
      for (const Config& item : c.as_list()) add_words(item, words);
    if (c.is_dict())
      for (const auto& [key, item] : c.as_dict()) add_words(item, words);
  }

  /// Erases those of the `names` that no call uses, and adds what they were made of.
  bool drop_unused(std::set<std::string>& names) {
    std::set<std::string> used;
    if (const Config* outputs = model_.find("output_layers")) add_words(*outputs, used);
    for (const Config& layer : layers_.as_list())
      if (const Config* nodes = layer.find("inbound_nodes")) add_names(*nodes, used);
    Config::List& list = layers_.as_list();
    std::set<std::string> sources;
    const size_t before = list.size();
    std::erase_if(list, [&](const Config& layer) {
      const std::string kind = class_of(layer);
      if ((kind != "NotEqual" && kind != "Any") || !names.count(name_of(layer)) ||
          used.count(name_of(layer)))
        return false;
      add_names(layer.at("inbound_nodes"), sources);
      return true;
    });
    names.insert(sources.begin(), sources.end());
    return list.size() < before;
  }

  const Config& model_;
  Config& layers_;
  std::map<std::string, const Config*> by_name_;
};

}  // namespace

void drop_implicit_masks(Config& model) { Masks(model).drop(); }

}  // namespace kcpp::saving
