#include "src/models/operations.h"

namespace kcpp {

bool has_operation(std::string_view) { return false; }

Config serialize_operation(const symbolic::Call& call) {
  const std::string class_name = call.operation->operation_class();
  Config config = Config::dict({{"name", call.operation->operation_name()}});
  if (const Config* own = call.arguments.find("config"); own && own->is_dict()) {
    for (const auto& [key, value] : own->as_dict()) config.set(key, value);
  }
  return Config::dict({{"module", "keras.src.ops.numpy"}, {"class_name", class_name}, {"config", std::move(config)}, {"registered_name", class_name}});
}

Tensors call_operation(const Config& operation, const Config&, const Tensors&) {
  throw ValueError(text("Unknown operation: '", operation.at("class_name").as_string(), "'."));
}

}  // namespace kcpp
