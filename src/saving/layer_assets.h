/// What layers keep beside config and numbered variables: vocabularies and their weights.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kcpp/models/model.h"
#include "src/saving/containers/zip_writer.h"
#include "src/saving/weight_tree.h"

namespace kcpp::saving {

/// Writes the layers' texts as members "assets/<path of the layer>/<name>".
void write_texts(const Model& model, zip::Writer& archive);
/// Gives the layers their texts; `read` finds a member, or nothing. Only names that follow from the
/// model are asked for, none that stands in the file.
void read_texts(const Model& model,
                const std::function<std::optional<std::string>(const std::string& member)>& read);

/// Writes the layers' named variables below `root`.
void write_named_variables(const Model& model, hdf5::GroupWriter root);
/// Adds the values of a layer's named variables, as far as they are in the group.
void plan_named_variables(const LayerImpl& layer, const TreeSource& tree, const std::string& group,
                          WeightPlan& plan);

}  // namespace kcpp::saving
