#include "src/tables.h"

namespace kcpp {

std::span<const Factory> factories(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::layer: return tables::layers();
    case ObjectKind::initializer: return tables::initializers();
    case ObjectKind::regularizer: return tables::regularizers();
    case ObjectKind::constraint: return tables::constraints();
    case ObjectKind::optimizer: return tables::optimizers();
    case ObjectKind::schedule: return tables::schedules();
    case ObjectKind::loss: return tables::losses();
    case ObjectKind::metric: return tables::metrics();
    case ObjectKind::dtype_policy:
    case ObjectKind::activation: return {};  // not made by factories: DTypePolicy and ActivationFn are values
  }
  return {};
}

}  // namespace kcpp
