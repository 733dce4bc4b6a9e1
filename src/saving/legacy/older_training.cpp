/// What layers did otherwise in training up to Keras 2, as words that the layers read.
#include <algorithm>

#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

/// Adds words to those in an entry's build_config. It may move the entry's config.
void add_words(Config& entry, const OlderKeras& words) {
  if (words.empty()) return;
  const Config* given = entry.find("build_config");
  Config build = given && given->is_dict() ? *given : Config::dict();
  OlderKeras all;
  all.read(build);
  all.say(words);
  entry.set("build_config", all.with(std::move(build)));
}

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
    if (!is_batch_normalization(c)) return;
    OlderKeras word;
    word.say(OlderKeras::moves_twice);
    add_words(c, word);
  }
}

/// TensorFlow from 2.3 on asked a wrapped model for its mask by running it once more.
OlderKeras time_distributed(Config& config, const Epoch& epoch) {
  OlderKeras out;
  if (!has_batch_statistics(config)) return out;
  Config* layer = config.find("layer");
  if (epoch.tf_keras && !epoch.before(2, 4) && layer && !is_batch_normalization(*layer))
    all_move_twice(*layer);
  out.say(OlderKeras::all_steps_at_once);
  return out;
}

OlderKeras batch_normalization(const Config& config, const std::string& old_class,
                               const Epoch& epoch) {
  const bool package = !epoch.tf_keras;
  // The package's operation for images needed a GPU for any axis but the last.
  const Config* axis = config.find("axis");
  const bool last = !axis || *axis == Config(-1) || *axis == Config(3);
  const bool fused = epoch.tf_keras || (!epoch.theano && !epoch.before(2, 1, 3) && last);
  const std::pair<bool, std::string_view> words[] = {
      {package || old_class == "BatchNormalizationV1", OlderKeras::frozen_normalizes},
      {package && epoch.before(2, 1, 3), OlderKeras::frozen_moves},
      {epoch.before(2, 12), OlderKeras::unmasked},
      {package && !epoch.before(2, 1, 4), OlderKeras::sample_variance},
      {epoch.theano, OlderKeras::epsilon_in_variance},
      {fused, OlderKeras::fused_images},
      {epoch.tf_keras && !epoch.before(2, 5), OlderKeras::fused_volumes},
  };
  OlderKeras out;
  for (const auto& [so, word] : words)
    if (so) out.say(word);
  return out;
}

}  // namespace

void say_how_it_trained(Config& entry, const std::string& old_class, const Epoch& epoch) {
  Config& config = *entry.find("config");
  const std::string& now = class_of(entry);
  if (now == "ActivityRegularization") return add_words(entry, words_about_activities(epoch));
  if (!epoch.before(3)) return;
  if (now == "TimeDistributed") return add_words(entry, time_distributed(config, epoch));
  if (now == "BatchNormalization")
    return add_words(entry, batch_normalization(config, old_class, epoch));
}

}  // namespace kcpp::saving
