// Picking by index: take, take_along_axis, x[...], one_hot.
#include "kcpp/ops/index.h"

#include <algorithm>

#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/core/trace_hook.h"
#include "src/ops/describe.h"
#include "src/ops/indices.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace detail {

Tensor checked_indices(const Tensor& indices, int64_t length, const char* op) {
  Tensor index = is_integer(indices.dtype()) ? indices : as_dtype(indices, DType::int32);
  if (index.dtype() != DType::int32 && index.dtype() != DType::int64)
    index = as_dtype(index, DType::int64);
  // Of a session: its kernels check the range when they run.
  if (inference::active_trace && inference::active_trace->is_traced(index)) return index;
  const auto check_all = [&]<class T>(T) {
    bool negative = false;
    const auto values = index.data<T>();
    for (size_t i = 0; i < values.size(); ++i) {
      const int64_t v = values[i];
      if (v < -length || v >= length) [[unlikely]] {
        throw IndexError(text("[", op, "] indices[", i, "] = ", v, " is not in [0, ", length, ")"));
      }
      negative |= v < 0;
    }
    if (!negative) return index;
    Tensor fixed = Tensor::empty(index.shape(), index.dtype());
    auto out = fixed.mutable_data<T>();
    for (size_t i = 0; i < values.size(); ++i)
      out[i] = static_cast<T>(values[i] < 0 ? values[i] + length : values[i]);
    return fixed;
  };
  return index.dtype() == DType::int32 ? check_all(int32_t()) : check_all(int64_t());
}

}  // namespace detail

