// Batch and layer normalisation. Statistics are summed in double. For float16 and bfloat16 data the
// statistics, gamma, beta and their gradients are float32.
#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

template <class T>
T or_else(const T* values, int64_t i, T fallback) {
  return values ? values[i] : fallback;
}

/// f(channel, element) over all elements, channel by channel within the rows they lie in.
template <class F>
void each_of_channel(const AxisView& v, F&& f) {
  for (int64_t o = 0; o < v.outer; ++o) {
    for (int64_t c = 0; c < v.length; ++c) {
      const int64_t first = (o * v.length + c) * v.inner;
      for (int64_t i = 0; i < v.inner; ++i) f(c, first + i);
    }
  }
}

DType wide_dtype(DType t) { return is_half(t) ? DType::float32 : t; }

}  // namespace
}  // namespace reference

Backend::BatchNorm ReferenceBackend::batch_norm_training(const Tensor& x, const Tensor& gamma,
                                                         const Tensor& beta, int axis,
                                                         double epsilon) {
  using namespace reference;
  const auto wide = [&](const Tensor& t) {
    return t.defined() ? cast(t, wide_dtype(x.dtype())) : t;
  };
  if (is_half(x.dtype())) {
    BatchNorm r = batch_norm_training(wide(x), wide(gamma), wide(beta), axis, epsilon);
    return {cast(r.y, x.dtype()), r.mean, r.variance};
  }
  const AxisView v(x.shape(), axis);
  Tensor mean = Tensor::empty({v.length}, x.dtype()),
         variance = Tensor::empty({v.length}, x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T* px = in<T>(x);
    const double count = static_cast<double>(v.outer * v.inner);
    std::vector<double> sum(static_cast<size_t>(v.length), 0), squares = sum;
    each_of_channel(v, [&](int64_t c, int64_t i) { sum[c] += px[i]; });
    for (double& s : sum) s /= count;
    each_of_channel(
        v, [&](int64_t c, int64_t i) { squares[c] += (px[i] - sum[c]) * (px[i] - sum[c]); });
    T* m = out<T>(mean);
    T* s = out<T>(variance);
    for (int64_t c = 0; c < v.length; ++c) {
      m[c] = static_cast<T>(sum[c]);
      s[c] = static_cast<T>(squares[c] / count);
    }
  });
  Tensor y = batch_norm_inference(x, mean, variance, gamma, beta, axis, epsilon);
  return {y, mean, variance};
}

Tensor ReferenceBackend::batch_norm_inference(const Tensor& x, const Tensor& mean,
                                              const Tensor& variance, const Tensor& gamma,
                                              const Tensor& beta, int axis, double epsilon) {
  using namespace reference;
  const auto wide = [&](const Tensor& t) {
    return t.defined() ? cast(t, wide_dtype(x.dtype())) : t;
  };
  if (is_half(x.dtype())) {
    return cast(batch_norm_inference(wide(x), wide(mean), wide(variance), wide(gamma), wide(beta),
                                     axis, epsilon),
                x.dtype());
  }
  const AxisView v(x.shape(), axis);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *px = in<T>(x), *m = in<T>(mean), *s = in<T>(variance);
    const T *g = in_or_null<T>(gamma), *b = in_or_null<T>(beta);
    T* py = out<T>(y);
    std::vector<T> scale(static_cast<size_t>(v.length));
    for (int64_t c = 0; c < v.length; ++c) {
      scale[c] =
          static_cast<T>(or_else(g, c, T(1)) / std::sqrt(static_cast<double>(s[c]) + epsilon));
    }
    each_of_channel(
        v, [&](int64_t c, int64_t i) { py[i] = (px[i] - m[c]) * scale[c] + or_else(b, c, T(0)); });
  });
  return y;
}

Backend::NormGrads ReferenceBackend::batch_norm_grad(const Tensor& dy, const Tensor& x,
                                                     const Tensor& mean, const Tensor& variance,
                                                     const Tensor& gamma, int axis,
                                                     double epsilon) {
  using namespace reference;
  const auto wide = [&](const Tensor& t) {
    return t.defined() ? cast(t, wide_dtype(x.dtype())) : t;
  };
  if (is_half(x.dtype())) {
    NormGrads r =
        batch_norm_grad(wide(dy), wide(x), wide(mean), wide(variance), wide(gamma), axis, epsilon);
    return {cast(r.x, x.dtype()), r.gamma, r.beta};
  }
  const AxisView v(x.shape(), axis);
  Tensor dx = Tensor::empty(x.shape(), x.dtype());
  Tensor d_gamma = Tensor::empty({v.length}, x.dtype()),
         d_beta = Tensor::empty({v.length}, x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *px = in<T>(x), *p = in<T>(dy), *m = in<T>(mean), *s = in<T>(variance),
            *g = in_or_null<T>(gamma);
    T *pdx = out<T>(dx), *dg = out<T>(d_gamma), *db = out<T>(d_beta);
    const double count = static_cast<double>(v.outer * v.inner);
    std::vector<double> rstd(static_cast<size_t>(v.length)), sum(rstd.size(), 0),
        sum_hat(rstd.size(), 0);
    for (int64_t c = 0; c < v.length; ++c)
      rstd[c] = 1 / std::sqrt(static_cast<double>(s[c]) + epsilon);
    each_of_channel(v, [&](int64_t c, int64_t i) {
      sum[c] += p[i];
      sum_hat[c] += p[i] * (px[i] - m[c]) * rstd[c];
    });
    // dx = gamma rstd (dy - mean(dy) - x_hat mean(dy x_hat))
    each_of_channel(v, [&](int64_t c, int64_t i) {
      const double x_hat = (px[i] - m[c]) * rstd[c];
      pdx[i] = static_cast<T>(or_else(g, c, T(1)) * rstd[c] *
                              (p[i] - sum[c] / count - x_hat * sum_hat[c] / count));
    });
    for (int64_t c = 0; c < v.length; ++c) {
      dg[c] = static_cast<T>(sum_hat[c]);
      db[c] = static_cast<T>(sum[c]);
    }
  });
  return {dx, d_gamma, d_beta};
}

