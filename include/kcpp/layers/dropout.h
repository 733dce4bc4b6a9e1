/// Layers that act only in training (keras.layers): Dropout, SpatialDropout1D to 3D, GaussianNoise,
/// GaussianDropout, AlphaDropout.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"

namespace kcpp::layers {

struct DropoutOptions {
  std::optional<Shape> noise_shape =
      {};  ///< axes of length 1 share one draw; -1: the input's length
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// In training sets elements to 0 with probability `rate` and scales the others by 1 / (1 - rate).
class KCPP_API Dropout : public Layer {
 public:
  explicit Dropout(double rate, DropoutOptions options = {});
};
/// Dropout after which mean and variance are as before, for use with selu (Klambauer et al., 2017).
class KCPP_API AlphaDropout : public Layer {
 public:
  explicit AlphaDropout(double rate, DropoutOptions options = {});
};

struct SpatialDropoutOptions {
  std::string data_format = {};  ///< 2D and 3D: where the channels are
  std::optional<int64_t> seed = {};
  std::string name = {};
  DTypePolicy dtype = {};
};
/// Drops whole channels of (batch, steps, channels).
class KCPP_API SpatialDropout1D : public Layer {
 public:
  explicit SpatialDropout1D(double rate, SpatialDropoutOptions options = {});
};
/// Drops whole channels of images.
class KCPP_API SpatialDropout2D : public Layer {
 public:
  explicit SpatialDropout2D(double rate, SpatialDropoutOptions options = {});
};
/// Drops whole channels of volumes.
class KCPP_API SpatialDropout3D : public Layer {
 public:
  explicit SpatialDropout3D(double rate, SpatialDropoutOptions options = {});
};

struct NoiseOptions {
  std::optional<int64_t> seed = {};
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Adds normal noise of mean 0 in training.
class KCPP_API GaussianNoise : public Layer {
 public:
  explicit GaussianNoise(double stddev, NoiseOptions options = {});
};
/// Multiplies by normal noise of mean 1 and variance rate / (1 - rate) in training.
class KCPP_API GaussianDropout : public Layer {
 public:
  explicit GaussianDropout(double rate, NoiseOptions options = {});
};

}  // namespace kcpp::layers
