// Einstein summation: every pair of operands becomes one batched matrix product.
#include <algorithm>
#include <map>
#include <string>

#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/reduce.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/movement.h"
#include "src/ops/product.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// A tensor with one label an axis. Axes under `...` have the labels '0', '1', ... counted from the
/// right.
struct Labelled {
  Tensor tensor;
  std::string labels;
};

bool has(const std::string& labels, char c) { return labels.find(c) != std::string::npos; }

/// Labels of one operand's axes; its ellipsis becomes digits.
std::string expand(const std::string& term, int rank, std::string_view subscripts,
                   const Shape& shape) {
  const size_t dots = term.find("...");
  const auto mismatch = [&] {
    return text(
        "Number of dimensions in the subscript does not match the number of dimensions in the "
        "operand, received "
        "subscript `",
        term, "` and operand of shape ", shape, " in subscripts=", subscripts, ".");
  };
  if (dots == std::string::npos) {
    if (static_cast<int>(term.size()) != rank) throw ValueError(mismatch());
    return term;
  }
  const int hidden = rank - static_cast<int>(term.size() - 3);
  if (hidden < 0) throw ValueError(mismatch());
  std::string digits;
  for (int i = hidden - 1; i >= 0; --i) digits += static_cast<char>('0' + i);
  return term.substr(0, dots) + digits + term.substr(dots + 3);
}

struct Plan {
  std::vector<std::string> inputs;
  std::string output;
  std::map<char, int64_t> sizes;
};

Plan make_plan(std::string_view subscripts, const Tensors& operands) {
  std::string clean;
  for (char c : subscripts) {
    if (c != ' ') clean += c;
  }
  const size_t arrow = clean.find("->");
  check(arrow == std::string::npos || clean.find("->", arrow + 2) == std::string::npos,
        "At most one '->' is supported in `einsum` subscripts, but received ", subscripts, ".");
  std::vector<std::string> terms(1);
  for (char c : clean.substr(0, arrow)) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      check(std::isalpha(static_cast<unsigned char>(c)) || c == '.',
            "[einsum] subscripts hold letters, ',', '...' and '->'. "
            "Received: subscripts=",
            subscripts);
      terms.back() += c;
    }
  }
  check(terms.size() == operands.size(), "Number of operands (", operands.size(),
        ") does not match the number of input specs (", terms.size(),
        ") in `einsum`, received subscripts=", subscripts, ".");
  Plan plan;
  std::string hidden;
  for (size_t k = 0; k < terms.size(); ++k) {
    const Shape& shape = operands[k].shape();
    plan.inputs.push_back(expand(terms[k], shape.rank(), subscripts, shape));
    for (int i = 0; i < shape.rank(); ++i) {
      const char c = plan.inputs[k][static_cast<size_t>(i)];
      if (std::isdigit(static_cast<unsigned char>(c)) && !has(hidden, c)) hidden += c;
      int64_t& size = plan.sizes.try_emplace(c, shape[i]).first->second;
      check(size == shape[i] || size == 1 || shape[i] == 1 || size == -1 || shape[i] == -1,
            "[einsum] the axes '", c, "' have different lengths, ", size, " and ", shape[i],
            ". Received: subscripts=", subscripts);
      if (size == 1 || size == -1) size = shape[i] == 1 && size == -1 ? -1 : shape[i];
    }
  }
  std::sort(hidden.rbegin(), hidden.rend());
  if (arrow != std::string::npos) {
    std::string term = clean.substr(arrow + 2);
    const size_t dots = term.find("...");
    if (dots != std::string::npos) term = term.substr(0, dots) + hidden + term.substr(dots + 3);
    plan.output = term;
    for (size_t i = 0; i < term.size(); ++i) {
      check(
          plan.sizes.count(term[i]) && term.find(term[i], i + 1) == std::string::npos,
          "[einsum] the output label '", term[i],
          "' must occur in the inputs, and once in the output. Received: subscripts=", subscripts);
    }
  } else {
    // Without an arrow: labels that occur once, in alphabetical order.
    plan.output = hidden;
    for (const auto& [label, size] : plan.sizes) {
      if (std::isdigit(static_cast<unsigned char>(label))) continue;
      long count = 0;
      for (const std::string& input : plan.inputs)
        count += std::count(input.begin(), input.end(), label);
      if (count == 1) plan.output += label;
    }
  }
  return plan;
}

