#include "tests/saving/hostile.h"

#include <sys/resource.h>

#include <ctime>
#include <limits>
#include <new>

#include "kcpp/saving.h"

namespace kcpp::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

}  // namespace

MemoryLimit::MemoryLimit(uint64_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  saved_ = limit.rlim_cur;
  if (sanitized) return;  // it reserves terabytes for itself
  limit.rlim_cur = bytes;
  setrlimit(RLIMIT_AS, &limit);
}
MemoryLimit::~MemoryLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = saved_;
  setrlimit(RLIMIT_AS, &limit);
}

Outcome attempt(const std::function<void()>& attack, double seconds) {
  Outcome out;
  const std::clock_t begun = std::clock();
  try {
    attack();
    out.accepted = true;
  } catch (const Error& e) {
    out.sentence = e.what();
    if (out.sentence.size() < 15) out.wrong = "a sentence that says nothing: " + out.sentence;
    if (out.sentence.size() > 3000)
      out.wrong = "a sentence of " + std::to_string(out.sentence.size()) + " characters";
  } catch (const std::bad_alloc&) {  // by the limit on memory: the machine's, or the test's
    out.sentence = "out of memory";
  } catch (const std::exception& e) {
    out.wrong = text("not a kcpp::Error: ", e.what());
  }
  const double took = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  // A sanitizer's build without optimisation is ten times slower and more.
  if (took > (sanitized ? 20 : 1) * seconds)
    out.wrong = text("took ", took, " seconds. ", out.wrong, out.sentence);
  return out;
}

void load_json(const std::string& json, bool predict) {
  const Model model = load_model(std::as_bytes(std::span(json)), {}, "hostile.json");
  if (!predict) return;
  Tensors x;
  for (const Tensor& input : model.inputs()) {
    Shape shape = input.shape();
    for (int64_t& d : shape)
      if (d == Shape::unknown) d = 2;
    x.push_back(Tensor::zeros(shape, input.dtype()));
  }
  model.predict_on_batch(Data(x));
}

Config layer_entry(const std::string& class_name, Config config) {
  return Config::dict({{"module", "keras.layers"},
                       {"class_name", class_name},
                       {"config", std::move(config)},
                       {"registered_name", Config()}});
}

Config input_entry(const std::string& name, const Shape& batch_shape, const std::string& dtype) {
  Config entry = layer_entry(
      "InputLayer",
      Config::dict({{"batch_shape", to_config(batch_shape)}, {"dtype", dtype}, {"name", name}}));
  entry.set("name", name);
  entry.set("inbound_nodes", Config::list());
  return entry;
}

Config tensor_entry(const std::string& layer, int64_t node, int64_t tensor) {
  return Config::dict(
      {{"class_name", "__keras_tensor__"},
       {"config", Config::dict({{"shape", Config::list()},
                                {"dtype", "float32"},
                                {"keras_history", Config::list({layer, node, tensor})}})}});
}

Config model_of(const Config& golden_case, const Shapes& inputs,
                const std::vector<std::string>& dtypes) {
  Config layers = Config::list(), args = Config::list(), input_layers = Config::list();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = text("in", i);
    Shape batch = inputs[i];
    if (batch.rank()) batch[0] = Shape::unknown;
    layers.push_back(input_entry(name, batch, dtypes[i]));
    input_layers.push_back(Config::list({name, 0, 0}));
    args.push_back(tensor_entry(name));
  }
  if (golden_case.at("style").as_string() == "list") {
    Config list = std::move(args);
    args = Config::list();
    args.push_back(std::move(list));
  }
  Config entry = golden_case.at("layer");
  entry.set("name", "attacked");
  entry.set("inbound_nodes",
            Config::list({Config::dict({{"args", args}, {"kwargs", Config::dict()}})}));
  layers.push_back(std::move(entry));
  return Config::dict(
      {{"module", "keras"},
       {"class_name", "Functional"},
       {"config",
        Config::dict({{"name", "hostile"},
                      {"trainable", true},
                      {"layers", layers},
                      {"input_layers", input_layers},
                      {"output_layers", Config::list({Config::list({"attacked", 0, 0})})}})},
       {"registered_name", Config()}});
}

Config sequential_of(const Shape& shape, const std::vector<Config>& layers) {
  Config list = Config::list();
  Config input = layer_entry(
      "InputLayer", Config::dict({{"batch_shape", to_config(Shape{Shape::unknown} + shape)},
                                  {"dtype", "float32"},
                                  {"name", "in0"}}));
  list.push_back(std::move(input));
  for (const Config& layer : layers) list.push_back(layer);
  return Config::dict({{"module", "keras"},
                       {"class_name", "Sequential"},
                       {"config", Config::dict({{"name", "hostile"}, {"layers", list}})},
                       {"registered_name", Config()}});
}

void for_each_value(Config& config, const std::function<void(Config&, const std::string&)>& visit) {
  const auto walk = [&](const auto& self, Config& c, const std::string& where) -> void {
    if (c.is_dict()) {
      for (auto& [key, value] : c.as_dict()) {
        self(self, value, where + "/" + key);
        visit(value, where + "/" + key);
      }
    } else if (c.is_list()) {
      size_t i = 0;
      for (Config& value : c.as_list()) {
        const std::string at = where + "/" + std::to_string(i++);
        self(self, value, at);
        visit(value, at);
      }
    }
  };
  walk(walk, config, "");
}

const std::vector<Config>& absurd_values() {
  static const std::vector<Config> values = [] {
    Config deep = "x", many = Config::list(), huge = Config::list();
    for (int i = 0; i < 40; ++i)
      deep = i % 2 ? Config::list({deep}) : Config::dict({{"config", deep}});
    for (int i = 0; i < 100; ++i) many.push_back(3);
    for (int i = 0; i < 3; ++i) huge.push_back(int64_t{1} << 40);
    const double infinity = std::numeric_limits<double>::infinity();
    return std::vector<Config>{
        Config(),
        true,
        false,
        0,
        -1,
        1,
        int64_t{1000000000},
        int64_t{1000000000000000000},
        INT64_MAX,
        INT64_MIN,
        0.5,
        -1e300,
        1e18,
        std::numeric_limits<double>::quiet_NaN(),
        infinity,
        "",
        "x",
        "../../etc/passwd",
        std::string(100000, 'a'),
        Config::list(),
        Config::dict(),
        Config::list({-1, 0}),
        Config::list({0, 0, 0}),
        Config::list({Config(), "x"}),
        many,
        huge,
        deep,
        Config::dict({{"class_name", "Dense"}, {"config", Config::dict({{"units", 3}})}}),
        Config::dict(
            {{"class_name", "__lambda__"}, {"config", Config::dict({{"value", "4wEAAAA="}})}})};
  }();
  return values;
}

}  // namespace kcpp::test
