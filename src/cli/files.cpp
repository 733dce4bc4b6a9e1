#include "src/cli/files.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "kcpp/data_files.h"
#include "kcpp/saving.h"

namespace kcpp::cli {

Model open_model(const Arguments& a, bool compile) {
  LoadReport report;
  Model model = load_model(a.model, {.compile = compile, .report = &report, .weights = a.weights});
  std::cerr << report.to_string();
  return model;
}

bool is_architecture(const std::string& path) {
  std::ifstream in(path);
  char first = 0;
  return in >> first && first == '{';
}

Data open_arrays(const std::string& path, const std::vector<std::string>& names,
                 const std::vector<std::string>& keys) {
  std::ifstream in(path, std::ios::binary);
  char magic[6] = {};
  if (in.read(magic, sizeof(magic)) && std::memcmp(magic, "\x93NUMPY", sizeof(magic)) == 0)
    return Data(load_npy(path));
  const NamedTensors arrays = load_npz(path);
  const auto has_all = [&](const std::vector<std::string>& wanted) {
    return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(),
                                          [&](const std::string& n) { return arrays.contains(n); });
  };
  Tensors out;
  if (has_all(keys)) {
    for (const std::string& key : keys) out.push_back(arrays[key]);
  } else if (has_all(names)) {
    for (const std::string& name : names) out.push_back(arrays[name]);
  } else {
    for (size_t i = 0; arrays.contains("arr_" + std::to_string(i)); ++i)
      out.push_back(arrays["arr_" + std::to_string(i)]);
    if (out.empty() && arrays.size() == 1) out.push_back(arrays.begin()->second);
    check(!out.empty(), "The file ", path, " has neither arrays named ", names,
          " nor arr_0, arr_1 ...");
  }
  return Data(std::move(out));
}

void write_text(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code error;
  // A pipe or a device is written to; a file is replaced.
  const bool replace = !fs::exists(path, error) || fs::is_regular_file(path, error);
  const std::string target = replace ? path + ".kcpp-tmp" : path;
  {
    std::ofstream out(target);
    out << text << "\n";
    out.close();
    if (!out) {
      if (replace) fs::remove(target, error);
      throw IOError(kcpp::text("Cannot write ", path, "."));
    }
  }
  if (!replace) return;
  fs::rename(target, path, error);
  check<IOError>(!error, "Cannot write ", path, ": ", error.message());
}

void require_writable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  check<IOError>(!fs::is_directory(path, error), "Cannot write ", path, ": it is a folder.");
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  check<IOError>(fs::is_directory(folder, error), "Cannot write ", path, ": there is no folder ",
                 folder.string(), ".");
  check<IOError>(access(folder.c_str(), W_OK) == 0, "Cannot write ", path, ": the folder ",
                 folder.string(), " is not writable.");
}

}  // namespace kcpp::cli
