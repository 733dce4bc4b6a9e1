/// RNN (keras.layers.RNN): a cell over time; the base of SimpleRNN, LSTM, GRU. And StackedRNNCells.
#pragma once

#include <vector>

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/rnn.h"

namespace kcpp::layers {

/// What a recurrent cell is beside a layer. A custom cell overrides state_size, build and `step`:
///
///     struct Decay : layers::RNNCellImpl {
///       ClassInfo class_info() const override { return {"Decay"}; }
///       std::vector<Shape> state_size() const override { return {{8}}; }
///       std::pair<Tensor, Tensors> step(const Tensor& x, const Tensors& states, bool) override {
///         Tensor h = x + states[0] * 0.9;
///         return {h, {h}};
///       }
///     };
class KCPP_API RNNCellImpl : public LayerImpl {
 public:
  /// The shape of each state, without the batch.
  virtual std::vector<Shape> state_size() const = 0;
  /// The shape of the output, without the batch.
  virtual Shape output_size() const { return state_size()[0]; }
  /// The first states of a sequence: zeros, unless overridden.
  virtual Tensors get_initial_state(int64_t batch_size) const;
  /// One step: (input (batch, ...), states) -> (output, new states).
  virtual std::pair<Tensor, Tensors> step(const Tensor& input, const Tensors& states,
                                          bool training);

  /// The function for all steps of one call. What is drawn once a call (dropout masks) belongs to
  /// it, not to the cell.
  virtual ops::RnnStep begin(const Tensor& first_input, const Tensors& states, bool training);
  /// Runs over axis 1. Cells with a fused kernel override it.
  virtual ops::RnnOutputs run(const Tensor& inputs, const Tensors& states,
                              const ops::RnnOptions& options, bool training);

  /// {input, states...} -> {output, new states...}.
  Tensors call_list(const Tensors& inputs, CallContext& context) override;
};

struct RNNOptions {
  bool return_sequences = false;  ///< the outputs of all steps, not only of the last
  bool return_state = false;      ///< the last states as further outputs
  bool go_backwards = false;
  bool stateful = false;  ///< the states after a batch are the first states of the next
  bool unroll = false;    ///< no effect on the numbers
  bool zero_output_for_mask = false;
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};

/// Implementation of RNN.
class KCPP_API RNNImpl : public LayerImpl {
 public:
  RNNImpl();
  RNNImpl(const Layer& cell, const RNNOptions& options);

  ClassInfo class_info() const override { return {"RNN", "keras.layers"}; }
  void fields(Fields& f) override;
  void validate() override;
  void build_list(const Shapes& input_shapes) override;
  Tensors call_list(const Tensors& inputs, CallContext& context) override;
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext& context) override;
  Tensors compute_mask(const Tensors& inputs, const Tensors& masks,
                       const Tensors& outputs) override;

  const Layer& cell() const { return cell_; }
  bool stateful() const { return options_.stateful; }
  const RNNOptions& options() const { return options_; }
  /// Bidirectional turns its layers' switches.
  RNNOptions& options() { return options_; }
  /// The states that a stateful layer keeps; empty before it is built.
  const Variables& states() const { return states_; }
  /// Sets the kept states to zero.
  void reset_state();

 protected:
  void common_fields(Fields& f);
  /// The cell; SimpleRNN and its kin make their own.
  void set_cell(const Layer& cell);
  RNNCellImpl& cell_impl() const;

 private:
  Tensors first_states(const Tensor& x, const CallContext& context) const;

  RNNOptions options_;
  Layer cell_;
  Variables states_;
};

/// Runs a cell over axis 1 of its input: (batch, steps, features) -> (batch, units), or (batch,
/// steps, units) with return_sequences. Masked steps keep the state. `initial_state` may be passed
/// to the call.
///
///     layers::RNN(layers::LSTMCell(32), {.return_sequences = true})
///     layers::RNN({layers::LSTMCell(32), layers::LSTMCell(16)})
class KCPP_API RNN : public Layer {
 public:
  explicit RNN(const Layer& cell, RNNOptions options = {});
  /// Several cells, one on the other.
  explicit RNN(const LayerList& cells, RNNOptions options = {});
  /// A stateful layer forgets.
  void reset_state() const;

 protected:
  explicit RNN(std::shared_ptr<RNNImpl> impl);
};

/// Several cells as one: the output of each is the input of the next.
class KCPP_API StackedRNNCells : public Layer {
 public:
  explicit StackedRNNCells(const LayerList& cells, LayerOptions options = {});
};

}  // namespace kcpp::layers
