/// compile()'s arguments as a config, and back (Trainer.get_compile_config, compile_from_config).
#pragma once

#include "kcpp/models/training.h"
#include "kcpp/saving.h"

namespace kcpp::saving {

/// Keras 3's compile_config. Throws ValueError for lambdas, which no file can hold.
Config write_compile_config(const CompileOptions& options);
/// Reads Keras 3's compile_config, or `training_config` of an .h5 (with "optimizer_config").
CompileOptions read_compile_config(const Config& config);

}  // namespace kcpp::saving
