/// Layers that keep more in a file than numbered variables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kcpp/core/variable.h"

namespace kcpp {

/// Keras's save_assets and named variables: `.keras` files have the texts as members below
/// `assets/`, the weights' tree has the variables beside the numbered ones.
class AssetHolder {
 public:
  virtual ~AssetHolder() = default;
  /// File name and content of each text that is not in the config.
  virtual std::vector<std::pair<std::string, std::string>> texts() const = 0;
  /// The file names that `set_text` waits for.
  virtual std::vector<std::string> text_names() const = 0;
  virtual void set_text(const std::string& name, const std::string& content) = 0;
  /// The variables that a file has by name, as far as they have values.
  virtual std::vector<std::pair<std::string, Variable>> named_variables() const = 0;
  /// The names that a file is expected to have.
  virtual std::vector<std::string> variable_names() const = 0;
  /// The variable of that name, made anew for a value of this shape.
  virtual Variable make_variable(const std::string& name, const Shape& shape) = 0;
};

/// While it lives, the thread's configs hold what otherwise is a file of its own: for formats
/// without assets (.h5, JSON).
class InlineAssets {
 public:
  InlineAssets();
  ~InlineAssets();
  InlineAssets(const InlineAssets&) = delete;
  InlineAssets& operator=(const InlineAssets&) = delete;
  static bool active();
};

}  // namespace kcpp
