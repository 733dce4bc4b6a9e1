#include "src/session/tracer.h"

#include <sys/mman.h>

#include <cstring>

#include "kcpp/core/autodiff.h"
#include "kcpp/layers/rnn.h"
#include "src/core/inference_kernel.h"

namespace kcpp::inference {
namespace {

/// Marks the storages of traced tensors.
char marker;

/// Addresses without memory behind them: reading gives zeros (only code that asks nobody reads
/// them), writing is an error.
StoragePtr make_placeholder(size_t bytes) {
  const size_t length = std::max<size_t>(bytes, 1);
  void* data = mmap(nullptr, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  KCPP_ASSERT(data != MAP_FAILED);
  return StoragePtr(new Storage(
      data, length,
      [](Storage* s) {
        munmap(s->data(), s->bytes());
        delete s;
      },
      &marker, /*borrowed=*/true));
}

/// Code that runs as it is, in the middle of a tracing.
class Suspend {
 public:
  Suspend() : saved_(active_trace) { active_trace = nullptr; }
  ~Suspend() { active_trace = saved_; }
  Suspend(const Suspend&) = delete;
  Suspend& operator=(const Suspend&) = delete;

 private:
  TraceHook* saved_;
};

/// "lstm/h", "lstm/c"; by number where a cell has more.
std::string state_name(const LayerImpl& layer, size_t i, size_t count) {
  return layer.name() + "/" + (count > 2 ? std::to_string(i) : i == 0 ? "h" : "c");
}

}  // namespace

Tracer::Tracer(Backend& real, bool streaming)
    : real_(real), recorder_(make_trace_backend(*this)), streaming_(streaming) {
  active_trace = this;
}
Tracer::~Tracer() { active_trace = nullptr; }

bool Tracer::is_traced(const Tensor& t) const {
  if (!t.defined() || !t.impl()->storage) return false;
  return t.impl()->storage->context() == &marker ||
         (!state_of_variable_.empty() && value_of_storage_.count(t.impl()->storage.get()));
}

bool Tracer::any_traced(const Tensors& inputs) const {
  for (const Tensor& t : inputs) {
    if (is_traced(t)) return true;
  }
  return false;
}

Tensor Tracer::make_traced(int value) {
  const Value& v = graph_.value(value);
  detail::TensorImpl* impl = detail::TensorImpl::create();
  Tensor t(impl);
  impl->shape = v.shape;
  impl->dtype = v.dtype;
  impl->storage = make_placeholder(static_cast<size_t>(v.shape.size()) * size_of(v.dtype));
  impl->data = static_cast<char*>(impl->storage->data());
  value_of_storage_[impl->storage.get()] = value;
  kept_.push_back(t);
  return t;
}

int Tracer::value_of(const Tensor& t) {
  if (!t.defined()) return -1;
  const auto* impl = t.impl();
  const auto found = value_of_storage_.find(impl->storage.get());
  if (found == value_of_storage_.end()) {
    if (const auto known = constants_.find(impl); known != constants_.end()) return known->second;
    // Borrowed memory may change without a word; what a variable holds is copied by those who
    // write to it while we hold it.
    const Tensor frozen = impl->storage->borrowed() && t.dtype() != DType::string
                              ? [&] {
                                  const Suspend suspend;
                                  return t.clone();
                                }()
                              : t.detach();
    const int v = graph_.add_constant(frozen);
    constants_.emplace(impl, v);
    kept_.push_back(t);
    return v;
  }
  const int root = found->second;
  const int64_t offset = impl->data - static_cast<char*>(impl->storage->data());
  const Value& whole = graph_.value(root);
  if (offset == 0 && whole.shape == t.shape() && whole.dtype == t.dtype()) return root;
  const auto key = std::make_tuple(
      root, offset, std::vector<int64_t>(t.shape().begin(), t.shape().end()), t.dtype());
  if (const auto known = views_.find(key); known != views_.end()) return known->second;
  const int v = graph_.add_value(t.shape(), t.dtype());
  graph_.value(v).root = root;
  graph_.value(v).offset = offset;
  views_.emplace(key, v);
  return v;
}

Tensors Tracer::record(Node node, const Tensors& inputs, const Specs& outputs) {
  for (const Tensor& t : inputs) node.inputs.push_back(value_of(t));
  node.layer = layer_;
  Tensors out;
  for (const TensorSpec& spec : outputs) {
    if (spec.dtype == DType::string) throw Untraceable();
    const int v = graph_.add_value(spec.shape, spec.dtype);
    graph_.value(v).producer = static_cast<int>(graph_.nodes.size());
    node.outputs.push_back(v);
    out.push_back(make_traced(v));
  }
  graph_.nodes.push_back(std::move(node));
  return out;
}

Tensor Tracer::add_input(const TensorSpec& spec) {
  const int v = graph_.add_value(spec.shape, spec.dtype);
  graph_.inputs.push_back(v);
  return make_traced(v);
}

void Tracer::add_state(const Variable& variable, std::string name) {
  const Tensor& now = variable.value();
  const int v = graph_.add_value(now.shape(), now.dtype());
  value_of_storage_[now.impl()->storage.get()] = v;
  state_of_variable_[variable.id()] = graph_.states.size();
  kept_.push_back(now);
  const Suspend suspend;
  graph_.states.push_back(
      {.name = std::move(name), .before = v, .after = v, .initial = now.clone()});
}

Tensor Tracer::clone(const Tensor& t) {
  if (is_traced(t)) return t.detach();  // nobody can write to it
  const Suspend suspend;
  return t.clone();
}

void Tracer::assign(const Variable& variable, const Tensor& value) {
  const auto state = state_of_variable_.find(variable.id());
  if (state == state_of_variable_.end()) throw Untraceable();
  const Tensor v =
      value.dtype() == variable.dtype() ? value : recorder_->cast(value, variable.dtype());
  graph_.states[state->second].after = value_of(v);
}

Tensors Tracer::first_states(const LayerImpl& layer, const Tensors& initial) {
  stream_states_[&layer] = graph_.states.size();
  Tensors out;
  for (size_t i = 0; i < initial.size(); ++i) {
    if (is_traced(initial[i])) throw Untraceable();  // an initial_state that is computed
    const int v = graph_.add_value(initial[i].shape(), initial[i].dtype());
    graph_.states.push_back({.name = state_name(layer, i, initial.size()),
                             .before = v,
                             .after = v,
                             .initial = initial[i]});
    out.push_back(make_traced(v));
  }
  return out;
}

void Tracer::last_states(const LayerImpl& layer, const Tensors& states) {
  const size_t first = stream_states_.at(&layer);
  for (size_t i = 0; i < states.size(); ++i) graph_.states[first + i].after = value_of(states[i]);
}

Tensors Tracer::record_call(Node node, const Tensors& inputs,
                            const std::function<Tensors(const Tensors&)>& call) {
  layer_calls_ = true;
  Tensors outputs;
  {
    const Suspend suspend;
    Tensors zeros;
    for (const Tensor& t : inputs)
      zeros.push_back(is_traced(t) ? Tensor::zeros(t.shape(), t.dtype()) : t);
    outputs = call(zeros);
  }
  Specs specs;
  for (const Tensor& t : outputs) {
    specs.push_back(t.defined() ? spec_of(t) : TensorSpec{});
    check(specs.back().dtype != DType::string, "[session] ", node.name,
          " gives strings; a session works on numbers. Use predict.");
  }
  node.call = [call](Backend&, const Tensors& in) { return call(in); };
  Tensors traced = record(std::move(node), inputs, specs);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].defined()) traced[i] = Tensor();
  }
  return traced;
}

