#include "src/saving/metric_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "kcpp/core/custom_objects.h"
#include "kcpp/core/error.h"
#include "kcpp/core/object.h"
#include "kcpp/core/symbolic.h"

namespace kcpp::saving {

bool is_metric_name(const std::string& name) {
  static constexpr std::array short_names = {"bce", "BCE",  "mse",  "MSE",  "mae",
                                             "MAE", "mape", "MAPE", "msle", "MSLE"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "accuracy" || lower == "acc") return true;
  if (std::find(short_names.begin(), short_names.end(), name) != short_names.end()) return true;
  if (CustomObjects::find_loss(name) || find_registered(ObjectKind::metric, name)) return true;
  const auto classes = factories(ObjectKind::metric);
  return std::any_of(classes.begin(), classes.end(), [&](const Factory& f) {
    return name == f.name || name == symbolic::snake_case(f.name);
  });
}

namespace {

constexpr std::array sections = {"metrics", "weighted_metrics"};

/// What stands for metrics: a name, a class, or lists and dicts of them.
void check_names(const Config& metrics) {
  if (metrics.is_string())
    check(is_metric_name(metrics.as_string()),
          "Could not interpret metric identifier: ", metrics.as_string());
  if (metrics.is_list())
    for (const Config& item : metrics.as_list()) check_names(item);
  if (metrics.is_dict() && !metrics.find("class_name"))
    for (const auto& [output, item] : metrics.as_dict()) check_names(item);
}

Config crossentropy(const std::string& name, const std::string& loss, bool one_unit) {
  const auto mentions = [&](const char* word) { return loss.find(word) != std::string::npos; };
  const bool binary = one_unit || mentions("binary") || mentions("Binary"),
             sparse = mentions("sparse") || mentions("Sparse");
  return Config::dict({{"class_name", binary   ? "BinaryCrossentropy"
                                      : sparse ? "SparseCategoricalCrossentropy"
                                               : "CategoricalCrossentropy"},
                       {"config", Config::dict({{"name", name}})}});
}

/// `loss`: that of the outputs that the metrics are for.
void resolve(Config& metrics, const Config& loss, bool one_unit) {
  const bool named = loss.is_dict() && !loss.find("class_name");
  if (metrics == Config("crossentropy") || metrics == Config("ce")) {
    metrics = crossentropy(metrics.as_string(), loss.to_json(), one_unit);
  } else if (metrics.is_list()) {
    const bool by_output = loss.is_list() && loss.size() == metrics.size();
    for (size_t i = 0; i < metrics.size(); ++i)
      resolve(metrics.as_list()[i], by_output ? loss.as_list()[i] : loss, one_unit);
  } else if (metrics.is_dict() && !metrics.find("class_name")) {
    for (auto& [output, item] : metrics.as_dict()) {
      const Config* own = named ? loss.find(output) : nullptr;
      resolve(item, own ? *own : loss, one_unit);
    }
  }
}

}  // namespace

void check_metric_names(const Config& compile) {
  for (const char* section : sections)
    if (const Config* metrics = compile.find(section)) check_names(*metrics);
}

Config with_crossentropy_classes(Config compile, const Model& model) {
  const Tensors outputs = model.built() ? model.outputs() : Tensors{};
  const bool one_unit =
      outputs.size() == 1 && outputs[0].rank() > 0 && outputs[0].shape().back() == 1;
  const Config* loss = compile.find("loss");
  const Config losses = loss ? *loss : Config();
  for (const char* section : sections)
    if (Config* metrics = compile.find(section)) resolve(*metrics, losses, one_unit);
  return compile;
}

}  // namespace kcpp::saving
