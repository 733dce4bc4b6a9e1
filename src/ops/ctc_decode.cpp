// Decoding of connectionist temporal classification, as TensorFlow's decoders do it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "kcpp/ops/ctc.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"

namespace kcpp::ops {

using namespace detail;

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double log_add(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == kNever ? a : a + std::log1p(std::exp(b - a));
}

using Labels = std::vector<int32_t>;

/// The likeliest class of each step; returns the negated sum of their logits.
double greedy(const double* logits, int64_t steps, int64_t classes, int64_t blank, bool merge,
              Labels& labels) {
  double score = 0;
  int64_t before = -1;
  for (int64_t t = 0; t < steps; ++t, logits += classes) {
    const int64_t best = std::max_element(logits, logits + classes) - logits;
    score -= logits[best];
    if (best != blank && !(merge && best == before)) labels.push_back(static_cast<int32_t>(best));
    before = best;
  }
  return score;
}

/// The logarithm of a prefix's probability: ending in a blank, in its last label, or either.
struct Chance {
  double total = kNever, blank = kNever, label = kNever;
};

/// A prefix of labels; its children are one label longer.
struct Prefix {
  Prefix* parent = nullptr;
  int64_t label = -1;
  Chance before, now;
  std::map<int64_t, std::unique_ptr<Prefix>> children;

  bool active() const { return now.total != kNever; }
  Prefix& child(int64_t next) {
    std::unique_ptr<Prefix>& c = children[next];
    if (!c) {
      c = std::make_unique<Prefix>();
      c->parent = this;
      c->label = next;
    }
    return *c;
  }
};

class BeamSearch {
 public:
  BeamSearch(int64_t width, int64_t classes, int64_t blank)
      : width_(static_cast<size_t>(width)), classes_(classes), blank_(blank) {
    root_.now.total = root_.now.blank = 0;
    beam_ = {&root_};
  }

  void step(const double* logits) {
    const double top = *std::max_element(logits, logits + classes_);
    double sum = 0;
    for (int64_t k = 0; k < classes_; ++k) sum += std::exp(logits[k] - top);
    const double norm = top + std::log(sum);

    const std::vector<Prefix*> branches = sorted();
    beam_.clear();
    for (Prefix* b : branches) b->before = b->now;
    for (Prefix* b : branches) {
      if (b->parent) {
        if (b->parent->active()) {
          const Chance& up = b->parent->before;
          b->now.label = log_add(b->now.label, b->label == b->parent->label ? up.blank : up.total);
        }
        b->now.label += logits[b->label] - norm;
      }
      b->now.blank = b->before.total + logits[blank_] - norm;
      b->now.total = log_add(b->now.blank, b->now.label);
      beam_.push_back(b);
    }
    for (Prefix* b : branches) {
      if (!is_candidate(b->before.total)) continue;
      for (int64_t k = 0; k < classes_; ++k) {
        if (k != blank_) grow(*b, k, logits[k] - norm);
      }
    }
  }

  /// The best paths, likeliest first.
  std::vector<std::pair<double, Labels>> best(size_t count) const {
    std::vector<std::pair<double, Labels>> out;
    for (Prefix* b : sorted()) {
      if (out.size() == count) break;
      Labels labels;
      for (const Prefix* p = b; p->parent; p = p->parent)
        labels.push_back(static_cast<int32_t>(p->label));
      std::reverse(labels.begin(), labels.end());
      out.emplace_back(b->now.total, std::move(labels));
    }
    return out;
  }

 private:
  static bool likelier(const Prefix* a, const Prefix* b) { return a->now.total > b->now.total; }
  std::vector<Prefix*> sorted() const {
    std::vector<Prefix*> out = beam_;
    std::stable_sort(out.begin(), out.end(), likelier);
    return out;
  }
  auto worst() { return std::max_element(beam_.begin(), beam_.end(), likelier); }
  bool is_candidate(double total) {
    return total > kNever && (beam_.size() < width_ || total > (*worst())->now.total);
  }
  void grow(Prefix& b, int64_t label, double log_p) {
    Prefix& c = b.child(label);
    if (c.active()) return;
    c.now.blank = kNever;
    c.now.label = log_p + (c.label == b.label ? b.before.blank : b.before.total);
    c.now.total = c.now.label;
    if (!is_candidate(c.now.total)) {
      c.before = c.now = Chance();
      return;
    }
    if (beam_.size() == width_) {
      const auto bottom = worst();
      (*bottom)->now = Chance();
      beam_.erase(bottom);
    }
    beam_.push_back(&c);
  }

