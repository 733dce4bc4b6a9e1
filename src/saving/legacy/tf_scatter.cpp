/// TensorFlow's functions that write by indices, and those that add up what belongs together.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

TfValue argument(B& b, const char* name, bool first = false) { return {b, b.tensor(name, first)}; }

void scatter(B& b, const char* reduction) {
  b.op("ScatterUpdate", {b.tensor("tensor", true), b.tensor("indices"), b.tensor("updates")},
       Config::dict({{"reduction", reduction}}));
}
void scatter_subtract(B& b) {
  b.op("ScatterUpdate", {b.tensor("tensor", true), b.tensor("indices"), -argument(b, "updates")},
       Config::dict({{"reduction", "add"}}));
}

/// Data and the segments that they belong to: one index for each row.
struct Segments {
  TfValue data, ids;
  Config config;
};

/// TensorFlow's segments are sorted, and as many as the largest index tells; unsorted ones may have
/// indices of several dimensions, which are made one.
Segments segments_of(B& b) {
  const TfValue data = argument(b, "data", true);
  const TfValue ids = argument(b, "segment_ids");
  const Config count = b.argument("num_segments");
  Config config = Config::dict({{"num_segments", count}, {"sorted", count.is_null()}});
  const Config given = b.argument("segment_ids");
  if (given.is_list() && given.size() && !given.as_list()[0].is_list()) return {data, ids, config};
  const TfValue rank = ids.of("Shape").of("Shape").at({Config(0)});
  const TfValue rows = data.of("Shape").at({tf_slice(rank, Config())});
  const Config all = tf_tensor_argument(Config::list({-1}), false);
  const Config shape =
      b.op("Concatenate", {Config::list({all, rows})}, Config::dict({{"axis", 0}}));
  return {data.reshape(shape), ids.reshape(Config::list({-1})), config};
}
void segments(B& b, std::string_view op) {
  const Segments s = segments_of(b);
  s.data.with(op, s.ids, s.config);
}
/// The sum over the number of rows, or over its root; a segment without rows has zeros.
void mean(B& b, bool root) {
  const Segments s = segments_of(b);
  const TfValue sum = s.data.with("SegmentSum", s.ids, s.config);
  const TfValue rows = s.data.of("OnesLike").with("SegmentSum", s.ids, s.config);
  const TfValue count = rows.with("Maximum", 1.0);
  sum / (root ? count.of("Sqrt") : count);
}

constexpr TfFunction table[] = {
    {"tensor_scatter_nd_add", [](B& b) { scatter(b, "add"); }},
    {"tensor_scatter_add", [](B& b) { scatter(b, "add"); }},
    {"tensor_scatter_nd_sub", scatter_subtract},
    {"tensor_scatter_sub", scatter_subtract},
    {"tensor_scatter_nd_max", [](B& b) { scatter(b, "max"); }},
    {"tensor_scatter_nd_min", [](B& b) { scatter(b, "min"); }},
    {"segment_sum", [](B& b) { segments(b, "SegmentSum"); }},
    {"segment_prod", [](B& b) { segments(b, "SegmentProd"); }},
    {"segment_max", [](B& b) { segments(b, "SegmentMax"); }},
    {"segment_min", [](B& b) { segments(b, "SegmentMin"); }},
    {"segment_mean", [](B& b) { mean(b, false); }},
    {"unsorted_segment_sum", [](B& b) { segments(b, "SegmentSum"); }},
    {"unsorted_segment_prod", [](B& b) { segments(b, "SegmentProd"); }},
    {"unsorted_segment_max", [](B& b) { segments(b, "SegmentMax"); }},
    {"unsorted_segment_min", [](B& b) { segments(b, "SegmentMin"); }},
    {"unsorted_segment_mean", [](B& b) { mean(b, false); }},
    {"unsorted_segment_sqrt_n", [](B& b) { mean(b, true); }},
};

}  // namespace

bool add_tf_scatter(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
