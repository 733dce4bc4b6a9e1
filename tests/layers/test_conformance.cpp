/// One harness for every layer of the table (Keras's run_layer_test).
#include <catch2/catch_all.hpp>
#include <cmath>
#include <set>

#include "kcpp/core/tape.h"
#include "kcpp/layers.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "tests/layers/conformance.h"
#include "tests/support/closeness.h"

namespace kcpp::test {
namespace {

/// Runs `check(case, layer)` for every case; an exception counts as a failure of that case only.
template <class F>
void for_each_case(F check_case) {
  for (const ConformanceCase& c : conformance_cases()) {
    const Layer layer = c.make();
    INFO("layer " << layer->class_info().name << " " << layer->get_config().to_json());
    try {
      check_case(c, layer);
    } catch (const std::exception& e) {
      FAIL_CHECK("threw: " << e.what());
    }
  }
}

bool finite(const Tensor& t) {
  for (double v : t.to_vector<double>()) {
    if (!std::isfinite(v)) return false;
  }
  return true;
}

TEST_CASE("every layer of the table has a conformance case", "[layers][conformance]") {
  std::set<std::string> covered;
  for (const ConformanceCase& c : conformance_cases()) {
    const Layer layer = c.make();
    covered.insert(layer->class_info().name);
    for (const auto& l : layer->flatten_layers()) covered.insert(l->class_info().name);
  }
  covered.insert("InputLayer");  // never called; test_input.cpp
  for (const Factory& f : factories(ObjectKind::layer)) {
    const auto object = f.make();
    INFO(std::string(f.name));
    REQUIRE(object != nullptr);
    if (object->class_info().module != "keras.layers") continue;  // models: tests/models
    CHECK(covered.count(object->class_info().name) == 1);
  }
}

TEST_CASE("layers come back from their config", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    layer.call(conformance_inputs(c), c.options);
    const Config config = layer->serialize();
    const Layer again = layer_from_config(config);
    CHECK(again->serialize().to_json() == config.to_json());
    CHECK(again.built() == layer.built());
    // Also unbuilt, and with the same weights the same numbers.
    Config bare = config;
    bare.erase("build_config");
    const Layer unbuilt = layer_from_config(bare);
    unbuilt.call(conformance_inputs(c), c.options);
    unbuilt.set_weights(layer.get_weights());
    const Tensors a = layer.call(conformance_inputs(c), c.options),
                  b = unbuilt.call(conformance_inputs(c), c.options);
    REQUIRE(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) CHECK(difference(a[i], b[i], 0) == "");
  });
}

TEST_CASE("layers know their output's shape", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    Tensors symbolic;
    for (const Tensor& t : conformance_inputs(c)) {
      Shape s = t.shape();
      s[0] = Shape::unknown;
      symbolic.push_back(Tensor::symbolic(s, t.dtype()));
    }
    const Tensors out = layer.call(symbolic, c.options);
    const Tensors eager = layer.call(conformance_inputs(c), c.options);
    REQUIRE(out.size() == eager.size());
    for (size_t i = 0; i < out.size(); ++i) {
      Shape s = out[i].shape();
      CHECK(s.front() == Shape::unknown);
      s[0] = eager[i].shape().front();
      for (int d = 1; d < s.rank() && c.open_shape; ++d) {
        if (s[d] == Shape::unknown) s[d] = eager[i].shape()[d];
      }
      CHECK(s == eager[i].shape());
      CHECK(out[i].dtype() == eager[i].dtype());
      if (i == 0 && c.floats_out) CHECK(eager[i].dtype() == DType::float32);
    }
  });
}

TEST_CASE("layers name their weights as Keras does", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    layer.call(conformance_inputs(c), c.options);
    std::vector<std::string> names;
    for (const Variable& v : layer.weights()) {
      names.push_back(v.name());
      CHECK(v.path().starts_with(layer.name() + "/"));
    }
    CHECK(names == c.weights);
  });
}

