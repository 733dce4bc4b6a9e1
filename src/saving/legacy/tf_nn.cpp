/// TensorFlow's functions of neural networks that are several operations of Keras 3.
#include <algorithm>
#include <cmath>
#include <vector>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

Config axis_config(const Config& axis, bool keepdims = false) {
  return Config::dict({{"axis", axis}, {"keepdims", keepdims}});
}
Config axis_only(const Config& axis) { return Config::dict({{"axis", axis}}); }
Config all_axes(bool keepdims = false) { return axis_config(Config(), keepdims); }

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
  // A graph node has the logits first, the function the labels.
  const Config logs =
      b.op("LogSoftmax", {b.tensor("logits", true)}, Config::dict({{"axis", axis}}));
  const Config sum =
      b.op("Sum", {b.op("Multiply", {b.tensor("labels", true), logs})}, axis_config(axis));
  b.op("Negative", {sum});
}
void sparse_softmax_cross_entropy(B& b) {
  b.op("SparseCategoricalCrossentropy", {b.tensor("labels", true), b.tensor("logits", true)},
       Config::dict({{"from_logits", true}, {"axis", -1}}));
}
void truncatediv(B& b) {
  b.op("Trunc", {b.op("TrueDivide", {b.tensor("x", true), b.tensor("y")})});
}
void embedding_lookup(B& b) {
  b.op("Take", {b.tensor("params", true), b.tensor("ids")}, Config::dict({{"axis", 0}}));
}

/// Both moments with weights, as one node of two outputs.
void weighted_moments(B& b) {
  const TfValue x{b, b.tensor("x", true)}, given{b, b.tensor("frequency_weights")};
  const Config axes = b.argument("axes");
  const bool keep = b.flag("keepdims") || b.flag("keep_dims");
  const TfValue weights = given + x * Config(0.0);  // as large as x
  const TfValue total = weights.over("Sum", axes, true);
  const TfValue mean = (weights * x).over("Sum", axes, true) / total;
  const TfValue square = (x - mean).of("Square");
  const TfValue variance = (weights * square).over("Sum", axes, true) / total;
  const auto result = [&](const TfValue& t) { return keep ? t : t.of("Squeeze", axis_only(axes)); };
  const Config both = Config::list({result(mean), result(variance)});
  const Config stacked = b.op("Stack", {both}, Config::dict({{"axis", 0}}));
  b.op("Unstack", {stacked}, Config::dict({{"num", 2}, {"axis", 0}}));
}
/// What 8 bits would keep of numbers between two limits, which move so that 0 is kept exactly; the
/// gradient is that of the limits alone.
struct FakeQuantization {
  Config low = Config::list(), high = Config::list(), step = Config::list();
  Config inverse = Config::list();  ///< of the step: a product rounds otherwise than a quotient

