/// Random tensors, named as in keras.random. The same seed gives the same numbers on every backend
/// and number of threads. dtype: keras.config.floatx() unless given.
#pragma once

#include "kcpp/core/random.h"
#include "kcpp/ops/types.h"

namespace kcpp::random {

/// Uniform in [minval, maxval); whole numbers for an integer dtype.
KCPP_API Tensor uniform(const Shape& shape, double minval = 0.0, double maxval = 1.0,
                        ops::OptionalDType dtype = {}, const Seed& seed = {});
/// Normal distribution.
KCPP_API Tensor normal(const Shape& shape, double mean = 0.0, double stddev = 1.0,
                       ops::OptionalDType dtype = {}, const Seed& seed = {});
/// Normal distribution, redrawn beyond two standard deviations.
KCPP_API Tensor truncated_normal(const Shape& shape, double mean = 0.0, double stddev = 1.0,
                                 ops::OptionalDType dtype = {}, const Seed& seed = {});
/// Whole numbers in [minval, maxval).
KCPP_API Tensor randint(const Shape& shape, int64_t minval, int64_t maxval,
                        DType dtype = DType::int32, const Seed& seed = {});
/// num_samples classes a row of logits (batch, classes) -> (batch, num_samples).
KCPP_API Tensor categorical(const Tensor& logits, int64_t num_samples, DType dtype = DType::int32,
                            const Seed& seed = {});
/// Each element 0 with probability `rate`, else scaled by 1 / (1 - rate). Axes of length 1 in
/// noise_shape share one draw, -1 means the input's length; empty: every element by itself.
KCPP_API Tensor dropout(const Tensor& inputs, double rate,
                        const std::optional<Shape>& noise_shape = {}, const Seed& seed = {});
/// The slices of `axis` in random order.
KCPP_API Tensor shuffle(const Tensor& x, int axis = 0, const Seed& seed = {});
/// Gamma distribution of shape parameter alpha (which broadcasts to `shape`), rate 1.
KCPP_API Tensor gamma(const Shape& shape, const Tensor& alpha, ops::OptionalDType dtype = {},
                      const Seed& seed = {});
/// Number of successes in `counts` trials.
KCPP_API Tensor binomial(const Shape& shape, const Tensor& counts, const Tensor& probabilities,
                         ops::OptionalDType dtype = {}, const Seed& seed = {});
/// Beta distribution.
KCPP_API Tensor beta(const Shape& shape, const Tensor& alpha, const Tensor& beta,
                     ops::OptionalDType dtype = {}, const Seed& seed = {});

}  // namespace kcpp::random