TEST_CASE("a training step changes every trainable weight", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    CallOptions options = c.options;
    options.training = true;
    layer.call(conformance_inputs(c), options);
    Variables weights = layer.trainable_weights();
    GradientTape tape;
    const Tensors out = layer.call(conformance_inputs(c), options);
    // Not the sum of squares alone: that of a softmax or a normalised output hardly changes.
    Tensor loss = 0.0;
    for (const Tensor& y : out) {
      if (!is_floating(y.dtype())) continue;
      loss = loss + ops::sum(ops::square(y + 0.3)) +
             ops::sum(y * conformance_inputs({.make = {}, .inputs = {y.shape()}})[0]);
    }
    for (const Tensor& t : layer.losses()) loss = loss + t;
    if (weights.empty()) return;
    const Tensors gradients = tape.gradient(loss, weights);
    CHECK(finite(loss));
    for (size_t i = 0; i < weights.size(); ++i) {
      INFO("weight " << weights[i].path());
      REQUIRE(gradients[i].defined());
      CHECK(gradients[i].shape() == weights[i].shape());
      CHECK(finite(gradients[i]));
      const Tensor before = weights[i].value().clone();
      weights[i].assign_sub(gradients[i] * 0.1);
      CHECK(difference(weights[i].value(), before, 0) != "");
    }
  });
}

TEST_CASE("frozen layers have no trainable weights", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    layer.call(conformance_inputs(c), c.options);
    const size_t count = layer.weights().size();
    layer.set_trainable(false);
    CHECK(layer.trainable_weights().empty());
    CHECK(layer.non_trainable_weights().size() == count);
    layer.set_trainable(true);
    CHECK(layer.weights().size() == count);
  });
}

TEST_CASE("layers compute in float64", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    if (!is_floating(layer->compute_dtype())) return;
    // The dtype of a layer inside a wrapper is the user's business; the config's dtypes are
    // replaced everywhere.
    const auto widen = [](auto&& self, Config& v) -> void {
      if (v.is_list()) {
        for (Config& item : v.as_list()) self(self, item);
      } else if (v.is_dict()) {
        for (auto& [key, item] : v.as_dict()) {
          if (key == "dtype" && !item.is_null()) {
            item = Config("float64");
          } else {
            self(self, item);
          }
        }
      }
    };
    Config config = layer->serialize();
    widen(widen, config);
    const Layer wide = layer_from_config(config);
    const Tensors out = wide.call(conformance_inputs(c, DType::float64), c.options);
    if (c.floats_out) CHECK(out[0].dtype() == DType::float64);
    CHECK(finite(out[0]));
    for (const Variable& v : wide.weights()) {
      if (is_floating(v.dtype())) CHECK(v.dtype() == DType::float64);
    }
  });
}

TEST_CASE("masks go through the layers that carry them", "[layers][conformance]") {
  for_each_case([](const ConformanceCase& c, const Layer& layer) {
    if (c.integers > 0 || c.strings || c.inputs[0].rank() < 2) return;
    Tensors in = conformance_inputs(c);
    std::vector<uint8_t> bits;
    for (int64_t b = 0; b < c.inputs[0][0]; ++b) {
      for (int64_t t = 0; t < c.inputs[0][1]; ++t) bits.push_back(t + b < c.inputs[0][1]);
    }
    const Tensor mask = Tensor::from(bits, {c.inputs[0][0], c.inputs[0][1]}).astype(DType::bool_);
    if (!c.keeps_mask) return;
    in[0].set_keras_mask(mask);
    const Tensor out = layer.call(in, c.options)[0];
    REQUIRE(out.keras_mask().defined());
    CHECK(difference(out.keras_mask(), mask, 0) == "");
    CHECK(in[0].keras_mask().defined());
  });
}

TEST_CASE("old names of layers still work", "[layers]") {
  CHECK(make_by_name(ObjectKind::layer, "Convolution2D")->class_info().name == "Conv2D");
  CHECK(make_by_name(ObjectKind::layer, "MaxPool2D")->class_info().name == "MaxPooling2D");
  CHECK(make_by_name(ObjectKind::layer, "GlobalAvgPool1D")->class_info().name ==
        "GlobalAveragePooling1D");
  CHECK_THROWS_WITH(make_by_name(ObjectKind::layer, "Denze"),
                    Catch::Matchers::ContainsSubstring("Dense"));
}

}  // namespace
}  // namespace kcpp::test
