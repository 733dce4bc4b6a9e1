// Matrix products and dense layers.
//
// Three ways, chosen by size: own loops on one thread for small products (no primitive, no
// threads), dnnl_sgemm for plain ones (no primitive either; as fast as the best with weights in
// row-major order), and the matmul primitive where a bias and relu can be fused into a large
// product.
#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/parallel.h"
#include "backend/onednn/primitive_cache.h"
#include "backend/onednn/products.h"

namespace kcpp {
namespace onednn {
namespace {

/// Multiplications up to which one thread and no packing win.
constexpr int64_t small_product = 160 * 1024;

bool is_small(int64_t m, int64_t n, int64_t k) { return m * n * k <= small_product; }

bool is_plain_float(const Tensor& t) { return t.dtype() == DType::float32; }

using dnnl::memory;

struct MatmulPrimitive : Prepared {
  int src = 0, weights = 0, bias = -1, dst = 0;
};

/// act(x [m, k] w [k, n] + bias) with the bias and relu fused.
MatmulPrimitive& dense_primitive(int64_t m, int64_t k, int64_t n, bool bias, bool relu) {
  PrimitiveKey key(op_matmul);
  key.add(m).add(k).add(n).add(bias).add(relu);
  return PrimitiveCache::of_thread().get<MatmulPrimitive>(key, [&] {
    auto p = std::make_unique<MatmulPrimitive>();
    const auto f32 = memory::data_type::f32;
    const auto ab = memory::format_tag::ab;
    dnnl::primitive_attr attr = user_scratchpad();
    if (relu) {
      dnnl::post_ops ops;
      ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
      attr.set_post_ops(ops);
    }
    const memory::desc x({m, k}, f32, ab), w({k, n}, f32, ab), y({m, n}, f32, ab);
    const memory::desc b = bias ? memory::desc({1, n}, f32, ab) : memory::desc();
    const dnnl::matmul::primitive_desc desc(engine(), x, w, b, y, attr);
    p->src = p->argument(DNNL_ARG_SRC, x);
    p->weights = p->argument(DNNL_ARG_WEIGHTS, w);
    if (bias) p->bias = p->argument(DNNL_ARG_BIAS, b);
    p->dst = p->argument(DNNL_ARG_DST, y);
    p->set_primitive(dnnl::matmul(desc), desc.scratchpad_desc());
    return p;
  });
}

/// Operands of a batched product, as dims and strides of one rank.
struct Batched {
  memory::dims a, b, c, a_strides, b_strides, c_strides;
};

memory::dims batch_strides(const memory::dims& dims, bool transposed) {
  const size_t rank = dims.size();
  memory::dims strides(rank);
  int64_t step = dims[rank - 1] * dims[rank - 2];
  strides[rank - 1] = transposed ? dims[rank - 2] : 1;
  strides[rank - 2] = transposed ? 1 : dims[rank - 1];
  for (size_t i = rank - 2; i-- > 0;) {
    strides[i] = step;
    step *= dims[i];
  }
  return strides;
}

/// Leading axes of both operands, with adjacent axes merged where both have (or both broadcast)
/// them.
void merge_batch(const Shape& a, const Shape& b, memory::dims& da, memory::dims& db) {
  const int rank = std::max(a.rank(), b.rank()) - 2;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - (a.rank() - 2)), ib = i - (rank - (b.rank() - 2));
    const int64_t na = ia < 0 ? 1 : a[ia], nb = ib < 0 ? 1 : b[ib];
    if (na == 1 && nb == 1) continue;
    const bool same = na == nb;
    const bool last_same = !da.empty() && da.back() == db.back();
    if (!da.empty() && same && last_same) {
      da.back() *= na;
      db.back() *= nb;
    } else {
      da.push_back(na);
      db.push_back(nb);
    }
  }
  if (da.empty()) {
    da.push_back(1);
    db.push_back(1);
  }
}

MatmulPrimitive& batched_primitive(const Batched& s, bool transpose_a, bool transpose_b) {
  PrimitiveKey key(op_matmul);
  key.add(transpose_a).add(transpose_b).add(static_cast<int64_t>(s.a.size()));
  for (size_t i = 0; i < s.a.size(); ++i) key.add(s.a[i]).add(s.b[i]);
  return PrimitiveCache::of_thread().get<MatmulPrimitive>(key, [&] {
    auto p = std::make_unique<MatmulPrimitive>();
    const auto f32 = memory::data_type::f32;
    const memory::desc x(s.a, f32, s.a_strides), w(s.b, f32, s.b_strides), y(s.c, f32, s.c_strides);
    const dnnl::matmul::primitive_desc desc(engine(), x, w, y, user_scratchpad());
    p->src = p->argument(DNNL_ARG_SRC, x);
    p->weights = p->argument(DNNL_ARG_WEIGHTS, w);
    p->dst = p->argument(DNNL_ARG_DST, y);
    p->set_primitive(dnnl::matmul(desc), desc.scratchpad_desc());
    return p;
  });
}

}  // namespace

void gemm(const Gemm& g) {
  if (is_small(g.m, g.n, g.k) && !(g.transpose_a && g.transpose_b) &&
      !(g.transpose_b && g.accumulate)) {
    const FlushDenormals flush;
    if (g.transpose_b) {
      kernels().small_gemm_nt(g.m, g.n, g.k, g.a, g.lda, g.b, g.ldb, g.c, g.ldc);
    } else {
      kernels().small_gemm({g.m, g.n, g.k, g.a, g.transpose_a ? 1 : g.lda,
                            g.transpose_a ? g.lda : 1, g.b, g.ldb, g.c, g.ldc, nullptr,
                            g.accumulate});
    }
    return;
  }
  const LibraryScope scope;
  dnnl::error::wrap_c_api(
      dnnl_sgemm(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n, g.k, 1.0f, g.a,
                 g.lda, g.b, g.ldb, g.accumulate ? 1.0f : 0.0f, g.c, g.ldc),
      "oneDNN could not multiply matrices");
}

}  // namespace onednn

