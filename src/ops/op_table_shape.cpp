// Entries of the ops that move elements, pick by index, make tensors, and of linear algebra.
#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/shape.h"
#include "src/ops/deferred.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

// --- shape
// -------------------------------------------------------------------------------------------
OpRun reshape_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), shape = a.shape("newshape")](const Tensors& in) {
    return Tensors{reshape(x(in), shape)};
  };
}
OpRun broadcast_to_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), shape = a.shape("shape")](const Tensors& in) {
    return Tensors{broadcast_to(x(in), shape)};
  };
}
template <Tensor (*f)(const Tensor&, Axes)>
OpRun with_axes(const OpArguments& a, const char* name) {
  return [x = a.tensor(0, "x"), axis = a.axes(name)](const Tensors& in) {
    return Tensors{f(x(in), axis)};
  };
}
OpRun swapaxes_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), one = a.small("axis1"), two = a.small("axis2")](const Tensors& in) {
    return Tensors{swapaxes(x(in), one, two)};
  };
}
OpRun moveaxis_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), from = a.axes("source"), to = a.axes("destination")](
             const Tensors& in) { return Tensors{moveaxis(x(in), from, to)}; };
}
OpRun concatenate_op(const OpArguments& a) {
  return [xs = a.tensors(0, "xs"), axis = a.small("axis")](const Tensors& in) {
    return Tensors{concatenate(xs(in), axis)};
  };
}
OpRun stack_op(const OpArguments& a) {
  return [xs = a.tensors(0, "x"), axis = a.small("axis")](const Tensors& in) {
    return Tensors{stack(xs(in), axis)};
  };
}
OpRun append_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), axis = a.optional_axis("axis")](
             const Tensors& in) { return Tensors{append(x1(in), x2(in), axis)}; };
}
Sections sections_of(const OpArguments& a) {
  const Config& given = a.attribute("indices_or_sections");
  if (!given.is_list()) return given.as_int("indices_or_sections");
  return integers_from_config(given, "indices_or_sections");
}
template <Tensors (*f)(const Tensor&, const Sections&, int)>
OpRun split_along(const OpArguments& a) {
  return [x = a.tensor(0, "x"), sections = sections_of(a),
          axis = a.small("axis")](const Tensors& in) { return f(x(in), sections, axis); };
}
template <Tensors (*f)(const Tensor&, const Sections&)>
OpRun split_fixed(const OpArguments& a) {
  return [x = a.tensor(0, "x"), sections = sections_of(a)](const Tensors& in) {
    return f(x(in), sections);
  };
}
OpRun unstack_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), num = a.optional_integer("num"),
          axis = a.small("axis")](const Tensors& in) { return unstack(x(in), num, axis); };
}
OpRun tile_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), repeats = a.shape("repeats")](const Tensors& in) {
    return Tensors{tile(x(in), repeats)};
  };
}
OpRun repeat_op(const OpArguments& a) {
  const TensorArgument x = a.tensor(0, "x");
  const std::optional<int> axis = a.optional_axis("axis");
  const Config& given = a.attribute("repeats");
  if (given.is_dict()) {  // a tensor
    return [=, repeats = a.tensor(-1, "repeats")](const Tensors& in) {
      check(!repeats(in).is_symbolic(), "[repeat] repeats must be known when the graph is built.");
      return Tensors{repeat(x(in), repeats(in).to_vector<int64_t>(), axis)};
    };
  }
  return [=, repeats = integers_from_config(given, "repeats")](const Tensors& in) {
    return Tensors{repeat(x(in), repeats, axis)};
  };
}
OpRun roll_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), shift = a.axes("shift"), axis = a.axes("axis")](const Tensors& in) {
    return Tensors{roll(x(in), shift, axis)};
  };
}
OpRun rot90_op(const OpArguments& a) {
  const Shape axes = a.attribute("axes").is_null() ? Shape{0, 1} : a.shape("axes");
  check(axes.rank() == 2, "Invalid axes: ", axes,
        ". Axes must be a tuple of two different dimensions.");
  return [x = a.tensor(0, "array"), k = a.small("k", 1), axes](const Tensors& in) {
    return Tensors{rot90(x(in), k, {static_cast<int>(axes[0]), static_cast<int>(axes[1])})};
  };
}
OpRun pad_op(const OpArguments& a) {
  std::vector<PadWidth::Pair> pairs;
  const Config& given = a.attribute("pad_width");
  if (!given.is_list()) {
    pairs.emplace_back(given.as_int("pad_width"), given.as_int("pad_width"));
  } else if (given.size() == 2 && !given.as_list()[0].is_list()) {
    pairs.emplace_back(given.as_list()[0].as_int("pad_width"),
                       given.as_list()[1].as_int("pad_width"));
  } else {
    for (const Config& item : given.as_list()) {
      const Shape pair = shape_from_config(item, "pad_width");
      check(pair.rank() == 1 || pair.rank() == 2,
            "[pad] pad_width has a pair an axis. Received: pad_width=", given);
      pairs.emplace_back(pair[0], pair.back());
    }
  }
  const Config& value = a.argument(1, "constant_values").is_number()
                            ? a.argument(1, "constant_values")
                            : a.attribute("constant_values");
  const std::optional<double> constant =
      value.is_null() ? std::nullopt : std::optional(value.as_double("constant_values"));
  return [x = a.tensor(0, "x"), width = PadWidth(pairs), mode = a.text("mode", "constant"),
          constant](const Tensors& in) { return Tensors{pad(x(in), width, mode, constant)}; };
}
OpRun extract_sequences_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), length = a.integer("sequence_length"),
          stride = a.integer("sequence_stride")](const Tensors& in) {
    return Tensors{extract_sequences(x(in), length, stride)};
  };
}
OpRun transpose_op(const OpArguments& a) { return with_axes<transpose>(a, "axes"); }
OpRun expand_dims_op(const OpArguments& a) { return with_axes<expand_dims>(a, "axis"); }
OpRun squeeze_op(const OpArguments& a) { return with_axes<squeeze>(a, "axis"); }
OpRun flip_op(const OpArguments& a) { return with_axes<flip>(a, "axis"); }

