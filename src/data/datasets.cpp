#include "kcpp/datasets.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "kcpp/data_files.h"

namespace kcpp::datasets {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Where a data set may lie.
std::vector<fs::path> places(const std::string& given, const std::string& name) {
  if (!given.empty()) return {given};
  std::vector<fs::path> out;
  if (const std::string folder = environment("KCPP_DATASETS"); !folder.empty()) {
    out.push_back(fs::path(folder) / name);
    out.emplace_back(folder);
  }
  out.push_back(fs::path("/usr/share/datasets") / name);
  if (const std::string home = environment("HOME"); !home.empty()) {
    out.push_back(fs::path(home) / ".keras/datasets" / name);
    if (name == "mnist") out.push_back(fs::path(home) / ".keras/datasets/mnist.npz");
  }
  return out;
}

/// One of the names under which an IDX file is handed round.
std::optional<fs::path> find_idx(const fs::path& folder, const std::string& part,
                                 const std::string& kind) {
  for (const char* joint : {"-", "."}) {
    for (const char* suffix : {".gz", ""}) {
      const fs::path file = folder / (part + "-" + (kind == "3" ? "images" : "labels") + joint +
                                      "idx" + kind + "-ubyte" + suffix);
      std::error_code ignored;
      if (fs::is_regular_file(file, ignored)) return file;
    }
  }
  return {};
}

void check_pair(const LabelledData& data, const std::string& where) {
  const bool good = data.x.dtype() == DType::uint8 && data.x.rank() == 3 &&
                    data.y.dtype() == DType::uint8 && data.y.rank() == 1 &&
                    data.x.dim(0) == data.y.dim(0);
  check<IOError>(
      good, "The data in '", where,
      "' are damaged: expected uint8 images (n, height, width) and labels (n,). Received: shapes ",
      data.x.shape(), " and ", data.y.shape());
}

std::optional<TrainTest> load_folder(const fs::path& folder) {
  const auto train_x = find_idx(folder, "train", "3"), train_y = find_idx(folder, "train", "1");
  const auto test_x = find_idx(folder, "t10k", "3"), test_y = find_idx(folder, "t10k", "1");
  if (!train_x || !train_y || !test_x || !test_y) return {};
  return TrainTest{{load_idx(train_x->string()), load_idx(train_y->string())},
                   {load_idx(test_x->string()), load_idx(test_y->string())}};
}

/// Keras's mnist.npz.
std::optional<TrainTest> load_archive(const fs::path& file) {
  std::error_code ignored;
  if (file.extension() != ".npz" || !fs::is_regular_file(file, ignored)) return {};
  const NamedTensors arrays = load_npz(file.string());
  return TrainTest{{arrays["x_train"], arrays["y_train"]}, {arrays["x_test"], arrays["y_test"]}};
}

TrainTest load(const std::string& path, const std::string& name, const std::string& how_to_get) {
  std::string looked;
  for (const fs::path& place : places(path, name)) {
    auto found = load_folder(place);
    if (!found) found = load_archive(place);
    if (!found) found = load_archive(place / (name + ".npz"));
    if (found) {
      check_pair(found->train, place.string());
      check_pair(found->test, place.string());
      return *found;
    }
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw IOError(text("[datasets.", name == "mnist" ? "mnist" : "fashion_mnist",
                     "] The files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
                     "t10k-images-idx3-ubyte.gz and "
                     "t10k-labels-idx1-ubyte.gz were not found in: ",
                     looked, ". ", how_to_get,
                     " Or put them into a folder and pass it to load_data(), or name it in the "
                     "environment variable "
                     "KCPP_DATASETS."));
}

}  // namespace

namespace fashion_mnist {
TrainTest load_data(const std::string& path) {
  return load(path, "fashion-mnist",
              "On Debian and Ubuntu, `sudo apt-get install dataset-fashion-mnist` installs them; "
              "elsewhere they are at "
              "https://github.com/zalandoresearch/fashion-mnist.");
}
}  // namespace fashion_mnist

namespace mnist {
TrainTest load_data(const std::string& path) {
  return load(path, "mnist",
              "They are at https://storage.googleapis.com/cvdf-datasets/mnist/; Keras's mnist.npz "
              "serves too.");
}
}  // namespace mnist

}  // namespace kcpp::datasets
