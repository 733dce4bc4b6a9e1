/// A profile of what runs: ops with their shapes, inside layers, inside training steps.
///
/// Without a line of code: KCPP_PROFILE=trace.json program. Open the file at
/// https://ui.perfetto.dev or in chrome://tracing. Off, it costs one predicted branch an op.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "kcpp/core/export.h"

namespace kcpp::profile {

namespace detail {
struct Event;
extern KCPP_API std::atomic<bool> running;
}  // namespace detail

/// Starts to record; the file is written by `stop`, or at the end of the program. A profile that
/// runs already is stopped first. Throws IOError when the file cannot be written.
KCPP_API void start(const std::string& path);
/// Writes the rest and closes the file. Nothing happens when no profile runs.
KCPP_API void stop();
inline bool is_running() { return detail::running.load(std::memory_order_relaxed); }

/// A named stretch of time on this thread; it lies inside the stretches that are open there.
///
///     profile::Scope scope("my preprocessing");
class KCPP_API Scope {
 public:
  explicit Scope(std::string_view name, const char* category = "user") {
    if (is_running()) [[unlikely]]
      begin(name, category);
  }
  ~Scope() {
    if (event_) [[unlikely]]
      end();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// It is being recorded: worth finding out what to say about it.
  explicit operator bool() const { return event_ != nullptr; }
  /// Something to show beside the name, e.g. "shapes".
  void note(std::string_view key, std::string_view value);

 private:
  void begin(std::string_view name, const char* category);
  void end() noexcept;
  detail::Event* event_ = nullptr;
};

}  // namespace kcpp::profile
