#include "kcpp/layers/rnn.h"

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "src/core/trace_hook.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {

// --- cells -------------------------------------------------------------------------------------

Tensors RNNCellImpl::get_initial_state(int64_t batch_size) const {
  Tensors out;
  for (const Shape& s : state_size())
    out.push_back(Tensor::zeros(Shape{batch_size} + s, compute_dtype()));
  return out;
}

std::pair<Tensor, Tensors> RNNCellImpl::step(const Tensor&, const Tensors&, bool) {
  throw RuntimeError(
      text("The cell ", class_info().name, " does not have a `step()` method implemented."));
}

ops::RnnStep RNNCellImpl::begin(const Tensor&, const Tensors&, bool training) {
  return [this, training](const Tensor& x, const Tensors& states) {
    return step(x, states, training);
  };
}

ops::RnnOutputs RNNCellImpl::run(const Tensor& x, const Tensors& states,
                                 const ops::RnnOptions& options, bool training) {
  return ops::rnn(begin(x.dim(1) == 0 ? Tensor() : ops::get_item(x, {ops::Slice{}, ops::Index(0)}),
                        states, training),
                  x, states, options);
}

Tensors RNNCellImpl::call_list(const Tensors& inputs, CallContext& context) {
  Tensors states(inputs.begin() + 1, inputs.end());
  for (const Tensor& t : context.initial_state) states.push_back(t);
  check(states.size() == state_size().size(), "The cell '", name(), "' has ", state_size().size(),
        " state(s), but it was called with ", states.size(), ".");
  auto [output, next] = step(inputs[0], states, context.training);
  next.insert(next.begin(), output);
  return next;
}

namespace {

class StackedRNNCellsImpl final : public RNNCellImpl {
 public:
  StackedRNNCellsImpl() = default;
  StackedRNNCellsImpl(const LayerList& cells, const LayerOptions& o) : cells_(cells) {
    set_base(o);
  }

  ClassInfo class_info() const override { return {"StackedRNNCells", "keras.layers"}; }
  void fields(Fields& f) override { f.required("cells", cells_); }
  void validate() override {
    check(!cells_.empty(), "StackedRNNCells needs at least one cell. Received: cells=[]");
    for (const Layer& c : cells_) {
      check(c && dynamic_cast<RNNCellImpl*>(c.impl().get()),
            "All cells must have a `state_size` attribute. Received cell without a "
            "`state_size`: ",
            c ? c->name() : "None");
    }
    if (children().empty()) track_list("cells", cells_);
  }
  void build(const Shape& in) override {
    Shape shape = in;
    for (const Layer& c : cells_) {
      c->ensure_built({shape});
      shape = Shape{in[0]} + cell(c).output_size();
    }
  }
  std::vector<Shape> state_size() const override {
    std::vector<Shape> out;
    for (const Layer& c : cells_) {
      for (const Shape& s : cell(c).state_size()) out.push_back(s);
    }
    return out;
  }
  Shape output_size() const override { return cell(cells_.back()).output_size(); }
  Tensors get_initial_state(int64_t batch) const override {
    Tensors out;
    for (const Layer& c : cells_) {
      for (Tensor& t : cell(c).get_initial_state(batch)) out.push_back(std::move(t));
    }
    return out;
  }
  std::pair<Tensor, Tensors> step(const Tensor& x, const Tensors& states, bool training) override {
    return begin(x, states, training)(x, states);
  }
  /// Each cell begins once a call: its dropout masks then serve all steps. Its first input is known
  /// at the first step.
  ops::RnnStep begin(const Tensor&, const Tensors&, bool training) override {
    auto steps = std::make_shared<std::vector<ops::RnnStep>>(cells_.size());
    return [this, steps, training](const Tensor& input, const Tensors& states) {
      Tensor x = input;
      Tensors next;
      auto at = states.begin();
      for (size_t i = 0; i < cells_.size(); ++i) {
        RNNCellImpl& c = cell(cells_[i]);
        const Tensors own(at, at + static_cast<std::ptrdiff_t>(c.state_size().size()));
        at += static_cast<std::ptrdiff_t>(own.size());
        ops::RnnStep& run = (*steps)[i];
        if (!run) run = c.begin(x, own, training);
        auto [y, states_after] = run(x, own);
        x = y;
        next.insert(next.end(), states_after.begin(), states_after.end());
      }
      return std::pair(x, next);
    };
  }

