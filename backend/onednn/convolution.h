/// How Keras's convolutions are described to oneDNN.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "backend/onednn/primitive_cache.h"
#include "kcpp/backend.h"

namespace kcpp::onednn {

/// A convolution's sizes and memory descriptors. Kernel: spatial..., in / groups, out.
struct Convolution {
  using dims = dnnl::memory::dims;

  Convolution(const Shape& x, const Shape& kernel, const Shape& y, const ConvAttrs& attrs);

  int spatial_rank;
  int64_t groups, batch, in, out;
  dims x_dims, w_dims, y_dims, bias_dims;
  dims x_strides, w_strides, y_strides;
  dims strides, dilations, pad_low, pad_high;
  bool channels_first;

  dnnl::memory::desc x_desc() const { return {x_dims, f32, x_strides}; }
  dnnl::memory::desc y_desc() const { return {y_dims, f32, y_strides}; }
  /// The weights as Keras stores them.
  dnnl::memory::desc w_desc() const { return {w_dims, f32, w_strides}; }
  dnnl::memory::desc bias_desc() const { return {bias_dims, f32, dnnl::memory::format_tag::a}; }
  /// Left to oneDNN.
  dnnl::memory::desc any(const dims& d) const { return {d, f32, dnnl::memory::format_tag::any}; }

  static constexpr auto f32 = dnnl::memory::data_type::f32;
};

/// The same data with the channels last, or first: for shapes that oneDNN computes several times
/// faster in the other layout than in the one in hand. The backend's transpose turns them.
std::vector<int> channels_last_order(int rank);
std::vector<int> channels_first_order(int rank);
Shape permuted(const Shape& shape, const std::vector<int>& order);
/// Elements of the kernel's window.
int64_t window_of(const Shape& kernel);

/// All that tells one convolution from another.
void add_to_key(PrimitiveKey& key, const Shape& x, const Shape& kernel, const ConvAttrs& attrs);

/// The shape of y of a convolution of x with a kernel.
Shape conv_output_shape(const Shape& x, const Shape& kernel, const ConvAttrs& attrs);

dnnl::convolution_forward::primitive_desc conv_forward_desc(const Convolution& c,
                                                            dnnl::prop_kind kind, bool bias,
                                                            bool relu);

/// The layout that a primitive wants its weights in, and the reorder that makes it from Keras's.
struct WeightsLayout {
  dnnl::memory::desc plain, wanted;

  /// The data in the layout `wanted`: the weights themselves when that is their layout, else a
  /// packed copy that is kept until the weights change. `holder` keeps it alive.
  const void* packed(const Tensor& weights, StoragePtr& holder);

 private:
  Prepared reorder_;
  int from_ = -1, to_ = -1;
};

}  // namespace kcpp::onednn
