// Optimizer updates, in the order of operations of keras.optimizers. Hyperparameters are rounded to
// the variable's dtype first, as Keras casts them.
#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

using Kind = OptimizerStep::Kind;

/// One variable of n elements. `slot` holds the kind's state in the order in which Keras adds it:
/// momentum: m; rmsprop: velocity, [momentum], [average gradient]; adam: m, v; amsgrad: m, v,
/// v_hat. `q` stands for the gradient's square where it is not null.
template <class T>
void update(const OptimizerStep& s, int64_t n, T* w, const T* g, const T* q,
            const std::vector<T*>& slot) {
  const auto square = [&](int64_t i) { return q ? q[i] : g[i] * g[i]; };
  const T lr = static_cast<T>(s.learning_rate), epsilon = static_cast<T>(s.epsilon);
  const T beta_1 = static_cast<T>(s.beta_1), beta_2 = static_cast<T>(s.beta_2);
  const T keep_1 = static_cast<T>(1 - s.beta_1), keep_2 = static_cast<T>(1 - s.beta_2);
  if (s.weight_decay != 0) {
    const T decay = static_cast<T>(s.weight_decay);
    for (int64_t i = 0; i < n; ++i) w[i] -= w[i] * decay * lr;
  }
  switch (s.kind) {
    case Kind::sgd:
      for (int64_t i = 0; i < n; ++i) w[i] -= g[i] * lr;
      return;
    case Kind::momentum:
    case Kind::nesterov:
      for (int64_t i = 0; i < n; ++i) {
        T& m = slot[0][i];
        m = m * beta_1 - g[i] * lr;
        w[i] += s.kind == Kind::nesterov ? m * beta_1 - g[i] * lr : m;
      }
      return;
    case Kind::rmsprop:
      for (int64_t i = 0; i < n; ++i) {
        T& velocity = slot[0][i];
        velocity = beta_2 * velocity + keep_2 * square(i);
        T denominator = velocity + epsilon;
        if (s.centered) {
          T& average = slot.back()[i];
          average = beta_2 * average + keep_2 * g[i];
          denominator = velocity - average * average + epsilon;
        }
        const T increment = lr * g[i] / std::sqrt(denominator);
        if (s.beta_1 > 0) {
          T& m = slot[1][i];
          m = beta_1 * m + increment;
          w[i] -= m;
        } else {
          w[i] -= increment;
        }
      }
      return;
    case Kind::adam:
    case Kind::amsgrad: {
      const T step = static_cast<T>(s.iteration);
      const T alpha =
          lr * std::sqrt(T(1) - std::pow(beta_2, step)) / (T(1) - std::pow(beta_1, step));
      for (int64_t i = 0; i < n; ++i) {
        T &m = slot[0][i], &v = slot[1][i];
        m += (g[i] - m) * keep_1;
        v += (square(i) - v) * keep_2;
        T second = v;
        if (s.kind == Kind::amsgrad) second = slot[2][i] = std::max(slot[2][i], v);
        w[i] -= m * alpha / (std::sqrt(second) + epsilon);
      }
      return;
    }
  }
}

}  // namespace
}  // namespace reference

void ReferenceBackend::optimizer_step(const OptimizerStep& step, std::span<Tensor* const> variables,
                                      std::span<const Tensor> gradients,
                                      const std::vector<std::vector<Tensor*>>& slots) {
  using namespace reference;
  KCPP_ASSERT(variables.size() == gradients.size());
  for (size_t i = 0; i < variables.size(); ++i) {
    Tensor& variable = *variables[i];
    const DType dtype = variable.dtype();
    const bool has_square = i < step.squares.size() && step.squares[i].defined();
    if (is_half(dtype)) {  // in float, rounded back once
      Tensor wide = cast(variable, DType::float32);
      Tensor gradient = cast(gradients[i], DType::float32);
      std::vector<Tensor> state;
      std::vector<std::vector<Tensor*>> state_slots;
      for (const auto& slot : slots) state.push_back(cast(*slot[i], DType::float32));
      for (Tensor& t : state) state_slots.push_back({&t});
      Tensor* const pointer = &wide;
      OptimizerStep one = step;
      const Tensor square = has_square ? cast(step.squares[i], DType::float32) : Tensor();
      one.squares = {&square, 1};
      optimizer_step(one, {&pointer, 1}, {&gradient, 1}, state_slots);
      const auto write_back = [&](Tensor& to, const Tensor& from) {
        const Tensor rounded = cast(from, to.dtype());
        std::copy_n(in<char>(rounded), rounded.bytes(), out<char>(to));
      };
      write_back(variable, wide);
      for (size_t k = 0; k < slots.size(); ++k) write_back(*slots[k][i], state[k]);
      continue;
    }
    const Tensor gradient =
        gradients[i].dtype() == dtype ? gradients[i] : cast(gradients[i], dtype);
    const Tensor square = has_square ? cast(step.squares[i], dtype) : Tensor();
    KCPP_ASSERT(gradient.size() == variable.size());
    dispatch_floating(dtype, [&]<class T>() {
      std::vector<T*> state;
      for (const auto& slot : slots) state.push_back(out<T>(*slot[i]));
      update(step, variable.size(), out<T>(variable), in<T>(gradient),
             has_square ? in<T>(square) : nullptr, state);
    });
  }
}

double ReferenceBackend::sum_of_squares(std::span<const Tensor> tensors) {
  using namespace reference;
  double sum = 0;
  for (const Tensor& t : tensors) {
    if (!is_floating(t.dtype()) || is_half(t.dtype())) {
      const Tensor wide[] = {cast(t, DType::float64)};
      sum += sum_of_squares(wide);
      continue;
    }
    dispatch_floating(t.dtype(), [&]<class T>() {
      for (int64_t i = 0; i < t.size(); ++i) sum += static_cast<double>(in<T>(t)[i]) * in<T>(t)[i];
    });
  }
  return sum;
}

}  // namespace kcpp
