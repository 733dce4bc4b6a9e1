// A layer of one's own: `build` makes the weights, `call` computes; gradients and shapes come by
// themselves.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

/// x scaled and shifted feature by feature, then squashed.
struct ScaleShift : LayerImpl {
  Variable scale, shift;
  ClassInfo class_info() const override { return {"ScaleShift", "", "examples>ScaleShift"}; }
  void build(const Shape& input) override {
    scale = add_weight("scale", {input.back()}, {.initializer = "ones"});
    shift = add_weight("shift", {input.back()}, {.initializer = "zeros"});
  }
  Tensor call(const Tensor& x, CallContext&) override { return ops::tanh(x * scale + shift); }
};

int main() {
  set_random_seed(1);
  register_custom<ScaleShift>("examples>ScaleShift");
  const Tensor x = random::normal({128, 3}, 0, 1, {}, 1);
  const Tensor y = ops::tanh(x * Tensor({2.0, -1.0, 0.5}) + 0.3);

  Sequential model({layers::Input({3}), make_layer<ScaleShift>()});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.05}), .loss = "mse"});
  const History history = model.fit(x, y, {.batch_size = 32, .epochs = 60, .verbose = "0"});
  model.save("scale_shift.keras");
  const Tensor same = load_model("scale_shift.keras").predict(x);
  const double difference = ops::max(ops::abs(same - model.predict(x))).item();
  std::cout << "loss " << history["loss"].back() << ", scale " << model.get_weights()[0]
            << ", difference after loading " << difference << "\n";
  return history["loss"].back() < 1e-3 && difference == 0 ? 0 : 1;
}
