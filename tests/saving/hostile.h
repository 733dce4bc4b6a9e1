/// Attacks on the loader: models that somebody made to hurt, and what a load may do with them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/core/shape.h"
#include "kcpp/models/model.h"

namespace kcpp::test {

/// What a hostile input led to.
struct Outcome {
  bool accepted = false;
  std::string sentence;  ///< of the kcpp::Error, when refused
  std::string wrong;     ///< what must not happen: another exception, too slow, a useless sentence
};

/// Runs `attack`, which may succeed or end in a kcpp::Error, within `seconds` of the processor's
/// time; everything else is `wrong`.
Outcome attempt(const std::function<void()>& attack, double seconds = 3.0);

/// While it lives, the process may not have more than `bytes` of address space (without effect
/// under the sanitizers, which need all of it).
class MemoryLimit {
 public:
  explicit MemoryLimit(uint64_t bytes = uint64_t{3} << 30);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  uint64_t saved_;
};

/// Loads a model from the text of its JSON, and runs it once on zeros when `predict`.
void load_json(const std::string& json, bool predict = true);

/// One layer as a layer of a golden case, in a Functional model of its own: as Keras writes it.
Config model_of(const Config& golden_case, const Shapes& inputs,
                const std::vector<std::string>& dtypes);

/// {"class_name": "Sequential", ...}: an InputLayer of `shape` (without the batch) and the layers.
Config sequential_of(const Shape& shape, const std::vector<Config>& layers);
/// A layer as a file holds it.
Config layer_entry(const std::string& class_name, Config config);
/// An InputLayer named `name`.
Config input_entry(const std::string& name, const Shape& batch_shape,
                   const std::string& dtype = "float32");
/// A reference to output `tensor` of call `node` of a layer, as in inbound_nodes of Keras 3.
Config tensor_entry(const std::string& layer, int64_t node = 0, int64_t tensor = 0);

/// Calls `visit(value, where)` for each value inside `config`, itself excluded. The visitor may
/// change the value; what stands inside is visited before.
void for_each_value(Config& config, const std::function<void(Config&, const std::string&)>& visit);

/// What no field expects: other types, other signs, other sizes.
const std::vector<Config>& absurd_values();

}  // namespace kcpp::test
