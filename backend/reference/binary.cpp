// Functions of two tensors that broadcast, element by element; where; accumulate.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

bool is_comparison(BinaryOp op) { return op >= BinaryOp::equal && op <= BinaryOp::greater_equal; }
bool is_logical(BinaryOp op) { return op >= BinaryOp::logical_and && op <= BinaryOp::logical_xor; }

template <class T>
T floor_divide(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) return 0;
    if (b == -1) return wrapping(T(0), a, [](auto x, auto y) { return x - y; });  // lowest / -1
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
  } else {
    return std::floor(a / b);
  }
}

/// The remainder with the sign of b, as in Python.
template <class T>
T mod(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0 || b == -1) return 0;
    const T r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  } else {
    const T r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
}

template <class T>
T power(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
    uint64_t result = 1, base = static_cast<uint64_t>(a);
    for (uint64_t e = static_cast<uint64_t>(b); e; e >>= 1) {
      if (e & 1) result *= base;
      base *= base;
    }
    return static_cast<T>(result);
  } else {
    return std::pow(a, b);
  }
}

template <class T>
T logaddexp(T a, T b) {
  if (a == b) return a + static_cast<T>(M_LN2);  // also for two infinities
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

int64_t shift_left(int64_t a, int64_t b) {
  return b < 0 || b > 63 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(a) << b);
}
int64_t shift_right(int64_t a, int64_t b) { return a >> (b < 0 || b > 63 ? 63 : b); }

