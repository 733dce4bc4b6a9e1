// Which kernel a session's step gets.
#include "backend/onednn/onednn_backend.h"
#include "backend/onednn/session/conv_sizes.h"

namespace kcpp {

using namespace onednn;
using inference::NodeKind;

std::unique_ptr<inference::Kernel> OneDnnBackend::make_kernel(
    const inference::Graph& g, const inference::Node& n, const inference::KernelOptions& o) const {
  switch (n.kind) {
    case NodeKind::dense:
      return session::make_product(g, n, o);
    case NodeKind::conv:
      if (auto kernel = session::make_depthwise(g, n, o)) return kernel;
      return session::make_product(g, n, o);
    case NodeKind::bands:
      return session::make_bands(g, n, o);
    case NodeKind::unary:
      return session::make_unary(g, n, o);
    case NodeKind::binary:
      return session::make_binary(g, n, o);
    case NodeKind::affine:
      return session::make_affine(g, n, o);
    case NodeKind::cast:
      return session::make_cast(g, n, o);
    case NodeKind::where:
      return session::make_where(g, n, o);
    case NodeKind::reduce:
      return session::make_reduce(g, n, o);
    case NodeKind::softmax:
      return session::make_softmax(g, n, o);
    case NodeKind::layer_norm:
      return session::make_layer_norm(g, n, o);
    case NodeKind::pool:
      return session::make_pool(g, n, o);
    case NodeKind::matmul:
      return session::make_matmul(g, n, o);
    case NodeKind::attention:
      return session::make_attention(g, n, o);
    case NodeKind::rnn:
      return session::make_rnn(g, n, o);
    case NodeKind::transpose:
    case NodeKind::broadcast:
    case NodeKind::slice:
    case NodeKind::concat:
    case NodeKind::pad:
      return session::make_copy(g, n, o);
    case NodeKind::gather:
      return session::make_gather(g, n, o);
    default:
      return nullptr;
  }
}

bool OneDnnBackend::runs_in_bands(const inference::Graph& g, const inference::Node& n) const {
  return session::can_convolve(g, n) && g.value(n.inputs[0]).shape.rank() == 4;
}

std::string OneDnnBackend::why_no_bfloat16() const {
  return bfloat16_kernels() ? "" : "this CPU has no bfloat16 instructions (avx512_bf16)";
}

}  // namespace kcpp
