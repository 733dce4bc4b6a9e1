/// The backend that records each kernel call, with its shapes, and hands it on.
#pragma once

#include "kcpp/backend.h"

namespace kcpp {

/// The recording twin of a backend; made at the first call, kept for good.
Backend& profiled(Backend& inner);

}  // namespace kcpp
