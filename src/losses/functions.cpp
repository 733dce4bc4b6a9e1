/// keras.losses' functions, in Keras's order of operations.
#include <cmath>

#include "kcpp/losses.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/losses/reduction.h"

namespace kcpp::losses {
namespace {

constexpr double epsilon = 1e-7;  // keras.config.epsilon()

/// y_true in y_pred's dtype, both of one rank.
std::pair<Tensor, Tensor> match(const Tensor& y_true, const Tensor& y_pred) {
  std::pair<Tensor, Tensor> out{
      y_true.dtype() == y_pred.dtype() ? y_true : ops::cast(y_true, y_pred.dtype()), y_pred};
  squeeze_or_expand_to_same_rank(out.first, out.second);
  return out;
}

/// x / |x| along an axis, as keras.utils.normalize.
Tensor unit(const Tensor& x, int axis) {
  return x / ops::sqrt(ops::maximum(ops::sum(ops::square(x), axis, true), 1e-12));
}

/// Labels 0 and 1 become -1 and 1; others stay.
Tensor to_hinge_labels(const Tensor& y_true) {
  const Tensor binary = ops::all(ops::logical_or(ops::equal(y_true, 0), ops::equal(y_true, 1)));
  return binary.item<bool>() ? 2.0 * y_true - 1.0 : y_true;
}

Tensor smooth_classes(const Tensor& y_true, double label_smoothing) {
  if (label_smoothing == 0) return y_true;
  return y_true * (1.0 - label_smoothing) + label_smoothing / static_cast<double>(y_true.dim(-1));
}

Tensor smooth_binary(const Tensor& y_true, double label_smoothing) {
  return label_smoothing == 0 ? y_true : y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing;
}

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(ops::square(t - p), -1);
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(ops::abs(t - p), -1);
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return 100.0 * ops::mean(ops::abs((t - p) / ops::maximum(ops::abs(t), epsilon)), -1);
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor first = ops::log(ops::maximum(p, epsilon) + 1.0),
               second = ops::log(ops::maximum(t, epsilon) + 1.0);
  return ops::mean(ops::square(first - second), -1);
}

Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, int axis) {
  const auto [t, p] = match(y_true, y_pred);
  return -ops::sum(unit(t, axis) * unit(p, axis), axis);
}

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor error = p - t, size = ops::abs(error);
  return ops::mean(ops::where(ops::less_equal(size, delta), 0.5 * ops::square(error),
                              delta * size - 0.5 * delta * delta),
                   -1);
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor x = p - t;
  return ops::mean(x + ops::softplus(x * -2.0) - std::log(2.0), -1);
}

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(ops::maximum(1.0 - to_hinge_labels(t) * p, 0.0), -1);
}

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(ops::square(ops::maximum(1.0 - to_hinge_labels(t) * p, 0.0)), -1);
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor positive = ops::sum(t * p, -1), negative = ops::max((1.0 - t) * p, -1);
  return ops::maximum(negative - positive + 1.0, 0.0);
}

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  auto [t, p] = match(y_true, y_pred);
  t = ops::clip(t, epsilon, 1.0);
  p = ops::clip(p, epsilon, 1.0);
  return ops::sum(t * ops::log(t / p), -1);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(p - t * ops::log(p + epsilon), -1);
}

Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                           double label_smoothing, int axis) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::mean(ops::binary_crossentropy(smooth_binary(t, label_smoothing), p, from_logits),
                   axis);
}

Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                 bool apply_class_balancing, double alpha, double gamma,
                                 bool from_logits, double label_smoothing, int axis) {
  auto [t, p] = match(y_true, y_pred);
  t = smooth_binary(t, label_smoothing);
  if (from_logits) p = ops::sigmoid(p);
  const Tensor p_t = t * p + (1.0 - t) * (1.0 - p);
  Tensor focal = ops::power(1.0 - p_t, gamma) * ops::binary_crossentropy(t, p, false);
  if (apply_class_balancing) focal = (t * alpha + (1.0 - t) * (1.0 - alpha)) * focal;
  return ops::mean(focal, axis);
}

Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                double label_smoothing, int axis) {
  const auto [t, p] = match(y_true, y_pred);
  return ops::categorical_crossentropy(smooth_classes(t, label_smoothing), p, from_logits, axis);
}

Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                      const Numbers& alpha, double gamma, bool from_logits,
                                      double label_smoothing, int axis) {
  auto [t, p] = match(y_true, y_pred);
  t = smooth_classes(t, label_smoothing);
  if (from_logits) p = ops::softmax(p, axis);
  const Tensor output = ops::clip(p / ops::sum(p, axis, true), epsilon, 1.0 - epsilon);
  return ops::sum(
      ops::power(1.0 - output, gamma) * alpha.to_tensor(output.dtype()) * (-t * ops::log(output)),
      axis);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                       std::optional<int> ignore_class, int axis) {
  Tensor t = y_true, p = y_pred;
  if (t.rank() == p.rank() && t.dim(axis) == 1) t = ops::squeeze(t, axis);
  if (!ignore_class) return ops::sparse_categorical_crossentropy(t, p, from_logits, axis);
  const Tensor valid = ops::not_equal(t, *ignore_class);
  t = ops::where(valid, t, 0);
  p = ops::where(ops::expand_dims(valid, axis), p, 0.0);
  Tensor values =
      ops::where(valid, ops::sparse_categorical_crossentropy(t, p, from_logits, axis), 0.0);
  values.set_keras_mask(valid);
  return values;
}

Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  // As in Keras, labels in a column are no vector: each is paired with every prediction.
  const Tensor one_hot =
      ops::one_hot(ops::cast(y_true, DType::int32), y_pred.dim(-1), -1, y_pred.dtype());
  return (1.0 - ops::power(ops::sum(y_pred * one_hot, -1), q)) / q;
}

