/// Layers that prepare numbers and categories (keras.layers): Normalization, Discretization,
/// CategoryEncoding.
#pragma once

#include "kcpp/layers/layer.h"
#include "kcpp/layers/options.h"
#include "kcpp/ops/types.h"

namespace kcpp::layers {

struct NormalizationOptions {
  ops::Axes axis = -1;  ///< axes with a mean and variance of their own; None: one for all
  Numbers mean = {};    ///< instead of `adapt`
  Numbers variance = {};
  bool invert = false;  ///< back from normalised values
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// (x - mean) / sqrt(variance), with the mean and variance of the data that `adapt` saw.
///
///     layers::Normalization normalization;
///     normalization.adapt(train.x);
class KCPP_API Normalization : public Layer {
 public:
  explicit Normalization(NormalizationOptions options = {});
  /// Takes the statistics of `data` (with the batch). Builds the layer.
  void adapt(const Tensor& data) const;
  /// The same of several batches.
  void adapt(const Tensors& batches) const;
};

struct DiscretizationOptions {
  Numbers bin_boundaries = {};
  std::optional<int64_t> num_bins = {};  ///< instead of boundaries: found by `adapt`
  double epsilon = 0.01;                 ///< error tolerance of `adapt`, as a fraction
  std::string output_mode = "int";       ///< or "one_hot", "multi_hot", "count"
  bool sparse = false;                   ///< only carried to files
  DTypePolicy dtype = {};
  std::string name = {};
};
/// The index of the bin of each number.
class KCPP_API Discretization : public Layer {
 public:
  explicit Discretization(DiscretizationOptions options = {});
  /// Chooses boundaries so that the bins hold about as many elements of `data` each.
  void adapt(const Tensor& data) const;
};

struct CategoryEncodingOptions {
  std::string output_mode = "multi_hot";  ///< or "one_hot", "count"
  bool sparse = false;                    ///< only carried to files
  Regularizer activity_regularizer = {};
  std::string name = {};
  DTypePolicy dtype = {};
  bool trainable = true;
};
/// Integers in [0, num_tokens) as vectors. Tensor of the call: count_weights (for "count").
class KCPP_API CategoryEncoding : public Layer {
 public:
  explicit CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options = {});
};

}  // namespace kcpp::layers
