#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>

#include "kcpp/data_files.h"
#include "kcpp/datasets.h"
#include "kcpp/utils.h"
#include "tests/support/files.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// An environment variable, until the end of the scope.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Setting() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }

 private:
  const char* name_;
  std::string before_;
};

void write_idx(const std::string& folder, const std::string& part, int count) {
  const std::string n(1, static_cast<char>(count));
  const std::string zeros(3, '\0');
  spill(folder + "/" + part + "-images-idx3-ubyte",
        std::string("\0\0\x08\x03", 4) + zeros + n + zeros + "\2" + zeros + "\2" +
            std::string(static_cast<size_t>(count) * 4, 'x'));
  spill(folder + "/" + part + "-labels-idx1-ubyte",
        std::string("\0\0\x08\x01", 4) + zeros + n + std::string(static_cast<size_t>(count), '\5'));
}

}  // namespace

TEST_CASE("Fashion-MNIST of Debian's package") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    SKIP("dataset-fashion-mnist is not installed");
  const auto [train, test] = datasets::fashion_mnist::load_data();
  CHECK(train.x.shape() == Shape{60000, 28, 28});
  CHECK(train.y.shape() == Shape{60000});
  CHECK(test.x.shape() == Shape{10000, 28, 28});
  CHECK(test.y.shape() == Shape{10000});
  CHECK(train.x.dtype() == DType::uint8);
  CHECK(train.y.dtype() == DType::uint8);
  const auto labels = train.y.to_vector<int>();
  CHECK(std::vector<int>(labels.begin(), labels.begin() + 10) ==
        std::vector<int>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5});
  CHECK(test.y.at<uint8_t>(0) == 9);
  int64_t sum = 0;
  for (const uint8_t v : train.x.data<uint8_t>()) sum += v;
  CHECK(sum == 3431114169);  // numpy: x_train.sum()
}

TEST_CASE("Data sets are looked for by path and by KCPP_DATASETS") {
  const TemporaryFolder folder;
  write_idx(folder.path(), "train", 3);
  write_idx(folder.path(), "t10k", 2);
  const auto [train, test] = datasets::mnist::load_data(folder.path());
  CHECK(train.x.shape() == Shape{3, 2, 2});
  CHECK(test.y.to_vector<int>() == std::vector<int>{5, 5});
  {
    const Setting setting("KCPP_DATASETS", folder.path());
    CHECK(datasets::fashion_mnist::load_data().train.x.dim(0) == 3);
    CHECK(datasets::mnist::load_data().train.x.dim(0) == 3);
  }
  const TemporaryFolder archive;
  save_npz(archive / "mnist.npz",
           {{"x_train", train.x}, {"y_train", train.y}, {"x_test", test.x}, {"y_test", test.y}});
  CHECK(datasets::mnist::load_data(archive.path()).test.x.dim(0) == 2);
  CHECK(datasets::mnist::load_data(archive / "mnist.npz").test.x.dim(0) == 2);
  write_idx(folder.path(), "t10k", 2);
  spill(folder / "t10k-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\1\0", 9));
  CHECK_THROWS_WITH(datasets::mnist::load_data(folder.path()), ContainsSubstring("damaged"));
}

TEST_CASE("A data set that is not there: where it was looked for, how to get it") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(datasets::fashion_mnist::load_data(folder / "none"),
                    ContainsSubstring("were not found in: " + folder / "none") &&
                        ContainsSubstring("apt-get install dataset-fashion-mnist"));
  const Setting home("HOME", folder.path()), setting("KCPP_DATASETS", folder / "data");
  CHECK_THROWS_AS(datasets::mnist::load_data(), IOError);
  CHECK_THROWS_WITH(datasets::mnist::load_data(),
                    ContainsSubstring(folder / "data/mnist") && ContainsSubstring("KCPP_DATASETS"));
}

TEST_CASE("to_categorical, normalize, pad_sequences") {
  const Tensor rows = utils::to_categorical(Tensor({0, 2, 1}));
  CHECK(rows.shape() == Shape{3, 3});
  CHECK(rows.dtype() == DType::float32);
  CHECK(rows.to_vector<float>() == std::vector<float>{1, 0, 0, 0, 0, 1, 0, 1, 0});
  CHECK(utils::to_categorical(Tensor({{0}, {1}}), 4).shape() == Shape{2, 4});
  CHECK(utils::to_categorical(Tensor({{0, 1}, {1, 1}})).shape() == Shape{2, 2, 2});
  CHECK_THROWS_WITH(utils::to_categorical(Tensor({0, 5}), 3),
                    ContainsSubstring("index 5 is out of bounds for 3 classes"));
  CHECK_THROWS_AS(utils::to_categorical(Tensor({0, -1})), IndexError);
  const auto unit = utils::normalize(Tensor({{3.0, 4.0}, {0.0, 0.0}})).to_vector<float>();
  CHECK(std::abs(unit[0] - 0.6f) < 1e-6f);
  CHECK(unit[3] == 0);
  const std::vector<std::vector<int>> sequences{{1}, {2, 3}, {4, 5, 6}};
  CHECK(utils::pad_sequences(sequences).to_vector<int>() ==
        std::vector<int>{0, 0, 1, 0, 2, 3, 4, 5, 6});
  CHECK(utils::pad_sequences(sequences,
                             {.maxlen = 2, .padding = "post", .truncating = "post", .value = -1})
            .to_vector<int>() == std::vector<int>{1, -1, 2, 3, 4, 5});
  CHECK_THROWS_WITH(utils::pad_sequences(sequences, {.padding = "left"}),
                    ContainsSubstring("Padding type \"left\" not understood"));
}
