/// The windows of scipy.signal and the initializer STFT, against tests/golden/windows.json.
#include <catch2/catch_all.hpp>

#include "kcpp/initializers/stft.h"
#include "src/initializers/windows.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

TEST_CASE("windows are SciPy's, and STFT's kernels Keras's", "[initializers][golden]") {
  const GoldenFile& golden = GoldenFile::get("windows");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string());
    const Tensor expected = golden.array(c.at("values"));
    if (const Config* config = c.find("initializer")) {
      Initializer stft;
      Shape shape;
      from_config(*config, stft, "initializer");
      from_config(c.at("shape"), shape, "shape");
      CHECK(difference(stft(shape), expected, 1e-5, 1.0) == "");
      CHECK(to_config(stft) == *config);
    } else {
      const std::vector<double> values = signal_window(
          c.at("window").as_string(), c.at("length").as_int(), c.at("periodic").as_bool());
      CHECK(difference(Tensor::from(values), expected, 1e-12, 1.0) == "");
    }
  }
}

TEST_CASE("an unknown window is named", "[initializers]") {
  CHECK_THROWS_WITH(initializers::STFT({.window = "house"}),
                    Catch::Matchers::ContainsSubstring("Unknown window type: 'house'"));
  CHECK_THROWS_WITH(
      initializers::STFT({.side = "left"}),
      Catch::Matchers::ContainsSubstring("side should be 'real' or 'imag', not left"));
}

}  // namespace
}  // namespace kcpp::test
