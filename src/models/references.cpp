#include "src/models/references.h"

#include <map>
#include <string_view>

#include "src/ops/op_table.h"

namespace kcpp {

Config reference(size_t input) {
  return Config::dict({{"__tensor_input__", static_cast<int64_t>(input)}});
}

void references_in(const Config& arguments, std::vector<size_t>& out) {
  if (const Config* i = arguments.find("__tensor_input__")) {
    out.push_back(static_cast<size_t>(i->as_int()));
  } else if (arguments.is_list()) {
    for (const Config& item : arguments.as_list()) references_in(item, out);
  } else if (arguments.is_dict()) {
    std::map<std::string_view, const Config*> sorted;
    for (const auto& [key, item] : arguments.as_dict()) sorted.emplace(key, &item);
    for (const auto& [key, item] : sorted) references_in(*item, out);
  }
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
