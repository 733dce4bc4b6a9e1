/// Rebuilds a graph from the "layers" of a Functional config by calling layers and ops on symbolic
/// tensors again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kcpp/core/config.h"
#include "kcpp/layers/layer.h"

namespace kcpp {

/// Layers of one model of a file. Far above any real model, and low enough that a hostile one costs
/// seconds at most.
constexpr size_t most_layers_of_file = 20000;

class NodeReader {
 public:
  /// Makes all layers and runs all their calls. Throws ValueError for loops, unknown names, and
  /// indices out of range.
  explicit NodeReader(const Config& layers);

  /// `input_layers` or `output_layers`: appends the tensors, and gives the structure with their
  /// indices as leaves.
  Config read_structure(const Config& config, Tensors& tensors) const;

 private:
  /// A layer or an op of the config, and the outputs of its calls so far.
  struct Entry {
    std::string name;
    Layer layer;                       ///< empty for an op
    const Config* config = nullptr;    ///< of an op
    std::vector<const Config*> nodes;  ///< its calls, as the file has them
    size_t next = 0;                   ///< the first node that has not run
    std::vector<Tensors> calls;
    bool nested_functional = false;         ///< Keras counts a node of its own before the calls
    std::multimap<size_t, size_t> waiting;  ///< number of a call -> entries that need it
  };
  /// A call needs another one that has not run: number `call` of `entry`.
  struct NotReady {
    size_t entry, call;
  };

  void make_entry(const Config& config);
  void run_calls();
  void run_call(Entry& entry, const Config& node);
  void run_keras3_call(Entry& entry, const Config& node);
  void run_legacy_call(Entry& entry, const Config& node);
  const Tensor& tensor(const Config& history, bool count_own_node) const;
  /// Replaces the tensors in a node's arguments by references into `inputs`.
  Config collect(const Config& value, Tensors& inputs) const;
  Config collect_legacy(const Config& value, Tensors& inputs) const;

  std::vector<Entry> entries_;
  mutable uint64_t lookups_ = 0;
  std::map<std::string, size_t, std::less<>> by_name_;
};

}  // namespace kcpp
