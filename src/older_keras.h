/// What an older Keras did otherwise in training.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "kcpp/core/config.h"

namespace kcpp {

/// Words about one layer, regularizer, loss or metric, for its file's Keras. They lie where no
/// Keras looks, in a layer's `build_config` and beside the config of the others: so they survive
/// every file, and Keras 3 opens it.
class OlderKeras {
 public:
  static constexpr const char* key = "older_keras";
  /// TimeDistributed: all steps are one batch.
  static constexpr std::string_view all_steps_at_once = "all_steps_at_once";
  /// BatchNormalization: a frozen layer normalizes by its batch too; and moves its averages.
  static constexpr std::string_view frozen_normalizes = "frozen_normalizes";
  static constexpr std::string_view frozen_moves = "frozen_moves";
  /// BatchNormalization: each step of training moves the averages twice.
  static constexpr std::string_view moves_twice = "moves_twice";
  /// BatchNormalization: what a mask hides counts.
  static constexpr std::string_view unmasked = "unmasked";
  /// BatchNormalization: the average is of variances of n values times n / (n - 1 - epsilon).
  static constexpr std::string_view sample_variance = "sample_variance";
  /// BatchNormalization: that variance has epsilon in it.
  static constexpr std::string_view epsilon_in_variance = "epsilon_in_variance";
  /// BatchNormalization: TensorFlow's operation for images, and for volumes. No masks, and
  /// variances times n / (n - 1).
  static constexpr std::string_view fused_images = "fused_images";
  static constexpr std::string_view fused_volumes = "fused_volumes";

  /// Penalties of activities (regularizers and ActivityRegularization): a sum over the batch.
  static constexpr std::string_view penalty_summed = "penalty_summed";
  /// Penalties of weights: those of frozen weights count too.
  static constexpr std::string_view penalty_of_frozen = "penalty_of_frozen";
  /// Penalties of weights and activities: they are no part of what `evaluate` gives.
  static constexpr std::string_view penalty_in_training = "penalty_in_training";

  /// Crossentropies: of what an activation gives, never of the logits that it got.
  static constexpr std::string_view of_probabilities = "of_probabilities";
  /// Binary ones: log(p + 1e-7), p at least 1e-7 from 0 and 1.
  static constexpr std::string_view epsilon_in_logs = "epsilon_in_logs";
  /// Hinges: labels 0 and 1 do not become -1 and 1.
  static constexpr std::string_view plain_labels = "plain_labels";
  /// Similarity of cosines: the mean of the products along the axis, not their sum.
  static constexpr std::string_view mean_of_products = "mean_of_products";
  /// The metric of that name: less is better.
  static constexpr std::string_view negated = "negated";
  /// Accuracy of a binary prediction: it is rounded.
  static constexpr std::string_view rounded = "rounded";

  bool says(std::string_view word) const {
    return words_.is_list() && std::any_of(words_.as_list().begin(), words_.as_list().end(),
                                           [&](const Config& c) { return c == Config(word); });
  }
  bool empty() const { return !words_.is_list() || words_.size() == 0; }
  void say(std::string_view word) {
    if (!words_.is_list()) words_ = Config::list();
    words_.push_back(Config(word));
  }
  void say(const OlderKeras& others) {
    if (others.empty()) return;
    for (const Config& word : others.words_.as_list()) say(word.as_string());
  }
  /// From the dict that they lie in; of what stands there, the words that are known.
  void read(const Config& holder) {
    constexpr std::array known = {all_steps_at_once,   frozen_normalizes, frozen_moves,
                                  moves_twice,         unmasked,          sample_variance,
                                  epsilon_in_variance, fused_images,      fused_volumes,
                                  penalty_summed,      penalty_of_frozen, penalty_in_training,
                                  of_probabilities,    epsilon_in_logs,   plain_labels,
                                  mean_of_products,    negated,           rounded};
    const Config* given = holder.find(key);
    if (!given || !given->is_list()) return;
    words_ = Config::list();
    for (const std::string_view word : known)
      if (std::any_of(given->as_list().begin(), given->as_list().end(),
                      [&](const Config& c) { return c == Config(word); }))
        words_.push_back(Config(word));
  }
  /// The dict to keep them in, which may be null, with them.
  Config with(Config holder) const {
    if (empty()) return holder;
    if (holder.is_null()) holder = Config::dict();
    holder.set(key, words_);
    return holder;
  }

 private:
  Config words_;
};

}  // namespace kcpp
