#include "src/saving/legacy/told_by_weights.h"

#include <algorithm>
#include <array>

#include "src/saving/legacy/upgrade_rules.h"
#include "src/saving/nested_models.h"

namespace kcpp::saving {
namespace {

constexpr int deepest = 400;

/// Activations whose shape is learned: Keras 1 did not write which axes share it.
constexpr std::array<std::string_view, 3> learned = {"PReLU", "SReLU", "ParametricSoftplus"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool writes_no_rms_scaling(const Epoch& epoch) { return !epoch.before(3) && epoch.before(3, 4); }

class Completion {
 public:
  Completion(const Epoch& epoch, const StoredOf& stored, LoadReport* report)
      : epoch_(epoch), stored_(stored), report_(report) {}

  void look(const Layer& layer, Config& entry) {
    Config* config = entry.find("config");
    const Config* name = entry.find("class_name");
    if (!config || !config->is_dict() || !name || !name->is_string()) return;
    const StoredWeights stored = stored_(*layer);
    const std::string& class_name = name->as_string();
    if (writes_no_rms_scaling(epoch_) && class_name == "LayerNormalization")
      scale_only(layer, *config, stored);
    if (!epoch_.before(2)) return;
    if (is_one_of(learned, class_name)) share_axes(layer, *config, stored);
    if (Config* format = config->find("data_format"))
      (lacks_ordering(class_name) ? guessed_ : told_).push_back(format);
    // Of another size, behind a layer that took the wrong axes.
    const auto size = [](const auto& weights) {
      int64_t sum = 0;
      for (const auto& w : weights) sum += w.shape().size();
      return sum;
    };
    misfits_ |= !stored.empty() && !is_one_of(learned, class_name) &&
                size(stored) != size(layer->weights());
  }

  /// The ordering of padding, cropping and upsampling, where no other layer of the model has one.
  void order_axes() {
    if (!misfits_ || guessed_.empty() || !told_.empty()) return;
    const bool last = *guessed_[0] == Config("channels_last");
    const Config other = last ? "channels_first" : "channels_last";
    for (Config* format : guessed_) *format = other;
    note("The file does not tell the `dim_ordering` of its layers; their weights fit ",
         last ? "\"th\"." : "\"tf\".");
  }

 private:
  template <class... Parts>
  void note(const Parts&... parts) {
    if (report_) report_->notes.push_back(text(parts...));
  }

  /// With rms_scaling there is a scale, whatever `scale` says, and never a centre.
  void scale_only(const Layer& layer, Config& config, const StoredWeights& stored) {
    if (config.find("rms_scaling") || stored.size() != 1) return;
    const auto is_set = [&](const char* key) {
      const Config* value = config.find(key);
      return !value || *value == Config(true);
    };
    const bool named_gamma = !is_set("scale") && base_name(stored[0].name()) == "gamma";
    if (is_set("center") != is_set("scale") && !named_gamma) return;
    config.set("rms_scaling", true);
    note("[Layer '", layer.name(), "'] `rms_scaling` is not in the file; its one array tells it.");
  }

  void share_axes(const Layer& layer, Config& config, const StoredWeights& stored) {
    const Variables weights = layer->weights();
    if (config.find("shared_axes") || stored.empty() || weights.empty()) return;
    const Shape& has = stored[0].shape();
    const Shape& expected = weights[0].shape();
    if (has.rank() != expected.rank()) return;
    Config axes = Config::list();
    for (int i = 0; i < has.rank(); ++i)
      if (has[i] != expected[i] && has[i] == 1) axes.push_back(i + 1);
    if (axes.size() == 0) return;
    note("[Layer '", layer.name(), "'] `shared_axes` is not in the file; its arrays tell ", axes,
         ".");
    config.set("shared_axes", std::move(axes));
  }

  const Epoch& epoch_;
  const StoredOf& stored_;
  LoadReport* report_;
  std::vector<Config*> guessed_, told_;  ///< data formats
  bool misfits_ = false;
};

}  // namespace

bool may_lack_options(const Config& model, const Epoch& epoch) {
  if (!epoch.before(2) && !writes_no_rms_scaling(epoch)) return false;
  const std::function<bool(const Config&, int)> any = [&](const Config& c, int depth) {
    if (depth > deepest) return false;
    const auto below = [&](const Config& item) { return any(item, depth + 1); };
    if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), below);
    if (!c.is_dict()) return false;
    if (const Config* name = c.find("class_name"); name && name->is_string()) {
      const std::string& text = name->as_string();
      if (epoch.before(2) ? is_one_of(learned, text) || lacks_ordering(text)
                          : text == "LayerNormalization")
        return true;
    }
    return std::any_of(c.as_dict().begin(), c.as_dict().end(),
                       [&](const auto& item) { return below(item.second); });
  };
  return any(model, 0);
}

void take_told_options(const Model& model, Config& config, const Epoch& epoch,
                       const StoredOf& stored, LoadReport* report) {
  Completion completion(epoch, stored, report);
  for_each_layer(model, config,
                 [&](const Layer& layer, Config& entry) { completion.look(layer, entry); });
  completion.order_axes();
}

}  // namespace kcpp::saving
