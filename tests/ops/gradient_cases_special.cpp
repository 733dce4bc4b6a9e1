#include "kcpp/ops/create.h"
#include "src/ops/special.h"
#include "src/ops/special_image.h"
#include "tests/ops/gradient_cases.h"

namespace kcpp::test {

using namespace ops;

std::vector<GradientCase> gradient_cases_special() {
  const auto any = [] { return Tensors{random_tensor({2, 3}, -3, 3)}; };
  const auto f1 = [](Tensor (*f)(const Tensor&)) {
    return [f](const Tensors& t) { return f(t[0]); };
  };
  const Tensor a({0.4, 1.5, 6.0}, DType::float64);
  const Tensor boxes({{0.1, 0.2, 0.8, 0.9}, {0.9, 0.1, 0.3, 1.3}}, DType::float64);
  return {
      // The derivative to `a` is a number of its own, so it has no second one.
      {"Igamma",
       [](const Tensors& t) { return igamma(t[0], t[1]); },
       {random_tensor({2, 1}, 0.5, 4), random_tensor({3}, 0.2, 6)},
       false},
      {"Igammac",
       [](const Tensors& t) { return igammac(t[0], t[1]); },
       {random_tensor({2, 1}, 0.5, 4), random_tensor({3}, 0.2, 6)},
       false},
      {"Igamma",
       [a](const Tensors& t) { return igamma(a, t[0]); },
       {random_tensor({2, 3}, 0.2, 6)}},
      {"Betainc",
       [a](const Tensors& t) { return betainc(a, 2.5, t[0]); },
       {random_tensor({2, 3}, 0.1, 0.9)}},
      {"Zeta", [](const Tensors& t) { return zeta(2.5, t[0]); }, {random_tensor({2, 3}, 0.5, 3)}},
      {"Polygamma",
       [](const Tensors& t) { return polygamma(1.0, t[0]); },
       {random_tensor({2, 3}, 0.5, 3)}},
      {"BesselI1", f1(bessel_i1), any()},
      {"BesselI0e", f1(bessel_i0e), any()},
      {"BesselI1e", f1(bessel_i1e), any()},
      {"ConvertImageDtype",
       [](const Tensors& t) { return convert_image_dtype(t[0], DType::float64, false) * t[0]; },
       any()},
      {"CropAndResize",
       [boxes](const Tensors& t) {
         return crop_and_resize(t[0], boxes, Tensor({1, 0}), {3, 2, false, 0.5});
       },
       {random_tensor({2, 4, 5, 2})}},
      {"CropAndResize",
       [](const Tensors& t) {
         return crop_and_resize(t[0], t[1], Tensor({1, 0}), {3, 3, false, 0});
       },
       {random_tensor({2, 4, 5, 2}), boxes}},
  };
}

}  // namespace kcpp::test
