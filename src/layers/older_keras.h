/// What layers of an older Keras did otherwise in training.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "kcpp/core/config.h"

namespace kcpp::layers {

/// Words about one layer, for its file's Keras. They lie in `build_config`, where no Keras looks:
/// so they survive every file, and Keras 3 opens it.
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

  /// ActivityRegularization: the penalty is a sum over the batch.
  static constexpr std::string_view penalty_summed = "penalty_summed";

  bool says(std::string_view word) const {
    return words_.is_list() && std::any_of(words_.as_list().begin(), words_.as_list().end(),
                                           [&](const Config& c) { return c == Config(word); });
  }
  void read(const Config& build_config) {
    constexpr std::array known = {
        all_steps_at_once, frozen_normalizes,   frozen_moves, moves_twice,   unmasked,
        sample_variance,   epsilon_in_variance, fused_images, fused_volumes, penalty_summed};
    const Config* given = build_config.find(key);
    if (!given || !given->is_list()) return;
    words_ = Config::list();
    for (const std::string_view word : known)
      if (std::any_of(given->as_list().begin(), given->as_list().end(),
                      [&](const Config& c) { return c == Config(word); }))
        words_.push_back(Config(word));
  }
  /// `build_config`, which may be null, with them.
  Config with(Config build_config) const {
    if (!words_.is_list() || words_.size() == 0) return build_config;
    if (build_config.is_null()) build_config = Config::dict();
    build_config.set(key, words_);
    return build_config;
  }

 private:
  Config words_;
};

}  // namespace kcpp::layers
