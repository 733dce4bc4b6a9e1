#include <cmath>

#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"
#include "src/ops/softmax.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// What a score that is masked becomes (keras.src.backend.tensorflow.nn._get_large_negative).
double large_negative(DType dtype) {
  return -0.7 * (dtype == DType::float16 ? 65500.0 : 3.38953e38);
}

Tensor attention(Tensor query, Tensor key, Tensor value, const Tensor& bias, const Tensor& mask,
                 std::optional<double> scale, bool is_causal) {
  const DType dtype = float_of(result_of({query, key, value}));
  query = as_dtype(query, dtype);
  key = as_dtype(key, dtype);
  value = as_dtype(value, dtype);
  const int64_t heads = query.shape()[2], key_heads = key.shape()[2];
  if (heads > key_heads && key_heads > 1) {
    key = repeat(key, heads / key_heads, 2);
    value = repeat(value, heads / key_heads, 2);
  }
  // [B, N, T, H] x [B, N, S, H]^T -> [B, N, T, S]
  const Tensor q = transpose(query, {0, 2, 1, 3}), k = transpose(key, {0, 2, 3, 1}),
               v = transpose(value, {0, 2, 1, 3});
  const DType score_dtype = result_type(dtype, DType::float32);
  Tensor scores = as_dtype(matmul(q, k), score_dtype) *
                  scale.value_or(1.0 / std::sqrt(static_cast<double>(query.shape()[3])));
  if (bias.defined()) scores = scores + as_dtype(bias, score_dtype);
  Tensor allowed = mask.defined() ? as_dtype(mask, DType::bool_) : Tensor();
  if (is_causal) {
    const Tensor causal = tri(scores.shape()[2], scores.shape()[3], 0, DType::bool_);
    allowed = allowed.defined() ? logical_and(allowed, causal) : causal;
  }
  if (allowed.defined()) scores = where(allowed, scores, large_negative(score_dtype));
  const Tensor probabilities = as_dtype(softmax_axis(scores, 3, false), dtype);
  return transpose(matmul(probabilities, v), {0, 2, 1, 3});
}

}  // namespace

Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                             const AttentionOptions& options) {
  check_defined(query, "dot_product_attention");
  check_defined(key, "dot_product_attention");
  check_defined(value, "dot_product_attention");
  check(query.rank() == 4 && key.rank() == 4 && value.rank() == 4,
        "`dot_product_attention` only supports 4D inputs. Received: query.shape=", query.shape(),
        ", key.shape=", key.shape(), ", value.shape=", value.shape(), ".");
  Tensors inputs = {query, key, value};
  const bool has_bias = options.bias.defined(), has_mask = options.mask.defined();
  if (has_bias) inputs.push_back(options.bias);
  if (has_mask) inputs.push_back(options.mask);
  const auto describe = [&](Config& a) {
    Describe{a}("is_causal", options.is_causal);
    Config kwargs = Config::dict();
    kwargs.set("bias", has_bias ? tensor_input(3) : Config());
    kwargs.set("mask", has_mask ? tensor_input(has_bias ? 4 : 3) : Config());
    kwargs.set("scale", options.scale ? Config(*options.scale) : Config());
    a.set("args", tensor_inputs(0, 3));
    a.set("kwargs", std::move(kwargs));
  };
  return symbolic::op_list(
      "DotProductAttention", describe,
      [=, scale = options.scale, causal = options.is_causal](const Tensors& in) -> Tensors {
        if (any_symbolic(in)) {
          Shape out = in[0].shape();
          out[3] = in[2].shape()[3];
          return {symbolic_result(out, float_of(result_of({in[0], in[1], in[2]})))};
        }
        return {attention(in[0], in[1], in[2], has_bias ? in[3] : Tensor(),
                          has_mask ? in[has_bias ? 4 : 3] : Tensor(), scale, causal)};
      },
      inputs)[0];
}

}  // namespace kcpp::ops
