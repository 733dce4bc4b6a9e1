/// What belongs to an optimizer's state.
#pragma once

namespace kcpp {

/// Keras builds the optimizer inside a LossScaleOptimizer while nothing is tracked: variables that
/// it makes itself, and not by add_variable, are then no part of its state, and of no file.
class PauseTracking {
 public:
  PauseTracking() : saved_(paused()) { paused() = true; }
  ~PauseTracking() { paused() = saved_; }
  PauseTracking(const PauseTracking&) = delete;
  PauseTracking& operator=(const PauseTracking&) = delete;

  static bool is_on() { return paused(); }

 private:
  static bool& paused() {
    static thread_local bool value = false;
    return value;
  }
  bool saved_;
};

}  // namespace kcpp
