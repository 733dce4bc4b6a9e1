// Ops of keras.ops.nn and keras.ops.image against the numbers of real Keras
// (tests/golden/generate/gen_ops_nn.py).
#include <map>

#include "kcpp/ops/image.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "tests/ops/check.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
namespace image = kcpp::ops::image;

namespace {

/// The keyword arguments of a case.
struct Kwargs {
  const Config& c;
  Dims dims(const char* key, Dims otherwise) const {
    if (const Config* v = c.find(key)) from_config(*v, otherwise, key);
    return otherwise;
  }
  std::string str(const char* key, std::string otherwise = "") const {
    return c.find(key) ? c.at(key).as_string() : otherwise;
  }
  bool flag(const char* key) const { return c.find(key) && c.at(key).as_bool(); }
  double number(const char* key, double otherwise) const {
    return c.find(key) ? c.at(key).as_double() : otherwise;
  }
  int64_t integer(const char* key, int64_t otherwise) const {
    return c.find(key) ? c.at(key).as_int() : otherwise;
  }
  std::optional<int64_t> maybe(const char* key) const {
    return c.find(key) ? std::optional(c.at(key).as_int()) : std::nullopt;
  }
  std::optional<double> maybe_number(const char* key) const {
    return c.find(key) ? std::optional(c.at(key).as_double()) : std::nullopt;
  }
  ops::Axes axes(const char* key, ops::Axes otherwise) const {
    return c.find(key) ? ops::Axes::from_config(c.at(key)) : otherwise;
  }
  ops::ConvOptions conv() const {
    return {dims("strides", 1), str("padding", "valid"), str("data_format"),
            dims("dilation_rate", 1)};
  }
  ops::PoolOptions pool() const {
    return {dims("strides", {}), str("padding", "valid"), str("data_format")};
  }
  ops::UnfoldOptions unfold() const {
    return {dims("dilation", 1), dims("padding", 0), dims("stride", 1)};
  }
};

using Run = std::function<Tensors(const Tensors&, const Kwargs&)>;

Tensor or_none(const Tensors& t, size_t i) { return i < t.size() ? t[i] : Tensor(); }

Tensor resize(const Tensor& x, const Kwargs& k) {
  return image::resize(x, k.dims("size", {}),
                       {.interpolation = k.str("interpolation", "bilinear"),
                        .antialias = k.flag("antialias"),
                        .crop_to_aspect_ratio = k.flag("crop_to_aspect_ratio"),
                        .pad_to_aspect_ratio = k.flag("pad_to_aspect_ratio"),
                        .fill_value = k.number("fill_value", 0),
                        .data_format = k.str("data_format")});
}

const std::map<std::string, Run>& table() {
  static const std::map<std::string, Run> runs = {
      {"conv",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::conv(t[0], t[1], k.conv())};
       }},
      {"depthwise_conv",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::depthwise_conv(t[0], t[1], k.conv())};
       }},
      {"separable_conv",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::separable_conv(t[0], t[1], t[2], k.conv())};
       }},
      {"conv_transpose",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::conv_transpose(
             t[0], t[1],
             {k.dims("strides", 1), k.str("padding", "valid"), k.dims("output_padding", {}),
              k.str("data_format"), k.dims("dilation_rate", 1)})};
       }},
      {"max_pool",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::max_pool(t[0], k.dims("pool_size", 1), k.pool())};
       }},
      {"average_pool",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::average_pool(t[0], k.dims("pool_size", 1), k.pool())};
       }},
      {"adaptive_max_pool",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::adaptive_max_pool(t[0], k.dims("output_size", 1), k.str("data_format"))};
       }},
      {"adaptive_average_pool",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::adaptive_average_pool(t[0], k.dims("output_size", 1), k.str("data_format"))};
       }},
      {"unfold",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::unfold(t[0], k.dims("kernel_size", 1), k.unfold())};
       }},
      {"fold",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::fold(t[0], k.dims("output_size", 1), k.dims("kernel_size", 1), k.unfold())};
       }},
      {"depth_to_space",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::depth_to_space(t[0], k.integer("block_size", 2),
                                     k.str("data_format", "channels_last"))};
       }},
      {"space_to_depth",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::space_to_depth(t[0], k.integer("block_size", 2))};
       }},
      {"batch_normalization",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::batch_normalization(t[0], t[1], t[2], static_cast<int>(k.integer("axis", -1)),
                                          or_none(t, 3), or_none(t, 4), k.number("epsilon", 1e-3))};
       }},
      {"layer_normalization",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::layer_normalization(t[0], or_none(t, 1), or_none(t, 2), k.axes("axis", -1),
                                          k.maybe_number("epsilon"))};
       }},
      {"rms_normalization",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::rms_normalization(t[0], or_none(t, 1), k.axes("axis", -1),
                                        k.maybe_number("epsilon"))};
       }},
      {"normalize",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::normalize(t[0], k.axes("axis", -1), static_cast<int>(k.integer("order", 2)))};
       }},
      {"moments",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         const auto [mean, variance] = ops::moments(t[0], k.axes("axes", {}), k.flag("keepdims"));
         return {mean, variance};
       }},
      {"softmax",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::softmax(t[0], k.axes("axis", -1))};
       }},
      {"log_softmax",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::log_softmax(t[0], k.axes("axis", -1))};
       }},
      {"categorical_crossentropy",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::categorical_crossentropy(t[0], t[1], k.flag("from_logits"),
                                               static_cast<int>(k.integer("axis", -1)))};
       }},
      {"sparse_categorical_crossentropy",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::sparse_categorical_crossentropy(t[0], t[1], k.flag("from_logits"))};
       }},
      {"binary_crossentropy",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::binary_crossentropy(t[0], t[1], k.flag("from_logits"))};
       }},
      {"cce_of_softmax",
       [](const Tensors& t, const Kwargs&) -> Tensors {
         return {ops::categorical_crossentropy(t[0], ops::softmax(t[1]))};
       }},
      {"scce_of_softmax",
       [](const Tensors& t, const Kwargs&) -> Tensors {
         return {ops::sparse_categorical_crossentropy(t[0], ops::softmax(t[1]))};
       }},
      {"bce_of_sigmoid",
       [](const Tensors& t, const Kwargs&) -> Tensors {
         return {ops::binary_crossentropy(t[0], ops::sigmoid(t[1]))};
       }},
      {"ctc_loss",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::ctc_loss(t[0], t[1], t[2], t[3], k.integer("mask_index", 0))};
       }},
      {"psnr",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::psnr(t[0], t[1], k.number("max_val", 1))};
       }},
      {"dot_product_attention",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {ops::dot_product_attention(
             t[0], t[1], t[2],
             {.scale = k.maybe_number("scale"), .is_causal = k.flag("is_causal")})};
       }},
      {"attention_bias_mask",
       [](const Tensors& t, const Kwargs&) -> Tensors {
         return {ops::dot_product_attention(t[0], t[1], t[2], {.bias = t[3], .mask = t[4]})};
       }},
      {"resize", [](const Tensors& t, const Kwargs& k) -> Tensors { return {resize(t[0], k)}; }},
      {"pad_images",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {image::pad_images(
             t[0], {k.maybe("top_padding"), k.maybe("left_padding"), k.maybe("bottom_padding"),
                    k.maybe("right_padding"), k.maybe("target_height"), k.maybe("target_width")})};
       }},
      {"crop_images",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {image::crop_images(
             t[0], {k.maybe("top_cropping"), k.maybe("left_cropping"), k.maybe("bottom_cropping"),
                    k.maybe("right_cropping"), k.maybe("target_height"), k.maybe("target_width")})};
       }},
      {"rgb_to_grayscale",
       [](const Tensors& t, const Kwargs&) -> Tensors { return {image::rgb_to_grayscale(t[0])}; }},
      {"extract_patches",
       [](const Tensors& t, const Kwargs& k) -> Tensors {
         return {image::extract_patches(
             t[0], k.dims("size", 1),
             {.strides = k.dims("strides", {}), .padding = k.str("padding", "valid")})};
       }},
  };
  return runs;
}

}  // namespace

