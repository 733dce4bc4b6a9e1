// The one list of backends, in order of preference, and the choice among them.
#include "backend/table.h"

#include <dlfcn.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>

#include "backend/profiling_backend.h"
#include "kcpp/profile.h"
#include "src/core/inference_kernel.h"
#include "src/core/thread_limit.h"
#include "src/core/trace_hook.h"

namespace kcpp {
namespace {

/// A backend that can be used, or the reason why not.
struct Loaded {
  std::unique_ptr<Backend> backend;
  std::string detail;
};

Loaded load_reference() {
  return {detail::create_reference_backend(), detail::reference_version()};
}

Loaded load_onednn() {
#if KCPP_HAVE_ONEDNN
  return {detail::create_onednn_backend(), detail::onednn_version()};
#else
  return {nullptr, "this kcpp was built without oneDNN"};
#endif
}

/// A backend in a shared library of its own; see kcpp_create_backend_fn. The library stays loaded.
Loaded load_plugin(const char* file) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = dlerror();
    return {nullptr,
            text("the plug-in ", file, " cannot be loaded: ", reason ? reason : "unknown reason")};
  }
  const auto create =
      reinterpret_cast<kcpp_create_backend_fn>(dlsym(library, "kcpp_create_backend"));
  if (!create) return {nullptr, text("the plug-in ", file, " has no function kcpp_create_backend")};
  char version[256] = "", reason[512] = "";
  std::unique_ptr<Backend> backend(
      create(KCPP_BACKEND_ABI, version, sizeof(version), reason, sizeof(reason)));
  if (!backend)
    return {nullptr,
            text("the plug-in ", file, " cannot be used: ", static_cast<const char*>(reason))};
  return {std::move(backend), version};
}

struct Entry {
  const char* name;
  Loaded (*load)();  ///< a null backend with the reason in `detail` if it cannot be used
};

constexpr Entry table[] = {
    {"cuda", [] { return load_plugin("libkcpp_cuda.so"); }},
    {"onednn", load_onednn},
    {"reference", load_reference},
};
constexpr size_t table_size = std::size(table);

/// What has been loaded so far. Never destroyed: tensors of static life may outlive everything.
struct State {
  std::mutex mutex;
  Loaded loaded[table_size];
  bool tried[table_size] = {};

  Loaded& load(size_t i) {
    std::lock_guard lock(mutex);
    if (!tried[i]) {
      tried[i] = true;
      try {
        loaded[i] = table[i].load();
      } catch (const std::exception& e) {
        loaded[i].detail = e.what();
      }
    }
    return loaded[i];
  }
};
State& state() {
  static State* s = new State;
  return *s;
}

std::string all_names() {
  std::string names;
  for (const Entry& e : table) names += text(names.empty() ? "'" : ", '", e.name, "'");
  return names;
}

Backend* find(std::string_view name, std::string_view caller) {
  for (size_t i = 0; i < table_size; ++i) {
    if (table[i].name != name) continue;
    Loaded& loaded = state().load(i);
    check(loaded.backend != nullptr, "[", caller, "] The backend '", name,
          "' is not available: ", loaded.detail, ".");
    return loaded.backend.get();
  }
  throw ValueError(text("[", caller, "] Unknown backend. Expected one of ", all_names(),
                        ". Received: name='", name, "'"));
}

Backend* default_backend() {
  const char* wanted = std::getenv("KCPP_BACKEND");
  if (wanted && *wanted) return find(wanted, "KCPP_BACKEND");
  for (size_t i = 0; i < table_size; ++i) {
    if (state().load(i).backend) return state().load(i).backend.get();
  }
  KCPP_ASSERT(!"the reference backend is always there");
  return nullptr;
}

std::atomic<Backend*> current{nullptr};
std::atomic<int> threads{0};

}  // namespace

Backend& inference::plain_backend() {
  Backend* b = current.load(std::memory_order_acquire);
  if (!b) [[unlikely]] {
    Backend* expected = nullptr;
    b = default_backend();
    if (!current.compare_exchange_strong(expected, b)) b = expected;
  }
  return *b;
}

Backend& backend() {
  if (inference::active_trace) [[unlikely]]
    return inference::active_trace->backend();
  Backend& b = inference::plain_backend();
  if (profile::is_running()) [[unlikely]]
    return profiled(b);
  return b;
}

void set_backend(std::string_view name) {
  current.store(find(name, "set_backend"), std::memory_order_release);
}

std::vector<BackendInfo> backends() {
  std::vector<BackendInfo> infos;
  for (size_t i = 0; i < table_size; ++i) {
    const Loaded& loaded = state().load(i);
    infos.push_back({table[i].name, loaded.backend != nullptr, loaded.detail});
  }
  return infos;
}

void set_num_threads(int n) {
  check(n >= 1,
        "[set_num_threads] The number of threads must be at least 1. Received: threads=", n);
  threads.store(n, std::memory_order_relaxed);
  omp_set_num_threads(n);
}

int num_threads() {
  if (const int limit = detail::thread_limit; limit > 0) [[unlikely]]
    return limit;
  int n = threads.load(std::memory_order_relaxed);
  if (n == 0) [[unlikely]] {
    int expected = 0;
    n = std::max(1, omp_get_max_threads());
    if (!threads.compare_exchange_strong(expected, n)) n = expected;
  }
  return n;
}

}  // namespace kcpp
