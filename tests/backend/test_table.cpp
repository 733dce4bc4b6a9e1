#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("the table lists every backend, with the reason where one cannot be used") {
  const auto infos = backends();
  REQUIRE(infos.size() == 3);
  CHECK(infos[0].name == "cuda");
  CHECK(infos[1].name == "onednn");
  CHECK(infos[2].name == "reference");
  CHECK(infos[1].available == (KCPP_HAVE_ONEDNN != 0));
  CHECK(infos[2].available);
  for (const BackendInfo& info : infos) CHECK_FALSE(info.detail.empty());
}

TEST_CASE("set_backend chooses by name") {
  const KeepBackend keep;
  set_backend("reference");
  CHECK(backend().name() == "reference");
  CHECK_THROWS_AS(set_backend("tensorflow"), ValueError);
  try {
    set_backend("tensorflow");
  } catch (const ValueError& e) {
    CHECK(std::string(e.what()) ==
          "[set_backend] Unknown backend. Expected one of 'cuda', 'onednn', 'reference'. "
          "Received: name='tensorflow'");
  }
  CHECK(backend().name() == "reference");  // the failed call changed nothing
  for (const BackendInfo& info : backends()) {
    if (!info.available) CHECK_THROWS_AS(set_backend(info.name), ValueError);
  }
}

TEST_CASE("set_num_threads") {
  const int before = num_threads();
  CHECK(before >= 1);
  set_num_threads(1);
  CHECK(num_threads() == 1);
  CHECK_THROWS_AS(set_num_threads(0), ValueError);
  CHECK(num_threads() == 1);
  set_num_threads(before);
}

TEST_CASE("results do not depend on the number of threads") {
  const int before = num_threads();
  const Tensor x = data({64, 300}), w = data({300, 100});
  for (Backend* b : other_backends()) {
    set_num_threads(1);
    const Tensor one = b->random_uniform({70, 1003}, DType::float32, {3, 4}, 0, 1);
    set_num_threads(3);
    CHECK(difference(b->random_uniform({70, 1003}, DType::float32, {3, 4}, 0, 1), one,
                     Accuracy::exact)
              .empty());
    CHECK(difference(b->matmul(x, w, false, false), reference().matmul(x, w, false, false),
                     Accuracy::sum)
              .empty());
  }
  set_num_threads(before);
}