Tensors Tracer::call_layer(LayerImpl& layer, const Tensors& inputs, CallContext& context) {
  const std::string outer = layer_;
  layer_ = layer.name();
  const size_t nodes = graph_.nodes.size();
  Tensors outputs;
  try {
    outputs = layer.call_list(inputs, context);
  } catch (const Untraceable&) {
    graph_.nodes.resize(nodes);
    // All that the call was given, as one list.
    Tensors all = inputs;
    const auto append = [&](const Tensors& ts) { all.insert(all.end(), ts.begin(), ts.end()); };
    append(context.masks);
    append(context.initial_state);
    const CallOptions options = context.options ? *context.options : CallOptions();
    for (const auto& [name, t] : options.tensors) all.push_back(t);
    // Only what is there: a node has no absent inputs that mean something.
    const auto self = layer.shared_from_this();
    const auto call = [self, options, count = inputs.size(), masks = context.masks.size(),
                       states = context.initial_state.size(),
                       training = context.training](const Tensors& in) {
      auto at = in.begin();
      const auto take = [&](size_t n) {
        Tensors out(at, at + static_cast<std::ptrdiff_t>(n));
        at += static_cast<std::ptrdiff_t>(n);
        return out;
      };
      const Tensors x = take(count);
      CallOptions given = options;
      CallContext c;
      c.training = training;
      c.masks = take(masks);
      c.initial_state = take(states);
      for (auto& [name, t] : given.tensors) t = *at++;
      c.options = &given;
      const autodiff::PauseRecording pause;
      return self->call_list(x, c);
    };
    Node node;
    node.kind = NodeKind::layer;
    node.name = layer.class_info().name;
    outputs = record_call(std::move(node), all, call);
  }
  layer_ = outer;
  return outputs;
}

