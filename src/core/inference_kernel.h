/// The seam between sessions and the backend's kernels for them.
#pragma once

#include <memory>
#include <string>

#include "src/core/inference_graph.h"

namespace kcpp::inference {

/// Where a step finds its data; constants are pointers too. Absent inputs are null.
struct Buffers {
  const void* const* inputs = nullptr;
  void* const* outputs = nullptr;
  void* scratch = nullptr;
};

/// What one copy of a session keeps for a step beside its data (oneDNN's memory objects).
class KernelState {
 public:
  virtual ~KernelState() = default;
};

/// Computes one node. Holds the packed weights; never changes after it was made, so that sessions
/// on several threads share it.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual std::string name() const = 0;
  virtual size_t scratch_bytes() const { return 0; }
  virtual size_t weight_bytes() const { return 0; }
  /// `run` looks at input i: false for weights that were packed.
  virtual bool reads(int input) const {
    (void)input;
    return true;
  }
  /// The first output may lie in the memory of input i.
  virtual bool in_place(int input) const {
    (void)input;
    return false;
  }
  /// It calls the backend's library, which wants its thread settings made.
  virtual bool uses_library() const { return false; }
  virtual std::unique_ptr<KernelState> bind(const Buffers&) const { return nullptr; }
  /// False: an index was out of range.
  virtual bool run(const Buffers& buffers, KernelState* state) const noexcept = 0;
};

/// The backend in use without a profile around it (backend/table.cpp).
Backend& plain_backend();

struct KernelOptions {
  int threads = 1;
  bool bfloat16 = false;  ///< products may round their operands to bfloat16
};

/// A backend that has kernels for sessions derives from this too.
class KernelProvider {
 public:
  virtual ~KernelProvider() = default;
  /// Null when there is none for this node: the backend's ordinary functions then run it.
  virtual std::unique_ptr<Kernel> make_kernel(const Graph& graph, const Node& node,
                                              const KernelOptions& options) const = 0;
  /// A convolution has a kernel that can run some lines at a time (NodeKind::bands).
  virtual bool runs_in_bands(const Graph& graph, const Node& conv) const = 0;
  /// "" when products can compute in bfloat16, else why not.
  virtual std::string why_no_bfloat16() const = 0;

  /// Held while the steps of a session run: denormals are flushed; with `library`, the library
  /// uses `threads` threads. What was before comes back.
  struct Saved {
    unsigned control = 0;
    int threads = 0;
  };
  virtual Saved enter(int threads, bool library) const noexcept = 0;
  virtual void leave(const Saved& saved) const noexcept = 0;
};

}  // namespace kcpp::inference
