#include "src/saving/legacy/older_functions.h"

#include <algorithm>
#include <array>

#include "src/older_keras.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr int deepest = 50;

using Activations = std::vector<std::string>;
using Words = OlderKeras;

/// Whether metrics stand as the user gave them, not as objects in a list for each output.
bool are_as_given(const Config* metrics) {
  if (!metrics || metrics->is_null()) return false;
  const auto is_built = [](const Config& list) {
    return list.is_null() ||
           (list.is_list() && std::all_of(list.as_list().begin(), list.as_list().end(),
                                          [](const Config& item) { return item.is_dict(); }));
  };
  return !metrics->is_list() ||
         !std::all_of(metrics->as_list().begin(), metrics->as_list().end(), is_built);
}

bool is_crossentropy(std::string_view class_name) { return class_name.ends_with("Crossentropy"); }

/// What is known of a prediction by the activation that gave it.
bool has_logits(const std::string& a) { return a == "sigmoid" || a == "softmax"; }

/// The words about crossentropies of outputs that these activations give. `from_logits`: the user
/// says that they are logits, whatever gave them.
void add_crossentropy_words(Words& words, bool binary, bool from_logits,
                            const OlderFunctions& older, const Activations& activations) {
  using Kind = OlderFunctions::Crossentropies;
  const std::string own = binary ? "sigmoid" : "softmax";
  const auto takes_logits = [&](const std::string& a) {
    if (older.crossentropies == Kind::of_logits) return has_logits(a);
    return older.crossentropies == Kind::of_own_logits && !from_logits && a == own;
  };
  const bool none = std::none_of(activations.begin(), activations.end(), takes_logits);
  if (none && std::any_of(activations.begin(), activations.end(), has_logits))
    words.say(Words::of_probabilities);
  if (none && binary && !from_logits && older.epsilon_in_logs) words.say(Words::epsilon_in_logs);
}

Words words_of(std::string_view class_name, bool from_logits, bool metric,
               const OlderFunctions& older, const Activations& activations) {
  Words out;
  if (is_crossentropy(class_name))
    add_crossentropy_words(out, class_name == "BinaryCrossentropy", from_logits, older,
                           activations);
  if (class_name.ends_with("Hinge") && older.plain_labels) out.say(Words::plain_labels);
  if (class_name == "CosineSimilarity") {
    if (older.mean_of_products) out.say(Words::mean_of_products);
    if (metric && older.negated) out.say(Words::negated);
  }
  // What lies between 0 and 1 is rounded as it is compared with 0.5.
  if (class_name == "BinaryAccuracy" && older.rounded &&
      !std::all_of(activations.begin(), activations.end(), has_logits))
    out.say(Words::rounded);
  return out;
}

/// Functions by their names, in losses and metrics.
struct Named {
  std::string_view name, class_name;
};
constexpr std::array names = {
    Named{"binary_crossentropy", "BinaryCrossentropy"},
    Named{"bce", "BinaryCrossentropy"},
    Named{"categorical_crossentropy", "CategoricalCrossentropy"},
    Named{"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"},
    Named{"hinge", "Hinge"},
    Named{"squared_hinge", "SquaredHinge"},
    Named{"cosine_similarity", "CosineSimilarity"},
    Named{"binary_accuracy", "BinaryAccuracy"},
};
std::string_view class_of_function(const Config& c) {
  const Config* class_name = c.find("class_name");
  const Config& name = class_name ? *class_name : c;
  for (const Named& n : names)
    if (name == Config(n.name) || name == Config(n.class_name)) return n.class_name;
  return {};
}

/// A loss or a metric by its name or as an object.
Config with_words(Config c, bool metric, const OlderFunctions& older,
                  const Activations& activations) {
  const std::string_view class_name = class_of_function(c);
  const Config* config = c.find("config");
  const Config* logits = config ? config->find("from_logits") : nullptr;
  if (class_name.empty()) return c;
  const bool from_logits = logits && *logits == Config(true);
  const Words words = words_of(class_name, from_logits, metric, older, activations);
  if (words.empty()) return c;
  if (c.is_string())
    c = Config::dict(
        {{"class_name", class_name}, {"config", Config::dict({{"name", c.as_string()}})}});
  return words.with(std::move(c));
}

