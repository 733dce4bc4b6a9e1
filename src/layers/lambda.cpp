#include "kcpp/layers/lambda.h"

#include <map>
#include <mutex>

#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, Lambda::Function> functions;
};
Registry& registry() {
  static Registry* r = new Registry;
  return *r;
}

/// The name in a config: a string, or {"class_name": "function", "config": name, "registered_name":
/// name}.
std::string name_in(const Config& c) {
  if (c.is_string()) return c.as_string();
  if (const Config* name = c.find("registered_name"); name && name->is_string())
    return name->as_string();
  if (const Config* name = c.find("config"); name && name->is_string()) return name->as_string();
  throw ValueError(
      "A `Lambda` layer whose `function` is a Python lambda cannot be loaded: its bytecode is "
      "never executed by kcpp, as it "
      "could do anything. Give the function a name with "
      "`keras.saving.register_keras_serializable`, and kcpp its meaning with "
      "`layers::register_lambda`.");
}

class LambdaImpl final : public OptionsLayer<LambdaOptions> {
 public:
  LambdaImpl() = default;
  LambdaImpl(Lambda::Function function, LambdaOptions o)
      : OptionsLayer(std::move(o)), function_(std::move(function)) {}
  ClassInfo class_info() const override { return {"Lambda", "keras.layers"}; }
  void fields(Fields& f) override {
    if (!f.reading()) {
      f.write("function", o_.function.empty() ? Config()
                                              : Config::dict({{"module", nullptr},
                                                              {"class_name", "function"},
                                                              {"config", o_.function},
                                                              {"registered_name", o_.function}}));
      if (o_.output_shape) f("output_shape", o_.output_shape);
      f.write("arguments", Config::dict());
      return;
    }
    const Config* c = f.raw("function");
    check(c && !c->is_null(),
          "The config of Lambda lacks the required entry `function`: a nameless C++ function "
          "cannot be loaded.");
    o_.function = name_in(*c);
    f("output_shape", o_.output_shape);
    const Config* arguments = f.raw("arguments");
    check(!arguments || arguments->size() == 0, "The Lambda layer's function '", o_.function,
          "' has `arguments`, which a C++ function cannot take. "
          "Received: ",
          arguments ? *arguments : Config());
    if (const Config* mask = f.raw("mask"))
      check(mask->is_null(),
            "A Lambda layer with a `mask` function cannot be loaded. Received: mask=", *mask);
    std::lock_guard lock(registry().mutex);
    const auto found = registry().functions.find(o_.function);
    check(found != registry().functions.end(), "Could not locate function '", o_.function,
          "'. Make it known with `layers::register_lambda(\"", o_.function,
          "\", ...)` before loading.");
    function_ = found->second;
  }
  void validate() override {
    check(static_cast<bool>(function_), "A Lambda layer needs a function.");
  }
  Tensor call(const Tensor& x, CallContext&) override { return function_(x); }

 private:
  Lambda::Function function_;
};

}  // namespace

Lambda::Lambda(Function function, LambdaOptions o)
    : Layer(make_layer<LambdaImpl>(std::move(function), std::move(o))) {}

void register_lambda(const std::string& name, Lambda::Function function) {
  check(!name.empty() && function, "A name and a function are needed.");
  std::lock_guard lock(registry().mutex);
  registry().functions[name] = std::move(function);
}

std::shared_ptr<Object> makers::lambda() { return make_object<LambdaImpl>(); }

}  // namespace kcpp::layers
