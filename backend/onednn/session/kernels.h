/// The kernels that this backend has for sessions; one file a family. Each returns null where it
/// does not apply.
#pragma once

#include <memory>
#include <vector>

#include "backend/onednn/engine.h"
#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/parallel.h"
#include "src/core/inference_kernel.h"

namespace kcpp::onednn::session {

using inference::Buffers;
using inference::Graph;
using inference::Kernel;
using inference::KernelOptions;
using inference::KernelState;
using inference::Node;
using inference::NodeKind;
using KernelPtr = std::unique_ptr<Kernel>;

KernelPtr make_product(const Graph& g, const Node& n, const KernelOptions& o);    // dense, conv
KernelPtr make_depthwise(const Graph& g, const Node& n, const KernelOptions& o);  // conv
KernelPtr make_bands(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_unary(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_binary(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_affine(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_cast(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_where(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_reduce(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_softmax(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_layer_norm(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_pool(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_matmul(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_attention(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_rnn(const Graph& g, const Node& n, const KernelOptions& o);
/// transpose, broadcast, slice, concat, pad
KernelPtr make_copy(const Graph& g, const Node& n, const KernelOptions& o);
KernelPtr make_gather(const Graph& g, const Node& n, const KernelOptions& o);

inline const float* floats(const Buffers& b, size_t i) {
  return static_cast<const float*>(b.inputs[i]);
}
inline float* out_floats(const Buffers& b, size_t i = 0) {
  return static_cast<float*>(b.outputs[i]);
}
inline bool is_float(const Graph& g, int v) { return v < 0 || g.value(v).dtype == DType::float32; }
/// All inputs and outputs are float32.
bool all_float(const Graph& g, const Node& n);

/// Memory of a kernel's own, 64-byte aligned.
class FloatArray {
 public:
  FloatArray() = default;
  explicit FloatArray(int64_t count)
      : storage_(allocate_host(static_cast<size_t>(count) * sizeof(float))), count_(count) {}
  float* data() const { return storage_ ? static_cast<float*>(storage_->data()) : nullptr; }
  size_t bytes() const { return static_cast<size_t>(count_) * sizeof(float); }
  explicit operator bool() const { return count_ > 0; }

 private:
  StoragePtr storage_;
  int64_t count_ = 0;
};

/// An activation behind a product: none, a clamp that the product's tile applies, or an own kernel
/// on the finished rows.
struct FusedActivation {
  explicit FusedActivation(const Activation& a);
  static bool available(const Activation& a);
  /// On memory that was just written; no-op where the tile did it.
  void apply(float* y, int64_t n) const {
    if (kernel) kernel(y, y, n, params);
  }
  bool clamped = false;
  float low = 0, high = 0;
  Kernels::Unary kernel = nullptr;
  UnaryParams params;
};

/// Weights [depth, n] in the panels that Kernels::packed_product reads.
struct PackedWeights {
  PackedWeights() = default;
  /// From rows ld apart, columns [first, first + n).
  /// each times its factor in `scale` (of all ld columns; may be null).
  PackedWeights(const float* w, int64_t depth, int64_t n, int64_t ld, int64_t first = 0,
                const float* scale = nullptr);
  static int64_t floats_needed(int64_t depth, int64_t n);
  /// Into memory in hand; element (i, j) at w[i row + j column].
  static void pack(const float* w, int64_t depth, int64_t n, int64_t row, int64_t column, float* to,
                   const float* scale = nullptr);
  int64_t panels() const;
  /// Weights as pairs of bfloat16: rows 2 i and 2 i + 1 of w side by side. depth must be even.
  static PackedWeights pairs(const float* w, int64_t depth, int64_t n, int64_t ld, int64_t first,
                             const float* scale);

  FloatArray panels_data;
  int64_t depth = 0, n = 0;
};
/// A bias of n floats in whole vectors (zeros behind), empty for null.
FloatArray padded_bias(const float* bias, int64_t n);

/// Runs a product on the threads in hand: cut along the panels where the weights are more than the
/// rows, else along the rows.
/// `pairs`: on pairs of bfloat16.
void run_product(const PackedProduct& p, int64_t rows, int64_t panels,
                 const FusedActivation& activation, bool pairs = false);

}  // namespace kcpp::onednn::session
