/// What an op needs in order to be differentiable. Users see only tape.h.
///
/// An op computes its outputs, then, if a tape watches, tells it how to go back:
///
///     Tensor exp(const Tensor& x) {
///       Tensor y = backend().unary(UnaryOp::exp, x);
///       if (autodiff::recording(x))
///         autodiff::record("exp", {&x}, y, [y = y.detach()](autodiff::Vjp& v) {
///           v.set(0, v.grad() * v.output(y));
///         });
///       return y;
///     }
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <utility>

#include "kcpp/core/tensor.h"

namespace kcpp::autodiff {

class Vjp;

/// What the gradient of a table's lookup is made of (tf.IndexedSlices): `values` (n, ...), which
/// are added up at rows `indices` (n). Keras's optimizers on TensorFlow square the values before
/// they add them, so a gradient remembers them.
struct IndexedSlices {
  Tensor values, indices;
};
/// The rows that the gradient sums up, or null: it is dense through and through.
KCPP_API const IndexedSlices* slices_of(const Tensor& gradient);
/// Makes `gradient`, which nobody else holds, remember its rows. Undefined `values`: forget them.
KCPP_API void set_slices(Tensor& gradient, IndexedSlices slices);

/// One recorded op. Holds edges to the nodes of its inputs, and the closure that maps cotangents.
class KCPP_API Node {
 public:
  struct Edge {
    Ref<Node> node;  ///< null: this input needs no gradient
    uint32_t output = 0;
  };
  explicit Node(const char* op) : op_(op) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  virtual void backward(Vjp&) {}
  /// Drops what the closure holds: no tape can ask any more.
  virtual void free_closure() {}

  const char* op() const { return op_; }

 protected:
  virtual ~Node() = default;

 private:
  friend class Vjp;
  friend class Recorder;  // src/core/tape.cpp
  const char* op_;
  std::atomic<uint32_t> refs_{0};
  uint32_t tapes_ = 0;  ///< tapes that hold this node; it dies with the last
  bool dead_ = false;   ///< no tape can go back through it any more
  std::vector<Edge> inputs_;
  uint32_t output_count_ = 1;
  std::vector<TensorSpec>
      outputs_;  ///< kept when there are several, to make zeros for those without a cotangent
  // Scratch of one backward pass.
  uint64_t pass_ = 0;       ///< the pass that the fields below belong to
  uint32_t slot_ = 0;       ///< where the pass keeps the cotangent of output 0
  bool connected_ = false;  ///< leads to a source
};

/// The view that an op's backward closure has of one backward pass.
class KCPP_API Vjp {
 public:
  /// d target / d output k. Zeros when nothing flowed into that output.
  const Tensor& grad(int k = 0);
  /// The same, given away: nobody else holds it, unless somebody asked for it. Output k is not
  /// asked for again.
  Tensor take_grad(int k = 0);
  /// Something flowed into output k.
  bool has_grad(int k) const;
  /// The gradient of input i is wanted.
  bool needs(int i) const;
  /// Sets d target / d input i. An undefined tensor means zero. The shape must be the input's.
  void set(int i, Tensor gradient);
  /// A saved output (captured as `y.detach()`, which avoids a cycle) tied to its node again.
  Tensor output(const Tensor& saved, int k = 0) const;

 private:
  friend class Recorder;
  Vjp(Node& node, uint64_t pass, bool keep, std::span<Tensor> grads, std::span<Tensor> results)
      : node_(node), pass_(pass), keep_(keep), grads_(grads), results_(results) {}
  Node& node_;
  uint64_t pass_;
  bool keep_;  ///< the node is a source: its cotangents are the answer
  std::span<Tensor> grads_;
  std::span<Tensor> results_;
};

namespace detail {
extern KCPP_API thread_local int active_tapes;  ///< recording tapes of this thread

template <class F>
class ClosureNode final : public Node {
 public:
  ClosureNode(const char* op, F&& f) : Node(op) { new (&storage_) F(std::move(f)); }
  ~ClosureNode() override { ClosureNode::free_closure(); }
  void backward(Vjp& v) override { get()(v); }
  void free_closure() override {
    if (alive_) get().~F();
    alive_ = false;
  }

 private:
  F& get() { return *reinterpret_cast<F*>(&storage_); }
  alignas(F) unsigned char storage_[sizeof(F)];
  bool alive_ = true;
};

KCPP_API void attach(Ref<Node> node, std::initializer_list<const Tensor*> inputs,
                     std::span<Tensor> outputs);
KCPP_API void attach(Ref<Node> node, std::span<const Tensor> inputs, std::span<Tensor> outputs);
}  // namespace detail

/// A tape is recording on this thread (gradients of gradients may be wanted inside a closure).
inline bool recording() { return detail::active_tapes > 0; }
/// A tape is recording and one of these tensors leads to a watched one: the op must be recorded.
template <class... T>
inline bool recording(const T&... inputs) {
  return recording() && ((inputs.defined() && inputs.impl()->node) || ...);
}
KCPP_API bool recording(const Tensors& inputs);

/// Records one op. `closure(Vjp&)` is called at most once a backward pass.
template <class F>
void record(const char* op, std::initializer_list<const Tensor*> inputs, Tensor& output,
            F closure) {
  detail::attach(Ref<Node>(new detail::ClosureNode<F>(op, std::move(closure))), inputs,
                 {&output, 1});
}
template <class F>
void record(const char* op, std::initializer_list<const Tensor*> inputs, Tensors& outputs,
            F closure) {
  detail::attach(Ref<Node>(new detail::ClosureNode<F>(op, std::move(closure))), inputs, outputs);
}
template <class F>
void record(const char* op, const Tensors& inputs, Tensor& output, F closure) {
  detail::attach(Ref<Node>(new detail::ClosureNode<F>(op, std::move(closure))),
                 std::span<const Tensor>(inputs), {&output, 1});
}
template <class F>
void record(const char* op, const Tensors& inputs, Tensors& outputs, F closure) {
  detail::attach(Ref<Node>(new detail::ClosureNode<F>(op, std::move(closure))),
                 std::span<const Tensor>(inputs), outputs);
}

/// Nothing is recorded on this thread while it lives (TensorFlow's tape.stop_recording).
class KCPP_API PauseRecording {
 public:
  PauseRecording() : saved_(detail::active_tapes) { detail::active_tapes = 0; }
  ~PauseRecording() { detail::active_tapes = saved_; }
  PauseRecording(const PauseRecording&) = delete;
  PauseRecording& operator=(const PauseRecording&) = delete;

 private:
  int saved_;
};

}  // namespace kcpp::autodiff
