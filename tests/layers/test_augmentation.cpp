/// Layers that change images: Keras's transformations with Keras's random numbers
/// (tests/golden/augmentation.json), and what must hold of random numbers of one's own.
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/layers/augmentation/image_layer.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace layers;

Draw draw_of(const GoldenFile& golden, const Config& c) {
  Draw draw;
  for (const auto& [name, key] : c.at("values").as_dict())
    draw.values.emplace_back(name, golden.array(key));
  for (const Config& part : c.at("parts").as_list()) {
    const Config::List& pair = part.as_list();
    draw.parts.emplace_back(pair[0].as_string(), draw_of(golden, pair[1]));
  }
  return draw;
}

/// Of values up to 255. Warping in float shifts a place by some 1e-6 of the image's width.
std::string apart(const Tensor& actual, const Tensor& expected) {
  return difference(actual, expected, 2e-5, 1.0);
}

TEST_CASE("image layers do with Keras's random numbers what Keras does", "[layers][augmentation]") {
  const GoldenFile& golden = GoldenFile::get("augmentation");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string() << " " << c.at("layer").to_json());
    try {
      const Tensor images = golden.arrays(c.at("inputs"))[0];
      const Layer layer = layer_from_config(c.at("layer"));
      const auto* change = dynamic_cast<const ImageTransform*>(layer.impl().get());
      REQUIRE(change != nullptr);
      CHECK(apart(layer(images, {.training = false}), golden.array(c.at("inference"))) == "");
      if (const Config& draw = c.at("draw"); !draw.is_null()) {
        CHECK(apart(change->transform(images, draw_of(golden, draw)),
                    golden.array(c.at("output"))) == "");
      }
      if (const Config& training = c.at("training"); !training.is_null())
        CHECK(apart(layer(images, {.training = true}), golden.array(training)) == "");
    } catch (const std::exception& e) {
      FAIL_CHECK("threw: " << e.what());
    }
  }
}

TEST_CASE("image layers have Keras's configs and shapes", "[layers][augmentation]") {
  const GoldenFile& golden = GoldenFile::get("augmentation");
  for (const Config& c : golden.cases()) {
    const Config& written = c.at("layer");
    INFO(c.at("name").as_string());
    const Layer layer = layer_from_config(written);
    Config again = layer->serialize();
    Config want = written;
    if (layer->class_info().name == "RandomShear") {
      // Keras refuses the pairs that it writes for numbers; kcpp writes the numbers.
      for (Config* config : {&want, &again}) {
        config->find("config")->erase("x_factor");
        config->find("config")->erase("y_factor");
      }
    }
    CHECK(again == want);
    Shape shape = golden.arrays(c.at("inputs"))[0].shape(), expected;
    shape[0] = Shape::unknown;
    from_config(c.at("output_shape_symbolic"), expected, "shape");
    CHECK(layer(Tensor::symbolic(shape, DType::float32)).shape() == expected);
  }
}

/// A dict of images as the golden file has it: [path, array] in the order of the keys.
struct GoldenDict {
  GoldenDict(const GoldenFile& golden, const Config& parts) {
    for (const Config& part : parts.as_list()) {
      const std::string& path = part.as_list()[0].as_string();
      const auto place = static_cast<int64_t>(tensors.size());
      if (const size_t slash = path.find('/'); slash == std::string::npos) {
        structure.set(path, place);
      } else {
        const std::string outer = path.substr(0, slash);
        if (!structure.find(outer)) structure.set(outer, Config::dict());
        structure.find(outer)->set(path.substr(slash + 1), place);
      }
      tensors.push_back(golden.array(part.as_list()[1]));
    }
  }
  Tensors tensors;
  Config structure = Config::dict();
};

TEST_CASE("labels, masks and boxes beside the images change as in Keras",
          "[layers][augmentation]") {
  const GoldenFile& golden = GoldenFile::get("labelled_images");
  for (const Config& c : golden.cases()) {
    INFO(c.at("name").as_string() << " " << c.at("layer").to_json());
    const GoldenDict given(golden, c.at("inputs"));
    const Layer layer = layer_from_config(c.at("layer"));
    const auto compare = [&](const Tensors& got, const Config& expected) {
      const Tensors want = golden.arrays(expected);
      REQUIRE(got.size() == want.size());
      for (size_t i = 0; i < got.size(); ++i) {
        INFO("part " << i);
        CHECK(apart(got[i], want[i]) == "");
      }
    };
    try {
      ImageDict data(given.tensors, given.structure);
      const auto& change = dynamic_cast<const ImageTransform&>(*layer.impl());
      const bool first =
          c.at("layer").at("config").at("data_format").as_string() == "channels_first";
      const Shape& s = data.images().shape();
      change.transform_dict(
          data, draw_of(golden, c.at("draw")),
          {static_cast<double>(s[first ? 2 : 1]), static_cast<double>(s[first ? 3 : 2])});
      compare(data.tensors(), c.at("training"));
      if (!c.at("at_rest").is_null())
        compare(layer.call(given.tensors, {.training = false, .structure = given.structure}),
                c.at("at_rest"));
    } catch (const std::exception& e) {
      FAIL_CHECK("threw: " << e.what());
    }
  }
}

