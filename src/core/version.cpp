#include "kcpp/core/version.h"

namespace kcpp {

std::string_view version() { return KCPP_VERSION; }

}  // namespace kcpp
