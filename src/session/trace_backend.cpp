// The backend that records: every function works out the shape of its result and leaves a node.
//
// What does not depend on the inputs of the session is computed at once, by the real backend: that
// folds constants. Gradients, random numbers and updates in place cannot be traced.
#include <algorithm>

#include "src/session/tracer.h"

namespace kcpp::inference {
namespace {

Shape reduced(const Shape& x, const std::vector<int>& axes, bool keepdims) {
  Shape out;
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) {
      out.push_back(x[i]);
    } else if (keepdims) {
      out.push_back(1);
    }
  }
  return out;
}

Shape window_output(const Shape& x, const Shape& window, const Shape& dilations,
                    const Shape& strides, const Shape& low, const Shape& high,
                    bool channels_first) {
  Shape y = x;
  const int first = channels_first ? 2 : 1;
  for (int i = 0; i < x.rank() - 2; ++i) {
    const int64_t reach = (window[i] - 1) * (dilations.rank() ? dilations[i] : 1) + 1;
    y[first + i] = (x[first + i] + low[i] + high[i] - reach) / strides[i] + 1;
  }
  return y;
}

bool to_bool(UnaryOp op) { return op >= UnaryOp::logical_not && op <= UnaryOp::isfinite; }
bool to_bool(BinaryOp op) { return op >= BinaryOp::equal && op <= BinaryOp::logical_xor; }

class TraceBackend final : public Backend {
 public:
  explicit TraceBackend(Tracer& tracer) : t_(tracer), real_(tracer.real()) {}
  std::string_view name() const override { return real_.name(); }

  // --- element by element ------------------------------------------------------------------------
  Tensor unary(UnaryOp op, const Tensor& x, UnaryAttrs attrs) override {
    Node n = node(NodeKind::unary, "unary");
    n.unary_op = op;
    n.unary_attrs = attrs;
    return one(std::move(n), {x}, {x.shape(), to_bool(op) ? DType::bool_ : x.dtype()});
  }
  Tensor unary_grad(UnaryOp op, Tensor dy, const Tensor& x, const Tensor& y,
                    UnaryAttrs attrs) override {
    refuse({dy, x, y});
    return real_.unary_grad(op, std::move(dy), x, y, attrs);
  }
  Tensor binary(BinaryOp op, const Tensor& a, const Tensor& b) override {
    Node n = node(NodeKind::binary, "binary");
    n.binary_op = op;
    return one(
        std::move(n), {a, b},
        {broadcast_shapes(a.shape(), b.shape(), "binary"), to_bool(op) ? DType::bool_ : a.dtype()});
  }
  Tensor where(const Tensor& c, const Tensor& a, const Tensor& b) override {
    return one(
        node(NodeKind::where, "where"), {c, a, b},
        {broadcast_shapes(c.shape(), broadcast_shapes(a.shape(), b.shape(), "where"), "where"),
         a.dtype()});
  }
  Tensor cast(const Tensor& x, DType dtype) override {
    Node n = node(NodeKind::cast, "cast");
    n.dtype = dtype;
    return one(std::move(n), {x}, {x.shape(), dtype});
  }
  void accumulate(Tensor& into, const Tensor& x) override {
    refuse({into, x});
    real_.accumulate(into, x);
  }

