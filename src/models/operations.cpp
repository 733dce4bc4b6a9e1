#include "src/models/operations.h"

#include "src/ops/deferred.h"
#include "src/ops/op_table.h"

namespace kcpp {

bool has_operation(std::string_view class_name) { return ops::find_op(class_name) != nullptr; }

Config serialize_operation(const symbolic::Call& call) {
  const std::string class_name = call.operation->operation_class();
  Config config = Config::dict({{"name", call.operation->operation_name()}});
  if (const Config* own = call.arguments.find("config"); own && own->is_dict()) {
    for (const auto& [key, value] : own->as_dict()) config.set(key, value);
  }
  return Config::dict({{"module", ops::op_module(class_name)},
                       {"class_name", class_name},
                       {"config", std::move(config)},
                       {"registered_name", class_name}});
}

Tensors call_operation(const Config& operation, const Config& arguments, const Tensors& inputs) {
  Config all = arguments;
  Config config = operation.find("config") ? operation.at("config") : Config::dict();
  config.erase("name");
  all.set("config", std::move(config));
  const std::string& class_name = operation.at("class_name").as_string("class_name");
  return ops::make_op(class_name, all)(ops::with_known_sizes(inputs));
}

}  // namespace kcpp
