/// TensorFlow's functions that are several operations of Keras 3.
#include <cmath>
#include <numbers>

#include "src/saving/legacy/tf_builder.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

Config axis_config(const Config& axis, bool keepdims = false) {
  return Config::dict({{"axis", axis}, {"keepdims", keepdims}});
}
Config all_axes(bool keepdims = false) { return axis_config(Config(), keepdims); }

void matmul(B& b) {
  const auto side = [&](const char* name, bool first, bool flip) {
    const Config x = b.tensor(name, first);
    return flip ? b.op("Swapaxes", {x}, Config::dict({{"axis1", -1}, {"axis2", -2}})) : x;
  };
  const Config left = side("a", true, b.flag("transpose_a") || b.flag("adjoint_a"));
  b.op("Matmul", {left, side("b", false, b.flag("transpose_b") || b.flag("adjoint_b"))});
}
void matvec(B& b) {
  Config a = b.tensor("a", true);
  if (b.flag("transpose_a") || b.flag("adjoint_a"))
    a = b.op("Swapaxes", {a}, Config::dict({{"axis1", -1}, {"axis2", -2}}));
  const Config column = b.op("ExpandDims", {b.tensor("b")}, Config::dict({{"axis", -1}}));
  b.op("Squeeze", {b.op("Matmul", {a, column})}, Config::dict({{"axis", -1}}));
}
/// The equation comes first, so the tensors are all in `inputs`.
void einsum(B& b) {
  Config equation = b.argument("equation"), inputs = b.argument("inputs");
  if (equation.is_null()) equation = b.argument("", true);
  if (inputs.is_null()) inputs = b.argument("", true);
  if (equation.is_list() || !equation.is_string()) b.refuse("without its equation");
  if (!has_graph_tensor(inputs)) b.refuse("whose tensors TensorFlow left out of the file");
  Config::List args;
  if (inputs.is_list()) {
    for (const Config& item : inputs.as_list()) args.push_back(tf_tensor_argument(item, false));
  } else {
    args.push_back(inputs);
  }
  b.op("Einsum", std::move(args), Config::dict({{"subscripts", equation}}));
}

