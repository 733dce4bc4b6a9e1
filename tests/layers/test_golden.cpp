/// Replays tests/golden/layers.json: each layer's config, weights, outputs, masks, gradients,
/// losses and state as Keras has them.
#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "kcpp/core/tape.h"
#include "kcpp/layers.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

/// One case; what is wrong is collected, so that a case fails once with all of it.
class Replay {
 public:
  Replay(const GoldenFile& golden, const Config& c) : golden_(golden), c_(c) {}

  std::vector<std::string> run() {
    try {
      restore();
      symbolic_shape();
      eager();
      again();
    } catch (const std::exception& e) {
      wrong_.push_back(text("threw: ", e.what()));
    }
    return wrong_;
  }

 private:
  template <class... Parts>
  void expect(bool ok, const Parts&... parts) {
    if (!ok) wrong_.push_back(text(parts...));
  }
  void compare(std::string_view what, const Tensor& actual, const Tensor& expected,
               double tolerance, double floor = 0) {
    const std::string d = difference(actual, expected, tolerance, floor);
    expect(d.empty(), what, ": ", d);
  }
  Tensors inputs() const {
    Tensors out = golden_.arrays(c_.at("inputs"));
    const Tensors masks = golden_.arrays(c_.at("input_masks"));
    for (size_t i = 0; i < out.size(); ++i) {
      if (masks[i].defined()) out[i].set_keras_mask(masks[i]);
    }
    return out;
  }
  CallOptions options() const {
    CallOptions o;
    const Config& call = c_.at("call");
    if (const Config& t = call.at("training"); !t.is_null()) o.training = t.as_bool();
    o.initial_state = golden_.arrays(call.at("initial_state"));
    o.arguments = Config::dict();
    for (const auto& [key, value] : call.at("kwargs").as_dict()) {
      if (const Config* array = value.find("array"); array && key == "mask") {
        o.mask = golden_.array(*array);
      } else if (array) {
        o.tensors.emplace_back(key, golden_.array(*array));
      } else {
        o.arguments.set(key, value.at("value"));
      }
    }
    return o;
  }

  void restore() {
    symbolic::reset_names();
    const Config& config = c_.at("layer");
    layer_ = layer_from_config(config);
    if (!layer_.built()) {
      Shapes shapes;
      for (const Tensor& t : inputs()) shapes.push_back(t.shape());
      if (c_.at("style").as_string() == "cell") shapes.resize(1);
      layer_->ensure_built(shapes);
    }
    Config written = layer_->serialize();
    if (!config.find("build_config")) written.erase("build_config");
    if (Config* i = written.find("config")->find("kernel_initializer");
        i && i->is_dict() && *i->find("class_name") == Config("Identity")) {
      i->find("config")->erase("gain");  // Keras forgets to write it
    }
    expect(written == config, "config: ", written, "\ninstead of ", config);
    tolerance_ = layer_tolerance_for(layer_->compute_dtype());

    const Config::List& weights = c_.at("weights").as_list();
    Variables mine = layer_.weights();
    expect(mine.size() == weights.size(), mine.size(), " weights instead of ", weights.size());
    for (size_t i = 0; i < std::min(mine.size(), weights.size()); ++i) {
      expect(mine[i].name() == weights[i].at("name").as_string(), "weight ", i, " is named ",
             mine[i].name());
      expect(mine[i].path() == weights[i].at("path").as_string(), "weight ", i, " has the path ",
             mine[i].path(), " instead of ", weights[i].at("path"));
      mine[i].assign(golden_.array(weights[i].at("value")));
    }
  }

