/// fit gathers batches ahead on a thread of its own: the same figures, and nothing that stays.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <iterator>

#include "kcpp/kcpp.h"

namespace kcpp::test {
namespace {

/// Threads of this process.
int64_t threads_now() {
  namespace fs = std::filesystem;
  return std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator());
}

/// What a fit saw: the first column of x in the order of the batches, and the most threads at once.
struct Seen {
  std::vector<float> rows;
  int64_t threads = 0;
};

Seen watch_fit(const Tensor& x, int64_t batch_size, bool shuffle = true) {
  set_random_seed(5);
  Seen seen;
  const Sequential model({layers::Input({x.dim(1)}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.set_train_step([&](Model&, const Batch& batch) {
    const std::vector<float> values = batch.x[0].to_vector<float>();
    for (size_t i = 0; i < values.size(); i += static_cast<size_t>(x.dim(1)))
      seen.rows.push_back(values[i]);
    seen.threads = std::max(seen.threads, threads_now());
    Logs logs;
    logs.set("loss", 0.0);
    return logs;
  });
  model.fit(x, x.rows(0, x.dim(0)),
            {.batch_size = batch_size, .epochs = 2, .verbose = "0", .shuffle = shuffle});
  return seen;
}

constexpr int64_t samples = 640, width = 600;
constexpr int64_t large = 128, small = 16;  // batches of 300 KiB and of 38 KiB, x and y alike

}  // namespace

TEST_CASE("fit: large batches are gathered on a thread, small ones and slices are not",
          "[threads]") {
  const Tensor x = random::uniform({samples, width});
  watch_fit(x, large);  // what starts with the first threads, and stays, is there after this
  const int64_t before = threads_now();
  const Seen ahead = watch_fit(x, large), on_the_spot = watch_fit(x, small);
  CHECK(ahead.threads == before + 1);
  CHECK(on_the_spot.threads == before);
  CHECK(watch_fit(x, large, false).threads == before);
  CHECK(watch_fit(x, samples).threads == before);
  CHECK(threads_now() == before);
  CHECK(ahead.rows == on_the_spot.rows);
  CHECK(ahead.rows == watch_fit(x, large).rows);
}

TEST_CASE("fit: a training that is broken off leaves no thread", "[threads]") {
  const Tensor x = random::uniform({samples, width});
  const Sequential model({layers::Input({width}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor y = random::uniform({samples, 1});
  const auto fit = [&](const std::vector<CallbackRef>& callbacks) {
    return model.fit(x, y,
                     {.batch_size = large, .epochs = 2, .verbose = "0", .callbacks = callbacks});
  };
  fit({});
  const int64_t before = threads_now();
  struct Fail : Callback {
    void on_train_batch_end(int64_t step, const Logs&) override {
      if (step == 1) throw RuntimeError("enough");
    }
  };
  CHECK_THROWS_AS(fit({Fail()}), RuntimeError);
  CHECK(threads_now() == before);
  CHECK(fit({})["loss"].size() == 2);
}

}  // namespace kcpp::test
