// Batch normalisation by oneDNN's primitives, layer normalisation by own loops.
#include <bit>
#include <vector>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"
#include "backend/onednn/primitive_cache.h"

namespace kcpp {
namespace onednn {
namespace {

using dnnl::memory;
using dnnl::normalization_flags;

constexpr auto f32 = memory::data_type::f32;

/// x as oneDNN's [outer, channels, inner, 1]: channels last when inner is 1.
struct BatchNormLayout {
  BatchNormLayout(const Shape& x, int axis) {
    for (int i = 0; i < x.rank(); ++i) (i < axis ? outer : i == axis ? channels : inner) *= x[i];
    // channels last: the outer axes are pixels; two of them let oneDNN cut the work both ways
    const int64_t batch = axis > 0 ? x[0] : 1;
    if (inner == 1) {
      desc = memory::desc({batch, channels, outer / std::max<int64_t>(batch, 1), 1}, f32,
                          memory::format_tag::nhwc);
    } else {
      desc = memory::desc({outer, channels, inner, 1}, f32, memory::format_tag::nchw);
    }
  }
  memory::desc statistics() const { return {{channels}, f32, memory::format_tag::a}; }
  int64_t outer = 1, channels = 1, inner = 1;
  memory::desc desc;
};

struct BatchNormPrimitive : Prepared {
  int src = 0, dst = 0, mean = 0, variance = 0, scale = -1, shift = -1;
  int diff_dst = 0, diff_src = 0, diff_scale = -1, diff_shift = -1;
};

PrimitiveKey key_of(Operation op, const Shape& x, int axis, double epsilon, int64_t flags) {
  PrimitiveKey key(op);
  key.add(x).add(axis).add(std::bit_cast<int64_t>(epsilon)).add(flags);
  return key;
}

BatchNormPrimitive& forward_primitive(const Shape& x, int axis, double epsilon, bool training,
                                      bool gamma, bool beta) {
  const PrimitiveKey key = key_of(op_batch_norm, x, axis, epsilon, training + 2 * gamma + 4 * beta);
  return PrimitiveCache::of_thread().get<BatchNormPrimitive>(key, [&] {
    auto p = std::make_unique<BatchNormPrimitive>();
    const BatchNormLayout l(x, axis);
    auto flags = normalization_flags::none;
    if (gamma) flags |= normalization_flags::use_scale;
    if (beta) flags |= normalization_flags::use_shift;
    if (!training) flags |= normalization_flags::use_global_stats;
    const dnnl::batch_normalization_forward::primitive_desc desc(
        engine(), training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
        l.desc, l.desc, static_cast<float>(epsilon), flags, user_scratchpad());
    p->src = p->argument(DNNL_ARG_SRC, l.desc);
    p->dst = p->argument(DNNL_ARG_DST, l.desc);
    p->mean = p->argument(DNNL_ARG_MEAN, l.statistics());
    p->variance = p->argument(DNNL_ARG_VARIANCE, l.statistics());
    if (gamma) p->scale = p->argument(DNNL_ARG_SCALE, l.statistics());
    if (beta) p->shift = p->argument(DNNL_ARG_SHIFT, l.statistics());
    p->set_primitive(dnnl::batch_normalization_forward(desc), desc.scratchpad_desc());
    return p;
  });
}

/// Both gradients of the scale and the shift are always made: they cost nothing more.
BatchNormPrimitive& backward_primitive(const Shape& x, int axis, double epsilon) {
  return PrimitiveCache::of_thread().get<BatchNormPrimitive>(
      key_of(op_batch_norm_grad, x, axis, epsilon, 0), [&] {
        auto p = std::make_unique<BatchNormPrimitive>();
        const BatchNormLayout l(x, axis);
        const auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
        const dnnl::batch_normalization_forward::primitive_desc hint(
            engine(), dnnl::prop_kind::forward_training, l.desc, l.desc,
            static_cast<float>(epsilon), flags, user_scratchpad());
        const dnnl::batch_normalization_backward::primitive_desc desc(
            engine(), dnnl::prop_kind::backward, l.desc, l.desc, l.desc,
            static_cast<float>(epsilon), flags, hint, user_scratchpad());
        p->src = p->argument(DNNL_ARG_SRC, l.desc);
        p->mean = p->argument(DNNL_ARG_MEAN, l.statistics());
        p->variance = p->argument(DNNL_ARG_VARIANCE, l.statistics());
        p->scale = p->argument(DNNL_ARG_SCALE, l.statistics());
        p->diff_dst = p->argument(DNNL_ARG_DIFF_DST, l.desc);
        p->diff_src = p->argument(DNNL_ARG_DIFF_SRC, l.desc);
        p->diff_scale = p->argument(DNNL_ARG_DIFF_SCALE, l.statistics());
        p->diff_shift = p->argument(DNNL_ARG_DIFF_SHIFT, l.statistics());
        p->set_primitive(dnnl::batch_normalization_backward(desc), desc.scratchpad_desc());
        return p;
      });
}

bool is_float(const Tensor& x) { return x.dtype() == DType::float32 && x.size() > 0; }

constexpr int64_t grain = 8 * 1024;

}  // namespace
}  // namespace onednn

using namespace onednn;

Backend::BatchNorm OneDnnBackend::batch_norm_training(const Tensor& x, const Tensor& gamma,
                                                      const Tensor& beta, int axis,
                                                      double epsilon) {
  if (!is_float(x)) return ReferenceBackend::batch_norm_training(x, gamma, beta, axis, epsilon);
  const Shape channels{x.shape()[axis]};
  BatchNorm r{Tensor::empty(x.shape()), Tensor::empty(channels), Tensor::empty(channels)};
  const LibraryScope scope;
  BatchNormPrimitive& p =
      forward_primitive(x.shape(), axis, epsilon, true, gamma.defined(), beta.defined());
  p.bind(p.src, x.raw());
  p.bind(p.dst, r.y.mutable_raw());
  p.bind(p.mean, r.mean.mutable_raw());
  p.bind(p.variance, r.variance.mutable_raw());
  if (gamma.defined()) p.bind(p.scale, gamma.raw());
  if (beta.defined()) p.bind(p.shift, beta.raw());
  p.run();
  return r;
}

Tensor OneDnnBackend::batch_norm_inference(const Tensor& x, const Tensor& mean,
                                           const Tensor& variance, const Tensor& gamma,
                                           const Tensor& beta, int axis, double epsilon) {
  if (!is_float(x)) {
    return ReferenceBackend::batch_norm_inference(x, mean, variance, gamma, beta, axis, epsilon);
  }
  Tensor y = Tensor::empty(x.shape());
  const LibraryScope scope;
  BatchNormPrimitive& p =
      forward_primitive(x.shape(), axis, epsilon, false, gamma.defined(), beta.defined());
  p.bind(p.src, x.raw());
  p.bind(p.dst, y.mutable_raw());
  p.bind(p.mean, mean.raw());
  p.bind(p.variance, variance.raw());
  if (gamma.defined()) p.bind(p.scale, gamma.raw());
  if (beta.defined()) p.bind(p.shift, beta.raw());
  p.run();
  return y;
}

Backend::NormGrads OneDnnBackend::batch_norm_grad(const Tensor& dy, const Tensor& x,
                                                  const Tensor& mean, const Tensor& variance,
                                                  const Tensor& gamma, int axis, double epsilon) {
  if (!is_float(x)) {
    return ReferenceBackend::batch_norm_grad(dy, x, mean, variance, gamma, axis, epsilon);
  }
  const Shape channels{x.shape()[axis]};
  NormGrads r{Tensor::empty(x.shape()), Tensor::empty(channels), Tensor::empty(channels)};
  const Tensor scale = gamma.defined() ? gamma : Tensor::ones(channels);
  const LibraryScope scope;
  BatchNormPrimitive& p = backward_primitive(x.shape(), axis, epsilon);
  p.bind(p.src, x.raw());
  p.bind(p.mean, mean.raw());
  p.bind(p.variance, variance.raw());
  p.bind(p.scale, scale.raw());
  p.bind(p.diff_dst, dy.raw());
  p.bind(p.diff_src, r.x.mutable_raw());
  p.bind(p.diff_scale, r.gamma.mutable_raw());
  p.bind(p.diff_shift, r.beta.mutable_raw());
  p.run();
  return r;
}

Backend::LayerNorm OneDnnBackend::layer_norm(const Tensor& x, const Tensor& gamma,
                                             const Tensor& beta, double epsilon) {
  if (!is_float(x)) return ReferenceBackend::layer_norm(x, gamma, beta, epsilon);
  Shape rows_shape = x.shape();
  rows_shape.pop_back();
  const int64_t cols = x.dim(-1), rows = x.size() / cols;
  LayerNorm r{Tensor::empty(x.shape()), Tensor::empty(rows_shape), Tensor::empty(rows_shape)};
  const float* g = gamma.defined() ? floats(gamma) : nullptr;
  const float* b = beta.defined() ? floats(beta) : nullptr;
  float *y = floats_out(r.y), *mean = floats_out(r.mean), *rstd = floats_out(r.rstd);
  parallel_for(
      rows, std::max<int64_t>(1, grain / cols),
      [&](int64_t begin, int64_t end) {
        kernels().layer_norm(floats(x) + begin * cols, g, b, static_cast<float>(epsilon),
                             y + begin * cols, mean + begin, rstd + begin, end - begin, cols);
      },
      1);
  return r;
}

Backend::NormGrads OneDnnBackend::layer_norm_grad(const Tensor& dy, const Tensor& x,
                                                  const Tensor& mean, const Tensor& rstd,
                                                  const Tensor& gamma) {
  if (!is_float(x)) return ReferenceBackend::layer_norm_grad(dy, x, mean, rstd, gamma);
  const int64_t cols = x.dim(-1), rows = x.size() / cols;
  NormGrads r{Tensor::empty(x.shape()), Tensor::empty({cols}), Tensor::empty({cols})};
  float* dx = floats_out(r.x);
  const float* g = gamma.defined() ? floats(gamma) : nullptr;
  const int parts = parts_of(rows, std::max<int64_t>(1, grain / cols));
  // dgamma and dbeta of each part, added up in order
  std::vector<double> sums(static_cast<size_t>(2 * parts * cols), 0.0);
  run_parts(parts, [&](int i) {
    const Range rg = part_range(rows, parts, i, 1);
    double* part = sums.data() + 2 * i * cols;
    kernels().layer_norm_grad(floats(dy) + rg.begin * cols, floats(x) + rg.begin * cols,
                              floats(mean) + rg.begin, floats(rstd) + rg.begin, g,
                              dx + rg.begin * cols, part, part + cols, rg.end - rg.begin, cols);
  });
  float *dgamma = floats_out(r.gamma), *dbeta = floats_out(r.beta);
  for (int64_t j = 0; j < cols; ++j) {
    double a = 0, b = 0;
    for (int i = 0; i < parts; ++i) {
      a += sums[static_cast<size_t>(2 * i * cols + j)];
      b += sums[static_cast<size_t>((2 * i + 1) * cols + j)];
    }
    dgamma[j] = static_cast<float>(a);
    dbeta[j] = static_cast<float>(b);
  }
  return r;
}

}  // namespace kcpp
