/// The window functions of scipy.signal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/ops/fft.h"

namespace kcpp {

/// scipy.signal.get_window(name, length, fftbins=periodic). Throws ValueError for an unknown name.
std::vector<double> signal_window(std::string_view name, int64_t length, bool periodic);
/// Throws ValueError unless there is a window of that name.
void check_signal_window(std::string_view name);

/// A window in a config: a name, null, or a list of numbers.
Config window_config(const ops::Window& window);
ops::Window window_from_config(const Config& config);

}  // namespace kcpp
