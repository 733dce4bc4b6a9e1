// The reference backend's products, windows, normalisation and recurrent layers: numbers of Keras,
// hand-computed values, and gradients against central differences.
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

Tensor doubles(const Shape& shape) { return data(shape, -1, 1, DType::float64); }
Backend& b() { return reference(); }

/// A tensor whose element i is ((i % period) + shift) / divisor.
Tensor pattern(const Shape& shape, int64_t period, double shift, double divisor) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.size(); ++i)
    values.push_back((static_cast<double>(i % period) + shift) / divisor);
  return tensor(shape, values);
}

}  // namespace

TEST_CASE("reference: matmul by hand") {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6}), y = tensor({3, 2}, {7, 8, 9, 10, 11, 12});
  check_values(b().matmul(x, y, false, false), {58, 64, 139, 154});
  check_values(b().matmul(x, x, false, true), {14, 32, 32, 77});
  check_values(b().matmul(x, x, true, false), {17, 22, 27, 22, 29, 36, 27, 36, 45});
  check_values(b().matmul(tensor({2, 0}, {}), tensor({0, 2}, {}), false, false), {0, 0, 0, 0});
}

TEST_CASE("reference: grouped, dilated convolution is TensorFlow's") {
  const Tensor x = pattern({2, 5, 4, 2}, 7, -3, 1), k = pattern({3, 2, 1, 4}, 5, -2, 1);
  const ConvAttrs attrs{{1, 1}, {1, 2}, {0, 0}, {0, 0}, 2};
  const Tensor y = b().conv(x, k, Tensor(), attrs);
  CHECK(y.shape() == Shape{2, 3, 2, 4});
  check_values(y, {1,   -4,  6,  -10, 11, -6, -1, 6,  13, 2,  -8, 5,   -5, 7,  -1, 7,
                   11,  -6,  -1, 6,   -7, 6,  -8, -6, -2, 5,  6,  2,   1,  -4, 6,  -10,
                   -11, -10, 6,  -4,  13, 2,  -8, 5,  1,  -4, 6,  -10, 11, -6, -1, 6});
}

TEST_CASE("reference: gradients of convolution") {
  struct Case {
    Shape x, kernel;
    ConvAttrs attrs;
  };
  const Case cases[] = {
      {{2, 7, 2}, {3, 2, 3}, {{2}, {1}, {1}, {1}}},
      {{2, 5, 4, 4}, {3, 2, 2, 4}, {{2, 1}, {1, 2}, {1, 0}, {0, 1}, 2}},
      {{1, 3, 4, 3, 2}, {2, 2, 2, 2, 2}, {{1, 2, 1}, {1, 1, 1}, {0, 1, 0}, {1, 0, 0}}},
      {{2, 2, 5, 4}, {2, 3, 2, 3}, {{1, 1}, {1, 1}, {0, 1}, {0, 1}, 1, true}}};
  for (const Case& c : cases) {
    const Tensor x = doubles(c.x), k = doubles(c.kernel), bias = doubles({c.kernel.back()});
    const Tensor w = doubles(b().conv(x, k, bias, c.attrs).shape());
    const auto [dk, db] = b().conv_grad_weights(x, w, c.kernel, c.attrs, true, true);
    check_gradient(
        "conv x", [&](const Tensor& t) { return Tensors{b().conv(t, k, bias, c.attrs)}; }, x, {w},
        b().conv_grad_input(w, k, c.x, c.attrs));
    check_gradient(
        "conv kernel", [&](const Tensor& t) { return Tensors{b().conv(x, t, bias, c.attrs)}; }, k,
        {w}, dk);
    check_gradient(
        "conv bias", [&](const Tensor& t) { return Tensors{b().conv(x, k, t, c.attrs)}; }, bias,
        {w}, db);
  }
}

TEST_CASE("reference: pooling ignores the padding") {
  const Tensor x = tensor({1, 3, 1}, {-1, -2, -6});
  PoolAttrs attrs{true, {3}, {1}, {1}, {1}};
  check_values(b().pool(x, attrs, false).first, {-1, -1, -2});
  attrs.max = false;
  check_values(b().pool(x, attrs, false).first, {-1.5, -3, -4});
  for (bool max : {true, false}) {
    attrs = {max, {2, 3}, {2, 1}, {0, 1}, {1, 1}};
    const Tensor at = doubles({2, 5, 4, 3});
    const auto [y, workspace] = b().pool(at, attrs, true);
    const Tensor w = doubles(y.shape());
    check_gradient(
        "pool", [&](const Tensor& t) { return Tensors{b().pool(t, attrs, false).first}; }, at, {w},
        b().pool_grad(w, at, y, workspace, attrs));
    CHECK(difference(b().pool_grad(w, at, y, Tensor(), attrs),
                     b().pool_grad(w, at, y, workspace, attrs), Accuracy::exact)
              .empty());
  }
}