using namespace onednn;

Tensor OneDnnBackend::matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  if (!is_plain_float(a) || !is_plain_float(b) || a.size() == 0 || b.size() == 0) {
    return ReferenceBackend::matmul(a, b, transpose_a, transpose_b);
  }
  const int64_t m = a.dim(transpose_a ? -1 : -2), k = a.dim(transpose_a ? -2 : -1);
  const int64_t n = b.dim(transpose_b ? -2 : -1);
  Shape shape = broadcast_shapes(a.shape().slice(0, a.rank() - 2), b.shape().slice(0, b.rank() - 2),
                                 "matmul");
  const int64_t batch = shape.size();
  shape.push_back(m);
  shape.push_back(n);
  Tensor c = Tensor::empty(shape);

  Gemm g;
  g.transpose_a = transpose_a;
  g.transpose_b = transpose_b;
  g.m = m;
  g.n = n;
  g.k = k;
  g.a = floats(a);
  g.lda = transpose_a ? m : k;
  g.b = floats(b);
  g.ldb = transpose_b ? k : n;
  g.c = floats_out(c);
  g.ldc = n;
  const int64_t batch_a = a.size() / (m * k), batch_b = b.size() / (k * n);
  if (batch == 1) {
    onednn::gemm(g);
    return c;
  }
  if (batch_b == 1 && !transpose_a) {  // one product with the batch's rows below each other
    g.m = batch * m;
    onednn::gemm(g);
    return c;
  }
  if (batch * m * n * k <= 4 * small_product && is_small(m, n, k) &&
      !(transpose_a && transpose_b) && (batch_a == batch || batch_a == 1) &&
      (batch_b == batch || batch_b == 1)) {
    for (int64_t i = 0; i < batch; ++i) {
      onednn::gemm(g);
      g.a += batch_a == 1 ? 0 : m * k;
      g.b += batch_b == 1 ? 0 : k * n;
      g.c += m * n;
    }
    return c;
  }
  Batched s;
  merge_batch(a.shape(), b.shape(), s.a, s.b);
  for (size_t i = 0; i < s.a.size(); ++i) s.c.push_back(std::max(s.a[i], s.b[i]));
  s.a.insert(s.a.end(), {m, k});
  s.b.insert(s.b.end(), {k, n});
  s.c.insert(s.c.end(), {m, n});
  s.a_strides = batch_strides(s.a, transpose_a);
  s.b_strides = batch_strides(s.b, transpose_b);
  s.c_strides = batch_strides(s.c, false);
  const LibraryScope scope;
  MatmulPrimitive& p = batched_primitive(s, transpose_a, transpose_b);
  p.bind(p.src, g.a);
  p.bind(p.weights, g.b);
  p.bind(p.dst, g.c);
  p.run();
  return c;
}

Tensor OneDnnBackend::dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                            Activation activation) {
  if (!is_plain_float(x) || x.size() == 0 || kernel.size() == 0 ||
      !has_activation_kernel(activation.op)) {
    return ReferenceBackend::dense(x, kernel, bias, activation);
  }
  const int64_t k = kernel.shape()[0], n = kernel.shape()[1], m = x.size() / k;
  Shape shape = x.shape();
  shape[shape.rank() - 1] = n;
  Tensor y = Tensor::empty(shape);
  const float* b = bias.defined() ? floats(bias) : nullptr;
  float* out = floats_out(y);
  if (is_small(m, n, k)) {
    {
      const FlushDenormals flush;
      kernels().small_gemm({m, n, k, floats(x), k, 1, floats(kernel), n, out, n, b, false});
    }
    apply_activation(activation, out, m * n);
    return y;
  }
  const bool relu = activation.op == UnaryOp::relu;
  if (m >= 16 && (b || relu)) {
    {
      const LibraryScope scope;
      MatmulPrimitive& p = dense_primitive(m, k, n, b != nullptr, relu);
      p.bind(p.src, floats(x));
      p.bind(p.weights, floats(kernel));
      if (b) p.bind(p.bias, b);
      p.bind(p.dst, out);
      p.run();
    }
    if (!relu) apply_activation(activation, out, m * n);
    return y;
  }
  Gemm g;
  g.m = m;
  g.n = n;
  g.k = k;
  g.a = floats(x);
  g.lda = k;
  g.b = floats(kernel);
  g.ldb = n;
  g.c = out;
  g.ldc = n;
  onednn::gemm(g);
  apply_bias_activation(activation, b, out, m, n);
  return y;
}

std::pair<Tensor, Tensor> OneDnnBackend::dense_grad_weights(const Tensor& x, const Tensor& dy,
                                                            bool kernel, bool bias) {
  if (!is_plain_float(x) || x.size() == 0 || dy.size() == 0) {
    return ReferenceBackend::dense_grad_weights(x, dy, kernel, bias);
  }
  const int64_t k = x.dim(-1), n = dy.dim(-1), m = x.size() / k;
  std::pair<Tensor, Tensor> result;
  if (kernel) {
    result.first = Tensor::empty({k, n});
    Gemm g;
    g.transpose_a = true;
    g.m = k;
    g.n = n;
    g.k = m;
    g.a = floats(x);
    g.lda = k;
    g.b = floats(dy);
    g.ldb = n;
    g.c = floats_out(result.first);
    g.ldc = n;
    onednn::gemm(g);
  }
  if (bias) {
    result.second = Tensor::empty({n});
    column_sums(floats(dy), m, n, floats_out(result.second));
  }
  return result;
}

}  // namespace kcpp
