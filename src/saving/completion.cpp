#include "src/saving/completion.h"

#include <filesystem>

#include "src/layers/load_scope.h"
#include "src/saving/legacy/layer_weights.h"
#include "src/saving/legacy/told_by_weights.h"
#include "src/saving/load_guard.h"
#include "src/saving/model_parts.h"

namespace kcpp::saving {
namespace {

/// The weights are asked through a model that is made for that alone, where the config has layers
/// of which something may be missing.
void complete(Config& config, const Epoch& epoch, const WeightsFile& file, LoadReport* report,
              const std::function<StoredOf(const Model&)>& weights_of) {
  if (!may_lack_options(config, epoch)) return;
  const LoadScope scope = scope_for(file.name, file.bytes);
  const Model model = as_model(layer_from_config(config), file.name);
  take_told_options(model, config, epoch, weights_of(model), report);
}

}  // namespace

void complete_by_tree(Config& config, const Epoch& epoch, const TreeSource& tree,
                      const WeightsFile& file, LoadReport* report) {
  complete(config, epoch, file, report, [&](const Model& model) -> StoredOf {
    return [all = stored_of_layers(model, tree)](const LayerImpl& layer) {
      const auto it = all.find(&layer);
      return it == all.end() ? StoredWeights() : it->second;
    };
  });
}

void complete_by_layers(Config& config, const Epoch& epoch, const hdf5::Group& group,
                        const WeightsFile& file, LoadReport* report) {
  complete(config, epoch, file, report, [&](const Model&) -> StoredOf {
    return [group](const LayerImpl& layer) { return stored_of_layer(group, layer.name()); };
  });
}

void complete_by_file(Config& config, const Epoch& epoch, const std::string& path,
                      LoadReport* report) {
  std::error_code ignored;
  if (!may_lack_options(config, epoch) || !std::filesystem::is_regular_file(path, ignored)) return;
  const io::SourcePtr source = io::open_file(path);
  const WeightsFile file{path, source->size()};
  if (zip::Reader::looks_like_zip(*source)) {
    const hdf5::Group root = archive_weights(zip::Reader::open(source), path);
    complete_by_tree(config, epoch, root, file, report);
  } else if (hdf5::File::looks_like_hdf5(*source)) {
    const hdf5::Group root = hdf5::File::open(source).root();
    if (const auto layers = find_layer_weights(root))
      complete_by_layers(config, epoch, *layers, file, report);
    else
      complete_by_tree(config, epoch, root, file, report);
  }
}

}  // namespace kcpp::saving
