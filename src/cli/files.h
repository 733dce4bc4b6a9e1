/// Models and arrays, as the commands get them from files.
#pragma once

#include "kcpp/core/error.h"
#include "kcpp/data.h"
#include "kcpp/models/model.h"
#include "src/cli/commands.h"

namespace kcpp::cli {

/// The model of a file, with `--weights` if given. What could not be understood goes to stderr.
Model open_model(const Arguments& a, bool compile);
/// The arrays of an .npz (or one .npy): by name where they are keyed by `keys` or by `names` of the
/// model's inputs or outputs, else arr_0, arr_1 ... in order.
Data open_arrays(const std::string& path, const std::vector<std::string>& names,
                 const std::vector<std::string>& keys);
/// Replaces a file with the text once all of it is written.
void write_text(const std::string& path, const std::string& text);
/// Throws IOError when a file cannot be made there: before hours of training, not after them.
void require_writable(const std::string& path);
/// The file is a model's JSON: an architecture without weights.
bool is_architecture(const std::string& path);

/// Runs `f`; its errors name `files`.
template <class F>
auto about(const std::string& files, F f) {
  try {
    return f();
  } catch (const Error& e) {
    throw Error(text(files, ": ", e.what()));
  }
}

}  // namespace kcpp::cli
