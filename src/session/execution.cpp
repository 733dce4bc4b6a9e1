#include <algorithm>
#include <cstring>

#include "kcpp/core/autodiff.h"
#include "src/session/program.h"

namespace kcpp::inference {
namespace {

size_t bytes_of(const Value& v) { return static_cast<size_t>(v.shape.size()) * size_of(v.dtype); }

/// A tensor of a dtype that is only known now, on memory that somebody else owns.
Tensor view_of(const void* data, const Value& v) {
  detail::TensorImpl* impl = detail::TensorImpl::create();
  Tensor t(impl);
  impl->shape = v.shape;
  impl->dtype = v.dtype;
  impl->storage = borrow_host(const_cast<void*>(data), bytes_of(v));
  impl->data = static_cast<char*>(impl->storage->data());
  return t;
}

/// Denormals flushed and the library's threads set while steps run.
class Scope {
 public:
  Scope(const KernelProvider* provider, int threads, bool library) noexcept
      : provider_(provider), limit_(threads) {
    if (provider_) saved_ = provider_->enter(threads, library);
  }
  ~Scope() {
    if (provider_) provider_->leave(saved_);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  const KernelProvider* provider_;
  kcpp::detail::ThreadLimit limit_;
  KernelProvider::Saved saved_;
};

}  // namespace

void* Execution::place(int value) const {
  if (value < 0) return nullptr;
  const Graph& g = program_->graph();
  const Value& v = g.value(value);
  if (v.is_constant()) return const_cast<void*>(v.constant.raw());
  const int root = g.root(value);
  if (void* state = state_of_value_[static_cast<size_t>(root)])
    return static_cast<char*>(state) + (v.root >= 0 ? v.offset : 0);
  if (g.value(root).is_constant())
    return static_cast<char*>(const_cast<void*>(g.value(root).constant.raw())) + v.offset;
  const int64_t offset = program_->plan().offset[static_cast<size_t>(value)];
  KCPP_ASSERT(offset >= 0);
  return static_cast<char*>(arena_->data()) + offset;
}

Execution::Execution(std::shared_ptr<const Program> program) : program_(std::move(program)) {
  const Graph& g = program_->graph();
  arena_ = allocate_host(std::max<size_t>(program_->plan().bytes, 64));
  size_t state_bytes = 0;
  for (const State& s : g.states) state_bytes += (bytes_of(g.value(s.before)) + 63) / 64 * 64;
  state_memory_ = allocate_host(std::max<size_t>(state_bytes, 64));
  state_of_value_.assign(g.values.size(), nullptr);
  char* at = static_cast<char*>(state_memory_->data());
  for (const State& s : g.states) {
    state_of_value_[static_cast<size_t>(s.before)] = at;
    at += (bytes_of(g.value(s.before)) + 63) / 64 * 64;
  }
  for (const State& s : g.states)
    states_.push_back({place(s.before), place(s.after), bytes_of(g.value(s.before))});
  reset_states();

  size_t pointers = 0;
  for (const Node& n : g.nodes) pointers += n.inputs.size() + n.outputs.size();
  pointers_.reserve(pointers);  // its address is taken below
  for (size_t i = 0; i < g.nodes.size(); ++i) {
    const Node& n = g.nodes[i];
    Step step{program_->kernels()[i].get(), {}, nullptr, static_cast<int>(i)};
    step.buffers.inputs = pointers_.data() + pointers_.size();
    for (int v : n.inputs) pointers_.push_back(place(v));
    step.buffers.outputs = const_cast<void* const*>(pointers_.data() + pointers_.size());
    for (int v : n.outputs) pointers_.push_back(place(v));
    step.buffers.scratch = static_cast<char*>(arena_->data()) + program_->plan().scratch[i];
    if (step.kernel) step.state = step.kernel->bind(step.buffers);
    steps_.push_back(std::move(step));
  }
  for (int v : g.inputs) inputs_.push_back({place(v), bytes_of(g.value(v))});
  for (int v : g.outputs) outputs_.push_back({place(v), bytes_of(g.value(v))});
}

void Execution::reset_states() noexcept {
  const Graph& g = program_->graph();
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].bytes)
      std::memcpy(states_[i].before, g.states[i].initial.raw(), states_[i].bytes);
  }
}

