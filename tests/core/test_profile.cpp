/// The profile: valid JSON, properly nested, every thread's events, nothing when off.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <thread>

#include "kcpp/kcpp.h"
#include "src/saving/containers/json.h"
#include "tests/support/files.h"

namespace kcpp::test {
namespace {

struct Event {
  std::string name, category, shapes;
  double begin, end;
  int64_t thread;
};

std::vector<Event> read_events(const std::string& path) {
  const Config trace = io::parse_json(slurp(path));
  std::vector<Event> out;
  for (const Config& e : trace.as_list()) {
    if (e.at("ph").as_string() != "X") continue;
    const Config* shapes = e.at("args").find("shapes");
    const double begin = e.at("ts").as_double();
    out.push_back({e.at("name").as_string(), e.at("cat").as_string(),
                   shapes ? shapes->as_string() : "", begin, begin + e.at("dur").as_double(),
                   e.at("tid").as_int()});
  }
  return out;
}

bool inside(const Event& inner, const Event& outer) {
  constexpr double rounding = 0.0015;  // microseconds; times are written with three decimals
  return inner.thread == outer.thread && inner.begin >= outer.begin - rounding &&
         inner.end <= outer.end + rounding;
}

/// Two stretches of a thread lie apart or one in the other.
bool properly_nested(const std::vector<Event>& events) {
  for (const Event& a : events) {
    for (const Event& b : events) {
      if (a.thread != b.thread || a.begin > b.begin) continue;
      const bool apart = b.begin >= a.end - 0.0015;
      if (!apart && !inside(b, a) && !inside(a, b)) return false;
    }
  }
  return true;
}

Sequential small_model() {
  return Sequential({layers::Input({4}), layers::Dense(8, {.activation = "relu", .name = "first"}),
                     layers::Dense(2, {.name = "second"})},
                    {.name = "small"});
}

TEST_CASE("a profile shows ops inside layers inside steps") {
  TemporaryFolder folder;
  const std::string path = folder / "trace.json";
  const Sequential model = small_model();
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Tensor x = random::uniform({6, 4}), y = random::uniform({6, 2});
  model.fit(x, y, {.batch_size = 3, .verbose = "0"});

  CHECK(!profile::is_running());
  profile::start(path);
  model.fit(x, y, {.batch_size = 3, .verbose = "0"});
  {
    profile::Scope scope("mine \"quoted\"");
    scope.note("shapes", "none");
  }
  profile::stop();
  profile::Scope after("after the end");
  CHECK(!after);

  const std::vector<Event> events = read_events(path);
  CHECK(properly_nested(events));
  const auto count = [&](const std::string& name, const std::string& category) {
    return std::count_if(events.begin(), events.end(),
                         [&](const Event& e) { return e.name == name && e.category == category; });
  };
  CHECK(count("train step", "step") == 2);
  CHECK(count("backward", "step") == 2);
  CHECK(count("optimizer", "step") == 2);
  CHECK(count("small", "layer") == 2);
  CHECK(count("first", "layer") == 2);
  CHECK(count("second", "layer") == 2);
  CHECK(count("optimizer_step", "op") == 2);
  CHECK(count("mine \"quoted\"", "user") == 1);
  CHECK(count("after the end", "user") == 0);
  for (const Event& layer : events) {
    if (layer.name != "first") continue;
    CHECK(std::any_of(events.begin(), events.end(), [&](const Event& e) {
      return e.name == "dense" && e.shapes == "(3, 4) (4, 8) (8,)" && inside(e, layer);
    }));
    CHECK(std::any_of(events.begin(), events.end(),
                      [&](const Event& e) { return e.name == "small" && inside(layer, e); }));
  }
}

TEST_CASE("each thread has its own row of a profile") {
  TemporaryFolder folder;
  const std::string path = folder / "trace.json";
  const Sequential model = small_model();
  const Tensor x = random::uniform({3, 4});
  profile::start(path);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) model(x);
    });
  }
  for (std::thread& t : threads) t.join();
  profile::stop();
  std::vector<Event> events = read_events(path);
  std::erase_if(events, [](const Event& e) { return e.name != "first"; });
  CHECK(events.size() == 80);
  std::vector<int64_t> rows;
  for (const Event& e : events) rows.push_back(e.thread);
  std::sort(rows.begin(), rows.end());
  CHECK(std::unique(rows.begin(), rows.end()) - rows.begin() == 4);
}

TEST_CASE("starting a profile again begins a new file, and a bad path is an error") {
  TemporaryFolder folder;
  profile::start(folder / "a.json");
  { const profile::Scope scope("one"); }
  profile::start(folder / "b.json");
  { const profile::Scope scope("two"); }
  profile::stop();
  profile::stop();
  REQUIRE(read_events(folder / "a.json").size() == 1);
  REQUIRE(read_events(folder / "b.json").size() == 1);
  CHECK(read_events(folder / "b.json")[0].name == "two");
  CHECK_THROWS_AS(profile::start(folder / "no/such/folder.json"), IOError);
  CHECK(!profile::is_running());
}

}  // namespace
}  // namespace kcpp::test