TEST_CASE("reference: normalisation") {
  const Tensor x = tensor({4, 2}, {1, 10, 2, 20, 3, 30, 6, 40});
  const auto n = b().batch_norm_training(x, Tensor(), Tensor(), 1, 0);
  check_values(n.mean, {3, 25});
  check_values(n.variance, {3.5, 125});  // biased
  check_values(leading(n.y, 1), {-2 / std::sqrt(3.5), -15 / std::sqrt(125.0)}, 1e-15);
  const auto l = b().layer_norm(tensor({1, 4}, {1, 2, 3, 6}), Tensor(), Tensor(), 0.5);
  check_values(l.rstd, {0.5}, 1e-15);
  check_values(l.y, {-1, -0.5, 0, 1.5}, 1e-15);

  const Tensor at = doubles({3, 4, 2, 5}), w = doubles({3, 4, 2, 5});
  const Tensor gamma = doubles({4}), beta = doubles({4});
  const auto forward = b().batch_norm_training(at, gamma, beta, 1, 1e-3);
  const auto g = b().batch_norm_grad(w, at, forward.mean, forward.variance, gamma, 1, 1e-3);
  const auto batch_norm = [&](const Tensor& x, const Tensor& gamma, const Tensor& beta) {
    return Tensors{b().batch_norm_training(x, gamma, beta, 1, 1e-3).y};
  };
  check_gradient(
      "batch norm x", [&](const Tensor& t) { return batch_norm(t, gamma, beta); }, at, {w}, g.x);
  check_gradient(
      "batch norm gamma", [&](const Tensor& t) { return batch_norm(at, t, beta); }, gamma, {w},
      g.gamma);
  check_gradient(
      "batch norm beta", [&](const Tensor& t) { return batch_norm(at, gamma, t); }, beta, {w},
      g.beta);

  const Tensor scale = doubles({5}), offset = doubles({5});
  const auto rows = b().layer_norm(at, scale, offset, 1e-3);
  const auto h = b().layer_norm_grad(w, at, rows.mean, rows.rstd, scale);
  check_gradient(
      "layer norm x",
      [&](const Tensor& t) { return Tensors{b().layer_norm(t, scale, offset, 1e-3).y}; }, at, {w},
      h.x);
  check_gradient(
      "layer norm gamma",
      [&](const Tensor& t) { return Tensors{b().layer_norm(at, t, offset, 1e-3).y}; }, scale, {w},
      h.gamma);
  check_gradient(
      "layer norm beta",
      [&](const Tensor& t) { return Tensors{b().layer_norm(at, scale, t, 1e-3).y}; }, offset, {w},
      h.beta);
}

TEST_CASE("reference: softmax and crossentropy") {
  check_values(b().softmax(tensor({2, 2}, {0, std::log(3.0), 1000, 1000}), 1, false),
               {0.25, 0.75, 0.5, 0.5}, 1e-15);
  check_values(b().softmax(tensor({2}, {0, std::log(3.0)}), 0, true),
               {std::log(0.25), std::log(0.75)}, 1e-15);
  const auto [loss, p] = b().sparse_softmax_crossentropy(
      tensor({3, 2}, {0, std::log(3.0), 0, 0, 0, 0}), tensor({3}, {0, 1, 2}, DType::int32));
  check_values(loss, {std::log(4.0), std::log(2.0), std::nan("")}, 1e-15);
  check_values(leading(p, 1), {0.25, 0.75}, 1e-15);
  for (bool log : {false, true}) {
    const Tensor x = doubles({3, 4, 2}), w = doubles({3, 4, 2});
    check_gradient(
        "softmax", [&](const Tensor& t) { return Tensors{b().softmax(t, 1, log)}; }, x, {w},
        b().softmax_grad(w, b().softmax(x, 1, log), 1, log));
  }
}

