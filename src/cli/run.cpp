/// predict, evaluate, fit: a model on arrays of files.
#include <iostream>

#include "kcpp/data_files.h"
#include "kcpp/saving.h"
#include "src/cli/files.h"

namespace kcpp::cli {
namespace {

Config list_of(const std::vector<double>& figures) {
  Config out = Config::list();
  for (double v : figures) out.push_back(v);
  return out;
}

Config to_config(const Logs& logs) {
  Config out = Config::dict();
  for (const auto& [name, value] : logs) {
    const std::vector<double> figures = logs.figures(name);
    out.set(name, figures.empty() ? Config(value) : list_of(figures));
  }
  return out;
}

/// Keras's History.history: a figure an epoch, or a list of them for a metric that has several.
Config to_config(const History& history) {
  Config out = Config::dict();
  for (const auto& [name, values] : history.history) out.set(name, list_of(values));
  for (const auto& [name, epochs] : history.figures) {
    Config list = Config::list();
    for (const std::vector<double>& figures : epochs) list.push_back(list_of(figures));
    out.set(name, std::move(list));
  }
  return out;
}

Data optional_arrays(const std::string& path, const std::vector<std::string>& names) {
  return path.empty() ? Data() : open_arrays(path, names);
}

void require_compiled(const Model& model, const Arguments& a) {
  check(model.compiled(), "The model in ", a.model,
        " was saved without a compile config that can be used: it has no loss. "
        "Compile it before saving.");
}

}  // namespace

void predict(const Arguments& a) {
  const Model model = open_model(a, false);
  const Tensors outputs =
      model.predict_all(open_arrays(a.input, model.input_names()), {.batch_size = a.batch_size});
  NamedTensors named;
  for (size_t i = 0; i < outputs.size(); ++i) named.set("arr_" + std::to_string(i), outputs[i]);
  save_npz(a.output, named);
}

void evaluate(const Arguments& a) {
  const Model model = open_model(a, true);
  require_compiled(model, a);
  const Logs logs = model.evaluate(
      open_arrays(a.input, model.input_names()), open_arrays(a.target, model.output_names()),
      {.batch_size = a.batch_size,
       .verbose = "0",
       .sample_weight = optional_arrays(a.sample_weight, model.output_names())});
  const std::string json = to_config(logs).to_json();
  if (a.json.empty()) {
    std::cout << json << "\n";
  } else {
    write_text(a.json, json);
  }
}

void fit(const Arguments& a) {
  const Model model = open_model(a, true);
  require_compiled(model, a);
  FitOptions options;
  options.batch_size = a.batch_size;
  options.epochs = a.epochs;
  options.validation_split = a.validation_split;
  options.shuffle = !a.no_shuffle;
  options.sample_weight = optional_arrays(a.sample_weight, model.output_names());
  const History history = model.fit(open_arrays(a.input, model.input_names()),
                                    open_arrays(a.target, model.output_names()), options);
  model.save(a.save);
  if (!a.history.empty()) write_text(a.history, to_config(history).to_json());
}

}  // namespace kcpp::cli
