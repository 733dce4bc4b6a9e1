/// Replays tests/golden/training.json: whole trainings, batch by batch and by fit.
#include <catch2/catch_all.hpp>

#include "kcpp/saving.h"
#include "src/saving/compile_config.h"
#include "tests/support/training_case.h"

namespace kcpp::test {
namespace {

constexpr double tolerance = 1e-4;

class Training : public TrainingCase {
 public:
  using TrainingCase::TrainingCase;

  void run() {
    by_batches();
    by_fit();
  }

 private:
  Model compiled() {
    symbolic::reset_names();
    const Model model = model_from_json(c_.at("model_json").to_json());
    CompileOptions options = saving::read_compile_config(c_.at("compile"));
    // Keras's config of Huber lacks the delta that it trained with.
    if (c_.at("name").as_string() == "nested_shared") options.loss = losses::Huber({.delta = 0.5});
    model.compile(options);
    const Variables weights = model.weights();
    const Tensors initial = golden_.arrays(c_.at("initial_weights"));
    compare_paths(model, c_.at("weight_paths"));
    expect(weights.size() == initial.size(), weights.size(), " weights instead of ",
           initial.size());
    for (size_t i = 0; i < std::min(weights.size(), initial.size()); ++i) {
      Variable(weights[i]).assign(initial[i]);
    }
    return model;
  }

  void by_batches() {
    const Model model = compiled();
    compare_predictions("predictions before", model, c_.at("initial_predictions"), 1e-5);
    const std::vector<double> expected = numbers(c_.at("batch_losses"));
    compare("batch losses",
            train(model, expected.size(), c_.at("fit").at("validation_split").as_double()),
            expected, tolerance);
  }

  void by_fit() {
    const Model model = compiled();
    const Config& fit = c_.at("fit");
    const History history = model.fit(x_, y_,
                                      {.batch_size = batch_size,
                                       .epochs = static_cast<int>(fit.at("epochs").as_int()),
                                       .verbose = "0",
                                       .validation_split = fit.at("validation_split").as_double(),
                                       .shuffle = false,
                                       .class_weight = class_weight_,
                                       .sample_weight = sample_weight_});
    for (const auto& [name, values] : c_.at("history").as_dict()) {
      expect(history.contains(name), "history lacks ", name);
      if (history.contains(name))
        compare("history of " + name, history[name], numbers(values), tolerance);
    }
    expect(history.history.size() == c_.at("history").size(), "history has other figures");
    compare_weights("final", model, c_.at("final_weights"), tolerance);
    compare_predictions("predictions", model, c_.at("predictions"), tolerance);
    compare_evaluate(model, tolerance);
  }
};

TEST_CASE("training goes as Keras's", "[training][golden]") {
  run_cases<Training>("training", {}, [](const std::string& name, const std::string& wrong) {
    INFO(name << wrong);
    CHECK(wrong.empty());
  });
}

}  // namespace
}  // namespace kcpp::test