void squared_difference(B& b) {
  b.op("Square", {b.op("Subtract", {b.tensor("x", true), b.tensor("y")})});
}
void add_n(B& b) {
  const Config list = b.argument("inputs", true);
  if (!list.is_list() || list.size() == 0) {
    b.op("Copy", {list});
    return;
  }
  Config sum = list.as_list()[0];
  if (list.size() == 1) b.op("Copy", {sum});
  for (size_t i = 1; i < list.size(); ++i) sum = b.op("Add", {sum, list.as_list()[i]});
}
/// f(x, y), and 0 where `zero` is 0.
void zero_where(B& b, const Config& zero, const Config& value) {
  b.op("Where", {b.op("Equal", {zero, 0.0}), 0.0, value});
}
void multiply_no_nan(B& b) {
  const Config x = b.tensor("x", true), y = b.tensor("y");
  zero_where(b, y, b.op("Multiply", {x, y}));
}
void reciprocal_no_nan(B& b) { b.op("DivideNoNan", {1.0, b.tensor("x", true)}); }
void xlogy(B& b) {
  const Config x = b.tensor("x", true);
  zero_where(b, x, b.op("Multiply", {x, b.op("Log", {b.tensor("y")})}));
}
void xlog1py(B& b) {
  const Config x = b.tensor("x", true);
  zero_where(b, x, b.op("Multiply", {x, b.op("Log1p", {b.tensor("y")})}));
}
void xdivy(B& b) {
  const Config x = b.tensor("x", true);
  zero_where(b, x, b.op("TrueDivide", {x, b.tensor("y")}));
}
void ndtri(B& b) {
  const Config y = b.op("Multiply", {b.tensor("x", true), 2.0});
  b.op("Multiply", {b.op("Erfinv", {b.op("Subtract", {y, 1.0})}), std::numbers::sqrt2});
}
void erfcinv(B& b) { b.op("Erfinv", {b.op("Subtract", {1.0, b.tensor("x", true)})}); }
void euclidean_norm(B& b) {
  const Config squares = b.op("Square", {b.tensor("input_tensor", true)});
  b.op("Sqrt", {b.op("Sum", {squares}, axis_config(b.argument("axis"), b.flag("keepdims")))});
}
void zero_fraction(B& b) {
  const Config zeros = b.op("Equal", {b.tensor("value", true), 0.0});
  b.op("Mean", {b.op("Cast", {zeros}, Config::dict({{"dtype", "float32"}}))}, all_axes());
}
/// exclusive: without the element itself; reverse: from the end.
void cumsum(B& b) {
  const Config axis = b.integer("axis", 0), x = b.tensor("x", true);
  const Config along = Config::dict({{"axis", axis}});
  const bool reverse = b.flag("reverse");
  Config sum = reverse ? b.op("Flip", {x}, along) : b.op("Copy", {x});
  sum = b.op("Cumsum", {sum}, along);
  if (reverse) sum = b.op("Flip", {sum}, along);
  if (b.flag("exclusive")) b.op("Subtract", {sum, x});
}
/// exclusive: ones come first, and the last element is left out.
void cumprod(B& b) {
  const int64_t axis = b.integer("axis", 0);
  const Config along = Config::dict({{"axis", axis}});
  const bool reverse = b.flag("reverse");
  Config x = b.tensor("x", true);
  if (reverse) x = b.op("Flip", {x}, along);
  if (b.flag("exclusive")) {
    const auto part = [&](const Config& stop) {
      if (axis < -100 || axis > 100) b.refuse("with an absurd axis");
      Config key = Config::list();
      if (axis < 0) key.push_back(Config::dict({{"class_name", "__ellipsis__"}}));
      for (int64_t i = 0; i < axis; ++i) key.push_back(tf_slice(Config(), Config()));
      key.push_back(tf_slice(0, stop));
      for (int64_t i = axis + 1; i < 0; ++i) key.push_back(tf_slice(Config(), Config()));
      return b.op("GetItem", {x, key});
    };
    const Config ones = b.op("OnesLike", {part(1)});
    x = b.op("Concatenate", {Config::list({ones, part(-1)})}, along);
  }
  x = b.op("Cumprod", {x}, along);
  if (reverse) b.op("Flip", {x}, along);
}
/// Horner's scheme; the highest power comes first.
void polyval(B& b) {
  const Config coefficients = b.argument("coeffs", true), x = b.tensor("x");
  if (!coefficients.is_list() || coefficients.size() < 2)
    b.refuse("without a list of coefficients");
  Config sum = coefficients.as_list()[0];
  for (size_t i = 1; i < coefficients.size(); ++i)
    sum = b.op("Add", {b.op("Multiply", {x, sum}), coefficients.as_list()[i]});
}
/// tf.clip_by_value with limits that are tensors.
void clip_by_value(B& b) {
  const Config low = b.op("Maximum", {b.tensor("t", true), b.tensor("clip_value_min")});
  b.op("Minimum", {low, b.tensor("clip_value_max")});
}
void clip_by_norm(B& b) {
  const Config t = b.tensor("t", true), most = b.tensor("clip_norm");
  const Config sum = b.op("Sum", {b.op("Square", {t})}, axis_config(b.argument("axes"), true));
  const Config divisor = b.op("Maximum", {b.op("Sqrt", {sum}), most});
  b.op("TrueDivide", {b.op("Multiply", {t, most}), divisor});
}

