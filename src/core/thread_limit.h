/// Threads that kernels called from this thread may use, where that is less than for the process.
#pragma once

namespace kcpp::detail {

/// 0: no limit of its own.
inline constinit thread_local int thread_limit = 0;

class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) noexcept : saved_(thread_limit) { thread_limit = threads; }
  ~ThreadLimit() { thread_limit = saved_; }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int saved_;
};

}  // namespace kcpp::detail
