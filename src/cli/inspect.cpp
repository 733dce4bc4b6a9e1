/// summary, convert, backends, bench: what a model is, and what runs it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "kcpp/backend.h"
#include "kcpp/ops/random.h"
#include "kcpp/saving.h"
#include "src/cli/files.h"

namespace kcpp::cli {

void summary(const Arguments& a) { open_model(a, true).summary(); }

void convert(const Arguments& a) {
  Arguments from = a;
  from.model = a.source;
  save_model(open_model(from, true), a.destination);
}

void backends() {
  for (const BackendInfo& b : kcpp::backends()) {
    std::cout << b.name << (b.available ? "  available  " : "  not available  ") << b.detail
              << "\n";
  }
  std::cout << "in use: " << backend().name() << ", threads: " << num_threads() << "\n";
}

void bench(const Arguments& a) {
  using Clock = std::chrono::steady_clock;
  if (a.threads > 0) set_num_threads(a.threads);
  const Model model = open_model(a, false);
  Tensors x;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    for (int64_t& d : shape) {
      if (d == Shape::unknown) d = &d == shape.begin() ? a.batch_size : 16;
    }
    x.push_back(is_floating(input.dtype()) ? random::uniform(shape, 0.0, 1.0, input.dtype())
                                           : Tensor::zeros(shape, input.dtype()));
  }
  check(!x.empty(), "The model in ", a.model, " has no defined inputs.");
  for (int i = 0; i < 3; ++i) model.predict_on_batch(Data(x));
  std::vector<double> microseconds;
  const auto begun = Clock::now();
  do {
    const auto start = Clock::now();
    model.predict_on_batch(Data(x));
    microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  } while (Clock::now() - begun < std::chrono::seconds(a.seconds) || microseconds.size() < 10);
  const double total = std::chrono::duration<double>(Clock::now() - begun).count();
  std::sort(microseconds.begin(), microseconds.end());
  const auto percentile = [&](double p) {
    return microseconds[std::min(
        microseconds.size() - 1,
        static_cast<size_t>(p * static_cast<double>(microseconds.size())))];
  };
  std::printf("backend %s, threads %d, batch %ld, %zu calls\n",
              std::string(backend().name()).c_str(), num_threads(), static_cast<long>(a.batch_size),
              microseconds.size());
  std::printf("latency (us): min %.1f  p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
              microseconds.front(), percentile(0.5), percentile(0.9), percentile(0.99),
              percentile(0.999), microseconds.back());
  std::printf("throughput: %.1f samples/s\n",
              static_cast<double>(microseconds.size()) * static_cast<double>(a.batch_size) / total);
}

}  // namespace kcpp::cli
