/// TensorFlow's functions that pick by indices. What they need to know
/// of their tensors' ranks and sizes is computed by Shape nodes, which mostly fold away when the
/// model is read (src/ops/deferred.cpp).
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config along_first = Config::dict({{"axis", 0}});

Config reshape(B& b, const Config& x, const Config& shape) {
  return b.op("Reshape", {x}, Config::dict({{"newshape", shape}}));
}
/// Indices, which may stand in the file, as what a node gives; `params` has an axis or more.
TfValue indices_of(B& b, const TfValue& params) {
  const TfValue given = tf_value(b, "indices");
  if (is_graph_tensor(given)) return given;
  return params.of("Shape").at({tf_slice(0, 1)}) * Config(0) + given;
}

/// tf.gather with batch_dims: take_along_axis, whose indices have the rank of what they pick from.
/// The axis from which they pick stands behind those of the batch meanwhile.
void gather_in_batches(B& b) {
  const int64_t batch = b.integer("batch_dims", 0), axis = b.integer("axis", batch);
  if (batch < 0 || axis < -100 || axis > 100 || (axis >= 0 && axis < batch))
    b.refuse(text("with batch_dims=", batch, " and axis=", axis));
  const auto moved = [](const TfValue& t, int64_t from, int64_t to) {
    return from == to ? t : t.of("Moveaxis", Config::dict({{"source", from}, {"destination", to}}));
  };
  const TfValue given = tf_value(b, "params", true), params = moved(given, axis, batch);
  const TfValue indices = indices_of(b, given), sizes = indices.of("Shape");
  // Of one of the picked slices.
  const TfValue rest = tf_sizes(params.of("Shape"), batch + 1);
  const TfValue count = tf_sizes(sizes, batch).over("Prod", nullptr, true);
  const TfValue flat =
      indices.reshape(tf_concatenate(b, {tf_sizes(sizes, 0, batch), count, rest.of("OnesLike")}));
  const TfValue taken =
      moved(params.with("TakeAlongAxis", flat, Config::dict({{"axis", batch}})), batch, axis);
  const TfValue all = given.of("Shape");
  Config::List shape{tf_sizes(all, 0, axis), tf_sizes(sizes, batch)};
  if (axis != -1) shape.push_back(tf_sizes(all, axis + 1));
  taken.reshape(tf_concatenate(b, shape));
}
/// All axes of the indices but the last are those of the batch.
void batch_gather(B& b) {
  const TfValue params = tf_value(b, "params", true);
  const TfValue indices = indices_of(b, params), sizes = indices.of("Shape");
  const TfValue rank = sizes.of("Shape").at({Config(0)});
  const TfValue rest = tf_sizes(params.of("Shape"), rank);
  const TfValue flat = indices.reshape(tf_concatenate(b, {sizes, rest.of("OnesLike")}));
  params.with("TakeAlongAxis", flat, Config::dict({{"axis", (rank - Config(1)).config()}}));
}

/// The indices of each sample behind where that sample is among the first axes.
Config with_batch_index(B& b, int64_t batch) {
  const TfValue indices = indices_of(b, tf_value(b, "params", true));
  const TfValue sizes = indices.of("Shape");
  const TfValue zeros = indices.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike");
  Config::List parts;
  for (int64_t axis = 0; axis < batch; ++axis) {
    const TfValue numbers{b, tf_numbers(b, sizes.at({Config(axis)}))};
    const TfValue ones = tf_sizes(sizes, axis + 1).of("OnesLike");
    parts.push_back(zeros + numbers.reshape(tf_concatenate(b, {tf_one_size(-1), ones})));
  }
  parts.push_back(indices);
  return tf_concatenate(b, parts, -1);
}

