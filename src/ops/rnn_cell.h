/// The cells of SimpleRNN, LSTM and GRU, cut in two: what depends on the input alone is worked out
/// for all steps at once.
#pragma once

#include "kcpp/ops/rnn.h"
#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// x (batch, time, ...) as one tensor (batch, ...) a step.
Tensors time_slices(const Tensor& x);

inline int gates_of(RnnKind kind) {
  switch (kind) {
    case RnnKind::simple:
      return 1;
    case RnnKind::lstm:
      return 4;
    case RnnKind::gru:
    case RnnKind::gru_reset_after:
      return 3;
  }
  return 1;
}

/// x kernel + input bias, with dropout: [.., features] -> [.., gates * units]. `time`: x has a time
/// axis that masks lack.
Tensor project_input(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                     const RnnLayerOptions& options, bool time);

/// The half of a cell that sees the states.
class RecurrentHalf {
 public:
  RecurrentHalf(const Tensor& recurrent_kernel, const Tensor& bias, const RnnLayerOptions& options);
  /// {output, new states} from the projected input of this step.
  std::pair<Tensor, Tensors> operator()(const Tensor& projected, const Tensors& states) const;

 private:
  Tensor product(const Tensor& h, int first_gate, int last_gate) const;
  Tensor masked(const Tensor& h, int gate) const;
  Tensor act(const Tensor& x) const;
  Tensor recurrent_act(const Tensor& x) const;
  std::pair<Tensor, Tensors> gru(const Tensor& projected, const Tensor& h) const;

  const RnnLayerOptions& options_;
  int gates_;
  Tensor kernel_;
  Tensors gate_kernels_;   ///< one a gate, where they are needed apart
  Tensor leading_kernel_;  ///< of the gates z and r together
  Tensor recurrent_bias_;  ///< gru_reset_after only
};

}  // namespace kcpp::ops::detail
