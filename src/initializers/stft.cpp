#include "kcpp/initializers/stft.h"

#include <cmath>
#include <numbers>

#include "src/initializers/makers.h"
#include "src/initializers/windows.h"

namespace kcpp {
namespace {

struct STFTImpl final : InitializerImpl {
  initializers::STFTOptions options;

  ClassInfo class_info() const override { return {"STFT", "keras.initializers"}; }
  void fields(Fields& f) override {
    f("side", options.side);
    if (!f.reading()) {
      f.write("window", window_config(options.window));
    } else if (const Config* c = f.raw("window")) {
      options.window = window_from_config(*c);
    }
    f("periodic", options.periodic);
    f("scaling", options.scaling);
  }
  void validate() override {
    check(options.side == "real" || options.side == "imag", "side should be 'real' or 'imag', not ",
          options.side);
    if (!options.window.name().empty()) check_signal_window(options.window.name());
    check(!options.scaling || *options.scaling == "density" || *options.scaling == "spectrum",
          "Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received: scaling=",
          options.scaling.value_or(""));
  }
  Tensor make(const Shape& shape, DType dtype) override {
    check(
        shape.rank() == 3 && shape[1] == 1,
        "[STFT] expected a shape (frame_length, 1, fft_length // 2 + 1). Received: shape=", shape);
    const std::vector<double> window = scaled_window(shape[0]);
    const int64_t bins = shape[2], period = 2 * (bins - 1);
    std::vector<double> kernel;
    for (int64_t time = 0; time < shape[0]; ++time) {
      for (int64_t bin = 0; bin < bins; ++bin) {
        // Whole turns left out, the angle is exact.
        const double turn =
            period ? static_cast<double>(time * bin % period) / static_cast<double>(period) : 0;
        const double angle = -2 * std::numbers::pi * turn;
        kernel.push_back((options.side == "real" ? std::cos(angle) : std::sin(angle)) *
                         window[static_cast<size_t>(time)]);
      }
    }
    return Tensor::from(kernel, shape).astype(dtype);
  }

 private:
  std::vector<double> scaled_window(int64_t length) const {
    std::vector<double> window(static_cast<size_t>(length), 1.0);
    if (options.window.is_none()) return window;
    window = options.window.name().empty()
                 ? options.window.values().to_vector<double>()
                 : signal_window(options.window.name(), length, options.periodic);
    check(static_cast<int64_t>(window.size()) == length,
          "The shape of `window` must be equal to [frame_length].Received: window shape=(",
          window.size(), ",)");
    double l1 = 0, l2 = 0;
    for (double v : window) l1 += std::abs(v), l2 += v * v;
    if (!options.scaling) return window;
    for (double& v : window) v /= *options.scaling == "density" ? std::sqrt(l2) : l1;
    return window;
  }
};

}  // namespace

initializers::STFT::STFT(STFTOptions options) {
  auto impl = std::make_shared<STFTImpl>();
  impl->options = std::move(options);
  impl->check_fields();
  impl_ = std::move(impl);
}

std::shared_ptr<Object> makers::stft_initializer() { return make_object<STFTImpl>(); }

}  // namespace kcpp