// --- nn --------------------------------------------------------------------------------------
void l2_loss(B& b) {
  const Config sum = b.op("Sum", {b.op("Square", {b.tensor("t", true)})}, all_axes());
  b.op("Multiply", {sum, 0.5});
}
void crelu(B& b) {
  const Config x = b.tensor("features", true);
  const Config both = b.op("Concatenate", {Config::list({x, b.op("Negative", {x})})},
                           Config::dict({{"axis", b.integer("axis", -1)}}));
  b.op("Relu", {both});
}
void batch_normalization(B& b) {
  const Config variance = b.op("Add", {b.tensor("variance"), b.number("variance_epsilon", 1e-3)});
  const Config scale = b.argument("scale"), offset = b.argument("offset");
  Config factor = b.op("Rsqrt", {variance});
  if (!scale.is_null()) factor = b.op("Multiply", {factor, b.tensor("scale")});
  const Config centered = b.op("Subtract", {b.tensor("x", true), b.tensor("mean")});
  const Config y = b.op("Multiply", {centered, factor});
  if (!offset.is_null()) b.op("Add", {y, b.tensor("offset")});
}
/// Sums of squares over neighbouring channels, by a convolution with ones along the channels.
void local_response_normalization(B& b) {
  const Config x = b.tensor("input", true);
  const int64_t radius = b.integer("depth_radius", 5);
  if (radius < 0 || radius > 10000) b.refuse("with an absurd depth_radius");
  Config ones = Config::list();
  for (int64_t i = 0; i < 2 * radius + 1; ++i)
    ones.push_back(Config::list({Config::list({Config(1.0)})}));
  const Config kernel = tf_tensor_argument(Config::list({Config::list({ones})}), false);
  Config sums = b.op("ExpandDims", {b.op("Square", {x})}, Config::dict({{"axis", -1}}));
  sums = b.op("Conv", {sums, kernel},
              Config::dict({{"strides", 1},
                            {"padding", "same"},
                            {"data_format", "channels_last"},
                            {"dilation_rate", 1}}));
  sums = b.op("Squeeze", {sums}, Config::dict({{"axis", -1}}));
  sums = b.op("Add", {b.op("Multiply", {sums, b.number("alpha", 1)}), b.number("bias", 1)});
  b.op("TrueDivide", {x, b.op("Power", {sums, b.number("beta", 0.5)})});
}
void sigmoid_cross_entropy(B& b) {
  const Config labels = b.tensor("labels", true), logits = b.tensor("logits");
  b.op("Subtract", {b.op("Softplus", {logits}), b.op("Multiply", {logits, labels})});
}
void weighted_cross_entropy(B& b) {
  const Config z = b.tensor("labels", true), x = b.tensor("logits"), q = b.tensor("pos_weight");
  const Config more = q.is_number() ? Config(q.as_double() - 1) : b.op("Subtract", {q, 1.0});
  const Config weight = b.op("Add", {1.0, b.op("Multiply", {more, z})});
  const Config softplus = b.op("Softplus", {b.op("Negative", {x})});
  const Config rest = b.op("Multiply", {b.op("Subtract", {1.0, z}), x});
  b.op("Add", {rest, b.op("Multiply", {weight, softplus})});
}
void softmax_cross_entropy(B& b) {
  const Config axis = b.integer("axis", -1);
  const Config logs = b.op("LogSoftmax", {b.tensor("logits")}, Config::dict({{"axis", axis}}));
  const Config sum =
      b.op("Sum", {b.op("Multiply", {b.tensor("labels", true), logs})}, axis_config(axis));
  b.op("Negative", {sum});
}
void sparse_softmax_cross_entropy(B& b) {
  b.op("SparseCategoricalCrossentropy", {b.tensor("labels", true), b.tensor("logits")},
       Config::dict({{"from_logits", true}, {"axis", -1}}));
}
/// A mask that stands in the file.
void boolean_mask(B& b) {
  const Config mask = b.argument("mask");
  if (!mask.is_list()) b.refuse("with a mask that the model computes, which kcpp cannot read");
  Config places = Config::list();
  for (size_t i = 0; i < mask.size(); ++i) {
    const Config& keep = mask.as_list()[i];
    if (!keep.is_bool()) b.refuse("with a mask of several dimensions, which kcpp cannot read");
    if (keep.as_bool()) places.push_back(static_cast<int64_t>(i));
  }
  b.op("Take", {b.tensor("tensor", true), tf_tensor_argument(places, false)},
       Config::dict({{"axis", b.integer("axis", 0)}}));
}
void truncatediv(B& b) {
  b.op("Trunc", {b.op("TrueDivide", {b.tensor("x", true), b.tensor("y")})});
}
void embedding_lookup(B& b) {
  b.op("Take", {b.tensor("params", true), b.tensor("ids")}, Config::dict({{"axis", 0}}));
}

