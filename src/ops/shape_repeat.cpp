// Ops that repeat, reverse, shift, pad and frame.
#include <algorithm>

#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The product of the dimensions [first, last).
int64_t extent(const Shape& shape, int first, int last) {
  int64_t n = 1;
  for (int i = first; i < last; ++i) n *= shape[i];
  return n;
}

/// One axis repeated: the whole axis n times over, or each element n times.
Tensor repeat_axis(const Tensor& x, int axis, int64_t n, bool each) {
  if (n == 1) return x;
  const Shape& s = x.shape();
  const int64_t outer = extent(s, 0, each ? axis + 1 : axis),
                inner = extent(s, each ? axis + 1 : axis, s.rank());
  Shape shape = s;
  shape[axis] *= n;
  return view(broadcast_to(view(x, {outer, 1, inner}), {outer, n, inner}), shape);
}

Tensor tile_body(const Tensor& x, const Shape& given) {
  const int rank = std::max(x.rank(), given.rank());
  Shape repeats = Shape::filled(rank - given.rank(), 1) + given;
  Shape shape = Shape::filled(rank - x.rank(), 1) + x.shape();
  for (int64_t r : repeats)
    check(r >= 0 && r <= int64_t{1} << 40,
          "[tile] repeats must not be negative, nor beyond all size. Received: repeats=",
          given.to_vector());
  if (x.is_symbolic()) {
    for (int i = 0; i < rank; ++i) shape[i] = shape[i] == -1 ? -1 : shape[i] * repeats[i];
    return symbolic_result(shape, x.dtype());
  }
  Tensor y = x.shape() == shape ? x : view(x, shape);
  for (int i = rank - 1; i >= 0; --i) y = repeat_axis(y, i, repeats[i], false);
  return y;
}

Tensor repeat_body(const Tensor& input, const std::vector<int64_t>& repeats,
                   std::optional<int> wanted_axis) {
  const Tensor x = wanted_axis ? input : ravel(input);
  const int axis = wanted_axis ? canonical_axis(*wanted_axis, x.rank(), "repeat") : 0;
  const int64_t length = x.shape()[axis];
  int64_t total = 0;
  for (int64_t r : repeats) {
    check(
        r >= 0 && r <= int64_t{1} << 40,
        "[repeat] repeats must not be negative, nor beyond all size. Received: repeats=", repeats);
    total += r;
  }
  if (repeats.size() == 1) {
    if (!x.is_symbolic()) return repeat_axis(x, axis, repeats[0], true);
    total = length == -1 ? -1 : length * repeats[0];
  } else {
    check(length == -1 || static_cast<int64_t>(repeats.size()) == length,
          "[repeat] repeats must have one number, or one for each of the ", length,
          " elements of the axis. Received: repeats=", repeats);
  }
  if (x.is_symbolic()) {
    Shape shape = x.shape();
    shape[axis] = total;
    return symbolic_result(shape, x.dtype());
  }
  Tensor indices = Tensor::empty({total}, DType::int32);
  auto out = indices.mutable_data<int32_t>().begin();
  int32_t index = 0;
  for (int64_t r : repeats) out = std::fill_n(out, r, index++);
  return gather_axis(x, indices, axis);
}

Tensor flip_body(const Tensor& x, const Axes& axis) {
  const std::vector<int> axes = canonical_axes(axis, x.rank(), "flip");
  if (x.is_symbolic() || axes.empty()) return x;
  Tensor y = backend().flip(x, axes);
  if (autodiff::recording(x)) {
    autodiff::record("flip", {&x}, y, [axis](Vjp& v) { v.set(0, flip(v.grad(), axis)); });
  }
  return y;
}

Tensor roll_axis(const Tensor& x, int axis, int64_t shift) {
  const int64_t n = x.shape()[axis];
  const int64_t cut = n == 0 ? 0 : ((shift % n) + n) % n;
  if (cut == 0) return x;
  return concatenate({slice_axis(x, axis, n - cut, cut), slice_axis(x, axis, 0, n - cut)}, axis);
}

Tensor roll_body(const Tensor& x, const Axes& shift, const Axes& axis) {
  if (x.is_symbolic()) return x;
  if (axis.is_none()) {
    int64_t total = 0;
    for (int s : shift) total += s;
    return view(roll_axis(view(x, {x.size()}), 0, total), x.shape());
  }
  check(shift.size() == axis.size() || shift.size() == 1 || axis.size() == 1,
        "[roll] shift and axis must have the same length. Received: shift=", shift.to_config(),
        ", axis=", axis.to_config());
  Tensor y = x;
  for (int i = 0; i < std::max(shift.size(), axis.size()); ++i) {
    y = roll_axis(y, canonical_axis(axis[axis.size() == 1 ? 0 : i], x.rank(), "roll"),
                  shift[shift.size() == 1 ? 0 : i]);
  }
  return y;
}