/// out[i] = f(a[i * a_step], b[i * b_step]), with loops that the compiler can vectorise.
template <class T, class R, class F>
void row(const T* a, int64_t a_step, const T* b, int64_t b_step, R* out, int64_t n, F f) {
  if (a_step == 1 && b_step == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (a_step == 1 && b_step == 0) {
    for (int64_t i = 0; i < n; ++i) out[i] = f(a[i], *b);
  } else if (a_step == 0 && b_step == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = f(*a, b[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = f(a[i * a_step], b[i * b_step]);
  }
}

/// Calls f with op as a function (T, T) -> T.
template <class T, class F>
void visit_arithmetic(BinaryOp op, F&& f) {
  switch (op) {
    case BinaryOp::add:
      return f([](T a, T b) { return wrapping(a, b, [](auto x, auto y) { return x + y; }); });
    case BinaryOp::subtract:
      return f([](T a, T b) { return wrapping(a, b, [](auto x, auto y) { return x - y; }); });
    case BinaryOp::multiply:
      return f([](T a, T b) { return wrapping(a, b, [](auto x, auto y) { return x * y; }); });
    case BinaryOp::floor_divide:
      return f([](T a, T b) { return floor_divide(a, b); });
    case BinaryOp::mod:
      return f([](T a, T b) { return mod(a, b); });
    case BinaryOp::power:
      return f([](T a, T b) { return power(a, b); });
    // A NaN on either side stays.
    case BinaryOp::maximum:
      return f([](T a, T b) { return a > b || is_nan(a) ? a : b; });
    case BinaryOp::minimum:
      return f([](T a, T b) { return a < b || is_nan(a) ? a : b; });
    case BinaryOp::squared_difference:
      return f([](T a, T b) {
        const T d = wrapping(a, b, [](auto x, auto y) { return x - y; });
        return wrapping(d, d, [](auto x, auto y) { return x * y; });
      });
    default:
      break;
  }
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case BinaryOp::divide:
        return f([](T a, T b) { return a / b; });
      case BinaryOp::atan2:
        return f([](T a, T b) { return std::atan2(a, b); });
      case BinaryOp::logaddexp:
        return f([](T a, T b) { return logaddexp(a, b); });
      default:
        KCPP_ASSERT(!"a floating function");
    }
  } else {
    switch (op) {
      case BinaryOp::bitwise_and:
        return f([](T a, T b) { return a & b; });
      case BinaryOp::bitwise_or:
        return f([](T a, T b) { return a | b; });
      case BinaryOp::bitwise_xor:
        return f([](T a, T b) { return a ^ b; });
      case BinaryOp::left_shift:
        return f([](T a, T b) { return shift_left(a, b); });
      case BinaryOp::right_shift:
        return f([](T a, T b) { return shift_right(a, b); });
      default:
        KCPP_ASSERT(!"an integer function");
    }
  }
}

/// Calls f with op as a function (T, T) -> bool.
template <class T, class F>
void visit_predicate(BinaryOp op, F&& f) {
  switch (op) {
    case BinaryOp::equal:
      return f([](T a, T b) { return a == b; });
    case BinaryOp::not_equal:
      return f([](T a, T b) { return a != b; });
    case BinaryOp::less:
      return f([](T a, T b) { return a < b; });
    case BinaryOp::less_equal:
      return f([](T a, T b) { return a <= b; });
    case BinaryOp::greater:
      return f([](T a, T b) { return a > b; });
    case BinaryOp::greater_equal:
      return f([](T a, T b) { return a >= b; });
    case BinaryOp::logical_and:
      return f([](T a, T b) { return a != T(0) && b != T(0); });
    case BinaryOp::logical_or:
      return f([](T a, T b) { return a != T(0) || b != T(0); });
    default:
      KCPP_ASSERT(op == BinaryOp::logical_xor);
      return f([](T a, T b) { return (a != T(0)) != (b != T(0)); });
  }
}

template <class T, class R>
auto rows_into(const Tensor& a, const Tensor& b, Tensor& y) {
  return [&](auto f) {
    const StridedRows<2> rows(y.shape(), {broadcast_strides(a.shape(), y.shape()),
                                          broadcast_strides(b.shape(), y.shape())});
    const T* pa = in<T>(a);
    const T* pb = in<T>(b);
    R* py = out<R>(y);
    rows.each([&](int64_t at, const auto& offset) {
      row(pa + offset[0], rows.step(0), pb + offset[1], rows.step(1), py + at, rows.length(), f);
    });
  };
}

bool needs_floats(BinaryOp op) {
  return op == BinaryOp::divide || op == BinaryOp::atan2 || op == BinaryOp::logaddexp;
}
bool is_bitwise(BinaryOp op) { return op >= BinaryOp::bitwise_and && op <= BinaryOp::bitwise_xor; }

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::binary(BinaryOp op, const Tensor& a, const Tensor& b) {
  using namespace reference;
  KCPP_ASSERT(a.dtype() == b.dtype());
  const DType dtype = a.dtype();
  const bool predicate = is_comparison(op) || is_logical(op);

  if (dtype == DType::bool_ && (predicate || is_bitwise(op))) {  // bools are bytes of 0 and 1
    Tensor y = Tensor::empty(broadcast_shapes(a.shape(), b.shape(), "binary"), DType::bool_);
    if (is_bitwise(op)) {
      op = op == BinaryOp::bitwise_and  ? BinaryOp::logical_and
           : op == BinaryOp::bitwise_or ? BinaryOp::logical_or
                                        : BinaryOp::logical_xor;
    }
    visit_predicate<uint8_t>(op, rows_into<uint8_t, bool>(a, b, y));
    return y;
  }
  const DType wide = !is_floating(dtype) && needs_floats(op) ? floatx() : compute_dtype(dtype);
  if (wide != dtype) {
    Tensor y = binary(op, cast(a, wide), cast(b, wide));
    return predicate || is_floating(wide) != is_floating(dtype) ? y : cast(y, dtype);
  }

  Tensor y = Tensor::empty(broadcast_shapes(a.shape(), b.shape(), "binary"),
                           predicate ? DType::bool_ : dtype);
  dispatch_compute(dtype, [&]<class T>() {
    if (predicate) {
      visit_predicate<T>(op, rows_into<T, bool>(a, b, y));
    } else {
      visit_arithmetic<T>(op, rows_into<T, T>(a, b, y));
    }
  });
  return y;
}

Tensor ReferenceBackend::where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  using namespace reference;
  if (condition.dtype() != DType::bool_) return where(cast(condition, DType::bool_), a, b);
  KCPP_ASSERT(a.dtype() == b.dtype());
  const Shape shape =
      broadcast_shapes(condition.shape(), broadcast_shapes(a.shape(), b.shape(), "where"), "where");
  Tensor y = Tensor::empty(shape, a.dtype());
  const StridedRows<3> rows(
      shape, {broadcast_strides(condition.shape(), shape), broadcast_strides(a.shape(), shape),
              broadcast_strides(b.shape(), shape)});
  dispatch_size(a.dtype(), [&]<class E>() {
    const bool* pc = in<bool>(condition);
    const E* pa = in<E>(a);
    const E* pb = in<E>(b);
    E* py = out<E>(y);
    const int64_t c_step = rows.step(0), a_step = rows.step(1), b_step = rows.step(2);
    rows.each([&](int64_t at, const auto& o) {
      for (int64_t i = 0; i < rows.length(); ++i) {
        py[at + i] = pc[o[0] + i * c_step] ? pa[o[1] + i * a_step] : pb[o[2] + i * b_step];
      }
    });
  });
  return y;
}

void ReferenceBackend::accumulate(Tensor& into, const Tensor& x) {
  using namespace reference;
  KCPP_ASSERT(into.dtype() == x.dtype() && into.shape() == x.shape());
  dispatch_all(x.dtype(), [&]<class T>() {
    const T* px = in<T>(x);
    T* py = out<T>(into);
    for (int64_t i = 0; i < x.size(); ++i) py[i] = static_cast<T>(py[i] + px[i]);
  });
}

}  // namespace kcpp
