/// How optimizers see a gradient that is a sum of rows (tf.IndexedSlices: an embedding's). Keras on
/// TensorFlow squares, clips and scales the rows, and adds them up afterwards: a token that occurs
/// twice in a batch has the sum of two squares, not the square of the sum.
#pragma once

#include <functional>

#include "kcpp/core/autodiff.h"
#include "kcpp/core/variable.h"

namespace kcpp {

/// The sum of f(row) over the gradient's rows; f(gradient) when it is dense.
Tensor sum_over_slices(const Tensor& gradient, const std::function<Tensor(const Tensor&)>& f);
Tensor square_of(const Tensor& gradient);
Tensor magnitude_of(const Tensor& gradient);
/// f(gradient), its rows kept: for an f that is applied to each element.
Tensor map_slices(const Tensor& gradient, const std::function<Tensor(const Tensor&)>& f);
/// The gradient as the sum that it is, no more as its rows.
Tensor with_rows_added(Tensor gradient);
/// What a step leaves alone where it is lazy: the rows that the gradient does not ask for, of the
/// variable and of slots of its shape.
class UntouchedRows {
 public:
  UntouchedRows(const autodiff::IndexedSlices& asked, Variables variables);
  /// After the step: makes those rows what they were.
  void put_back() const;

 private:
  Variables variables_;
  Tensors before_;
  Tensor is_asked_;  ///< (rows, 1, ..)
};
/// The sum of the squares of all rows' elements.
double squared_norm_of(const Tensor& gradient);

}  // namespace kcpp
