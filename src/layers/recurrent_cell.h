/// The cells of SimpleRNN, LSTM and GRU, and the layers made of them: what the three share.
#pragma once

#include "kcpp/activations.h"
#include "kcpp/layers/rnn.h"

namespace kcpp::layers {

/// The options of all three cells.
struct CellOptions {
  ActivationFn activation = "tanh";
  ActivationFn recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  bool reset_after = true;
  std::optional<int64_t> seed = {};

  /// From the options of a cell or of a layer, whichever fields those have.
  template <class Options>
  static CellOptions from(const Options& o) {
    CellOptions c;
    c.activation = o.activation;
    if constexpr (requires { o.recurrent_activation; })
      c.recurrent_activation = o.recurrent_activation;
    c.use_bias = o.use_bias;
    c.kernel_initializer = o.kernel_initializer;
    c.recurrent_initializer = o.recurrent_initializer;
    c.bias_initializer = o.bias_initializer;
    if constexpr (requires { o.unit_forget_bias; }) c.unit_forget_bias = o.unit_forget_bias;
    c.kernel_regularizer = o.kernel_regularizer;
    c.recurrent_regularizer = o.recurrent_regularizer;
    c.bias_regularizer = o.bias_regularizer;
    c.kernel_constraint = o.kernel_constraint;
    c.recurrent_constraint = o.recurrent_constraint;
    c.bias_constraint = o.bias_constraint;
    c.dropout = o.dropout;
    c.recurrent_dropout = o.recurrent_dropout;
    if constexpr (requires { o.reset_after; }) c.reset_after = o.reset_after;
    c.seed = o.seed;
    return c;
  }
};

enum class CellKind : uint8_t { simple, lstm, gru };

class RecurrentCellImpl final : public RNNCellImpl {
 public:
  explicit RecurrentCellImpl(CellKind kind, int64_t units = 0, CellOptions options = {})
      : kind_(kind), units_(units), o_(std::move(options)) {}
  template <class Options>
  RecurrentCellImpl(CellKind kind, int64_t units, const Options& options)
      : RecurrentCellImpl(kind, units, CellOptions::from(options)) {
    set_base(options);
  }

  ClassInfo class_info() const override;
  void fields(Fields& f) override { all_fields(f, nullptr, true); }
  /// The fields as the cell has them, or as its layer has them: with the layer's
  /// activity_regularizer, and perhaps a seed.
  void all_fields(Fields& f, Regularizer* activity_regularizer, bool with_seed);
  void validate() override;
  void build(const Shape& input_shape) override;
  std::vector<Shape> state_size() const override;

  std::pair<Tensor, Tensors> step(const Tensor& input, const Tensors& states,
                                  bool training) override;
  ops::RnnStep begin(const Tensor& first_input, const Tensors& states, bool training) override;
  ops::RnnOutputs run(const Tensor& inputs, const Tensors& states, const ops::RnnOptions& options,
                      bool training) override;

 private:
  int64_t gates() const { return kind_ == CellKind::lstm ? 4 : kind_ == CellKind::gru ? 3 : 1; }
  /// Draws the dropout masks of one call.
  ops::detail::RnnLayerOptions prepare(int64_t batch, int64_t features, bool training);

  CellKind kind_;
  int64_t units_;
  CellOptions o_;
  std::shared_ptr<SeedGenerator> generator_;
  Variable kernel_, recurrent_kernel_, bias_;
};

/// SimpleRNN, LSTM or GRU: an RNN whose config lists its cell's fields as its own.
class RecurrentLayerImpl final : public RNNImpl {
 public:
  explicit RecurrentLayerImpl(CellKind kind)
      : RecurrentLayerImpl(kind, std::make_shared<RecurrentCellImpl>(kind)) {}
  template <class Options>
  RecurrentLayerImpl(CellKind kind, int64_t units, const Options& o)
      : RecurrentLayerImpl(kind,
                           std::make_shared<RecurrentCellImpl>(kind, units, CellOptions::from(o))) {
    set_base(o);
    options() = {.return_sequences = o.return_sequences,
                 .return_state = o.return_state,
                 .go_backwards = o.go_backwards,
                 .stateful = o.stateful,
                 .unroll = o.unroll,
                 .zero_output_for_mask = o.zero_output_for_mask};
  }
  ClassInfo class_info() const override;
  void fields(Fields& f) override;
  void validate() override;

 private:
  RecurrentLayerImpl(CellKind kind, std::shared_ptr<RecurrentCellImpl> cell);
  CellKind kind_;
};

}  // namespace kcpp::layers