// --- index
// -------------------------------------------------------------------------------------------
template <Tensor (*f)(const Tensor&, const Tensor&, std::optional<int>)>
OpRun by_indices(const OpArguments& a) {
  return [x = a.tensor(0, "x"), indices = a.tensor(1, "indices"), axis = a.optional_axis("axis")](
             const Tensors& in) { return Tensors{f(x(in), indices(in), axis)}; };
}
/// One item of a GetItem's key; tensors stay to be looked up.
struct KeyItem {
  Index index;
  TensorArgument tensor;
};
KeyItem key_item(const Config& item) {
  if (item.is_null()) return {newaxis, {}};
  if (item.is_int()) return {item.as_int(), {}};
  if (const Config* input = item.find("__tensor_input__")) {
    return {Index(Tensor(0)), TensorArgument(static_cast<int>(input->as_int("__tensor_input__")))};
  }
  const Config* kind = item.find("class_name");
  const std::string name = kind ? kind->as_string("class_name") : "";
  if (name == "__ellipsis__") return {ellipsis, {}};
  if (name != "__slice__") return {Index(Tensor(0)), TensorArgument(constant_from_config(item))};
  const Config& parts = item.at("config");
  const auto part = [&](const char* key) {
    const Config* v = parts.find(key);
    return !v || v->is_null() ? std::nullopt : std::optional(v->as_int(key));
  };
  return {Slice{part("start"), part("stop"), part("step")}, {}};
}
OpRun get_item_op(const OpArguments& a) {
  const Config& given = a.argument(1, "key");
  std::vector<KeyItem> items;
  if (given.is_list()) {
    for (const Config& item : given.as_list()) items.push_back(key_item(item));
  } else {
    items.push_back(key_item(given));
  }
  return [x = a.tensor(0, "x"), items](const Tensors& in) {
    std::vector<Index> key;
    for (const KeyItem& item : items) {
      key.push_back(item.index.kind() == Index::Kind::tensor ? Index(item.tensor(in)) : item.index);
    }
    return Tensors{get_item(x(in), key)};
  };
}
OpRun slice_op(const OpArguments& a) {
  return
      [x = a.tensor(0, "inputs"),
       start = shape_from_config(a.argument(1, "start_indices"), "start_indices"),
       shape = a.shape("shape")](const Tensors& in) { return Tensors{slice(x(in), start, shape)}; };
}
OpRun slice_update_op(const OpArguments& a) {
  return [x = a.tensor(0, "inputs"),
          start = shape_from_config(a.argument(1, "start_indices"), "start_indices"),
          updates = a.tensor(2, "updates")](const Tensors& in) {
    return Tensors{slice_update(x(in), start, updates(in))};
  };
}
OpRun scatter_op(const OpArguments& a) {
  return [i = a.tensor(0, "indices"), v = a.tensor(1, "values"), shape = a.shape("shape")](
             const Tensors& in) { return Tensors{scatter(i(in), v(in), shape)}; };
}
OpRun scatter_update_op(const OpArguments& a) {
  return [x = a.tensor(0, "inputs"), i = a.tensor(1, "indices"), v = a.tensor(2, "updates"),
          r = a.text("reduction")](const Tensors& in) {
    return Tensors{scatter_update(x(in), i(in), v(in), r)};
  };
}
template <Tensor (*f)(const Tensor&, int64_t, int, OptionalDType)>
OpRun hot(const OpArguments& a) {
  return [x = a.tensor(0, "x"), classes = a.integer("num_classes"), axis = a.small("axis", -1),
          dtype = a.dtype("dtype")](const Tensors& in) {
    return Tensors{f(x(in), classes, axis, dtype)};
  };
}
OpRun unravel_index_op(const OpArguments& a) {
  return [x = a.tensor(0, "indices"), shape = a.shape("shape")](const Tensors& in) {
    return unravel_index(x(in), shape);
  };
}
OpRun nonzero_op(const OpArguments& a) {
  return [x = a.tensor(0, "x")](const Tensors& in) { return nonzero(x(in)); };
}
OpRun searchsorted_op(const OpArguments& a) {
  return [s = a.tensor(0, "sorted_sequence"), v = a.tensor(1, "values"),
          side = a.text("side", "left")](const Tensors& in) {
    return Tensors{searchsorted(s(in), v(in), side)};
  };
}
OpRun isin_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), unique = a.flag("assume_unique"),
          invert = a.flag("invert")](const Tensors& in) {
    return Tensors{isin(x1(in), x2(in), unique, invert)};
  };
}
template <Tensor (*f)(const Tensor&, int, int, int)>
OpRun of_diagonal(const OpArguments& a) {
  return [x = a.tensor(0, "x"), offset = a.small("offset"), one = a.small("axis1", 0),
          two = a.small("axis2", 1)](const Tensors& in) {
    return Tensors{f(x(in), offset, one, two)};
  };
}
OpRun meshgrid_op(const OpArguments& a) {
  return [all = a.plain() ? TensorArguments() : a.all_tensors(), plain = a.plain(),
          indexing = a.text("indexing", "xy")](const Tensors& in) {
    return meshgrid(plain ? in : all(in), indexing);
  };
}

