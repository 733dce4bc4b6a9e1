/// What the tests of sessions share.
#pragma once

#include "kcpp/kcpp.h"
#include "tests/support/closeness.h"

namespace kcpp::test {

/// Threads of one call. The thread sanitizer cannot see the barriers of GNU OpenMP: it has one.
#ifdef __SANITIZE_THREAD__
constexpr int several_threads = 1;
#else
constexpr int several_threads = 2;
#endif

/// Weights that are not their initial values; variances stay positive.
inline void randomize(const Model& model) {
  int64_t seed = 1;
  for (Variable v : model.weights()) {
    const bool variance = v.name().find("variance") != std::string::npos;
    v.assign(
        random::uniform(v.shape(), variance ? 0.5 : -0.5, variance ? 1.5 : 0.5, v.dtype(), seed++));
  }
}

inline Tensors random_inputs(const Session& s, int64_t seed = 99) {
  Tensors out;
  for (const TensorSpec& spec : s.inputs()) {
    out.push_back(
        is_floating(spec.dtype)
            ? random::uniform(spec.shape, -1, 1, spec.dtype, seed++)
            : ops::cast(random::uniform(spec.shape, 0, 5, DType::float32, seed++), spec.dtype));
  }
  return out;
}

/// The message of the error that `f` throws.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace kcpp::test