void Execution::set_error(const char* message) noexcept {
  std::strncpy(error_, message, sizeof(error_) - 1);
}

Tensors Execution::run_on(const Tensors& inputs) {
  Tensors out;
  for (size_t i = 0; i < inputs.size(); ++i) set_input(i, inputs[i].raw());
  for (const TensorSpec& s : program_->outputs()) {
    out.push_back(Tensor::empty(s.shape, s.dtype));
    set_output(out.size() - 1, out.back().mutable_raw());
  }
  if (!run()) out.clear();
  return out;
}

bool Execution::run(int64_t rows) noexcept {
  const Scope scope(program_->provider(), program_->options().threads, program_->uses_library());
  const int64_t chunk = program_->chunk();
  for (int64_t first = 0; first < rows; first += chunk) {
    const int64_t now = std::min(chunk, rows - first), missing = chunk - now;
    const auto row = [chunk](const auto& port) { return port.bytes / static_cast<size_t>(chunk); };
    const auto size = [&](const auto& port) {
      return missing ? static_cast<size_t>(now) * row(port) : port.bytes;
    };
    for (const auto& in : inputs_) {
      const char* from = static_cast<const char*>(in.data) + static_cast<size_t>(first) * row(in);
      char* to = static_cast<char*>(in.place);
      if (in.bytes) std::memcpy(to, from, size(in));
      // What is missing of the batch: copies of a sample, whose results nobody sees.
      for (int64_t r = now; r < chunk; ++r)
        std::memcpy(to + static_cast<size_t>(r) * row(in), from, row(in));
    }
    if (!run_steps()) return false;
    for (const auto& out : outputs_) {
      char* to = static_cast<char*>(out.data) + static_cast<size_t>(first) * row(out);
      if (out.bytes) std::memcpy(to, out.place, size(out));
    }
  }
  return true;
}

bool Execution::run_steps() noexcept {
  const bool profiled = profile::is_running();
  for (const Step& step : steps_) {
    std::optional<profile::Scope> span;
    if (profiled) [[unlikely]]
      begin_span(span, step);
    if (step.kernel) [[likely]] {
      if (!step.kernel->run(step.buffers, step.state.get())) {
        set_error("An index (of an Embedding, take or gather) is out of range.");
        return false;
      }
    } else if (!run_eager_step(step)) {
      return false;
    }
  }
  for (const KeptState& s : states_) {
    if (s.before != s.after) std::memmove(s.before, s.after, s.bytes);
  }
  return true;
}

void Execution::begin_span(std::optional<profile::Scope>& span, const Step& step) const noexcept {
  try {
    const SessionStep& s = program_->steps()[static_cast<size_t>(step.node)];
    span.emplace(s.operation, "session");
    if (!*span) return;
    span->note("layer", s.layer);
    span->note("kernel", s.kernel);
    span->note("output", text(s.output));
  } catch (...) {  // a profile without this step
  }
}

bool Execution::run_eager_step(const Step& step) noexcept {
  const Graph& g = program_->graph();
  const Node& n = g.nodes[static_cast<size_t>(step.node)];
  try {
    const autodiff::PauseRecording pause;
    Tensors inputs;
    for (size_t i = 0; i < n.inputs.size(); ++i) {
      if (n.inputs[i] < 0) {
        inputs.emplace_back();
      } else if (g.is_constant(n.inputs[i])) {
        inputs.push_back(g.constant(n.inputs[i]));
      } else {
        inputs.push_back(view_of(step.buffers.inputs[i], g.value(n.inputs[i])));
      }
    }
    const Tensors outputs = run_eager(n, program_->backend(), inputs);
    for (size_t i = 0; i < n.outputs.size(); ++i) {
      if (i >= outputs.size() || !outputs[i].defined()) continue;
      const size_t bytes = bytes_of(g.value(n.outputs[i]));
      KCPP_ASSERT(outputs[i].bytes() == bytes);
      if (bytes) std::memcpy(step.buffers.outputs[i], outputs[i].raw(), bytes);
    }
    return true;
  } catch (const std::exception& e) {
    set_error(e.what());
    return false;
  } catch (...) {
    set_error("A layer threw something that is no std::exception.");
    return false;
  }
}

}  // namespace kcpp::inference
