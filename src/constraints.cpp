#include "src/tables.h"

namespace kcpp::tables {

std::span<const Factory> constraints() { return {}; }

}  // namespace kcpp::tables
