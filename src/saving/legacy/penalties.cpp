/// Which penalties older Keras counted, as words beside the regularizers.
///
/// Those of activities: a sum over the batch in the package keras (from 1.0.7 on) and in Keras 3 up
/// to 3.13; TensorFlow's Keras and today's Keras 3 divide them by the batch's size. Those of frozen
/// weights: a part of the loss from Keras 1 on, in Keras 3 no more. Keras 1.0 and 1.1 had all of
/// them in training alone.
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

bool sums_over_batch(const Epoch& epoch) {
  if (epoch.before(3)) return !epoch.tf_keras && !epoch.before(1, 0, 7);
  return epoch.before(3, 14);
}
bool in_training_alone(const Epoch& epoch) { return epoch.before(1, 2) && !epoch.before(1); }

OlderKeras words_about_weights(const Upgrade& upgrade) {
  OlderKeras out;
  if (upgrade.frozen && upgrade.epoch.before(3) && !upgrade.epoch.before(1))
    out.say(OlderKeras::penalty_of_frozen);
  if (in_training_alone(upgrade.epoch)) out.say(OlderKeras::penalty_in_training);
  return out;
}

}  // namespace

OlderKeras words_about_activities(const Epoch& epoch) {
  OlderKeras out;
  if (sums_over_batch(epoch)) out.say(OlderKeras::penalty_summed);
  if (in_training_alone(epoch)) out.say(OlderKeras::penalty_in_training);
  return out;
}

void say_how_penalties_counted(Config& config, const Upgrade& upgrade) {
  const OlderKeras activities = words_about_activities(upgrade.epoch),
                   weights = words_about_weights(upgrade);
  for (auto& [key, regularizer] : config.as_dict()) {
    if (!key.ends_with("_regularizer")) continue;
    const OlderKeras& words = key == "activity_regularizer" ? activities : weights;
    if (words.empty()) continue;
    if (regularizer.is_string())
      regularizer = Config::dict({{"class_name", regularizer}, {"config", Config::dict()}});
    if (regularizer.is_dict()) regularizer = words.with(std::move(regularizer));
  }
}

}  // namespace kcpp::saving
