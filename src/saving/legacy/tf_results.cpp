/// TensorFlow's functions of several results that Keras orders otherwise, or gives one by one.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config last_axis = Config::dict({{"axis", -1}});

/// The list of tensors that a function begins with.
Config::List tensors_of(const B& b, std::string_view name) {
  const Config list = b.argument(name, true);
  return list.is_list() ? list.as_list() : Config::List{list};
}

/// Singular values, then both matrices; Keras has them in the middle, and the last one transposed.
void svd(B& b) {
  const bool vectors = b.argument("compute_uv") != Config(false);
  const TfValue usv =
      tf_value(b, "tensor", true)
          .of("SVD", Config::dict({{"full_matrices", vectors && b.flag("full_matrices")},
                                   {"compute_uv", vectors}}));
  if (vectors) b.give({usv.result(1), usv, usv.result(2).swap(-1, -2)});
}
/// Keras has the inverse of TensorFlow's permutation.
void lu(B& b) {
  const TfValue factors = tf_value(b, "input", true).of("LuFactor");
  const Config dtype = b.argument("output_idx_type");
  const TfValue order = factors.result(1).of("Argsort", last_axis);
  b.give({factors, order.cast(dtype.is_string() ? dtype.as_string() : "int32")});
}

void identity_n(B& b) {
  Config::List out;
  for (const Config& t : tensors_of(b, "input")) out.push_back(b.op("Copy", {t}));
  b.give(out);
}
void shape_n(B& b) {
  const Config dtype = b.argument("out_type");
  Config::List out;
  for (const Config& t : tensors_of(b, "input"))
    out.push_back(TfValue{b, t}.of("Shape").cast(dtype.is_string() ? dtype.as_string() : "int32"));
  b.give(out);
}

/// The norm of several tensors together.
TfValue norm_of(B& b, const Config::List& tensors) {
  Config sum;
  for (const Config& t : tensors) {
    const TfValue squares = TfValue{b, t}.of("Square").over("Sum", nullptr);
    sum = sum.is_null() ? squares.config() : (squares + sum).config();
  }
  return TfValue{b, sum}.of("Sqrt");
}
void global_norm(B& b) { norm_of(b, tensors_of(b, "t_list")); }
/// Shrunk until their norm is `clip_norm`; an infinite norm gives NaN.
void clip_by_global_norm(B& b) {
  const Config::List tensors = tensors_of(b, "t_list");
  const Config most = b.tensor("clip_norm"), given = b.argument("use_norm");
  const TfValue norm = is_graph_tensor(given) ? TfValue{b, given} : norm_of(b, tensors);
  const TfValue scale = norm.with("Maximum", most).after("TrueDivide", most) + (norm - norm);
  Config::List out;
  for (const Config& t : tensors) out.push_back(TfValue{b, t} * scale);
  out.push_back(norm);
  b.give(out);
}

/// How many elements, their sum, the sum of their squares, and what was subtracted from them.
void sufficient_statistics(B& b) {
  const TfValue x = tf_value(b, "x", true);
  const Config shift = b.argument("shift");
  Config axes = b.argument("axes");
  if (axes.is_int()) axes = Config::list({axes});
  if (!axes.is_list() || has_graph_tensor(axes)) b.refuse("without numbers as `axes`");
  const bool keep = b.flag("keep_dims") || b.flag("keepdims");
  const TfValue centered = shift.is_null() ? x : x - b.tensor("shift");
  const TfValue sizes =
      x.of("Shape").with("Take", tf_tensor_argument(axes, false), Config::dict({{"axis", 0}}));
  const TfValue count = sizes.over("Prod", nullptr).cast("float32");
  Config::List out{count, centered.over("Sum", axes, keep),
                   centered.of("Square").over("Sum", axes, keep)};
  if (!shift.is_null()) out.push_back(count * Config(0.0) + b.tensor("shift"));
  b.give(out);
}

