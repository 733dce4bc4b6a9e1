#include "src/ops/common.h"

#include <algorithm>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"

namespace kcpp::ops {

Config Axes::to_config() const {
  if (is_none()) return nullptr;
  if (is_int()) return axes_[0];
  Config list = Config::list();
  for (int a : *this) list.push_back(a);
  return list;
}

Axes Axes::from_config(const Config& config) {
  if (config.is_null()) return {};
  if (!config.is_list()) return static_cast<int>(config.as_int("axis"));
  std::vector<int> axes;
  for (const Config& a : config.as_list()) axes.push_back(static_cast<int>(a.as_int("axis")));
  return Axes(axes);
}

namespace detail {

bool any_symbolic(const Tensors& xs) {
  return std::any_of(xs.begin(), xs.end(), [](const Tensor& x) { return x.is_symbolic(); });
}

Tensor cast_slow(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (x.is_symbolic()) [[unlikely]]
    return symbolic_result(x.shape(), dtype);
  // A bare number becomes a scalar of the other operand's dtype from its exact value.
  if (x.is_weak()) return Tensor::scalar(x.item(), dtype);
  Tensor y = backend().cast(x, dtype);
  if (autodiff::recording(x) && is_floating(dtype) && is_floating(x.dtype())) {
    autodiff::record("cast", {&x}, y, [from = x.dtype()](Vjp& v) {
      Tensor dx = as_dtype(v.grad(), from);
      if (const autodiff::IndexedSlices* s = autodiff::slices_of(v.grad()))
        autodiff::set_slices(dx, {as_dtype(s->values, from), s->indices});
      v.set(0, std::move(dx));
    });
  }
  return y;
}

DType result_of(const Tensors& xs) {
  KCPP_ASSERT(!xs.empty());
  // Numbers yield to tensors whatever their order, so the tensors come first.
  bool started = false;
  bool weak = true;
  DType dtype = xs[0].dtype();
  for (bool numbers : {false, true}) {
    for (const Tensor& x : xs) {
      if (x.is_weak() != numbers) continue;
      dtype = started ? result_type(dtype, x.dtype(), weak, numbers) : x.dtype();
      weak = started ? weak && numbers : numbers;
      started = true;
    }
  }
  return dtype;
}

Tensor sum_to_shape(const Tensor& dy, const Shape& target) {
  const Shape& shape = dy.shape();
  if (shape == target) return dy;
  const int lead = shape.rank() - target.rank();
  int axes[Shape::max_rank];
  int count = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i < lead || (target[i - lead] == 1 && shape[i] != 1)) axes[count++] = i;
  }
  if (count == 0) return view(dy, target);
  Tensor sum = ops::sum(dy, Axes(std::span<const int>(axes, count)), true);
  return sum.shape() == target ? sum : view(sum, target);
}

std::vector<int> canonical_axes(const Axes& axes, int rank, std::string_view op) {
  std::vector<int> out;
  out.reserve(static_cast<size_t>(rank));
  if (axes.is_none()) {
    for (int i = 0; i < rank; ++i) out.push_back(i);
    return out;
  }
  for (int a : axes) out.push_back(canonical_axis(a, rank, op));
  if (out.size() > 1) {
    std::sort(out.begin(), out.end());
    check(std::adjacent_find(out.begin(), out.end()) == out.end(), "[", op,
          "] duplicate value in `axis`. Received: axis=", axes.to_config());
  }
  return out;
}

Shape reduced_shape(const Shape& shape, const std::vector<int>& axes, bool keepdims) {
  Shape out;
  size_t next = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if (next < axes.size() && axes[next] == i) {
      ++next;
      if (keepdims) out.push_back(1);
    } else {
      out.push_back(shape[i]);
    }
  }
  return out;
}

Config number_config(const Tensor& scalar) {
  if (scalar.dtype() == DType::bool_) return scalar.item() != 0;
  if (is_integer(scalar.dtype())) return scalar.item<int64_t>();
  return scalar.item();
}

Tensor view(const Tensor& x, const Shape& shape) { return ops::reshape(x, shape); }

}  // namespace detail
}  // namespace kcpp::ops
