// Connectionist temporal classification (Graves et al., 2006): forward and backward sums over all
// alignments, in logarithms.
#include <cmath>
#include <limits>

#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/ops/common.h"
#include "src/ops/softmax.h"

namespace kcpp::ops {

using namespace detail;

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double log_add(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == kNever ? a : a + std::log1p(std::exp(b - a));
}

/// One sequence. log_p: [time, classes]; labels without blanks. Returns the loss; gradient: d loss
/// / d logits, [time, classes].
double sequence_loss(const double* log_p, int64_t time, int64_t classes,
                     const std::vector<int64_t>& labels, int64_t blank, double* gradient) {
  // The labels with a blank around each.
  std::vector<int64_t> path(2 * labels.size() + 1, blank);
  for (size_t i = 0; i < labels.size(); ++i) path[2 * i + 1] = labels[i];
  const size_t n = path.size();
  const auto p = [&](int64_t t, size_t s) { return log_p[t * classes + path[s]]; };
  // A blank between two labels may be left out unless they are the same.
  const auto skips = [&](size_t s) { return s >= 2 && path[s] != blank && path[s] != path[s - 2]; };
  if (time == 0) return labels.empty() ? 0 : std::numeric_limits<double>::infinity();

  std::vector<double> before(static_cast<size_t>(time) * n, kNever), after(before);
  const auto at = [n](int64_t t, size_t s) { return static_cast<size_t>(t) * n + s; };
  for (size_t s = 0; s < std::min<size_t>(n, 2); ++s) before[at(0, s)] = p(0, s);
  for (int64_t t = 1; t < time; ++t) {
    for (size_t s = 0; s < n; ++s) {
      double sum = before[at(t - 1, s)];
      if (s >= 1) sum = log_add(sum, before[at(t - 1, s - 1)]);
      if (skips(s)) sum = log_add(sum, before[at(t - 1, s - 2)]);
      before[at(t, s)] = sum + p(t, s);
    }
  }
  double total = before[at(time - 1, n - 1)];
  if (n > 1) total = log_add(total, before[at(time - 1, n - 2)]);
  if (total == kNever) return std::numeric_limits<double>::infinity();

  // after: without the step's own probability.
  for (size_t s = n > 1 ? n - 2 : 0; s < n; ++s) after[at(time - 1, s)] = 0;
  for (int64_t t = time - 2; t >= 0; --t) {
    for (size_t s = 0; s < n; ++s) {
      double sum = after[at(t + 1, s)] + p(t + 1, s);
      if (s + 1 < n) sum = log_add(sum, after[at(t + 1, s + 1)] + p(t + 1, s + 1));
      if (s + 2 < n && skips(s + 2)) sum = log_add(sum, after[at(t + 1, s + 2)] + p(t + 1, s + 2));
      after[at(t, s)] = sum;
    }
  }
  for (int64_t t = 0; t < time; ++t) {
    for (int64_t c = 0; c < classes; ++c)
      gradient[t * classes + c] = std::exp(log_p[t * classes + c]);
    for (size_t s = 0; s < n; ++s)
      gradient[t * classes + path[s]] -= std::exp(before[at(t, s)] + after[at(t, s)] - total);
  }
  return -total;
}

std::vector<int64_t> lengths_of(const Tensor& lengths, int64_t batch, int64_t most,
                                const char* name) {
  std::vector<int64_t> out = lengths.to_vector<int64_t>();
  check(static_cast<int64_t>(out.size()) == batch, "[ctc_loss] `", name,
        "` must have one element a sample. Received shape: ", lengths.shape());
  for (int64_t v : out)
    check(v >= 0 && v <= most, "[ctc_loss] `", name, "` must be in [0, ", most, "]. Received: ", v);
  return out;
}

}  // namespace

Tensor ctc_loss(const Tensor& target, const Tensor& output, const Tensor& target_length,
                const Tensor& output_length, int64_t mask_index) {
  for (const Tensor* t : {&target, &output, &target_length, &output_length})
    check_defined(*t, "ctc_loss");
  check(target.rank() == 2 && output.rank() == 3,
        "[ctc_loss] Expected `target` of shape (batch, labels) and `output` of shape (batch, time, "
        "classes). Received: "
        "target.shape=",
        target.shape(), ", output.shape=", output.shape());
  const int64_t batch = output.shape()[0];
  check(
      target.shape()[0] == batch || target.shape()[0] == Shape::unknown || batch == Shape::unknown,
      "Arguments `target` and `output` must have the same first dimension. Received shapes: `",
      target.shape(), "` and `", output.shape(), "`.");
  const auto describe = [&](Config& a) {
    a.set("config", Config::dict({{"mask_index", mask_index}}));
  };
  return symbolic::op(
      "CTCLoss", describe,
      [mask_index](const Tensor& t, const Tensor& o, const Tensor& tl, const Tensor& ol) {
        const DType dtype = result_type(float_of(o.dtype()), DType::float32);
        if (any_symbolic(t, o, tl, ol)) return symbolic_result({o.shape()[0]}, dtype);
        const int64_t n = o.shape()[0], time = o.shape()[1], classes = o.shape()[2],
                      most = t.shape()[1];
        const int64_t blank = mask_index < 0 ? mask_index + classes : mask_index;
        check(blank >= 0 && blank < classes,
              "[ctc_loss] `mask_index` must name a class. Received: mask_index=", mask_index,
              ", output.shape=", o.shape());
        const std::vector<int64_t> labels = t.to_vector<int64_t>();
        const std::vector<int64_t> label_lengths = lengths_of(tl, n, most, "target_length");
        const std::vector<int64_t> times = lengths_of(ol, n, time, "output_length");
        std::vector<double> log_p, gradient(static_cast<size_t>(n * time * classes), 0.0),
            loss(static_cast<size_t>(n));
        {
          autodiff::PauseRecording pause;
          log_p = softmax_axis(as_dtype(o, DType::float64), 2, true).to_vector<double>();
        }
        for (int64_t i = 0; i < n; ++i) {
          const auto first = labels.begin() + i * most;
          const std::vector<int64_t> own(first, first + label_lengths[size_t(i)]);
          for (int64_t label : own) {
            check(label >= 0 && label < classes, "[ctc_loss] Received a label value of ", label,
                  " which is outside the valid range of [0, ", classes, ").");
          }
          const int64_t offset = i * time * classes;
          loss[size_t(i)] = sequence_loss(log_p.data() + offset, times[size_t(i)], classes, own,
                                          blank, gradient.data() + offset);
        }
        Tensor y = as_dtype(Tensor::from(loss, {n}), dtype);
        if (autodiff::recording(o)) {
          const Tensor slope = as_dtype(Tensor::from(gradient, o.shape()), o.dtype());
          autodiff::record("ctc_loss", {&t, &o}, y, [slope](Vjp& v) {
            const Tensor dy = as_dtype(v.grad(), slope.dtype());
            if (v.needs(1)) v.set(1, slope * view(dy, {dy.size(), 1, 1}));
          });
        }
        return y;
      },
      target, output, target_length, output_length);
}

}  // namespace kcpp::ops
