#include "src/saving/legacy/optimizer_slots.h"

#include <algorithm>
#include <array>

#include "src/saving/legacy/stored_weight.h"

namespace kcpp::saving {
namespace {

/// What tf.keras calls a kind of slot of a class.
struct SlotName {
  std::string_view class_name, kind, name;
};
constexpr std::array slot_names = {
    SlotName{"SGD", "momentum", "momentum"},
    SlotName{"RMSprop", "velocity", "rms"},
    SlotName{"RMSprop", "momentum", "momentum"},
    SlotName{"RMSprop", "average_gradient", "mg"},
    SlotName{"Adam", "momentum", "m"},
    SlotName{"Adam", "velocity", "v"},
    SlotName{"Adam", "velocity_hat", "vhat"},
    SlotName{"Nadam", "momentum", "m"},
    SlotName{"Nadam", "velocity", "v"},
    SlotName{"Adamax", "momentum", "m"},
    SlotName{"Adamax", "norm", "v"},
    SlotName{"Adagrad", "accumulator", "accumulator"},
    SlotName{"Adadelta", "accumulated_grad", "accum_grad"},
    SlotName{"Adadelta", "accumulated_delta_var", "accum_var"},
    SlotName{"Ftrl", "accumulator", "accumulator"},
    SlotName{"Ftrl", "linear", "linear"},
};

}  // namespace

std::vector<SlotGroup> slot_groups(const std::string& class_name) {
  if (class_name == "SGD") return {{"momentum"}};
  if (class_name == "RMSprop") return {{"velocity"}, {"momentum"}, {"average_gradient"}};
  if (class_name == "Adam" || class_name == "AdamW")
    return {{"momentum", "velocity"}, {"velocity_hat"}};
  if (class_name == "Nadam") return {{"momentum", "velocity"}};
  if (class_name == "Adamax") return {{"momentum", "norm"}};
  if (class_name == "Adagrad") return {{"accumulator"}};
  if (class_name == "Adadelta") return {{"accumulated_grad", "accumulated_delta_var"}};
  if (class_name == "Ftrl") return {{"accumulator", "linear"}};
  return {};
}

OptimizerSlots::OptimizerSlots(OptimizerImpl& optimizer)
    : class_name(optimizer.class_info().name), variables(optimizer.variables()) {
  const Config config = optimizer.get_config();
  if (const Config* inner = config.find("inner_optimizer"); inner && inner->is_dict()) {
    class_name = inner->at("class_name").as_string();
    for (size_t i = 1; i < variables.size(); ++i) {
      if (base_name(variables[i].path()) != "iteration") continue;
      variables.erase(variables.begin(), variables.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  // By the ends of the slots' names: "dense_kernel_momentum".
  const Variables& trained = optimizer.trainable_variables();
  std::map<std::string, Variable> by_name;
  for (const Variable& v : variables) by_name.emplace(base_name(v.path()), v);
  for (size_t i = 0; i < trained.size(); ++i) {
    std::string path = trained[i].path();
    std::replace(path.begin(), path.end(), '/', '_');
    for (const char* kind :
         {"momentum", "velocity", "velocity_hat", "average_gradient", "accumulator", "norm",
          "accumulated_grad", "accumulated_delta_var", "linear", "average"}) {
      const auto it = by_name.find(path + "_" + kind);
      if (it == by_name.end()) continue;
      Variables& of_kind = slots[kind];
      of_kind.resize(trained.size());
      of_kind[i] = it->second;
    }
  }
}

std::vector<std::pair<std::string, Variable>> tf_optimizer_weights(OptimizerImpl& optimizer) {
  const OptimizerSlots state(optimizer);
  const std::string& optimizer_name = state.class_name;
  const bool wrapped = optimizer_name != optimizer.class_info().name;
  if (wrapped || state.variables.empty()) return {};
  std::vector<std::pair<std::string, Variable>> out{
      {optimizer_name + "/iter:0", state.variables[0]}};
  // The product of momentums is Nadam's last variable in Keras 3.
  if (optimizer_name == "Nadam")
    out.emplace_back(optimizer_name + "/momentum_cache:0", state.variables.back());
  const Variables& trained = optimizer.trainable_variables();
  const auto add = [&](const SlotName& slot, size_t i) {
    const auto it = state.slots.find(std::string(slot.kind));
    if (it == state.slots.end() || !it->second[i].defined()) return;
    out.emplace_back(text(optimizer_name, "/", trained[i].path(), "/", slot.name, ":0"),
                     it->second[i]);
  };
  std::vector<SlotName> kinds;
  for (const SlotName& slot : slot_names)
    if (slot.class_name == optimizer_name) kinds.push_back(slot);
  if (optimizer_name == "Ftrl") {  // the two of a variable together
    for (size_t i = 0; i < trained.size(); ++i)
      for (const SlotName& slot : kinds) add(slot, i);
  } else {
    for (const SlotName& slot : kinds)
      for (size_t i = 0; i < trained.size(); ++i) add(slot, i);
  }
  // All of the state but the learning rate: there are no averages of weights or of gradients.
  size_t kept = 0;
  for (const Variable& v : state.variables) kept += base_name(v.path()) != "learning_rate";
  return !kinds.empty() && out.size() == kept ? out : decltype(out){};
}

}  // namespace kcpp::saving
