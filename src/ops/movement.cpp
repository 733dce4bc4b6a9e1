#include "src/ops/movement.h"

#include <algorithm>
#include <numeric>

namespace kcpp::ops::detail {

Tensor share(const Tensor& x, const Shape& shape, int64_t offset) {
  kcpp::detail::TensorImpl* impl = kcpp::detail::TensorImpl::create();
  Tensor out(impl);
  impl->shape = shape;
  impl->dtype = x.dtype();
  impl->storage = x.impl()->storage;
  impl->data = x.impl()->data + offset * static_cast<int64_t>(size_of(x.dtype()));
  return out;
}

namespace {

/// The block is one piece of memory: everything behind the leading axis is whole.
bool is_leading_rows(const Shape& shape, const Shape& sizes, const Shape& strides) {
  if (shape.empty() || strides[0] != 1) return false;
  for (int i = 1; i < shape.rank(); ++i) {
    if (sizes[i] != shape[i] || strides[i] < 0) return false;
  }
  return true;
}

}  // namespace

Tensor slice_block(const Tensor& x, const Shape& starts, const Shape& sizes, const Shape& strides) {
  if (x.is_symbolic()) return symbolic_result(sizes, x.dtype());
  Tensor y;
  if (is_leading_rows(x.shape(), sizes, strides)) {
    int64_t row = 1;
    for (int i = 1; i < x.rank(); ++i) row *= x.shape()[i];
    y = share(x, sizes, sizes[0] == 0 ? 0 : starts[0] * row);
  } else {
    y = backend().slice(x, starts, sizes, strides);
  }
  if (autodiff::recording(x)) {
    autodiff::record("slice", {&x}, y, [shape = x.shape(), starts, strides](Vjp& v) {
      v.set(0, unslice_block(v.grad(), shape, starts, strides));
    });
  }
  return y;
}

Tensor unslice_block(const Tensor& dy, const Shape& shape, const Shape& starts,
                     const Shape& strides) {
  Tensor y = backend().slice_grad(dy, shape, starts, strides);
  if (autodiff::recording(dy)) {
    autodiff::record("slice_grad", {&dy}, y, [sizes = dy.shape(), starts, strides](Vjp& v) {
      v.set(0, slice_block(v.grad(), starts, sizes, strides));
    });
  }
  return y;
}

Tensor slice_axis(const Tensor& x, int axis, int64_t start, int64_t size) {
  Shape starts = Shape::filled(x.rank(), 0), sizes = x.shape();
  starts[axis] = start;
  sizes[axis] = size;
  return slice_block(x, starts, sizes, Shape::filled(x.rank(), 1));
}

/// The gradient of rows looked up in a table of this shape, before it is summed.
autodiff::IndexedSlices lookup_slices(const Tensor& dy, const Tensor& indices, const Shape& table) {
  Shape rows = table;
  rows[0] = indices.size();
  return {dy.reshape(rows), indices.reshape({indices.size()})};
}

Tensor gather_axis(const Tensor& x, const Tensor& indices, int axis) {
  if (any_symbolic(x, indices)) {
    return symbolic_result(x.shape().slice(0, axis) + indices.shape() + x.shape().slice(axis + 1),
                           x.dtype());
  }
  Tensor y = backend().gather(x, indices, axis);
  if (autodiff::recording(x)) {
    autodiff::record("gather", {&x}, y,
                     [indices = indices.detach(), shape = x.shape(), axis](Vjp& v) {
                       Tensor dx = scatter_axis(v.grad(), indices, shape, axis);
                       if (axis == 0 && !autodiff::recording())
                         autodiff::set_slices(dx, lookup_slices(v.grad(), indices, shape));
                       v.set(0, std::move(dx));
                     });
  }
  return y;
}

Tensor scatter_axis(const Tensor& updates, const Tensor& indices, const Shape& shape, int axis) {
  if (any_symbolic(updates, indices)) return symbolic_result(shape, updates.dtype());
  Tensor y = backend().scatter_add(updates, indices, shape, axis);
  if (autodiff::recording(updates)) {
    autodiff::record("scatter_add", {&updates}, y, [indices = indices.detach(), axis](Vjp& v) {
      v.set(0, gather_axis(v.grad(), indices, axis));
    });
  }
  return y;
}

Tensor gather_along(const Tensor& x, const Tensor& indices, int axis) {
  if (any_symbolic(x, indices)) {
    Shape shape = x.shape();
    shape[axis] = indices.shape()[axis];
    return symbolic_result(shape, x.dtype());
  }
  Tensor y = backend().gather_elements(x, indices, axis);
  if (autodiff::recording(x)) {
    autodiff::record("gather_elements", {&x}, y,
                     [indices = indices.detach(), shape = x.shape(), axis](Vjp& v) {
                       v.set(0, scatter_along(v.grad(), indices, shape, axis));
                     });
  }
  return y;
}

Tensor scatter_along(const Tensor& updates, const Tensor& indices, const Shape& shape, int axis) {
  Tensor y = backend().scatter_elements_add(updates, indices, shape, axis);
  if (autodiff::recording(updates)) {
    autodiff::record("scatter_elements_add", {&updates}, y,
                     [indices = indices.detach(), axis](Vjp& v) {
                       v.set(0, gather_along(v.grad(), indices, axis));
                     });
  }
  return y;
}

Tensor permute(const Tensor& x, const std::vector<int>& permutation) {
  Shape shape;
  for (int p : permutation) shape.push_back(x.shape()[p]);
  if (x.is_symbolic()) return symbolic_result(shape, x.dtype());
  // Axes of length 1 may go anywhere without moving an element.
  int last = -1;
  bool moves = false;
  for (int p : permutation) {
    if (x.shape()[p] == 1) continue;
    moves |= p < last;
    last = p;
  }
  Tensor y = moves ? backend().transpose(x, permutation) : share(x, shape);
  if (autodiff::recording(x)) {
    std::vector<int> inverse(permutation.size());
    for (size_t i = 0; i < permutation.size(); ++i)
      inverse[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
    autodiff::record("transpose", {&x}, y, [inverse = std::move(inverse)](Vjp& v) {
      v.set(0, permute(v.grad(), inverse));
    });
  }
  return y;
}

Tensor int_range(int64_t count, int64_t first, int64_t step) {
  Tensor out = Tensor::empty({count}, DType::int32);
  int64_t value = first;
  for (int32_t& v : out.mutable_data<int32_t>()) {
    v = static_cast<int32_t>(value);
    value += step;
  }
  return out;
}

}  // namespace kcpp::ops::detail
