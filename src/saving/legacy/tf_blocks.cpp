/// TensorFlow's functions that take an image or a series apart into blocks or windows.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config along_first = Config::dict({{"axis", 0}});

/// A list of whole numbers, one an axis; a pair of them for paddings.
Config::List numbers(const B& b, const char* name, const Config& value) {
  if (!value.is_list() || value.size() == 0 || value.size() > 8 || has_graph_tensor(value))
    b.refuse(text("without numbers as `", name, "`"));
  return value.as_list();
}
Config::List blocks_of(const B& b) {
  const Config shape = b.argument("block_shape"), size = b.argument("block_size");
  if (shape.is_null() && size.is_int()) return {size, size};
  if (shape.is_int()) return {shape, shape};
  return numbers(b, "block_shape", shape);
}

/// The sizes of a tensor as a list of lists of numbers, which Concatenate makes one.
class Sizes {
 public:
  Sizes(B& b, const TfValue& x) : b_(b), sizes_(x.of("Shape")) {}
  TfValue at(size_t axis) const { return sizes_.at({tf_slice(whole(axis), whole(axis + 1))}); }
  TfValue from(size_t axis) const { return sizes_.at({tf_slice(whole(axis), Config())}); }
  /// All that come from `axis` on as their product: such axes stay together.
  TfValue product_from(size_t axis) const { return from(axis).over("Prod", nullptr, true); }
  static Config one(const Config& size) { return tf_tensor_argument(Config::list({size}), false); }
  TfValue joined(Config::List parts) const {
    return {b_, b_.op("Concatenate", {Config(std::move(parts))}, along_first)};
  }

 private:
  static Config whole(size_t axis) { return static_cast<int64_t>(axis); }
  B& b_;
  TfValue sizes_;
};

/// Zeros around, or less of it, along the axes behind the batch.
Config padding(size_t axes, const Config::List& pairs) {
  Config out = Config::list({Config::list({0, 0})});
  for (size_t i = 0; i < axes; ++i) out.push_back(pairs[i]);
  return out;
}

/// [batch, s1.., rest] -> [batch, s1 / b1, b1, .., rest] -> [b1, .., batch, s1 / b1, .., rest].
void space_to_batch(B& b, const char* given) {
  const Config::List blocks = blocks_of(b), pads = numbers(b, "paddings", b.argument("paddings"));
  const size_t axes = blocks.size();
  if (pads.size() != axes) b.refuse("with paddings for another number of axes");
  TfValue x{b, b.tensor(given, true)};
  const Sizes before(b, x);
  // All axes behind those of the blocks become one, so that the rank is known.
  Config::List flat;
  for (size_t i = 0; i <= axes; ++i) flat.push_back(before.at(i));
  flat.push_back(before.product_from(axes + 1));
  Config pairs = padding(axes, pads);
  pairs.push_back(Config::list({0, 0}));
  x = x.reshape(before.joined(flat))
          .of("Pad",
              Config::dict({{"pad_width", pairs}, {"mode", "constant"}, {"constant_values", 0}}));
  const Sizes sizes(b, x);
  Config::List apart{sizes.at(0)}, shape;
  Config order = Config::list();
  TfValue batch = sizes.at(0);
  for (size_t i = 0; i < axes; ++i) {
    apart.push_back(sizes.at(i + 1).with("FloorDivide", blocks[i]));
    shape.push_back(apart.back());
    apart.push_back(Sizes::one(blocks[i]));
    batch = batch * blocks[i];
    order.push_back(static_cast<int64_t>(2 * i + 2));
  }
  order.push_back(0);
  for (size_t i = 0; i < axes; ++i) order.push_back(static_cast<int64_t>(2 * i + 1));
  order.push_back(static_cast<int64_t>(2 * axes + 1));
  apart.push_back(sizes.at(axes + 1));
  shape.insert(shape.begin(), batch);
  shape.push_back(before.from(axes + 1));
  x.reshape(sizes.joined(apart))
      .of("Transpose", Config::dict({{"axes", order}}))
      .reshape(sizes.joined(shape));
}

