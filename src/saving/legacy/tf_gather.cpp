/// TensorFlow's functions that pick by indices, and matrices from diagonals. What they need to know
/// of their tensors' ranks and sizes is computed by Shape nodes, which mostly fold away when the
/// model is read (src/ops/deferred.cpp).
#include "src/saving/legacy/tf_builder.h"

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

/// Each row of `indices` is a place among the first axes: those are flattened, and it with them.
void gather_nd(B& b) {
  if (b.integer("batch_dims", 0) != 0) b.refuse("with batch_dims, which kcpp cannot read");
  const Config params = b.tensor("params", true), indices = b.tensor("indices");
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

void diagonal_matrix(B& b) {
  for (const auto& [key, otherwise] :
       {std::pair{"k", 0}, {"num_rows", -1}, {"num_cols", -1}, {"padding_value", 0}})
    if (b.number(key, otherwise) != otherwise)
      b.refuse(text("with ", key, ", which kcpp cannot read"));
  const Config x = b.tensor("diagonal", true), last = Config::dict({{"axis", -1}});
  const Config size = b.op("GetItem", {b.op("Shape", {x}), Config::list({-1})});
  const Config places = b.op(
      "Arange", {}, Config::dict({{"start", 0}, {"stop", size}, {"step", 1}, {"dtype", "int32"}}));
  const Config there = b.op("Equal", {b.op("ExpandDims", {places}, last), places});
  b.op("Where", {there, b.op("ExpandDims", {x}, last), 0.0});
}

/// TensorFlow's segments are sorted, and as many as the largest index tells.
void segments(B& b, std::string_view op) {
  b.op(op, {b.tensor("data", true), b.tensor("segment_ids")},
       Config::dict({{"num_segments", nullptr}, {"sorted", true}}));
}

constexpr TfFunction table[] = {
    {"gather_nd", gather_nd},
    {"invert_permutation",
     [](B& b) {
       b.op("Argsort", {b.tensor("x", true)}, Config::dict({{"axis", -1}}));
     }},
    {"diag", diagonal_matrix},
    {"segment_sum", [](B& b) { segments(b, "SegmentSum"); }},
    {"segment_prod", [](B& b) { segments(b, "SegmentProd"); }},
    {"segment_max", [](B& b) { segments(b, "SegmentMax"); }},
    {"segment_min", [](B& b) { segments(b, "SegmentMin"); }},
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
