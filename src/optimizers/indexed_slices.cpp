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

UntouchedRows::UntouchedRows(const autodiff::IndexedSlices& asked, Variables variables)
    : variables_(std::move(variables)) {
  for (const Variable& v : variables_) before_.push_back(v.value().detach());
  std::vector<int64_t> shape(variables_[0].shape().rank(), 1);
  shape[0] = asked.indices.size();
  const Tensor ones = Tensor::ones(Shape(shape));
  shape[0] = variables_[0].shape()[0];
  is_asked_ = ops::greater(backend().scatter_add(ones, asked.indices, Shape(shape), 0), 0.0);
}

void UntouchedRows::put_back() const {
  for (size_t i = 0; i < variables_.size(); ++i) {
    Variable v = variables_[i];
    v.assign(ops::where(is_asked_, v.value().detach(), before_[i]));
  }
}

double squared_norm_of(const Tensor& gradient) {
  const autodiff::IndexedSlices* rows = autodiff::slices_of(gradient);
  const Tensor& values = rows ? rows->values : gradient;
  return backend().sum_of_squares({&values, 1});
}

}  // namespace kcpp
