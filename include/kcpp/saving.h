/// Saving and loading (keras.saving): models, weights, and classes of the user's own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kcpp/core/custom_objects.h"
#include "kcpp/models/model.h"

namespace kcpp {

/// What a load skipped, converted or could not understand. Never printed uninvited.
struct KCPP_API LoadReport {
  std::vector<std::string> notes;
  /// Of the outputs from those stored in the file, with `verify`; unset when nothing was replayed.
  std::optional<double> largest_difference;
  /// The file holds a test case (save({.with_test_case = true})), whether it was replayed or not.
  bool has_test_case = false;
  std::string to_string() const;
};

struct LoadOptions {
  bool compile = true;  ///< take over optimizer, loss and metrics; what cannot be understood is
                        ///< noted, not an error
  LoadReport* report = nullptr;       ///< filled when given
  CustomObjects custom_objects = {};  ///< the user's classes and functions that the file names
  /// Replays the inputs and outputs that save({.with_test_case = true}) stored. Throws ValueError
  /// when an output differs by more than `tolerance` * (1 + its size); a file without them is
  /// noted.
  bool verify = false;
  double tolerance = 1e-4;
  /// A file with the weights (as for load_weights): for `.json`, which has none, or to replace
  /// those of the file.
  std::string weights = {};
};

struct LoadWeightsOptions {
  bool by_name = false;        ///< layers are matched by name instead of order (legacy .h5)
  bool skip_mismatch = false;  ///< weights of another shape are left as they are, and noted
  LoadReport* report = nullptr;
};

struct SaveWeightsOptions {
  bool overwrite = true;
  /// GB of one file at most: several files and a `.weights.json` that lists them. Unset: one file.
  std::optional<double> max_shard_size = {};
};

/// Loads a whole model: `.keras` (zip), whole-model `.h5`, or `.json` (architecture only).
/// Recognised by content. Nothing in the file is executed, opened or fetched. Throws IOError or
/// ValueError that names the file.
KCPP_API Model load_model(const std::string& path, const LoadOptions& options = {});
/// The same from memory; `name` stands for the path in errors.
KCPP_API Model load_model(std::span<const std::byte> bytes, const LoadOptions& options = {},
                          const std::string& name = "<memory>");
/// By suffix: `.keras` or `.h5` (`.hdf5`); `.json` is the architecture, `.weights.h5` and
/// `.weights.json` (with shards of 5 GB) are the weights. Atomic: on failure the old file stays.
KCPP_API void save_model(const Model& model, const std::string& path,
                         const SaveOptions& options = {});
/// Into an existing model: `.weights.h5`, `.keras`, legacy `.h5` of every Keras, `.weights.json` of
/// sharded weights; by content. When it throws, the model is as it was.
KCPP_API void load_weights(const Model& model, const std::string& path,
                           const LoadWeightsOptions& options = {});
KCPP_API void save_weights(const Model& model, const std::string& path, bool overwrite = true);
KCPP_API void save_weights(const Model& model, const std::string& path,
                           const SaveWeightsOptions& options);
/// keras.models.model_from_json.
KCPP_API Model model_from_json(const std::string& json);

/// Makes a class of the user's known to all files, under its registered name ("MyLayer" or
/// "package>MyLayer"): a layer, loss, metric, optimizer, initializer, regularizer or constraint
/// with a default constructor. For one load only: LoadOptions::custom_objects.
///
///     register_custom<Scale>("Scale");  // Scale derives from LayerImpl
template <class Impl>
void register_custom(const std::string& registered_name) {
  CustomObjects::register_for_all(CustomObjects().add<Impl>(registered_name));
}
/// Makes a function known: an activation or what a Lambda layer does (one tensor), a loss or metric
/// (y_true and y_pred).
///
///     register_custom("swoosh", [](const Tensor& x) { return x * ops::sigmoid(x - 1); });
inline void register_custom(const std::string& name, CustomObjects::Function function) {
  CustomObjects::register_for_all(CustomObjects().add(name, std::move(function)));
}
inline void register_custom(const std::string& name, CustomObjects::LossFunction function) {
  CustomObjects::register_for_all(CustomObjects().add(name, std::move(function)));
}

template <class Impl>
constexpr ObjectKind object_kind() {
  if constexpr (std::is_base_of_v<LayerImpl, Impl>)
    return ObjectKind::layer;
  else if constexpr (std::is_base_of_v<LossImpl, Impl>)
    return ObjectKind::loss;
  else if constexpr (std::is_base_of_v<MetricImpl, Impl>)
    return ObjectKind::metric;
  else if constexpr (std::is_base_of_v<OptimizerImpl, Impl>)
    return ObjectKind::optimizer;
  else if constexpr (std::is_base_of_v<ScheduleImpl, Impl>)
    return ObjectKind::schedule;
  else if constexpr (std::is_base_of_v<InitializerImpl, Impl>)
    return ObjectKind::initializer;
  else if constexpr (std::is_base_of_v<RegularizerImpl, Impl>)
    return ObjectKind::regularizer;
  else {
    static_assert(
        std::is_base_of_v<ConstraintImpl, Impl>,
        "register_custom takes classes that derive from LayerImpl, LossImpl, MetricImpl, "
        "OptimizerImpl, ScheduleImpl, InitializerImpl, RegularizerImpl or ConstraintImpl");
    return ObjectKind::constraint;
  }
}

}  // namespace kcpp
