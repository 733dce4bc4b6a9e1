// One arena for all values: a value gets the lowest place that no value alive at the same time has.
#include <algorithm>
#include <numeric>

#include "src/session/program.h"

namespace kcpp::inference {
namespace {

constexpr int64_t alignment = 64;
int64_t aligned(int64_t n) { return (n + alignment - 1) / alignment * alignment; }

/// A piece of memory and the steps (first to last) during which it is needed.
struct Block {
  int64_t bytes = 0;
  int first = 0, last = 0;
  int64_t offset = 0;
};

int64_t bytes_of(const Value& v) { return v.shape.size() * static_cast<int64_t>(size_of(v.dtype)); }

/// Lays the blocks out; returns the arena's size. Large ones first: small ones fill the gaps.
int64_t place_blocks(std::vector<Block>& blocks) {
  std::vector<size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return blocks[a].bytes != blocks[b].bytes ? blocks[a].bytes > blocks[b].bytes : a < b;
  });
  std::vector<const Block*> placed;  // by offset
  int64_t total = 0;
  for (size_t i : order) {
    Block& block = blocks[i];
    if (block.bytes == 0) continue;
    int64_t at = 0;
    for (const Block* other : placed) {
      if (other->last < block.first || other->first > block.last) continue;
      if (at + block.bytes <= other->offset) break;
      at = std::max(at, other->offset + other->bytes);
    }
    block.offset = at;
    total = std::max(total, at + block.bytes);
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), &block,
                         [](const Block* a, const Block* b) { return a->offset < b->offset; }),
        &block);
  }
  return total;
}

}  // namespace

Plan plan_memory(const Graph& g, const std::vector<std::unique_ptr<Kernel>>& kernels) {
  const int steps = static_cast<int>(g.nodes.size());
  const size_t count = g.values.size();
  std::vector<char> is_state(count, 0);
  for (const State& s : g.states) is_state[static_cast<size_t>(s.before)] = 1;

  // The first and last step at which each root is needed.
  std::vector<int> first(count, steps), last(count, -1);
  const auto touch = [&](int v, int step) {
    if (v < 0) return;
    const size_t root = static_cast<size_t>(g.root(v));
    first[root] = std::min(first[root], step);
    last[root] = std::max(last[root], step);
  };
  for (int v : g.inputs) touch(v, -1);
  for (int i = 0; i < steps; ++i) {
    const Node& n = g.nodes[static_cast<size_t>(i)];
    for (int v : n.inputs) touch(v, i);
    for (int v : n.outputs) touch(v, i);
  }
  for (int v : g.outputs) touch(v, steps);
  for (const State& s : g.states) touch(s.after, steps);

  // The block of each root. A result may take over the block of an input that nobody needs later.
  std::vector<int> block_of(count, -1);
  std::vector<Block> blocks;
  const auto new_block = [&](int64_t bytes, int from, int to) {
    blocks.push_back({aligned(bytes), from, to});
    return static_cast<int>(blocks.size()) - 1;
  };
  const auto in_arena = [&](int root) {
    return !g.value(root).is_constant() && !is_state[static_cast<size_t>(root)];
  };
  for (int v : g.inputs) {
    const size_t root = static_cast<size_t>(v);
    block_of[root] = new_block(bytes_of(g.value(v)), -1, std::max(last[root], 0));
  }
  Plan plan;
  std::vector<int> scratch(g.nodes.size(), -1);
  for (int i = 0; i < steps; ++i) {
    const Node& n = g.nodes[static_cast<size_t>(i)];
    const Kernel* kernel = kernels[static_cast<size_t>(i)].get();
    if (kernel && kernel->scratch_bytes() > 0)
      scratch[static_cast<size_t>(i)] =
          new_block(static_cast<int64_t>(kernel->scratch_bytes()), i, i);
    for (size_t k = 0; k < n.outputs.size(); ++k) {
      const int out = n.outputs[k];
      const size_t o = static_cast<size_t>(out);
      const int until = std::max(last[o], i);
      for (size_t j = 0; k == 0 && kernel && j < n.inputs.size() && block_of[o] < 0; ++j) {
        const int in = n.inputs[j];
        if (in < 0 || !kernel->in_place(static_cast<int>(j))) continue;
        const int root = g.root(in);
        const size_t r = static_cast<size_t>(root);
        if (!in_arena(root) || block_of[r] < 0 || last[r] > i) continue;
        if (g.value(in).root >= 0 && g.value(in).offset != 0) continue;
        // No other input of this node may lie in the block.
        bool alone = true;
        for (size_t m = 0; m < n.inputs.size(); ++m) {
          if (m != j && n.inputs[m] >= 0 && !g.is_constant(n.inputs[m]) &&
              block_of[static_cast<size_t>(g.root(n.inputs[m]))] == block_of[r]) {
            alone = false;
          }
        }
        Block& block = blocks[static_cast<size_t>(block_of[r])];
        if (!alone || block.last > i || block.bytes < bytes_of(g.value(out))) continue;
        block.last = until;
        block_of[o] = block_of[r];
      }
      if (block_of[o] < 0) block_of[o] = new_block(bytes_of(g.value(out)), i, until);
    }
  }
  plan.bytes = static_cast<size_t>(place_blocks(blocks));

  plan.offset.assign(count, -1);
  for (size_t v = 0; v < count; ++v) {
    const int root = g.root(static_cast<int>(v));
    const int block = block_of[static_cast<size_t>(root)];
    if (block < 0) continue;
    plan.offset[v] = blocks[static_cast<size_t>(block)].offset +
                     (g.values[v].root >= 0 ? g.values[v].offset : 0);
  }
  plan.scratch.assign(g.nodes.size(), 0);
  for (size_t i = 0; i < scratch.size(); ++i) {
    if (scratch[i] >= 0) plan.scratch[i] = blocks[static_cast<size_t>(scratch[i])].offset;
  }
  return plan;
}

}  // namespace kcpp::inference