PadMode pad_mode(const std::string& mode) {
  if (mode == "constant") return PadMode::constant;
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "symmetric") return PadMode::symmetric;
  if (mode == "edge") return PadMode::edge;
  throw ValueError(
      "Unknown padding mode. Expected one of 'constant', 'reflect', 'symmetric', 'edge'. Received: "
      "mode='" +
      mode + "'");
}

/// The index of the element that stands at position `i` (may be outside) of an axis of length n.
int32_t mirrored(int64_t i, int64_t n, PadMode mode) {
  if (mode == PadMode::edge) return static_cast<int32_t>(std::clamp<int64_t>(i, 0, n - 1));
  const int64_t period = mode == PadMode::reflect ? std::max<int64_t>(2 * (n - 1), 1) : 2 * n;
  i = ((i % period) + period) % period;
  if (i >= n) i = mode == PadMode::reflect ? period - i : period - 1 - i;
  return static_cast<int32_t>(i);
}

Tensor pad_body(const Tensor& x, const Shape& low, const Shape& high, PadMode mode, double value) {
  Shape shape = x.shape();
  for (int i = 0; i < shape.rank(); ++i) {
    check(low[i] >= 0 && high[i] >= 0,
          "[pad] pad_width must not be negative. Received: pad_width=(", low[i], ", ", high[i],
          ") for axis ", i);
    if (shape[i] == -1) continue;
    const int64_t room = mode == PadMode::reflect ? shape[i] - 1 : shape[i];
    check(mode == PadMode::constant || mode == PadMode::edge || (low[i] <= room && high[i] <= room),
          "[pad] pad_width must not be greater than ", room, " for axis ", i, " of length ",
          shape[i], ". Received: (", low[i], ", ", high[i], ")");
    check(mode != PadMode::edge || shape[i] > 0 || low[i] + high[i] == 0, "[pad] axis ", i,
          " is empty: it has no edge to repeat.");
    shape[i] += low[i] + high[i];
  }
  if (x.is_symbolic()) return symbolic_result(shape, x.dtype());
  if (shape == x.shape()) return x;
  if (mode == PadMode::constant) {
    Tensor y = backend().pad(x, low, high, mode, value);
    if (autodiff::recording(x)) {
      autodiff::record("pad", {&x}, y, [low, sizes = x.shape()](Vjp& v) {
        v.set(0, slice_block(v.grad(), low, sizes, Shape::filled(low.rank(), 1)));
      });
    }
    return y;
  }
  if (!autodiff::recording(x)) return backend().pad(x, low, high, mode, value);
  // Elements that occur more than once: as a gather, whose gradient adds up.
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i) {
    if (low[i] + high[i] == 0) continue;
    Tensor indices = Tensor::empty({shape[i]}, DType::int32);
    int64_t at = -low[i];
    for (int32_t& index : indices.mutable_data<int32_t>())
      index = mirrored(at++, x.shape()[i], mode);
    y = gather_axis(y, indices, i);
  }
  return y;
}

}  // namespace

