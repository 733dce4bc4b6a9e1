/// The table of own kernels. Each is compiled once an instruction set (isa_*.cpp) from the same
/// source (*.inl); `kernels()` is the table for this CPU. Kernels are serial and work on one range:
/// the caller cuts the work for the threads.
#pragma once

#include <array>
#include <cstdint>

#include "kcpp/backend.h"

namespace kcpp::onednn {

constexpr int unary_op_count = static_cast<int>(UnaryOp::threshold) + 1;
constexpr int binary_op_count = static_cast<int>(BinaryOp::right_shift) + 1;

/// The parameters of an element-wise op, as floats.
struct UnaryParams {
  float alpha = 0, beta = 0, gamma = 0;
};

/// How the two operands of a binary loop advance.
enum class BinaryForm : uint8_t { both, scalar_b, scalar_a };
constexpr int binary_form_count = 3;

struct OptimizerSlice {
  float* variable;
  const float* gradient;
  float* slot[3];
  int64_t count;
  const float* square = nullptr;  ///< in place of gradient squared, if there
};
struct OptimizerFactors {
  float rate = 0, beta_1 = 0, beta_2 = 0, epsilon = 0, decay = 0;
  float keep_1 = 0, keep_2 = 0;  ///< 1 - beta, subtracted in double as Keras does
};

/// C [m, n] (+)= A B (+ bias), single precision, any strides of A: element (i, k) at i row_a + k
/// step_a.
struct SmallGemm {
  int64_t m, n, k;
  const float* a;
  int64_t row_a, step_a;
  const float* b;  ///< [k, n], rows ldb apart
  int64_t ldb;
  float* c;
  int64_t ldc;
  const float* bias;  ///< of length n, or nullptr
  bool accumulate;    ///< add to C
};

/// dW of one kernel row: dW [m, n] (+)= sum over rows r and pixels p of x[r][p step_x + i] dy[r][p
/// ld_dy + j].
struct PixelProduct {
  int64_t m, n;
  const float* const* x;
  const float* const* dy;
  int64_t rows, pixels, step_x, ld_dy;
  float* c;
  int64_t ldc;
  bool accumulate;
};

/// C = act(A B + bias + residual), B packed in panels of `panel_columns` columns: each panel
/// [segments * steps, columns], the last one only as many vectors wide as it needs (zeros behind
/// its columns). A row of A is `segments` pieces of `steps` floats: for a convolution, the rows of
/// its window. Rows of A are pixels: `width` of them a line, `lines` of these an image.
struct PackedProduct {
  const float* a = nullptr;
  int64_t width = 1, lines = 1;
  int64_t row_step = 0, line_step = 0, image_step = 0;
  int64_t segments = 1, steps = 0;
  const int64_t* segment_offsets = nullptr;  ///< null: one segment at 0
  const float* b = nullptr;
  int64_t n = 0;
  const float* bias = nullptr;      ///< of whole vectors; may be null
  const float* residual = nullptr;  ///< as C; may be C
  float* c = nullptr;
  int64_t ldc = 0;
  bool clamped = false;  ///< the activation is min(max(y, low), high)
  float low = 0, high = 0;
  int64_t row_first = 0, row_last = 0, panel_first = 0, panel_last = 0;
};

/// A convolution of each channel by itself, channels last; weights [kernel_h, kernel_w, channels].
struct Depthwise {
  const float *x, *weights, *bias;
  float* y;
  int64_t height, width, channels, out_height, out_width;
  int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  bool clamped;
  float low, high;
  int64_t x_line = 0, y_line = 0;  ///< of the first image: what x and y begin with
};

struct Kernels {
  const char* name;

  // Sessions.
  int panel_columns, vector_floats;
  void (*packed_product)(const PackedProduct& p);
  /// Rows [first, last) of the output rows of all images.
  void (*depthwise)(const Depthwise& d, int64_t first, int64_t last);
  /// y = x scale + shift, one factor a column.
  void (*scale_shift)(const float* x, const float* scale, const float* shift, float* y,
                      int64_t rows, int64_t cols);

  // y[i] = op(x[i]); in place is allowed everywhere. A null entry: no own kernel.
  using Unary = void (*)(const float* x, float* y, int64_t n, const UnaryParams& p);
  std::array<Unary, unary_op_count> unary;
  // dx[i] = dy[i] op'(v[i]); v is x or y after unary_grad_uses_output.
  using UnaryGrad = void (*)(const float* dy, const float* v, float* dx, int64_t n,
                             const UnaryParams& p);
  std::array<UnaryGrad, unary_op_count> unary_grad;
  using Binary = void (*)(const float* a, const float* b, float* out, int64_t n);
  std::array<std::array<Binary, binary_form_count>, binary_op_count> binary;
  using Compare = void (*)(const float* a, const float* b, uint8_t* out, int64_t n);
  std::array<std::array<Compare, binary_form_count>, binary_op_count> compare;
  void (*where)(const uint8_t* condition, const float* a, const float* b, float* out, int64_t n);

