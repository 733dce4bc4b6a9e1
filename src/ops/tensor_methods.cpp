// The methods of Tensor that are ops: they are differentiable and take symbolic tensors.
#include "kcpp/core/tensor.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/movement.h"

namespace kcpp {

Tensor Tensor::reshape(const Shape& shape) const { return ops::reshape(*this, shape); }

Tensor Tensor::astype(DType dtype) const { return ops::cast(*this, dtype); }

Tensor Tensor::operator[](int64_t index) const {
  check(defined() && rank() > 0, "[Tensor] a scalar cannot be indexed.");
  if (is_symbolic()) return ops::get_item(*this, {ops::Index(index)});
  const int64_t length = shape()[0];
  check<IndexError>(index >= -length && index < length, "[Tensor] index ", index,
                    " is out of range for shape ", shape(), ".");
  const Tensor row = ops::detail::slice_axis(*this, 0, index < 0 ? index + length : index, 1);
  return ops::detail::view(row, shape().slice(1));
}

Tensor Tensor::rows(int64_t first, int64_t last) const {
  check(defined() && rank() > 0, "[Tensor.rows] a scalar has no rows.");
  if (is_symbolic()) return ops::get_item(*this, {ops::Slice{first, last}});
  check<IndexError>(first >= 0 && first <= last && last <= shape()[0], "[Tensor.rows] rows [",
                    first, ", ", last, ") are out of range for shape ", shape(), ".");
  return ops::detail::slice_axis(*this, 0, first, last - first);
}

}  // namespace kcpp
