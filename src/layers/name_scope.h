/// The layers whose call or build is running on this thread, outermost first: where a new weight's
/// path comes from.
#pragma once

#include <string>

namespace kcpp {

class LayerImpl;

class NameScope {
 public:
  explicit NameScope(const LayerImpl& layer);
  ~NameScope();
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;

  /// "sequential/dense": the running layers joined, ending in `layer`.
  static std::string path_of(const LayerImpl& layer);
};

}  // namespace kcpp
