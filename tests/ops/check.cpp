#include "tests/ops/check.h"

#include <algorithm>
#include <cmath>

#include "kcpp/core/symbolic.h"
#include "src/ops/op_table.h"

namespace kcpp::test {

std::string mismatch(const Tensor& actual, const Tensor& expected, double tolerance) {
  if (!actual.defined() || !expected.defined())
    return actual.defined() == expected.defined() ? "" : "one is undefined";
  if (!(actual.shape() == expected.shape()))
    return text("shape ", actual.shape(), ", expected ", expected.shape());
  if (actual.dtype() != expected.dtype())
    return text("dtype ", actual.dtype(), ", expected ", expected.dtype());
  const std::vector<double> a = actual.to_vector<double>(), e = expected.to_vector<double>();
  double largest = 1;
  for (double v : e) {
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(e[i])) continue;
    if (a[i] == e[i] || std::abs(a[i] - e[i]) <= tolerance * largest) continue;
    return text("element ", i, ": ", a[i], ", expected ", e[i], " (largest ", largest, ")");
  }
  return "";
}

void check_symbolic(const std::function<Tensor(const Tensors&)>& f, const Tensors& xs) {
  const Tensor eager = f(xs);
  for (bool unknown : {false, true}) {
    INFO("unknown batch: " << unknown);
    Tensors in = xs;
    Shape shape = xs[0].shape();
    if (unknown) shape[0] = Shape::unknown;
    in[0] = Tensor::symbolic(shape, xs[0].dtype());
    const Tensor out = f(in);
    REQUIRE(out.is_symbolic());
    CHECK(out.dtype() == eager.dtype());
    Shape expected = eager.shape();
    if (unknown && expected.rank() > 0 && out.shape().rank() > 0 &&
        out.shape()[0] == Shape::unknown) {
      expected[0] = Shape::unknown;
    }
    CHECK(out.shape().to_string() == expected.to_string());
    // The node of the graph, made again from what a file would hold, gives the eager result.
    const auto& call = out.impl()->call;
    if (unknown || !call || call->operation->operation_class() == "GetItem") continue;
    Tensors inputs = call->inputs;
    for (Tensor& t : inputs) {
      if (t.same(in[0])) t = xs[0];
    }
    INFO(call->operation->operation_class() << " " << call->arguments.to_json());
    if (std::any_of(inputs.begin(), inputs.end(), [](const Tensor& t) { return t.is_symbolic(); }))
      continue;
    const Tensors again = ops::make_op(call->operation->operation_class(), call->arguments)(inputs);
    CHECK(mismatch(again.at(out.impl()->call_output), eager, 1e-15) == "");
  }
}

}  // namespace kcpp::test
