/// The layers that TensorFlow made of functions in a model's graph.
#include <algorithm>
#include <array>

#include "src/saving/legacy/tf_functions.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

constexpr std::array<std::string_view, 6> classes = {"TFOpLambda",       "SlicingOpLambda",
                                                     "ClassMethod",      "InstanceMethod",
                                                     "InstanceProperty", "TensorFlowOpLayer"};

/// The inputs of a graph node: tensors in order, with constants at the places that the layer kept.
Config inputs_of(const Config& config, const Config& node) {
  Config tensors = Config::list();
  for (const Config& argument : node.at("args").as_list()) {
    if (argument.is_list()) {
      for (const Config& item : argument.as_list()) tensors.push_back(item);
    } else {
      tensors.push_back(argument);
    }
  }
  const Config* constants = config.find("constants");
  const size_t total = tensors.size() + (constants ? constants->size() : 0);
  Config out = Config::list();
  size_t next = 0;
  for (size_t i = 0; i < total; ++i) {
    if (const Config* value = constants ? constants->find(std::to_string(i)) : nullptr) {
      out.push_back(*value);
    } else {
      check(next < tensors.size(), "The constants of a TensorFlowOpLayer stand at wrong places.");
      out.push_back(tensors.as_list()[next++]);
    }
  }
  return out;
}

/// The `dtype` among the arguments of a call.
Config dtype_in(const Config& c, int depth = 0) {
  if (depth > 6) return {};
  if (c.is_dict()) {
    const Config* dtype = c.find("dtype");
    return dtype ? *dtype : Config();
  }
  if (c.is_list())
    for (const Config& item : c.as_list())
      if (Config found = dtype_in(item, depth + 1); !found.is_null()) return found;
  return {};
}

}  // namespace

bool gives_complex(const Config& entry, bool takes_complex) {
  const Config* config = entry.find("config");
  if (!config) return false;
  if (const Config* node = config->find("node_def")) {
    const TfCall call = function_of_node_def(*node);
    return gives_complex(call.function, call.kwargs.at("dtype"), takes_complex);
  }
  const Config* function = config->find("function");
  const Config* nodes = entry.find("inbound_nodes");
  return function && function->is_string() &&
         gives_complex(function->as_string(), nodes ? dtype_in(*nodes) : Config(), takes_complex);
}

bool is_tf_op_layer(std::string_view class_name) {
  return std::find(classes.begin(), classes.end(), class_name) != classes.end();
}

TfOperations tf_op_to_operations(const Config& entry, const Config& node) {
  const std::string& class_name = class_of(entry);
  const Config& config = entry.at("config");
  // A TensorFlowOpLayer's config lacks the prefix that its name has.
  const Config* own = entry.find("name");
  const std::string name = own && own->is_string() ? own->as_string() : name_of_layer(entry);
  if (class_name == "TensorFlowOpLayer") {
    return operations_of(call_of_node_def(name, config.at("node_def"), inputs_of(config, node)));
  }
  const Config* function = config.find("function");
  check(function && function->is_string() &&
            (class_name == "TFOpLambda" || class_name == "SlicingOpLambda"),
        "The layer '", name, "' of class ", class_name,
        " stands for a method or property of Python's objects (",
        function ? *function : (config.find("attr_name") ? config.at("attr_name") : Config()),
        "), which kcpp does not have. Rebuild the model in Keras with layers or keras.ops in its "
        "place.");
  Config args = node.at("args");
  return operations_of(
      {name, function->as_string(), args.size() ? args.as_list()[0] : Config(), node.at("kwargs")});
}

}  // namespace kcpp::saving
