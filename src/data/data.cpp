#include "kcpp/data.h"

#include <algorithm>

namespace kcpp {

Tensors Data::in_order(const std::vector<std::string>& names, std::string_view what) const {
  if (names_.empty()) return tensors_;
  Tensors out;
  for (const std::string& name : names) {
    const auto it = std::find(names_.begin(), names_.end(), name);
    check(it != names_.end(), "Missing data for ", what, " \"", name,
          "\". You passed a data dictionary with keys ", names_,
          ". Expected the following keys: ", names);
    out.push_back(tensors_[static_cast<size_t>(it - names_.begin())]);
  }
  return out;
}

}  // namespace kcpp
