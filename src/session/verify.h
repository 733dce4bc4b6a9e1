/// What is checked by running: sessions of user-defined code, of streams and of other precisions
/// against the model itself.
#pragma once

#include <memory>

#include "src/session/program.h"

namespace kcpp::inference {

/// The program of a model. Where a user's code was traced, or a stream was made, it is compared
/// with the model on random inputs.
std::shared_ptr<const Program> make_checked_program(const Model& model,
                                                    const SessionOptions& options);

/// The greatest difference from float32, relative to the greatest output, on random inputs.
double precision_error(const Model& model, std::shared_ptr<const Program> program);

}  // namespace kcpp::inference
