/// load_weights and save_weights: weights alone.
#include <filesystem>

#include "kcpp/saving.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/layer_weights.h"
#include "src/saving/model_parts.h"
#include "src/saving/nested_models.h"
#include "src/saving/refusals.h"
#include "src/saving/sharded.h"

namespace kcpp {
namespace {

using namespace saving;

/// Old weights do not say which Keras wrote them; the config that the model was made from may.
Epoch weights_epoch(const Model& model, const hdf5::Group& root) {
  // A Graph of Keras 0.x: one list of all its arrays.
  const bool graph = root.is_group("graph") && !root.has_attribute_strings("layer_names");
  const Epoch epoch = graph ? epoch_of_version("0.3") : epoch_of(root);
  const std::string& version = model.model().config_version();
  if (epoch.major >= 2 || version.empty()) return epoch;
  const Epoch other = epoch_of_version(version);
  if (other.major >= 2) return epoch;
  return epoch.before(other.major, other.minor, other.patch) ? epoch : other;
}

WeightPlan plan_tree(const Model& model, const TreeSource& tree, const Epoch& epoch,
                     const LoadWeightsOptions& options, const std::string& path) {
  WeightPlan plan = read_tree(model, tree, options, path);
  plan.add(plan_tree_optimizers(model, tree, epoch, options.report));
  return plan;
}

WeightPlan plan_weights(const Model& model, const std::string& path,
                        const LoadWeightsOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) refuse_folder(path);
  const io::SourcePtr source = io::open_file(path);
  if (zip::Reader::looks_like_zip(*source)) {
    const auto archive = zip::Reader::open(source);
    return plan_tree(model, archive_weights(archive, path), archive_epoch(archive), options, path);
  }
  if (hdf5::File::looks_like_hdf5(*source)) {
    const hdf5::Group root = hdf5::File::open(source).root();
    if (const auto layers = find_layer_weights(root))
      return LayerWeights(model, *layers, weights_epoch(model, root), false, options, path).plan();
    return plan_tree(model, root, epoch_of(root), options, path);
  }
  if (looks_like_json(*source)) {
    const Config json = read_json(*source);
    check<IOError>(json.find("weight_map"), "The file ", path,
                   " holds a config, not weights: load it with load_model.");
    return plan_tree(model, open_sharded(json, path), Epoch{}, options, path);
  }
  refuse_bytes(*source);
}

}  // namespace

void load_weights(const Model& model, const std::string& path, const LoadWeightsOptions& options) {
  check(model.built(),
        "You are loading weights into a model that has not yet been built. Try building the model "
        "first by calling it on some data or by using `build()`.");
  plan_weights(model, path, options).apply(false);
}

void save_weights(const Model& model, const std::string& path, const SaveWeightsOptions& options) {
  if (options.max_shard_size) {
    check(path.ends_with("weights.h5") || path.ends_with("weights.json"),
          "The filename must end in `.weights.json` when `max_shard_size` is specified. Received: "
          "filepath=",
          path);
    check(*options.max_shard_size > 0,
          "`max_shard_size` must be positive. Received: ", *options.max_shard_size);
  } else {
    check(path.ends_with(".weights.h5"),
          "The filename must end in `.weights.h5`. Received: filepath=", path);
  }
  require_built(model);
  require_overwrite(path, options.overwrite);
  if (options.max_shard_size) {
    write_sharded(model, path, *options.max_shard_size);
    return;
  }
  hdf5::FileWriter file;
  write_tree(model, file.root(), true);  // as Keras: with the optimizer of a compiled model
  io::AtomicFile out(path);
  file.write_to(out);
  out.commit();
}

void save_weights(const Model& model, const std::string& path, bool overwrite) {
  save_weights(model, path, SaveWeightsOptions{.overwrite = overwrite});
}

}  // namespace kcpp
