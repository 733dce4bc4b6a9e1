/// TensorFlow's functions that pick by indices, and matrices from diagonals. What they need to know
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
Config concatenate(B& b, Config::List parts) {
  return b.op("Concatenate", {Config(std::move(parts))}, along_first);
}
Config one_size(int64_t size) { return tf_tensor_argument(Config::list({size}), false); }

/// tf.gather with batch_dims: take_along_axis, whose indices have the rank of what they pick from.
void gather_in_batches(B& b) {
  const int64_t batch = b.integer("batch_dims", 0);
  if (batch < 0 || b.integer("axis", batch) != batch)
    b.refuse(text("with batch_dims=", batch, " and another axis, which kcpp cannot read"));
  const Config params = b.tensor("params", true), indices = b.tensor("indices");
  const Config sizes = b.op("Shape", {indices});
  const Config rest = b.op("GetItem", {b.op("Shape", {params}),  // of one of the picked slices
                                       Config::list({tf_slice(batch + 1, Config())})});
  const Config own = b.op("GetItem", {sizes, Config::list({tf_slice(batch, Config())})});
  const Config count = b.op("Prod", {own}, Config::dict({{"axis", nullptr}, {"keepdims", true}}));
  const Config outer = b.op("GetItem", {sizes, Config::list({tf_slice(0, batch)})});
  const Config flat =  // [batch.., count, 1..]
      reshape(b, indices, concatenate(b, {outer, count, b.op("OnesLike", {rest})}));
  const Config taken = b.op("TakeAlongAxis", {params, flat}, Config::dict({{"axis", batch}}));
  reshape(b, taken, concatenate(b, {sizes, rest}));
}

/// The indices of each sample behind that sample's own one.
Config with_batch_index(B& b) {
  const TfValue indices{b, b.tensor("indices")};
  const TfValue sizes = indices.of("Shape");
  const TfValue numbers{b, tf_numbers(b, sizes.at({Config(0)}))};
  const TfValue ones = sizes.at({tf_slice(1, Config())}).of("OnesLike");
  const TfValue column = numbers.reshape(concatenate(b, {one_size(-1), ones}));
  const TfValue zeros = indices.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike");
  return b.op("Concatenate", {Config::list({zeros + column, indices})},
              Config::dict({{"axis", -1}}));
}

/// Each row of `indices` is a place among the first axes: those are flattened, and it with them.
void gather_nd(B& b) {
  const int64_t batch = b.integer("batch_dims", 0);
  if (batch != 0 && batch != 1) b.refuse(text("with batch_dims=", batch));
  const Config params = b.tensor("params", true);
  const Config indices = batch ? with_batch_index(b) : b.tensor("indices");
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
  const Config inner =
      concatenate(b, {b.op("GetItem", {sizes, Config::list({tf_slice(1, depth)})}), one_size(1)});
  const Config products = b.op("Cumprod", {b.op("Flip", {inner}, along_first)}, along_first);
  const Config strides = b.op("Flip", {products}, along_first);
  const Config places = b.op("Sum", {b.op("Multiply", {indices, strides})},
                             Config::dict({{"axis", -1}, {"keepdims", false}}));
  const Config rest = b.op("GetItem", {sizes, Config::list({tf_slice(depth, Config())})});
  const Config rows = reshape(b, params, concatenate(b, {one_size(-1), rest}));
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
      concatenate(b, {sizes.at({tf_slice(0, 2)}), ones}));  // the rank of what is picked from
  x = x.with("TakeAlongAxis", flat, Config::dict({{"axis", 1}}));
  if (along != 1) x.swap(1, along);
}

void diagonal_matrix(B& b) {
  for (const auto& [key, otherwise] :
       {std::pair{"k", 0}, {"num_rows", -1}, {"num_cols", -1}, {"padding_value", 0}})
    if (b.number(key, otherwise) != otherwise)
      b.refuse(text("with ", key, ", which kcpp cannot read"));
  const Config x = b.tensor("diagonal", true), last = Config::dict({{"axis", -1}});
  const Config size = b.op("GetItem", {b.op("Shape", {x}), Config::list({-1})});
  const Config places = tf_numbers(b, size);
  const Config there = b.op("Equal", {b.op("ExpandDims", {places}, last), places});
  b.op("Where", {there, b.op("ExpandDims", {x}, last), 0.0});
}

constexpr TfFunction table[] = {
    {"gather_nd", gather_nd},
    {"unravel_index", unravel_index},
    {"reverse_sequence", reverse_sequence},
    {"invert_permutation",
     [](B& b) {
       b.op("Argsort", {b.tensor("x", true)}, Config::dict({{"axis", -1}}));
     }},
    {"diag", diagonal_matrix},
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
