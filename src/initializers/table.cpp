#include "src/tables.h"

namespace kcpp::tables {

std::span<const Factory> initializers() { return {}; }

}  // namespace kcpp::tables
