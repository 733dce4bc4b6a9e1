// Ops that change the shape or the order of the axes.
#include "kcpp/ops/shape.h"

#include <algorithm>
#include <numeric>

#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;
using symbolic::no_arguments;

namespace {

/// keras.src.ops.operation_utils.compute_reshape_output_shape.
Shape reshape_shape(const Shape& from, const Shape& to) {
  int unknown_at = -1;
  int64_t known = 1;
  for (int i = 0; i < to.rank(); ++i) {
    check(to[i] >= -1,
          "There must be no dimension below -1 in newshape. Received: newshape=", to.to_vector());
    if (to[i] == -1) {
      check(unknown_at < 0,
            "There must be at most one unknown dimension (-1) in newshape. Received: newshape=",
            to.to_vector(), ".");
      unknown_at = i;
    } else {
      known *= to[i];
    }
  }
  if (!from.is_static()) return to;  // a -1 stays unknown
  const int64_t size = from.size();
  if (unknown_at < 0) {
    check(size == known,
          "The total size of the tensor must be unchanged. Received: input_shape=", from,
          ", newshape=", to);
    return to;
  }
  check(known != 0 && size % known == 0,
        "The total size of the tensor must be unchanged, however, the input size cannot by "
        "divided by the specified dimensions in newshape. Received: input_shape=",
        from, ", newshape=", to.to_vector());
  Shape out = to;
  out[unknown_at] = size / known;
  return out;
}

Tensor reshape_body(const Tensor& x, const Shape& newshape) {
  const Shape shape = reshape_shape(x.shape(), newshape);
  if (x.is_symbolic()) return symbolic_result(shape, x.dtype());
  Tensor y = share(x, shape);
  if (autodiff::recording(x)) {
    autodiff::record("reshape", {&x}, y,
                     [from = x.shape()](Vjp& v) { v.set(0, reshape(v.grad(), from)); });
  }
  return y;
}

std::vector<int> permutation_of(const Axes& axes, int rank) {
  std::vector<int> permutation;
  if (axes.is_none()) {
    for (int i = rank - 1; i >= 0; --i) permutation.push_back(i);
    return permutation;
  }
  check(axes.size() == rank,
        "[transpose] axes must be a list of the same length as the input shape, expected ", rank,
        ", but received ", axes.size(), ".");
  std::vector<bool> seen(static_cast<size_t>(rank));
  for (int a : axes) {
    const int axis = canonical_axis(a, rank, "transpose");
    check(!seen[static_cast<size_t>(axis)],
          "[transpose] repeated axis in transpose. Received: axes=", axes.to_config());
    seen[static_cast<size_t>(axis)] = true;
    permutation.push_back(axis);
  }
  return permutation;
}

Shape expanded_shape(const Shape& shape, const Axes& axes) {
  const int rank = shape.rank() + axes.size();
  check(rank <= Shape::max_rank, "[expand_dims] at most ", Shape::max_rank,
        " axes are possible. Received: shape=", shape);
  std::vector<bool> is_new(static_cast<size_t>(rank));
  for (int a : axes) {
    const auto axis = static_cast<size_t>(canonical_axis(a, rank, "expand_dims"));
    check(!is_new[axis], "[expand_dims] repeated axis. Received: axis=", axes.to_config());
    is_new[axis] = true;
  }
  Shape out;
  int next = 0;
  for (bool one : is_new) out.push_back(one ? 1 : shape[next++]);
  return out;
}

Shape squeezed_shape(const Shape& shape, const Axes& axes) {
  Shape out;
  if (axes.is_none()) {
    for (int64_t d : shape) {
      if (d != 1) out.push_back(d);
    }
    return out;
  }
  const std::vector<int> drop = canonical_axes(axes, shape.rank(), "squeeze");
  for (int a : drop)
    check(shape[a] == 1 || shape[a] == -1, "Cannot squeeze axis ", a,
          ", because the dimension is not 1.");
  return reduced_shape(shape, drop, false);
}

/// x in a shape that is known to hold the same elements (unknown dimensions included).
Tensor reshaped(const Tensor& x, const Shape& shape) {
  return x.is_symbolic() ? symbolic_result(shape, x.dtype()) : reshape_body(x, shape);
}

Tensor broadcast_body(const Tensor& x, const Shape& shape) {
  const Shape result =
      x.shape() == shape ? shape : broadcast_shapes(x.shape(), shape, "broadcast_to");
  check(result.rank() == shape.rank() &&
            (result == shape || !shape.is_static() || !result.is_static()),
        "[broadcast_to] Cannot broadcast shape ", x.shape(), " to shape ", shape, ".");
  if (x.is_symbolic()) return symbolic_result(result, x.dtype());
  if (x.shape() == result && !x.is_weak()) return x;
  Tensor y = backend().broadcast_to(x, result);
  if (autodiff::recording(x)) {
    autodiff::record("broadcast_to", {&x}, y,
                     [from = x.shape()](Vjp& v) { v.set(0, sum_to_shape(v.grad(), from)); });
  }
  return y;
}

}  // namespace

