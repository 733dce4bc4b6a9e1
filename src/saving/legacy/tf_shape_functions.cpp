/// TensorFlow's functions of shapes, positions and slices.
#include <algorithm>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

/// A number as a tensor of that type.
Config scalar(const Config& value, const std::string& dtype) {
  if (!value.is_number()) return value;
  return Config::dict({{"class_name", "__tensor__"},
                       {"config", Config::dict({{"value", value}, {"dtype", dtype}})}});
}
std::string dtype_of_argument(const B& b) {
  const Config dtype = b.argument("dtype");
  return dtype.is_string() ? dtype.as_string() : "float32";
}

/// tf.zeros, tf.ones, tf.fill.
void filled(B& b, const char* sizes, const Config& value) {
  const Config shape = b.argument(sizes, true);
  b.op("BroadcastTo", {value}, Config::dict({{"shape", shape}}));
}
void range(B& b) {
  Config start = b.argument("start", true), limit = b.argument("limit"), step = b.argument("delta");
  if (limit.is_null()) {
    limit = start;
    start = Config(0);
  }
  if (step.is_null()) step = Config(1);
  Config config = Config::dict({{"start", start}, {"stop", limit}, {"step", step}});
  const Config dtype = b.argument("dtype");
  config.set("dtype", dtype.is_string() ? dtype : Config("int32"));
  b.op("Arange", {}, std::move(config));
}
void rank(B& b) {
  const Config shape = b.op("Shape", {b.tensor("input", true)});
  b.op("GetItem", {b.op("Shape", {shape}), Config::list({0})});
}
void size(B& b) {
  const Config shape = b.op("Shape", {b.tensor("input", true)});
  b.op("Prod", {shape}, Config::dict({{"axis", nullptr}, {"keepdims", false}}));
}
void sequence_mask(B& b) {
  const Config length = b.argument("maxlen");
  if (length.is_null()) b.refuse("without its maxlen");
  const Config lengths =
      b.op("ExpandDims", {b.tensor("lengths", true)}, Config::dict({{"axis", -1}}));
  const Config positions = tf_numbers(b, length);
  const Config mask = b.op("Less", {positions, lengths});
  const Config dtype = b.argument("dtype");
  if (dtype.is_string()) b.op("Cast", {mask}, Config::dict({{"dtype", dtype}}));
}
/// The numbers of a list, or of a tensor with `count` of them.
Config items(B& b, const Config& list, size_t count) {
  if (!is_graph_tensor(list)) return list;
  Config out = Config::list();
  for (size_t i = 0; i < count; ++i)
    out.push_back(b.op("GetItem", {list, Config::list({static_cast<int64_t>(i)})}));
  return out;
}
/// tf.slice: sizes of -1 reach to the end.
void slice_by_size(B& b) {
  Config begin = b.argument("begin"), sizes = b.argument("size");
  if (is_graph_tensor(begin) && is_graph_tensor(sizes)) {
    const TfValue x{b, b.tensor("input_", true)}, size{b, sizes};
    const TfValue rest = x.of("Shape") - begin;  // where the size is -1
    x.of("Slice",
         Config::dict({{"start_indices", begin},
                       {"shape", size.where(size.with("GreaterEqual", 0), rest).config()}}));
    return;
  }
  if (begin.is_list()) sizes = items(b, sizes, begin.size());
  if (sizes.is_list()) begin = items(b, begin, sizes.size());
  if (!begin.is_list() || !sizes.is_list() || begin.size() != sizes.size())
    b.refuse("at places that the model computes, which kcpp cannot read");
  Config key = Config::list();
  for (size_t i = 0; i < begin.size(); ++i) {
    const Config &start = begin.as_list()[i], &length = sizes.as_list()[i];
    Config stop = length;
    if (length == Config(-1)) {
      stop = Config();
    } else if (is_graph_tensor(length)) {  // it may be -1 too
      const TfValue size{b, length};
      const TfValue whole =
          TfValue{b, b.tensor("input_", true)}.of("Shape").at({Config(static_cast<int64_t>(i))});
      stop = (size + start).where(size.with("GreaterEqual", 0), whole);
    } else if (start.is_int() && length.is_int()) {
      stop = Config(start.as_int() + length.as_int());
    } else if (start != Config(0)) {
      stop = b.op("Add", {start, length});
    }
    key.push_back(tf_slice(start, stop));
  }
  b.op("GetItem", {b.tensor("input_", true), key});
}
/// Bits of the masks stand for what a place does not say.
void strided_slice(B& b) {
  Config begin = b.argument("begin"), end = b.argument("end"), steps = b.argument("strides");
  size_t count = 0;
  for (const Config* places : {&begin, &end, &steps})
    if (places->is_list()) count = std::max(count, places->size());
  if (count > 60) b.refuse("with an absurd number of places");
  begin = items(b, begin, count);
  end = items(b, end, count);
  steps = items(b, steps, count);
  if (!begin.is_list() || !end.is_list() || begin.size() != count || end.size() != count)
    b.refuse("at places that the model computes, which kcpp cannot read");
  const auto mask = [&](const char* name) { return b.integer(name, 0); };
  const int64_t no_begin = mask("begin_mask"), no_end = mask("end_mask"),
                ellipsis = mask("ellipsis_mask"), added = mask("new_axis_mask"),
                shrink = mask("shrink_axis_mask");
  Config key = Config::list();
  for (size_t i = 0; i < count; ++i) {
    const int64_t bit = int64_t{1} << i;
    if (ellipsis & bit) {
      key.push_back(tf_ellipsis());
    } else if (added & bit) {
      key.push_back(Config());
    } else if (shrink & bit) {
      key.push_back(begin.as_list()[i]);
    } else {
      key.push_back(tf_slice(no_begin & bit ? Config() : begin.as_list()[i],
                             no_end & bit ? Config() : end.as_list()[i],
                             i < steps.size() ? steps.as_list()[i] : Config()));
    }
  }
  b.op("GetItem", {b.tensor("input_", true), key});
}
void crop_to_bounding_box(B& b) {
  const int64_t top = b.integer("offset_height", 0), left = b.integer("offset_width", 0),
                height = b.integer("target_height", 0), width = b.integer("target_width", 0);
  b.op("GetItem",
       {b.tensor("image", true),
        Config::list({Config::dict({{"class_name", "__ellipsis__"}}), tf_slice(top, top + height),
                      tf_slice(left, left + width), tf_slice(Config(), Config())})});
}
void pad_to_bounding_box(B& b) {
  b.op("PadImages", {b.tensor("image", true)},
       Config::dict({{"top_padding", b.integer("offset_height", 0)},
                     {"left_padding", b.integer("offset_width", 0)},
                     {"target_height", b.integer("target_height", 0)},
                     {"target_width", b.integer("target_width", 0)},
                     {"data_format", "channels_last"}}));
}
/// 1 where the index is, else 0; then on_value and off_value in their place.
void one_hot(B& b) {
  const Config dtype = b.argument("dtype");
  const Config hot = b.op("OneHot", {b.tensor("indices", true)},
                          Config::dict({{"num_classes", b.argument("depth")},
                                        {"axis", b.integer("axis", -1)},
                                        {"dtype", dtype.is_string() ? dtype : Config("float32")}}));
  const double on = b.number("on_value", 1), off = b.number("off_value", 0);
  if (on != 1 || off != 0) b.op("Add", {b.op("Multiply", {hot, on - off}), off});
}