  void symbolic_shape() {
    const Config& want = c_.at("output_shape_symbolic");
    if (want.is_null()) return;
    if (keras_contradicts_itself(want)) return;
    const auto* rnn = dynamic_cast<const layers::RNNImpl*>(layer_.impl().get());
    Tensors in;
    for (const Tensor& t : inputs()) {
      Shape s = t.shape();
      if (!(rnn && rnn->stateful())) s[0] = Shape::unknown;
      in.push_back(Tensor::symbolic(s, t.dtype()));
    }
    CallOptions o = options();
    o.initial_state.clear();
    for (auto& [key, value] : o.tensors) value = Tensor::symbolic(value.shape(), value.dtype());
    const Tensors out = layer_.call(in, o);
    Config shapes = Config::list();
    for (const Tensor& t : out) shapes.push_back(to_config(t.shape()));
    if (out.size() == 1) shapes = Config(shapes.as_list()[0]);
    expect(shapes == want, "symbolic shape ", shapes, " instead of ", want);
    const Config& dtypes = c_.at("output_dtypes");
    for (size_t i = 0; i < std::min(out.size(), dtypes.size()); ++i) {
      expect(name_of(out[i].dtype()) == dtypes.as_list()[i].as_string(), "symbolic dtype ",
             out[i].dtype(), " instead of ", dtypes);
    }
  }

  /// The shape that Keras works out symbolically is not that of its own result: glu halves an axis,
  /// and a Bidirectional layer with two widths is as wide as both.
  bool keras_contradicts_itself(const Config& symbolic) const {
    const Tensors outputs = golden_.arrays(c_.at("outputs"));
    if (outputs.size() != 1) return false;
    Shape s;
    from_config(symbolic, s, "shape");
    bool same = s.rank() == outputs[0].rank();
    for (int i = 0; same && i < s.rank(); ++i)
      same = s[i] == Shape::unknown || s[i] == outputs[0].dim(i);
    return !same;
  }

  void eager() {
    const Tensors in = inputs();
    const CallOptions o = options();
    const Tensors expected = golden_.arrays(c_.at("outputs"));
    const Tensors cotangents = golden_.arrays(c_.at("cotangents"));
    const bool differentiate = cotangents.size() == expected.size() && !expected.empty();
    Variables weights = layer_.trainable_weights();

    GradientTape tape({.persistent = true});
    for (const Tensor& t : in) {
      if (is_floating(t.dtype())) tape.watch(t);
    }
    for (const Tensor& t : o.initial_state) tape.watch(t);
    const Tensors out = layer_.call(in, o);
    Tensor target;
    for (size_t i = 0; i < out.size() && differentiate; ++i) {
      if (!cotangents[i].defined()) continue;
      Tensor part = ops::sum(out[i] * ops::cast(cotangents[i], out[i].dtype()));
      if (part.dtype() != DType::float64) part = ops::cast(part, DType::float32);
      target = target.defined() ? target + part : part;
    }
    tape.stop();

    expect(out.size() == expected.size(), out.size(), " outputs instead of ", expected.size());
    if (keras_misplaces_bias(out)) return;
    const Config::List& dtypes = c_.at("output_dtypes").as_list();
    const Tensors masks = golden_.arrays(c_.at("output_masks"));
    for (size_t i = 0; i < std::min(out.size(), expected.size()); ++i) {
      compare(text("output ", i), out[i], expected[i], tolerance_.output);
      expect(name_of(out[i].dtype()) == dtypes[i].as_string(), "output ", i, " is ", out[i].dtype(),
             " instead of ", dtypes[i]);
      if (i < masks.size()) compare_mask(i, out[i].keras_mask(), masks[i]);
    }
    if (const Config& losses = c_.at("losses"); true) {
      double sum = 0;
      for (const Tensor& t : layer_.losses()) sum += t.item();
      compare("losses", Tensor::scalar(sum),
              Tensor::scalar(losses.is_null() ? 0 : losses.as_double()), 1e-5);
    }
    const Config::List& after = c_.at("weights_after").as_list();
    const Variables all = layer_.weights();
    for (size_t i = 0; i < std::min(after.size(), all.size()); ++i) {
      if (!after[i].is_null())
        compare(text("afterwards ", all[i].name()), all[i].value(), golden_.array(after[i]),
                tolerance_.output);
    }
    if (target.defined()) gradients(tape, target, in, o.initial_state, weights);
  }