/// Losses or metrics in lists and dicts for the outputs.
Config in_all(Config c, bool metric, const OlderFunctions& older, const CompiledModel& model,
              const Activations& activations, int depth = 0) {
  const auto of_output = [&](size_t i) {
    return i < model.activations.size() ? Activations{model.activations[i]} : activations;
  };
  if (depth > deepest) return c;
  if (c.is_list()) {
    const bool by_output = depth == 0 && c.size() > 1 && c.size() == model.outputs.size();
    for (size_t i = 0; i < c.size(); ++i)
      c.as_list()[i] = in_all(std::move(c.as_list()[i]), metric, older, model,
                              by_output ? of_output(i) : activations, depth + 1);
  } else if (c.is_dict() && !c.find("class_name")) {
    for (auto& [output, item] : c.as_dict()) {
      const auto at = std::find(model.outputs.begin(), model.outputs.end(), output);
      item = in_all(std::move(item), metric, older, model,
                    of_output(static_cast<size_t>(at - model.outputs.begin())), depth + 1);
    }
  } else {
    c = with_words(std::move(c), metric, older, activations);
  }
  return c;
}

/// The layers that outputs name: [layer, node, output], or lists and dicts of such.
void referred_layers(const Config& c, std::vector<std::string>& out, int depth = 0) {
  if (depth > deepest) return;
  if (c.is_list() && c.size() && c.as_list()[0].is_string()) {
    out.push_back(c.as_list()[0].as_string());
  } else if (c.is_list()) {
    for (const Config& item : c.as_list()) referred_layers(item, out, depth + 1);
  } else if (c.is_dict()) {
    for (const auto& [key, item] : c.as_dict()) referred_layers(item, out, depth + 1);
  }
}

std::vector<std::string> activations_of(const Config& entry, int depth) {
  const Config* config = entry.find("config");
  const Config* class_name = entry.find("class_name");
  if (depth > deepest || !config || !config->is_dict() || !class_name) return {""};
  if (*class_name == Config("Softmax")) return {"softmax"};
  const Config* layers = config->find("layers");
  if (!layers || !layers->is_list()) {
    const Config* activation = config->find("activation");
    return {activation && activation->is_string() ? activation->as_string() : ""};
  }
  const Config* outputs = config->find("output_layers");
  if (!outputs)
    return layers->size() ? activations_of(layers->as_list().back(), depth + 1)
                          : std::vector<std::string>{};
  std::vector<std::string> names, out;
  referred_layers(*outputs, names);
  for (const std::string& name : names) {
    std::string one;
    for (const Config& layer : layers->as_list())
      if (name_of_layer(layer) == name) {
        const auto of_layer = activations_of(layer, depth + 1);
        if (of_layer.size() == 1) one = of_layer[0];
      }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

bool is_before_tensorflow_2_4(const Config& training, const Epoch& epoch) {
  if (!epoch.tf_keras || epoch.before(2, 4)) return true;
  return epoch.before(2, 5) && (are_as_given(training.find("metrics")) ||
                                are_as_given(training.find("weighted_metrics")));
}

bool chooses_accuracy_by_loss(const Epoch& epoch) { return !epoch.tf_keras || epoch.before(2, 3); }

OlderFunctions older_functions_of(const Config& training, const Epoch& epoch) {
  using Kind = OlderFunctions::Crossentropies;
  // The package let TensorFlow take crossentropies from 2.3 on.
  const bool own = !epoch.tf_keras && epoch.before(2, 3);
  OlderFunctions out;
  if (own || is_before_tensorflow_2_4(training, epoch))
    out.crossentropies = own ? Kind::of_probabilities : Kind::of_own_logits;
  out.epsilon_in_logs = !own;
  out.plain_labels = out.negated = own;
  out.mean_of_products = own && epoch.before(2, 1);
  out.rounded = !epoch.tf_keras;
  return out;
}

Config with_older_functions(Config training, const OlderFunctions& older,
                            const CompiledModel& model) {
  for (const char* key : {"loss", "metrics", "weighted_metrics"})
    if (Config* given = training.find(key))
      *given = in_all(std::move(*given), std::string_view(key) != "loss", older, model,
                      model.activations);
  return training;
}

std::vector<std::string> output_activations(const Config& model) {
  return activations_of(model, 0);
}

}  // namespace kcpp::saving