  void add(B& b, double min, double max) {
    const bool narrow = b.flag("narrow_range");
    const int64_t bits = b.integer("num_bits", 8);
    if (bits < 2 || bits > 16 || !(min < max)) b.refuse("with absurd limits");
    const double least = narrow ? 1 : 0, most = std::ldexp(1.0, static_cast<int>(bits)) - 1;
    const auto single = [](double v) { return static_cast<double>(static_cast<float>(v)); };
    const double scale = single((single(max) - single(min)) / (most - least));
    const double zero = least - single(min) / scale;
    const double nudged = zero < least ? least : zero > most ? most : std::round(zero);
    inverse.push_back(single(1 / scale));
    low.push_back((least - nudged) * scale);
    high.push_back((most - nudged) * scale);
    step.push_back(scale);
  }
};
void fake_quantization(B& b) {
  FakeQuantization q;
  const Config min = b.argument("min"), max = b.argument("max");
  const bool channels = min.is_list();
  if (channels) {
    if (!max.is_list() || max.size() != min.size()) b.refuse("without numbers as limits");
    for (size_t i = 0; i < min.size(); ++i)
      q.add(b, min.as_list()[i].as_double("min"), max.as_list()[i].as_double("max"));
  } else {
    q.add(b, b.number("min", -6), b.number("max", 6));
  }
  const auto limit = [&](const Config& list) {
    return channels ? tf_tensor_argument(list, false) : Config(list.as_list()[0]);
  };
  const Config low = limit(q.low), high = limit(q.high), step = limit(q.step),
               inverse = limit(q.inverse);
  const TfValue x = TfValue{b, b.tensor("inputs", true)}.with("Maximum", low).with("Minimum", high);
  const TfValue whole = ((x - low) * inverse + Config(0.5)).of("Floor");
  x + (whole * step + low - x).of("StopGradient").config();
}
/// The first version's arguments stand in another order.
void in_top_k(B& b) {
  const bool swapped = b.argument("predictions").is_null();
  b.op("InTopK", {b.tensor("targets", !swapped), b.tensor("predictions", swapped)},
       Config::dict({{"k", b.integer("k", 1)}}));
}
void xw_plus_b(B& b) {
  const TfValue x{b, b.tensor("x", true)};
  x.with("Matmul", b.tensor("weights")) + b.tensor("biases");
}
void relu_layer(B& b) {
  const TfValue x{b, b.tensor("x", true)};
  (x.with("Matmul", b.tensor("weights")) + b.tensor("biases")).of("Relu");
}
/// The largest, or the mean, of elements that lie apart from each other: of the image moved by each
/// place of the window.
void dilated_pool(B& b, bool most, const Config& dilations) {
  const Config window = b.argument("window_shape");
  if (!window.is_list() || window.size() != dilations.size() || window.size() > 3)
    b.refuse("with dilations of another number than the window has axes");
  if (tf_lower(b.argument("padding")) == Config("same")) b.refuse("with padding and dilations");
  std::vector<Config::List> keys{{tf_all()}};
  for (size_t axis = 0; axis < window.size(); ++axis) {
    const int64_t size = window.as_list()[axis].as_int("window_shape"),
                  step = dilations.as_list()[axis].as_int("dilations");
    if (size < 1 || step < 1 || size > 100 || step > 10000 ||
        keys.size() * static_cast<size_t>(size) > 1000)
      b.refuse("with an absurd window_shape or dilations");
    std::vector<Config::List> more;
    for (const Config::List& key : keys) {
      for (int64_t i = 0; i < size; ++i) {
        const int64_t behind = (size - 1 - i) * step;
        more.push_back(key);
        more.back().push_back(tf_slice(i * step, behind ? Config(-behind) : Config()));
      }
    }
    keys = std::move(more);
  }
  const TfValue x = tf_value(b, "input", true);
  TfValue y = x.at(keys[0]);
  for (size_t i = 1; i < keys.size(); ++i)
    y = most ? y.with("Maximum", x.at(keys[i])) : y + x.at(keys[i]);
  if (!most) y / Config(static_cast<double>(keys.size()));
}
/// tf.nn.pool: the kind of pooling is an argument.
void pool(B& b) {
  const Config kind = b.argument("pooling_type"), strides = b.argument("strides"),
               padding = b.argument("padding");
  for (const char* name : {"dilations", "dilation_rate"}) {
    const Config apart = b.argument(name);
    if (!apart.is_list() || std::all_of(apart.as_list().begin(), apart.as_list().end(),
                                        [](const Config& step) { return step == Config(1); }))
      continue;
    dilated_pool(b, kind == Config("MAX"), apart);
    return;
  }
  b.op(kind == Config("MAX") ? "MaxPool" : "AveragePool", {b.tensor("input", true)},
       Config::dict({{"pool_size", b.argument("window_shape")},
                     {"strides", strides.is_null() ? Config(1) : strides},
                     {"padding", padding == Config("SAME") ? "same" : "valid"},
                     {"data_format", "channels_last"}}));
}