/// Repeated labels of one operand become its diagonal, and labels that `keep` lacks are summed
/// away.
Labelled simplify(Labelled x, const std::string& keep) {
  for (size_t i = 0; i < x.labels.size();) {
    const size_t j = x.labels.find(x.labels[i], i + 1);
    if (j == std::string::npos) {
      ++i;
      continue;
    }
    const char c = x.labels[i];
    x.tensor = diagonal(x.tensor, 0, static_cast<int>(i), static_cast<int>(j));
    x.labels.erase(j, 1);
    x.labels.erase(i, 1);
    x.labels += c;
  }
  std::vector<int> axes;
  std::string rest;
  for (size_t i = 0; i < x.labels.size(); ++i) {
    if (has(keep, x.labels[i])) {
      rest += x.labels[i];
    } else {
      axes.push_back(static_cast<int>(i));
    }
  }
  if (!axes.empty()) x.tensor = sum(x.tensor, Axes(axes));
  x.labels = rest;
  return x;
}

/// The axes of x in the order of `labels`, each group then made one axis.
Tensor grouped(const Labelled& x, const std::string& labels, const Shape& groups) {
  std::vector<int> order;
  for (char c : labels) order.push_back(static_cast<int>(x.labels.find(c)));
  return view(permute(x.tensor, order), groups);
}

/// Axes of length 1 that stand for a longer one are repeated.
Tensor stretched(const Labelled& x, const std::map<char, int64_t>& sizes) {
  Shape shape;
  for (char c : x.labels) shape.push_back(sizes.at(c));
  return broadcast_to(x.tensor, shape);
}

Labelled multiply_pair(const Labelled& first, const Labelled& second, const std::string& keep,
                       const std::map<char, int64_t>& sizes) {
  const Labelled a = simplify(first, keep + second.labels),
                 b = simplify(second, keep + first.labels);
  std::string batch, inner, rows, columns;
  int64_t nb = 1, ni = 1, nr = 1, nc = 1;
  for (char c : a.labels) {
    const bool shared = has(b.labels, c);
    std::string& group = !shared ? rows : has(keep, c) ? batch : inner;
    (!shared ? nr : has(keep, c) ? nb : ni) *= sizes.at(c);
    group += c;
  }
  for (char c : b.labels) {
    if (has(a.labels, c)) continue;
    columns += c;
    nc *= sizes.at(c);
  }
  const Labelled wide_a{stretched(a, sizes), a.labels}, wide_b{stretched(b, sizes), b.labels};
  // One without a batch stays of rank 2: the plain product.
  const Shape lead = batch.empty() ? Shape{} : Shape{nb};
  const Tensor left = grouped(wide_a, batch + rows + inner, lead + Shape{nr, ni});
  const Tensor right = grouped(wide_b, batch + inner + columns, lead + Shape{ni, nc});
  Labelled out{matrix_product(left, right, false, false), batch + rows + columns};
  Shape shape;
  for (char c : out.labels) shape.push_back(sizes.at(c));
  out.tensor = view(out.tensor, shape);
  return out;
}

Tensor einsum_body(const std::string& subscripts, const Tensors& operands) {
  DType dtype =
      operands.size() == 2 ? product_dtype(operands[0], operands[1]) : result_of(operands);
  Plan plan = make_plan(subscripts, operands);
  if (any_symbolic(operands)) {
    Shape shape;
    for (char c : plan.output) shape.push_back(plan.sizes.at(c));
    return symbolic_result(shape, dtype);
  }
  Labelled result{as_dtype(operands[0], dtype), plan.inputs[0]};
  for (size_t k = 1; k < operands.size(); ++k) {
    std::string keep = plan.output;
    for (size_t later = k + 1; later < operands.size(); ++later) keep += plan.inputs[later];
    result =
        multiply_pair(result, {as_dtype(operands[k], dtype), plan.inputs[k]}, keep, plan.sizes);
  }
  result = simplify(result, plan.output);
  std::vector<int> order;
  for (char c : plan.output) order.push_back(static_cast<int>(result.labels.find(c)));
  return as_dtype(permute(result.tensor, order), dtype);
}

}  // namespace

Tensor einsum(std::string_view subscripts, const Tensors& operands) {
  check(!operands.empty(),
        "[einsum] at least one operand is needed. Received: subscripts=", subscripts);
  for (const Tensor& x : operands) check_defined(x, "einsum");
  return symbolic::op_list(
      "Einsum", [&](Config& a) { Describe{a}("subscripts", subscripts); },
      [text = std::string(subscripts)](const Tensors& in) {
        return Tensors{einsum_body(text, in)};
      },
      operands)[0];
}

}  // namespace kcpp::ops
