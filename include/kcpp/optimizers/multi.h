/// MultiOptimizer: several optimizers, each for its part of a model.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kcpp/optimizers/optimizer.h"

namespace kcpp::optimizers {

/// Which optimizer trains which variable (keras.optimizers.OptimizerMap): the one of the variable's
/// path, else the one whose key, a regular expression, matches the whole path, else the default.
class KCPP_API OptimizerMap {
 public:
  using Item = std::pair<std::string, Optimizer>;
  OptimizerMap() = default;
  explicit OptimizerMap(Optimizer default_optimizer, const std::vector<Item>& items = {});

  /// Throws ValueError for a key that is there already, and for optimizers that hold others.
  void add(const std::string& key, const Optimizer& optimizer);
  /// Throws ValueError when several keys match.
  const Optimizer& operator()(const Variable& variable) const;

  const Optimizer& default_optimizer() const { return default_; }
  const std::vector<Item>& items() const { return items_; }

 private:
  Optimizer default_;
  std::vector<Item> items_;
};
KCPP_API Config to_config(const OptimizerMap& v);
KCPP_API void from_config(const Config& c, OptimizerMap& v, std::string_view what);

struct MultiOptimizerOptions {
  std::optional<double> loss_scale_factor = {};  ///< in place of those of the optimizers
  std::string name = "multi_optimizer";
};
/// Trains each variable with the optimizer that the map names. It has no learning rate of its own.
///
///     optimizers::OptimizerMap map(optimizers::SGD(), {{"encoder/.*", optimizers::Adam()}});
///     model.compile({.optimizer = optimizers::MultiOptimizer(map), .loss = "mse"});
class KCPP_API MultiOptimizer : public Optimizer {
 public:
  explicit MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options = {});
};

}  // namespace kcpp::optimizers
