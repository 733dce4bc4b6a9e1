// Each callback beside Keras's on the same scripted figures
// (tests/golden/generate/gen_callbacks.py).
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <filesystem>
#include <set>

#include "tests/callbacks/scripted.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::WithinRel;

namespace {

/// The options of a case over the defaults.
class Given {
 public:
  explicit Given(const Config& options) : options_(options) {}
  void operator()(const char* name, double& v) const {
    if (options_.find(name)) v = options_.at(name).as_double();
  }
  void operator()(const char* name, int& v) const {
    if (options_.find(name)) v = static_cast<int>(options_.at(name).as_int());
  }
  void operator()(const char* name, bool& v) const {
    if (options_.find(name)) v = options_.at(name).as_bool();
  }
  void operator()(const char* name, std::string& v) const {
    if (options_.find(name)) v = options_.at(name).as_string();
  }
  void operator()(const char* name, std::optional<double>& v) const {
    if (options_.find(name)) v = options_.at(name).as_double();
  }

 private:
  const Config& options_;
};

CallbackRef make(const std::string& name, const Config& options, const TemporaryFolder& folder) {
  const Given given(options);
  if (name == "EarlyStopping") {
    callbacks::EarlyStoppingOptions o;
    given("monitor", o.monitor), given("min_delta", o.min_delta), given("patience", o.patience),
        given("verbose", o.verbose);
    given("mode", o.mode), given("baseline", o.baseline),
        given("restore_best_weights", o.restore_best_weights);
    given("start_from_epoch", o.start_from_epoch);
    return callbacks::EarlyStopping(o);
  }
  if (name == "ReduceLROnPlateau") {
    callbacks::ReduceLROnPlateauOptions o;
    given("monitor", o.monitor), given("factor", o.factor), given("patience", o.patience),
        given("verbose", o.verbose);
    given("mode", o.mode), given("min_delta", o.min_delta), given("cooldown", o.cooldown),
        given("min_lr", o.min_lr);
    return callbacks::ReduceLROnPlateau(o);
  }
  if (name == "ModelCheckpoint") {
    callbacks::ModelCheckpointOptions o;
    given("monitor", o.monitor), given("verbose", o.verbose),
        given("save_best_only", o.save_best_only), given("mode", o.mode);
    given("save_weights_only", o.save_weights_only),
        given("initial_value_threshold", o.initial_value_threshold);
    return callbacks::ModelCheckpoint(folder / options.at("filepath").as_string(), o);
  }
  REQUIRE(name == "CSVLogger");
  callbacks::CSVLoggerOptions o;
  given("separator", o.separator);
  return callbacks::CSVLogger(folder / options.at("filename").as_string(), o);
}

std::string without(std::string text, const std::string& part) {
  for (size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

}  // namespace

TEST_CASE("Callbacks do as Keras's on the same figures") {
  for (const Config& c : GoldenFile::get("callbacks").cases()) {
    INFO(c.to_json());
    const TemporaryFolder folder;
    LogTable table;
    for (const auto& [key, values] : c.at("table").as_dict()) {
      for (const Config& v : values.as_list()) table[key].push_back(v.as_double());
    }
    std::vector<std::set<std::string>> saved;
    std::map<std::string, std::filesystem::file_time_type> stamps;
    const auto note_files = callbacks::LambdaCallback({.on_epoch_end = [&](int, Logs&) {
      auto& now = saved.emplace_back();
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        const std::string path = entry.path().lexically_relative(folder.path()).string();
        if (!path.ends_with(".h5")) continue;
        if (!stamps.contains(path) || stamps[path] != entry.last_write_time()) now.insert(path);
        stamps[path] = entry.last_write_time();
      }
    }});
    ScriptedRun run;
    run.fit(table, {make(c.at("class").as_string(), c.at("options"), folder), note_files});

    CHECK(static_cast<int64_t>(run.history.epoch.size()) == c.at("epochs_run").as_int());
    CHECK(run.weight() == c.at("weight").as_double());
    CHECK_THAT(run.model.optimizer().learning_rate(), WithinRel(c.at("rate").as_double(), 1e-6));
    const auto& rates = c.at("rates").as_list();
    for (size_t i = 0; i < rates.size() && !rates[i].is_null(); ++i) {
      CHECK_THAT(run.history["learning_rate"][i], WithinRel(rates[i].as_double(), 1e-6));
    }
    CHECK(without(run.printed, folder / "") == c.at("printed").as_string());
    const auto& files = c.at("saved").as_list();
    REQUIRE(files.size() == saved.size());
    for (size_t i = 0; i < files.size(); ++i) {
      std::set<std::string> expected;
      for (const Config& f : files[i].as_list()) expected.insert(f.as_string());
      CHECK(saved[i] == expected);
    }
    if (c.find("csv")) CHECK(slurp(folder / "log.csv") == c.at("csv").as_string());
  }
}
