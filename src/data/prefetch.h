/// Dataset::prefetch.
#pragma once

#include <memory>

#include "kcpp/data.h"

namespace kcpp {

/// Runs `source` on a thread of its own, up to `count` elements ahead of the reader.
std::shared_ptr<DatasetImpl> make_prefetch(std::shared_ptr<DatasetImpl> source, int64_t count);

}  // namespace kcpp