 private:
  static RNNCellImpl& cell(const Layer& layer) { return static_cast<RNNCellImpl&>(*layer); }
  LayerList cells_;
};

}  // namespace

// --- RNN ---------------------------------------------------------------------------------------

RNNImpl::RNNImpl() { supports_masking_ = takes_mask_ = true; }

RNNImpl::RNNImpl(const Layer& cell, const RNNOptions& options) : RNNImpl() {
  options_ = options;
  set_base(options);
  set_cell(cell);
}

void RNNImpl::set_cell(const Layer& cell) {
  cell_ = cell;
  track("cell", cell_);
}
RNNCellImpl& RNNImpl::cell_impl() const { return static_cast<RNNCellImpl&>(*cell_); }

void RNNImpl::common_fields(Fields& f) {
  f("return_sequences", options_.return_sequences);
  f("return_state", options_.return_state);
  f("go_backwards", options_.go_backwards);
  f("stateful", options_.stateful);
  f("unroll", options_.unroll);
  f("zero_output_for_mask", options_.zero_output_for_mask);
}

void RNNImpl::fields(Fields& f) {
  common_fields(f);
  Layer cell = cell_;
  f.required("cell", cell);
  if (f.reading()) set_cell(cell);
}

void RNNImpl::validate() {
  check(cell_ && dynamic_cast<RNNCellImpl*>(cell_.impl().get()),
        "The RNN cell should have a `state_size` attribute (single integer or list of integers, "
        "one integer per RNN state). Received: cell=",
        cell_ ? cell_->name() : "None");
  keeps_batch_ = options_.stateful;
}

void RNNImpl::build_list(const Shapes& in) {
  const Shape& x = in.at(0);
  check(x.rank() >= 3,
        "An RNN needs inputs of shape (batch, steps, ...). Received: input_shape=", x);
  check(!options_.stateful || x[0] != Shape::unknown,
        "When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch "
        "size: sequence.shape=",
        x);
  cell_->ensure_built({Shape{x[0]} + x.slice(2)});
  if (!options_.stateful) return;
  for (const Tensor& t : cell_impl().get_initial_state(x[0])) {
    states_.emplace_back(
        t, VariableOptions{.dtype = variable_dtype(), .trainable = false, .name = "rnn_state"});
  }
}

void RNNImpl::reset_state() {
  for (Variable& s : states_) s.assign(Tensor::zeros(s.shape(), s.dtype()));
}

Tensors RNNImpl::first_states(const Tensor& x, const CallContext& context) const {
  const RNNCellImpl& cell = cell_impl();
  if (options_.stateful && !states_.empty()) {
    check(x.dim(0) == states_[0].shape()[0],
          "If an RNN is stateful, the batch size of the input sequences must be the same as the "
          "batch size of the initial state. \n"
          "- Expected batch size: ",
          states_[0].shape()[0], "\n- Received batch size: ", x.dim(0));
  }
  Tensors states;
  if (!context.initial_state.empty()) {
    const std::vector<Shape> sizes = cell.state_size();
    check(context.initial_state.size() == sizes.size(),
          "An `initial_state` was passed that is not compatible with `cell.state_size`. "
          "Received ",
          context.initial_state.size(), " state(s); however `cell.state_size` has ", sizes.size());
    for (size_t i = 0; i < sizes.size(); ++i) {
      const Shape want = Shape{x.dim(0)} + sizes[i];
      check(context.initial_state[i].shape() == want,
            "An `initial_state` was passed that is not compatible with `cell.state_size`. "
            "Received `state_spec`=",
            context.initial_state[i].shape(), "; expected ", want);
    }
    states = context.initial_state;
  } else if (options_.stateful) {
    for (const Variable& s : states_) states.push_back(s.value());
  } else {
    states = cell.get_initial_state(x.dim(0));
  }
  for (Tensor& s : states) s = ops::cast(s, cell.compute_dtype());
  if (inference::active_trace && inference::active_trace->streaming()) {
    check(!options_.go_backwards, "[session] The layer '", name(),
          "' reads its sequence backwards (go_backwards=True, or as a part of Bidirectional): it "
          "needs the whole of it and cannot be used with streaming=true.");
    if (!options_.stateful) return inference::active_trace->first_states(*this, states);
  }
  return states;
}

