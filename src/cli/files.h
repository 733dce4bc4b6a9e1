/// Models and arrays, as the commands get them from files.
#pragma once

#include "kcpp/data.h"
#include "kcpp/models/model.h"
#include "src/cli/commands.h"

namespace kcpp::cli {

/// The model of a file, with `--weights` if given. What could not be understood goes to stderr.
Model open_model(const Arguments& a, bool compile);
/// The arrays of an .npz (or one .npy): by name where they are keyed by `names`, else arr_0, arr_1
/// ... in order.
Data open_arrays(const std::string& path, const std::vector<std::string>& names);
void write_text(const std::string& path, const std::string& text);

}  // namespace kcpp::cli
