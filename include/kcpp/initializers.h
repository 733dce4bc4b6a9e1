/// Initializers (keras.initializers): how a weight gets its first values.
#pragma once

#include <optional>
#include <string>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

class KCPP_API InitializerImpl : public Object {
 public:
  virtual Tensor make(const Shape& shape, DType dtype) = 0;
};

/// A handle built from a name ("glorot_uniform"), from `initializers::X(...)`, or from a lambda
/// (shape, dtype) -> Tensor.
class KCPP_API Initializer : public Handle<InitializerImpl> {
 public:
  using Handle::Handle;
  Initializer() = default;
  Initializer(const char* name);
  Initializer(const std::string& name);
  Initializer(std::function<Tensor(const Shape&, DType)> function);
  Tensor operator()(const Shape& shape, DType dtype = DType::float32) const {
    return impl_->make(shape, dtype);
  }
};
KCPP_API Config to_config(const Initializer& v);
KCPP_API void from_config(const Config& c, Initializer& v, std::string_view what);

/// A seed makes an initializer repeat its values at every call. Without one it draws a seed of its
/// own when it is made.
namespace initializers {

class KCPP_API Zeros : public Initializer {
 public:
  Zeros();
};
class KCPP_API Ones : public Initializer {
 public:
  Ones();
};
class KCPP_API Constant : public Initializer {
 public:
  explicit Constant(double value = 0.0);
};
/// The identity matrix times gain; only for shapes of rank 2.
class KCPP_API Identity : public Initializer {
 public:
  explicit Identity(double gain = 1.0);
};
struct RandomNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<int64_t> seed = {};
};
class KCPP_API RandomNormal : public Initializer {
 public:
  explicit RandomNormal(RandomNormalOptions options = {});
};
/// Normal, redrawn beyond two standard deviations.
class KCPP_API TruncatedNormal : public Initializer {
 public:
  explicit TruncatedNormal(RandomNormalOptions options = {});
};
struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<int64_t> seed = {};
};
class KCPP_API RandomUniform : public Initializer {
 public:
  explicit RandomUniform(RandomUniformOptions options = {});
};
struct VarianceScalingOptions {
  double scale = 1.0;
  std::string mode = "fan_in";                    ///< "fan_in", "fan_out" or "fan_avg"
  std::string distribution = "truncated_normal";  ///< or "untruncated_normal", "uniform"
  std::optional<int64_t> seed = {};
};
/// Variance scale / fan: the base of the Glorot, He and LeCun initializers.
class KCPP_API VarianceScaling : public Initializer {
 public:
  explicit VarianceScaling(VarianceScalingOptions options = {});
};
struct SeedOptions {
  std::optional<int64_t> seed = {};
};
/// Glorot & Bengio 2010.
class KCPP_API GlorotUniform : public Initializer {
 public:
  explicit GlorotUniform(SeedOptions options = {});
};
class KCPP_API GlorotNormal : public Initializer {
 public:
  explicit GlorotNormal(SeedOptions options = {});
};
/// He et al. 2015.
class KCPP_API HeUniform : public Initializer {
 public:
  explicit HeUniform(SeedOptions options = {});
};
class KCPP_API HeNormal : public Initializer {
 public:
  explicit HeNormal(SeedOptions options = {});
};
/// Klambauer et al. 2017.
class KCPP_API LecunUniform : public Initializer {
 public:
  explicit LecunUniform(SeedOptions options = {});
};
class KCPP_API LecunNormal : public Initializer {
 public:
  explicit LecunNormal(SeedOptions options = {});
};
struct OrthogonalOptions {
  double gain = 1.0;
  std::optional<int64_t> seed = {};
};
/// An orthogonal matrix (Saxe et al. 2014), of the leading axes flattened against the last.
class KCPP_API Orthogonal : public Initializer {
 public:
  explicit Orthogonal(OrthogonalOptions options = {});
};

}  // namespace initializers
}  // namespace kcpp
