// Softmax and its logarithm along an axis, and the crossentropy of both in one.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

/// f(start) for every lane along the axis.
template <class F>
void each_lane(const AxisView& v, F&& f) {
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t j = 0; j < v.inner; ++j) f(o * v.length * v.inner + j);
  }
}

/// The greatest element, and the sum of exp(x - greatest) in double.
template <class T>
std::pair<T, double> greatest_and_sum(const T* lane, int64_t n, int64_t step) {
  T greatest = -std::numeric_limits<T>::infinity();
  for (int64_t i = 0; i < n; ++i) greatest = std::max(greatest, lane[i * step]);
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(lane[i * step] - greatest);
  return {greatest, sum};
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::softmax(const Tensor& x, int axis, bool log) {
  using namespace reference;
  if (is_half(x.dtype())) return cast(softmax(cast(x, DType::float32), axis, log), x.dtype());
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  const AxisView v(x.shape(), axis);
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T* px = in<T>(x);
    T* py = out<T>(y);
    each_lane(v, [&](int64_t start) {
      const auto [greatest, sum] = greatest_and_sum(px + start, v.length, v.inner);
      const double log_sum = std::log(sum);
      for (int64_t i = 0; i < v.length; ++i) {
        const int64_t at = start + i * v.inner;
        const T shifted = px[at] - greatest;
        py[at] = static_cast<T>(log ? shifted - log_sum : std::exp(shifted) / sum);
      }
    });
  });
  return y;
}

Tensor ReferenceBackend::softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) {
  using namespace reference;
  if (is_half(dy.dtype())) {
    return cast(softmax_grad(cast(dy, DType::float32), cast(y, DType::float32), axis, log),
                dy.dtype());
  }
  Tensor dx = Tensor::empty(dy.shape(), dy.dtype());
  const AxisView v(dy.shape(), axis);
  dispatch_floating(dy.dtype(), [&]<class T>() {
    const T *p = in<T>(dy), *py = in<T>(y);
    T* pdx = out<T>(dx);
    each_lane(v, [&](int64_t start) {
      double sum = 0;
      for (int64_t i = 0; i < v.length; ++i) {
        const int64_t at = start + i * v.inner;
        sum += log ? static_cast<double>(p[at]) : static_cast<double>(p[at]) * py[at];
      }
      for (int64_t i = 0; i < v.length; ++i) {
        const int64_t at = start + i * v.inner;
        pdx[at] = static_cast<T>(log ? p[at] - std::exp(py[at]) * sum : py[at] * (p[at] - sum));
      }
    });
  });
  return dx;
}

std::pair<Tensor, Tensor> ReferenceBackend::sparse_softmax_crossentropy(const Tensor& logits,
                                                                        const Tensor& labels) {
  using namespace reference;
  if (is_half(logits.dtype())) {
    auto [loss, probabilities] = sparse_softmax_crossentropy(cast(logits, DType::float32), labels);
    return {cast(loss, logits.dtype()), cast(probabilities, logits.dtype())};
  }
  const int64_t classes = logits.dim(-1);
  const std::vector<int64_t> label = indices_of(labels);
  Tensor loss = Tensor::empty(logits.shape().slice(0, logits.rank() - 1), logits.dtype());
  Tensor probabilities = Tensor::empty(logits.shape(), logits.dtype());
  KCPP_ASSERT(loss.size() == labels.size());
  dispatch_floating(logits.dtype(), [&]<class T>() {
    T *pl = out<T>(loss), *pp = out<T>(probabilities);
    for (int64_t r = 0; r < loss.size(); ++r) {
      const T* row = in<T>(logits) + r * classes;
      const auto [greatest, sum] = greatest_and_sum(row, classes, 1);
      for (int64_t i = 0; i < classes; ++i)
        pp[r * classes + i] = static_cast<T>(std::exp(row[i] - greatest) / sum);
      const bool valid = label[r] >= 0 && label[r] < classes;
      pl[r] = valid ? static_cast<T>(std::log(sum) - (row[label[r]] - greatest))
                    : std::numeric_limits<T>::quiet_NaN();
    }
  });
  return {loss, probabilities};
}

}  // namespace kcpp
