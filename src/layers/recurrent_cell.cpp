#include "src/layers/recurrent_cell.h"

#include <algorithm>

#include "kcpp/ops/random.h"
#include "kcpp/ops/shape.h"

namespace kcpp::layers {
namespace {
const char* const class_names[] = {"SimpleRNN", "LSTM", "GRU"};
const char* const cell_names[] = {"simple_rnn_cell", "lstm_cell", "gru_cell"};
}  // namespace

// --- the cell ----------------------------------------------------------------------------------

ClassInfo RecurrentCellImpl::class_info() const {
  return {text(class_names[static_cast<int>(kind_)], "Cell"), "keras.layers"};
}

void RecurrentCellImpl::all_fields(Fields& f, Regularizer* activity_regularizer, bool with_seed) {
  f.required("units", units_);
  f("activation", o_.activation);
  if (kind_ != CellKind::simple) f("recurrent_activation", o_.recurrent_activation);
  f("use_bias", o_.use_bias);
  f("kernel_initializer", o_.kernel_initializer);
  f("recurrent_initializer", o_.recurrent_initializer);
  f("bias_initializer", o_.bias_initializer);
  if (kind_ == CellKind::lstm) f("unit_forget_bias", o_.unit_forget_bias);
  f("kernel_regularizer", o_.kernel_regularizer);
  f("recurrent_regularizer", o_.recurrent_regularizer);
  f("bias_regularizer", o_.bias_regularizer);
  if (activity_regularizer) f("activity_regularizer", *activity_regularizer);
  f("kernel_constraint", o_.kernel_constraint);
  f("recurrent_constraint", o_.recurrent_constraint);
  f("bias_constraint", o_.bias_constraint);
  f("dropout", o_.dropout);
  f("recurrent_dropout", o_.recurrent_dropout);
  if (kind_ == CellKind::gru) f("reset_after", o_.reset_after);
  if (with_seed || f.reading()) f("seed", o_.seed);
  f.raw("implementation");  // of older versions; chose between equal formulas
}

void RecurrentCellImpl::validate() {
  check(units_ > 0,
        "Received an invalid value for argument `units`, expected a positive integer, got ", units_,
        ".");
  o_.dropout = std::clamp(o_.dropout, 0.0, 1.0);
  o_.recurrent_dropout = std::clamp(o_.recurrent_dropout, 0.0, 1.0);
  if (!generator_) generator_ = add_seed_generator("seed_generator", o_.seed);
}

std::vector<Shape> RecurrentCellImpl::state_size() const {
  return std::vector<Shape>(kind_ == CellKind::lstm ? 2 : 1, Shape{units_});
}

void RecurrentCellImpl::build(const Shape& in) {
  const int64_t width = Shape{gates(), units_}.size();  // throws when it overflows
  kernel_ = add_weight("kernel", {in.back(), width},
                       {.initializer = o_.kernel_initializer,
                        .regularizer = o_.kernel_regularizer,
                        .constraint = o_.kernel_constraint});
  recurrent_kernel_ = add_weight("recurrent_kernel", {units_, width},
                                 {.initializer = o_.recurrent_initializer,
                                  .regularizer = o_.recurrent_regularizer,
                                  .constraint = o_.recurrent_constraint});
  if (!o_.use_bias) return;
  Initializer initializer = o_.bias_initializer;
  if (initializer && kind_ == CellKind::lstm && o_.unit_forget_bias) {
    initializer = Initializer([base = o_.bias_initializer, u = units_](const Shape&, DType dtype) {
      return ops::concatenate({base({u}, dtype), Tensor::ones({u}, dtype), base({2 * u}, dtype)});
    });
  }
  const Shape shape = kind_ == CellKind::gru && o_.reset_after ? Shape{2, width} : Shape{width};
  bias_ = add_weight("bias", shape,
                     {.initializer = initializer,
                      .regularizer = o_.bias_regularizer,
                      .constraint = o_.bias_constraint});
}

ops::detail::RnnLayerOptions RecurrentCellImpl::prepare(int64_t batch, int64_t features,
                                                        bool training) {
  ops::detail::RnnLayerOptions out;
  out.kind = kind_ == CellKind::simple ? RnnKind::simple
             : kind_ == CellKind::lstm ? RnnKind::lstm
             : o_.reset_after          ? RnnKind::gru_reset_after
                                       : RnnKind::gru;
  out.activation = o_.activation;
  out.recurrent_activation = o_.recurrent_activation;
  if (!training) return out;
  // With recurrent dropout Keras draws a mask for each gate.
  const int64_t count = o_.recurrent_dropout > 0 ? gates() : 1;
  const auto draw = [&](double rate, int64_t width, Tensors& masks) {
    if (rate <= 0) return;
    const Tensor ones = Tensor::ones({batch, width}, compute_dtype());
    for (int64_t i = 0; i < count; ++i)
      masks.push_back(random::dropout(ones, rate, {}, generator_));
  };
  draw(o_.dropout, features, out.dropout_masks);
  draw(o_.recurrent_dropout, units_, out.recurrent_dropout_masks);
  return out;
}

std::pair<Tensor, Tensors> RecurrentCellImpl::step(const Tensor& x, const Tensors& states,
                                                   bool training) {
  return begin(x, states, training)(x, states);
}

ops::RnnStep RecurrentCellImpl::begin(const Tensor& first, const Tensors&, bool training) {
  auto options = prepare(first.dim(0), first.dim(-1), training && !first.is_symbolic());
  return [options, kernel = compute(kernel_), recurrent = compute(recurrent_kernel_),
          bias = compute(bias_)](const Tensor& x, const Tensors& states) {
    return ops::detail::rnn_cell(x, states, kernel, recurrent, bias, options);
  };
}

ops::RnnOutputs RecurrentCellImpl::run(const Tensor& x, const Tensors& states,
                                       const ops::RnnOptions& options, bool training) {
  auto layer = prepare(x.dim(0), x.dim(-1), training);
  layer.options = options;
  return ops::detail::rnn_layer(x, states, compute(kernel_), compute(recurrent_kernel_),
                                compute(bias_), layer);
}

// --- the layer ---------------------------------------------------------------------------------

RecurrentLayerImpl::RecurrentLayerImpl(CellKind kind, std::shared_ptr<RecurrentCellImpl> cell)
    : kind_(kind) {
  cell->set_name(cell_names[static_cast<int>(kind)]);
  set_cell(Layer(std::move(cell)));
}

ClassInfo RecurrentLayerImpl::class_info() const {
  return {class_names[static_cast<int>(kind_)], "keras.layers"};
}

void RecurrentLayerImpl::fields(Fields& f) {
  common_fields(f);
  static_cast<RecurrentCellImpl&>(cell_impl())
      .all_fields(f, &activity_regularizer_, kind_ != CellKind::simple);
  f.raw("time_major");  // of older versions
  f.raw("use_cudnn");
}

void RecurrentLayerImpl::validate() {
  RNNCellImpl& cell = cell_impl();
  cell.set_dtype_policy(dtype_policy());
  cell.set_trainable(trainable());
  cell.validate();
  RNNImpl::validate();
  input_spec_ = {{.ndim = 3}};
}

}  // namespace kcpp::layers
