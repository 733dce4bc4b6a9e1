/// Reverse-mode differentiation. A tape keeps the nodes recorded under it in the order of
/// recording, which is a topological order: one forward scan finds what leads to the sources, one
/// reverse scan carries the cotangents.
#include "kcpp/core/tape.h"

#include <algorithm>
#include <utility>

#include "kcpp/backend.h"
#include "kcpp/profile.h"

namespace kcpp {
namespace autodiff {

thread_local int detail::active_tapes = 0;

/// The nodes that one tape has seen.
using Tape = std::vector<Ref<Node>>;

namespace {
/// Tapes of this thread, innermost last; the last `active_tapes` of them record.
thread_local std::vector<Tape*> tape_stack;

uint64_t next_pass() {
  static std::atomic<uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) + 1;
}
}  // namespace

/// What may touch the inside of nodes.
class Recorder {
 public:
  template <class Inputs>
  static void attach(Ref<Node> node, const Inputs& inputs, std::span<Tensor> outputs) {
    bool alive = false;
    node->inputs_.reserve(inputs.size());
    for (const auto& input : inputs) {
      const Tensor& t = tensor(input);
      Node* producer = t.defined() ? t.impl()->node.get() : nullptr;
      if (producer && producer->dead_) producer = nullptr;
      alive |= producer != nullptr;
      node->inputs_.push_back({Ref<Node>(producer), producer ? t.impl()->node_output : 0});
    }
    if (!alive) return;
    node->output_count_ = static_cast<uint32_t>(outputs.size());
    for (uint32_t k = 0; k < outputs.size(); ++k) {
      if (outputs.size() > 1)
        node->outputs_.push_back(outputs[k].defined() ? spec_of(outputs[k]) : TensorSpec{});
      if (!outputs[k].defined()) continue;
      outputs[k].impl()->node = node;
      outputs[k].impl()->node_output = k;
    }
    const size_t active = static_cast<size_t>(detail::active_tapes);
    KCPP_ASSERT(active <= tape_stack.size());
    for (size_t i = tape_stack.size() - active; i < tape_stack.size(); ++i) {
      tape_stack[i]->push_back(node);
      ++node->tapes_;
    }
  }

  /// A tape lets go of its nodes; those that no other tape holds give up their closures and edges.
  static void forget(Tape& tape) {
    for (auto it = tape.rbegin(); it != tape.rend(); ++it) let_go(**it);
    tape.clear();
  }

  static Tensors gradient(Tape& tape, const Tensors& targets, const Tensors& sources,
                          const Tensors& cotangents, bool persistent) {
    const profile::Scope span("backward", "step");
    const uint64_t pass = next_pass();
    uint32_t slots = 0;
    const auto claim = [&](Node& node) {
      if (node.pass_ == pass) return;
      node.pass_ = pass;
      node.slot_ = slots;
      node.connected_ = false;
      slots += node.output_count_;
    };
    for (const Tensor& s : sources) {
      if (s.defined() && s.impl()->node) claim(*s.impl()->node);
    }
    for (const Ref<Node>& node : tape) {
      for (const Node::Edge& edge : node->inputs_) {
        if (edge.node && edge.node->pass_ == pass) {
          claim(*node);
          node->connected_ = true;
          break;
        }
      }
    }
    Tensors grads(slots);
    for (size_t i = 0; i < targets.size(); ++i) {
      const kcpp::detail::TensorImpl* t = targets[i].impl();
      if (!t || !t->node || t->node->pass_ != pass) continue;
      const bool given = i < cotangents.size() && cotangents[i].defined();
      add(grads[t->node->slot_ + t->node_output],
          given ? cotangents[i] : Tensor::ones(t->shape, t->dtype));
    }
    Tensors results;
    for (auto it = tape.rbegin(); it != tape.rend(); ++it) {
      Node& node = **it;
      if (node.pass_ != pass || !node.connected_) continue;
      const std::span<Tensor> node_grads(grads.data() + node.slot_, node.output_count_);
      if (std::none_of(node_grads.begin(), node_grads.end(),
                       [](const Tensor& g) { return g.defined(); }))
        continue;
      results.assign(node.inputs_.size(), Tensor());
      const bool keep = is_source(node, sources);
      Vjp vjp(node, pass, keep, node_grads, results);
      node.backward(vjp);
      if (!keep) std::fill(node_grads.begin(), node_grads.end(), Tensor());
      if (!persistent && node.tapes_ == 1) node.free_closure();
      for (size_t i = 0; i < results.size(); ++i) {
        const Node::Edge& edge = node.inputs_[i];
        if (!results[i].defined() || !edge.node || edge.node->pass_ != pass) continue;
        add(grads[edge.node->slot_ + edge.output], std::move(results[i]));
      }
    }
    Tensors out;
    out.reserve(sources.size());
    for (const Tensor& s : sources) {
      const kcpp::detail::TensorImpl* t = s.impl();
      out.push_back(t && t->node ? grads[t->node->slot_ + t->node_output] : Tensor());
    }
    return out;
  }