Backend::LayerNorm ReferenceBackend::layer_norm(const Tensor& x, const Tensor& gamma,
                                                const Tensor& beta, double epsilon) {
  using namespace reference;
  const auto wide = [&](const Tensor& t) {
    return t.defined() ? cast(t, wide_dtype(x.dtype())) : t;
  };
  if (is_half(x.dtype())) {
    LayerNorm r = layer_norm(wide(x), wide(gamma), wide(beta), epsilon);
    return {cast(r.y, x.dtype()), r.mean, r.rstd};
  }
  const Shape rows = x.shape().slice(0, x.rank() - 1);
  const int64_t n = x.dim(-1);
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  Tensor mean = Tensor::empty(rows, x.dtype()), rstd = Tensor::empty(rows, x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *g = in_or_null<T>(gamma), *b = in_or_null<T>(beta);
    T *pm = out<T>(mean), *pr = out<T>(rstd), *py = out<T>(y);
    for (int64_t r = 0; r < rows.size(); ++r) {
      const T* row = in<T>(x) + r * n;
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < n; ++i) sum += row[i];
      const double m = sum / static_cast<double>(n);
      for (int64_t i = 0; i < n; ++i) squares += (row[i] - m) * (row[i] - m);
      const double s = 1 / std::sqrt(squares / static_cast<double>(n) + epsilon);
      pm[r] = static_cast<T>(m);
      pr[r] = static_cast<T>(s);
      for (int64_t i = 0; i < n; ++i) {
        py[r * n + i] =
            static_cast<T>((row[i] - m) * s * or_else(g, i, T(1)) + or_else(b, i, T(0)));
      }
    }
  });
  return {y, mean, rstd};
}

Backend::NormGrads ReferenceBackend::layer_norm_grad(const Tensor& dy, const Tensor& x,
                                                     const Tensor& mean, const Tensor& rstd,
                                                     const Tensor& gamma) {
  using namespace reference;
  const auto wide = [&](const Tensor& t) {
    return t.defined() ? cast(t, wide_dtype(x.dtype())) : t;
  };
  if (is_half(x.dtype())) {
    NormGrads r = layer_norm_grad(wide(dy), wide(x), wide(mean), wide(rstd), wide(gamma));
    return {cast(r.x, x.dtype()), r.gamma, r.beta};
  }
  const int64_t n = x.dim(-1), rows = x.shape().slice(0, x.rank() - 1).size();
  Tensor dx = Tensor::empty(x.shape(), x.dtype());
  Tensor d_gamma = Tensor::empty({n}, x.dtype()), d_beta = Tensor::empty({n}, x.dtype());
  dispatch_floating(x.dtype(), [&]<class T>() {
    const T *m = in<T>(mean), *s = in<T>(rstd), *g = in_or_null<T>(gamma);
    T *pdx = out<T>(dx), *dg = out<T>(d_gamma), *db = out<T>(d_beta);
    std::vector<double> sum(static_cast<size_t>(n), 0), sum_hat(sum);
    for (int64_t r = 0; r < rows; ++r) {
      const T *px = in<T>(x) + r * n, *p = in<T>(dy) + r * n;
      // With d = dy gamma: dx = rstd (d - mean(d) - x_hat mean(d x_hat)), means over the row.
      double mean_d = 0, mean_dx = 0;
      for (int64_t i = 0; i < n; ++i) {
        const double d = p[i] * or_else(g, i, T(1)), x_hat = (px[i] - m[r]) * s[r];
        mean_d += d / static_cast<double>(n);
        mean_dx += d * x_hat / static_cast<double>(n);
        sum[i] += p[i];
        sum_hat[i] += p[i] * x_hat;
      }
      for (int64_t i = 0; i < n; ++i) {
        const double d = p[i] * or_else(g, i, T(1)), x_hat = (px[i] - m[r]) * s[r];
        pdx[r * n + i] = static_cast<T>(s[r] * (d - mean_d - x_hat * mean_dx));
      }
    }
    for (int64_t i = 0; i < n; ++i) {
      dg[i] = static_cast<T>(sum_hat[i]);
      db[i] = static_cast<T>(sum[i]);
    }
  });
  return {dx, d_gamma, d_beta};
}

}  // namespace kcpp