TEST_CASE("nn and image ops: Keras's values and gradients", "[ops][nn][golden]") {
  const GoldenFile& golden = GoldenFile::get("ops_nn");
  REQUIRE(golden.cases().size() > 150);
  for (const Config& c : golden.cases()) {
    INFO(c.to_json());
    const auto run = table().find(c.at("op").as_string());
    REQUIRE(run != table().end());
    const Tensors inputs = golden.arrays(c.at("inputs"));
    Tensors floats;
    GradientTape tape;
    for (const Tensor& t : inputs) {
      if (!is_floating(t.dtype())) continue;
      tape.watch(t);
      floats.push_back(t);
    }
    const Tensors outputs = run->second(inputs, Kwargs{c.at("kwargs")});
    const Tensors expected = golden.arrays(c.at("outputs"));
    REQUIRE(outputs.size() == expected.size());
    const double tolerance = expected[0].dtype() == DType::float64 ? 1e-12 : 1e-5;
    for (size_t i = 0; i < outputs.size(); ++i)
      CHECK(mismatch(outputs[i], expected[i], tolerance) == "");
    const Config::List& keys = c.at("grads").as_list();
    if (keys.empty()) continue;
    const Tensors weights = golden.arrays(c.at("cotangents"));
    Tensor loss;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!weights[i].defined()) continue;
      const Tensor part = ops::sum(outputs[i] * weights[i]);
      loss = loss.defined() ? loss + part : part;
    }
    const Tensors gradients = tape.gradient(loss, floats);
    for (size_t i = 0; i < gradients.size(); ++i) {
      const Tensor e = golden.array(keys[i]);
      INFO("gradient " << i);
      if (e.defined() && gradients[i].defined()) {
        CHECK(mismatch(gradients[i], e, tolerance * 5) == "");
      } else {
        CHECK(e.defined() == gradients[i].defined());
      }
    }
  }
}