/// Along height and width, of a number, a list of two, or of four with batch and channels.
Config sides(const B& b, const char* name) {
  const Config given = b.argument(name);
  Config::List list = given.is_list() ? given.as_list() : Config::List{given};
  if (list.size() == 4) list = {list[1], list[2]};
  if (list.size() == 1) list.push_back(list[0]);
  if (list.size() != 2 || !list[0].is_int() || !list[1].is_int())
    b.refuse(text("with ", name, "=", given, ", which kcpp cannot read"));
  return list;
}
/// The largest of each window, and where in the image it is: (row * width + column) * channels +
/// channel, all images one behind the other with include_batch_in_index.
void max_pool_with_argmax(B& b) {
  const TfValue x = tf_value(b, "input", true), sizes = x.of("Shape");
  const Config pool = sides(b, "ksize"), strides = sides(b, "strides");
  const Config padding = tf_lower(b.argument("padding"));
  const TfValue largest = x.of("MaxPool", Config::dict({{"pool_size", pool},
                                                        {"strides", strides},
                                                        {"padding", padding},
                                                        {"data_format", "channels_last"}}));
  const auto places = [&](int64_t axis, std::string_view dtype) {
    return TfValue{b, tf_numbers(b, sizes.at({Config(axis)}), dtype)};
  };
  const auto windows = [&](const TfValue& image, const Config& channels) {
    const TfValue patches =
        image.of("ExtractPatches", Config::dict({{"size", pool},
                                                 {"strides", strides},
                                                 {"dilation_rate", 1},
                                                 {"padding", padding},
                                                 {"data_format", "channels_last"}}));
    return patches.reshape(
        tf_concatenate(b, {tf_sizes(patches.of("Shape"), 0, 3), tf_one_size(-1), channels}));
  };
  const TfValue width = sizes.at({Config(2)}).cast("float32");
  const TfValue grid = places(1, "float32").expand(-1) * width + places(2, "float32");
  const TfValue channels = tf_sizes(sizes, 3);
  const TfValue values = windows(x, channels);
  // What lies beside the image is never the largest.
  const TfValue inside = windows(x.of("OnesLike"), channels).with("Greater", 0.5);
  const TfValue best =
      values.where(inside, -3e38).of("Argmax", Config::dict({{"axis", -2}, {"keepdims", true}}));
  const TfValue pixels = windows(grid.expand(0).expand(-1), tf_one_size(1));
  const TfValue picked = (pixels + values.of("ZerosLike"))
                             .with("TakeAlongAxis", best, Config::dict({{"axis", -2}}))
                             .of("Squeeze", Config::dict({{"axis", -2}}));
  const Config dtype = b.argument("output_dtype");
  const std::string whole = dtype.is_string() ? dtype.as_string() : "int64";
  TfValue index = picked.cast(whole) * sizes.at({Config(3)}).cast(whole) + places(3, whole);
  if (b.flag("include_batch_in_index")) {
    const TfValue image = tf_sizes(sizes, 1).over("Prod", nullptr).cast(whole);
    index = (places(0, whole) * image).reshape(Config::list({-1, 1, 1, 1})) + index;
  }
  b.give({largest, index});
}

/// A TPU may miss some; elsewhere it is exact.
void approximate_top_k(B& b) {
  const int64_t axis = b.integer("reduction_dimension", -1);
  const bool most = b.argument("is_max_k") != Config(false);
  TfValue x = tf_value(b, "input", true);
  if (axis != -1) x = x.swap(axis, -1);
  const TfValue top =
      (most ? x : -x).of("TopK", Config::dict({{"k", b.integer("k", 1)}, {"sorted", true}}));
  TfValue values = most ? top : -top, places = top.result(1);
  if (axis != -1) {
    values = values.swap(axis, -1);
    places = places.swap(axis, -1);
  }
  b.give({values, places});
}

constexpr TfFunction table[] = {
    {"svd", svd},
    {"lu", lu},
    {"identity_n", identity_n},
    {"shape_n", shape_n},
    {"global_norm", global_norm},
    {"clip_by_global_norm", clip_by_global_norm},
    {"sufficient_statistics", sufficient_statistics},
    {"max_pool_with_argmax", max_pool_with_argmax},
    {"approx_top_k", approximate_top_k},
};

}  // namespace

bool add_tf_results(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