 private:
  static const Tensor& tensor(const Tensor* t) { return *t; }
  static const Tensor& tensor(const Tensor& t) { return t; }

  static void let_go(Node& node) {
    if (--node.tapes_ > 0) return;
    node.dead_ = true;
    node.free_closure();
    node.inputs_.clear();
  }

  /// The rows of a sum of two lookups in one table: both kinds, one after the other.
  static IndexedSlices joined(const Tensor& a, const Tensor& b) {
    const IndexedSlices &x = *slices_of(a), &y = *slices_of(b);
    return {backend().concat({x.values, y.values}, 0), backend().concat({x.indices, y.indices}, 0)};
  }

  static bool is_source(const Node& node, const Tensors& sources) {
    return std::any_of(sources.begin(), sources.end(), [&](const Tensor& s) {
      return s.defined() && s.impl()->node.get() == &node;
    });
  }

  static void add(Tensor& into, Tensor value) {
    if (!into.defined()) {
      into = std::move(value);
    } else if (into.impl()->slices || value.impl()->slices) {
      Tensor sum = into + value;
      if (into.impl()->slices && value.impl()->slices) set_slices(sum, joined(into, value));
      into = std::move(sum);
    } else if (into.is_unique() && !recording() && into.dtype() == value.dtype()) {
      backend().accumulate(into, value);
    } else {
      into = into + value;
    }
  }
};

const IndexedSlices* slices_of(const Tensor& gradient) {
  return gradient.defined() ? gradient.impl()->slices : nullptr;
}

void set_slices(Tensor& gradient, IndexedSlices slices) {
  IndexedSlices* old = gradient.impl()->slices;
  gradient.impl()->slices =
      slices.values.defined() ? new IndexedSlices(std::move(slices)) : nullptr;
  delete old;
}

bool recording(const Tensors& inputs) {
  return recording() && std::any_of(inputs.begin(), inputs.end(),
                                    [](const Tensor& t) { return t.defined() && t.impl()->node; });
}

void detail::attach(Ref<Node> node, std::initializer_list<const Tensor*> inputs,
                    std::span<Tensor> outputs) {
  Recorder::attach(std::move(node), inputs, outputs);
}
void detail::attach(Ref<Node> node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  Recorder::attach(std::move(node), inputs, outputs);
}

const Tensor& Vjp::grad(int k) {
  Tensor& g = grads_[static_cast<size_t>(k)];
  if (!g.defined()) {
    const TensorSpec& spec = node_.outputs_[static_cast<size_t>(k)];
    g = Tensor::zeros(spec.shape, spec.dtype);
  }
  return g;
}

Tensor Vjp::take_grad(int k) {
  grad(k);
  Tensor& g = grads_[static_cast<size_t>(k)];
  // The rows that hang on it would not be those of what it is overwritten with.
  const bool marked = g.impl()->slices != nullptr;
  return keep_ || marked ? g : std::move(g);
}

bool Vjp::has_grad(int k) const { return grads_[static_cast<size_t>(k)].defined(); }

bool Vjp::needs(int i) const {
  const Node::Edge& edge = node_.inputs_[static_cast<size_t>(i)];
  return edge.node && edge.node->pass_ == pass_;
}

void Vjp::set(int i, Tensor gradient) { results_[static_cast<size_t>(i)] = std::move(gradient); }

Tensor Vjp::output(const Tensor& saved, int k) const {
  Tensor out = saved.detach();
  out.impl()->node = Ref<Node>(&node_);
  out.impl()->node_output = static_cast<uint32_t>(k);
  return out;
}

}  // namespace autodiff

using autodiff::Recorder;
using autodiff::Tape;