TEST_CASE("a single labelled image is a batch of one", "[layers][augmentation]") {
  const Tensor image = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {1, 2, 3});
  const Tensor boxes = Tensor::from(std::vector<float>{0, 0, 1, 1}, {1, 4});
  const Config structure =
      Config::dict({{"images", 0},
                    {"labels", 1},
                    {"bounding_boxes", Config::dict({{"boxes", 2}, {"labels", 3}})}});
  const Resizing layer(2, 4, {.interpolation = "nearest", .bounding_box_format = "xyxy"});
  // In the order of the keys: the boxes, their labels, the images, the labels.
  const Tensors out =
      layer.call({image, Tensor({0.0, 1.0}), boxes, Tensor::from(std::vector<int>{7}, {1})},
                 {.structure = structure});
  REQUIRE(out.size() == 4);
  CHECK(out[0].to_vector<float>() == std::vector<float>{0, 0, 2, 2});
  CHECK(out[1].to_vector<int64_t>() == std::vector<int64_t>{7});
  CHECK(out[2].shape() == Shape{2, 4, 3});
  CHECK(out[3].to_vector<float>() == std::vector<float>{0, 1});
}

TEST_CASE("a dict of images that is wrong is refused in a sentence", "[layers][augmentation]") {
  using Catch::Matchers::ContainsSubstring;
  const Tensor x = Tensor::zeros({1, 2, 2, 3}), boxes = Tensor::zeros({1, 1, 4});
  const Config nested = Config::dict({{"boxes", 1}, {"labels", 2}});
  const Config both = Config::dict({{"images", 0}, {"bounding_boxes", nested}});
  const Tensors tensors = {x, boxes, Tensor::zeros({1, 1})};
  CHECK_THROWS_WITH(RandomFlip().call(tensors, {.structure = both}),
                    ContainsSubstring("you didn't specify a bounding box format"));
  CHECK_THROWS_WITH(RandomFlip({.bounding_box_format = "yolo"}).call(tensors, {.structure = both}),
                    ContainsSubstring("Invalid source or target format"));
  CHECK_THROWS_WITH(CutMix({.bounding_box_format = "xyxy"}).call(tensors, {.structure = both}),
                    ContainsSubstring("CutMix does not mix bounding boxes"));
  CHECK_THROWS_WITH(RandomFlip().call({x}, {.structure = Config::dict({{"labels", 0}})}),
                    ContainsSubstring("needs the key 'images'"));
  CHECK_THROWS_WITH(
      RandomFlip().call({x}, {.structure = Config::dict({{"images", 0}, {"labels", 9}})}),
      ContainsSubstring("must name the place of each among the 1 inputs"));
  CHECK_THROWS_WITH(
      RandomFlip().call({x, boxes},
                        {.structure = Config::dict(
                             {{"images", 0}, {"bounding_boxes", Config::dict({{"boxes", 1}})}})}),
      ContainsSubstring("a dict with keys 'boxes' and 'labels'"));
}

/// Images of which no two pixels are alike.
Tensor ramp(const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.size()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 251);
  return Tensor::from(values, shape);
}

TEST_CASE("image layers change nothing outside of training", "[layers][augmentation]") {
  set_random_seed(7);
  const Tensor x = ramp({16, 6, 7, 3});
  const LayerList list = {RandomFlip(), RandomRotation(0.5), RandomBrightness(0.5), RandAugment(),
                          RandomCrop(3, 3)};
  for (const Layer& layer : list) {
    INFO(layer->class_info().name);
    CHECK(difference(layer(x, {.training = false}), x, 0) == "");
    // Called by itself, a layer of images trains unless told otherwise, as in Keras.
    CHECK(difference(layer(x), x, 0) != "");
  }
  const Sequential model({Input({6, 7, 3}), RandomBrightness({0.5, 0.5}), Flatten()});
  CHECK(difference(model.predict(x), x.reshape({16, -1}), 0) == "");
}

TEST_CASE("the same seed augments in the same way", "[layers][augmentation]") {
  const Tensor x = ramp({8, 6, 7, 3});
  const auto run = [&](int64_t seed) {
    const RandAugment layer({.seed = seed});
    layer(x, {.training = true});
    return layer(x, {.training = true});
  };
  CHECK(difference(run(3), run(3), 0) == "");
  CHECK(difference(run(3), run(4), 0) != "");
}

