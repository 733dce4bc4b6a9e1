#include "kcpp/utils.h"

#include <algorithm>

#include "kcpp/backend.h"
#include "kcpp/ops/nn.h"

namespace kcpp::utils {

Tensor to_categorical(const Tensor& x, std::optional<int64_t> num_classes) {
  check(x.defined() && !x.is_symbolic(), "[to_categorical] `x` must be a tensor with data.");
  const std::vector<int64_t> classes = x.to_vector<int64_t>();
  check(num_classes.value_or(1) > 0,
        "[to_categorical] `num_classes` must be positive. Received: num_classes=",
        num_classes.value_or(1));
  check(num_classes || !classes.empty(), "[to_categorical] `x` is empty: pass `num_classes`.");
  const int64_t count =
      num_classes ? *num_classes : *std::max_element(classes.begin(), classes.end()) + 1;
  Shape shape = x.shape();
  if (shape.rank() > 1 && shape.back() == 1) shape.pop_back();
  shape.push_back(std::max<int64_t>(count, 0));
  std::vector<float> out(classes.size() * static_cast<size_t>(std::max<int64_t>(count, 0)));
  for (size_t i = 0; i < classes.size(); ++i) {
    check<IndexError>(classes[i] >= 0 && classes[i] < count, "[to_categorical] index ", classes[i],
                      " is out of bounds for ", count,
                      " classes. Expected class indices from 0 to num_classes - 1.");
    out[i * static_cast<size_t>(count) + static_cast<size_t>(classes[i])] = 1;
  }
  const Tensor rows = Tensor::from(out, shape);
  return floatx() == DType::float32 ? rows : backend().cast(rows, floatx());
}

Tensor normalize(const Tensor& x, int axis, int order) { return ops::normalize(x, axis, order); }

namespace {

template <class T>
Tensor pad(const std::vector<std::vector<T>>& sequences, const PadSequencesOptions& options) {
  check(options.padding == "pre" || options.padding == "post", "Padding type \"", options.padding,
        "\" not understood");
  check(options.truncating == "pre" || options.truncating == "post", "Truncating type \"",
        options.truncating, "\" not understood");
  size_t width = 0;
  for (const auto& s : sequences) width = std::max(width, s.size());
  if (options.maxlen) {
    check(*options.maxlen >= 0,
          "[pad_sequences] `maxlen` must not be negative. Received: maxlen=", *options.maxlen);
    width = static_cast<size_t>(*options.maxlen);
  }
  std::vector<double> out(sequences.size() * width, options.value);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const auto& s = sequences[i];
    const size_t kept = std::min(s.size(), width);
    const size_t from = options.truncating == "pre" ? s.size() - kept : 0;
    const size_t to = i * width + (options.padding == "pre" ? width - kept : 0);
    for (size_t k = 0; k < kept; ++k) out[to + k] = static_cast<double>(s[from + k]);
  }
  const Tensor all =
      Tensor::from(out, {static_cast<int64_t>(sequences.size()), static_cast<int64_t>(width)});
  return backend().cast(all, options.dtype);
}

}  // namespace

Tensor pad_sequences(const std::vector<std::vector<double>>& sequences,
                     const PadSequencesOptions& options) {
  return pad(sequences, options);
}
Tensor pad_sequences(const std::vector<std::vector<int>>& sequences,
                     const PadSequencesOptions& options) {
  return pad(sequences, options);
}

}  // namespace kcpp::utils
