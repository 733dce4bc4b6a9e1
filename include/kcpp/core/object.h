/// Object: everything that a config describes (layers, initializers, optimizers, losses ...), and
/// the single list of its fields that gives config out, config in and defaults.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/dtype.h"
#include "kcpp/core/shape.h"

namespace kcpp {

// How a field's type becomes a config value and comes back. Handles (Initializer, Layer ...) add
// their own overloads beside their class; `what` names the field in errors.
inline Config to_config(bool v) { return v; }
inline Config to_config(int v) { return v; }
inline Config to_config(int64_t v) { return v; }
inline Config to_config(double v) { return v; }
inline Config to_config(const std::string& v) { return v; }
inline Config to_config(const Config& v) { return v; }
KCPP_API Config to_config(DType v);
KCPP_API Config to_config(const Shape& v);  ///< a list; unknown dimensions are null
inline void from_config(const Config& c, bool& v, std::string_view what) { v = c.as_bool(what); }
KCPP_API void from_config(const Config& c, int& v, std::string_view what);
inline void from_config(const Config& c, int64_t& v, std::string_view what) { v = c.as_int(what); }
inline void from_config(const Config& c, double& v, std::string_view what) {
  v = c.as_double(what);
}
inline void from_config(const Config& c, std::string& v, std::string_view what) {
  v = c.as_string(what);
}
inline void from_config(const Config& c, Config& v, std::string_view) { v = c; }
KCPP_API void from_config(const Config& c, DType& v, std::string_view what);
KCPP_API void from_config(const Config& c, Shape& v,
                          std::string_view what);  ///< a whole number counts as a list of one

template <class T>
Config to_config(const std::optional<T>& v) {
  return v ? to_config(*v) : Config();
}
template <class T>
void from_config(const Config& c, std::optional<T>& v, std::string_view what) {
  if (c.is_null()) {
    v.reset();
  } else {
    from_config(c, v.emplace(), what);
  }
}
template <class T>
Config to_config(const std::vector<T>& v) {
  Config out = Config::list();
  for (const auto& item : v) out.push_back(to_config(static_cast<const T&>(item)));
  return out;
}
template <class T>
void from_config(const Config& c, std::vector<T>& v, std::string_view what) {
  v.clear();
  for (const Config& item : c.as_list(what)) from_config(item, v.emplace_back(), what);
}

/// Visits an object's fields: writes them to a config, or reads them from one.
///
///     void fields(Fields& f) override {
///       f.required("units", units_);
///       f("activation", options_.activation);
///     }
class KCPP_API Fields {
 public:
  /// Writes.
  explicit Fields(Config& out) : out_(&out) {}
  /// Reads; `owner` names the class in errors.
  Fields(const Config& in, std::string owner) : in_(&in), owner_(std::move(owner)) {}

  bool reading() const { return in_ != nullptr; }
  /// A field with a default: when reading, an absent key leaves the value as it is.
  template <class T>
  void operator()(std::string_view key, T& value) {
    if (!reading()) {
      out_->set(key, to_config(static_cast<const T&>(value)));
    } else if (const Config* c = take(key)) {
      from_config(*c, value, key);
    }
  }
  /// A field without which the object cannot be.
  template <class T>
  void required(std::string_view key, T& value) {
    if (reading() && !in_->find(key)) missing(key);
    (*this)(key, value);
  }
  /// Reads an old name of a field; never written.
  template <class T>
  void alias(std::string_view old_key, T& value) {
    if (const Config* c = reading() ? take(old_key) : nullptr) from_config(*c, value, old_key);
  }
  /// The raw value of a key when reading (nullptr: absent), marked as known; nullptr when writing.
  const Config* raw(std::string_view key) { return reading() ? take(key) : nullptr; }
  /// Writes a value that is computed; nothing when reading, but the key counts as known.
  void write(std::string_view key, Config value) {
    if (reading()) {
      take(key);
    } else {
      out_->set(key, std::move(value));
    }
  }
  /// Keys of the config that nobody asked for.
  std::vector<std::string> unknown_keys() const;

 private:
  const Config* take(std::string_view key);
  [[noreturn]] void missing(std::string_view key) const;