// --- linear algebra
// ----------------------------------------------------------------------------------
OpRun einsum_op(const OpArguments& a) {
  return [all = a.plain() ? TensorArguments() : a.all_tensors(), plain = a.plain(),
          subscripts = a.text("subscripts")](const Tensors& in) {
    return Tensors{einsum(subscripts, plain ? in : all(in))};
  };
}
OpRun tensordot_op(const OpArguments& a) {
  const Config& axes = a.attribute("axes");
  const TensorArgument x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2");
  if (!axes.is_list()) {
    return [=, n = a.small("axes", 2)](const Tensors& in) {
      return Tensors{tensordot(x1(in), x2(in), n)};
    };
  }
  check(axes.size() == 2, "[tensordot] axes must be a number or two lists. Received: axes=", axes);
  const auto list = [](const Config& c) {
    return c.is_list() ? Axes::from_config(c) : Axes({static_cast<int>(c.as_int("axes"))});
  };
  return [=, one = list(axes.as_list()[0]), two = list(axes.as_list()[1])](const Tensors& in) {
    return Tensors{tensordot(x1(in), x2(in), one, two)};
  };
}
OpRun cross_op(const OpArguments& a) {
  return [x1 = a.tensor(0, "x1"), x2 = a.tensor(1, "x2"), p = a.small("axisa", -1),
          q = a.small("axisb", -1), r = a.small("axisc", -1), axis = a.optional_axis("axis")](
             const Tensors& in) { return Tensors{cross(x1(in), x2(in), p, q, r, axis)}; };
}
template <Tensor (*f)(const Tensor&, bool)>
OpRun upper_or_not(const OpArguments& a) {
  return [x = a.tensor(0, "x"), upper = a.flag("upper")](const Tensors& in) {
    return Tensors{f(x(in), upper)};
  };
}
OpRun solve_op(const OpArguments& a) {
  return [p = a.tensor(0, "a"), q = a.tensor(1, "b")](const Tensors& in) {
    return Tensors{solve(p(in), q(in))};
  };
}
OpRun solve_triangular_op(const OpArguments& a) {
  return [p = a.tensor(0, "a"), q = a.tensor(1, "b"), lower = a.flag("lower")](const Tensors& in) {
    return Tensors{solve_triangular(p(in), q(in), lower)};
  };
}
OpRun qr_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), mode = a.text("mode", "reduced")](const Tensors& in) {
    return both(qr(x(in), mode));
  };
}
OpRun svd_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), full = a.flag("full_matrices", true),
          uv = a.flag("compute_uv", true)](const Tensors& in) { return svd(x(in), full, uv); };
}
OpRun pinv_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), rcond = a.optional_number("rcond")](const Tensors& in) {
    return Tensors{pinv(x(in), rcond)};
  };
}
OpRun lstsq_op(const OpArguments& a) {
  return [p = a.tensor(0, "a"), q = a.tensor(1, "b"), rcond = a.optional_number("rcond")](
             const Tensors& in) { return Tensors{lstsq(p(in), q(in), rcond)}; };
}
OpRun matrix_rank_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), tol = a.tensor(-1, "tol")](const Tensors& in) {
    return Tensors{matrix_rank(x(in), tol(in))};
  };
}
OpRun norm_op(const OpArguments& a) {
  const Config& given = a.attribute("ord");
  const NormOrder ord = given.is_null()     ? NormOrder()
                        : given.is_string() ? NormOrder(given.as_string())
                                            : NormOrder(given.as_double("ord"));
  return [x = a.tensor(0, "x"), ord, axis = a.axes("axis"), keepdims = a.flag("keepdims")](
             const Tensors& in) { return Tensors{norm(x(in), ord, axis, keepdims)}; };
}