// --- linalg, sorting, images -----------------------------------------------------------------
void matrix_transpose(B& b) {
  Config x = b.argument("a", true);
  if (const Config other = b.argument("matrix"); !other.is_null()) x = other;
  b.op("Swapaxes", {x}, Config::dict({{"axis1", -1}, {"axis2", -2}}));
}
void band_part(B& b) {
  Config x = b.tensor("input", true);
  const int64_t lower = b.integer("num_lower", -1), upper = b.integer("num_upper", -1);
  if (lower >= 0) x = b.op("Triu", {x}, Config::dict({{"k", -lower}}));
  if (upper >= 0) x = b.op("Tril", {x}, Config::dict({{"k", upper}}));
  if (lower < 0 && upper < 0) b.op("Copy", {x});
}
void trace(B& b) {
  b.op("Trace", {b.tensor("x", true)}, Config::dict({{"offset", 0}, {"axis1", -2}, {"axis2", -1}}));
}
void diag_part(B& b) {
  if (b.argument("k").is_int() && b.integer("k", 0) != 0) b.refuse("with another diagonal");
  b.op("Diagonal", {b.tensor("input", true)},
       Config::dict({{"offset", 0}, {"axis1", -2}, {"axis2", -1}}));
}
void normalize(B& b) {
  const Config x = b.tensor("tensor", true), ord = b.argument("ord");
  const Config norm =
      b.op("Norm", {x},
           Config::dict({{"ord", ord.is_null() || ord == Config("euclidean") ? Config() : ord},
                         {"axis", b.argument("axis")},
                         {"keepdims", true}}));
  b.op("TrueDivide", {x, norm});
}
void singular_values(B& b) {
  if (!b.argument("compute_uv").is_bool() || b.flag("compute_uv"))
    b.refuse("whose three results Keras orders otherwise");
  b.op("SVD", {b.tensor("tensor", true)},
       Config::dict({{"full_matrices", false}, {"compute_uv", false}}));
}
void sorted(B& b, std::string_view op) {
  const Config along = Config::dict({{"axis", b.integer("axis", -1)}});
  const Config x = b.tensor("values", true);
  if (b.argument("direction") != Config("DESCENDING")) {
    b.op(op, {x}, along);
    return;
  }
  const Config y = b.op(op, {b.op("Negative", {x})}, along);
  if (op == "Sort") b.op("Negative", {y});
}
void flip_image(B& b, int axis) {
  b.op("Flip", {b.tensor("image", true)}, Config::dict({{"axis", axis}}));
}
void rot90(B& b) {
  // Four dimensions or three: the axes count from the back. -k since those are (height, width).
  b.op("Rot90", {b.tensor("image", true)},
       Config::dict({{"k", b.integer("k", 1)}, {"axes", Config::list({-3, -2})}}));
}
void grayscale_to_rgb(B& b) {
  b.op("Repeat", {b.tensor("images", true)}, Config::dict({{"repeats", 3}, {"axis", -1}}));
}
/// The columns of TensorFlow's kernel are Y, U and V.
void rgb_to_yuv(B& b) {
  const auto row = [](double y, double u, double v) { return Config::list({y, u, v}); };
  const Config kernel =
      Config::list({row(0.299, -0.14714119, 0.61497538), row(0.587, -0.28886916, -0.51496512),
                    row(0.114, 0.43601035, -0.10001026)});
  b.op("Matmul", {b.tensor("images", true), tf_tensor_argument(kernel, false)});
}
void adjust_contrast(B& b) {
  const Config x = b.tensor("images", true);
  const Config mean = b.op("Mean", {x}, axis_config(Config::list({-3, -2}), true));
  b.op("Add", {b.op("Multiply", {b.op("Subtract", {x, mean}), b.tensor("contrast_factor")}), mean});
}
/// 20 log10(max_val) - 10 log10(mean square), of each image.
void psnr(B& b) {
  const Config error = b.op("Subtract", {b.tensor("a", true), b.tensor("b")});
  const Config mean =
      b.op("Mean", {b.op("Square", {error})}, axis_config(Config::list({-3, -2, -1})));
  const Config decibels = b.op("Multiply", {b.op("Log10", {mean}), -10.0});
  b.op("Add", {decibels, 20 * std::log10(b.number("max_val", 1))});
}
/// tf.nn.pool: the kind of pooling is an argument.
void pool(B& b) {
  const Config kind = b.argument("pooling_type"), strides = b.argument("strides"),
               padding = b.argument("padding");
  if (b.argument("dilations").is_list()) b.refuse("with dilations, which kcpp cannot read");
  b.op(kind == Config("MAX") ? "MaxPool" : "AveragePool", {b.tensor("input", true)},
       Config::dict({{"pool_size", b.argument("window_shape")},
                     {"strides", strides.is_null() ? Config(1) : strides},
                     {"padding", padding == Config("SAME") ? "same" : "valid"},
                     {"data_format", "channels_last"}}));
}
void adjust_gamma(B& b) {
  const Config gamma = b.op("Power", {b.tensor("image", true), b.number("gamma", 1)});
  b.op("Multiply", {gamma, b.number("gain", 1)});
}
void per_image_standardization(B& b) {
  const Config x = b.tensor("image", true), axes = Config::list({-3, -2, -1});
  const Config mean = b.op("Mean", {x}, axis_config(axes, true));
  const Config deviation = b.op("Std", {x}, axis_config(axes, true));
  const Config sizes = b.op(
      "GetItem",
      {b.op("Shape", {x}),
       Config::list({Config::dict(
           {{"class_name", "__slice__"},
            {"config", Config::dict({{"start", -3}, {"stop", nullptr}, {"step", nullptr}})}})})});
  const Config count =
      b.op("Cast", {b.op("Prod", {sizes}, all_axes())}, Config::dict({{"dtype", "float32"}}));
  const Config divisor = b.op("Maximum", {deviation, b.op("Rsqrt", {count})});
  b.op("TrueDivide", {b.op("Subtract", {x, mean}), divisor});
}

