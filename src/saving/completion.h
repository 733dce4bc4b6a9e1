/// Completes a config by what the weights tell of it (src/saving/legacy/told_by_weights.h),
/// wherever they lie.
#pragma once

#include <string>

#include "kcpp/saving.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/weight_tree.h"

namespace kcpp::saving {

/// A file's weights, for errors and limits: its name and how many bytes it has.
struct WeightsFile {
  std::string name;
  uint64_t bytes;
};

/// `config`: a model's, upgraded. The weights lie in a tree.
void complete_by_tree(Config& config, const Epoch& epoch, const TreeSource& tree,
                      const WeightsFile& file, LoadReport* report);
/// The weights lie layer by layer below `group`.
void complete_by_layers(Config& config, const Epoch& epoch, const hdf5::Group& group,
                        const WeightsFile& file, LoadReport* report);
/// The weights are a file of their own.
void complete_by_file(Config& config, const Epoch& epoch, const std::string& path,
                      LoadReport* report);

}  // namespace kcpp::saving
