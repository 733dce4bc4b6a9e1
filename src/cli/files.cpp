#include "src/cli/files.h"

#include <algorithm>
#include <fstream>
#include <iostream>

#include "kcpp/data_files.h"
#include "kcpp/saving.h"

namespace kcpp::cli {

Model open_model(const Arguments& a, bool compile) {
  LoadReport report;
  Model model = load_model(a.model, {.compile = compile, .report = &report});
  if (!a.weights.empty()) load_weights(model, a.weights, {.report = &report});
  std::cerr << report.to_string();
  return model;
}

Data open_arrays(const std::string& path, const std::vector<std::string>& names) {
  if (path.size() > 4 && path.compare(path.size() - 4, 4, ".npy") == 0) return Data(load_npy(path));
  const NamedTensors arrays = load_npz(path);
  const bool named =
      !names.empty() && std::all_of(names.begin(), names.end(),
                                    [&](const std::string& n) { return arrays.contains(n); });
  Tensors out;
  if (named) {
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
  std::ofstream out(path);
  out << text << "\n";
  check<IOError>(out.good(), "Cannot write ", path, ".");
}

}  // namespace kcpp::cli
