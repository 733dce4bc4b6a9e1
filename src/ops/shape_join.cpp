// Ops that join tensors and cut them.
#include <algorithm>

#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The arguments of an op whose first argument is a list of n tensors.
void describe_list(Config& arguments, size_t n) {
  arguments["args"] = Config::list({tensor_inputs(0, static_cast<int>(n))});
}

Shape concatenated_shape(const Tensors& xs, int axis) {
  const Shape& first = xs[0].shape();
  Shape shape = first;
  for (size_t k = 1; k < xs.size(); ++k) {
    const Shape& s = xs[k].shape();
    bool fits = s.rank() == first.rank();
    for (int i = 0; fits && i < s.rank(); ++i) {
      if (i == axis) {
        shape[i] = shape[i] == -1 || s[i] == -1 ? -1 : shape[i] + s[i];
      } else {
        fits = s[i] == first[i] || s[i] == -1 || first[i] == -1;
        if (shape[i] == -1) shape[i] = s[i];
      }
    }
    check(fits,
          "Every value in `xs` must have the same shape except on the `axis` dim. But found "
          "element of shape ",
          s, ", which is different from the first element's shape ", first, ".");
  }
  return shape;
}

Tensor concatenate_body(const Tensors& tensors, int wanted_axis) {
  const int axis = canonical_axis(wanted_axis, tensors[0].rank(), "concatenate");
  const DType dtype = result_of(tensors);
  Tensors xs;
  xs.reserve(tensors.size());
  for (const Tensor& t : tensors) xs.push_back(as_dtype(t, dtype));
  const Shape shape = concatenated_shape(xs, axis);
  if (any_symbolic(xs)) return symbolic_result(shape, dtype);
  if (xs.size() == 1) return xs[0];
  Tensor y = backend().concat(xs, axis);
  if (autodiff::recording(xs)) {
    std::vector<int64_t> sizes;
    for (const Tensor& t : xs) sizes.push_back(t.shape()[axis]);
    autodiff::record("concatenate", xs, y, [sizes = std::move(sizes), axis](Vjp& v) {
      int64_t start = 0;
      for (size_t k = 0; k < sizes.size(); ++k) {
        const int i = static_cast<int>(k);
        if (v.needs(i)) v.set(i, slice_axis(v.grad(), axis, start, sizes[k]));
        start += sizes[k];
      }
    });
  }
  return y;
}

void check_list(const Tensors& xs, const char* op) {
  check(!xs.empty(), "[", op, "] need at least one tensor. Received an empty list.");
  for (const Tensor& x : xs) check_defined(x, op);
}

/// x with at least `rank` axes, new ones as numpy.atleast_2d and atleast_3d place them.
Tensor at_least(const Tensor& x, int rank) {
  if (x.rank() >= rank) return x;
  if (rank == 1) return reshape(x, {1});
  if (rank == 2) return x.rank() == 0 ? reshape(x, {1, 1}) : expand_dims(x, 0);
  if (x.rank() == 0) return reshape(x, {1, 1, 1});
  return x.rank() == 1 ? expand_dims(x, {0, 2}) : expand_dims(x, 2);
}

/// hstack and its kin: joined along an axis that depends on the rank.
Tensor joined(const char* class_name, const char* name, const Tensors& xs, int least_rank,
              int axis) {
  check_list(xs, name);
  return symbolic::op_list(
      class_name, [&](Config& a) { describe_list(a, xs.size()); },
      [=](const Tensors& in) {
        Tensors parts;
        for (const Tensor& x : in) parts.push_back(at_least(x, least_rank));
        return Tensors{concatenate(parts, std::min(axis, parts[0].rank() - 1))};
      },
      xs)[0];
}

/// The indices where to cut `length`; with `uneven` the first parts are one longer.
std::vector<int64_t> cuts(const Sections& sections, int64_t length, bool uneven, const char* op) {
  if (sections.is_list()) {
    std::vector<int64_t> at;
    for (int64_t i : sections.indices())
      at.push_back(std::clamp<int64_t>(i < 0 ? i + length : i, 0, length));
    return at;
  }
  const int64_t n = sections.count();
  check(uneven || length % n == 0, "[", op,
        "] array split does not result in an equal division: x has length ", length,
        " along the axis. Received: indices_or_sections=", n);
  std::vector<int64_t> at;
  for (int64_t i = 1; i < n; ++i) at.push_back(i * (length / n) + std::min(i, length % n));
  return at;
}

Tensors split_body(const Tensor& x, const Sections& sections, int wanted_axis, bool uneven,
                   const char* op) {
  const int axis = canonical_axis(wanted_axis, x.rank(), op);
  const int64_t length = x.shape()[axis];
  constexpr int64_t most_parts = 65536;  // each is a tensor, though there be nothing in it
  check(sections.is_list() || (sections.count() > 0 && sections.count() <= most_parts), "[", op,
        "] number of sections must be larger than 0 and at most ", most_parts,
        ". Received: indices_or_sections=", sections.is_list() ? 0 : sections.count());
  Tensors parts;
  if (length == -1) {
    Shape shape = x.shape();
    const int64_t n =
        sections.is_list() ? static_cast<int64_t>(sections.indices().size()) + 1 : sections.count();
    for (int64_t i = 0; i < n; ++i) parts.push_back(symbolic_result(shape, x.dtype()));
    return parts;
  }
  std::vector<int64_t> at = cuts(sections, length, uneven, op);
  at.push_back(length);
  int64_t start = 0;
  for (int64_t stop : at) {
    parts.push_back(slice_axis(x, axis, start, std::max<int64_t>(stop - start, 0)));
    start = stop;
  }
  return parts;
}