/// Ones where row and column are equal.
void eye(B& b) {
  if (b.argument("batch_shape").is_list()) b.refuse("with batch_shape, which kcpp cannot read");
  const Config rows = b.argument("num_rows", true), columns = b.argument("num_columns");
  const auto places = [&](const Config& count) { return TfValue{b, tf_numbers(b, count)}; };
  places(rows)
      .expand(-1)
      .with("Equal", places(columns.is_null() ? rows : columns))
      .cast(dtype_of_argument(b));
}

void zeros(B& b) { filled(b, "shape", scalar(0, dtype_of_argument(b))); }
void ones(B& b) { filled(b, "shape", scalar(1, dtype_of_argument(b))); }
void fill(B& b) {
  const Config value = b.argument("value");
  filled(b, "dims", scalar(value, value.is_int() ? "int32" : "float32"));
}

constexpr TfFunction table[] = {
    {"zeros", zeros},
    {"ones", ones},
    {"fill", fill},
    {"eye", eye},
    {"range", range},
    {"rank", rank},
    {"size", size},
    {"size_v2", size},
    {"sequence_mask", sequence_mask},
    {"slice", slice_by_size},
    {"strided_slice", strided_slice},
    {"crop_to_bounding_box", crop_to_bounding_box},
    {"pad_to_bounding_box", pad_to_bounding_box},
    {"one_hot", one_hot},
};

}  // namespace

bool add_tf_shape_function(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