// --- creation
// ----------------------------------------------------------------------------------------
OpRun full_op(const OpArguments& a) {
  return [v = a.tensor(0, "fill_value"), shape = a.shape("shape"), dtype = a.dtype("dtype")](
             const Tensors& in) { return Tensors{full(shape, v(in), dtype)}; };
}
OpRun full_like_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), v = a.tensor(1, "fill_value"), dtype = a.dtype("dtype")](
             const Tensors& in) { return Tensors{full_like(x(in), v(in), dtype)}; };
}
template <Tensor (*f)(const Tensor&, const Tensor&, int64_t, bool, OptionalDType, int)>
OpRun spaced(const OpArguments& a) {
  return [start = a.tensor(0, "start"), stop = a.tensor(1, "stop"), num = a.integer("num", 50),
          end = a.flag("endpoint", true), dtype = a.dtype("dtype"), axis = a.small("axis")](
             const Tensors& in) { return Tensors{f(start(in), stop(in), num, end, dtype, axis)}; };
}
OpRun logspace_op(const OpArguments& a) {
  return [start = a.tensor(0, "start"), stop = a.tensor(1, "stop"), num = a.integer("num", 50),
          end = a.flag("endpoint", true), base = a.number("base", 10), dtype = a.dtype("dtype"),
          axis = a.small("axis")](const Tensors& in) {
    return Tensors{logspace(start(in), stop(in), num, end, base, dtype, axis)};
  };
}
OpRun vander_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), n = a.optional_integer("N"), increasing = a.flag("increasing")](
             const Tensors& in) { return Tensors{vander(x(in), n, increasing)}; };
}
OpRun arange_op(const OpArguments& a) {
  return [start = a.tensor(0, "start"), stop = a.tensor(a.plain() ? -1 : 1, "stop"),
          step = a.tensor(a.plain() ? -1 : 2, "step"), dtype = a.dtype("dtype")](
             const Tensors& in) { return Tensors{arange(start(in), stop(in), step(in), dtype)}; };
}