Config sections_config(const Sections& sections) {
  if (!sections.is_list()) return sections.count();
  Config list = Config::list();
  for (int64_t i : sections.indices()) list.push_back(i);
  return list;
}

/// One of the five ops that cut. `axis` as in `config_axis`, unless the class has no such argument.
Tensors cut(const char* class_name, const char* name, const Tensor& x, const Sections& sections,
            int axis, bool has_axis, bool uneven) {
  check_defined(x, name);
  return symbolic::op_list(
      class_name,
      [&](Config& a) {
        Describe d{a};
        d("indices_or_sections", sections_config(sections));
        if (has_axis) d("axis", axis);
      },
      [=](const Tensors& in) { return split_body(in[0], sections, axis, uneven, name); }, {x});
}

}  // namespace

Tensor concatenate(const Tensors& xs, int axis) {
  check_list(xs, "concatenate");
  if (!symbolic::tracing() || !any_symbolic(xs)) return concatenate_body(xs, axis);
  return symbolic::op_list(
      "Concatenate",
      [&](Config& a) {
        describe_list(a, xs.size());
        Describe{a}("axis", axis);
      },
      [axis](const Tensors& in) { return Tensors{concatenate_body(in, axis)}; }, xs)[0];
}
Tensor append(const Tensor& x1, const Tensor& x2, std::optional<int> axis) {
  check_defined(x1, "append");
  check_defined(x2, "append");
  return symbolic::op(
      "Append", [&](Config& a) { Describe{a}("axis", to_config(axis)); },
      [axis](const Tensor& a, const Tensor& b) {
        if (axis) return concatenate({a, b}, *axis);
        return concatenate({ravel(a), ravel(b)}, 0);
      },
      x1, x2);
}
Tensor stack(const Tensors& xs, int axis) {
  check_list(xs, "stack");
  return symbolic::op_list(
      "Stack",
      [&](Config& a) {
        describe_list(a, xs.size());
        Describe{a}("axis", axis);
      },
      [axis](const Tensors& in) {
        for (const Tensor& x : in) {
          bool same = x.rank() == in[0].rank();
          for (int i = 0; same && i < x.rank(); ++i) {
            same = x.shape()[i] == in[0].shape()[i] || x.shape()[i] == -1 || in[0].shape()[i] == -1;
          }
          check(same, "Every value in `x` must have the same shape. But found element of shape ",
                x.shape(), ", which is different from the first element's shape ", in[0].shape(),
                ".");
        }
        Tensors parts;
        for (const Tensor& x : in) parts.push_back(expand_dims(x, axis));
        return Tensors{concatenate(parts, axis)};
      },
      xs)[0];
}
Tensor hstack(const Tensors& xs) { return joined("Hstack", "hstack", xs, 1, 1); }
Tensor vstack(const Tensors& xs) { return joined("Vstack", "vstack", xs, 2, 0); }
Tensor dstack(const Tensors& xs) { return joined("Dstack", "dstack", xs, 3, 2); }

Tensors split(const Tensor& x, const Sections& indices_or_sections, int axis) {
  return cut("Split", "split", x, indices_or_sections, axis, true, false);
}
Tensors array_split(const Tensor& x, const Sections& indices_or_sections, int axis) {
  return cut("ArraySplit", "array_split", x, indices_or_sections, axis, true, true);
}
Tensors hsplit(const Tensor& x, const Sections& indices_or_sections) {
  check_defined(x, "hsplit");
  return cut("Hsplit", "hsplit", x, indices_or_sections, x.rank() > 1 ? 1 : 0, false, false);
}
Tensors vsplit(const Tensor& x, const Sections& indices_or_sections) {
  return cut("Vsplit", "vsplit", x, indices_or_sections, 0, false, false);
}
Tensors dsplit(const Tensor& x, const Sections& indices_or_sections) {
  check_defined(x, "dsplit");
  check(x.rank() >= 3,
        "[dsplit] only works on arrays of 3 or more dimensions. Received: x.shape=", x.shape());
  return cut("Dsplit", "dsplit", x, indices_or_sections, 2, false, false);
}
Tensors unstack(const Tensor& x, std::optional<int64_t> num, int axis) {
  check_defined(x, "unstack");
  return symbolic::op_list(
      "Unstack", [&](Config& a) { Describe{a}("num", to_config(num))("axis", axis); },
      [=](const Tensors& in) {
        const int at = canonical_axis(axis, in[0].rank(), "unstack");
        const int64_t length = in[0].shape()[at];
        check(length != -1 || num, "Cannot infer argument `num` from shape ", in[0].shape(),
              ". Either provide a tensor with a concrete shape in the `axis` dimension or "
              "explicitly pass the `num` argument.");
        check(!num || length == -1 || *num == length,
              "[unstack] `num` must be the length of the axis, ", length,
              ". Received: num=", num.value_or(-1));
        check(num.value_or(length) <= 65536,
              "[unstack] `num` is out of range. Received: num=", num.value_or(length));
        Tensors parts;
        for (int64_t i = 0; i < num.value_or(length); ++i) {
          parts.push_back(
              view(slice_axis(in[0], at, i, 1), reduced_shape(in[0].shape(), {at}, false)));
        }
        return parts;
      },
      {x});
}

}  // namespace kcpp::ops
