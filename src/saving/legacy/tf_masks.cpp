/// TensorFlow's functions whose results have a size that hangs on the data, and masks.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config along_first = Config::dict({{"axis", 0}});
const Config flat_shape = Config::list({-1});

/// The rank of a tensor as a number that the graph computes.
TfValue rank_of(const TfValue& x) { return x.of("Shape").of("Shape").at({Config(0)}); }
/// Where a tensor of one dimension is not zero.
TfValue places_of(const TfValue& flat) { return flat.of("Nonzero"); }

/// The rows of indices at which a condition holds.
void where(B& b) {
  const TfValue condition = tf_value(b, "condition", true), sizes = condition.of("Shape");
  const TfValue places = places_of(condition.reshape(flat_shape));
  const TfValue inner = tf_concatenate(b, {tf_sizes(sizes, 1), tf_one_size(1)});
  const TfValue strides =
      inner.of("Flip", along_first).of("Cumprod", along_first).of("Flip", along_first);
  places.expand(-1).with("FloorDivide", strides).with("Mod", sizes).cast("int64");
}

/// A list of the file as what a node gives: an operation on constants alone has no place in a
/// graph. `beside` has an axis or more.
TfValue in_graph(const TfValue& beside, const Config& list) {
  return beside.of("Shape").at({tf_slice(0, 1)}) * Config(0) + tf_tensor_argument(list, false);
}

/// The leaves of nested lists, one after the other.
void leaves(const Config& list, Config& out) {
  if (!list.is_list()) {
    out.push_back(list);
    return;
  }
  for (const Config& item : list.as_list()) leaves(item, out);
}
int64_t depth_of(const Config& list) {
  return list.is_list() && list.size() ? 1 + depth_of(list.as_list()[0]) : list.is_list();
}
/// Where a list of the file is `wanted`.
Config places_in(const Config& list, const Config& wanted) {
  Config flat = Config::list(), places = Config::list();
  leaves(list, flat);
  for (size_t i = 0; i < flat.size(); ++i)
    if (flat.as_list()[i] == wanted) places.push_back(static_cast<int64_t>(i));
  return tf_tensor_argument(places, false);
}

/// The axes that a mask has, which begin at `axis`, become one, of which the mask picks.
void boolean_mask(B& b) {
  const TfValue x = tf_value(b, "tensor", true);
  const Config mask = b.argument("mask");
  const int64_t axis = b.integer("axis", 0);
  const bool literal = mask.is_list();
  if (!literal && !is_graph_tensor(mask)) b.refuse("without its mask");
  const int64_t depth = depth_of(mask);
  if (literal && depth == 1) {
    x.with("Take", places_in(mask, true), Config::dict({{"axis", axis}}));
    return;
  }
  if (axis < 0) b.refuse(text("with axis=", axis, ", which kcpp cannot read"));
  const TfValue sizes = x.of("Shape");
  const Config end = literal ? Config(axis + depth) : (rank_of({b, mask}) + Config(axis)).config();
  const TfValue shape =
      tf_concatenate(b, {tf_sizes(sizes, 0, axis), tf_one_size(-1), tf_sizes(sizes, end)});
  const Config places =
      literal ? places_in(mask, true) : places_of(TfValue{b, mask}.reshape(flat_shape)).config();
  x.reshape(shape).with("Take", places, Config::dict({{"axis", axis}}));
}

/// The elements in the order in which each comes first, where each is among them, and how often.
/// Keras has them sorted.
void unique(B& b, bool counts) {
  const TfValue found = tf_value(b, "x", true)
                            .of("Unique", Config::dict({{"sorted", true},
                                                        {"return_index", true},
                                                        {"return_inverse", true},
                                                        {"return_counts", counts},
                                                        {"axis", nullptr},
                                                        {"size", nullptr},
                                                        {"fill_value", nullptr}}));
  const Config last = Config::dict({{"axis", -1}});
  const TfValue order = found.result(1).of("Argsort", last);
  const Config dtype = b.argument("out_idx");
  const auto whole = [&](const TfValue& t) {
    return t.cast(dtype.is_string() ? dtype.as_string() : "int32");
  };
  Config::List out{found.with("Take", order, along_first),
                   whole(order.of("Argsort", last).with("Take", found.result(2), along_first))};
  if (counts) out.push_back(whole(found.result(3).with("Take", order, along_first)));
  b.give(out);
}

