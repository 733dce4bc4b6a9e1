/// Replays tests/golden/files: models that Keras saved, loaded, trained on, saved again.
#include <catch2/catch_all.hpp>
#include <sstream>

#include "kcpp/saving.h"
#include "tests/support/files.h"
#include "tests/support/training_case.h"

namespace kcpp::test {
namespace {

class KerasFile : public TrainingCase {
 public:
  using TrainingCase::TrainingCase;

  void run() {
    name_ = c_.at("name").as_string();
    for (const Config& file : c_.at("files").as_list()) {
      const std::string& path = file.as_string();
      file_ = path;
      if (path.ends_with(".weights.h5")) {
        weights_file(GoldenFile::path("files/" + path));
      } else {
        whole(GoldenFile::path("files/" + path), path.ends_with(".keras"));
      }
    }
  }

 private:
  std::string in_file(std::string_view what) const { return text(file_, " ", what); }

  Model load(const std::string& path) {
    symbolic::reset_names();
    LoadReport report;
    Model model = load_model(path, {.report = &report});
    expect(report.notes.empty(), in_file("notes: "), report.to_string());
    return model;
  }

  void whole(const std::string& path, bool keras) {
    Model model = load(path);
    compare_paths(model, c_.at("weight_paths"));
    compare_weights(in_file("weights"), model, c_.at("weights"), 0);
    compare_predictions(in_file("predictions"), model, c_.at("predictions"), 1e-5);
    if (name_ != "nested_shared")
      compare_evaluate(model, 1e-4);  // Huber's config, as Keras writes it, lacks the delta
    if (keras) {
      optimizer_state(model);
      summaries(model);
    }
    saved_again(model, keras ? ".keras" : ".h5");
    const std::vector<double> expected = numbers(c_.at("resumed_losses"));
    compare(in_file("resumed losses"),
            train(model, expected.size(), c_.at("validation_split").as_double()), expected, 1e-4);
    compare_weights(in_file("resumed"), model, c_.at("resumed_weights"), 1e-4);
  }

  void optimizer_state(const Model& model) {
    const Config::List& expected = c_.at("optimizer_variables").as_list();
    const Variables mine = model.optimizer()->variables();
    expect(mine.size() == expected.size(), "the optimizer has ", mine.size(),
           " variables instead of ", expected.size());
    for (size_t i = 0; i < std::min(mine.size(), expected.size()); ++i) {
      compare("optimizer " + mine[i].path(), mine[i].value(),
              golden_.array(expected[i].at("value")), 0);
    }
  }

  void summaries(const Model& model) {
    for (const auto& [form, expected] : c_.at("summaries").as_dict()) {
      const std::string mine =
          model.summary_text({.line_length = 100,
                              .expand_nested = form == "expanded" || form == "all",
                              .show_trainable = form == "trainable" || form == "all"});
      expect(begins_alike(mine, expected.as_string()), "summary ", form, ":\n", mine,
             "instead of\n", expected.as_string());
    }
  }
  /// Line by line. The golden tables were cut off at 80 columns, so theirs are beginnings.
  static bool begins_alike(const std::string& mine, const std::string& expected) {
    std::istringstream a(mine), b(expected);
    std::string line, beginning;
    while (std::getline(b, beginning)) {
      beginning.erase(beginning.find_last_not_of(' ') + 1);
      const bool more = static_cast<bool>(std::getline(a, line));
      if (more ? !line.starts_with(beginning) : !beginning.empty()) return false;
    }
    return !std::getline(a, line) || line.empty();
  }

  void saved_again(const Model& model, const std::string& suffix) {
    const TemporaryFolder folder;
    const std::string path = folder / (name_ + suffix);
    model.save(path);
    Model again = load(path);
    compare_weights(in_file("saved again"), again, c_.at("weights"), 0);
    const Variables a = model.optimizer()->variables(), b = again.optimizer()->variables();
    expect(a.size() == b.size(), in_file("saved again: the optimizer has "), b.size(),
           " variables instead of ", a.size());
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      compare(in_file("saved again: " + a[i].path()), b[i].value(), a[i].value(), 0);
    expect(again->serialize() == model->serialize(), in_file("saved again: another config"));
  }

  void weights_file(const std::string& path) {
    // Into the untrained model of the same architecture.
    const Config* json = nullptr;
    for (const Config& other : GoldenFile::get("training").cases()) {
      if (other.at("name").as_string() == name_) json = &other.at("model_json");
    }
    symbolic::reset_names();
    Model model = model_from_json(json->to_json());
    load_weights(model, path);
    compare_weights(in_file("weights"), model, c_.at("weights"), 0);
    const TemporaryFolder folder;
    save_weights(model, folder / "again.weights.h5");
    symbolic::reset_names();
    Model again = model_from_json(json->to_json());
    load_weights(again, folder / "again.weights.h5");
    compare_weights(in_file("saved again"), again, c_.at("weights"), 0);
  }

  std::string name_, file_;
};

TEST_CASE("model files of Keras are read, run, trained on and written again", "[saving][golden]") {
  run_cases<KerasFile>("files", {}, [](const std::string& name, const std::string& wrong) {
    INFO(name << wrong);
    CHECK(wrong.empty());
  });
}

}  // namespace
}  // namespace kcpp::test
