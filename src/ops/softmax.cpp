#include "src/ops/softmax.h"

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "kcpp/ops/sort.h"
#include "src/ops/describe.h"

namespace kcpp::ops {

namespace detail {

Tensor softmax_axis(const Tensor& x, int axis, bool log) {
  Tensor y = backend().softmax(x, axis, log);
  if (autodiff::recording(x)) {
    autodiff::record(log ? "log_softmax" : "softmax", {&x}, y, [y = y.detach(), axis, log](Vjp& v) {
      const Tensor& dy = v.grad();
      if (!autodiff::recording()) return v.set(0, backend().softmax_grad(dy, y, axis, log));
      const Tensor out = v.output(y);
      v.set(0, log ? dy - exp(out) * sum(dy, axis, true) : out * (dy - sum(dy * out, axis, true)));
    });
  }
  return y;
}

}  // namespace detail

using namespace detail;

namespace {

/// Over several axes, or all of them: moved to the end and flattened to one.
Tensor softmax_axes(const Tensor& x, const Axes& axes, bool log) {
  const std::vector<int> over = canonical_axes(axes, x.rank(), "softmax");
  std::vector<int> order;
  Shape flat;
  int64_t count = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (std::find(over.begin(), over.end(), i) == over.end()) {
      order.push_back(i);
      flat.push_back(x.shape()[i]);
    } else {
      count *= x.shape()[i];
    }
  }
  flat.push_back(count);
  order.insert(order.end(), over.begin(), over.end());
  const Tensor moved = transpose(x, order);
  std::vector<int> back(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    back[static_cast<size_t>(order[i])] = static_cast<int>(i);
  return transpose(view(softmax_axis(view(moved, flat), flat.rank() - 1, log), moved.shape()),
                   back);
}

Tensor softmax_op(const Tensor& x, const Axes& axis, bool log) {
  check_defined(x, log ? "log_softmax" : "softmax");
  return symbolic::op(
      log ? "LogSoftmax" : "Softmax", [&](Config& a) { Describe{a}("axis", axis.to_config()); },
      [axis, log](const Tensor& t) {
        const char* op = log ? "log_softmax" : "softmax";
        const int one = axis.is_int() ? canonical_axis(axis[0], t.rank(), op) : -1;
        if (t.is_symbolic()) {
          canonical_axes(axis, t.rank(), op);
          return symbolic_result(t.shape(), float_of(t.dtype()));
        }
        const Tensor logits = as_float(t);
        Tensor y = one >= 0 ? softmax_axis(logits, one, log) : softmax_axes(logits, axis, log);
        if (!log) y.set_keras_logits(logits);
        return y;
      },
      x);
}

}  // namespace

Tensor softmax(const Tensor& x, Axes axis) { return softmax_op(x, axis, false); }
Tensor log_softmax(const Tensor& x, Axes axis) { return softmax_op(x, axis, true); }

Tensor sparsemax(const Tensor& x, int axis) {
  check_defined(x, "sparsemax");
  return symbolic::op(
      "Sparsemax", [&](Config& a) { Describe{a}("axis", axis); },
      [axis](const Tensor& t) {
        const int at = canonical_axis(axis, t.rank(), "sparsemax");
        if (t.is_symbolic()) return symbolic_result(t.shape(), float_of(t.dtype()));
        const Tensor logits = as_float(t);
        const Tensor sorted = flip(sort(logits, at), at);
        const Tensor sums = cumsum(sorted, at);
        Shape along = Shape::filled(t.rank(), 1);
        along[at] = t.shape()[at];
        const Tensor r = reshape(as_dtype(arange(1, t.shape()[at] + 1), logits.dtype()), along);
        const Tensor support = stop_gradient(greater(sorted - (sums - 1.0) / r, 0.0));
        const Tensor k = sum(as_dtype(support, logits.dtype()), at, true);
        // The paper sums `sorted` here; Keras 3 sums the cumulative sums, and its numbers are the
        // specification.
        const Tensor tau = (sum(where(support, sums, 0.0), at, true) - 1.0) / k;
        return maximum(logits - tau, 0.0);
      },
      x);
}

}  // namespace kcpp::ops