namespace {

Tensor take_body(const Tensor& input, const Tensor& indices, std::optional<int> wanted_axis) {
  const Tensor x = wanted_axis ? input : reshape(input, {-1});
  const int axis = wanted_axis ? canonical_axis(*wanted_axis, x.rank(), "take") : 0;
  if (any_symbolic(x, indices)) return gather_axis(x, indices, axis);
  return gather_axis(x, checked_indices(indices, x.shape()[axis], "take"), axis);
}

Tensor take_along_body(const Tensor& input, const Tensor& index, std::optional<int> wanted_axis) {
  check(wanted_axis || index.rank() == 1,
        "`indices` must be 1D if axis=None. Received: indices.shape=", index.shape());
  const Tensor x = wanted_axis ? input : reshape(input, {-1});
  const int axis = wanted_axis ? canonical_axis(*wanted_axis, x.rank(), "take_along_axis") : 0;
  check(x.rank() == index.rank(),
        "[take_along_axis] indices and x must have the same rank. Received: x.shape=", x.shape(),
        ", indices.shape=", index.shape());
  // All axes but one broadcast.
  Shape a = x.shape(), b = index.shape();
  a[axis] = b[axis] = 1;
  Shape common = broadcast_shapes(a, b, "take_along_axis");
  Shape x_shape = common, index_shape = common;
  x_shape[axis] = x.shape()[axis];
  index_shape[axis] = index.shape()[axis];
  if (any_symbolic(x, index)) return symbolic_result(index_shape, x.dtype());
  const Tensor checked = checked_indices(index, x.shape()[axis], "take_along_axis");
  return gather_along(broadcast_to(x, x_shape), broadcast_to(checked, index_shape), axis);
}

/// Python's slice.indices and the length of the range.
struct Range {
  int64_t start, step, count;
};
Range range_of(const Slice& s, int64_t length) {
  const int64_t step = s.step.value_or(1);
  check(step != 0, "slice step cannot be zero");
  const auto place = [&](std::optional<int64_t> v, int64_t missing) {
    if (!v) return missing;
    const int64_t at = *v < 0 ? *v + length : *v;
    return std::clamp<int64_t>(at, step < 0 ? -1 : 0, step < 0 ? length - 1 : length);
  };
  const int64_t start = place(s.start, step < 0 ? length - 1 : 0),
                stop = place(s.stop, step < 0 ? -1 : length);
  const int64_t span = step > 0 ? stop - start : start - stop, size = std::abs(step);
  return {start, step, span <= 0 ? 0 : (span + size - 1) / size};
}

Config config_of(const std::optional<int64_t>& v) { return to_config(v); }

/// One item of a key as Keras writes it; tensors are inputs of the node from number 1 on.
Config key_config(const Index& item, int& next_input) {
  switch (item.kind()) {
    case Index::Kind::integer:
      return item.integer();
    case Index::Kind::new_axis:
      return nullptr;
    case Index::Kind::ellipsis:
      return Config::dict({{"class_name", "__ellipsis__"}, {"config", Config::dict()}});
    case Index::Kind::slice:
      return Config::dict({{"class_name", "__slice__"},
                           {"config", Config::dict({{"start", config_of(item.slice().start)},
                                                    {"stop", config_of(item.slice().stop)},
                                                    {"step", config_of(item.slice().step)}})}});
    case Index::Kind::tensor:
      return tensor_input(next_input++);
  }
  return nullptr;
}

Tensor get_item_body(const Tensor& x, const std::vector<Index>& key) {
  using Kind = Index::Kind;
  int named = 0, ellipses = 0, tensors = 0;
  for (const Index& item : key) {
    // A boolean mask names as many axes as it has.
    named +=
        item.kind() == Kind::tensor && item.tensor().dtype() == DType::bool_ ? item.tensor().rank()
        : item.kind() == Kind::integer || item.kind() == Kind::slice || item.kind() == Kind::tensor
            ? 1
            : 0;
    ellipses += item.kind() == Kind::ellipsis;
    tensors += item.kind() == Kind::tensor;
  }
  check(ellipses <= 1, "Slice should only have one ellipsis.");
  check(tensors <= 1,
        "[get_item] at most one tensor of indices can stand in a key. Received: ", tensors);
  check<IndexError>(named <= x.rank(), "Array has shape ", x.shape(),
                    " but slice has too many indices: ", named);

  Shape starts, sizes, strides;  // of x's axes
  Shape shape;                   // of the result, before a tensor of indices is applied
  Tensor indices;
  int indexed_axis = 0, axis = 0;
  const auto whole = [&] {
    starts.push_back(0);
    sizes.push_back(x.shape()[axis]);
    strides.push_back(1);
    shape.push_back(x.shape()[axis++]);
  };
  for (const Index& item : key) {
    const int64_t length = axis < x.rank() ? x.shape()[axis] : 0;
    switch (item.kind()) {
      case Kind::new_axis:
        shape.push_back(1);
        break;
      case Kind::ellipsis:
        for (int i = x.rank() - named; i > 0; --i) whole();
        break;
      case Kind::integer: {
        const int64_t i = item.integer();
        check<IndexError>(length == -1 || (i >= -length && i < length), "Array has shape ",
                          x.shape(), " but out-of-bounds index ", i, " was requested.");
        starts.push_back(i < 0 && length != Shape::unknown ? i + length : i);
        sizes.push_back(1);
        strides.push_back(1);
        ++axis;
        break;
      }
      case Kind::slice: {
        const Range range = length == -1 ? Range{0, 1, -1} : range_of(item.slice(), length);
        starts.push_back(range.start);
        sizes.push_back(range.count);
        strides.push_back(range.step);
        shape.push_back(range.count);
        ++axis;
        break;
      }
      case Kind::tensor:
        indices = item.tensor();
        indexed_axis = shape.rank();
        if (indices.dtype() == DType::bool_) {
          for (int i = indices.rank(); i > 0; --i) whole();
        } else {
          whole();
        }
        break;
    }
  }
  while (axis < x.rank()) whole();
  const Tensor block = slice_block(x, starts, sizes, strides);
  const Tensor y = x.is_symbolic()          ? symbolic_result(shape, x.dtype())
                   : block.shape() == shape ? block
                                            : view(block, shape);
  if (!indices.defined()) return y;
  if (indices.dtype() != DType::bool_) return take(y, indices, indexed_axis);

  check(!any_symbolic(y, indices),
        "[get_item] a boolean mask needs real tensors: the shape of the result depends on it.");
  const int rank = indices.rank();
  check<IndexError>(y.shape().slice(indexed_axis, indexed_axis + rank) == indices.shape(),
                    "[get_item] the boolean mask has shape ", indices.shape(),
                    " but the axes that it stands for have shape ",
                    y.shape().slice(indexed_axis, indexed_axis + rank));
  const Tensor flat = view(y, y.shape().slice(0, indexed_axis) + Shape{indices.size()} +
                                  y.shape().slice(indexed_axis + rank));
  return gather_axis(flat, nonzero(reshape(indices, {-1}))[0], indexed_axis);
}

Tensor one_hot_body(const Tensor& x, int64_t num_classes, int wanted_axis, DType dtype) {
  const int axis = canonical_axis(wanted_axis, x.rank() + 1, "one_hot");
  Shape shape = x.shape();
  shape.insert(axis, num_classes);
  if (x.is_symbolic()) return symbolic_result(shape, dtype);
  Tensor index =
      x.dtype() == DType::int32 || x.dtype() == DType::int64 ? x : as_dtype(x, DType::int64);
  return moveaxis(backend().one_hot(index, num_classes, dtype), -1, axis);
}

}  // namespace

