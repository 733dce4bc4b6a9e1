/// The state of optimizers in the layouts of every Keras (src/saving/legacy/optimizer_state.h).
#include <algorithm>
#include <catch2/catch_all.hpp>

#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/math.h"
#include "kcpp/optimizers/multi.h"
#include "kcpp/saving.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/hdf5_writer.h"
#include "src/saving/legacy/optimizer_state.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

using namespace saving;

/// A list of arrays as a file holds it: the value of each tells which one it is.
class StateFile {
 public:
  void add(const std::string& name, const Shape& shape, double value) {
    names_.push_back(name);
    tensors_.push_back(Tensor::full(shape, value));
  }
  StoredWeights stored() {
    hdf5::FileWriter writer;
    for (size_t i = 0; i < names_.size(); ++i) writer.root().dataset(names_[i], tensors_[i]);
    io::AtomicFile out(folder_ / "state.h5");
    writer.write_to(out);
    out.commit();
    const hdf5::Group root = hdf5::File::open(folder_ / "state.h5").root();
    StoredWeights stored;
    for (const std::string& name : names_) stored.emplace_back(name, root.dataset(name));
    return stored;
  }

 private:
  TemporaryFolder folder_;
  std::vector<std::string> names_;
  Tensors tensors_;
};

Sequential model_with(const Optimizer& optimizer) {
  Sequential model({layers::Input({4}), layers::Dense(4, {.use_bias = false}),
                    layers::Dense(4, {.use_bias = false}), layers::Dense(2)});
  model.compile({.optimizer = optimizer, .loss = "mse"});
  return model;
}
const std::vector<Shape> shapes = {{4, 4}, {4, 4}, {4, 2}, {2}};

/// The slots' values, in the order of Keras 3.
std::vector<double> values(const Model& model) {
  std::vector<double> out;
  for (const Variable& v : model.optimizer()->variables()) {
    const Tensor x = ops::cast(v.value(), DType::float64);
    out.push_back(x.data<double>()[0]);
  }
  return out;
}

std::vector<double> read(const Model& model, StateFile& file, const char* version,
                         LoadReport* report = nullptr) {
  plan_optimizer_state(model, file.stored(), epoch_of_version(version), nullptr, report)
      .apply(false);
  return values(model);
}

TEST_CASE("Adam's state: all m, then all v", "[saving][legacy][optimizer]") {
  // Equal shapes: only names and epoch tell the layouts apart.
  for (const char* version : {"1.2.2", "2.2.4", "2.3.1", "2.4.0"}) {
    INFO(version);
    const bool placeholders = std::string_view(version).starts_with("2.2") ||
                              std::string_view(version).starts_with("2.3");
    StateFile file;
    file.add("iterations", {}, 7);
    for (int i = 0; i < 4; ++i) file.add(text("m", i), shapes[static_cast<size_t>(i)], 10 + i);
    for (int i = 0; i < 4; ++i) file.add(text("v", i), shapes[static_cast<size_t>(i)], 20 + i);
    for (int i = 0; placeholders && i < 4; ++i) file.add(text("vhat", i), {1}, 0);
    LoadReport report;
    const Sequential model = model_with(optimizers::Adam({.learning_rate = 0.5}));
    CHECK(read(model, file, version, &report) ==
          std::vector<double>{7, 0.5, 10, 20, 11, 21, 12, 22, 13, 23});
    CHECK(report.to_string().find("was converted") != std::string::npos);
  }
}

TEST_CASE("Adam's state of Keras 2.11 to 2.15 lacks the learning rate",
          "[saving][legacy][optimizer]") {
  StateFile file;
  file.add("iteration", {}, 7);
  for (int i = 0; i < 4; ++i) {
    file.add(text("m", i), shapes[static_cast<size_t>(i)], 10 + i);
    file.add(text("v", i), shapes[static_cast<size_t>(i)], 20 + i);
  }
  CHECK(read(model_with(optimizers::Adam({.learning_rate = 0.5})), file, "2.13.1") ==
        std::vector<double>{7, 0.5, 10, 20, 11, 21, 12, 22, 13, 23});
  // tf.keras.optimizers.legacy in the same version: its names tell.
  StateFile legacy;
  legacy.add("Adam/iter:0", {}, 7);
  for (const char* kind : {"m", "v"})
    for (int i = 0; i < 4; ++i)
      legacy.add(text("Adam/dense_", i, "/kernel/", kind, ":0"), shapes[static_cast<size_t>(i)],
                 (*kind == 'm' ? 10 : 20) + i);
  CHECK(read(model_with(optimizers::Adam({.learning_rate = 0.5})), legacy, "2.13.1") ==
        std::vector<double>{7, 0.5, 10, 20, 11, 21, 12, 22, 13, 23});
}

