#include "src/saving/refusals.h"

#include <algorithm>
#include <filesystem>

namespace kcpp::saving {

void refuse_folder(const std::string& path) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::path(path) / name, ignored);
  };
  if (has("saved_model.pb") || has("keras_metadata.pb"))
    throw IOError(
        text("The folder ", path,
             " is a TensorFlow SavedModel, which only TensorFlow can read. In Python, save "
             "the model as `.keras`: model.save(\"model.keras\")."));
  if (has("checkpoint") || has("_CHECKPOINT_METADATA") || has("_METADATA"))
    throw IOError(
        text("The folder ", path,
             " is a checkpoint of TensorFlow or Orbax, not a file of Keras. In Python, load "
             "it and save the model as `.keras`, or its weights as `.weights.h5`."));
  throw IOError(text("Cannot open '", path, "': it is a directory."));
}

void refuse_bytes(const io::ByteSource& source) {
  char head[8] = {};
  source.read(0, head, static_cast<size_t>(std::min<uint64_t>(sizeof(head), source.size())));
  const std::string_view start(head, sizeof(head));
  const auto refuse = [&](const char* what) {
    throw IOError(text("The file ", source.name(), " is ", what));
  };
  if (source.size() == 0) refuse("empty.");
  if (start[0] == '\x80' && start[1] >= 2 && start[1] <= 5)
    refuse(
        "a Python pickle, which would run whatever program it holds. In Python, save the model as "
        "`.keras`.");
  if (start.substr(1, 5) == "NUMPY")
    refuse("a NumPy array, not a model. Build the model and set its weights.");
  if (start.substr(4, 4) == "TFL3")
    refuse("a TensorFlow Lite model, which cannot be trained. Load the Keras file it was made of.");
  if (start.starts_with("version ")) refuse("a pointer of Git LFS: fetch the file itself first.");
  if (start.starts_with("class_na") || start.starts_with("backend:"))
    refuse("YAML of an old Keras, which is not read. In Python, save the model as `.keras`.");
  refuse("no model that kcpp can read: neither a .keras archive, nor HDF5, nor JSON.");
  std::abort();
}

}  // namespace kcpp::saving