/// The way back; crops are cut away in the end.
void batch_to_space(B& b) {
  const Config::List blocks = blocks_of(b), crops = numbers(b, "crops", b.argument("crops"));
  const size_t axes = blocks.size();
  if (crops.size() != axes) b.refuse("with crops for another number of axes");
  const TfValue x{b, b.tensor("input", true)};
  const Sizes sizes(b, x);
  Config::List apart, shape;
  Config order = Config::list({static_cast<int64_t>(axes)});
  TfValue batch = sizes.at(0);
  for (size_t i = 0; i < axes; ++i) {
    apart.push_back(Sizes::one(blocks[i]));
    batch = batch.with("FloorDivide", blocks[i]);
    shape.push_back(sizes.at(i + 1) * blocks[i]);
    order.push_back(static_cast<int64_t>(axes + 1 + i));
    order.push_back(static_cast<int64_t>(i));
  }
  order.push_back(static_cast<int64_t>(2 * axes + 1));
  apart.push_back(batch);
  for (size_t i = 0; i < axes; ++i) apart.push_back(sizes.at(i + 1));
  apart.push_back(sizes.product_from(axes + 1));
  shape.insert(shape.begin(), batch);
  shape.push_back(sizes.from(axes + 1));
  Config::List key{tf_all()};
  for (const Config& crop : crops) {
    if (!crop.is_list() || crop.size() != 2 || !crop.as_list()[1].is_int())
      b.refuse("without numbers as `crops`");
    const int64_t end = crop.as_list()[1].as_int();
    key.push_back(tf_slice(crop.as_list()[0], end ? Config(-end) : Config()));
  }
  x.reshape(sizes.joined(apart))
      .of("Transpose", Config::dict({{"axes", order}}))
      .reshape(sizes.joined(shape))
      .at(key);
}

/// The middle two of a list of four.
Config middle(const B& b, const char* name) {
  const Config value = b.argument(name);
  if (!value.is_list() || value.size() != 4) return Config(1);
  return Config(Config::List(value.as_list().begin() + 1, value.as_list().begin() + 3));
}

/// The first axes of nested lists in reverse.
Config mirrored(const Config& list, int axes) {
  if (!list.is_list() || axes == 0) return list;
  Config out = Config::list();
  for (size_t i = list.size(); i-- > 0;) out.push_back(mirrored(list.as_list()[i], axes - 1));
  return out;
}
/// Lists of lists as one list.
Config joined_rows(const Config& list) {
  Config out = Config::list();
  for (const Config& row : list.as_list())
    for (const Config& item : row.as_list("filters")) out.push_back(item);
  return out;
}

/// The largest of a window's elements, each with what the filter adds: grey-scale morphology.
/// Erosion is the dilation of the negative image with the mirrored filter.
void morphology(B& b, bool erosion) {
  TfValue x{b, b.tensor(erosion ? "value" : "input", true)};
  Config literal = b.argument(b.argument("filters").is_null() ? "kernel" : "filters");
  if (erosion && literal.is_list()) literal = mirrored(literal, 2);
  TfValue filter{b, tf_tensor_argument(literal, false)};
  Config rows, columns;
  if (is_graph_tensor(literal)) {
    const TfValue sizes = filter.of("Shape");
    rows = sizes.at({Config(0)});
    columns = sizes.at({Config(1)});
  } else {
    const Config* first = literal.is_list() && literal.size() ? &literal.as_list()[0] : nullptr;
    if (!first || !first->is_list()) b.refuse("without its filters");
    rows = static_cast<int64_t>(literal.size());
    columns = static_cast<int64_t>(first->size());
  }
  if (erosion) {
    x = -x;
    if (is_graph_tensor(literal))
      filter = filter.of("Flip", Config::dict({{"axis", Config::list({0, 1})}}));
  }
  const Config padding = tf_lower(b.argument("padding"));
  const auto windows = [&](const TfValue& image) {
    return image.of("ExtractPatches",
                    Config::dict({{"size", Config::list({rows, columns})},
                                  {"strides", middle(b, "strides")},
                                  {"dilation_rate", middle(b, "dilations")},
                                  {"padding", padding.is_string() ? padding : Config("valid")},
                                  {"data_format", "channels_last"}}));
  };
  const TfValue patches = windows(x);
  const Sizes sizes(b, patches), image(b, x);
  const TfValue shape =
      sizes.joined({sizes.at(0), sizes.at(1), sizes.at(2), Sizes::one(-1), image.at(3)});
  // What lies beside the image, where `windows` has zeros, is never the largest.
  const TfValue inside = windows(x.of("OnesLike")).reshape(shape).with("Greater", 0.5);
  const TfValue added = is_graph_tensor(literal)
                            ? filter.reshape(sizes.joined({Sizes::one(-1), image.at(3)}))
                            : TfValue{b, tf_tensor_argument(joined_rows(literal), false)};
  const TfValue sums = patches.reshape(shape) + added;
  const TfValue largest = sums.where(inside, -3e38).over("Max", -2);
  if (erosion) -largest;
}

constexpr TfFunction table[] = {
    {"space_to_batch", [](B& b) { space_to_batch(b, "input"); }},
    {"space_to_batch_nd", [](B& b) { space_to_batch(b, "input"); }},
    {"batch_to_space", batch_to_space},
    {"batch_to_space_nd", batch_to_space},
    {"dilation2d", [](B& b) { morphology(b, false); }},
    {"erosion2d", [](B& b) { morphology(b, true); }},
};

}  // namespace

bool add_tf_block_function(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