/// What belongs to 0, to 1 .. of the partitions.
void dynamic_partition(B& b) {
  const Config given = b.argument("data", true), partitions = b.argument("partitions");
  const int64_t count = b.integer("num_partitions", 0);
  if (count < 1 || count > 10000) b.refuse("with an absurd number of partitions");
  const bool literal = partitions.is_list();
  if (!literal && !is_graph_tensor(partitions)) b.refuse("without its partitions");
  const Config rank = literal ? Config(depth_of(partitions)) : rank_of({b, partitions}).config();
  const TfValue data = given.is_list() && is_graph_tensor(partitions)
                           ? in_graph({b, partitions}, given)
                           : tf_value(b, "data", true);
  const TfValue rows =
      data.reshape(tf_concatenate(b, {tf_one_size(-1), tf_sizes(data.of("Shape"), rank)}));
  const Config ids = literal ? Config() : TfValue{b, partitions}.reshape(flat_shape).config();
  Config::List out;
  for (int64_t i = 0; i < count; ++i) {
    const Config places =
        literal ? places_in(partitions, i) : places_of(TfValue{b, ids}.with("Equal", i)).config();
    out.push_back(rows.with("Take", places, along_first));
  }
  b.give(out);
}

/// The rows of several tensors at the places that several lists of indices tell; of two at the same
/// place, the last one.
void dynamic_stitch(B& b) {
  Config indices = b.argument("indices", true), data = b.argument("data");
  if (const int64_t count = b.integer("N", 0);
      count > 0 && indices.is_list() && indices.size() == 2 * static_cast<size_t>(count)) {
    const Config::List all = indices.as_list();  // a graph node has one list of both
    indices = Config::List(all.begin(), all.begin() + count);
    data = Config::List(all.begin() + count, all.end());
  }
  if (!indices.is_list() || !data.is_list() || data.size() != indices.size() || data.size() == 0)
    b.refuse("without lists of indices and of data");
  Config::List places, rows;
  for (size_t i = 0; i < data.size(); ++i) {
    const Config& index = indices.as_list()[i];
    const TfValue x{b, tf_tensor_argument(data.as_list()[i], false)};
    const bool literal = !is_graph_tensor(index);
    if (has_graph_tensor(index) == literal) b.refuse("with indices that kcpp cannot read");
    Config flat = Config::list();
    if (literal) leaves(index, flat);
    const Config rank = literal ? Config(depth_of(index)) : rank_of({b, index}).config();
    const TfValue flat_rows =
        x.reshape(tf_concatenate(b, {tf_one_size(-1), tf_sizes(x.of("Shape"), rank)}));
    rows.push_back(flat_rows);
    places.push_back(literal ? in_graph(flat_rows, flat) : TfValue{b, index}.reshape(flat_shape));
  }
  const TfValue all = tf_concatenate(b, rows), at = tf_concatenate(b, places);
  const TfValue empty =
      all.with("SegmentSum", at, Config::dict({{"num_segments", nullptr}, {"sorted", false}}))
          .of("ZerosLike");
  b.op("ScatterUpdate", {empty, at.expand(-1), all});
}

constexpr TfFunction table[] = {
    {"boolean_mask", boolean_mask},
    {"boolean_mask_v2", boolean_mask},
    {"unique", [](B& b) { unique(b, false); }},
    {"unique_with_counts", [](B& b) { unique(b, true); }},
    {"dynamic_partition", dynamic_partition},
    {"dynamic_stitch", dynamic_stitch},
};

}  // namespace

bool add_tf_mask(std::string_view name, TfBuilder& builder) {
  if (name == "where" && builder.argument("x").is_null() && builder.argument("y").is_null()) {
    where(builder);
    return true;
  }
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
