#include "src/tables.h"

#include <vector>

namespace kcpp {
namespace {

/// A model is a layer.
std::span<const Factory> layers_and_models() {
  static const std::vector<Factory> all = [] {
    std::vector<Factory> out(tables::layers().begin(), tables::layers().end());
    out.insert(out.end(), tables::models().begin(), tables::models().end());
    return out;
  }();
  return all;
}

}  // namespace

std::span<const Factory> factories(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::layer:
      return layers_and_models();
    case ObjectKind::initializer:
      return tables::initializers();
    case ObjectKind::regularizer:
      return tables::regularizers();
    case ObjectKind::constraint:
      return tables::constraints();
    case ObjectKind::optimizer:
      return tables::optimizers();
    case ObjectKind::schedule:
      return tables::schedules();
    case ObjectKind::loss:
      return tables::losses();
    case ObjectKind::metric:
      return tables::metrics();
    case ObjectKind::dtype_policy:
    case ObjectKind::activation:
      return {};  // not made by factories: DTypePolicy and ActivationFn are values
  }
  return {};
}

std::span<const Alias> aliases(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::initializer:
      return tables::initializer_aliases();
    case ObjectKind::loss:
      return tables::loss_aliases();
    case ObjectKind::metric:
      return tables::metric_aliases();
    default:
      return {};
  }
}

}  // namespace kcpp
