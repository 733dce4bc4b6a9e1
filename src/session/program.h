/// Steps 3 to 5 of making a session: a kernel for each node, one arena for all values, and a flat
/// list of steps.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/profile.h"
#include "kcpp/session.h"
#include "src/core/inference_kernel.h"
#include "src/core/thread_limit.h"

namespace kcpp::inference {

/// Where in the arena each value lies.
struct Plan {
  std::vector<int64_t> offset;   ///< of each value (of a view: its own place); -1: not in the arena
  std::vector<int64_t> scratch;  ///< of each node
  size_t bytes = 0;
};
/// Places values whose lives do not overlap in the same memory.
Plan plan_memory(const Graph& graph, const std::vector<std::unique_ptr<Kernel>>& kernels);

/// A compiled model: never changes, shared by the copies of a session.
class Program {
 public:
  enum class Use : uint8_t {
    session,
    whole,  ///< the model's own call is the one step
    cache,  ///< as a session; behind predict and evaluate
  };
  /// `logits`: also what losses start from, as further outputs.
  Program(const Model& model, const SessionOptions& options, Use use = Use::session,
          bool logits = false);

  const Graph& graph() const { return graph_; }
  const Plan& plan() const { return plan_; }
  /// One a node; null: an eager step.
  const std::vector<std::unique_ptr<Kernel>>& kernels() const { return kernels_; }
  /// Of a whole batch.
  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  const std::vector<SessionStep>& steps() const { return steps_; }
  /// For each output of the model, the output that holds its logits, or -1.
  const std::vector<int>& logits() const { return logits_; }
  bool any_eager() const {
    for (const SessionStep& s : steps_) {
      if (s.eager) return true;
    }
    return false;
  }
  const SessionOptions& options() const { return options_; }
  /// So many samples of the batch are computed at once: the graph's batch.
  int64_t chunk() const { return chunk_; }
  const KernelProvider* provider() const { return provider_; }
  Backend& backend() const { return backend_; }
  bool uses_library() const { return uses_library_; }
  size_t weight_bytes() const;
  /// No layer runs as it is, with the model's own weights and states.
  bool frozen() const { return frozen_; }
  /// The model's outputs carry masks, which a session does not tell.
  bool masked() const { return masked_; }

 private:
  void make_kernels();
  void list_steps();

  SessionOptions options_;
  int64_t chunk_;
  Backend& backend_;
  const KernelProvider* provider_ = nullptr;
  std::vector<TensorSpec> inputs_, outputs_;
  Graph graph_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
  Plan plan_;
  std::vector<SessionStep> steps_;
  std::vector<int> logits_;
  bool uses_library_ = false;
  bool frozen_ = true;
  bool masked_ = false;
};

/// The memory of one copy of a session: what runs.
class Execution {
 public:
  explicit Execution(std::shared_ptr<const Program> program);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  const Program& program() const { return *program_; }
  std::shared_ptr<const Program> share() const { return program_; }
  /// Where the next run finds input i and leaves output i.
  void set_input(size_t i, const void* data) { inputs_[i].data = data; }
  void set_output(size_t i, void* data) { outputs_[i].data = data; }
  /// Runs the first `rows` samples of the batch, and reads and writes no others. Less than all of
  /// them only where every input and output has an axis for them. False: see error().
  bool run(int64_t rows) noexcept;
  bool run() noexcept { return run(program_->options().batch_size); }
  /// Runs a whole batch of tensors of the inputs' shapes and dtypes; empty: see error().
  Tensors run_on(const Tensors& inputs);
  const char* error() const { return error_; }
  void set_error(const char* message) noexcept;
  void* state(size_t i) const { return states_[i].before; }
  void reset_states() noexcept;

 private:
  struct Step {
    const Kernel* kernel;  ///< null: eager
    Buffers buffers;
    std::unique_ptr<KernelState> state;
    int node;
  };
  struct KeptState {
    void* before;
    const void* after;
    size_t bytes;
  };
  /// One input or output.
  template <class Data>
  struct Port {
    void* place;   ///< in the arena
    size_t bytes;  ///< of a chunk
    Data* data = nullptr;
  };
  void* place(int value) const;
  bool run_steps() noexcept;
  void begin_span(std::optional<profile::Scope>& span, const Step& step) const noexcept;
  bool run_eager_step(const Step& step) noexcept;

  std::shared_ptr<const Program> program_;
  StoragePtr arena_, state_memory_;
  std::vector<void*> state_of_value_;  ///< by value; null where it is no state
  std::vector<const void*> pointers_;  ///< of all steps, inputs and outputs
  std::vector<Step> steps_;
  std::vector<Port<const void>> inputs_;
  std::vector<Port<void>> outputs_;
  std::vector<KeptState> states_;
  char error_[512] = "";
};

}  // namespace kcpp::inference
