/// Keras's progress bar: on a terminal a bar that redraws itself, into a pipe one plain line an
/// epoch.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <iostream>

#include "src/callbacks/callback_list.h"

namespace kcpp {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class... Args>
std::string format(const char* pattern, Args... args) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), pattern, args...);
  return buffer;
}

std::string metric_text(double value) {
  return format(std::fabs(value) > 1e-3 ? " %.4f" : " %.4e", value);
}

std::string step_time(double seconds) {
  if (seconds >= 1 || seconds == 0) return format(" %.0fs/step", seconds);
  if (seconds >= 1e-3) return format(" %.0fms/step", seconds * 1e3);
  return format(" %.0fus/step", seconds * 1e6);
}

std::string time_left(double seconds) {
  const int64_t s = static_cast<int64_t>(seconds);
  if (s > 3600)
    return format("%ld:%02ld:%02ld", static_cast<long>(s / 3600), static_cast<long>(s % 3600 / 60),
                  static_cast<long>(s % 60));
  if (s > 60) return format("%ld:%02ld", static_cast<long>(s / 60), static_cast<long>(s % 60));
  return format("%lds", static_cast<long>(s));
}

class ProgressBar final : public Callback {
 public:
  void set_params(const CallbackParams& params) override {
    Callback::set_params(params);
    target_ = params.steps;
    redraws_ = params.stream == &std::cout && isatty(STDOUT_FILENO) && params.verbose == 1;
  }
  void on_train_begin(const Logs&) override { in_fit_ = true; }
  void on_epoch_begin(int epoch, const Logs&) override {
    start();
    if (params_.epochs > 1)
      out() << "Epoch " << epoch + 1 << "/" << params_.epochs << "\n" << std::flush;
  }
  void on_train_batch_end(int64_t step, const Logs& logs) override { update(step + 1, logs); }
  void on_epoch_end(int, Logs& logs) override { finish(logs); }
  void on_test_begin(const Logs&) override {
    if (!in_fit_) start();
  }
  void on_test_batch_end(int64_t step, const Logs& logs) override {
    if (!in_fit_) update(step + 1, logs);
  }
  void on_test_end(const Logs& logs) override {
    if (!in_fit_) finish(logs);
  }
  void on_predict_begin(const Logs&) override { start(); }
  void on_predict_batch_end(int64_t step, const Logs&) override { update(step + 1, {}); }
  void on_predict_end(const Logs&) override { finish({}); }

 private:
  static constexpr int bar_width = 20;
  static constexpr double interval = 0.05;  // seconds between two drawings

  std::ostream& out() const { return *params_.stream; }

  void start() {
    begun_ = Clock::now();
    last_drawn_ = {};
    seen_ = 0;
    previous_width_ = 0;
  }

  void update(int64_t step, const Logs& logs) {
    seen_ = step;
    if (step == 1) first_step_ = seconds_since(begun_);
    if (!redraws_ || seconds_since(last_drawn_) < interval) return;
    draw(step, logs, false);
  }

  void finish(const Logs& logs) {
    if (target_ < 0) target_ = seen_;
    draw(std::max(target_, seen_), logs, true);
    out() << std::flush;
  }

  /// The first step includes what happens only once, and does not count.
  double per_step(int64_t step) const {
    const double elapsed = seconds_since(begun_);
    return step > 1    ? (elapsed - first_step_) / static_cast<double>(step - 1)
           : step == 1 ? elapsed
                       : 0;
  }

  void draw(int64_t step, const Logs& logs, bool last) {
    const double each = per_step(step);
    const bool color = redraws_;
    const auto bold = [&](const std::string& s) { return color ? "\x1b[1m" + s + "\x1b[0m" : s; };
    std::string bar, info;
    int width = 0;
    if (target_ > 0) {
      const std::string total = std::to_string(target_);
      const std::string count =
          format("%*ld", static_cast<int>(total.size()), static_cast<long>(step)) + "/" + total;
      bar = bold(count);
      width += static_cast<int>(count.size());
      if (params_.verbose == 1) {
        const int filled =
            static_cast<int>(bar_width * static_cast<double>(step) / static_cast<double>(target_));
        std::string done, rest;
        for (int i = 0; i < bar_width; ++i) (i < filled ? done : rest) += "━";
        bar +=
            color ? " \x1b[32m" + done + "\x1b[0m\x1b[37m" + rest + "\x1b[0m" : " " + done + rest;
        width += 1 + bar_width;
      }
    } else {
      bar = format("%7ld/Unknown", static_cast<long>(step));
      width += static_cast<int>(bar.size());
    }
    const std::string time = last || target_ <= 0
                                 ? format("%.0fs", seconds_since(begun_))
                                 : time_left(each * static_cast<double>(target_ - step));
    info = step_time(each);
    for (const auto& [name, value] : logs) info += " - " + name + ":" + metric_text(value);
    const std::string separator = params_.verbose == 2 ? " - " : " ";
    width += static_cast<int>(separator.size() + time.size() + info.size());
    std::string line = bar + separator + bold(time) + (params_.verbose == 2 ? " -" : "") + info;
    if (redraws_) {
      line.insert(0, "\r");
      if (previous_width_ > width)
        line += std::string(static_cast<size_t>(previous_width_ - width), ' ');
    }
    if (last) line += '\n';
    out() << line;
    if (redraws_) out() << std::flush;
    previous_width_ = width;
    last_drawn_ = Clock::now();
  }

  bool redraws_ = false, in_fit_ = false;
  int64_t target_ = -1, seen_ = 0;
  int previous_width_ = 0;
  double first_step_ = 0;
  Clock::time_point begun_, last_drawn_;
};

}  // namespace

std::shared_ptr<Callback> make_progress_bar() { return std::make_shared<ProgressBar>(); }

}  // namespace kcpp
