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

/// What a short name means for an output.
class ShortNames {
 public:
  explicit ShortNames(bool accuracy_too) : accuracy_too_(accuracy_too) {}

  /// `loss`: that of the outputs that the metrics are for; `units`: each output's last axis.
  void resolve(Config& metrics, const Config& loss, const std::vector<int64_t>& units) const {
    const bool named = loss.is_dict() && !loss.find("class_name");
    if (metrics.is_string()) {
      if (const char* kind = kind_of(metrics.as_string()))
        metrics = of_class(kind, metrics.as_string(), loss.to_json(), units);
    } else if (metrics.is_list()) {
      const bool by_output = units.size() > 1 && metrics.size() == units.size();
      for (size_t i = 0; i < metrics.size(); ++i) {
        const bool own_loss = by_output && loss.is_list() && loss.size() == metrics.size();
        resolve(metrics.as_list()[i], own_loss ? loss.as_list()[i] : loss,
                by_output ? std::vector{units[i]} : units);
      }
    } else if (metrics.is_dict() && !metrics.find("class_name")) {
      for (auto& [output, item] : metrics.as_dict()) {
        const Config* own = named ? loss.find(output) : nullptr;
        resolve(item, own ? *own : loss, units);
      }
    }
  }

 private:
  const char* kind_of(const std::string& name) const {
    if (name == "crossentropy" || name == "ce") return "Crossentropy";
    return accuracy_too_ && (name == "accuracy" || name == "acc") ? "Accuracy" : nullptr;
  }
  static Config of_class(const char* kind, const std::string& name, const std::string& loss,
                         const std::vector<int64_t>& units) {
    const auto mentions = [&](const char* word) { return loss.find(word) != std::string::npos; };
    const bool binary =
                   (units.size() == 1 && units[0] == 1) || mentions("binary") || mentions("Binary"),
               sparse = mentions("sparse") || mentions("Sparse");
    const char* family = binary ? "Binary" : sparse ? "SparseCategorical" : "Categorical";
    return Config::dict(
        {{"class_name", std::string(family) + kind}, {"config", Config::dict({{"name", name}})}});
  }
  bool accuracy_too_;
};

}  // namespace

void check_metric_names(const Config& compile) {
  for (const char* section : sections)
    if (const Config* metrics = compile.find(section)) check_names(*metrics);
}

Config with_named_classes(Config compile, const Model& model, bool accuracy_too) {
  std::vector<int64_t> units;
  if (model.built())
    for (const Tensor& output : model.outputs())
      units.push_back(output.rank() > 0 ? output.shape().back() : 0);
  const Config* loss = compile.find("loss");
  const Config losses = loss ? *loss : Config();
  for (const char* section : sections)
    if (Config* metrics = compile.find(section))
      ShortNames(accuracy_too).resolve(*metrics, losses, units);
  return compile;
}

}  // namespace kcpp::saving
