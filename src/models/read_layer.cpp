#include "src/models/read_layer.h"

#include <string>

namespace kcpp {
namespace {

/// The message with the layer's name and class, unless it has the name.
std::string about(const Config& layer, const std::string& message) {
  const Config* config = layer.is_dict() ? layer.find("config") : nullptr;
  const Config* name = config && config->is_dict() ? config->find("name") : nullptr;
  const Config* class_name = layer.is_dict() ? layer.find("class_name") : nullptr;
  if (!name || !name->is_string() || !class_name || !class_name->is_string()) return message;
  const std::string quoted = "'" + name->as_string() + "'";
  if (message.find(quoted) != std::string::npos) return message;
  return "[Layer " + quoted + " of class " + class_name->as_string() + "] " + message;
}

}  // namespace

Layer read_layer(const Config& config) {
  try {
    return layer_from_config(config);
  } catch (const ValueError& e) {
    throw ValueError(about(config, e.what()));
  } catch (const TypeError& e) {
    throw TypeError(about(config, e.what()));
  }
}

}  // namespace kcpp