  Config* out_ = nullptr;
  const Config* in_ = nullptr;
  std::string owner_;
  std::vector<std::string> known_;
};

/// What a file writes beside the config.
struct ClassInfo {
  std::string name;         ///< "Dense"
  std::string module = {};  ///< "keras.layers"; empty: a user's class
  std::string registered_name =
      {};                        ///< "my_package>Dense" for a user's class; empty: null in the file
  std::string python_name = {};  ///< what Keras's code calls the class, if it exports it otherwise

  /// The name that instances are named after, and that summaries show.
  const std::string& own_name() const { return python_name.empty() ? name : python_name; }
};

/// Base of everything with a config.
class KCPP_API Object {
 public:
  virtual ~Object() = default;
  virtual ClassInfo class_info() const = 0;
  /// The single list of the fields.
  virtual void fields(Fields&) {}
  /// Throws ValueError, in Keras's words, when the fields make no sense. Called after construction
  /// and after reading.
  virtual void validate() {}
  /// `validate`, whose error then names the class: "[Dense] Received an invalid value ...".
  void check_fields();

  /// As Keras's get_config.
  virtual Config get_config() const;
  /// Takes over the values of a config. Keys that this class does not know are returned.
  virtual std::vector<std::string> set_config(const Config& config);
};

/// {"module", "class_name", "config", "registered_name"}: keras.saving.serialize_keras_object. A
/// null object is null.
KCPP_API Config serialize(const Object* object);
inline Config serialize(const std::shared_ptr<Object>& object) { return serialize(object.get()); }

/// One row of a table of classes: initializers, layers, losses ...
struct Factory {
  std::string_view name;              ///< Keras's class name
  std::shared_ptr<Object> (*make)();  ///< with default fields
};
template <class T>
std::shared_ptr<Object> make_object() {
  return std::make_shared<T>();
}

/// The kinds of classes that a name can mean; each has its own table and its own registered user
/// classes.
enum class ObjectKind : uint8_t {
  layer,
  initializer,
  regularizer,
  constraint,
  optimizer,
  schedule,
  loss,
  metric,
  dtype_policy,
  activation
};
KCPP_API std::string_view name_of(ObjectKind kind);  ///< "layer", "initializer", ...

/// The table of a kind. Written out in one place each (src/layers/layer_table.cpp, ...): static
/// libraries drop static registration.
KCPP_API std::span<const Factory> factories(ObjectKind kind);

/// A further name of a built-in class that its own spelling does not give: "mse".
struct Alias {
  std::string_view name, class_name;
};
/// The aliases of a kind, beside its table.
KCPP_API std::span<const Alias> aliases(ObjectKind kind);

/// Makes a registered or built-in class by name with default fields. Throws ValueError that gives
/// the nearest valid name. `class_name` may be CamelCase, snake_case or an alias ("GlorotUniform",
/// "glorot_uniform", "mse"); `registered_name` ("pkg>Name") is looked up first.
KCPP_API std::shared_ptr<Object> make_by_name(ObjectKind kind, std::string_view class_name,
                                              std::string_view registered_name = {});
/// From a string (a name) or a dict as `serialize` writes it, or an older {"class_name", "config"}.
/// Null gives null. `module` is never looked at: names come only from the tables. Unknown config
/// keys are an error.
KCPP_API std::shared_ptr<Object> deserialize(ObjectKind kind, const Config& config);

/// Makes a user's class known to files and to names. `registered_name` is what the file holds
/// ("MyLayer" or "package>MyLayer").
KCPP_API void register_object(ObjectKind kind, std::string registered_name,
                              std::function<std::shared_ptr<Object>()> make);
KCPP_API std::function<std::shared_ptr<Object>()> find_registered(ObjectKind kind,
                                                                  std::string_view registered_name);

/// The candidate closest in spelling, or "" when none is near: for "did you mean".
KCPP_API std::string nearest_name(std::string_view name,
                                  const std::vector<std::string>& candidates);

/// Base of the value handles: a shared object, or none.
template <class Impl>
class Handle {
 public:
  using ImplType = Impl;
  Handle() = default;
  Handle(std::nullptr_t) {}
  explicit Handle(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  explicit operator bool() const { return impl_ != nullptr; }
  Impl* operator->() const { return impl_.get(); }
  Impl& operator*() const { return *impl_; }
  const std::shared_ptr<Impl>& impl() const { return impl_; }
  bool same(const Handle& other) const { return impl_ == other.impl_; }

 protected:
  std::shared_ptr<Impl> impl_;
};

}  // namespace kcpp