  // Reductions.
  double (*sum)(const float* x, int64_t n);
  double (*sum_of_squares)(const float* x, int64_t n);
  float (*max)(const float* x, int64_t n);
  float (*min)(const float* x, int64_t n);
  /// sums[j] += sum over rows of x[r ld + j]
  void (*sum_rows)(const float* x, int64_t rows, int64_t cols, int64_t ld, double* sums);
  /// best[j] = max(best[j], x[r ld + j]); NaN wins.
  void (*max_rows)(const float* x, int64_t rows, int64_t cols, int64_t ld, float* best);
  void (*min_rows)(const float* x, int64_t rows, int64_t cols, int64_t ld, float* best);

  // Rows of `cols` elements.
  void (*softmax)(const float* x, float* y, int64_t rows, int64_t cols, bool log);
  void (*softmax_grad)(const float* dy, const float* y, float* dx, int64_t rows, int64_t cols,
                       bool log);
  void (*sparse_crossentropy)(const float* logits, const int64_t* labels, float* loss,
                              float* probabilities, int64_t rows, int64_t cols);
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, float epsilon, float* y,
                     float* mean, float* rstd, int64_t rows, int64_t cols);
  void (*layer_norm_grad)(const float* dy, const float* x, const float* mean, const float* rstd,
                          const float* gamma, float* dx, double* dgamma, double* dbeta,
                          int64_t rows, int64_t cols);

  // Products.
  void (*small_gemm)(const SmallGemm& g);
  /// C [m, n] = A [m, k] B^T, B [n, k].
  void (*small_gemm_nt)(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda,
                        const float* b, int64_t ldb, float* c, int64_t ldc);
  void (*pixel_product)(const PixelProduct& p);

  // Random: elements [begin, end) of the stream; begin is a multiple of 4.
  void (*uniform)(uint64_t seed, uint64_t offset, int64_t begin, int64_t end, float low, float high,
                  float below, float* out);
  void (*dropout)(uint64_t seed, uint64_t offset, int64_t begin, int64_t end, uint32_t threshold,
                  float scale, const float* x, float* y, uint8_t* mask);
  void (*mask_scale)(const float* x, const uint8_t* mask, float scale, float* y, int64_t n);

  void (*optimizer)(OptimizerStep::Kind kind, const OptimizerSlice& s, const OptimizerFactors& f,
                    bool has_momentum, bool centered);

  // Recurrent layers: one row of `units`, gates already activated.
  void (*lstm_cell)(const float* gates, const float* c_before, float* c, int64_t units);
  /// h = z h_before + (1 - z) candidate
  void (*gru_mix)(const float* z, const float* h_before, const float* candidate, float* h,
                  int64_t units);
  /// The gradients of the four gates before their activations' own; dc is carried on.
  void (*lstm_cell_grad)(const float* gates, const float* activated_c, const float* c_before,
                         const float* dh, const float* dc_now, float* dc, float* d_gates,
                         int64_t units);
  /// dz = dh (h_before - candidate), d_candidate = dh (1 - z), dh_before = dh z
  void (*gru_mix_grad)(const float* z, const float* h_before, const float* candidate,
                       const float* dh, float* dz, float* d_candidate, float* dh_before,
                       int64_t units);
  /// y += a b
  void (*add_product)(const float* a, const float* b, float* y, int64_t n);

  void (*convert_from_int32)(const int32_t* x, float* y, int64_t n);
  void (*convert_from_uint8)(const uint8_t* x, float* y, int64_t n);
};

/// Products whose A and B are pairs of bfloat16 (an element of PackedProduct is a pair).
struct Bfloat16Kernels {
  void (*packed_product)(const PackedProduct& p);
  /// Rounded to nearest even.
  void (*to_bfloat16)(const float* x, uint16_t* y, int64_t n);
};
/// Null where this CPU lacks the instructions.
const Bfloat16Kernels* bfloat16_kernels();

/// The table for the CPU that this process runs on. KCPP_CPU_ISA=avx2 or baseline asks for an older
/// instruction set (to test it).
const Kernels& kernels();

namespace isa_base {
const Kernels& table();
}
#if defined(__x86_64__)
namespace isa_v3 {
const Kernels& table();
}
namespace isa_v4 {
const Kernels& table();
}
namespace isa_bf16 {
void packed_product(const PackedProduct& p);
void to_bfloat16(const float* x, uint16_t* y, int64_t n);
}  // namespace isa_bf16
#endif

}  // namespace kcpp::onednn
