#include "src/layers/lora.h"

#include "kcpp/ops/linalg.h"

namespace kcpp {

Tensor Lora::merge(const Tensor& w, const Tensor& left, const Tensor& right) const {
  const double scale = *alpha / static_cast<double>(*rank);
  return ops::cast(w + ops::matmul(left, right) * scale, w.dtype());
}

}  // namespace kcpp
