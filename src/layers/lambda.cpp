#include "kcpp/layers/lambda.h"

#include "kcpp/core/custom_objects.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// The function's name in a config: a string, or {"class_name": "function", "config": name,
/// "registered_name": name}; empty where the file holds Python's bytecode.
std::string name_in(const Config& c) {
  if (c.is_string()) return c.as_string();
  if (!c.is_dict()) return {};
  const Config *registered = c.find("registered_name"), *name = c.find("config");
  if (registered && registered->is_string() && *registered != Config("function"))
    return registered->as_string();
  return name && name->is_string() ? name->as_string() : std::string();
}

class LambdaImpl final : public OptionsLayer<LambdaOptions> {
 public:
  LambdaImpl() = default;
  LambdaImpl(Lambda::Function function, LambdaOptions o)
      : OptionsLayer(std::move(o)), function_(std::move(function)) {}
  ClassInfo class_info() const override { return {"Lambda", "keras.layers"}; }
  void fields(Fields& f) override {
    if (!f.reading()) {
      f.write("function", function_config());
      if (o_.output_shape) f("output_shape", o_.output_shape);
      f.write("arguments", arguments_);
      return;
    }
    const Config* c = f.raw("function");
    check(c && !c->is_null(),
          "The config of Lambda lacks the required entry `function`: a nameless C++ function "
          "cannot be loaded.");
    stored_ = *c;
    o_.function = name_in(*c);
    // Of older files: where Python found the function. Never looked at.
    for (const char* key : {"function_type", "module", "output_shape_type", "output_shape_module"})
      f.raw(key);
    if (const Config* shape = f.raw("output_shape"); shape && shape->is_list())
      from_config(*shape, o_.output_shape, "output_shape");
    if (const Config* arguments = f.raw("arguments"); arguments && arguments->is_dict())
      arguments_ = *arguments;
    const Config* mask = f.raw("mask");
    function_ = CustomObjects::find_function(name());
    if (function_) return;  // the layer's own: whatever the arguments are, it knows them
    check(!o_.function.empty(), "The Lambda layer '", name(),
          "' holds Python code, which kcpp never runs. Say what it does before loading: ",
          how_to_register(name()));
    function_ = CustomObjects::find_function(o_.function);
    check(static_cast<bool>(function_), "Could not locate function '", o_.function,
          "' of the Lambda layer '", name(),
          "'. Make it known before loading: ", how_to_register(o_.function));
    check(arguments_.size() == 0, "The function '", o_.function, "' of the Lambda layer '", name(),
          "' has `arguments`, which a C++ function cannot take. Register one under the layer's "
          "name instead. Received: ",
          arguments_);
    check(!mask || mask->is_null(), "The Lambda layer '", name(),
          "' has a `mask` function. Register a function under the layer's name instead. "
          "Received: mask=",
          mask ? *mask : Config());
  }
  void validate() override {
    check(static_cast<bool>(function_), "A Lambda layer needs a function.");
  }
  Tensor call(const Tensor& x, CallContext&) override { return function_(x); }

 private:
  static std::string how_to_register(const std::string& name) {
    return text("register_custom(\"", name, "\", [](const Tensor& x) { return ...; }).");
  }
  /// As it stood in the file, or the C++ function's name.
  Config function_config() const {
    if (!stored_.is_null()) return stored_;
    if (o_.function.empty()) return {};
    return Config::dict({{"module", nullptr},
                         {"class_name", "function"},
                         {"config", o_.function},
                         {"registered_name", o_.function}});
  }

  Lambda::Function function_;
  Config stored_, arguments_ = Config::dict();
};

}  // namespace

Lambda::Lambda(Function function, LambdaOptions o)
    : Layer(make_layer<LambdaImpl>(std::move(function), std::move(o))) {}

void register_lambda(const std::string& name, Lambda::Function function) {
  CustomObjects::register_for_all(CustomObjects().add(name, std::move(function)));
}

std::shared_ptr<Object> makers::lambda() { return make_object<LambdaImpl>(); }

}  // namespace kcpp::layers
