/// Makes the initializers that have a file of their own, for the table in initializers.cpp.
#pragma once

#include <memory>

#include "kcpp/core/object.h"

namespace kcpp::makers {

std::shared_ptr<Object> stft_initializer();

}  // namespace kcpp::makers
