/// What the tests of ops share.
#pragma once

#include <catch2/catch_all.hpp>
#include <string>

#include "kcpp/core/tape.h"
#include "tests/support/gradcheck.h"

namespace kcpp::test {

/// "" when shape and dtype are equal, and the elements within `tolerance` of the largest expected
/// one (at least 1); else what is wrong.
std::string mismatch(const Tensor& actual, const Tensor& expected, double tolerance = 1e-5);

/// The symbolic call of `f` gives the shape and dtype of the eager one: once for the shapes of xs,
/// and once with an unknown batch (the leading dimension of the first input).
void check_symbolic(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs);

/// `call` throws E with a message that has `text` in it.
template <class E, class F>
void check_error(F&& call, const std::string& part) {
  try {
    call();
    FAIL("no exception; expected: " << part);
  } catch (const E& e) {
    INFO(e.what());
    CHECK(std::string(e.what()).find(part) != std::string::npos);
  }
}

}  // namespace kcpp::test
