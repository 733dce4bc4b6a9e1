// Every kernel, for the instruction set that the including file has switched on. It defines
// KCPP_ISA (the namespace), KCPP_ISA_NAME and KCPP_LANES.

namespace kcpp::onednn::KCPP_ISA {
namespace {

#include "backend/onednn/kernels/vec.inl"
#include "backend/onednn/kernels/math.inl"
//
#include "backend/onednn/kernels/binary.inl"
#include "backend/onednn/kernels/gemm.inl"
#include "backend/onednn/kernels/reduce.inl"
#include "backend/onednn/kernels/rnn.inl"
#include "backend/onednn/kernels/packed.inl"
#include "backend/onednn/kernels/rows.inl"
#include "backend/onednn/kernels/session.inl"
#include "backend/onednn/kernels/training.inl"
#include "backend/onednn/kernels/unary.inl"

}  // namespace

const Kernels& table() {
  static const Kernels k = [] {
    Kernels t{};
    t.name = KCPP_ISA_NAME;
    fill_unary(t);
    fill_binary(t);
    fill_reduce(t);
    fill_rows(t);
    fill_rnn(t);
    fill_gemm(t);
    fill_session(t);
    fill_training(t);
    return t;
  }();
  return k;
}

}  // namespace kcpp::onednn::KCPP_ISA
