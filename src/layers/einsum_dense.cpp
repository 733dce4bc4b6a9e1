#include "kcpp/layers/einsum_dense.h"

#include <algorithm>

#include "kcpp/ops/linalg.h"
#include "kcpp/ops/shape.h"
#include "src/layers/lora.h"
#include "src/layers/makers.h"
#include "src/layers/quantization_field.h"

namespace kcpp::layers {
namespace {

/// The letters of `[X],[Y]->[Z]`, and on which side an ellipsis leaves axes open.
struct Equation {
  std::string input, kernel, output;
  enum class Open { none, left, right } open = Open::none;
};

bool letters(const std::string& s) {
  return !s.empty() &&
         std::all_of(s.begin(), s.end(), [](unsigned char c) { return std::isalpha(c); });
}

Equation parse(const std::string& text_in) {
  std::string s;
  for (char c : text_in) {
    if (c != ' ') s += c;
  }
  const size_t comma = s.find(','), arrow = s.find("->");
  Equation e;
  if (comma != std::string::npos && arrow != std::string::npos && comma < arrow) {
    e.input = s.substr(0, comma);
    e.kernel = s.substr(comma + 1, arrow - comma - 1);
    e.output = s.substr(arrow + 2);
    if (e.input.starts_with("...") && e.output.starts_with("...")) {
      e.open = Equation::Open::left;
      e.input.erase(0, 3);
      e.output.erase(0, 3);
    } else if (e.input.ends_with("...") && e.output.ends_with("...")) {
      e.open = Equation::Open::right;
      e.input.erase(e.input.size() - 3);
      e.output.erase(e.output.size() - 3);
    }
  }
  check(
      letters(e.input) && letters(e.kernel) && letters(e.output), "Invalid einsum equation '",
      text_in,
      "'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....");
  return e;
}

struct Analysis {
  Shape kernel, bias, output;
  std::vector<int> input_axes,
      output_axes;  ///< of the kernel: which it shares with the input, which with the output
};

/// Keras's _analyze_split_string.
Analysis analyze(const Equation& e, const std::optional<std::string>& bias_axes, const Shape& in,
                 const Shape& partial) {
  const bool left = e.open == Equation::Open::left;
  const int elided = in.rank() - static_cast<int>(e.input.size());
  check(elided >= 0 && (elided == 0 || e.open != Equation::Open::none), "The equation's input '",
        e.input, "' does not have as many axes as the input. Received: input_shape=", in);
  Shape out = Shape{in[0]} + partial;
  if (elided > 0 && left) {
    for (int i = 1; i < elided; ++i) out.insert(1, in[i]);
  } else if (elided > 0) {
    for (int i = in.rank() - elided; i < in.rank(); ++i) out.push_back(in[i]);
  }
  const int shift = left ? elided : 0;
  const auto in_dim = [&](size_t i) { return in[static_cast<int>(i) + shift]; };
  const auto out_dim = [&](size_t i) {
    const int at = static_cast<int>(i) + shift;
    check(at < out.rank(), "`output_shape` has too few axes for the equation's output '", e.output,
          "'. Received: output_shape=", partial);
    return out[at];
  };
  Analysis a;
  for (size_t i = 0; i < e.input.size(); ++i) {
    const size_t o = e.output.find(e.input[i]);
    if (o == std::string::npos) continue;
    check(out_dim(o) == Shape::unknown || out_dim(o) == in_dim(i),
          "Input shape and output shape do not match at shared dimension '", e.input[i],
          "'. Input shape is ", in_dim(i), ", and output shape is ", out_dim(o), ".");
  }
  for (char c : e.output) {
    check(e.input.find(c) != std::string::npos || e.kernel.find(c) != std::string::npos,
          "Dimension '", c, "' was specified in the output '", e.output,
          "' but has no corresponding dim in the input spec '", e.input, "' or weight spec '",
          e.output, "'");
  }
  for (size_t i = 0; i < e.kernel.size(); ++i) {
    const char c = e.kernel[i];
    if (const size_t o = e.output.find(c); o != std::string::npos) {
      a.kernel.push_back(out_dim(o));
      a.output_axes.push_back(static_cast<int>(i));
    } else {
      const size_t k = e.input.find(c);
      check(k != std::string::npos, "Weight dimension '", c,
            "' did not have a match in either the input spec '", e.input, "' or the output spec '",
            e.output, "'. For this layer, the weight must be fully specified.");
      a.kernel.push_back(in_dim(k));
      a.input_axes.push_back(static_cast<int>(i));
    }
  }
  if (bias_axes && !bias_axes->empty()) {
    size_t first = e.output.size();
    for (char c : *bias_axes) {
      const size_t at = e.output.find(c);
      check(at != std::string::npos, "Bias dimension '", c,
            "' was requested, but is not part of the output spec '", e.output, "'");
      first = std::min(first, at);
    }
    for (size_t i = first; i < e.output.size(); ++i)
      a.bias.push_back(bias_axes->find(e.output[i]) != std::string::npos ? out_dim(i) : 1);
    if (!left) {
      for (int i = 0; i < elided; ++i) a.bias.push_back(1);
    }
  }
  a.output = out;
  return a;
}

class EinsumDenseImpl final : public LoraLayer<EinsumDenseOptions> {
 public:
  EinsumDenseImpl() = default;
  EinsumDenseImpl(std::string equation, const Shape& output_shape, EinsumDenseOptions o)
      : LoraLayer(std::move(o)), text_(std::move(equation)), output_shape_(output_shape) {}

