/// CustomObjects: the user's own classes and functions, which files may name.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"

namespace kcpp {

/// The kind that a class belongs to by its base: LayerImpl, LossImpl, ... (kcpp/saving.h).
template <class Impl>
constexpr ObjectKind object_kind();

/// Names and what they mean: `custom_objects` of Keras's load_model. For one load, in LoadOptions;
/// for all, by `register_custom`.
///
///     CustomObjects mine;
///     mine.add<Scale>("my_package>Scale");                                         // a class
///     mine.add("swoosh", [](const Tensor& x) { return x * ops::sigmoid(x - 1); });  // an
///     activation mine.add("ranking_loss", [](const Tensor& y, const Tensor& p) { ... });  // a
///     loss, a metric Model model = load_model("model.h5", {.custom_objects = mine});
class KCPP_API CustomObjects {
 public:
  using Maker = std::function<std::shared_ptr<Object>()>;
  using Function = std::function<Tensor(const Tensor& x)>;
  using LossFunction = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;

  /// A class with a default constructor, under the name that files hold: "Scale" or
  /// "package>Scale".
  template <class Impl>
  CustomObjects& add(const std::string& name) {
    return add(object_kind<Impl>(), name,
               [] { return std::static_pointer_cast<Object>(std::make_shared<Impl>()); });
  }
  CustomObjects& add(ObjectKind kind, const std::string& name, Maker make);
  /// An activation, or what a Lambda layer does: by its function's name, or, where the file holds
  /// Python's bytecode (which is never run), by the layer's name.
  CustomObjects& add(const std::string& name, Function function);
  /// A loss and metric: one value a sample, as Keras's functions.
  CustomObjects& add(const std::string& name, LossFunction function);

  bool empty() const { return makers_.empty() && functions_.empty() && losses_.empty(); }

  // What a name means: in the loads under way on this thread first, then to all. Empty: nothing.
  // "package>Name" also finds "Name".
  static Maker find_class(ObjectKind kind, std::string_view name);
  static Function find_function(std::string_view name);
  static LossFunction find_loss(std::string_view name);
  /// A function in a file, {"class_name": "function", "config": "my_loss", "registered_name":
  /// "pkg>my_loss" or "function"}: its name; empty when the config is of something else.
  static std::string function_name(const Config& config);
  /// The same the other way round, as Keras writes a function that it finds by its bare name.
  static Config function_config(const std::string& name);
  /// Makes these names known to all loads of the process.
  static void register_for_all(const CustomObjects& objects);

  /// While it lives, loads on this thread know these names too.
  class KCPP_API Scope {
   public:
    explicit Scope(const CustomObjects& objects);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

 private:
  std::map<std::pair<ObjectKind, std::string>, Maker> makers_;
  std::map<std::string, Function, std::less<>> functions_;
  std::map<std::string, LossFunction, std::less<>> losses_;
};

}  // namespace kcpp