  // --- over axes
  // -----------------------------------------------------------------------------------
  Tensor reduce(ReduceOp op, const Tensor& x, const std::vector<int>& axes,
                bool keepdims) override {
    Node n = node(NodeKind::reduce, "reduce");
    n.reduce_op = op;
    n.axes = axes;
    n.flag = keepdims;
    const bool logical = op == ReduceOp::any || op == ReduceOp::all;
    return one(std::move(n), {x},
               {reduced(x.shape(), axes, keepdims), logical ? DType::bool_ : x.dtype()});
  }
  Tensor arg_reduce(bool max, const Tensor& x, int axis, bool keepdims) override {
    return eager("arg_reduce", {x}, {reduced(x.shape(), {axis}, keepdims), DType::int32},
                 [=](Backend& b, const Tensors& in) {
                   return Tensors{b.arg_reduce(max, in[0], axis, keepdims)};
                 });
  }
  Tensor cumulative(CumulativeOp op, const Tensor& x, int axis, bool reverse) override {
    return eager("cumulative", {x}, spec_of(x), [=](Backend& b, const Tensors& in) {
      return Tensors{b.cumulative(op, in[0], axis, reverse)};
    });
  }
  Tensor sort(const Tensor& x, int axis, bool descending) override {
    return eager("sort", {x}, spec_of(x), [=](Backend& b, const Tensors& in) {
      return Tensors{b.sort(in[0], axis, descending)};
    });
  }
  Tensor argsort(const Tensor& x, int axis, bool descending) override {
    return eager("argsort", {x}, {x.shape(), DType::int32}, [=](Backend& b, const Tensors& in) {
      return Tensors{b.argsort(in[0], axis, descending)};
    });
  }
  std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k) override {
    if (!t_.any_traced({x})) return real_.top_k(x, k);
    Shape shape = x.shape();
    shape[shape.rank() - 1] = k;
    Node n = node(NodeKind::eager, "top_k");
    n.call = [=](Backend& b, const Tensors& in) {
      auto [values, indices] = b.top_k(in[0], k);
      return Tensors{values, indices};
    };
    const Tensors out = t_.record(std::move(n), {x}, {{shape, x.dtype()}, {shape, DType::int32}});
    return {out[0], out[1]};
  }

  // --- products
  // --------------------------------------------------------------------------------------
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) override {
    Node n = node(NodeKind::matmul, "matmul");
    n.flag = transpose_a;
    n.flag_b = transpose_b;
    Shape shape = broadcast_shapes(a.shape().slice(0, a.rank() - 2),
                                   b.shape().slice(0, b.rank() - 2), "matmul");
    shape.push_back(a.dim(transpose_a ? -1 : -2));
    shape.push_back(b.dim(transpose_b ? -2 : -1));
    return one(std::move(n), {a, b}, {shape, a.dtype()});
  }
  Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
               Activation activation) override {
    if (!t_.any_traced({x, kernel, bias})) return real_.dense(x, kernel, bias, activation);
    Node n = node(NodeKind::dense, "dense");
    n.activation = activation;
    Shape shape = x.shape();
    shape[shape.rank() - 1] = kernel.shape()[1];
    return one(std::move(n), {x, kernel, bias}, {shape, x.dtype()});
  }
  std::pair<Tensor, Tensor> dense_grad_weights(const Tensor& x, const Tensor& dy, bool kernel,
                                               bool bias) override {
    refuse({x, dy});
    return real_.dense_grad_weights(x, dy, kernel, bias);
  }

  // --- convolution and pooling
  // -----------------------------------------------------------------------
  Tensor conv(const Tensor& x, const Tensor& kernel, const Tensor& bias,
              const ConvAttrs& attrs) override {
    if (!t_.any_traced({x, kernel, bias})) return real_.conv(x, kernel, bias, attrs);
    Node n = node(NodeKind::conv, "conv");
    n.conv = attrs;
    n.activation = attrs.activation;
    n.conv.activation = {};
    const int r = x.rank();
    Shape y = window_output(x.shape(), kernel.shape(), attrs.dilations, attrs.strides,
                            attrs.pad_low, attrs.pad_high, attrs.channels_first);
    y[attrs.channels_first ? 1 : r - 1] = kernel.shape()[r - 1];
    return one(std::move(n), {x, kernel, bias}, {y, x.dtype()});
  }
  Tensor conv_grad_input(const Tensor& dy, const Tensor& kernel, const Shape& x_shape,
                         const ConvAttrs& attrs) override {
    return eager("conv_transpose", {dy, kernel}, {x_shape, dy.dtype()},
                 [=](Backend& b, const Tensors& in) {
                   return Tensors{b.conv_grad_input(in[0], in[1], x_shape, attrs)};
                 });
  }
  std::pair<Tensor, Tensor> conv_grad_weights(const Tensor& x, const Tensor& dy,
                                              const Shape& kernel_shape, const ConvAttrs& attrs,
                                              bool kernel, bool bias) override {
    refuse({x, dy});
    return real_.conv_grad_weights(x, dy, kernel_shape, attrs, kernel, bias);
  }
  std::pair<Tensor, Tensor> pool(const Tensor& x, const PoolAttrs& attrs, bool training) override {
    if (!t_.any_traced({x})) return real_.pool(x, attrs, training);
    Node n = node(NodeKind::pool, attrs.max ? "max_pool" : "average_pool");
    n.pool = attrs;
    return {one(std::move(n), {x},
                {window_output(x.shape(), attrs.window, {}, attrs.strides, attrs.pad_low,
                               attrs.pad_high, attrs.channels_first),
                 x.dtype()}),
            Tensor()};
  }
  Tensor pool_grad(const Tensor& dy, const Tensor& x, const Tensor& y, const Tensor& workspace,
                   const PoolAttrs& attrs) override {
    refuse({dy, x, y});
    return real_.pool_grad(dy, x, y, workspace, attrs);
  }

  // --- normalisation
  // -----------------------------------------------------------------------------------
  BatchNorm batch_norm_training(const Tensor& x, const Tensor& gamma, const Tensor& beta, int axis,
                                double epsilon) override {
    refuse({x, gamma, beta});
    return real_.batch_norm_training(x, gamma, beta, axis, epsilon);
  }
  Tensor batch_norm_inference(const Tensor& x, const Tensor& mean, const Tensor& variance,
                              const Tensor& gamma, const Tensor& beta, int axis,
                              double epsilon) override {
    if (!t_.any_traced({x, mean, variance, gamma, beta}))
      return real_.batch_norm_inference(x, mean, variance, gamma, beta, axis, epsilon);
    Node n = node(NodeKind::batch_norm, "batch_norm");
    n.axes = {axis};
    n.number = epsilon;
    return one(std::move(n), {x, mean, variance, gamma, beta}, spec_of(x));
  }
  NormGrads batch_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& variance, const Tensor& gamma, int axis,
                            double epsilon) override {
    refuse({dy, x});
    return real_.batch_norm_grad(dy, x, mean, variance, gamma, axis, epsilon);
  }
  LayerNorm layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                       double epsilon) override {
    if (!t_.any_traced({x, gamma, beta})) return real_.layer_norm(x, gamma, beta, epsilon);
    Node n = node(NodeKind::layer_norm, "layer_norm");
    n.number = epsilon;
    return {one(std::move(n), {x, gamma, beta}, spec_of(x)), Tensor(), Tensor()};
  }
  NormGrads layer_norm_grad(const Tensor& dy, const Tensor& x, const Tensor& mean,
                            const Tensor& rstd, const Tensor& gamma) override {
    refuse({dy, x});
    return real_.layer_norm_grad(dy, x, mean, rstd, gamma);
  }
  Tensor softmax(const Tensor& x, int axis, bool log) override {
    Node n = node(NodeKind::softmax, log ? "log_softmax" : "softmax");
    n.axes = {axis};
    n.flag = log;
    return one(std::move(n), {x}, spec_of(x));
  }
  Tensor softmax_grad(const Tensor& dy, const Tensor& y, int axis, bool log) override {
    refuse({dy, y});
    return real_.softmax_grad(dy, y, axis, log);
  }
  std::pair<Tensor, Tensor> sparse_softmax_crossentropy(const Tensor& logits,
                                                        const Tensor& labels) override {
    refuse({logits, labels});
    return real_.sparse_softmax_crossentropy(logits, labels);
  }

  // --- recurrent layers
  // ----------------------------------------------------------------------------------
  bool rnn_available(const RnnAttrs& attrs, DType dtype) const override {
    return real_.rnn_available(attrs, dtype);
  }
  RnnResult rnn(const Tensor& x, const Tensors& states, const Tensor& kernel,
                const Tensor& recurrent_kernel, const Tensor& bias,
                const RnnAttrs& attrs) override {
    Tensors inputs = {x, kernel, recurrent_kernel, bias};
    inputs.insert(inputs.end(), states.begin(), states.end());
    if (!t_.any_traced(inputs)) return real_.rnn(x, states, kernel, recurrent_kernel, bias, attrs);
    static const char* const names[] = {"simple_rnn", "lstm", "gru", "gru"};
    Node n = node(NodeKind::rnn, names[static_cast<int>(attrs.kind)]);
    n.rnn = attrs;
    n.rnn.training = false;
    const Shape state{x.shape()[0], recurrent_kernel.shape()[0]};
    Specs specs = {
        {attrs.return_sequences ? Shape{state[0], x.shape()[1], state[1]} : state, x.dtype()}};
    for (size_t i = 0; i < states.size(); ++i) specs.push_back({state, x.dtype()});
    const Tensors out = t_.record(std::move(n), inputs, specs);
    return {out[0], Tensors(out.begin() + 1, out.end()), {}};
  }
  RnnGrads rnn_grad(const Tensor& d_output, const Tensors& d_states, const Tensor& x,
                    const Tensors& states, const Tensor& kernel, const Tensor& recurrent_kernel,
                    const Tensor& bias, const RnnResult& forward, const RnnAttrs& attrs) override {
    refuse({d_output, x});
    return real_.rnn_grad(d_output, d_states, x, states, kernel, recurrent_kernel, bias, forward,
                          attrs);
  }

  // --- moving elements
  // -----------------------------------------------------------------------------------
  Tensor transpose(const Tensor& x, const std::vector<int>& permutation) override {
    Node n = node(NodeKind::transpose, "transpose");
    n.axes = permutation;
    Shape shape;
    for (int p : permutation) shape.push_back(x.shape()[p]);
    return one(std::move(n), {x}, {shape, x.dtype()});
  }
  Tensor broadcast_to(const Tensor& x, const Shape& shape) override {
    Node n = node(NodeKind::broadcast, "broadcast");
    n.starts = shape;
    return one(std::move(n), {x}, {shape, x.dtype()});
  }
  Tensor concat(const Tensors& xs, int axis) override {
    Node n = node(NodeKind::concat, "concatenate");
    n.axes = {axis};
    Shape shape = xs[0].shape();
    for (size_t i = 1; i < xs.size(); ++i) shape[axis] += xs[i].shape()[axis];
    return one(std::move(n), xs, {shape, xs[0].dtype()});
  }
  Tensor slice(const Tensor& x, const Shape& starts, const Shape& sizes,
               const Shape& strides) override {
    Node n = node(NodeKind::slice, "slice");
    n.starts = starts;
    n.sizes = sizes;
    n.strides = strides;
    return one(std::move(n), {x}, {sizes, x.dtype()});
  }
  Tensor slice_grad(const Tensor& dy, const Shape& shape, const Shape& starts,
                    const Shape& strides) override {
    return eager("unslice", {dy}, {shape, dy.dtype()}, [=](Backend& b, const Tensors& in) {
      return Tensors{b.slice_grad(in[0], shape, starts, strides)};
    });
  }
  Tensor pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
             double value) override {
    Node n = node(NodeKind::pad, "pad");
    n.starts = low;
    n.strides = high;
    n.pad_mode = mode;
    n.number = value;
    Shape shape = x.shape();
    for (int i = 0; i < shape.rank(); ++i) shape[i] += low[i] + high[i];
    return one(std::move(n), {x}, {shape, x.dtype()});
  }
  Tensor flip(const Tensor& x, const std::vector<int>& axes) override {
    Node n = node(NodeKind::slice, "flip");
    n.sizes = x.shape();
    n.starts = Shape::filled(x.rank(), 0);
    n.strides = Shape::filled(x.rank(), 1);
    for (int a : axes) {
      n.starts[a] = x.shape()[a] - 1;
      n.strides[a] = -1;
    }
    if (x.size() == 0 || !t_.any_traced({x})) return real_.flip(x, axes);
    return one(std::move(n), {x}, spec_of(x));
  }
  Tensor gather(const Tensor& x, const Tensor& indices, int axis) override {
    Node n = node(NodeKind::gather, "gather");
    n.axes = {axis};
    return one(std::move(n), {x, indices},
               {x.shape().slice(0, axis) + indices.shape() + x.shape().slice(axis + 1), x.dtype()});
  }
  Tensor scatter_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                     int axis) override {
    return eager(
        "scatter_add", {updates, indices}, {shape, updates.dtype()},
        [=](Backend& b, const Tensors& in) {
          return Tensors{b.scatter_add(in[0], check_indices(in[1], shape[axis]), shape, axis)};
        });
  }
  Tensor gather_elements(const Tensor& x, const Tensor& indices, int axis) override {
    Shape shape = x.shape();
    shape[axis] = indices.shape()[axis];
    return eager(
        "gather_elements", {x, indices}, {shape, x.dtype()}, [=](Backend& b, const Tensors& in) {
          return Tensors{b.gather_elements(in[0], check_indices(in[1], in[0].shape()[axis]), axis)};
        });
  }
  Tensor scatter_elements_add(const Tensor& updates, const Tensor& indices, const Shape& shape,
                              int axis) override {
    return eager("scatter_elements_add", {updates, indices}, {shape, updates.dtype()},
                 [=](Backend& b, const Tensors& in) {
                   return Tensors{b.scatter_elements_add(in[0], check_indices(in[1], shape[axis]),
                                                         shape, axis)};
                 });
  }
  Tensor one_hot(const Tensor& indices, int64_t classes, DType dtype) override {
    Shape shape = indices.shape();
    shape.push_back(classes);
    return eager("one_hot", {indices}, {shape, dtype}, [=](Backend& b, const Tensors& in) {
      return Tensors{b.one_hot(in[0], classes, dtype)};
    });
  }

  // --- random numbers: not the same from call to call
  // ----------------------------------------------------
  Tensor random_uniform(const Shape&, DType, RandomKey, double, double) override { refuse(); }
  Tensor random_normal(const Shape&, DType, RandomKey, double, double) override { refuse(); }
  Tensor random_truncated_normal(const Shape&, DType, RandomKey, double, double) override {
    refuse();
  }
  Tensor random_integers(const Shape&, DType, RandomKey, int64_t, int64_t) override { refuse(); }
  std::pair<Tensor, Tensor> dropout(const Tensor&, double, const Shape&, RandomKey) override {
    refuse();
  }
  Tensor dropout_grad(Tensor, double, const Tensor&) override { refuse(); }

  void optimizer_step(const OptimizerStep&, std::span<Tensor* const>, std::span<const Tensor>,
                      const std::vector<std::vector<Tensor*>>&) override {
    refuse();
  }
  double sum_of_squares(std::span<const Tensor> tensors) override {
    refuse(Tensors(tensors.begin(), tensors.end()));
    return real_.sum_of_squares(tensors);
  }
  /// Its results have too many forms to be foreseen.
  Tensors linalg(LinalgOp op, const Tensors& inputs, bool flag) override {
    refuse(inputs);
    return real_.linalg(op, inputs, flag);
  }

 private:
  static Node node(NodeKind kind, const char* name) {
    Node n;
    n.kind = kind;
    n.name = name;
    return n;
  }
  [[noreturn]] static void refuse() { throw Untraceable(); }
  void refuse(const Tensors& inputs) const {
    if (t_.any_traced(inputs)) throw Untraceable();
  }
  Tensor one(Node n, const Tensors& inputs, const TensorSpec& output) {
    if (!t_.any_traced(inputs)) return run_eager(n, real_, inputs)[0];
    return t_.record(std::move(n), inputs, {output})[0];
  }
  Tensor eager(const char* name, const Tensors& inputs, const TensorSpec& output, EagerCall call) {
    Node n = node(NodeKind::eager, name);
    n.call = std::move(call);
    return one(std::move(n), inputs, output);
  }

  Tracer& t_;
  Backend& real_;
};

}  // namespace

std::unique_ptr<Backend> make_trace_backend(Tracer& tracer) {
  return std::make_unique<TraceBackend>(tracer);
}

}  // namespace kcpp::inference
