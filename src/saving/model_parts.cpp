#include "src/saving/model_parts.h"

#include <algorithm>
#include <filesystem>

#include "src/saving/containers/json.h"

namespace kcpp::saving {

hdf5::Group archive_weights(const zip::Reader& archive, const std::string& file) {
  for (const char* member : {weights_member, "variables.h5"})
    if (archive.has(member)) return hdf5::File::open(archive.source(member)).root();
  check<IOError>(
      !archive.has("model.weights.npz"), "The file ", file,
      " keeps its weights in model.weights.npz, as pickled Python objects, which nothing "
      "but Python can read. Save it again in Keras with the default weights format.");
  throw IOError(text("The file ", file, " has no member ", weights_member, "."));
}

Epoch archive_epoch(const zip::Reader& archive) {
  Config config, metadata;
  if (archive.has(metadata_member))
    metadata = io::parse_json(archive.read_text(metadata_member), metadata_member);
  if (!metadata.is_dict() || !metadata.find("keras_version"))
    config = io::parse_json(archive.read_text(config_member), config_member);
  return epoch_of(config, metadata.is_dict() ? &metadata : nullptr);
}

bool looks_like_json(const io::ByteSource& source) {
  char head[64];
  const size_t count = static_cast<size_t>(std::min<uint64_t>(sizeof(head), source.size()));
  source.read(0, head, count);
  const auto it = std::find_if(
      head, head + count, [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; });
  return it != head + count && *it == '{';
}

Config read_json(const io::ByteSource& source) {
  constexpr uint64_t longest = uint64_t{512} << 20;
  const auto bytes = io::read_all(source, longest);
  return io::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, source.name());
}

Model as_model(const Layer& layer, const std::string& file) {
  auto impl = std::dynamic_pointer_cast<ModelImpl>(layer.impl());
  check<IOError>(impl != nullptr, "The file ", file, " holds a layer of class ",
                 layer->class_info().name, ", not a model.");
  return Model(std::move(impl));
}

void require_built(const Model& model) {
  check(model.built(), "The model '", model.name(),
        "' cannot be saved because it has not yet been built. "
        "Try building the model first by calling it on some data or by using `build()`.");
}

void require_overwrite(const std::string& path, bool overwrite) {
  std::error_code ignored;
  check<IOError>(overwrite || !std::filesystem::exists(path, ignored), "The file ", path,
                 " exists already, and overwrite is false.");
}

}  // namespace kcpp::saving