TEST_CASE("reference: recurrent layers are Keras's") {
  // Weight i is ((i % 7) - 3) / 5, x is ((i % 5) - 2) / 2: keras.layers in float64,
  // return_sequences.
  struct Case {
    RnnKind kind;
    int64_t gates;
    std::vector<double> expected;
  };
  const Case cases[] = {
      {RnnKind::simple,
       1,
       {0.099667994625, 0.0, -0.640959611451, -0.413534356667, -0.487455514903, -0.495720379002,
        -0.291312612452, -0.197375320225, -0.709281946293, -0.44902226582, 0.54789866463,
        0.276337847818}},
      {RnnKind::lstm,
       4,
       {-0.06209701616, -0.083438307433, 0.035451916593, 0.043718891264, 0.027411015258,
        0.043014782288, 0.024350069631, 0.037712299156, 0.083585715779, 0.062348838405,
        -0.006064095893, 0.016616799157}},
      {RnnKind::gru,
       3,
       {0.0, -0.042414460947, 0.11460628748, 0.289735753454, 0.34646586059, 0.460814735641,
        0.057253533678, 0.10852366129, 0.191840532981, 0.551296722801, 0.101579219997,
        0.256674932041}},
      {RnnKind::gru_reset_after,
       3,
       {0.0, -0.00286979759, 0.084077635853, 0.412749576428, 0.30430445668, 0.579521545763,
        0.042414460947, 0.194686904866, 0.143549337739, 0.650534119726, 0.096677774105,
        0.257515102759}},
  };
  for (const Case& c : cases) {
    const int64_t width = c.gates * 2;
    const Tensor x = pattern({2, 3, 2}, 5, -2, 2), kernel = pattern({2, width}, 7, -3, 5);
    const Tensor bias =
        pattern(c.kind == RnnKind::gru_reset_after ? Shape{2, width} : Shape{width}, 7, -3, 5);
    Tensors states(c.kind == RnnKind::lstm ? 2 : 1, Tensor::zeros({2, 2}, DType::float64));
    const RnnResult r =
        b().rnn(x, states, kernel, kernel, bias, {.kind = c.kind, .return_sequences = true});
    INFO("kind " << static_cast<int>(c.kind));
    check_values(r.output, c.expected, 1e-11);
  }
}

TEST_CASE("reference: back-propagation through time") {
  for (RnnKind kind : {RnnKind::simple, RnnKind::lstm, RnnKind::gru, RnnKind::gru_reset_after}) {
    for (bool sequences : {true, false}) {
      const bool lstm = kind == RnnKind::lstm;
      const int64_t width = 3 * (kind == RnnKind::simple ? 1 : lstm ? 4 : 3);
      RnnAttrs attrs{
          .kind = kind, .go_backwards = sequences, .return_sequences = sequences, .training = true};
      if (!sequences) attrs.recurrent_activation = {UnaryOp::softsign};
      const Tensor x = doubles({2, 4, 2}), kernel = doubles({2, width}),
                   recurrent = doubles({3, width});
      const Tensor bias =
          doubles(kind == RnnKind::gru_reset_after ? Shape{2, width} : Shape{width});
      Tensors states{doubles({2, 3})};
      if (lstm) states.push_back(doubles({2, 3}));
      const auto run = [&](const Tensor& x, const Tensors& states, const Tensor& kernel,
                           const Tensor& recurrent, const Tensor& bias) {
        const RnnResult r = b().rnn(x, states, kernel, recurrent, bias, attrs);
        Tensors all{r.output};
        all.insert(all.end(), r.states.begin(), r.states.end());
        return all;
      };
      Tensors w{doubles(sequences ? Shape{2, 4, 3} : Shape{2, 3}), doubles({2, 3})};
      if (lstm) w.push_back(doubles({2, 3}));
      const Tensors d_states(w.begin() + 1, w.end());
      const RnnResult forward = b().rnn(x, states, kernel, recurrent, bias, attrs);
      const RnnGrads g =
          b().rnn_grad(w[0], d_states, x, states, kernel, recurrent, bias, forward, attrs);
      const std::string what = text("rnn kind ", static_cast<int>(kind), " ");
      check_gradient(
          what + "x", [&](const Tensor& t) { return run(t, states, kernel, recurrent, bias); }, x,
          w, g.x);
      check_gradient(
          what + "kernel", [&](const Tensor& t) { return run(x, states, t, recurrent, bias); },
          kernel, w, g.kernel);
      check_gradient(
          what + "recurrent kernel",
          [&](const Tensor& t) { return run(x, states, kernel, t, bias); }, recurrent, w,
          g.recurrent_kernel);
      check_gradient(
          what + "bias", [&](const Tensor& t) { return run(x, states, kernel, recurrent, t); },
          bias, w, g.bias);
      check_gradient(
          what + "h",
          [&](const Tensor& t) {
            Tensors s = states;
            s[0] = t;
            return run(x, s, kernel, recurrent, bias);
          },
          states[0], w, g.states[0]);
      if (!lstm) continue;
      check_gradient(
          what + "c",
          [&](const Tensor& t) {
            return run(x, {states[0], t}, kernel, recurrent, bias);
          },
          states[1], w, g.states[1]);
    }
  }
}
