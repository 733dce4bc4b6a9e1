/// TensorFlow's functions that count, and that ask for an order.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config along_first = Config::dict({{"axis", 0}});
const Config flat_shape = Config::list({-1});

/// 0, 1 .. up to the largest of the whole numbers of a tensor, and at least `least` of them.
TfValue bins_of(const TfValue& numbers, int64_t least) {
  const TfValue counts =
      numbers.reshape(flat_shape)
          .of("Bincount",
              Config::dict({{"weights", nullptr}, {"minlength", least}, {"sparse", false}}));
  return counts.of("OnesLike").of("Cumsum", along_first) - Config(1);
}

/// How often each number is there, or the sum of its weights, or whether it is there at all; in all
/// of a tensor, or in each row.
void bincount(B& b) {
  const int64_t axis = b.integer("axis", 0), least = b.integer("minlength", 0);
  if (axis != 0 && axis != -1) b.refuse(text("with axis=", axis, ", which kcpp cannot read"));
  if (least < 0 || least > 10000000) b.refuse("with an absurd minlength");
  const Config given = b.argument("weights"), dtype = b.argument("dtype"),
               most = b.argument("maxlength");
  const auto part = [&](const TfValue& t) { return axis == 0 ? t.reshape(flat_shape) : t; };
  const TfValue numbers = part(tf_value(b, "arr", true).cast("int32"));
  TfValue bins = bins_of(numbers, least);
  if (!most.is_null()) bins = bins.at({tf_slice(0, b.integer("maxlength", 0))});
  const TfValue there = numbers.expand(-1).with("Equal", bins);
  if (!given.is_null()) {
    const TfValue weights = part(tf_value(b, "weights")).expand(-1);
    weights.where(there, weights.of("ZerosLike")).over("Sum", -2);
    return;
  }
  const std::string type = dtype.is_string() ? dtype.as_string() : "int32";
  if (b.flag("binary_output")) {
    there.over("Any", -2).cast(type);
  } else {
    there.cast(type).over("Sum", -2);
  }
}

/// How often a label got which prediction: a row a label.
void confusion_matrix(B& b) {
  const Config count = b.argument("num_classes"), dtype = b.argument("dtype");
  const std::string type = dtype.is_string() ? dtype.as_string() : "int32";
  const TfValue labels = tf_value(b, "labels", true).cast("int32"),
                predictions = tf_value(b, "predictions").cast("int32");
  const TfValue bins = count.is_null() ? bins_of(tf_concatenate(b, {labels, predictions}), 0)
                                       : TfValue{b, tf_numbers(b, count)};
  const auto hot = [&](const TfValue& t) { return t.expand(-1).with("Equal", bins).cast(type); };
  TfValue rows = hot(labels);
  if (!b.argument("weights").is_null()) rows = rows * tf_value(b, "weights").cast(type).expand(-1);
  rows.swap(0, 1).with("Matmul", hot(predictions));
}

/// Into which of `nbins` equal parts of a range each number falls, what lies outside into the first
/// or the last one.
TfValue parts(B& b, int64_t count) {
  const TfValue x = tf_value(b, "values", true).cast("float32");
  const Config given = b.argument("value_range");
  if (count < 1 || count > 10000000) b.refuse("with an absurd number of bins");
  if (!given.is_list() || given.size() != 2 || !given.as_list()[0].is_number() ||
      !given.as_list()[1].is_number())
    b.refuse("without numbers as `value_range`");
  const double low = given.as_list()[0].as_double(), high = given.as_list()[1].as_double();
  if (!(low < high)) b.refuse("with an absurd value_range");
  return ((x - Config(low)) / Config(high - low) * Config(static_cast<double>(count)))
      .of("Floor")
      .of("Clip", Config::dict({{"x_min", 0.0}, {"x_max", static_cast<double>(count - 1)}}))
      .cast("int32");
}
std::string dtype_of(const B& b) {
  const Config dtype = b.argument("dtype");
  return dtype.is_string() ? dtype.as_string() : "int32";
}
void histogram_bins(B& b) { parts(b, b.integer("nbins", 100)).cast(dtype_of(b)); }
void histogram(B& b) {
  const int64_t count = b.integer("nbins", 100);
  const TfValue flat = parts(b, count).reshape(flat_shape);
  flat.of("OnesLike")
      .with("SegmentSum", flat, Config::dict({{"num_segments", count}, {"sorted", false}}))
      .cast(dtype_of(b));
}

/// Of all elements in a row.
void rising(B& b, const char* comparison) {
  const TfValue flat = tf_value(b, "x", true).reshape(flat_shape);
  flat.at({tf_slice(1, Config())})
      .with(comparison, flat.at({tf_slice(0, -1)}))
      .over("All", nullptr);
}

/// tf.searchsorted as a graph node: how many of a row's numbers come before each value of that row.
void bound(B& b, const char* comparison) {
  const Config given = b.argument("sorted_inputs", true);
  const TfValue values = tf_value(b, "values").expand(-1);
  if (!given.is_list()) {
    values.with(comparison, tf_value(b, "sorted_inputs", true).expand(-2))
        .cast("int32")
        .over("Sum", -1);
    return;
  }
  Config rows = Config::list();
  for (const Config& row : given.as_list()) rows.push_back(Config::list({row}));
  values.with(comparison, tf_tensor_argument(rows, false)).cast("int32").over("Sum", -1);
}

constexpr TfFunction table[] = {
    {"lower_bound", [](B& b) { bound(b, "Greater"); }},
    {"upper_bound", [](B& b) { bound(b, "GreaterEqual"); }},
    {"bincount", bincount},
    {"confusion_matrix", confusion_matrix},
    {"histogram_fixed_width", histogram},
    {"histogram_fixed_width_bins", histogram_bins},
    {"is_non_decreasing", [](B& b) { rising(b, "GreaterEqual"); }},
    {"is_strictly_increasing", [](B& b) { rising(b, "Greater"); }},
};

}  // namespace

bool add_tf_counts(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
