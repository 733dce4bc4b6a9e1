#include "src/models/references.h"

#include <map>
#include <string_view>

#include "src/ops/op_table.h"

namespace kcpp {

Config reference(size_t input) {
  return Config::dict({{"__tensor_input__", static_cast<int64_t>(input)}});
}

namespace {

/// Calls visit(reference) for each in Keras's order: a dict by the order of its keys.
template <class C, class Visit>
void visit_references(C& arguments, const Visit& visit) {
  if (arguments.find("__tensor_input__")) {
    visit(arguments);
  } else if (arguments.is_list()) {
    for (auto& item : arguments.as_list()) visit_references(item, visit);
  } else if (arguments.is_dict()) {
    std::map<std::string_view, C*> sorted;
    for (auto& [key, item] : arguments.as_dict()) sorted.emplace(key, &item);
    for (const auto& [key, item] : sorted) visit_references(*item, visit);
  }
}

}  // namespace

void references_in(const Config& arguments, std::vector<size_t>& out) {
  visit_references(arguments, [&](const Config& reference) {
    out.push_back(static_cast<size_t>(reference.at("__tensor_input__").as_int()));
  });
}

Config input_structure(const Config& argument) {
  if (!argument.is_dict() || argument.find("__tensor_input__")) return {};
  Config structure = argument;
  int64_t place = 0;
  visit_references(structure, [&](Config& reference) { reference = place++; });
  return structure;
}

Config written_arguments(const symbolic::Call& call) {
  const Config* written = call.arguments.find("written");
  return written ? *written : ops::call_arguments(call);
}

Tensors flattened_inputs(const symbolic::Call& call) {
  if (call.inputs.size() < 2) return call.inputs;
  const Config arguments = written_arguments(call);
  std::vector<size_t> order;
  for (const char* part : {"args", "kwargs"}) references_in(arguments.at(part), order);
  Tensors out;
  std::vector<bool> seen(call.inputs.size());
  for (size_t i : order) {
    out.push_back(call.inputs.at(i));
    seen[i] = true;
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) out.push_back(call.inputs[i]);
  }
  return out;
}

}  // namespace kcpp
