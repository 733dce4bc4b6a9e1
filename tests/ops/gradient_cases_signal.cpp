// Gradient checks of the Fourier transforms and of the maps of images.
#include "kcpp/ops/fft.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "tests/ops/gradient_cases.h"

namespace kcpp::test {
namespace {

/// Distinct numbers in (low, high).
Tensor values(const Shape& shape, double low = -1, double high = 1) {
  std::vector<double> out(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = low + (high - low) * static_cast<double>((i * 37 + 11) % 101) / 101;
  return Tensor::from(out, shape);
}
/// Both parts of a complex result, so that both are differentiated.
Tensor joined(const ops::Complex& x) { return ops::concatenate({x.first, x.second}, -1); }

void transforms(std::vector<GradientCase>& out) {
  for (int64_t n : {4, 5, 6}) {
    const Tensors pair = {values({2, n}), values({2, n}, -0.5, 2)};
    out.push_back({"FFT", [](const Tensors& x) { return joined(ops::fft({x[0], x[1]})); }, pair});
    out.push_back(
        {"RFFT", [](const Tensors& x) { return joined(ops::rfft(x[0])); }, {values({2, n})}});
    out.push_back({"IRFFT", [](const Tensors& x) { return ops::irfft({x[0], x[1]}); }, pair});
  }
  out.push_back(
      {"RFFT", [](const Tensors& x) { return joined(ops::rfft(x[0], 7)); }, {values({2, 5})}});
  out.push_back({"IRFFT",
                 [](const Tensors& x) {
                   return ops::irfft({x[0], x[1]}, 5);
                 },
                 {values({2, 4}), values({2, 4})}});
  const Tensors planes = {values({2, 3, 4}), values({2, 3, 4}, -0.5, 2)};
  out.push_back({"FFT2", [](const Tensors& x) { return joined(ops::fft2({x[0], x[1]})); }, planes});
  out.push_back({"IFFT2",
                 [](const Tensors& x) {
                   return joined(ops::ifft2({x[0], x[1]}));
                 },
                 planes});
  out.push_back({"STFT",
                 [](const Tensors& x) { return joined(ops::stft(x[0], 4, 2, 6)); },
                 {values({2, 9})}});
  out.push_back({"ISTFT",
                 [](const Tensors& x) {
                   return ops::istft({x[0], x[1]}, 4, 2, 6);
                 },
                 {values({5, 4}), values({5, 4})}});
}

void images(std::vector<GradientCase>& out) {
  const Tensor x = values({2, 4, 5, 2}, 0.1, 0.9);
  const Tensor map(
      {{0.9, 0.2, -0.3, -0.1, 1.1, 0.4, 0.01, 0.02}, {1.2, -0.3, 0.7, 0.2, 0.8, -0.6, 0.0, 0.0}},
      DType::float32);
  for (const char* mode : {"constant", "reflect", "wrap", "nearest"}) {
    out.push_back({"AffineTransform",
                   [map, mode](const Tensors& in) {
                     return ops::image::affine_transform(in[0], map,
                                                         {.fill_mode = mode, .fill_value = 0.5});
                   },
                   {x}});
  }
  const Tensor start({{0, 0}, {4, 0}, {0, 3}, {4, 3}}, DType::float32),
      end({{0.3, 0.1}, {3.6, -0.2}, {-0.4, 3.3}, {4.2, 2.9}}, DType::float32);
  out.push_back(
      {"PerspectiveTransform",
       [=](const Tensors& in) { return ops::image::perspective_transform(in[0], start, end); },
       {x}});
  const Tensor rgb = values({2, 3, 3, 3}, 0.05, 0.95);
  out.push_back(
      {"RGBToHSV", [](const Tensors& in) { return ops::image::rgb_to_hsv(in[0]); }, {rgb}});
  out.push_back(
      {"HSVToRGB", [](const Tensors& in) { return ops::image::hsv_to_rgb(in[0]); }, {rgb}});
  const Tensor at({{0.2, 1.7, 2.6}, {0.4, 3.1, -0.8}}, DType::float64);
  for (const char* mode : {"constant", "reflect", "wrap", "nearest"}) {
    out.push_back({"MapCoordinates",
                   [mode](const Tensors& in) {
                     return ops::image::map_coordinates(in[0], in[1], 1, mode, 0.3);
                   },
                   {values({4, 5}), at}});
  }
  out.push_back({"GaussianBlur",
                 [](const Tensors& in) {
                   return ops::image::gaussian_blur(in[0], {.kernel_size = {3, 5}});
                 },
                 {x}});
  out.push_back({"ElasticTransform",
                 [](const Tensors& in) {
                   return ops::image::elastic_transform(in[0],
                                                        {.alpha = 0.5, .sigma = 1, .seed = 7});
                 },
                 {x}});
}

}  // namespace

std::vector<GradientCase> gradient_cases_signal() {
  std::vector<GradientCase> out;
  transforms(out);
  images(out);
  return out;
}

}  // namespace kcpp::test