constexpr TfFunction table[] = {
    {"matmul", matmul},
    {"matvec", matvec},
    {"einsum", einsum},
    {"squared_difference", squared_difference},
    {"add_n", add_n},
    {"accumulate_n", add_n},
    {"multiply_no_nan", multiply_no_nan},
    {"reciprocal_no_nan", reciprocal_no_nan},
    {"xlogy", xlogy},
    {"xlog1py", xlog1py},
    {"xdivy", xdivy},
    {"ndtri", ndtri},
    {"erfcinv", erfcinv},
    {"reduce_euclidean_norm", euclidean_norm},
    {"zero_fraction", zero_fraction},
    {"cumsum", cumsum},
    {"cumprod", cumprod},
    {"polyval", polyval},
    {"clip_by_norm", clip_by_norm},
    {"l2_loss", l2_loss},
    {"crelu", crelu},
    {"batch_normalization", batch_normalization},
    {"local_response_normalization", local_response_normalization},
    {"lrn", local_response_normalization},
    {"sigmoid_cross_entropy_with_logits", sigmoid_cross_entropy},
    {"weighted_cross_entropy_with_logits", weighted_cross_entropy},
    {"softmax_cross_entropy_with_logits", softmax_cross_entropy},
    {"softmax_cross_entropy_with_logits_v2", softmax_cross_entropy},
    {"sparse_softmax_cross_entropy_with_logits", sparse_softmax_cross_entropy},
    {"embedding_lookup", embedding_lookup},
    {"boolean_mask", boolean_mask},
    {"boolean_mask_v2", boolean_mask},
    {"truncatediv", truncatediv},
    {"rgb_to_yuv", rgb_to_yuv},
    {"matrix_transpose", matrix_transpose},
    {"adjoint", matrix_transpose},
    {"band_part", band_part},
    {"trace", trace},
    {"diag_part", diag_part},
    {"normalize", normalize},
    {"svd", singular_values},
    {"sort", [](B& b) { sorted(b, "Sort"); }},
    {"argsort", [](B& b) { sorted(b, "Argsort"); }},
    {"flip_left_right", [](B& b) { flip_image(b, -2); }},
    {"flip_up_down", [](B& b) { flip_image(b, -3); }},
    {"rot90", rot90},
    {"grayscale_to_rgb", grayscale_to_rgb},
    {"adjust_contrast", adjust_contrast},
    {"adjust_gamma", adjust_gamma},
    {"psnr", psnr},
    {"pool", pool},
    {"per_image_standardization", per_image_standardization},
};

}  // namespace

bool add_tf_composite(std::string_view name, TfBuilder& b) {
  if (name == "clip_by_value" && (has_graph_tensor(b.argument("clip_value_min")) ||
                                  has_graph_tensor(b.argument("clip_value_max")))) {
    clip_by_value(b);
    return true;
  }
  return add_tf_function(table, name, b);
}

}  // namespace kcpp::saving