Tensor ctc(const Tensor& y_true, const Tensor& y_pred) {
  check(y_true.rank() == 2,
        "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in "
        "integer format. "
        "Received: y_true.shape=",
        y_true.shape());
  check(y_pred.rank() == 3,
        "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, "
        "num_classes)`. "
        "Received: y_pred.shape=",
        y_pred.shape());
  const Tensor input_length =
      Tensor::full({y_pred.dim(0)}, static_cast<double>(y_pred.dim(1)), DType::int32);
  const Tensor label_length =
      ops::cast(ops::sum(ops::cast(ops::not_equal(y_true, 0), DType::int32), -1), DType::int32);
  return ops::ctc_loss(ops::cast(y_true, DType::int32), y_pred, label_length, input_length, 0);
}

Tensor dice(const Tensor& y_true, const Tensor& y_pred, const ops::Axes& axis) {
  const auto [t, p] = match(y_true, y_pred);
  return 1.0 - 2.0 * ops::sum(t * p, axis) / (ops::sum(t, axis) + ops::sum(p, axis) + epsilon);
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta,
               const ops::Axes& axis) {
  const auto [t, p] = match(y_true, y_pred);
  const Tensor both = ops::sum(t * p, axis);
  const Tensor false_positive = ops::sum((1.0 - p) * t, axis),
               false_negative = ops::sum(p * (1.0 - t), axis);
  return 1.0 - both / (both + false_positive * alpha + false_negative * beta + epsilon);
}

Tensor circle(const Tensor& y_true, const Tensor& y_pred, bool remove_diagonal, double gamma,
              double margin) {
  const Tensor labels = ops::reshape(ops::cast(y_true, DType::int32), {-1});
  const Tensor distance = ops::maximum(1.0 - ops::matmul(y_pred, ops::transpose(y_pred)), 0.0);
  const Tensor same = ops::equal(ops::expand_dims(labels, 1), ops::expand_dims(labels, 0));
  const Tensor negative = ops::logical_not(same);
  Tensor positive = same;
  if (remove_diagonal)
    positive = ops::logical_and(
        same, ops::logical_not(ops::cast(ops::eye(labels.size(), labels.size()), DType::bool_)));
  const Tensor positive_weight =
      ops::maximum((margin + distance) * ops::cast(positive, distance.dtype()), 0.0);
  const Tensor negative_weight =
      ops::maximum((1.0 + margin - distance) * ops::cast(negative, distance.dtype()), 0.0);
  const Tensor positive_term = -gamma * positive_weight * (margin - distance);
  const Tensor negative_term = gamma * negative_weight * (1.0 - margin - distance);
  const Tensor p = ops::logsumexp(ops::where(positive, positive_term, -INFINITY), 1);
  const Tensor n = ops::logsumexp(ops::where(negative, negative_term, -INFINITY), 1);
  Tensor loss = ops::softplus(p + n);
  loss.set_keras_mask(ops::greater(loss, 0));
  return loss;
}

}  // namespace kcpp::losses
