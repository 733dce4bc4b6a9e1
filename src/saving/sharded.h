/// Weights in several files: `m.weights.json` says which of `m_00000.weights.h5`,
/// `m_00001.weights.h5`
/// ... has which variables (keras.src.saving.saving_lib.ShardedH5IOStore).
#pragma once

#include "src/saving/containers/byte_source.h"
#include "src/saving/weight_tree.h"

namespace kcpp::saving {

/// Writes a model's tree in files of at most `max_shard_size` GB each. All appear at the end, the
/// JSON last. Throws ValueError for a variable that is larger than that.
void write_sharded(const Model& model, const std::string& path, double max_shard_size);

/// The shards of a JSON file, all opened. They stand beside it, under its name: other names in it
/// are refused.
TreeSource open_sharded(const Config& json, const std::string& path);

}  // namespace kcpp::saving