  /// Keras on TensorFlow adds the bias of a channels_first convolution along the last axis when
  /// that is as long as the channels (its `add` takes any such operand for a channels_last bias).
  /// kcpp does not.
  bool keras_misplaces_bias(const Tensors& out) const {
    const Config& config = c_.at("layer").at("config");
    const Config *format = config.find("data_format"), *bias = config.find("use_bias");
    return format && bias && *format == Config("channels_first") && bias->as_bool() &&
           !c_.find("note") && out[0].rank() > 2 && out[0].dim(1) == out[0].dim(-1);
  }

  void gradients(GradientTape& tape, const Tensor& target, const Tensors& in, const Tensors& states,
                 const Variables& weights) {
    const auto each = [&](std::string_view what, const Tensors& mine, const Tensors& expected) {
      for (size_t i = 0; i < std::min(mine.size(), expected.size()); ++i) {
        compare(text("gradient of ", what, " ", i), mine[i], expected[i], tolerance_.gradient,
                1e-2);  // a key's bias has none but for rounding
      }
    };
    Tensors of_inputs = tape.gradient(Tensors{target}, in);
    for (size_t i = 0; i < in.size(); ++i) {
      if (!is_floating(in[i].dtype())) of_inputs[i] = Tensor();
    }
    each("input", of_inputs, golden_.arrays(c_.at("input_grads")));
    each("state", tape.gradient(Tensors{target}, states),
         golden_.arrays(c_.at("initial_state_grads")));
    const Tensors expected = golden_.arrays(c_.at("weight_grads"));
    expect(expected.size() == weights.size(), weights.size(), " trainable weights instead of ",
           expected.size());
    each("weight", tape.gradient(Tensors{target}, weights), expected);
  }

  void compare_mask(size_t i, const Tensor& mask, const Tensor& expected) {
    expect(mask.defined() == expected.defined(), "output ", i,
           mask.defined() ? " has a mask" : " lacks its mask");
    if (mask.defined() && expected.defined()) compare(text("mask ", i), mask, expected, 0);
  }

  /// Stateful layers: the states, and a second call.
  void again() {
    if (!c_.find("states_after")) return;
    const auto& rnn = dynamic_cast<const layers::RNNImpl&>(*layer_);
    const Tensors expected = golden_.arrays(c_.at("states_after"));
    expect(rnn.states().size() == expected.size(), rnn.states().size(), " states instead of ",
           expected.size());
    for (size_t i = 0; i < std::min(expected.size(), rnn.states().size()); ++i) {
      compare(text("state ", i), rnn.states()[i].value(), expected[i], tolerance_.output);
    }
    CallOptions o = options();
    o.initial_state.clear();
    const Tensors out = layer_.call(inputs(), o), second = golden_.arrays(c_.at("outputs_second"));
    for (size_t i = 0; i < std::min(out.size(), second.size()); ++i) {
      compare(text("second output ", i), out[i], second[i], tolerance_.output);
    }
  }

  const GoldenFile& golden_;
  const Config& c_;
  Layer layer_;
  Tolerance tolerance_{};
  std::vector<std::string> wrong_;
};

void replay(const std::string& family) {
  const GoldenFile& golden = GoldenFile::get(family);
  const char* only = std::getenv("KCPP_GOLDEN_CASE");  // a part of a case's name, to look at few
  size_t count = 0;
  for (const Config& c : golden.cases()) {
    const std::string& name = c.at("name").as_string();
    if (only && name.find(only) == std::string::npos) continue;
    ++count;
    std::string wrong;
    for (const std::string& w : Replay(golden, c).run()) wrong += "\n  " + w;
    INFO(c.at("layer").at("class_name").as_string() << " " << name << wrong);
    CHECK(wrong.empty());
  }
  CHECK((only || count > 0));
}

TEST_CASE("layers compute what Keras computes", "[layers][golden]") { replay("layers"); }

TEST_CASE("layers of signals compute what Keras computes", "[layers][golden]") {
  replay("layers_signal");
}

TEST_CASE("layers with LoRA compute what Keras computes", "[layers][golden][lora]") {
  replay("lora");
}

}  // namespace
}  // namespace kcpp::test
