/// Weights whose values follow from a file need no initial ones.
#pragma once

namespace kcpp {

/// While it lives, add_weight on this thread makes zeros and asks no initializer: drawing 25
/// million random numbers takes longer than reading them.
class WeightsFollow {
 public:
  WeightsFollow() : saved_(active_) { active_ = true; }
  ~WeightsFollow() { active_ = saved_; }
  WeightsFollow(const WeightsFollow&) = delete;
  WeightsFollow& operator=(const WeightsFollow&) = delete;
  static bool active() { return active_; }

 private:
  static inline constinit thread_local bool active_ = false;
  bool saved_;
};

}  // namespace kcpp