/// As hinge losses of Keras take labels: 0 means -1 where no other number is there.
void hinge(B& b, bool squared) {
  const TfValue labels = tf_value(b, "y_true", true), prediction = tf_value(b, "y_pred");
  const TfValue y = labels.cast("float32");
  const TfValue binary = y.with("Equal", 0.0).with("LogicalOr", y.with("Equal", 1.0));
  const TfValue sign = (2.0 * y - Config(1.0)).where(binary.over("All", nullptr), y);
  const TfValue loss = (1.0 - sign * prediction).with("Maximum", 0.0);
  (squared ? loss.of("Square") : loss).over("Mean", -1);
}
void categorical_focal_crossentropy(B& b) {
  const int64_t axis = b.integer("axis", -1);
  const TfValue target = tf_value(b, "target", true);
  TfValue output = tf_value(b, "output");
  if (b.flag("from_logits")) output = output.of("Softmax", axis_only(axis));
  output = output / output.over("Sum", axis, true);
  output = output.of("Clip", Config::dict({{"x_min", 1e-7}, {"x_max", 1 - 1e-7}}));
  const Config alpha = b.argument("alpha");
  const TfValue weight = (1.0 - output).with("Power", b.number("gamma", 2)) *
                         (alpha.is_null() ? Config(0.25) : b.tensor("alpha"));
  (weight * (-target * output.of("Log"))).over("Sum", axis);
}
/// What some bits would keep of numbers in a range, given or their own, of all or along an axis;
/// the gradient is that of the range alone.
void quantize_and_dequantize(B& b) {
  const int64_t bits = b.integer("num_bits", 8), axis = b.integer("axis", -1);
  if (bits < 2 || bits > 30) b.refuse("with an absurd num_bits");
  const bool has_sign = b.argument("signed_input") != Config(false);
  const Config rounding = b.argument("round_mode");
  const double most = std::ldexp(1.0, static_cast<int>(has_sign ? bits - 1 : bits)) - 1;
  const double least = has_sign ? -most - (b.flag("narrow_range") ? 0 : 1) : 0;
  if (axis != -1) b.refuse("with an axis, which kcpp cannot read");
  const TfValue x = tf_value(b, "input", true), none = x.of("ZerosLike").over("Sum", nullptr);
  const bool given = b.flag("range_given");
  const TfValue low = given ? none + b.tensor("input_min") : x.over("Min", nullptr);
  const TfValue high = given ? none + b.tensor("input_max") : x.over("Max", nullptr);
  // The side that needs the smaller scale has it.
  const TfValue from_low = low / Config(least != 0 ? least : -1.0), from_high = high / Config(most);
  const TfValue step = from_low.with("Maximum", from_high);
  const TfValue clipped =
      x.with("Maximum", step * Config(least)).with("Minimum", step * Config(most));
  const TfValue scaled = clipped / step;
  const bool up = rounding == Config("HALF_UP");
  const TfValue whole = up ? (scaled + Config(0.5)).of("Floor") : scaled.of("Round");
  clipped + (whole.with("Minimum", most) * step - clipped).of("StopGradient").config();
}
void compute_average_loss(B& b) {
  const Config size = b.argument("global_batch_size");
  TfValue loss = tf_value(b, "per_example_loss", true);
  if (!size.is_number() || size.as_double() == 0) b.refuse("without its global_batch_size");
  if (!b.argument("sample_weight").is_null()) loss = loss * b.tensor("sample_weight");
  loss.over("Sum", nullptr) / Config(size.as_double());
}

constexpr TfFunction table[] = {
    {"hinge", [](B& b) { hinge(b, false); }},
    {"squared_hinge", [](B& b) { hinge(b, true); }},
    {"categorical_focal_crossentropy", categorical_focal_crossentropy},
    {"quantize_and_dequantize_v2", quantize_and_dequantize},
    {"compute_average_loss", compute_average_loss},
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
    {"weighted_moments", weighted_moments},
    {"fake_quant_with_min_max_args", fake_quantization},
    {"fake_quant_with_min_max_vars", fake_quantization},
    {"fake_quant_with_min_max_vars_per_channel", fake_quantization},
    {"in_top_k", in_top_k},
    {"xw_plus_b", xw_plus_b},
    {"relu_layer", relu_layer},
    {"embedding_lookup", embedding_lookup},
    {"truncatediv", truncatediv},
    {"pool", pool},
};

}  // namespace

bool add_tf_network_function(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
