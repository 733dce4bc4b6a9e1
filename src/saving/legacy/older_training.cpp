/// What layers did otherwise in training up to Keras 2, as words that the layers read.
#include <algorithm>

#include "src/layers/older_keras.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

using Words = layers::OlderKeras;

bool is_batch_normalization(const Config& c) {
  const Config* name = c.find("class_name");
  return name && name->is_string() && name->as_string().find("BatchNorm") != std::string::npos;
}
/// There is a batch normalization in it, at any depth.
bool has_batch_statistics(const Config& c) {
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_batch_statistics);
  return c.is_dict() && (is_batch_normalization(c) ||
                         std::any_of(c.as_dict().begin(), c.as_dict().end(), [](const auto& item) {
                           return has_batch_statistics(item.second);
                         }));
}
void all_move_twice(Config& c) {
  if (c.is_list()) {
    for (Config& item : c.as_list()) all_move_twice(item);
  } else if (c.is_dict()) {
    for (auto& [key, item] : c.as_dict()) all_move_twice(item);
    if (is_batch_normalization(c)) say_of_training(c, Words::moves_twice);
  }
}

/// TensorFlow from 2.3 on asked a wrapped model for its mask by running it once more.
void time_distributed(Config& entry, const Epoch& epoch) {
  if (!has_batch_statistics(entry.at("config"))) return;
  say_of_training(entry, Words::all_steps_at_once);
  Config* layer = entry.find("config")->find("layer");
  if (epoch.tf_keras && !epoch.before(2, 4) && layer && !is_batch_normalization(*layer))
    all_move_twice(*layer);
}

void batch_normalization(Config& entry, const std::string& old_class, const Epoch& epoch) {
  const bool package = !epoch.tf_keras;
  // The package's operation for images needed a GPU for any axis but the last.
  const Config* axis = entry.at("config").find("axis");
  const bool last = !axis || *axis == Config(-1) || *axis == Config(3);
  const bool fused = epoch.tf_keras || (!epoch.theano && !epoch.before(2, 1, 3) && last);
  const std::pair<bool, std::string_view> words[] = {
      {package || old_class == "BatchNormalizationV1", Words::frozen_normalizes},
      {package && epoch.before(2, 1, 3), Words::frozen_moves},
      {epoch.before(2, 12), Words::unmasked},
      {package && !epoch.before(2, 1, 4), Words::sample_variance},
      {epoch.theano, Words::epsilon_in_variance},
      {fused, Words::fused_images},
      {epoch.tf_keras && !epoch.before(2, 5), Words::fused_volumes},
  };
  for (const auto& [so, word] : words)
    if (so) say_of_training(entry, word);
}

}  // namespace

void say_of_training(Config& entry, std::string_view word) {
  const Config* given = entry.find("build_config");
  Config build = given && given->is_dict() ? *given : Config::dict();
  const Config* others = build.find(Words::key);
  Config words = others && others->is_list() ? *others : Config::list();
  words.push_back(word);
  build.set(Words::key, std::move(words));
  entry.set("build_config", std::move(build));
}

void say_how_it_trained(Config& entry, const std::string& old_class, const Epoch& epoch) {
  if (class_of(entry) == "TimeDistributed") time_distributed(entry, epoch);
  if (class_of(entry) == "BatchNormalization") batch_normalization(entry, old_class, epoch);
}

}  // namespace kcpp::saving