TEST_CASE("random flips, crops and brightness are spread as they should be",
          "[layers][augmentation]") {
  const int64_t n = 2000;
  const Tensor x = ramp({1, 4, 4, 1});
  const Tensor batch = ops::broadcast_to(x, {n, 4, 4, 1});
  const Tensor flipped = RandomFlip({.mode = "horizontal", .seed = 5})(batch, {.training = true});
  int64_t turned = 0;
  for (int64_t i = 0; i < n; ++i) turned += flipped.at<float>(i, 0, 0, 0) == 3.0f;
  CHECK(std::abs(turned - n / 2) < 120);

  const RandomCrop crop(2, 2, {.seed = 5});
  std::vector<int> places(16, 0);
  for (int i = 0; i < 900; ++i)
    ++places[static_cast<size_t>(crop(x, {.training = true}).at<float>(0, 0, 0, 0))];
  for (int y = 0; y < 4; ++y) {
    for (int column = 0; column < 4; ++column) {
      const int count = places[static_cast<size_t>(4 * y + column)];
      CHECK((y < 3 && column < 3 ? count > 60 && count < 145 : count == 0));
    }
  }

  const Tensor dark = Tensor::full({n, 1, 1, 1}, 100);
  const Tensor bright = RandomBrightness({0.1, 0.3}, {.seed = 5})(dark, {.training = true}) - 100.0;
  CHECK(ops::min(bright).item() >= 25.5);
  CHECK(ops::max(bright).item() <= 76.5);
  CHECK(std::abs(ops::mean(bright).item() - 51) < 1.5);
  CHECK(std::abs(ops::std(bright).item() - 51 / std::sqrt(12.0)) < 1);
}

TEST_CASE("shares of a batch are changed", "[layers][augmentation]") {
  const int64_t n = 2000;
  const Tensor x = Tensor::full({n, 2, 2, 3}, 55);
  const auto share = [&](const Layer& layer) {
    const Tensor y = layer(x, {.training = true});
    int64_t changed = 0;
    for (int64_t i = 0; i < n; ++i) changed += difference(y[i], x[i], 0) != "";
    return static_cast<double>(changed) / static_cast<double>(n);
  };
  CHECK(std::abs(share(RandomInvert({.factor = {0.3, 0.3}})) - 0.3) < 0.06);
  CHECK(std::abs(share(RandomInvert({.factor = 1.0})) - 0.5) < 0.06);
  CHECK(share(RandomGrayscale({.factor = 0.0})) == 0);
}

TEST_CASE("elastic deformation moves pixels a little and keeps a flat image",
          "[layers][augmentation]") {
  const Tensor flat = Tensor::full({2, 16, 16, 3}, 17);
  const RandomElasticTransform layer({.factor = {1.0, 1.0}, .scale = {1.0, 1.0}, .seed = 2});
  CHECK(difference(layer(flat, {.training = true}), flat, 1e-5) == "");
  const Tensor x = ramp({2, 16, 16, 3});
  const Tensor y = layer(x, {.training = true});
  CHECK(difference(y, x, 0) != "");
  CHECK(ops::min(y).item() >= 0);
  CHECK(ops::max(y).item() <= 250);
}

TEST_CASE("image layers name what is wrong", "[layers][augmentation]") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(RandomContrast(1.5),
                    ContainsSubstring("The `factor` argument should be a number (or a list of two "
                                      "numbers) in the range [0, 1]. Received: factor=1.5"));
  CHECK_THROWS_WITH(RandomZoom(-1.0), ContainsSubstring("in the range (-1.0, 1.0]"));
  CHECK_THROWS_WITH(RandomRotation(0.1, {.fill_mode = "mirror"}),
                    ContainsSubstring("Unknown `fill_mode` mirror"));
  CHECK_THROWS_WITH(RandomTranslation(0.1, 0.1, {.interpolation = "bicubic"}),
                    ContainsSubstring("Unknown `interpolation` bicubic"));
  CHECK_THROWS_WITH(RandomGaussianBlur({.kernel_size = 4}),
                    ContainsSubstring("kernel_size must be an odd number"));
  CHECK_THROWS_WITH(RandomFlip()(Tensor::zeros({2, 3}), {.training = true}),
                    ContainsSubstring("rank 3 (single image) or 4 (batch of images)"));
  CHECK_THROWS_WITH(RandomBrightness(0.1, {.value_range = 3}),
                    ContainsSubstring("should be a list of two numbers"));
}

}  // namespace
}  // namespace kcpp::test