Tensors Tracer::call_op(const std::function<Tensors(const Tensors&)>& run, const Tensors& inputs) {
  const size_t nodes = graph_.nodes.size();
  try {
    return run(inputs);
  } catch (const Untraceable&) {
    graph_.nodes.resize(nodes);
    Node node;
    node.kind = NodeKind::layer;
    node.name = "op";
    return record_call(std::move(node), inputs, run);
  }
}

Graph Tracer::finish(const Tensors& outputs) {
  for (const Tensor& t : outputs) graph_.outputs.push_back(value_of(t));
  active_trace = nullptr;
  return std::move(graph_);
}

Tensors Tracer::call_whole(const Model& model, const Tensors& inputs) {
  Node node;
  node.kind = NodeKind::layer;
  node.name = model->class_info().name;
  return record_call(std::move(node), inputs, [model](const Tensors& in) {
    const autodiff::PauseRecording pause;
    return (*model)(in, {.training = false});
  });
}

namespace {

/// What a tracing has no business to change: weights and seeds come back as they were.
class KeepVariables {
 public:
  explicit KeepVariables(const Model& model) : variables_(model->variables()) {
    for (const Variable& v : variables_) values_.push_back(v.value());
  }
  ~KeepVariables() {
    for (size_t i = 0; i < variables_.size(); ++i) {
      if (!variables_[i].value().same(values_[i])) variables_[i].assign(values_[i]);
    }
  }
  KeepVariables(const KeepVariables&) = delete;
  KeepVariables& operator=(const KeepVariables&) = delete;

 private:
  Variables variables_;
  Tensors values_;
};

}  // namespace

Traced trace(const Model& model, const std::vector<TensorSpec>& inputs,
             const TraceOptions& options) {
  const autodiff::PauseRecording pause;
  if (!model->built()) {  // the weights of a model that was never called
    const symbolic::PauseTracing no_nodes;
    Tensors symbols;
    for (const TensorSpec& s : inputs) symbols.push_back(Tensor::symbolic(s.shape, s.dtype));
    (*model)(symbols, {.training = false});
  }
  const KeepVariables keep(model);
  Tracer tracer(plain_backend(), options.streaming);
  for (const auto& layer : model->flatten_layers()) {
    const auto* rnn = dynamic_cast<layers::RNNImpl*>(layer.get());
    if (!rnn) continue;
    size_t i = 0;
    const size_t count = rnn->states().size();
    for (const Variable& v : rnn->states()) tracer.add_state(v, state_name(*layer, i++, count));
  }
  Tensors in;
  for (const TensorSpec& spec : inputs) in.push_back(tracer.add_input(spec));
  Tensors out = options.whole ? tracer.call_whole(model, in) : (*model)(in, {.training = false});
  Traced result;
  for (const Tensor& t : out) result.masked |= t.keras_mask().defined();
  if (options.logits) {
    const size_t count = out.size();
    for (size_t i = 0; i < count; ++i) {
      const Tensor logits = out[i].keras_logits();
      result.logits.push_back(logits.defined() ? static_cast<int>(out.size()) : -1);
      if (logits.defined()) out.push_back(logits);
    }
  }
  result.frozen = !tracer.has_layer_calls();
  result.graph = tracer.finish(out);
  return result;
}

}  // namespace kcpp::inference