  size_t width_;
  int64_t classes_, blank_;
  Prefix root_;
  std::vector<Prefix*> beam_;
};

Tensors decode(const Tensor& inputs, const Tensor& lengths, const CtcDecodeOptions& o) {
  const int64_t batch = inputs.dim(0), steps = inputs.dim(1), classes = inputs.dim(2);
  const bool beam = o.strategy == "beam_search";
  const int64_t paths = beam ? o.top_paths : 1;
  const int64_t blank = o.mask_index < 0 ? o.mask_index + classes : o.mask_index;
  check(blank >= 0 && blank < classes,
        "[ctc_decode] `mask_index` is out of range. Received: "
        "mask_index=",
        o.mask_index, ", inputs.shape=", inputs.shape());
  const std::vector<double> logits = inputs.to_vector<double>();
  const std::vector<int64_t> counts = lengths.to_vector<int64_t>();
  check(static_cast<int64_t>(counts.size()) == batch,
        "[ctc_decode] `sequence_lengths` must have one element a sample. Received: ", counts.size(),
        " for ", batch, " samples.");
  std::vector<int32_t> labels(static_cast<size_t>(paths * batch * steps), -1);
  std::vector<double> scores(static_cast<size_t>(batch * paths));
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t count = counts[static_cast<size_t>(b)];
    check(count >= 0 && count <= steps,
          "[ctc_decode] a sequence length is out of range. Received: ", count, " for ", steps,
          " steps.");
    const double* row = logits.data() + b * steps * classes;
    std::vector<std::pair<double, Labels>> found;
    if (beam) {
      BeamSearch search(o.beam_width, classes, blank);
      for (int64_t t = 0; t < count; ++t) search.step(row + t * classes);
      found = search.best(static_cast<size_t>(paths));
      check(static_cast<int64_t>(found.size()) == paths,
            "[ctc_decode] Less leaves in the beam search than requested.");
    } else {
      Labels greedy_labels;
      const double score = greedy(row, count, classes, blank, o.merge_repeated, greedy_labels);
      found.emplace_back(score, std::move(greedy_labels));
    }
    for (int64_t path = 0; path < paths; ++path) {
      const auto& [score, path_labels] = found[static_cast<size_t>(path)];
      std::copy(path_labels.begin(), path_labels.end(),
                labels.begin() + (path * batch + b) * steps);
      scores[static_cast<size_t>(b * paths + path)] = score;
    }
  }
  return {Tensor::from(labels, {paths, batch, steps}),
          as_dtype(Tensor::from(scores, {batch, paths}),
                   inputs.dtype() == DType::float64 ? DType::float64 : DType::float32)};
}

}  // namespace

std::pair<Tensor, Tensor> ctc_decode(const Tensor& inputs, const Tensor& sequence_lengths,
                                     const CtcDecodeOptions& o) {
  check_defined(inputs, "ctc_decode");
  check_defined(sequence_lengths, "ctc_decode");
  check(inputs.rank() == 3,
        "[ctc_decode] expected inputs of shape (batch, steps, classes). Received: inputs.shape=",
        inputs.shape());
  check(sequence_lengths.rank() == 1,
        "[ctc_decode] expected sequence_lengths of shape (batch,). Received: "
        "sequence_lengths.shape=",
        sequence_lengths.shape());
  check(o.strategy == "greedy" || o.strategy == "beam_search", "Invalid strategy ", o.strategy,
        ". Supported values are 'greedy' and 'beam_search'.");
  check(o.beam_width > 0 && o.top_paths > 0 && o.top_paths <= 1 << 20,
        "[ctc_decode] `beam_width` and `top_paths` must be positive. Received: beam_width=",
        o.beam_width, ", top_paths=", o.top_paths);
  const auto describe = [&](Config& a) {
    Describe{a}("strategy", o.strategy)("beam_width", o.beam_width)("top_paths", o.top_paths)(
        "merge_repeated", o.merge_repeated)("mask_index", o.mask_index);
  };
  const Tensors out = symbolic::op_list(
      "CTCDecode", describe,
      [o](const Tensors& in) {
        if (!any_symbolic(in[0], in[1])) return decode(in[0], in[1], o);
        const int64_t paths = o.strategy == "greedy" ? 1 : o.top_paths;
        return Tensors{
            symbolic_result({paths, in[0].dim(0), in[0].dim(1)}, DType::int32),
            symbolic_result({in[0].dim(0), paths}, result_type(in[0].dtype(), DType::float32))};
      },
      {inputs, sequence_lengths});
  return {out[0], out[1]};
}

}  // namespace kcpp::ops
