/// Layers that train when nobody says otherwise.
#pragma once

namespace kcpp {

/// Marks layers whose `call` has `training=True` in Keras: the image augmentations. The default
/// counts only where neither the call nor a surrounding one says what `training` is.
class TrainsByDefault {
 public:
  virtual ~TrainsByDefault() = default;
};

}  // namespace kcpp
