/// Ops that make tensors, named as in keras.ops. The dtype is keras.config.floatx() unless given or
/// implied.
#pragma once

#include "kcpp/ops/types.h"

namespace kcpp::ops {

/// All 0.
KCPP_API Tensor zeros(const Shape& shape, OptionalDType dtype = {});
/// All 1.
KCPP_API Tensor ones(const Shape& shape, OptionalDType dtype = {});
/// All of one value (which may also be a tensor that broadcasts).
KCPP_API Tensor full(const Shape& shape, const Tensor& fill_value, OptionalDType dtype = {});
/// Zeros, as in Keras on TensorFlow.
KCPP_API Tensor empty(const Shape& shape, OptionalDType dtype = {});
/// Zeros of x's shape and dtype.
KCPP_API Tensor zeros_like(const Tensor& x, OptionalDType dtype = {});
/// Ones of x's shape and dtype.
KCPP_API Tensor ones_like(const Tensor& x, OptionalDType dtype = {});
/// One value in x's shape and dtype.
KCPP_API Tensor full_like(const Tensor& x, const Tensor& fill_value, OptionalDType dtype = {});
/// Zeros of x's shape and dtype.
KCPP_API Tensor empty_like(const Tensor& x, OptionalDType dtype = {});

/// start, start + step, ... below stop; `arange(stop)` starts at 0. Whole numbers give int32.
KCPP_API Tensor arange(const Tensor& start, const Tensor& stop = {}, const Tensor& step = {},
                       OptionalDType dtype = {});
/// `num` evenly spaced numbers from start to stop.
KCPP_API Tensor linspace(const Tensor& start, const Tensor& stop, int64_t num = 50,
                         bool endpoint = true, OptionalDType dtype = {}, int axis = 0);
/// base^linspace(start, stop).
KCPP_API Tensor logspace(const Tensor& start, const Tensor& stop, int64_t num = 50,
                         bool endpoint = true, double base = 10, OptionalDType dtype = {},
                         int axis = 0);
/// `num` numbers from start to stop with a constant ratio.
KCPP_API Tensor geomspace(const Tensor& start, const Tensor& stop, int64_t num = 50,
                          bool endpoint = true, OptionalDType dtype = {}, int axis = 0);
/// (N, M) with ones on diagonal k.
KCPP_API Tensor eye(int64_t N, std::optional<int64_t> M = {}, int k = 0, OptionalDType dtype = {});
/// (n, n) with ones on the diagonal.
KCPP_API Tensor identity(int64_t n, OptionalDType dtype = {});
/// (N, M) with ones on and below diagonal k.
KCPP_API Tensor tri(int64_t N, std::optional<int64_t> M = {}, int k = 0, OptionalDType dtype = {});
/// Powers of a 1-d x as columns, falling unless `increasing`.
KCPP_API Tensor vander(const Tensor& x, std::optional<int64_t> N = {}, bool increasing = false);

/// x, as another dtype if given.
KCPP_API Tensor convert_to_tensor(const Tensor& x, OptionalDType dtype = {});
/// A tensor of x's values, as another dtype if given.
KCPP_API Tensor array(const Tensor& x, OptionalDType dtype = {});
/// The same values in memory of its own.
KCPP_API Tensor copy(const Tensor& x);

/// Bartlett's (triangular) window of x points.
KCPP_API Tensor bartlett(int64_t x);
/// Blackman's window of x points.
KCPP_API Tensor blackman(int64_t x);
/// Hamming's window of x points.
KCPP_API Tensor hamming(int64_t x);
/// Hann's window of x points.
KCPP_API Tensor hanning(int64_t x);
/// Kaiser's window of x points.
KCPP_API Tensor kaiser(int64_t x, double beta);

}  // namespace kcpp::ops
