#include "src/data/prefetch.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace kcpp {
namespace {

class PrefetchStage final : public DatasetImpl {
 public:
  PrefetchStage(std::shared_ptr<DatasetImpl> source, int64_t count)
      : source_(std::move(source)), most_(static_cast<size_t>(count)) {}
  ~PrefetchStage() override { stop(); }

  void start() override {
    stop();
    source_->start();  // on the reader's thread: what it draws from the global generator has its
                       // place in the order
    ready_.clear();
    error_ = nullptr;
    stopping_ = ended_ = false;
    thread_ = std::thread([this] { produce(); });
  }

  bool next(Batch& batch) override {
    std::unique_lock lock(mutex_);
    check<RuntimeError>(thread_.joinable() || ended_,
                        "[Dataset.prefetch] `next` was called before `start`.");
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
      return false;
    }
    batch = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  int64_t cardinality() const override { return source_->cardinality(); }
  std::shared_ptr<DatasetImpl> copy() const override {
    auto source = source_->copy();
    return source ? make_prefetch(std::move(source), static_cast<int64_t>(most_)) : nullptr;
  }

 private:
  void produce() {
    std::exception_ptr error;
    try {
      for (;;) {
        Batch batch;
        if (!source_->next(batch)) break;
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ready_.size() < most_ || stopping_; });
        if (stopping_) return;
        ready_.push_back(std::move(batch));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      error = std::current_exception();
    }
    {
      std::lock_guard lock(mutex_);
      error_ = error;
      ended_ = true;
    }
    changed_.notify_all();
  }

  /// A reader may leave in the middle of a pass: the thread gives up at its next element.
  void stop() {
    if (!thread_.joinable()) return;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::shared_ptr<DatasetImpl> source_;
  size_t most_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;  // of ready_, stopping_ and ended_, which mutex_ guards
  std::deque<Batch> ready_;
  std::exception_ptr error_;
  bool stopping_ = false, ended_ = false;
};

}  // namespace

std::shared_ptr<DatasetImpl> make_prefetch(std::shared_ptr<DatasetImpl> source, int64_t count) {
  return std::make_shared<PrefetchStage>(std::move(source), count);
}

}  // namespace kcpp