std::vector<TensorSpec> RNNImpl::compute_output_spec(const Tensors& inputs, CallContext&) {
  const Shape& x = inputs[0].shape();
  check(!options_.unroll || x[1] != Shape::unknown,
        "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, "
        "specify the time dimension by passing an "
        "`Input()` as your first layer.\n- If using the functional API, specify the time dimension "
        "by passing a `shape` or `batch_shape` "
        "argument to your `Input()`.");
  const RNNCellImpl& cell = cell_impl();
  const Shape lead = options_.return_sequences ? Shape{x[0], x[1]} : Shape{x[0]};
  std::vector<TensorSpec> out = {{lead + cell.output_size(), compute_dtype()}};
  if (options_.return_state) {
    for (const Shape& s : cell.state_size()) out.push_back({Shape{x[0]} + s, compute_dtype()});
  }
  return out;
}

Tensors RNNImpl::call_list(const Tensors& inputs, CallContext& context) {
  check(inputs.size() == 1, "Layer \"", name(), "\" expects 1 input(s), but it received ",
        inputs.size(), " input tensors.");
  const Tensor x = ops::cast(inputs[0], cell_impl().compute_dtype());
  ops::RnnOptions options{.go_backwards = options_.go_backwards,
                          .mask = context.mask(),
                          .zero_output_for_mask = options_.zero_output_for_mask,
                          .return_all_outputs = options_.return_sequences};
  if (options.mask.defined()) options.mask = ops::cast(options.mask, DType::bool_);
  const ops::RnnOutputs r = cell_impl().run(x, first_states(x, context), options, context.training);
  for (size_t i = 0; i < states_.size(); ++i) states_[i].assign(r.states[i].detach());
  if (inference::active_trace && inference::active_trace->streaming() && !options_.stateful)
    inference::active_trace->last_states(*this, r.states);
  Tensors out = {ops::cast(options_.return_sequences ? r.outputs : r.last_output, compute_dtype())};
  if (options_.return_state) {
    for (const Tensor& s : r.states) out.push_back(ops::cast(s, compute_dtype()));
  }
  return out;
}

Tensors RNNImpl::compute_mask(const Tensors&, const Tensors& masks, const Tensors& outputs) {
  Tensors out(outputs.size());
  if (options_.return_sequences && !masks.empty()) out[0] = masks[0];
  return out;
}

// --- handles -----------------------------------------------------------------------------------

RNN::RNN(const Layer& cell, RNNOptions options) : Layer(make_layer<RNNImpl>(cell, options)) {}
RNN::RNN(const LayerList& cells, RNNOptions options)
    : RNN(StackedRNNCells(cells), std::move(options)) {}
RNN::RNN(std::shared_ptr<RNNImpl> impl) : Layer(std::move(impl)) {}
void RNN::reset_state() const { static_cast<RNNImpl&>(*impl_).reset_state(); }

StackedRNNCells::StackedRNNCells(const LayerList& cells, LayerOptions options)
    : Layer(make_layer<StackedRNNCellsImpl>(cells, options)) {}

std::shared_ptr<Object> makers::rnn() { return make_object<RNNImpl>(); }
std::shared_ptr<Object> makers::stacked_rnn_cells() { return make_object<StackedRNNCellsImpl>(); }

}  // namespace kcpp::layers
