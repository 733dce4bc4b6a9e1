#include "kcpp/layers/bidirectional.h"

#include "kcpp/layers/rnn.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

RNNImpl& rnn(const Layer& layer) { return static_cast<RNNImpl&>(*layer); }

std::string renamed(const std::string& prefix, const std::string& name) {
  return name.starts_with(prefix) ? name : prefix + name;
}

/// An unshared copy, as Keras makes through the config.
Layer copy_of(const Layer& layer, const std::string& prefix, std::optional<bool> go_backwards) {
  Config config = layer->serialize();
  Config& fields = *config.find("config");
  fields.set("name", renamed(prefix, layer->name()));
  if (go_backwards) fields.set("go_backwards", *go_backwards);
  return layer_from_config(config);
}

class BidirectionalImpl final : public OptionsLayer<BidirectionalOptions> {
 public:
  BidirectionalImpl() = default;
  BidirectionalImpl(const Layer& layer, BidirectionalOptions o)
      : OptionsLayer(std::move(o)), given_(layer) {}

  ClassInfo class_info() const override { return {"Bidirectional", "keras.layers"}; }
  void fields(Fields& f) override {
    f("merge_mode", o_.merge_mode);
    if (f.reading()) {
      f.required("layer", given_);
      f("backward_layer", o_.backward_layer);
    } else {
      f("layer", forward_);
      f("backward_layer", backward_);
    }
  }

  void validate() override {
    check(given_ && dynamic_cast<RNNImpl*>(given_.impl().get()),
          "Please initialize `Bidirectional` layer with a recurrent `keras.layers.Layer` instance. "
          "Received: ",
          given_ ? given_->name() : "None");
    check(!o_.backward_layer || dynamic_cast<RNNImpl*>(o_.backward_layer.impl().get()),
          "`backward_layer` need to be a recurrent `keras.layers.Layer` instance. Received: ",
          o_.backward_layer ? o_.backward_layer->name() : "None");
    const std::optional<std::string>& m = o_.merge_mode;
    check(!m || *m == "sum" || *m == "mul" || *m == "ave" || *m == "concat",
          "Invalid merge mode. Received: ", m.value_or("None"),
          ". Merge mode should be one of {\"sum\", \"mul\", \"ave\", \"concat\", None}");
    forward_ = copy_of(given_, "forward_", {});
    backward_ = o_.backward_layer ? o_.backward_layer : copy_of(given_, "backward_", true);
    const RNNOptions &a = rnn(forward_).options(), &b = rnn(backward_).options();
    check(a.go_backwards != b.go_backwards,
          "Forward layer and backward layer should have different `go_backwards` value. Received: "
          "forward_layer.go_backwards ",
          a.go_backwards, ", backward_layer.go_backwards=", b.go_backwards);
    const auto same = [](const char* name, bool x, bool y) {
      check(x == y,
            "Forward layer and backward layer are expected to have the same value for attribute \"",
            name, "\", got \"", x, "\" for forward layer and \"", y, "\" for backward layer");
    };
    same("stateful", a.stateful, b.stateful);
    same("return_sequences", a.return_sequences, b.return_sequences);
    same("return_state", a.return_state, b.return_state);
    for (const Layer& l : {forward_, backward_})
      rnn(l).options().zero_output_for_mask = a.return_sequences;
    sequences_ = a.return_sequences;
    states_ = a.return_state;
    keeps_batch_ = a.stateful;
    supports_masking_ = takes_mask_ = true;
    input_spec_ = given_->input_spec();
    track("forward_layer", forward_);
    track("backward_layer", backward_);
  }

  void build(const Shape& in) override {
    forward_->ensure_built({in});
    backward_->ensure_built({in});
  }

  Tensors call_list(const Tensors& inputs, CallContext& context) override {
    CallOptions ahead{.training = context.training, .mask = context.mask()};
    CallOptions back = ahead;
    const auto half = static_cast<std::ptrdiff_t>(context.initial_state.size() / 2);
    ahead.initial_state.assign(context.initial_state.begin(), context.initial_state.begin() + half);
    back.initial_state.assign(context.initial_state.begin() + half, context.initial_state.end());
    const Tensors a = forward_.call(inputs, ahead), b = backward_.call(inputs, back);
    const Tensor y = ops::cast(a[0], compute_dtype());
    Tensor reverse = ops::cast(b[0], compute_dtype());
    if (sequences_) reverse = ops::flip(reverse, 1);
    Tensors out = o_.merge_mode ? Tensors{merge(y, reverse)} : Tensors{y, reverse};
    if (states_) {
      out.insert(out.end(), a.begin() + 1, a.end());
      out.insert(out.end(), b.begin() + 1, b.end());
    }
    return out;
  }
  Tensors compute_mask(const Tensors&, const Tensors& masks, const Tensors&) override {
    if (!sequences_ || masks.empty()) return {};
    return o_.merge_mode ? Tensors{masks[0]} : Tensors{masks[0], masks[0]};
  }
  void reset_state() {
    rnn(forward_).reset_state();
    rnn(backward_).reset_state();
  }

 private:
  Tensor merge(const Tensor& a, const Tensor& b) const {
    if (*o_.merge_mode == "concat") return ops::concatenate({a, b}, -1);
    if (*o_.merge_mode == "sum") return a + b;
    if (*o_.merge_mode == "ave") return (a + b) / 2.0;
    return a * b;
  }
  Layer given_, forward_, backward_;
  bool sequences_ = false, states_ = false;
};

}  // namespace

Bidirectional::Bidirectional(const Layer& layer, BidirectionalOptions o)
    : Layer(make_layer<BidirectionalImpl>(layer, std::move(o))) {}
void Bidirectional::reset_state() const { static_cast<BidirectionalImpl&>(*impl_).reset_state(); }

std::shared_ptr<Object> makers::bidirectional() { return make_object<BidirectionalImpl>(); }

}  // namespace kcpp::layers
