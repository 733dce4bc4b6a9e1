/// predict, evaluate, fit: a model on arrays of files.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "kcpp/data_files.h"
#include "kcpp/ops/math.h"
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

/// Random weights predict nothing.
void require_weights(const Arguments& a) {
  check(!a.weights.empty() || !is_architecture(a.model), "The file ", a.model,
        " has no weights, it is an architecture only. Give the file with its weights by "
        "--weights.");
}

/// What an error of running the model is about.
std::string files_of(const Arguments& a) {
  return text(a.model, " on ", a.input, a.target.empty() ? "" : " and ", a.target);
}

/// A loss that is no number is said, not hidden.
void report_nan(const History& history) {
  for (const auto& [name, values] : history.history) {
    if (name != "loss" && name != "val_loss") continue;
    const auto bad =
        std::find_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); });
    if (bad != values.end()) {
      std::cerr << "kcpp: warning: " << name << " is " << text(*bad) << " since epoch "
                << bad - values.begin() + 1 << "\n";
    }
  }
}

Data weights_of(const std::string& path, const Model& model) {
  return path.empty() ? Data() : open_arrays(path, model.output_names(), model.output_keys());
}

void require_compiled(const Model& model, const Arguments& a) {
  check(model.compiled(), "The model in ", a.model,
        " was saved without a compile config that can be used: it has no loss. "
        "Compile it before saving.");
}

}  // namespace

void predict(const Arguments& a) {
  require_weights(a);
  require_writable(a.output);
  const Model model = open_model(a, false);
  const Data inputs = open_arrays(a.input, model.input_names(), model.input_keys());
  const Tensors outputs =
      about(files_of(a), [&] { return model.predict_all(inputs, {.batch_size = a.batch_size}); });
  NamedTensors named;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& y = outputs[i];  // NumPy has no bfloat16: readers would get raw bytes
    named.set("arr_" + std::to_string(i),
              y.dtype() == DType::bfloat16 ? ops::cast(y, DType::float32) : y);
  }
  save_npz(a.output, named);
}

void evaluate(const Arguments& a) {
  require_weights(a);
  if (!a.json.empty()) require_writable(a.json);
  const Model model = open_model(a, true);
  require_compiled(model, a);
  const Data inputs = open_arrays(a.input, model.input_names(), model.input_keys());
  const Data targets = open_arrays(a.target, model.output_names(), model.output_keys());
  const Data weights = weights_of(a.sample_weight, model);
  const Logs logs = about(files_of(a), [&] {
    return model.evaluate(inputs, targets,
                          {.batch_size = a.batch_size, .verbose = "0", .sample_weight = weights});
  });
  const std::string json = to_config(logs).to_json();
  if (a.json.empty()) {
    std::cout << json << "\n";
  } else {
    write_text(a.json, json);
  }
}

void fit(const Arguments& a) {
  // What would fail after the training fails before it.
  const std::string_view save = a.save;
  check(save.ends_with(".keras") || save.ends_with(".h5") || save.ends_with(".hdf5"),
        "The model is saved as .keras or .h5. Received: --save ", a.save);
  require_writable(a.save);
  if (!a.history.empty()) require_writable(a.history);
  const Model model = open_model(a, true);
  require_compiled(model, a);
  const Data inputs = open_arrays(a.input, model.input_names(), model.input_keys());
  const Data targets = open_arrays(a.target, model.output_names(), model.output_keys());
  FitOptions options;
  options.batch_size = a.batch_size;
  options.epochs = a.epochs;
  options.validation_split = a.validation_split;
  options.shuffle = !a.no_shuffle;
  options.sample_weight = weights_of(a.sample_weight, model);
  const History history = about(files_of(a), [&] { return model.fit(inputs, targets, options); });
  report_nan(history);
  model.save(a.save);
  if (!a.history.empty()) write_text(a.history, to_config(history).to_json());
}

}  // namespace kcpp::cli
