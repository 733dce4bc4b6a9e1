#include "src/ops/special_boxes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "src/ops/common.h"
#include "src/ops/describe.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// A box by two of its corners.
struct Box {
  float top, left, bottom, right;

  explicit Box(const float* corners)
      : top(std::min(corners[0], corners[2])),
        left(std::min(corners[1], corners[3])),
        bottom(std::max(corners[0], corners[2])),
        right(std::max(corners[1], corners[3])) {}
  float area() const { return (bottom - top) * (right - left); }
  /// What two have in common, as a share of both together.
  float overlap(const Box& other) const {
    if (area() <= 0 || other.area() <= 0) return 0;
    const float height = std::min(bottom, other.bottom) - std::max(top, other.top);
    const float width = std::min(right, other.right) - std::max(left, other.left);
    const float common = std::max(height, 0.0F) * std::max(width, 0.0F);
    return common / (area() + other.area() - common);
  }
};

/// The chosen ones among `count` boxes, each `box_step` numbers further, likeliest first.
std::vector<int32_t> chosen(const float* boxes, int64_t box_step, const float* scores,
                            int64_t score_step, int64_t count, const SuppressionOptions& o) {
  std::vector<int32_t> order, out;
  const auto score = [&](int32_t i) { return scores[i * score_step]; };
  for (int32_t i = 0; i < count; ++i)
    if (score(i) > o.least_score) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return score(a) > score(b); });
  for (int32_t i : order) {
    if (static_cast<int64_t>(out.size()) >= o.most) break;
    const Box box(boxes + i * box_step);
    if (std::none_of(out.begin(), out.end(), [&](int32_t other) {
          return box.overlap(Box(boxes + other * box_step)) > static_cast<float>(o.overlap);
        }))
      out.push_back(i);
  }
  return out;
}

void check_options(const char* name, const SuppressionOptions& o) {
  check(o.most >= 0 && o.overlap >= 0 && o.overlap <= 1, "[", name,
        "] the number of boxes must not be negative, and their overlap lie in [0, 1]. Received: ",
        o.most, " and ", o.overlap);
}

/// One of the chosen boxes of any class.
struct Candidate {
  float score;
  int32_t box, label;
};

/// How many results each image has.
int64_t width_of(int64_t classes, const CombinedSuppressionOptions& o) {
  if (!o.pad) return o.total;
  if (classes < 0) return Shape::unknown;
  const int64_t each = std::min(o.most, o.total);  // no product overflows
  return classes > 0 && each <= o.total / classes ? each * classes : o.total;
}

Tensors combined_now(const Tensor& given_boxes, const Tensor& given_scores,
                     const CombinedSuppressionOptions& o) {
  const Shape& shape = given_boxes.shape();
  const int64_t batch = shape[0], n = shape[1], columns = shape[2], classes = given_scores.dim(2);
  check(given_scores.dim(0) == batch && given_scores.dim(1) == n &&
            (columns == 1 || columns == classes),
        "[combined_non_max_suppression] the shapes of boxes and scores do not fit. Received: ",
        shape, " and ", given_scores.shape());
  const std::vector<float> boxes = given_boxes.to_vector<float>(),
                           scores = given_scores.to_vector<float>();
  const int64_t width = width_of(classes, o);
  const Shape flat{batch, width};
  std::vector<float> out_boxes(static_cast<size_t>(Shape{batch, width, 4}.size())),
      out_scores(static_cast<size_t>(flat.size())), out_classes(out_scores.size());
  std::vector<int32_t> counts(static_cast<size_t>(batch));
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<Candidate> found;
    const float* own_boxes = boxes.data() + b * n * columns * 4;
    const float* own_scores = scores.data() + b * n * classes;
    for (int64_t c = 0; c < classes; ++c) {
      const float* first = own_boxes + (columns == 1 ? 0 : c * 4);
      for (int32_t i : chosen(first, columns * 4, own_scores + c, classes, n, o))
        found.push_back({own_scores[i * classes + c], i, static_cast<int32_t>(c)});
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Candidate& x, const Candidate& y) { return x.score > y.score; });
    const int64_t count = std::min(static_cast<int64_t>(found.size()), width);
    counts[static_cast<size_t>(b)] = static_cast<int32_t>(count);
    for (int64_t k = 0; k < count; ++k) {
      const Candidate& c = found[static_cast<size_t>(k)];
      const float* corners = own_boxes + (c.box * columns + (columns == 1 ? 0 : c.label)) * 4;
      for (int64_t i = 0; i < 4; ++i)
        out_boxes[static_cast<size_t>((b * width + k) * 4 + i)] =
            o.clip ? std::clamp(corners[i], 0.0F, 1.0F) : corners[i];
      out_scores[static_cast<size_t>(b * width + k)] = c.score;
      out_classes[static_cast<size_t>(b * width + k)] = static_cast<float>(c.label);
    }
  }
  return {Tensor::from(out_boxes, {batch, width, 4}), Tensor::from(out_scores, flat),
          Tensor::from(out_classes, flat), Tensor::from(counts, {batch})};
}