Shape shape(const Tensor& x) {
  check_defined(x, "shape");
  return x.shape();
}
int ndim(const Tensor& x) {
  check_defined(x, "ndim");
  return x.rank();
}
int64_t size(const Tensor& x) {
  check_defined(x, "size");
  return x.shape().is_static() ? x.size() : Shape::unknown;
}

Tensor reshape(const Tensor& x, const Shape& newshape) {
  check_defined(x, "reshape");
  return symbolic::op(
      "Reshape", [&](Config& a) { Describe{a}("newshape", to_config(newshape)); },
      [newshape](const Tensor& t) { return reshape_body(t, newshape); }, x);
}
Tensor ravel(const Tensor& x) {
  check_defined(x, "ravel");
  return symbolic::op(
      "Ravel", no_arguments, [](const Tensor& t) { return reshape_body(t, Shape{-1}); }, x);
}
Tensor transpose(const Tensor& x, Axes axes) {
  check_defined(x, "transpose");
  return symbolic::op(
      "Transpose", [&](Config& a) { Describe{a}("axes", axes.to_config()); },
      [axes](const Tensor& t) { return permute(t, permutation_of(axes, t.rank())); }, x);
}
Tensor expand_dims(const Tensor& x, Axes axis) {
  check_defined(x, "expand_dims");
  check(!axis.is_none(),
        "The `axis` argument to `expand_dims` should be an integer, tuple or list. Received "
        "axis=None");
  return symbolic::op(
      "ExpandDims", [&](Config& a) { Describe{a}("axis", axis.to_config()); },
      [axis](const Tensor& t) { return reshaped(t, expanded_shape(t.shape(), axis)); }, x);
}
Tensor squeeze(const Tensor& x, Axes axis) {
  check_defined(x, "squeeze");
  return symbolic::op(
      "Squeeze", [&](Config& a) { Describe{a}("axis", axis.to_config()); },
      [axis](const Tensor& t) { return reshaped(t, squeezed_shape(t.shape(), axis)); }, x);
}
Tensor swapaxes(const Tensor& x, int axis1, int axis2) {
  check_defined(x, "swapaxes");
  return symbolic::op(
      "Swapaxes", [&](Config& a) { Describe{a}("axis1", axis1)("axis2", axis2); },
      [=](const Tensor& t) {
        std::vector<int> order(static_cast<size_t>(t.rank()));
        std::iota(order.begin(), order.end(), 0);
        std::swap(order[static_cast<size_t>(canonical_axis(axis1, t.rank(), "swapaxes"))],
                  order[static_cast<size_t>(canonical_axis(axis2, t.rank(), "swapaxes"))]);
        return permute(t, order);
      },
      x);
}
Tensor moveaxis(const Tensor& x, Axes source, Axes destination) {
  check_defined(x, "moveaxis");
  check(source.size() == destination.size(),
        "`source` and `destination` arguments must have the same number of elements, but received "
        "`source=",
        source.to_config(), "` and `destination=", destination.to_config(), "`.");
  return symbolic::op(
      "Moveaxis",
      [&](Config& a) {
        Describe{a}("source", source.to_config())("destination", destination.to_config());
      },
      [=](const Tensor& t) {
        const int rank = t.rank();
        std::vector<int> order(static_cast<size_t>(rank), -1);
        std::vector<bool> moved(static_cast<size_t>(rank));
        for (int i = 0; i < source.size(); ++i) {
          const int from = canonical_axis(source[i], rank, "moveaxis");
          order[static_cast<size_t>(canonical_axis(destination[i], rank, "moveaxis"))] = from;
          moved[static_cast<size_t>(from)] = true;
        }
        int next = 0;
        for (int& o : order) {
          if (o >= 0) continue;
          while (moved[static_cast<size_t>(next)]) ++next;
          o = next++;
        }
        return permute(t, order);
      },
      x);
}
Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  check_defined(x, "broadcast_to");
  return symbolic::op(
      "BroadcastTo", [&](Config& a) { Describe{a}("shape", to_config(shape)); },
      [shape](const Tensor& t) { return broadcast_body(t, shape); }, x);
}

}  // namespace kcpp::ops
