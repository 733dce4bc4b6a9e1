#include "src/saving/test_case.h"

#include <cmath>

#include "kcpp/ops/math.h"

namespace kcpp::saving {
namespace {

constexpr int64_t batch = 2;

/// Numbers of [0, 1), every one another: an input of indices gets the first one of each table.
Tensor made_up(const Shape& model_shape, DType dtype, int64_t unknown, size_t place) {
  Shape shape = model_shape;
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] < 0) shape[i] = i == 0 ? batch : unknown;
  Tensor out = Tensor::zeros(shape, is_floating(dtype) ? DType::float32 : dtype);
  if (is_floating(dtype)) {
    const auto x = out.mutable_data<float>();
    for (int64_t i = 0; i < shape.size(); ++i) {
      const double step = 0.6180339887498949 * static_cast<double>(i + 1 + 7 * int64_t(place));
      x[static_cast<size_t>(i)] = static_cast<float>(step - std::floor(step));
    }
    return dtype == DType::float32 ? out : ops::cast(out, dtype);
  }
  return out;
}

Tensors numbered(const hdf5::Group& group, const std::string& name) {
  Tensors out;
  for (size_t i = 0; group.is_dataset(text(name, "/", i)); ++i)
    out.push_back(group.dataset(text(name, "/", i)).read());
  return out;
}

double difference(const Tensor& mine, const Tensor& stored, double& largest) {
  const Tensor a = ops::cast(mine, DType::float64), b = ops::cast(stored, DType::float64);
  const auto x = a.data<double>(), y = b.data<double>();
  double relative = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    const double d = x[i] == y[i] ? 0 : std::abs(x[i] - y[i]);
    largest = std::isnan(d) ? d : std::max(largest, d);
    relative = std::isnan(d) ? d : std::max(relative, d / (1 + std::abs(y[i])));
  }
  return relative;
}

}  // namespace

TestCase make_test_case(const Model& model) {
  const Tensors symbolic = model.inputs();
  check(!symbolic.empty(), "No test case can be stored: the model '", model.name(),
        "' does not know the shapes of its inputs.");
  for (const Tensor& x : symbolic)
    check(x.dtype() != DType::string, "No test case can be stored: the model '", model.name(),
          "' takes texts.");
  std::string reason;
  for (const int64_t unknown : {8, 32, 128, 256}) {  // sizes that the model leaves open
    TestCase out;
    for (const Tensor& x : symbolic)
      out.inputs.push_back(made_up(x.shape(), x.dtype(), unknown, out.inputs.size()));
    try {
      out.outputs = model.predict_on_batch(Data(out.inputs));
      return out;
    } catch (const Error& e) {
      if (reason.empty()) reason = e.what();
    }
  }
  throw ValueError(text("No test case can be stored: the model '", model.name(),
                        "' does not run on a made-up input. ", reason));
}

void write_test_case(const TestCase& test, hdf5::GroupWriter group) {
  for (size_t i = 0; i < test.inputs.size(); ++i) group.dataset(text("inputs/", i), test.inputs[i]);
  for (size_t i = 0; i < test.outputs.size(); ++i)
    group.dataset(text("outputs/", i), test.outputs[i]);
}

void verify_test_case(const Model& model, const hdf5::Group& group, const LoadOptions& options,
                      const std::string& file) {
  const Tensors expected = numbered(group, "outputs");
  const Tensors outputs = model.predict_on_batch(Data(numbered(group, "inputs")));
  check(outputs.size() == expected.size(), "The test case in ", file, " has ", expected.size(),
        " outputs, the model '", model.name(), "' has ", outputs.size(), ".");
  double largest = 0, relative = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    check(outputs[i].shape() == expected[i].shape(), "Output ", i, " of the test case in ", file,
          " has shape ", expected[i].shape(), ", the model's has ", outputs[i].shape(), ".");
    const double d = difference(outputs[i], expected[i], largest);
    relative = std::isnan(d) ? d : std::max(relative, d);
  }
  if (options.report) options.report->largest_difference = largest;
  check(relative <= options.tolerance, "The model in ", file,
        " does not give the outputs that were stored with it. The largest difference is ", largest,
        ", the tolerance is ", options.tolerance, ".");
}

}  // namespace kcpp::saving