struct GradientTape::State {
  GradientTapeOptions options;
  Tape nodes;
  bool recording = false;
  bool used = false;
  std::vector<const autodiff::Node*>
      watched;  ///< asked for only when accessed variables are not watched

  /// Puts the tape on (or takes it off) the thread's stack; `at` is its place from the bottom.
  void start(size_t at) {
    auto& stack = autodiff::tape_stack;
    stack.insert(stack.begin() + static_cast<ptrdiff_t>(std::min(at, stack.size())), &nodes);
    ++autodiff::detail::active_tapes;
    recording = true;
  }
  size_t pause() {
    auto& stack = autodiff::tape_stack;
    const auto it = std::find(stack.begin(), stack.end(), &nodes);
    const size_t at = static_cast<size_t>(it - stack.begin());
    if (at + static_cast<size_t>(autodiff::detail::active_tapes) >= stack.size())
      --autodiff::detail::active_tapes;
    stack.erase(it);
    recording = false;
    return at;
  }
};

GradientTape::GradientTape(GradientTapeOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->start(autodiff::tape_stack.size());
}

GradientTape::~GradientTape() {
  stop();
  Recorder::forget(state_->nodes);
}

void GradientTape::watch(const Tensor& x) {
  check(x.defined(), "[GradientTape.watch] cannot watch an undefined tensor.");
  check<TypeError>(
      is_floating(x.dtype()),
      "[GradientTape.watch] the dtype of the watched tensor must be floating. Received: dtype=",
      x.dtype());
  if (!x.impl()->node) x.impl()->node = Ref<autodiff::Node>(new autodiff::Node("watched"));
  state_->watched.push_back(x.impl()->node.get());
}

void GradientTape::watch(const Variable& v) {
  v.state_->value.impl()->node = v.state_->leaf;
  state_->watched.push_back(v.state_->leaf.get());
}

Tensors GradientTape::gradient(const Tensors& targets, const Tensors& sources,
                               const Tensors& output_gradients) {
  check<RuntimeError>(
      !state_->used || state_->options.persistent,
      "A non-persistent GradientTape can only be used to compute one set of gradients "
      "(or jacobians). Construct it with {.persistent = true} to ask more often.");
  for (const Tensor& t : targets) {
    check(t.defined(), "[GradientTape.gradient] a target is undefined.");
    check<TypeError>(
        is_floating(t.dtype()),
        "[GradientTape.gradient] a target must be floating. Received: dtype=", t.dtype());
  }
  for (size_t i = 0; i < output_gradients.size() && i < targets.size(); ++i) {
    if (!output_gradients[i].defined()) continue;
    check(output_gradients[i].shape() == targets[i].shape(),
          "[GradientTape.gradient] the output gradient of target ", i,
          " must have the target's shape ", targets[i].shape(),
          ". Received: shape=", output_gradients[i].shape());
  }
  state_->used = true;
  const bool was_recording = state_->recording;
  const size_t at = was_recording ? state_->pause() : 0;
  struct Resume {
    State* state;
    bool on;
    size_t at;
    ~Resume() {
      if (on) state->start(at);
    }
  } resume{state_.get(), was_recording, at};

  Tensors wanted = sources;
  if (!state_->options.watch_accessed_variables) {
    for (Tensor& s : wanted) {
      const bool watched = s.defined() && std::count(state_->watched.begin(), state_->watched.end(),
                                                     s.impl()->node.get());
      if (!watched) s = Tensor();
    }
  }
  return Recorder::gradient(state_->nodes, targets, wanted, output_gradients,
                            state_->options.persistent);
}

Tensors GradientTape::gradient(const Tensors& targets, const Variables& sources,
                               const Tensors& output_gradients) {
  Tensors values;
  values.reserve(sources.size());
  for (const Variable& v : sources) values.push_back(v.value());
  return gradient(targets, values, output_gradients);
}
Tensors GradientTape::gradient(const Tensor& target, const Tensors& sources,
                               const Tensor& output_gradient) {
  return gradient(Tensors{target}, sources, Tensors{output_gradient});
}
Tensors GradientTape::gradient(const Tensor& target, const Variables& sources,
                               const Tensor& output_gradient) {
  return gradient(Tensors{target}, sources, Tensors{output_gradient});
}

void GradientTape::stop() {
  if (state_->recording) state_->pause();
}

void GradientTape::reset() {
  Recorder::forget(state_->nodes);
  state_->used = false;
  state_->watched.clear();
}

}  // namespace kcpp
