/// TensorFlow's functions that are several operations of Keras 3.
#include <cmath>
#include <numbers>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

Config axis_config(const Config& axis, bool keepdims = false) {
  return Config::dict({{"axis", axis}, {"keepdims", keepdims}});
}
Config all_axes(bool keepdims = false) { return axis_config(Config(), keepdims); }

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

// --- sorting, images -------------------------------------------------------------------------
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
    {"sort", [](B& b) { sorted(b, "Sort"); }},
    {"argsort", [](B& b) { sorted(b, "Argsort"); }},
    {"flip_left_right", [](B& b) { flip_image(b, -2); }},
    {"flip_up_down", [](B& b) { flip_image(b, -3); }},
    {"rot90", rot90},
    {"grayscale_to_rgb", grayscale_to_rgb},
    {"adjust_contrast", adjust_contrast},
    {"adjust_gamma", adjust_gamma},
    {"psnr", psnr},
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
