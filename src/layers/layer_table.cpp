#include "src/tables.h"

namespace kcpp::tables {

std::span<const Factory> layers() { return {}; }

}  // namespace kcpp::tables