TEST_CASE("states without an iteration, with unused momentums, with a product",
          "[saving][legacy][optimizer]") {
  StateFile rmsprop;
  for (int i = 0; i < 4; ++i) rmsprop.add(text("a", i), shapes[static_cast<size_t>(i)], 10 + i);
  CHECK(read(model_with(optimizers::RMSprop({.learning_rate = 0.5})), rmsprop, "2.2.4") ==
        std::vector<double>{0, 0.5, 10, 11, 12, 13});

  StateFile sgd;
  sgd.add("iteration", {}, 3);
  for (int i = 0; i < 4; ++i) sgd.add(text("m", i), shapes[static_cast<size_t>(i)], 10 + i);
  CHECK(read(model_with(optimizers::SGD({.learning_rate = 0.5})), sgd, "2.15.0") ==
        std::vector<double>{3, 0.5});
  CHECK(read(model_with(optimizers::SGD({.learning_rate = 0.5, .momentum = 0.9})), sgd, "2.3.1") ==
        std::vector<double>{3, 0.5, 10, 11, 12, 13});

  StateFile nadam;
  nadam.add("iterations", {}, 3);
  nadam.add("m_schedule", {}, 0.25);
  for (int i = 0; i < 8; ++i) nadam.add(text("s", i), shapes[static_cast<size_t>(i % 4)], 10 + i);
  StateFile first;  // as Keras 3.0 to 3.9 wrote it
  first.add("0", {}, 3);
  first.add("1", {}, 0.5);
  first.add("2", {}, 0.25);
  for (int i = 0; i < 8; ++i) first.add(text("v", i), shapes[static_cast<size_t>(i / 2)], 10 + i);
  CHECK(read(model_with(optimizers::Nadam({.learning_rate = 0.1})), first, "3.9.2") ==
        std::vector<double>{3, 0.5, 10, 11, 12, 13, 14, 15, 16, 17, 0.25});
  CHECK(read(model_with(optimizers::Nadam({.learning_rate = 0.5})), nadam, "2.3.1") ==
        std::vector<double>{3, 0.5, 10, 14, 11, 15, 12, 16, 13, 17, 0.25});
}

std::vector<std::string> written_names(const Model& model, const std::string& path) {
  model.save(path);
  return hdf5::File::open(io::open_file(path))
      .root()
      .group("optimizer_weights")
      .attribute_strings("weight_names");
}

TEST_CASE("an .h5 of a model that tf.keras wrote has the state as tf.keras lists it",
          "[saving][legacy][optimizer]") {
  const TemporaryFolder folder;
  for (const char* name : {"adam", "adam_amsgrad", "sgd", "sgd_plain", "rmsprop", "adagrad",
                           "adadelta", "adamax", "nadam"}) {
    INFO(name);
    const Model model =
        load_model(GoldenFile::path(text("files_epochs/tf-215/optimizer_", name, ".h5")));
    const auto names = written_names(model, folder / "again.h5");
    REQUIRE(!names.empty());
    CHECK(names[0].ends_with("/iter:0"));
    CHECK(std::none_of(names.begin(), names.end(),
                       [](const auto& n) { return n.find("learning_rate") != n.npos; }));
    CHECK(values(load_model(folder / "again.h5")) == values(model));
  }
  const Model adam = load_model(GoldenFile::path("files_epochs/tf-215/optimizer_adam.h5"));
  const auto names = written_names(adam, folder / "adam.h5");
  REQUIRE(names.size() == 9);
  for (size_t i = 1; i < 9; ++i) CHECK(names[i].ends_with(i < 5 ? "/m:0" : "/v:0"));
  // A model of Keras 3 has it as Keras 3 writes it.
  const Sequential own = model_with(optimizers::Adam({.learning_rate = 0.5}));
  own.optimizer()->build(own.trainable_weights());
  CHECK(written_names(own, folder / "own.h5").size() == own.optimizer()->variables().size());
}

TEST_CASE("an optimizer that never made a step has no slots", "[saving][optimizer]") {
  const auto scaled = [] {
    return model_with(optimizers::LossScaleOptimizer(optimizers::Adam({.learning_rate = 0.5}),
                                                     {.initial_scale = 64.0}));
  };
  StateFile file;  // the scale is made by the first step, too
  file.add("iteration", {}, 0);
  file.add("learning_rate", {}, 0.0);
  file.add("inner_iteration", {}, 0);
  file.add("inner_learning_rate", {}, 0.25);
  LoadReport report;
  CHECK(read(scaled(), file, "3.15.1", &report) ==
        std::vector<double>{0, 0, 0, 64, 0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(report.to_string().empty());
}

TEST_CASE("several optimizers that never made a step have no slots", "[saving][optimizer]") {
  const optimizers::OptimizerMap map(
      optimizers::SGD({.learning_rate = 0.5, .momentum = 0.9}),
      {{"dense_[0-9]+/kernel", optimizers::Adam({.learning_rate = 1.0})}});
  symbolic::reset_names();
  const Sequential model = model_with(optimizers::MultiOptimizer(map));
  StateFile file;
  for (const char* name : {"iteration", "adam_iteration", "sgd_iteration"}) {
    file.add(name, {}, 0);
    file.add(text(name, "_rate"), {}, 0.25);
  }
  LoadReport report;
  const std::vector<double> read_values = read(model, file, "3.15.1", &report);
  CHECK(std::vector<double>(read_values.begin(), read_values.begin() + 4) ==
        std::vector<double>{0, 0.25, 0, 0.25});
  CHECK(std::count(read_values.begin(), read_values.end(), 0.25) == 3);
  CHECK(report.to_string().empty());
}

TEST_CASE("a state that fits nothing is told, and left", "[saving][legacy][optimizer]") {
  StateFile file;
  file.add("iterations", {}, 7);
  file.add("m", {3, 3}, 1);
  LoadReport report;
  const Sequential model = model_with(optimizers::Adam({.learning_rate = 0.5}));
  CHECK(read(model, file, "2.2.4", &report)[0] == 0);
  CHECK(report.to_string().find("Skipping variable loading for optimizer 'adam'") !=
        std::string::npos);
}

}  // namespace
}  // namespace kcpp::test
