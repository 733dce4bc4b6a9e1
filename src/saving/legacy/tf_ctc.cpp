/// TensorFlow's connectionist temporal classification. Labels that TensorFlow has as a sparse
/// tensor are rows filled up with -1, and only what stands here takes such ones.
#include <algorithm>

#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

/// The last of the classes is the blank where nothing else is said.
constexpr int64_t last_class = -1;

Config marked(Config tensor) {
  tensor.find("config")->set("sparse", true);
  return tensor;
}
/// (time, batch, classes), or the batch first.
TfValue batch_first(const TfValue& x, bool time_first) { return time_first ? x.swap(0, 1) : x; }

void dense_to_sparse(B& b) {
  const TfValue labels = tf_value(b, "labels", true);
  const Config given = b.argument("label_lengths");
  const TfValue places{b, tf_numbers(b, labels.of("Shape").at({Config(1)}))};
  Config column = Config::list();
  if (given.is_list())
    for (const Config& length : given.as_list()) column.push_back(Config::list({length}));
  const Config lengths = given.is_list() ? tf_tensor_argument(column, false)
                                         : tf_value(b, "label_lengths").expand(-1).config();
  b.give({marked(labels.where(places.with("Less", lengths), -1))});
}
void cast(B& b) {
  b.give(
      {marked(tf_value(b, "x", true).of("Cast", Config::dict({{"dtype", b.argument("dtype")}})))});
}
void loss(B& b, bool first_version) {
  if (b.flag("preprocess_collapse_repeated") || b.argument("ctc_merge_repeated") == Config(false))
    b.refuse("with preprocess_collapse_repeated or without ctc_merge_repeated");
  const TfValue labels = tf_value(b, "labels", true);
  const bool sparse = is_sparse_tensor(labels);
  if (first_version && !sparse) b.refuse("of labels that are no sparse tensor");
  const char* logits = b.argument("logits").is_null() ? "inputs" : "logits";
  const char* time_first = first_version ? "time_major" : "logits_time_major";
  const TfValue x = batch_first(tf_value(b, logits), b.argument(time_first) != Config(false));
  const Config steps = b.tensor(first_version ? "sequence_length" : "logit_length");
  const Config count = sparse
                           ? labels.with("GreaterEqual", 0).cast("int32").over("Sum", -1).config()
                           : b.tensor("label_length");
  const Config blank = first_version ? Config(last_class) : b.integer("blank_index", 0);
  b.op("CTCLoss", {sparse ? labels.with("Maximum", 0) : labels, x, count, steps},
       Config::dict({{"mask_index", blank}}));
}

/// Labels that follow themselves go, and what is behind them moves up.
TfValue without_repeated(B& b, const TfValue& rows) {
  const TfValue before =
      tf_concatenate(b,
                     {rows.at({tf_ellipsis(), tf_slice(0, 1)}).of("ZerosLike") - Config(2),
                      rows.at({tf_ellipsis(), tf_slice(0, -1)})},
                     -1);
  const TfValue keep = rows.with("NotEqual", before);
  const TfValue size = rows.of("Shape").at({Config(-1)});
  const TfValue places{b, tf_numbers(b, size)};
  const TfValue order =
      places.where(keep, places + size).of("Argsort", Config::dict({{"axis", -1}}));
  return rows.where(keep, -1).with("TakeAlongAxis", order, Config::dict({{"axis", -1}}));
}

struct Decoder {
  bool beams = false, merge = true;
  int64_t width = 100, paths = 1, blank = last_class;
};
/// The paths, likeliest first, and their scores.
struct Decoded {
  std::vector<TfValue> paths;
  TfValue scores;
};
Decoded decode(B& b, const TfValue& logits, const Config& lengths, const Decoder& d) {
  if (d.paths < 1 || d.paths > 1000 || d.width < d.paths || d.width > 100000)
    b.refuse("with an absurd beam_width or top_paths");
  const TfValue all{b, b.op("CTCDecode", {logits, lengths},
                            Config::dict({{"strategy", d.beams ? "beam_search" : "greedy"},
                                          {"beam_width", d.width},
                                          {"top_paths", d.paths},
                                          {"merge_repeated", d.merge},
                                          {"mask_index", d.blank}}))};
  Decoded out{{}, all.result(1)};
  for (int64_t i = 0; i < d.paths; ++i) {
    const TfValue path = all.at({Config(i)});
    out.paths.push_back((d.beams && d.merge ? without_repeated(b, path) : path).cast("int64"));
  }
  return out;
}
/// The functions of TensorFlow: sparse paths.
void decoder(B& b, Decoder d) {
  const Decoded found =
      decode(b, batch_first(tf_value(b, "inputs", true), true), b.tensor("sequence_length"), d);
  Config::List out;
  for (const TfValue& path : found.paths) out.push_back(marked(path));
  out.push_back(found.scores);
  b.give(out);
}
void greedy(B& b) {
  decoder(b, {.merge = b.argument("merge_repeated") != Config(false),
              .blank = b.integer("blank_index", last_class)});
}
void beam_search(B& b) {
  decoder(b, {.beams = true,
              .merge = b.argument("merge_repeated") != Config(false),
              .width = b.integer("beam_width", 100),
              .paths = b.integer("top_paths", 1)});
}
/// The function of Keras's backend: of probabilities, and dense paths.
void keras_decode(B& b) {
  const bool beams = b.argument("greedy") == Config(false);
  const TfValue logits = (tf_value(b, "y_pred", true) + Config(1e-7)).of("Log");
  const Config given = b.tensor("input_length");
  const Config lengths = is_graph_tensor(given) ? TfValue{b, given}.cast("int32").config() : given;
  const Decoded found = decode(b, logits, lengths,
                               {.beams = beams,
                                .width = b.integer("beam_width", 100),
                                .paths = beams ? b.integer("top_paths", 1) : 1});
  Config::List out(found.paths.begin(), found.paths.end());
  out.push_back(found.scores);
  b.give(out);
}

constexpr TfFunction of_sparse[] = {
    {"cast", cast},
    {"ctc_loss", [](B& b) { loss(b, b.argument("logits").is_null()); }},
    {"ctc_loss_v2", [](B& b) { loss(b, false); }},
};
constexpr TfFunction table[] = {
    {"ctc_label_dense_to_sparse", dense_to_sparse}, {"ctc_loss", [](B& b) { loss(b, false); }},
    {"ctc_loss_v2", [](B& b) { loss(b, false); }},  {"ctc_greedy_decoder", greedy},
    {"ctc_beam_search_decoder", beam_search},       {"ctc_decode", keras_decode},
};

}  // namespace

bool is_sparse_tensor(const Config& c) {
  return is_graph_tensor(c) && c.at("config").find("sparse");
}

bool add_tf_ctc(std::string_view name, TfBuilder& builder) {
  if (!is_sparse_tensor(builder.argument("", true))) return add_tf_function(table, name, builder);
  if (!add_tf_function(of_sparse, name, builder))
    builder.refuse("of a sparse tensor, which kcpp cannot read");
  return true;
}

}  // namespace kcpp::saving