Tensor tile(const Tensor& x, const Shape& repeats) {
  check_defined(x, "tile");
  return symbolic::op(
      "Tile", [&](Config& a) { Describe{a}("repeats", to_config(repeats)); },
      [repeats](const Tensor& t) { return tile_body(t, repeats); }, x);
}
Tensor repeat(const Tensor& x, const std::vector<int64_t>& repeats, std::optional<int> axis) {
  check_defined(x, "repeat");
  check(!repeats.empty(), "[repeat] repeats must not be empty.");
  return symbolic::op(
      "Repeat",
      [&](Config& a) {
        Config list = Config::list();
        for (int64_t r : repeats) list.push_back(r);
        Describe{a}("repeats", list)("axis", to_config(axis));
      },
      [=](const Tensor& t) { return repeat_body(t, repeats, axis); }, x);
}
Tensor repeat(const Tensor& x, int64_t repeats, std::optional<int> axis) {
  check_defined(x, "repeat");
  return symbolic::op(
      "Repeat", [&](Config& a) { Describe{a}("repeats", repeats)("axis", to_config(axis)); },
      [=](const Tensor& t) { return repeat_body(t, {repeats}, axis); }, x);
}
Tensor flip(const Tensor& x, Axes axis) {
  check_defined(x, "flip");
  return symbolic::op(
      "Flip", [&](Config& a) { Describe{a}("axis", axis.to_config()); },
      [axis](const Tensor& t) { return flip_body(t, axis); }, x);
}
Tensor fliplr(const Tensor& x) {
  check_defined(x, "fliplr");
  check(x.rank() >= 2,
        "`fliplr` requires input with 2 or more dimensions. Received: x.shape=", x.shape());
  return named_op(
      "Fliplr", [](const Tensor& t) { return flip_body(t, 1); }, x);
}
Tensor flipud(const Tensor& x) {
  check_defined(x, "flipud");
  check(x.rank() >= 1,
        "`flipud` requires input with 1 or more dimensions. Received: x.shape=", x.shape());
  return named_op(
      "Flipud", [](const Tensor& t) { return flip_body(t, 0); }, x);
}
Tensor roll(const Tensor& x, Axes shift, Axes axis) {
  check_defined(x, "roll");
  check(!shift.is_none(), "[roll] shift is missing.");
  return symbolic::op(
      "Roll", [&](Config& a) { Describe{a}("shift", shift.to_config())("axis", axis.to_config()); },
      [=](const Tensor& t) { return roll_body(t, shift, axis); }, x);
}
Tensor rot90(const Tensor& array, int k, std::pair<int, int> axes) {
  check_defined(array, "rot90");
  check(array.rank() >= 2,
        "Input array must have at least 2 dimensions. Received: array.shape=", array.shape());
  const int first = canonical_axis(axes.first, array.rank(), "rot90"),
            second = canonical_axis(axes.second, array.rank(), "rot90");
  check(first != second, "Invalid axes: (", axes.first, ", ", axes.second,
        "). Axes must be a tuple of two different dimensions.");
  return symbolic::op(
      "Rot90",
      [&](Config& a) {
        Describe{a}("k", k)("axes", Config::list({axes.first, axes.second}));
      },
      [=](const Tensor& t) {
        switch (((k % 4) + 4) % 4) {
          case 0:
            return t;
          case 1:
            return flip(swapaxes(t, first, second), first);
          case 2:
            return flip(t, {first, second});
          default:
            return swapaxes(flip(t, first), first, second);
        }
      },
      array);
}
Tensor pad(const Tensor& x, const PadWidth& pad_width, const std::string& mode,
           std::optional<double> constant_values) {
  check_defined(x, "pad");
  const PadMode kind = pad_mode(mode);
  check(
      kind == PadMode::constant || !constant_values,
      "Argument `constant_values` can only be provided when `mode == 'constant'`. Received: mode=",
      mode);
  const auto& pairs = pad_width.pairs();
  check(pairs.size() == 1 || static_cast<int>(pairs.size()) == x.rank(),
        "`pad_width` must have the same length as `x.shape`. Received: pad_width of length ",
        pairs.size(), " and x.shape=", x.shape());
  Shape low, high;
  for (int i = 0; i < x.rank(); ++i) {
    const auto& [before, after] = pairs[pairs.size() == 1 ? 0 : static_cast<size_t>(i)];
    constexpr int64_t most = int64_t{1} << 40;  // so that no sum overflows
    check(before >= 0 && after >= 0 && before <= most && after <= most,
          "`pad_width` must hold non-negative numbers of a sensible size. Received: (", before,
          ", ", after, ")");
    low.push_back(before);
    high.push_back(after);
  }
  return symbolic::op(
      "Pad",
      [&](Config& a) {
        Config widths = Config::list();
        for (const auto& [before, after] : pairs) widths.push_back(Config::list({before, after}));
        Describe{a}("pad_width", widths)("mode", mode);
        a["kwargs"] = Config::dict({{"constant_values", to_config(constant_values)}});
      },
      [=](const Tensor& t) {
        if (t.dtype() == DType::bool_) {
          return as_dtype(pad_body(as_dtype(t, DType::uint8), low, high, kind,
                                   constant_values.value_or(0) != 0),
                          DType::bool_);
        }
        return pad_body(t, low, high, kind, constant_values.value_or(0));
      },
      x);
}
Tensor extract_sequences(const Tensor& x, int64_t sequence_length, int64_t sequence_stride) {
  check_defined(x, "extract_sequences");
  check(x.rank() >= 1, "Input should have rank >= 1. Received: x.shape=", x.shape());
  check(sequence_length > 0 && sequence_stride > 0,
        "[extract_sequences] sequence_length and sequence_stride must be positive. Received: "
        "sequence_length=",
        sequence_length, ", sequence_stride=", sequence_stride);
  return symbolic::op(
      "ExtractSequences",
      [&](Config& a) {
        Describe{a}("sequence_length", sequence_length)("sequence_stride", sequence_stride);
      },
      [=](const Tensor& t) {
        const int64_t n = t.shape().back();
        const int64_t frames = n == -1               ? -1
                               : n < sequence_length ? 0
                                                     : 1 + (n - sequence_length) / sequence_stride;
        if (t.is_symbolic()) {
          return symbolic_result(t.shape().slice(0, t.rank() - 1) + Shape{frames, sequence_length},
                                 t.dtype());
        }
        Tensor indices = Tensor::empty({frames, sequence_length}, DType::int32);
        auto out = indices.mutable_data<int32_t>();
        for (size_t i = 0; i < out.size(); ++i) {
          const int64_t k = static_cast<int64_t>(i);
          out[i] =
              static_cast<int32_t>(k / sequence_length * sequence_stride + k % sequence_length);
        }
        return gather_axis(t, indices, t.rank() - 1);
      },
      x);
}

}  // namespace kcpp::ops
