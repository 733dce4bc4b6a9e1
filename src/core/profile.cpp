/// Collects the events of a profile by thread and writes them as Chrome's trace format, the array
/// form: a program that crashes leaves a file that viewers still read.
#include "kcpp/profile.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/error.h"

namespace kcpp::profile {

namespace detail {
constinit std::atomic<bool> running{false};

struct Event {
  std::string name, notes;
  const char* category;
  int64_t begin, end;  // nanoseconds since the profile began
};
}  // namespace detail

namespace {

using Clock = std::chrono::steady_clock;
using detail::Event;

/// What a thread has recorded and not yet written. Its own thread appends; `stop` empties it from
/// another one.
struct Buffer {
  std::mutex mutex;
  std::vector<Event> events;
  int thread = 0;
};

/// Never destroyed: threads may end after the program's static objects.
struct Recorder {
  std::mutex mutex;  // of all below; taken before a buffer's, never after
  std::FILE* file = nullptr;
  std::string path;
  Clock::time_point origin = Clock::now();
  std::vector<std::shared_ptr<Buffer>> buffers;
  int threads = 0;  // so far

  static Recorder& get() {
    static Recorder* recorder = new Recorder;
    return *recorder;
  }

  /// Begins the file. Until there is an event it lies there complete and closed: a process that
  /// only starts others leaves their profile alone.
  bool open() {
    file = std::fopen(path.c_str(), "w");
    if (!file) return false;
    std::fputs(
        "[\n{\"ph\": \"M\", \"pid\": 1, \"tid\": 0, \"name\": \"process_name\", \"args\": "
        "{\"name\": \"kcpp\"}}",
        file);
    return true;
  }
  void close() {
    if (!file) return;
    std::fputs("\n]\n", file);
    std::fclose(file);
    file = nullptr;
  }

  void write(const Buffer& buffer, const Event& e) {
    char times[96];
    std::snprintf(times, sizeof times, "\"ts\": %.3f, \"dur\": %.3f",
                  static_cast<double>(e.begin) / 1e3, static_cast<double>(e.end - e.begin) / 1e3);
    const std::string line =
        ",\n{\"ph\": \"X\", \"pid\": 1, \"tid\": " + std::to_string(buffer.thread) + ", " + times +
        ", \"cat\": \"" + e.category + "\", \"name\": " + Config(e.name).to_json() +
        ", \"args\": {" + e.notes + "}}";
    std::fputs(line.c_str(), file);
  }

  /// Takes what a buffer holds and writes it.
  void drain(Buffer& buffer) {
    std::vector<Event> events;
    {
      std::lock_guard lock(buffer.mutex);
      events.swap(buffer.events);
    }
    if (events.empty() || path.empty() || (!file && !open())) return;
    for (const Event& e : events) write(buffer, e);
  }
};

Buffer& own_buffer() {
  thread_local std::shared_ptr<Buffer> buffer = [] {
    auto made = std::make_shared<Buffer>();
    Recorder& r = Recorder::get();
    std::lock_guard lock(r.mutex);
    r.buffers.push_back(made);
    made->thread = ++r.threads;
    return made;
  }();
  return *buffer;
}

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - Recorder::get().origin)
      .count();
}

/// KCPP_PROFILE=file records from the program's start to its end.
[[maybe_unused]] const bool from_environment = [] {
  const char* path = std::getenv("KCPP_PROFILE");
  if (!path || !*path) return false;
  try {
    start(path);
  } catch (const Error& e) {
    std::fprintf(stderr, "KCPP_PROFILE: %s\n", e.what());
  }
  return true;
}();

}  // namespace

void start(const std::string& path) {
  stop();
  Recorder& r = Recorder::get();
  std::lock_guard lock(r.mutex);
  r.path = path;
  if (!r.open()) r.path.clear();
  check<IOError>(!r.path.empty(), "Cannot write the profile ", path, ".");
  r.close();
  detail::running.store(true, std::memory_order_relaxed);
  [[maybe_unused]] static const int registered = std::atexit(stop);
}

void stop() {
  Recorder& r = Recorder::get();
  std::lock_guard lock(r.mutex);
  detail::running.store(false, std::memory_order_relaxed);
  for (const auto& buffer : r.buffers) r.drain(*buffer);
  std::erase_if(r.buffers,
                [](const auto& b) { return b.use_count() == 1; });  // their threads ended
  r.close();
  r.path.clear();
}

void Scope::begin(std::string_view name, const char* category) {
  event_ = new Event{std::string(name), {}, category, now(), 0};
}

void Scope::note(std::string_view key, std::string_view value) {
  if (!event_) return;
  if (!event_->notes.empty()) event_->notes += ", ";
  event_->notes += Config(key).to_json() + ": " + Config(value).to_json();
}

void Scope::end() noexcept {
  constexpr size_t most = 1 << 14;  // events that wait in memory
  const std::unique_ptr<Event> event(event_);
  if (!is_running()) return;  // the profile ended before
  event->end = now();
  try {
    Buffer& buffer = own_buffer();
    size_t waiting;
    {
      std::lock_guard lock(buffer.mutex);
      buffer.events.push_back(std::move(*event));
      waiting = buffer.events.size();
    }
    if (waiting < most) return;
    Recorder& r = Recorder::get();
    std::lock_guard lock(r.mutex);
    r.drain(buffer);
  } catch (...) {  // out of memory: the profile lacks an event
  }
}

}  // namespace kcpp::profile
