/// Penalties of activities: a sum over the batch in the package keras (from 1.0.7 on) and in Keras
/// 3 up to 3.13; TensorFlow's Keras and today's Keras 3 divide them by the batch's size.
#include "src/layers/older_keras.h"
#include "src/regularizers.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

bool sums_over_batch(const Epoch& epoch) {
  if (epoch.before(3)) return !epoch.tf_keras && !epoch.before(1, 0, 7);
  return epoch.before(3, 14);
}

}  // namespace

void sum_activity_penalties(Config& entry, const Upgrade& upgrade) {
  Config* config = entry.find("config");
  if (!sums_over_batch(upgrade.epoch) || !config || !config->is_dict()) return;
  if (class_of(entry) == "ActivityRegularization")
    return say_of_training(entry, layers::OlderKeras::penalty_summed);
  Config* regularizer = config->find("activity_regularizer");
  if (!regularizer || regularizer->is_null()) return;
  if (regularizer->is_string())
    *regularizer = Config::dict({{"class_name", *regularizer}, {"config", Config::dict()}});
  if (regularizer->is_dict()) regularizer->set(batch_key, batch_sum);
}

}  // namespace kcpp::saving
