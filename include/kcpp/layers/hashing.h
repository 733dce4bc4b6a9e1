/// Layers that put keys into bins by a hash (keras.layers): Hashing, HashedCrossing.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kcpp/layers/layer.h"

namespace kcpp::layers {

/// The key of a salted hash: one number, or two.
using Salt = std::vector<int64_t>;

struct HashingOptions {
  std::optional<std::variant<int64_t, std::string>> mask_value = {};  ///< goes to bin 0 alone
  std::optional<Salt> salt = {};    ///< FarmHash64 without, SipHash64 with
  std::string output_mode = "int";  ///< or "one_hot", "multi_hot", "count"
  bool sparse = false;              ///< only carried to files: kcpp's tensors are dense
  std::string name = {};
  DTypePolicy dtype = {};  ///< default: int64 for "int", else floatx
  bool trainable = true;
};
/// The bin of each number or string; the same bins as Keras's.
class KCPP_API Hashing : public Layer {
 public:
  explicit Hashing(int64_t num_bins, HashingOptions options = {});
};

struct HashedCrossingOptions {
  std::string output_mode = "int";  ///< or "one_hot"
  bool sparse = false;              ///< only carried to files
  std::string name = {};
  DTypePolicy dtype = {};  ///< default: int64 for "int"
};
/// The bin of a combination of keys: called on two or more tensors of shape (batch) or (batch, 1).
class KCPP_API HashedCrossing : public Layer {
 public:
  explicit HashedCrossing(int64_t num_bins, HashedCrossingOptions options = {});
};

}  // namespace kcpp::layers
