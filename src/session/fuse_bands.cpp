// Depthwise convolutions and the pointwise ones around them: MobileNet's blocks.
#include "src/session/passes.h"

namespace kcpp::inference {
namespace {

/// Up to here a value stays in the second-level cache of each core until it is read.
constexpr int64_t cached_bytes = 512 << 10;

bool is_product_of_pixels(const Graph& g, const KernelProvider& kernels, const Node& n) {
  return is_pointwise(g, n) && all_are(n.conv.strides, 1) && n.conv.groups == 1 &&
         kernels.runs_in_bands(g, n);
}

/// The depthwise convolution at `at` takes its neighbours in; the last of them becomes the node.
bool fuse(Graph& g, const KernelProvider& kernels, const Uses& uses, size_t at, int threads) {
  const Node& depthwise = g.nodes[at];
  if (!is_depthwise(g, depthwise) || !kernels.runs_in_bands(g, depthwise)) return false;
  const auto is_large = [&](int v) {
    const int64_t bytes = g.value(v).shape.size() * static_cast<int64_t>(sizeof(float));
    return bytes > cached_bytes * threads;
  };
  const int x = depthwise.inputs[0], y = depthwise.outputs[0];
  Node* expand = producer(g, x);
  if (expand && (uses.count(x) != 1 || expand->residual >= 0 || !is_large(x) ||
                 !is_product_of_pixels(g, kernels, *expand))) {
    expand = nullptr;
  }
  const int reader = uses.only_reader(y);
  Node* project = reader < 0 ? nullptr : &g.nodes[static_cast<size_t>(reader)];
  if (project && (project->input(0) != y || !(expand || is_large(y)) ||
                  !is_product_of_pixels(g, kernels, *project))) {
    project = nullptr;
  }
  if (!expand && !project) return false;

  Node bands;
  bands.kind = NodeKind::bands;
  bands.name = "convs";
  bands.axes = {expand ? 1 : 0};
  if (expand) bands.parts.push_back(*expand);
  bands.parts.push_back(depthwise);
  if (project) bands.parts.push_back(*project);
  const Node& last = bands.parts.back();
  bands.layer = last.layer;
  for (const Node& part : bands.parts) {
    if (&part != &last) add_note(bands, part.layer);
    add_note(bands, part.fused);
  }
  bands.inputs = {bands.parts[0].inputs[0],
                  last.residual >= 0 ? last.inputs[static_cast<size_t>(last.residual)] : -1};
  bands.outputs = last.outputs;
  if (expand) expand->outputs.clear();
  g.nodes[at].outputs.clear();
  (project ? *project : g.nodes[at]) = std::move(bands);
  return true;
}

}  // namespace

void fuse_bands(Graph& g, const KernelProvider& kernels, int threads) {
  bool changed = true;
  while (changed) {
    changed = false;
    const Uses uses(g);
    for (size_t i = 0; i < g.nodes.size() && !changed; ++i)
      changed = fuse(g, kernels, uses, i, threads);
    if (changed) compact(g);
  }
}

}  // namespace kcpp::inference
