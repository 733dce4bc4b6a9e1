/// Each field of the config of each layer, initializer, regularizer ... with values that it does
/// not expect: a load works or gives a sentence, quickly, and so does the first prediction.
#include <sys/resource.h>

#include <catch2/catch_all.hpp>
#include <cstdlib>
#include <map>

#include "tests/saving/hostile.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

/// The families of golden layers: every layer is in one of them.
constexpr const char* kFamilies[] = {"layers", "augmentation", "text", "layers_signal"};

/// A model around one layer that real Keras wrote.
Config model_around(const GoldenFile& golden, const Config& golden_case) {
  Shapes shapes;
  std::vector<std::string> dtypes;
  for (const Config& key : golden_case.at("inputs").as_list()) {
    if (key.find("strings")) {
      from_config(key.at("shape"), shapes.emplace_back(), "shape");
      dtypes.emplace_back("string");
      continue;
    }
    const Config* array = key.find("array");
    const Tensor x = golden.array(array ? *array : key);
    shapes.push_back(x.shape());
    dtypes.emplace_back(name_of(x.dtype()));
  }
  return model_of(golden_case, shapes, dtypes);
}

/// Every value in `attacked`, a part of `model`, is replaced in turn by every `stride`-th of the
/// absurd values.
void attack_all(const Config& model, Config& attacked, size_t stride, size_t& tried,
                std::vector<std::string>& wrong) {
  for_each_value(attacked, [&](Config& value, const std::string& where) {
    const Config good = value;
    const std::vector<Config>& absurd = absurd_values();
    for (size_t i = tried % stride; i < absurd.size(); i += stride) {
      value = absurd[i];
      const std::string json = model.to_json();
      const Outcome outcome = attempt([&] { load_json(json); });
      if (!outcome.wrong.empty())
        wrong.push_back(text(where, " = ", absurd[i].to_json().substr(0, 60), ": ",
                             outcome.wrong.substr(0, 300)));
    }
    ++tried;
    value = good;
  });
}

}  // namespace

TEST_CASE("absurd values in every field of every layer") {
  const MemoryLimit limit;
  // All of them take a minute; the short run takes each value somewhere else.
  const bool all = std::getenv("KCPP_LONG_TESTS") != nullptr;
  std::map<std::string, int> seen;
  size_t tried = 0;
  for (const char* family : kFamilies) {
    const GoldenFile& golden = GoldenFile::get(family);
    for (const Config& c : golden.cases()) {
      if (!c.find("layer")) continue;
      const std::string& name = c.at("layer").at("class_name").as_string();
      if (seen[name]++ >= (all ? 3 : 1)) continue;
      INFO(name << ", case " << c.at("name").as_string());
      Config model = model_around(golden, c);
      const Outcome good = attempt([&] { load_json(model.to_json()); });
      CHECK(good.accepted);
      CHECK(good.sentence == "");
      std::vector<std::string> wrong;
      Config& layers = *model.find("config")->find("layers");
      attack_all(model, layers.as_list().back(), all ? 1 : 7, tried, wrong);
      CHECK(wrong == std::vector<std::string>{});
    }
  }
  CHECK(seen.size() > 120);
}

TEST_CASE("absurd values everywhere around the layers") {
  const MemoryLimit limit;
  const GoldenFile& golden = GoldenFile::get("layers");
  size_t tried = 0;
  for (const char* name : {"add", "lstm", "mha_self"}) {
    for (const Config& c : golden.cases()) {
      if (!c.at("name").as_string().starts_with(name)) continue;
      INFO(name);
      Config model = model_around(golden, c);
      std::vector<std::string> wrong;
      attack_all(model, model, 1, tried, wrong);
      CHECK(wrong == std::vector<std::string>{});
      break;
    }
  }
}

TEST_CASE("inputs of every rank and of absurd sizes into every layer") {
  const MemoryLimit limit;
  const std::vector<Shape> shapes = {{},
                                     {-1},
                                     {-1, 0},
                                     {-1, -1},
                                     {-1, 3},
                                     {-1, 2, 0},
                                     {-1, 3, -1},
                                     {-1, 1, 2, 3},
                                     {0, 2, 2},
                                     {-1, 2, 2, 2, 2},
                                     {-1, 1, 1, 1, 1, 1, 1},
                                     {-1, int64_t{1} << 31},
                                     {-1, int64_t{1} << 40, int64_t{1} << 40},
                                     {-1, 2, int64_t{1} << 62, 4}};
  std::map<std::string, int> seen;
  for (const char* family : kFamilies) {
    for (const Config& c : GoldenFile::get(family).cases()) {
      if (!c.find("layer")) continue;
      const std::string& name = c.at("layer").at("class_name").as_string();
      if (seen[name]++) continue;
      const size_t inputs = c.at("inputs").size();
      for (size_t i = 0; i < shapes.size(); ++i) {
        Shapes all(inputs, shapes[i]);
        if (i % 2 && inputs > 1) all[1] = shapes[(i + 3) % shapes.size()];
        Config model = model_of(c, all, std::vector<std::string>(inputs, "float32"));
        const Config built = model;
        for (const bool keep_build_config : {true, false}) {
          if (!keep_build_config)
            model.find("config")->find("layers")->as_list().back().erase("build_config");
          const Outcome outcome = attempt([&] { load_json(model.to_json()); });
          INFO(name << " on " << text(all));
          CHECK(outcome.wrong == "");
        }
      }
    }
  }
}
