/// Options that a layer's Keras left out of its config, and that shapes or weights tell
/// (src/saving/legacy/told_by_*.cpp). Files: tests/golden/files_epochs, keras-1.2.2 and
/// keras-3.3.3.
#include <catch2/catch_all.hpp>

#include "kcpp/saving.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/json.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/upgrade.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace saving;
using Catch::Matchers::ContainsSubstring;

Config json(const std::string& text) { return io::parse_json(text, "test"); }

/// A Sequential of a transposed convolution of images of 5 by 4, and of layers behind it.
std::string convolution(const std::string& options, const std::string& behind) {
  return R"({"class_name": "Sequential", "config": {"layers": [
    {"class_name": "Conv2DTranspose", "config": {"name": "t", "filters": 2,
     "kernel_size": [3, 3], "data_format": "channels_last", )" +
         options + R"(}, "build_config": {"input_shape": [null, 5, 4, 2]}})" + behind + "]}}";
}
std::string called_on(const std::string& class_name, const std::string& shape) {
  return R"(, {"class_name": ")" + class_name + R"(", "config": {"name": "n"},
    "build_config": {"input_shape": )" +
         shape + "}}";
}

/// `output_padding` as it is upgraded; "none" without it.
std::string padding(const std::string& model, const std::string& version = "3.12.0") {
  LoadReport report;
  const Config out = upgrade_model(json(model), epoch_of_version(version), &report);
  const Config* found =
      out.at("config").at("layers").as_list()[0].at("config").find("output_padding");
  CHECK(report.notes.size() == (found ? 1 : 0));
  return found ? found->to_json() : "none";
}

TEST_CASE("output_padding that Keras 3 did not write: the shape behind the layer tells it",
          "[saving][epochs]") {
  const std::string valid = R"("strides": [2, 2], "padding": "valid")",
                    same = R"("strides": [2, 3], "padding": "same", "dilation_rate": [1, 1])";
  CHECK(padding(convolution(valid, called_on("Flatten", "[null, 12, 9, 2]"))) == "[1, 0]");
  CHECK(padding(convolution(same, called_on("Flatten", "[null, 9, 12, 2]"))) == "[0, 2]");
  // As large as without it.
  CHECK(padding(convolution(valid, called_on("Flatten", "[null, 11, 9, 2]"))) == "none");
  CHECK(padding(convolution(same, called_on("Flatten", "[null, 10, 12, 2]"))) == "none");
  // Behind what leaves the shape as it is, and no further.
  const std::string activation = R"(, {"class_name": "LeakyReLU", "config": {"name": "a"}})",
                    pooling = R"(, {"class_name": "MaxPooling2D", "config": {"name": "p"}})",
                    flat = called_on("Flatten", "[null, 12, 10, 2]");
  CHECK(padding(convolution(valid, activation + flat)) == "[1, 1]");
  CHECK(padding(convolution(valid, pooling + flat)) == "none");
  CHECK(padding(convolution(valid, activation)) == "none");
  // Today's Keras writes it.
  CHECK(padding(convolution(valid, flat), "3.15.0") == "none");
}

TEST_CASE("shapes that no output_padding makes tell nothing", "[saving][epochs]") {
  const std::string valid = R"("strides": [2, 2], "padding": "valid")";
  for (const char* shape :
       {"[null, 13, 9, 2]", "[null, 10, 9, 2]", "[null, null, 9, 2]", "[null, 12, 9]", "[]",
        "[null, -12, 9, 2]", "[null, 4611686018427387904, 9, 2]", R"([null, "12", 9, 2])"}) {
    INFO(shape);
    CHECK(padding(convolution(valid, called_on("Flatten", shape))) == "none");
  }
  for (const char* strides : {"0", "[-2, 2]", "4611686018427387904", R"("2")"}) {
    INFO(strides);
    CHECK(padding(convolution(R"("padding": "valid", "strides": )" + std::string(strides),
                              called_on("Flatten", "[null, 12, 9, 2]"))) == "none");
  }
}

TEST_CASE("encodings of a column keep its axis up to Keras 3.3", "[saving][epochs]") {
  const auto shapes = [](const std::string& version, const std::string& shape) {
    const Config model = json(R"({"class_name": "Sequential", "config": {"layers": [
      {"class_name": "CategoryEncoding", "config": {"name": "c", "num_tokens": 5,
       "output_mode": "one_hot"}, "build_config": {"input_shape": )" +
                              shape + "}}]}}");
    const Config out = upgrade_model(model, epoch_of_version(version), nullptr);
    const Config::List& layers = out.at("config").at("layers").as_list();
    const Config& last = layers.back().at("config");
    CHECK(last.at("name") == Config("c"));
    return layers.size() == 2 ? last.at("target_shape").to_json() : "none";
  };
  CHECK(shapes("3.3.3", "[null, 1]") == "[1, 5]");
  CHECK(shapes("3.0.5", "[null, null, 1]") == "[-1, 1, 5]");
  CHECK(shapes("3.3.3", "[null, 3]") == "none");
  CHECK(shapes("3.3.3", "[null]") == "none");
  CHECK(shapes("3.4.0", "[null, 1]") == "none");
}

TEST_CASE("what the weights told is in the report, and in the model's config", "[saving][epochs]") {
  const auto loaded = [](const std::string& file, const std::string& note) {
    LoadReport report;
    const Model model = load_model(GoldenFile::path("files_epochs/" + file), {.report = &report});
    CHECK_THAT(report.to_string(), ContainsSubstring(note));
    return model->get_config().to_json();
  };
  CHECK_THAT(loaded("keras-3.3.3/layer_norm_rms.keras", "`rms_scaling` is not in the file"),
             ContainsSubstring(R"("rms_scaling": true)"));
  CHECK_THAT(loaded("keras-1.2.2/shared_axes.h5", "its arrays tell [1, 2]."),
             ContainsSubstring(R"("shared_axes": [1, 2])"));
  CHECK_THAT(loaded("keras-1.2.2/orderings.h5", R"(their weights fit "th".)"),
             ContainsSubstring(R"("data_format": "channels_first")"));
}

TEST_CASE("weights tell of a model that is another file, too", "[saving][epochs]") {
  const TemporaryFolder folder;
  for (const char* name : {"shared_axes", "orderings"}) {
    INFO(name);
    const GoldenFile golden("files_epochs/keras-1.2.2/expected");
    const std::string weights =
        GoldenFile::path("files_epochs/keras-1.2.2/" + std::string(name) + ".h5");
    const std::string config = folder / (std::string(name) + ".json");
    Config model =
        json(hdf5::File::open(io::open_file(weights)).root().attribute_string("model_config"));
    model.set("keras_version", "1.2.2");
    spill(config, model.to_json());
    const Model loaded = load_model(config, {.weights = weights});
    const Tensors y = loaded.predict_all(golden.arrays(Config::list({std::string(name) + ":x0"})));
    CHECK(difference(y[0], golden.array(std::string(name) + ":y0"), 1e-5) == "");
  }
}

}  // namespace
}  // namespace kcpp::test
