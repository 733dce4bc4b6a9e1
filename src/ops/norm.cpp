#include <algorithm>

#include "kcpp/core/defaults.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"

namespace kcpp::ops {
namespace detail {
namespace {

/// Half precision computes in float32, as in Keras.
DType compute_dtype(DType dtype) { return result_type(float_of(dtype), DType::float32); }

/// A vector laid along `axis` of a tensor of this rank.
Tensor along(const Tensor& vector, int axis, int rank) {
  if (!vector.defined() || axis == rank - 1) return vector;
  Shape shape = Shape::filled(rank, 1);
  shape[axis] = vector.size();
  return view(vector, shape);
}

std::vector<int> all_but(int axis, int rank) {
  std::vector<int> axes;
  for (int i = 0; i < rank; ++i) {
    if (i != axis) axes.push_back(i);
  }
  return axes;
}

std::pair<Tensor, Tensor> moments_of(const Tensor& x, const Axes& axes, bool keepdims) {
  const Tensor centre = mean(x, axes, true);
  // The derivative through the mean is 0, so it is left out.
  const Tensor variance = mean(squared_difference(x, stop_gradient(centre)), axes, keepdims);
  return {keepdims ? centre : view(centre, variance.shape()), variance};
}

/// The gradients in ops, for a tape that records the backward pass.
void batch_norm_gradient_composite(Vjp& v, const Tensor& x, const Tensor& gamma, int axis,
                                   double epsilon) {
  const Tensor& dy = v.grad();
  const Axes over(all_but(axis, x.rank()));
  const auto [centre, variance] = moments_of(x, over, true);
  const Tensor rstd = rsqrt(variance + epsilon);
  const Tensor normal = (x - centre) * rstd;
  if (v.needs(0)) {
    const Tensor scaled = gamma.defined() ? dy * along(gamma, axis, x.rank()) : dy;
    v.set(0,
          rstd * (scaled - mean(scaled, over, true) - normal * mean(scaled * normal, over, true)));
  }
  if (v.needs(1)) v.set(1, sum(dy * normal, over));
  if (v.needs(2)) v.set(2, sum(dy, over));
}

void layer_norm_gradient_composite(Vjp& v, const Tensor& x, const Tensor& gamma, double epsilon) {
  const Tensor& dy = v.grad();
  const auto [centre, variance] = moments_of(x, -1, true);
  const Tensor rstd = rsqrt(variance + epsilon);
  const Tensor normal = (x - centre) * rstd;
  if (v.needs(0)) {
    const Tensor scaled = gamma.defined() ? dy * gamma : dy;
    v.set(0, rstd * (scaled - mean(scaled, -1, true) - normal * mean(scaled * normal, -1, true)));
  }
  std::vector<int> rows;
  for (int i = 0; i + 1 < x.rank(); ++i) rows.push_back(i);
  if (v.needs(1)) v.set(1, sum(dy * normal, Axes(rows)));
  if (v.needs(2)) v.set(2, sum(dy, Axes(rows)));
}

/// Over the last axis; gamma and beta may be undefined.
Tensor layer_norm_last(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  Backend::LayerNorm r = backend().layer_norm(x, gamma, beta, epsilon);
  if (autodiff::recording(x, gamma, beta)) {
    autodiff::record("layer_norm", {&x, &gamma, &beta}, r.y,
                     [x, gamma, mean = r.mean, rstd = r.rstd, epsilon](Vjp& v) {
                       if (autodiff::recording())
                         return layer_norm_gradient_composite(v, x, gamma, epsilon);
                       Backend::NormGrads g =
                           backend().layer_norm_grad(v.grad(), x, mean, rstd, gamma);
                       if (v.needs(0)) v.set(0, g.x);
                       if (v.needs(1)) v.set(1, g.gamma);
                       if (v.needs(2)) v.set(2, g.beta);
                     });
  }
  return r.y;
}

Tensor layer_norm_body(const Tensor& t, const Tensor& gamma_in, const Tensor& beta_in,
                       const Axes& axis, double epsilon) {
  const std::vector<int> axes = canonical_axes(axis, t.rank(), "layer_normalization");
  if (t.is_symbolic()) return symbolic_result(t.shape(), t.dtype());
  const Tensor x = as_dtype(t, compute_dtype(t.dtype()));
  Tensor gamma = gamma_in.defined() ? as_dtype(gamma_in, x.dtype()) : gamma_in;
  Tensor beta = beta_in.defined() ? as_dtype(beta_in, x.dtype()) : beta_in;
  const int rank = x.rank(), first = axes.front();
  const bool trailing = first + static_cast<int>(axes.size()) == rank;
  int64_t length = 1;
  for (int a : axes) length *= x.shape()[a];
  const auto fits = [&](const Tensor& w) { return !w.defined() || w.size() == length; };
  if (trailing && rank > 0 && length > 0 && fits(gamma) && fits(beta)) {
    // The normalised axes are the last ones: one axis for the kernel.
    const Shape rows = axes.size() == 1 && rank > 1 ? x.shape() : Shape{x.size() / length, length};
    const auto flat = [&](const Tensor& w) {
      return w.defined() && w.rank() != 1 ? view(w, {length}) : w;
    };
    const Tensor y = layer_norm_last(view(x, rows), flat(gamma), flat(beta), epsilon);
    return as_dtype(view(y, x.shape()), t.dtype());
  }
  Shape broadcast = Shape::filled(rank, 1);
  for (int a : axes) broadcast[a] = x.shape()[a];
  const auto spread = [&](const Tensor& w) {
    return w.defined() && w.rank() != rank ? view(w, broadcast) : w;
  };
  const auto [centre, variance] = moments_of(x, axis, true);
  Tensor inverse = rsqrt(variance + epsilon);
  if (gamma.defined()) inverse = inverse * spread(gamma);
  Tensor shift = -centre * inverse;
  if (beta.defined()) shift = shift + spread(beta);
  return as_dtype(x * inverse + shift, t.dtype());
}

/// What an optional operand adds to a list of a node's inputs.
Tensors defined_only(std::initializer_list<Tensor> xs) {
  Tensors out;
  for (const Tensor& x : xs) {
    if (x.defined()) out.push_back(x);
  }
  return out;
}

}  // namespace

BatchNormResult batch_norm_training(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                    int axis, double epsilon) {
  check_defined(x, "batch_norm");
  const int at = canonical_axis(axis, x.rank(), "batch_normalization");
  if (x.is_symbolic()) {
    const Tensor statistic = symbolic_result({x.shape()[at]}, x.dtype());
    return {symbolic_result(x.shape(), x.dtype()), statistic, statistic};
  }
  if (!is_floating(x.dtype()) || compute_dtype(x.dtype()) != x.dtype()) {
    const DType dtype = compute_dtype(x.dtype());
    const auto cast = [&](const Tensor& w) { return w.defined() ? as_dtype(w, dtype) : w; };
    BatchNormResult r =
        batch_norm_training(as_dtype(x, dtype), cast(gamma), cast(beta), at, epsilon);
    return {as_dtype(r.y, float_of(x.dtype())), r.mean, r.variance};
  }
  Backend::BatchNorm r = backend().batch_norm_training(x, gamma, beta, at, epsilon);
  if (autodiff::recording(x, gamma, beta)) {
    autodiff::record("batch_norm", {&x, &gamma, &beta}, r.y,
                     [x, gamma, mean = r.mean, variance = r.variance, at, epsilon](Vjp& v) {
                       if (autodiff::recording())
                         return batch_norm_gradient_composite(v, x, gamma, at, epsilon);
                       Backend::NormGrads g = backend().batch_norm_grad(v.grad(), x, mean, variance,
                                                                        gamma, at, epsilon);
                       if (v.needs(0)) v.set(0, g.x);
                       if (v.needs(1)) v.set(1, g.gamma);
                       if (v.needs(2)) v.set(2, g.beta);
                     });
  }
  return {r.y, r.mean, r.variance};
}

}  // namespace detail

using namespace detail;

std::pair<Tensor, Tensor> moments(const Tensor& x, Axes axes, bool keepdims) {
  check_defined(x, "moments");
  const auto describe = [&](Config& a) {
    Describe{a}("axes", axes.to_config())("keepdims", keepdims);
  };
  Tensors out = symbolic::op_list(
      "Moments", describe,
      [axes, keepdims](const Tensors& in) -> Tensors {
        const Tensor& t = in[0];
        if (t.is_symbolic()) {
          const Shape shape =
              reduced_shape(t.shape(), canonical_axes(axes, t.rank(), "moments"), keepdims);
          return {symbolic_result(shape, t.dtype()), symbolic_result(shape, t.dtype())};
        }
        const auto [centre, variance] =
            moments_of(as_dtype(t, compute_dtype(t.dtype())), axes, keepdims);
        return {as_dtype(centre, float_of(t.dtype())), as_dtype(variance, float_of(t.dtype()))};
      },
      {x});
  return {out[0], out[1]};
}

Tensor batch_normalization(const Tensor& x, const Tensor& mean, const Tensor& variance, int axis,
                           const Tensor& offset, const Tensor& scale, double epsilon) {
  check_defined(x, "batch_normalization");
  check_defined(mean, "batch_normalization");
  check_defined(variance, "batch_normalization");
  const int at = canonical_axis(axis, x.rank(), "batch_normalization");
  const Shape expected{x.shape()[at]};
  const auto check_vector = [&](const char* name, const Tensor& v) {
    check(v.shape() == expected || (expected[0] == Shape::unknown && v.rank() == 1), "Arguments `",
          name, "` must be a vector of length `x.shape[axis]`. Expected: `", expected,
          "`. Received: `", v.shape(), "`.");
  };
  check_vector("mean", mean);
  check_vector("variance", variance);
  if (offset.defined()) check_vector("offset", offset);
  if (scale.defined()) check_vector("scale", scale);
  const bool has_offset = offset.defined(), has_scale = scale.defined();
  const auto describe = [&](Config& a) {
    Describe{a}("axis", axis)("epsilon", epsilon);
    Config args = Config::list({tensor_input(0), tensor_input(1), tensor_input(2)});
    args.push_back(has_offset ? tensor_input(3) : Config());
    args.push_back(has_scale ? tensor_input(has_offset ? 4 : 3) : Config());
    a.set("args", std::move(args));
  };
  return symbolic::op_list(
      "BatchNorm", describe,
      [=](const Tensors& in) -> Tensors {
        const Tensor& t = in[0];
        if (any_symbolic(in)) return {symbolic_result(t.shape(), t.dtype())};
        for (size_t i = 1; i < in.size(); ++i) {
          check(in[i].rank() == 1 && in[i].dim(0) == t.shape()[at],
                "[batch_normalization] mean, variance, offset and scale must have the length ",
                t.shape()[at], ". Received: shape=", in[i].shape());
        }
        const DType dtype = compute_dtype(t.dtype());
        const Tensor data = as_dtype(t, dtype), centre = as_dtype(in[1], dtype),
                     var = as_dtype(in[2], dtype);
        const Tensor beta = has_offset ? as_dtype(in[3], dtype) : Tensor();
        const Tensor gamma = has_scale ? as_dtype(in[has_offset ? 4 : 3], dtype) : Tensor();
        if (!autodiff::recording(in)) {
          return {
              as_dtype(backend().batch_norm_inference(data, centre, var, gamma, beta, at, epsilon),
                       float_of(t.dtype()))};
        }
        // tf.nn.batch_normalization
        Tensor inverse = rsqrt(var + epsilon);
        if (gamma.defined()) inverse = inverse * gamma;
        const Tensor shift = beta.defined() ? beta - centre * inverse : -centre * inverse;
        const int rank = t.rank();
        return {as_dtype(data * along(inverse, at, rank) + along(shift, at, rank),
                         float_of(t.dtype()))};
      },
      defined_only({x, mean, variance, offset, scale}))[0];
}

Tensor layer_normalization(const Tensor& x, const Tensor& gamma, const Tensor& beta, Axes axis,
                           std::optional<double> epsilon) {
  check_defined(x, "layer_normalization");
  const double eps = epsilon.value_or(kcpp::epsilon());
  if (!x.is_symbolic()) return layer_norm_body(x, gamma, beta, axis, eps);
  const bool has_gamma = gamma.defined(), has_beta = beta.defined();
  const auto describe = [&](Config& a) {
    Describe{a}("axis", axis.to_config())("epsilon", epsilon ? Config(*epsilon) : Config())(
        "rms_scaling", false);
    a.set("args", Config::list({tensor_input(0), has_gamma ? tensor_input(1) : Config(),
                                has_beta ? tensor_input(has_gamma ? 2 : 1) : Config()}));
  };
  return symbolic::op_list(
      "LayerNorm", describe,
      [=](const Tensors& in) -> Tensors {
        return {layer_norm_body(in[0], has_gamma ? in[1] : Tensor(),
                                has_beta ? in[has_gamma ? 2 : 1] : Tensor(), axis, eps)};
      },
      defined_only({x, gamma, beta}))[0];
}

Tensor rms_normalization(const Tensor& x, const Tensor& scale, Axes axis,
                         std::optional<double> epsilon) {
  check_defined(x, "rms_normalization");
  const double eps = epsilon.value_or(kcpp::epsilon());
  const auto describe = [&](Config& a) {
    Describe{a}("axis", axis.to_config())("epsilon", epsilon ? Config(*epsilon) : Config());
    a.set("args", Config::list({tensor_input(0), scale.defined() ? tensor_input(1) : Config()}));
  };
  return symbolic::op_list(
      "RMSNorm", describe,
      [axis, eps](const Tensors& in) -> Tensors {
        const Tensor& t = in[0];
        canonical_axes(axis, t.rank(), "rms_normalization");
        if (any_symbolic(in)) return {symbolic_result(t.shape(), t.dtype())};
        const Tensor v = as_dtype(t, compute_dtype(t.dtype()));
        Tensor y = v * rsqrt(ops::mean(square(v), axis, true) + eps);
        if (in.size() > 1) y = y * as_dtype(in[1], v.dtype());
        return {as_dtype(y, float_of(t.dtype()))};
      },
      defined_only({x, scale}))[0];
}

Tensor normalize(const Tensor& x, Axes axis, int order, std::optional<double> epsilon) {
  check_defined(x, "normalize");
  check(order >= 1, "Argument `order` must be an int >= 1. Received: order=", order);
  const double eps = epsilon.value_or(kcpp::epsilon());
  const auto describe = [&](Config& a) {
    Describe{a}("axis", axis.to_config())("order", order)("epsilon",
                                                          epsilon ? Config(*epsilon) : Config());
  };
  return symbolic::op(
      "Normalize", describe,
      [axis, order, eps](const Tensor& t) {
        const Tensor v = as_float(t.rank() == 0 ? reshape(t, {1}) : t);
        if (order == 2) return v * minimum(rsqrt(sum(square(v), axis, true)), 1.0 / eps);
        return v / maximum(norm(v, order, axis, true), eps);
      },
      x);
}

}  // namespace kcpp::ops
