// What calls leave for the next one: the past of causal convolutions, and states that are moved on.
#include <algorithm>

#include "src/session/tracer.h"

namespace kcpp::inference {

void stream_convolutions(Graph& g) {
  std::vector<Node> nodes;
  nodes.reserve(g.nodes.size());
  for (Node& n : g.nodes) {
    const bool over_time =
        n.is(NodeKind::conv) && n.conv.pad_low.rank() == 1 && !n.conv.channels_first;
    if (!over_time || n.conv.pad_low[0] + n.conv.pad_high[0] == 0) {
      nodes.push_back(std::move(n));
      continue;
    }
    const int64_t past = n.conv.pad_low[0];
    const int64_t reach = (g.value(n.inputs[1]).shape[0] - 1) * n.conv.dilations[0];
    check(n.conv.pad_high[0] == 0 && past == reach && n.conv.strides[0] == 1,
          "[session] The layer '", n.layer,
          "' cannot be used with streaming=true: a convolution over time must have "
          "padding='causal' and strides=1, else an output depends on inputs that come later.");
    // window = past steps, then this one; the next past is all of it but its first step.
    const Shape x = g.value(n.inputs[0]).shape;
    const DType dtype = g.value(n.inputs[0]).dtype;
    Shape kept = x, window = x;
    kept[1] = past;
    window[1] = past + 1;
    const int before = g.add_value(kept, dtype), joined = g.add_value(window, dtype),
              after = g.add_value(kept, dtype);
    Node join;
    join.kind = NodeKind::concat;
    join.name = "concatenate";
    join.layer = n.layer;
    join.axes = {1};
    join.inputs = {before, n.inputs[0]};
    join.outputs = {joined};
    Node rest;
    rest.kind = NodeKind::slice;
    rest.name = "slice";
    rest.layer = n.layer;
    rest.inputs = {joined};
    rest.outputs = {after};
    rest.starts = {0, 1, 0};
    rest.sizes = kept;
    rest.strides = {1, 1, 1};
    n.inputs[0] = joined;
    n.conv.pad_low[0] = 0;
    g.states.push_back({.name = n.layer + "/past",
                        .before = before,
                        .after = after,
                        .initial = Tensor::zeros(kept, dtype)});
    nodes.push_back(std::move(join));
    nodes.push_back(std::move(n));
    nodes.push_back(std::move(rest));
  }
  g.nodes = std::move(nodes);
}

void separate_states(Graph& g) {
  // A copy of v at the end of the list, when v lies in the memory of a state.
  const auto separate = [&](int& v) {
    const int root = g.root(v);
    const bool kept = std::any_of(g.states.begin(), g.states.end(),
                                  [&](const State& s) { return s.before == root; });
    if (!kept) return;
    Node copy;
    copy.kind = NodeKind::broadcast;
    copy.name = "copy";
    copy.starts = g.value(v).shape;
    copy.inputs = {v};
    v = g.add_value(g.value(v).shape, g.value(v).dtype);
    copy.outputs = {v};
    g.value(v).producer = static_cast<int>(g.nodes.size());
    g.nodes.push_back(std::move(copy));
  };
  for (int& v : g.outputs) separate(v);
  for (State& s : g.states) {
    if (s.after != s.before) separate(s.after);
  }
}

}  // namespace kcpp::inference
