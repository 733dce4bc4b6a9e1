#include "src/tables.h"

namespace kcpp::tables {

std::span<const Factory> optimizers() { return {}; }

}  // namespace kcpp::tables
