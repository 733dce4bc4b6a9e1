/// The table of TensorFlow's graph nodes that stand in models up to TensorFlow 2.3.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace kcpp::saving {

/// A graph node's op, the function that it is of, and the names of its inputs and attributes.
struct GraphOp {
  using Attributes = std::array<std::pair<std::string_view, std::string_view>, 4>;
  std::string_view op, function;
  std::array<std::string_view, 6> inputs = {"x", "y"};
  Attributes attributes = {};
};

/// The entry of an op, or null.
const GraphOp* find_graph_op(std::string_view op);

}  // namespace kcpp::saving
