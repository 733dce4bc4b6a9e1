// Reductions, positions of extremes, cumulative sums and products.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

Shape with_ones(const Shape& shape, const std::vector<int>& axes) {
  Shape kept = shape;
  for (int axis : axes) kept[axis] = 1;
  return kept;
}
Shape without(const Shape& shape, const std::vector<int>& axes) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) result.push_back(shape[i]);
  }
  return result;
}

/// accumulators[position of the result] = f(accumulator, element), over all elements in order.
template <class T, class A, class F>
void fold(const Tensor& x, const Shape& kept, std::vector<A>& accumulators, F f) {
  const StridedRows<1> rows(x.shape(), {broadcast_strides(kept, x.shape())});
  const T* px = in<T>(x);
  const int64_t n = rows.length(), step = rows.step(0);
  rows.each([&](int64_t at, const auto& offset) {
    A* into = accumulators.data() + offset[0];
    const T* from = px + at;
    if (step == 0) {
      A a = *into;
      for (int64_t i = 0; i < n; ++i) a = f(a, static_cast<A>(from[i]));
      *into = a;
    } else {
      for (int64_t i = 0; i < n; ++i) into[i * step] = f(into[i * step], static_cast<A>(from[i]));
    }
  });
}

template <class T>
void reduce_into(ReduceOp op, const Tensor& x, const Shape& kept, T* y) {
  using A = Accumulator<T>;
  const int64_t count = kept.size();
  const auto run = [&](A start, auto f) {
    std::vector<A> accumulators(static_cast<size_t>(count), start);
    fold<T>(x, kept, accumulators, f);
    const A divisor = op == ReduceOp::mean
                          ? static_cast<A>(x.size()) / static_cast<A>(std::max<int64_t>(count, 1))
                          : A(1);
    for (int64_t i = 0; i < count; ++i) {
      y[i] = static_cast<T>(op == ReduceOp::mean ? accumulators[i] / divisor : accumulators[i]);
    }
  };
  const A lowest = std::is_integral_v<T> ? std::numeric_limits<A>::lowest()
                                         : -std::numeric_limits<A>::infinity();
  const A highest =
      std::is_integral_v<T> ? std::numeric_limits<A>::max() : std::numeric_limits<A>::infinity();
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::mean:
      return run(A(0),
                 [](A a, A b) { return wrapping(a, b, [](auto p, auto q) { return p + q; }); });
    case ReduceOp::prod:
      return run(A(1),
                 [](A a, A b) { return wrapping(a, b, [](auto p, auto q) { return p * q; }); });
    case ReduceOp::max:
      return run(lowest, [](A a, A b) { return a > b || is_nan(a) ? a : b; });
    case ReduceOp::min:
      return run(highest, [](A a, A b) { return a < b || is_nan(a) ? a : b; });
    default:
      KCPP_ASSERT(!"a numeric reduction");
  }
}

template <class T>
void reduce_bool(bool any, const Tensor& x, const Shape& kept, bool* y) {
  std::vector<uint8_t> accumulators(static_cast<size_t>(kept.size()), !any);
  std::vector<uint8_t> truth(static_cast<size_t>(x.size()) + 1);
  for (int64_t i = 0; i < x.size(); ++i) truth[i] = in<T>(x)[i] != T(0);
  const Tensor t = Tensor::borrow(truth.data(), x.shape());
  if (any) {
    fold<uint8_t>(t, kept, accumulators,
                  [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a | b); });
  } else {
    fold<uint8_t>(t, kept, accumulators,
                  [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a & b); });
  }
  std::copy(accumulators.begin(), accumulators.end(), y);
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes,
                                bool keepdims) {
  using namespace reference;
  const Shape kept = with_ones(x.shape(), axes);
  const Shape shape = keepdims ? kept : without(x.shape(), axes);
  if (op == ReduceOp::any || op == ReduceOp::all) {
    if (x.dtype() != DType::bool_ && !is_computed_natively(x.dtype())) {
      return reduce(op, cast(x, compute_dtype(x.dtype())), axes, keepdims);
    }
    Tensor y = Tensor::empty(shape, DType::bool_);
    const auto run = [&]<class T>() { reduce_bool<T>(op == ReduceOp::any, x, kept, out<bool>(y)); };
    if (x.dtype() == DType::bool_) {
      run.template operator()<uint8_t>();
    } else {
      dispatch_compute(x.dtype(), run);
    }
    return y;
  }
  if (!is_computed_natively(x.dtype())) {
    return cast(reduce(op, cast(x, compute_dtype(x.dtype())), axes, keepdims), x.dtype());
  }
  Tensor y = Tensor::empty(shape, x.dtype());
  dispatch_compute(x.dtype(), [&]<class T>() { reduce_into(op, x, kept, out<T>(y)); });
  return y;
}

Tensor ReferenceBackend::arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) {
  using namespace reference;
  if (!is_computed_natively(x.dtype()))
    return arg_reduce(max, cast(x, compute_dtype(x.dtype())), axis, keepdims);
  Shape shape = x.shape();
  if (keepdims) {
    shape[axis] = 1;
  } else {
    shape.erase(axis);
  }
  Tensor y = Tensor::empty(shape, DType::int32);
  const AxisView v(x.shape(), axis);
  dispatch_compute(x.dtype(), [&]<class T>() {
    int32_t* py = out<int32_t>(y);
    for (int64_t o = 0; o < v.outer; ++o) {
      for (int64_t j = 0; j < v.inner; ++j) {
        const T* lane = in<T>(x) + o * v.length * v.inner + j;
        int64_t best = 0;
        for (int64_t i = 1; i < v.length; ++i) {
          const T value = lane[i * v.inner], champion = lane[best * v.inner];
          if (is_nan(champion)) break;  // the first NaN wins
          if (is_nan(value) || (max ? value > champion : value < champion)) best = i;
        }
        py[o * v.inner + j] = static_cast<int32_t>(best);
      }
    }
  });
  return y;
}

Tensor ReferenceBackend::cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) {
  using namespace reference;
  if (!is_computed_natively(x.dtype())) {
    return cast(cumulative(op, cast(x, compute_dtype(x.dtype())), axis, reverse), x.dtype());
  }
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  const AxisView v(x.shape(), axis);
  dispatch_compute(x.dtype(), [&]<class T>() {
    using A = Accumulator<T>;
    const T* px = in<T>(x);
    T* py = out<T>(y);
    for (int64_t o = 0; o < v.outer; ++o) {
      for (int64_t j = 0; j < v.inner; ++j) {
        A total = op == CumulativeOp::sum ? A(0) : A(1);
        for (int64_t i = 0; i < v.length; ++i) {
          const int64_t at = (o * v.length + (reverse ? v.length - 1 - i : i)) * v.inner + j;
          const A value = static_cast<A>(px[at]);
          total = op == CumulativeOp::sum
                      ? wrapping(total, value, [](auto a, auto b) { return a + b; })
                      : wrapping(total, value, [](auto a, auto b) { return a * b; });
          py[at] = static_cast<T>(total);
        }
      }
    }
  });
  return y;
}

}  // namespace kcpp