Tensor take(const Tensor& x, const Tensor& indices, std::optional<int> axis) {
  check_defined(x, "take");
  check_defined(indices, "take");
  return symbolic::op(
      "Take", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
      [axis](const Tensor& t, const Tensor& i) { return take_body(t, i, axis); }, x, indices);
}
Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::optional<int> axis) {
  check_defined(x, "take_along_axis");
  check_defined(indices, "take_along_axis");
  return symbolic::op(
      "TakeAlongAxis", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
      [axis](const Tensor& t, const Tensor& i) { return take_along_body(t, i, axis); }, x, indices);
}
Tensor get_item(const Tensor& x, const std::vector<Index>& key) {
  check_defined(x, "get_item");
  Tensors inputs{x};
  for (const Index& item : key) {
    if (item.kind() == Index::Kind::tensor) inputs.push_back(item.tensor());
  }
  return symbolic::op_list(
      "GetItem",
      [&](Config& a) {
        Config items = Config::list();
        int next_input = 1;
        for (const Index& item : key) items.push_back(key_config(item, next_input));
        // Keras takes a slice within a list alone.
        const bool bare = key.size() == 1 && (key[0].kind() == Index::Kind::integer ||
                                              key[0].kind() == Index::Kind::tensor);
        a["args"] = Config::list({tensor_input(0), bare ? items.as_list()[0] : items});
      },
      [key](const Tensors& in) {
        std::vector<Index> items = key;
        size_t next = 1;
        for (Index& item : items) {
          if (item.kind() == Index::Kind::tensor) item = Index(in[next++]);
        }
        return Tensors{get_item_body(in[0], items)};
      },
      inputs)[0];
}
Tensor one_hot(const Tensor& x, int64_t num_classes, int axis, OptionalDType dtype) {
  check_defined(x, "one_hot");
  check(num_classes > 0,
        "[one_hot] `num_classes` must be positive. Received: num_classes=", num_classes);
  const DType d = dtype.value_or(floatx());
  return symbolic::op(
      "OneHot",
      [&](Config& a) {
        Describe{a}("num_classes", num_classes)("axis", axis)("dtype", name_of(d))("sparse", false);
      },
      [=](const Tensor& t) { return one_hot_body(t, num_classes, axis, d); }, x);
}
Tensor multi_hot(const Tensor& inputs, int64_t num_classes, int axis, OptionalDType dtype) {
  check_defined(inputs, "multi_hot");
  check(num_classes > 0,
        "Argument `num_classes` must be specified. Received: num_classes=", num_classes);
  const DType d = dtype.value_or(floatx());
  return symbolic::op(
      "MultiHot",
      [&](Config& a) {
        Describe{a}("num_classes", num_classes)("axis", axis)("dtype", name_of(d))("sparse", false);
      },
      [=](const Tensor& t) { return max(one_hot(t, num_classes, axis, d), t.rank() > 1 ? 1 : 0); },
      inputs);
}

}  // namespace kcpp::ops
