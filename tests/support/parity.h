/// Parity: a kernel of every backend against the reference backend.
///
///     parity("softmax", Accuracy::chain, [&](Backend& b) { return Tensors{b.softmax(x, 1, false)};
///     });
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kcpp/backend.h"
#include "tests/support/tolerance.h"

namespace kcpp::test {

/// Restores the backend in use when it goes.
class KeepBackend {
 public:
  KeepBackend() : name_(backend().name()) {}
  ~KeepBackend() { set_backend(name_); }
  KeepBackend(const KeepBackend&) = delete;
  KeepBackend& operator=(const KeepBackend&) = delete;

 private:
  std::string name_;
};

/// The reference backend.
Backend& reference();
/// The others that can be used here.
std::vector<Backend*> other_backends();

/// Checks (by Catch2) that `kernel` gives the same tensors on every backend as on the reference:
/// their number, shapes, dtypes, and elements within the tolerance. A failure names the backend,
/// the tensor, the element, and both values. An undefined tensor must be undefined everywhere.
void parity(const std::string& what, Accuracy accuracy,
            const std::function<Tensors(Backend&)>& kernel);

/// The same check for one pair of tensors; returns "" or the first difference.
std::string difference(const Tensor& got, const Tensor& expected, Accuracy accuracy);
/// Checks that `got` holds these values.
void check_values(const Tensor& got, const std::vector<double>& expected, double tolerance = 0);

/// Numbers that look random but are the same on every run: uniform in [low, high), of any dtype.
Tensor data(const Shape& shape, double low = -1, double high = 1, DType dtype = DType::float32);
/// Whole numbers in [low, high).
Tensor integers(const Shape& shape, int64_t low, int64_t high, DType dtype = DType::int32);
/// The numbers, as given.
Tensor tensor(const Shape& shape, const std::vector<double>& values, DType dtype = DType::float64);

/// The first `n` along the first axis.
Tensor leading(const Tensor& x, int64_t n);

/// Checks `analytic` = d sum(f(x) w) / d x against central differences, in double. `f` may return
/// several tensors; `w` holds a cotangent for each (undefined: not part of the sum).
void check_gradient(const std::string& what, const std::function<Tensors(const Tensor&)>& f,
                    const Tensor& x, const Tensors& w, const Tensor& analytic);

}  // namespace kcpp::test
