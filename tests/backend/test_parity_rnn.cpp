#include <catch2/catch_test_macros.hpp>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

struct Case {
  const char* why;
  int64_t batch, time, features, units;
};
const Case cases[] = {{"odd sizes", 3, 5, 4, 6},
                      {"one of everything", 1, 1, 1, 1},
                      {"a longer sequence", 2, 30, 3, 8},
                      {"a batch for threads", 32, 12, 16, 33}};

int64_t gates(RnnKind kind) { return kind == RnnKind::simple ? 1 : kind == RnnKind::lstm ? 4 : 3; }

void compare(const Case& c, const RnnAttrs& attrs, DType dtype, bool use_bias) {
  const int64_t width = gates(attrs.kind) * c.units;
  const Tensor x = data({c.batch, c.time, c.features}, -1, 1, dtype);
  const Tensor kernel = data({c.features, width}, -0.5, 0.5, dtype);
  const Tensor recurrent = data({c.units, width}, -0.3, 0.3, dtype);
  Tensor bias;
  if (use_bias)
    bias = data(attrs.kind == RnnKind::gru_reset_after ? Shape{2, width} : Shape{width}, -0.5, 0.5,
                dtype);
  Tensors states{data({c.batch, c.units}, -1, 1, dtype)},
      d_states{data({c.batch, c.units}, -1, 1, dtype)};
  if (attrs.kind == RnnKind::lstm) {
    states.push_back(data({c.batch, c.units}, -1, 1, dtype));
    d_states.push_back(data({c.batch, c.units}, -1, 1, dtype));
  }
  const Tensor d_output =
      data(attrs.return_sequences ? Shape{c.batch, c.time, c.units} : Shape{c.batch, c.units}, -1,
           1, dtype);
  const std::string what =
      text("rnn, ", c.why, ", kind ", static_cast<int>(attrs.kind), ", ", dtype,
           attrs.go_backwards ? ", backwards" : "", use_bias ? "" : ", no bias");
  parity(what, Accuracy::chain, [&](Backend& k) -> Tensors {
    // A backend that leaves this variant to ops is compared with itself.
    Backend& b = k.rnn_available(attrs, dtype) ? k : reference();
    RnnAttrs inference = attrs;
    inference.training = false;
    const RnnResult plain = b.rnn(x, states, kernel, recurrent, bias, inference);
    const RnnResult r = b.rnn(x, states, kernel, recurrent, bias, attrs);
    const RnnGrads g = b.rnn_grad(d_output, d_states, x, states, kernel, recurrent, bias, r, attrs);
    Tensors all{plain.output, r.output, g.x, g.kernel, g.recurrent_kernel, g.bias};
    for (const Tensors& more : {plain.states, r.states, g.states})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  });
}

}  // namespace

TEST_CASE("parity: recurrent layers") {
  for (const Case& c : cases) {
    for (RnnKind kind : {RnnKind::simple, RnnKind::lstm, RnnKind::gru, RnnKind::gru_reset_after}) {
      for (bool sequences : {false, true}) {
        for (bool backwards : {false, true}) {
          RnnAttrs attrs{.kind = kind,
                         .go_backwards = backwards,
                         .return_sequences = sequences,
                         .training = true};
          compare(c, attrs, DType::float32, true);
          if (!backwards) compare(c, attrs, DType::float32, false);
        }
      }
    }
  }
}

TEST_CASE("parity: recurrent layers with other activations, float64, float16") {
  const Case c = cases[0];
  for (RnnKind kind : {RnnKind::simple, RnnKind::lstm, RnnKind::gru, RnnKind::gru_reset_after}) {
    RnnAttrs attrs{.kind = kind, .return_sequences = true, .training = true};
    compare(c, attrs, DType::float64, true);
    compare(c, attrs, DType::float16, true);
    attrs.activation = {UnaryOp::relu};
    attrs.recurrent_activation = {UnaryOp::hard_sigmoid};
    compare(c, attrs, DType::float32, true);
    attrs.activation = {UnaryOp::elu, {.alpha = 1}};
    compare(c, attrs, DType::float32, true);
  }
}