constexpr OpEntry kEntries[] = {
    {"Reshape", "numpy", reshape_op},
    {"Ravel", "numpy", unary<ravel>},
    {"Transpose", "numpy", transpose_op},
    {"ExpandDims", "numpy", expand_dims_op},
    {"Squeeze", "numpy", squeeze_op},
    {"Swapaxes", "numpy", swapaxes_op},
    {"Moveaxis", "numpy", moveaxis_op},
    {"BroadcastTo", "numpy", broadcast_to_op},
    {"Concatenate", "numpy", concatenate_op},
    {"Append", "numpy", append_op},
    {"Stack", "numpy", stack_op},
    {"Hstack", "numpy", of_list<hstack>},
    {"Vstack", "numpy", of_list<vstack>},
    {"Dstack", "numpy", of_list<dstack>},
    {"Split", "numpy", split_along<split>},
    {"ArraySplit", "numpy", split_along<array_split>},
    {"Hsplit", "numpy", split_fixed<hsplit>},
    {"Vsplit", "numpy", split_fixed<vsplit>},
    {"Dsplit", "numpy", split_fixed<dsplit>},
    {"Unstack", "core", unstack_op},
    {"Tile", "numpy", tile_op},
    {"Repeat", "numpy", repeat_op},
    {"Flip", "numpy", flip_op},
    {"Fliplr", "numpy", unary<fliplr>},
    {"Flipud", "numpy", unary<flipud>},
    {"Roll", "numpy", roll_op},
    {"Rot90", "numpy", rot90_op},
    {"Pad", "numpy", pad_op},
    {"ExtractSequences", "math", extract_sequences_op},
    {"Take", "numpy", by_indices<take>},
    {"TakeAlongAxis", "numpy", by_indices<take_along_axis>},
    {"GetItem", "numpy", get_item_op},
    {"Slice", "core", slice_op},
    {"SliceUpdate", "core", slice_update_op},
    {"Scatter", "core", scatter_op},
    {"ScatterUpdate", "core", scatter_update_op},
    {"OneHot", "nn", hot<one_hot>},
    {"MultiHot", "nn", hot<multi_hot>},
    {"UnravelIndex", "numpy", unravel_index_op},
    {"Nonzero", "numpy", nonzero_op},
    {"SearchSorted", "numpy", searchsorted_op},
    {"Digitize", "numpy", binary<digitize>},
    {"IsIn", "numpy", isin_op},
    {"Tril", "numpy", with_k<tril>},
    {"Triu", "numpy", with_k<triu>},
    {"Diag", "numpy", with_k<diag>},
    {"Diagflat", "numpy", with_k<diagflat>},
    {"Diagonal", "numpy", of_diagonal<diagonal>},
    {"Trace", "numpy", of_diagonal<trace>},
    {"Meshgrid", "numpy", meshgrid_op},
    {"Matmul", "numpy", binary<matmul>},
    {"Dot", "numpy", binary<dot>},
    {"Inner", "numpy", binary<inner>},
    {"Outer", "numpy", binary<outer>},
    {"Vdot", "numpy", binary<vdot>},
    {"Kron", "numpy", binary<kron>},
    {"Tensordot", "numpy", tensordot_op},
    {"Einsum", "numpy", einsum_op},
    {"Cross", "numpy", cross_op},
    {"CDist", "math", binary<cdist>},
    {"Cholesky", "linalg", upper_or_not<cholesky>},
    {"CholeskyInverse", "linalg", upper_or_not<cholesky_inverse>},
    {"Inv", "linalg", unary<inv>},
    {"Pinv", "linalg", pinv_op},
    {"Det", "linalg", unary<det>},
    {"Slogdet", "numpy", unary_pair<slogdet>},
    {"Logdet", "math", unary<logdet>},
    {"Solve", "linalg", solve_op},
    {"SolveTriangular", "linalg", solve_triangular_op},
    {"Qr", "linalg", qr_op},
    {"SVD", "linalg", svd_op},
    {"Eigh", "linalg", unary_pair<eigh>},
    {"Eig", "linalg", unary_pair<eig>},
    {"Lstsq", "linalg", lstsq_op},
    {"LuFactor", "linalg", unary_pair<lu_factor>},
    {"MatrixRank", "linalg", matrix_rank_op},
    {"Norm", "linalg", norm_op},
    {"Full", "numpy", full_op},
    {"FullLike", "numpy", full_like_op},
    {"ZerosLike", "numpy", with_dtype<zeros_like>},
    {"OnesLike", "numpy", with_dtype<ones_like>},
    {"EmptyLike", "numpy", with_dtype<empty_like>},
    {"Array", "numpy", with_dtype<array>},
    {"ConvertToTensor", "core", with_dtype<convert_to_tensor>},
    {"Copy", "numpy", unary<copy>},
    {"Arange", "numpy", arange_op},
    {"Linspace", "numpy", spaced<linspace>},
    {"Logspace", "numpy", logspace_op},
    {"Geomspace", "numpy", spaced<geomspace>},
    {"Vander", "numpy", vander_op},
    // Of TensorFlow's models alone: what reads their files makes them.
    {"Shape", "core", shape_op},
    {"Deferred", "core", deferred_op},
};

}  // namespace

std::span<const OpEntry> op_table_shape() { return kEntries; }

}  // namespace kcpp::ops
