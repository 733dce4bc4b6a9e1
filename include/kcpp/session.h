/// Session: a frozen copy of a model for inference, of fixed batch size.
///
/// Making one folds batch normalisation into the layers before it, fuses activations, biases and
/// additions, packs the weights and plans all memory; a call then allocates nothing, takes no lock
/// and starts no thread that was not asked for.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kcpp/models/model.h"

namespace kcpp {

struct SessionOptions {
  int64_t batch_size = 1;
  int threads = 1;  ///< 1: everything runs on the calling thread
  /// "float32", or "bfloat16": products and convolutions in half the bytes. The session states its
  /// error, see Session::precision_error.
  std::string precision = "float32";
  /// One call is one time step: recurrent layers and causal Conv1D keep what they need of the past
  /// between calls. The model's time axis gets length 1.
  bool streaming = false;
  /// The shape of each input without the batch; needed only where the model leaves a size open.
  Shapes input_shapes = {};
};

namespace detail {
template <class T>
concept Element = requires {
  dtype_for<T>::dtype;
};
}  // namespace detail

/// Elements of one input, of any dtype: from a span, a vector or a tensor. Not owned.
struct InputData {
  const void* data = nullptr;
  size_t size = 0;
  DType dtype = DType::float32;

  InputData() = default;
  template <detail::Element T>
  InputData(std::span<const T> s) : data(s.data()), size(s.size()), dtype(dtype_for<T>::dtype) {}
  template <detail::Element T>
  InputData(std::span<T> s) : InputData(std::span<const T>(s)) {}
  template <detail::Element T>
  InputData(const std::vector<T>& v) : InputData(std::span<const T>(v)) {}
  InputData(const Tensor& t)
      : data(t.raw()), size(static_cast<size_t>(t.size())), dtype(t.dtype()) {}
};

/// Room for the elements of one output. Not owned.
struct OutputData {
  void* data = nullptr;
  size_t size = 0;
  DType dtype = DType::float32;

  OutputData() = default;
  template <detail::Element T>
  OutputData(std::span<T> s) : data(s.data()), size(s.size()), dtype(dtype_for<T>::dtype) {}
  template <detail::Element T>
  OutputData(std::vector<T>& v) : OutputData(std::span<T>(v)) {}
};

/// One step of a session, as its report lists it.
struct SessionStep {
  std::string operation;  ///< "conv", "dense", "softmax"
  std::string layer;      ///< of the model; "" for what belongs to none
  std::string kernel;     ///< what computes it: "brgconv:avx512_core", "packed gemm"
  std::string fused;      ///< what was fused into it: "batch norm, bias, relu, add"
  Shape output;
  bool eager = false;  ///< an eager op that may allocate: no session kernel knows it
};

class SessionImpl;

/// A model for inference. Weights are as they were when it was made; training the model later does
/// not change it. Movable; `clone` makes another one for another thread, which shares the weights.
///
///     Session s = model.session({.batch_size = 1, .threads = 1});
///     std::vector<float> x(28 * 28), y(10);
///     s.run(x, y);                    // noexcept, no allocation
///     Tensor probabilities = s(image);  // checked
class KCPP_API Session {
 public:
  /// Throws ValueError when a size of the inputs is not known, for an unknown precision, or when
  /// the CPU lacks the precision.
  explicit Session(const Model& model, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// The shapes (with the batch) and dtypes of inputs and outputs, in the model's order.
  const std::vector<TensorSpec>& inputs() const;
  const std::vector<TensorSpec>& outputs() const;
  const SessionOptions& options() const;

  /// Runs it on all inputs. False, and the reason in error(), when a count, size or dtype does not
  /// fit, or when an index (of an Embedding) is out of range; the outputs are then not written.
  bool run(std::initializer_list<InputData> inputs,
           std::initializer_list<OutputData> outputs) noexcept {
    return run(std::span<const InputData>(inputs.begin(), inputs.size()),
               std::span<const OutputData>(outputs.begin(), outputs.size()));
  }
  bool run(std::span<const InputData> inputs, std::span<const OutputData> outputs) noexcept;
  /// For one input and one output.
  bool run(InputData input, OutputData output) noexcept {
    return run(std::span<const InputData>(&input, 1), std::span<const OutputData>(&output, 1));
  }
  /// Why the last run returned false, or "".
  const char* error() const noexcept;

  /// Checked calls: cast to the inputs' dtypes; throw ValueError in Keras's words when a shape does
  /// not fit. The first output, or all.
  Tensor operator()(const Tensor& input);
  Tensors operator()(const Tensors& inputs);
  /// Any number of samples, batch by batch; a smaller rest is filled up. The first output, or all.
  Tensor predict(const Data& x);
  Tensors predict_all(const Data& x);

  // --- the state of stateful and streaming layers --------------------------------------------
  /// "lstm/h", "lstm/c", "conv1d/past"; empty when nothing is kept between calls.
  std::vector<std::string> state_names() const;
  /// A copy. Throws ValueError with the names that exist.
  Tensor state(const std::string& name) const;
  void set_state(const std::string& name, const Tensor& value);
  /// All states as at the beginning: zeros, or what a stateful layer held when the session was
  /// made.
  void reset_state() noexcept;

  // --- what it is made of --------------------------------------------------------------------
  const std::vector<SessionStep>& steps() const;
  /// The steps, their kernels and the memory as a table.
  std::string report() const;
  /// Bytes of activations and scratch memory (one arena), and of packed weights.
  size_t arena_bytes() const;
  size_t weight_bytes() const;
  /// The largest difference of an output from float32's, relative to the largest output, over a
  /// batch of random inputs; 0 in float32.
  double precision_error() const;

  /// A session of its own memory and state for another thread; weights are shared.
  Session clone() const;

 private:
  explicit Session(std::unique_ptr<SessionImpl> impl);
  std::unique_ptr<SessionImpl> impl_;
};

}  // namespace kcpp