  ClassInfo class_info() const override { return {"EinsumDense", "keras.layers"}; }
  void fields(Fields& f) override {
    f.required("output_shape", output_shape_);
    f.required("equation", text_);
    f("activation", o_.activation);
    f("bias_axes", o_.bias_axes);
    f("kernel_initializer", o_.kernel_initializer);
    f("bias_initializer", o_.bias_initializer);
    f("kernel_regularizer", o_.kernel_regularizer);
    f("bias_regularizer", o_.bias_regularizer);
    f("activity_regularizer", activity_regularizer_);
    f("kernel_constraint", o_.kernel_constraint);
    f("bias_constraint", o_.bias_constraint);
    quantization_field(f);
    lora_.fields(f);
    if (const Config* c = f.raw("gptq_unpacked_column_size")) {
      check(c->is_null(),
            "Quantized layers cannot be run by kcpp. Received: gptq_unpacked_column_size=", *c);
    }
  }
  void validate() override { equation_ = parse(text_); }

  void build(const Shape& in) override {
    const Analysis a = analyze(equation_, o_.bias_axes, in, output_shape_);
    kernel_ = add_weight("kernel", a.kernel,
                         {.initializer = fan_aware(a),
                          .regularizer = o_.kernel_regularizer,
                          .constraint = o_.kernel_constraint});
    if (o_.bias_axes && !o_.bias_axes->empty()) {
      bias_ = add_weight("bias", a.bias,
                         {.initializer = o_.bias_initializer,
                          .regularizer = o_.bias_regularizer,
                          .constraint = o_.bias_constraint});
    }
    input_spec_ = {{.ndim = in.rank()}};
    adapt(kernel_, "kernel", o_.kernel_regularizer, o_.kernel_constraint, true);
  }
  std::vector<TensorSpec> compute_output_spec(const Tensors& inputs, CallContext&) override {
    Shape out = analyze(equation_, o_.bias_axes, inputs[0].shape(), output_shape_).output;
    // Keras leaves open what the output shape leaves open; letters shared with the input are known.
    return {{out, compute_dtype()}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    Tensor y = ops::einsum(text_, floating(x), adapted());
    if (bias_) y = y + compute(bias_);
    return activate(o_.activation, y);
  }

 private:
  /// An initializer that scales by fans is told which axes of the kernel are inputs and which
  /// outputs.
  Initializer fan_aware(const Analysis& a) const {
    Config config = kcpp::to_config(o_.kernel_initializer);
    Config* fields = config.find("config");
    if (!fields || !fields->find("input_axes") ||
        (!fields->at("input_axes").is_null() && !fields->at("output_axes").is_null())) {
      return o_.kernel_initializer;
    }
    fields->set("input_axes", kcpp::to_config(a.input_axes));
    fields->set("output_axes", kcpp::to_config(a.output_axes));
    Initializer out;
    kcpp::from_config(config, out, "kernel_initializer");
    return out;
  }

  std::string text_;
  Equation equation_;
  Shape output_shape_;
  Variable kernel_, bias_;
};

}  // namespace

EinsumDense::EinsumDense(std::string equation, const Shape& output_shape, EinsumDenseOptions o)
    : Layer(make_layer<EinsumDenseImpl>(std::move(equation), output_shape, std::move(o))) {}
std::shared_ptr<Object> makers::einsum_dense() { return make_object<EinsumDenseImpl>(); }

}  // namespace kcpp::layers
