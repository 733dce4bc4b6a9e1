/// What model_file.cpp and weights_file.cpp share.
#pragma once

#include "kcpp/models/model.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/legacy/epoch.h"

namespace kcpp::saving {

inline constexpr const char* config_member = "config.json";
inline constexpr const char* metadata_member = "metadata.json";
inline constexpr const char* weights_member = "model.weights.h5";

/// The weights of a .keras archive, under today's name or that of Keras 2.11.
hdf5::Group archive_weights(const zip::Reader& archive, const std::string& file);
/// The Keras that wrote a .keras archive, as its metadata say.
Epoch archive_epoch(const zip::Reader& archive);

/// The first byte that is not white space is a brace.
bool looks_like_json(const io::ByteSource& source);
Config read_json(const io::ByteSource& source);

/// The model that a file's config describes.
Model as_model(const Layer& layer, const std::string& file);

void require_built(const Model& model);
void require_overwrite(const std::string& path, bool overwrite);

}  // namespace kcpp::saving
