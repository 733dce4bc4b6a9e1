#include "src/tables.h"

namespace kcpp::tables {

std::span<const Factory> metrics() { return {}; }

}  // namespace kcpp::tables
