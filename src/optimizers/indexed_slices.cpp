#include "src/optimizers/indexed_slices.h"

#include "kcpp/backend.h"
#include "kcpp/ops/math.h"

namespace kcpp {
namespace {

Tensor sum_rows(const Tensor& values, const autodiff::IndexedSlices& rows, const Tensor& like) {
  return backend().scatter_add(values, rows.indices, like.shape(), 0);
}

}  // namespace

Tensor sum_over_slices(const Tensor& gradient, const std::function<Tensor(const Tensor&)>& f) {
  const autodiff::IndexedSlices* rows = autodiff::slices_of(gradient);
  return rows ? sum_rows(f(rows->values), *rows, gradient) : f(gradient);
}

Tensor square_of(const Tensor& gradient) {
  return sum_over_slices(gradient, [](const Tensor& x) { return ops::square(x); });
}

Tensor magnitude_of(const Tensor& gradient) {
  return sum_over_slices(gradient, [](const Tensor& x) { return ops::abs(x); });
}

Tensor map_slices(const Tensor& gradient, const std::function<Tensor(const Tensor&)>& f) {
  const autodiff::IndexedSlices* rows = autodiff::slices_of(gradient);
  if (!rows) return f(gradient);
  const Tensor values = f(rows->values);
  Tensor out = sum_rows(values, *rows, gradient);
  autodiff::set_slices(out, {values, rows->indices});
  return out;
}

Tensor with_rows_added(Tensor gradient) {
  if (autodiff::slices_of(gradient)) autodiff::set_slices(gradient, {});
  return gradient;
}

double squared_norm_of(const Tensor& gradient) {
  const autodiff::IndexedSlices* rows = autodiff::slices_of(gradient);
  const Tensor& values = rows ? rows->values : gradient;
  return backend().sum_of_squares({&values, 1});
}

}  // namespace kcpp