SuppressionOptions options_of(const OpArguments& a) {
  return {a.integer("max_output_size"), a.number("iou_threshold", 0.5),
          a.number("score_threshold", -std::numeric_limits<double>::infinity())};
}
OpRun suppression_op(const OpArguments& a) {
  return [boxes = a.tensor(0, "boxes"), scores = a.tensor(1, "scores"), o = options_of(a)](
             const Tensors& in) { return Tensors{non_max_suppression(boxes(in), scores(in), o)}; };
}
OpRun combined_op(const OpArguments& a) {
  const CombinedSuppressionOptions o{options_of(a), a.integer("max_total_size"),
                                     a.flag("pad_per_class"), a.flag("clip_boxes", true)};
  return [boxes = a.tensor(0, "boxes"), scores = a.tensor(1, "scores"), o](const Tensors& in) {
    return combined_non_max_suppression(boxes(in), scores(in), o);
  };
}
void describe(Config& a, const SuppressionOptions& o) {
  Describe{a}("max_output_size", o.most)("iou_threshold", o.overlap);
  if (std::isfinite(o.least_score)) Describe{a}("score_threshold", o.least_score);
}

constexpr OpEntry kEntries[] = {
    {"NonMaxSuppression", "image", suppression_op},
    {"CombinedNonMaxSuppression", "image", combined_op},
};

}  // namespace

Tensor non_max_suppression(const Tensor& boxes, const Tensor& scores, const SuppressionOptions& o) {
  check_defined(boxes, "non_max_suppression");
  check_defined(scores, "non_max_suppression");
  check(boxes.rank() == 2 && scores.rank() == 1 && boxes.dim(1) == 4,
        "[non_max_suppression] Expected boxes (n, 4) and scores (n). Received: shapes ",
        boxes.shape(), " and ", scores.shape());
  check_options("non_max_suppression", o);
  return symbolic::op(
      "NonMaxSuppression", [&](Config& a) { describe(a, o); },
      [o](const Tensor& b, const Tensor& s) {
        if (any_symbolic(b, s)) return symbolic_result({Shape::unknown}, DType::int32);
        check(b.dim(0) == s.dim(0), "[non_max_suppression] Received ", b.dim(0), " boxes and ",
              s.dim(0), " scores.");
        const std::vector<float> corners = b.to_vector<float>(), values = s.to_vector<float>();
        const std::vector<int32_t> out = chosen(corners.data(), 4, values.data(), 1, b.dim(0), o);
        return Tensor::from(out, {static_cast<int64_t>(out.size())});
      },
      boxes, scores);
}

Tensors combined_non_max_suppression(const Tensor& boxes, const Tensor& scores,
                                     const CombinedSuppressionOptions& o) {
  check_defined(boxes, "combined_non_max_suppression");
  check_defined(scores, "combined_non_max_suppression");
  check(boxes.rank() == 4 && scores.rank() == 3 && boxes.dim(3) == 4,
        "[combined_non_max_suppression] Expected boxes (b, n, q, 4) and scores (b, n, classes). "
        "Received: shapes ",
        boxes.shape(), " and ", scores.shape());
  check_options("combined_non_max_suppression", o);
  check(o.total > 0 && o.total <= 1 << 20,
        "[combined_non_max_suppression] Received: max_total_size=", o.total);
  return symbolic::op_list(
      "CombinedNonMaxSuppression",
      [&](Config& a) {
        describe(a, o);
        Describe{a}("max_total_size", o.total)("pad_per_class", o.pad)("clip_boxes", o.clip);
      },
      [o](const Tensors& in) {
        if (!any_symbolic(in[0], in[1])) return combined_now(in[0], in[1], o);
        const int64_t batch = in[0].dim(0), width = width_of(in[1].dim(2), o);
        return Tensors{symbolic_result({batch, width, 4}, DType::float32),
                       symbolic_result({batch, width}, DType::float32),
                       symbolic_result({batch, width}, DType::float32),
                       symbolic_result({batch}, DType::int32)};
      },
      {boxes, scores});
}

std::span<const OpEntry> op_table_special_boxes() { return kEntries; }

}  // namespace kcpp::ops
