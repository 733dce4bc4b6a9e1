#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/rnn.h"
#include "kcpp/ops/shape.h"
#include "tests/ops/check.h"

using namespace kcpp;
using namespace kcpp::test;
using ops::detail::RnnLayerOptions;

namespace {

constexpr int64_t kBatch = 2, kTime = 4, kFeatures = 3, kUnits = 2;

int gates(RnnKind kind) { return kind == RnnKind::simple ? 1 : kind == RnnKind::lstm ? 4 : 3; }

/// x, kernel, recurrent kernel, bias, h (and c).
Tensors operands(RnnKind kind, bool bias = true) {
  const int64_t g = gates(kind) * kUnits;
  Tensors t = {random_tensor({kBatch, kTime, kFeatures}),
               random_tensor({kFeatures, g}, -0.7, 0.7, 1),
               random_tensor({kUnits, g}, -0.7, 0.7, 2), Tensor(),
               random_tensor({kBatch, kUnits}, -1, 1, 4)};
  if (bias)
    t[3] = kind == RnnKind::gru_reset_after ? random_tensor({2, g}, -0.5, 0.5, 3)
                                            : random_tensor({g}, -0.5, 0.5, 3);
  if (kind == RnnKind::lstm) t.push_back(random_tensor({kBatch, kUnits}, -1, 1, 5));
  return t;
}

ops::RnnOutputs run(const Tensors& t, const RnnLayerOptions& o) {
  return ops::detail::rnn_layer(t[0], Tensors(t.begin() + 4, t.end()), t[1], t[2], t[3], o);
}

/// All that a layer gives as one tensor.
Tensor everything(const ops::RnnOutputs& out) {
  Tensors parts = {ops::reshape(out.outputs, {-1}), ops::reshape(out.last_output, {-1})};
  for (const Tensor& s : out.states) parts.push_back(ops::reshape(s, {-1}));
  return ops::concatenate(parts);
}

RnnLayerOptions options(RnnKind kind) { return {.kind = kind}; }

constexpr RnnKind kKinds[] = {RnnKind::simple, RnnKind::lstm, RnnKind::gru,
                              RnnKind::gru_reset_after};

}  // namespace

TEST_CASE("rnn_layer: fused and stepwise agree, in values and gradients", "[ops][rnn][gradcheck]") {
  for (RnnKind kind : kKinds) {
    for (bool backwards : {false, true}) {
      for (bool sequences : {false, true}) {
        INFO("kind " << int(kind) << " backwards " << backwards << " sequences " << sequences);
        RnnLayerOptions o = options(kind);
        o.options.go_backwards = backwards;
        o.options.return_all_outputs = sequences;
        RnnLayerOptions stepwise = o;
        stepwise.activation = [](const Tensor& x) {
          return ops::tanh(x);
        };  // no kernel: step by step
        const Tensors t = operands(kind);
        CHECK(mismatch(everything(run(t, o)), everything(run(t, stepwise)), 1e-12) == "");
        gradcheck([&](const Tensors& in) { return everything(run(in, o)); }, t,
                  {.second = sequences && !backwards});
      }
    }
    INFO("kind " << int(kind));
    RnnLayerOptions stepwise = options(kind);
    stepwise.activation = [](const Tensor& x) { return ops::tanh(x); };
    gradcheck([&](const Tensors& in) { return everything(run(in, stepwise)); }, operands(kind),
              {.second = false});
    gradcheck([&](const Tensors& in) { return run(in, options(kind)).last_output; },
              operands(kind, false), {.second = false});
  }
}

TEST_CASE("rnn_layer: a cell step by step is the layer", "[ops][rnn]") {
  for (RnnKind kind : kKinds) {
    INFO("kind " << int(kind));
    const Tensors t = operands(kind);
    Tensors states(t.begin() + 4, t.end());
    Tensor output;
    for (int i = 0; i < kTime; ++i) {
      std::tie(output, states) = ops::detail::rnn_cell(ops::get_item(t[0], {ops::Slice{}, i}),
                                                       states, t[1], t[2], t[3], options(kind));
    }
    const auto whole = run(t, options(kind));
    CHECK(mismatch(output, whole.last_output, 1e-12) == "");
    CHECK(mismatch(states.back(), whole.states.back(), 1e-12) == "");
  }
}

TEST_CASE("rnn_layer: masks", "[ops][rnn][mask]") {
  const Tensor mask({{true, false, true, false}, {true, true, true, true}});
  for (RnnKind kind : kKinds) {
    for (bool zero : {false, true}) {
      INFO("kind " << int(kind) << " zero " << zero);
      RnnLayerOptions o = options(kind);
      o.options.mask = mask;
      o.options.zero_output_for_mask = zero;
      const Tensors t = operands(kind);
      const auto out = run(t, o);
      const auto row = [&](int step) { return ops::get_item(out.outputs, {0, step}); };
      // Masked: the state stays, the output is the previous one or 0.
      const Tensor none = Tensor::zeros({kUnits}, DType::float64);
      CHECK(mismatch(row(1), zero ? none : row(0), 1e-15) == "");
      CHECK(mismatch(row(3), zero ? none : row(2), 1e-15) == "");
      CHECK(mismatch(out.states[0][0], row(2), 1e-15) == "");
      // The row without a masked step is as without a mask.
      CHECK(mismatch(out.outputs[1], run(t, options(kind)).outputs[1], 1e-12) == "");
      gradcheck([&](const Tensors& in) { return everything(run(in, o)); }, t, {.second = false});
    }
  }
}

