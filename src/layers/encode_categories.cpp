#include "src/layers/encode_categories.h"

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"

namespace kcpp::layers {

Tensor encode_categories(const Tensor& indices, const std::string& mode, int64_t depth, DType dtype,
                         const Tensor& count_weights) {
  if (mode == "int") return ops::cast(indices, dtype);
  Tensor x = indices.rank() == 0 ? ops::expand_dims(indices, -1) : indices;
  if (mode == "one_hot") {
    if (x.rank() > 1 && x.dim(-1) == 1) x = ops::squeeze(x, -1);
    return ops::one_hot(x, depth, -1, dtype);
  }
  const int axis = x.rank() > 1 ? 1 : 0;
  Tensor hot = ops::one_hot(x, depth, -1, dtype);
  if (mode == "multi_hot") return ops::max(hot, axis);
  if (count_weights.defined())
    hot = ops::cast(hot, count_weights.dtype()) * ops::expand_dims(count_weights, -1);
  return ops::sum(hot, axis);
}

}  // namespace kcpp::layers