/// Each row of `indices` is a place among the first axes: those are flattened, and it with them.
void gather_nd(B& b) {
  const int64_t batch = b.integer("batch_dims", 0);
  if (batch < 0 || batch > 8) b.refuse(text("with batch_dims=", batch));
  const Config params = b.tensor("params", true);
  const Config indices = batch ? with_batch_index(b, batch) : b.tensor("indices");
  const Config sizes = b.op("Shape", {params});
  Config depth;  // how many axes a row tells
  if (is_graph_tensor(indices)) {
    depth = b.op("GetItem", {b.op("Shape", {indices}), Config::list({-1})});
  } else {
    Config row = b.argument("indices");
    while (row.is_list() && row.size() && row.as_list()[0].is_list())
      row = Config(row.as_list()[0]);
    depth = static_cast<int64_t>(row.size());
  }
  const Config inner = tf_concatenate(
      b, {b.op("GetItem", {sizes, Config::list({tf_slice(1, depth)})}), tf_one_size(1)});
  const Config products = b.op("Cumprod", {b.op("Flip", {inner}, along_first)}, along_first);
  const Config strides = b.op("Flip", {products}, along_first);
  const Config places = b.op("Sum", {b.op("Multiply", {indices, strides})},
                             Config::dict({{"axis", -1}, {"keepdims", false}}));
  const Config rest = b.op("GetItem", {sizes, Config::list({tf_slice(depth, Config())})});
  const Config rows = reshape(b, params, tf_concatenate(b, {tf_one_size(-1), rest}));
  b.op("Take", {rows, places}, along_first);
}

/// One tensor of indices an axis becomes a row each.
void unravel_index(B& b) {
  const Config sizes = b.argument("dims");
  if (!sizes.is_list() || has_graph_tensor(sizes)) b.refuse("without numbers as `dims`");
  const Config first =
      b.op("UnravelIndex", {b.tensor("indices", true)}, Config::dict({{"shape", sizes}}));
  Config::List rows;
  for (size_t i = 0; i < sizes.size(); ++i)
    rows.push_back(B::output(first, static_cast<int64_t>(i)));
  b.op("Stack", {Config(std::move(rows))}, along_first);
}

/// The first elements of each sample in reverse, as many as its length says.
void reverse_sequence(B& b) {
  const auto axis = [&](const char* name, const char* old, int64_t otherwise) {
    return b.argument(name).is_int() ? b.integer(name, 0) : b.integer(old, otherwise);
  };
  const int64_t along = axis("seq_axis", "seq_dim", 0), batch = axis("batch_axis", "batch_dim", 0);
  if (batch != 0 || along < 1) b.refuse(text("with batch_axis=", batch, " and seq_axis=", along));
  TfValue x{b, b.tensor("input", true)};
  if (along != 1) x = x.swap(1, along);
  const TfValue sizes = x.of("Shape");
  const TfValue places{b, tf_numbers(b, sizes.at({Config(1)}))};
  const Config given = b.argument("seq_lengths");
  Config column = Config::list();  // one length a row
  if (given.is_list())
    for (const Config& length : given.as_list()) column.push_back(Config::list({length}));
  const Config lengths = given.is_list() ? tf_tensor_argument(column, false)
                                         : TfValue{b, given}.expand(-1).cast("int32").config();
  const TfValue back = (-places - Config(1)) + lengths;
  const TfValue picked = back.where(places.with("Less", lengths), places);
  const TfValue ones = sizes.at({tf_slice(2, Config())}).of("OnesLike");
  const TfValue flat = picked.reshape(
      tf_concatenate(b, {sizes.at({tf_slice(0, 2)}), ones}));  // the rank of what is picked from
  x = x.with("TakeAlongAxis", flat, Config::dict({{"axis", 1}}));
  if (along != 1) x.swap(1, along);
}

constexpr TfFunction table[] = {
    {"gather_nd", gather_nd},
    {"batch_gather", batch_gather},
    {"unravel_index", unravel_index},
    {"reverse_sequence", reverse_sequence},
    {"invert_permutation",
     [](B& b) {
       b.op("Argsort", {b.tensor("x", true)}, Config::dict({{"axis", -1}}));
     }},
    {"meshgrid", [](B& b) { b.refuse("whose tensors TensorFlow left out of the file"); }},
};

}  // namespace

bool add_tf_gather(std::string_view name, TfBuilder& builder) {
  if (name == "gather" && builder.integer("batch_dims", 0) != 0) {
    gather_in_batches(builder);
    return true;
  }
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