TEST_CASE("rnn: a mask of images holds for each pixel by itself", "[ops][rnn][mask]") {
  // (batch, time, height, channels) with a mask (batch, time, height), as Masking gives it.
  const Tensor x = random_tensor({2, 3, 2, 2});
  const Tensor mask({{{true, false}, {false, true}, {true, true}},
                     {{false, false}, {true, true}, {true, false}}});
  const auto add = [](const Tensor& in, const Tensors& s) {
    const Tensor y = s[0] + in;
    return std::pair(y, Tensors{y});
  };
  const Tensor kept = x * ops::expand_dims(ops::cast(mask, DType::float64), -1);
  for (bool backwards : {false, true}) {
    const auto out = ops::rnn(add, x, {Tensor::zeros({2, 2, 2}, DType::float64)},
                              {.go_backwards = backwards, .mask = mask});
    const Tensor sums = ops::cumsum(backwards ? ops::flip(kept, 1) : kept, 1);
    CHECK(mismatch(out.outputs, sums, 1e-12) == "");
    CHECK(mismatch(out.states[0], ops::sum(kept, 1), 1e-12) == "");
  }
  CHECK_THROWS_AS(ops::rnn(add, x, {Tensor::zeros({2, 2, 2}, DType::float64)},
                           {.mask = Tensor::ones({2, 3, 5}, DType::bool_)}),
                  ValueError);
}

TEST_CASE("rnn_layer: dropout masks", "[ops][rnn][dropout]") {
  for (RnnKind kind : kKinds) {
    INFO("kind " << int(kind));
    const Tensors t = operands(kind);
    const Tensor x_mask = ops::round(random_tensor({kBatch, kFeatures}, 0, 1, 8)) * 2.0;
    const Tensor h_mask = ops::round(random_tensor({kBatch, kUnits}, 0, 1, 9)) * 2.0;
    RnnLayerOptions one = options(kind), each = one, input_only = one;
    one.dropout_masks = {x_mask};
    one.recurrent_dropout_masks = {h_mask};
    const size_t n = static_cast<size_t>(gates(kind));
    each.dropout_masks = Tensors(n, x_mask);
    each.recurrent_dropout_masks = Tensors(n, h_mask);
    CHECK(mismatch(everything(run(t, one)), everything(run(t, each)), 1e-12) == "");
    input_only.dropout_masks = {x_mask};
    Tensors dropped = t;
    dropped[0] = t[0] * ops::expand_dims(x_mask, 1);
    CHECK(mismatch(everything(run(t, input_only)), everything(run(dropped, options(kind))),
                   1e-12) == "");
    gradcheck([&](const Tensors& in) { return everything(run(in, each)); }, t, {.second = false});
  }
}

TEST_CASE("rnn: any step function", "[ops][rnn]") {
  const Tensor x = random_tensor({2, 3, 2, 2});
  const auto step = [](const Tensor& in, const Tensors& s) {
    Tensor y = s[0] + in * in;
    return std::pair{y, Tensors{y}};
  };
  const Tensor zeros = Tensor::zeros({2, 2, 2}, DType::float64);
  const auto out = ops::rnn(step, x, {zeros});
  CHECK(mismatch(out.outputs, ops::cumsum(x * x, 1), 1e-12) == "");
  CHECK(mismatch(out.last_output, ops::sum(x * x, 1), 1e-12) == "");
  CHECK(ops::rnn(step, x, {zeros}, {.return_all_outputs = false}).outputs.shape() ==
        Shape{2, 1, 2, 2});
  gradcheck(
      [&](const Tensors& t) {
        return ops::rnn(step, t[0], {t[1]}, {.go_backwards = true}).outputs;
      },
      {x, zeros.clone()});
  check_symbolic([&](const Tensors& t) { return ops::rnn(step, t[0], {zeros}).outputs; }, {x});
  check_symbolic(
      [&](const Tensors& t) {
        const Tensors w = operands(RnnKind::lstm);
        return ops::detail::rnn_layer(t[0], {w[4], w[5]}, w[1], w[2], w[3], options(RnnKind::lstm))
            .outputs;
      },
      {operands(RnnKind::lstm)[0]});
  check_error<ValueError>(
      [&] {
        ops::rnn(step, random_tensor({2, 3}), {zeros});
      },
      "Expected inputs of rank at least 3");
  check_error<ValueError>([&] { run(operands(RnnKind::gru), options(RnnKind::lstm)); },
                          "Expected kernel.shape=");
}
