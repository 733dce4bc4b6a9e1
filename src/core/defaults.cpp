#include "kcpp/core/defaults.h"

#include <atomic>

#include "kcpp/core/error.h"

namespace kcpp {
namespace {

std::atomic<double> epsilon_value{1e-7};
std::atomic<bool> channels_first{false};

}  // namespace

double epsilon() { return epsilon_value.load(std::memory_order_relaxed); }
void set_epsilon(double value) { epsilon_value = value; }

std::string_view image_data_format() { return channels_first ? "channels_first" : "channels_last"; }
void set_image_data_format(std::string_view data_format) {
  check(data_format == "channels_first" || data_format == "channels_last",
        "The `data_format` argument must be one of {'channels_first', 'channels_last'}. Received: "
        "data_format=",
        data_format);
  channels_first = data_format == "channels_first";
}

bool is_channels_first(std::string_view data_format) {
  if (data_format.empty()) return channels_first.load(std::memory_order_relaxed);
  if (data_format == "channels_last") return false;
  check(data_format == "channels_first",
        "The `data_format` argument must be one of {'channels_first', 'channels_last'}. Received: "
        "data_format=",
        data_format);
  return true;
}

}  // namespace kcpp
