#include "src/session/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kcpp/core/object.h"
#include "kcpp/core/tape.h"
#include "kcpp/layers/rnn.h"
#include "src/session/tracer.h"

namespace kcpp::inference {
namespace {

/// Deterministic numbers in [0, 1); whole numbers are zeros: valid as indices.
Tensor sample(const TensorSpec& spec) {
  const Tensor x = is_floating(spec.dtype)
                       ? backend().random_uniform(spec.shape, DType::float32, {1337, 0}, 0, 1)
                       : Tensor::zeros(spec.shape, spec.dtype);
  return x.dtype() == spec.dtype ? x : backend().cast(x, spec.dtype);
}

Tensors samples(const std::vector<TensorSpec>& specs) {
  Tensors out;
  for (const TensorSpec& s : specs) out.push_back(sample(s));
  return out;
}

/// Greatest difference over greatest magnitude; NaN and infinity must stand at the same places.
double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0, difference = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    if (std::isnan(b[i]) || std::isinf(b[i])) {
      const bool same = std::isnan(b[i]) ? std::isnan(a[i]) : a[i] == b[i];
      if (!same) return std::numeric_limits<double>::infinity();
      continue;
    }
    most = std::max(most, std::abs(b[i]));
    const double d = std::abs(a[i] - b[i]);
    if (std::isnan(d)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, d);
  }
  return difference / std::max(most, 1e-3);
}

/// Layers that come with kcpp, which never look behind a tensor's back.
bool is_built_in(const Model& model) {
  for (const auto& layer : model->flatten_layers()) {
    const ClassInfo info = layer->class_info();
    if (!info.module.starts_with("keras") || info.name == "Lambda") return false;
  }
  return true;
}

bool any_stateful(const Model& model) {
  for (const auto& layer : model->flatten_layers()) {
    const auto* rnn = dynamic_cast<layers::RNNImpl*>(layer.get());
    if (rnn && rnn->stateful()) return true;
  }
  return false;
}

constexpr double tolerance = 1e-4;

bool agrees_with_model(const Model& model, const std::shared_ptr<const Program>& program) {
  const Tensors x = samples(program->inputs());
  Tensors expected;
  try {
    expected = (*model)(x, {.training = false});
  } catch (const Error&) {
    return true;  // not for these numbers
  }
  Execution e(program);
  const Tensors out = e.run_on(x);
  if (out.empty()) return false;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (relative_difference(out[i].to_vector<double>(), expected[i].to_vector<double>()) >
        tolerance)
      return false;
  }
  return true;
}

/// Whether stepping through a sequence gives what the model gives for the whole of it.
void check_stream(const Model& model, const std::shared_ptr<const Program>& program) {
  const Tensors declared = model.inputs();
  int64_t steps = 16;
  for (const Tensor& t : declared) {
    if (t.rank() >= 2 && t.shape()[1] != Shape::unknown) steps = t.shape()[1];
  }
  std::vector<TensorSpec> whole = program->inputs();
  for (TensorSpec& s : whole) {
    if (s.shape.rank() >= 2) s.shape[1] = steps;
  }
  const Tensors x = samples(whole);
  const Tensors expected = (*model)(x, {.training = false});
  const auto refuse = [](const char* why) {
    check(false, "[session] This model cannot be used with streaming=true: ", why,
          " A layer looks at several time steps at once, and is neither recurrent nor a causal "
          "Conv1D.");
  };
  const int64_t batch = program->options().batch_size;
  Execution e(program);
  for (int64_t t = 0; t < steps; ++t) {
    Tensors x_now;
    for (size_t i = 0; i < x.size(); ++i) {
      const TensorSpec& s = program->inputs()[i];
      const size_t step =
          s.shape.rank() >= 2 ? static_cast<size_t>(s.shape.size() / batch) * size_of(s.dtype) : 0;
      if (step == 0) {
        x_now.push_back(x[i]);
        continue;
      }
      x_now.push_back(Tensor::empty(s.shape, s.dtype));
      for (int64_t b = 0; b < batch; ++b) {
        std::memcpy(
            static_cast<char*>(x_now[i].mutable_raw()) + static_cast<size_t>(b) * step,
            static_cast<const char*>(x[i].raw()) + static_cast<size_t>(b * steps + t) * step, step);
      }
    }
    const Tensors out = e.run_on(x_now);
    check(!out.empty(), "[session] ", e.error());
    for (size_t i = 0; i < expected.size(); ++i) {
      const TensorSpec& s = program->outputs()[i];
      const Shape& full = expected[i].shape();
      const std::vector<double> now = out[i].to_vector<double>();
      const bool sequence =
          full.rank() == s.shape.rank() && full.rank() >= 2 && full[1] == steps && s.shape[1] == 1;
      std::vector<double> want;
      const std::vector<double> all = expected[i].to_vector<double>();
      if (sequence) {
        const int64_t row = s.shape.size() / batch;
        for (int64_t b = 0; b < batch; ++b) {
          const auto from = all.begin() + (b * steps + t) * row;
          want.insert(want.end(), from, from + row);
        }
      } else if (t + 1 == steps) {
        if (all.size() != now.size()) refuse("an output has another shape for one step.");
        want = all;
      } else {
        continue;
      }
      if (relative_difference(now, want) > tolerance)
        refuse("step by step its outputs are not those of the whole sequence.");
    }
  }
}

}  // namespace

std::shared_ptr<const Program> make_checked_program(const Model& model,
                                                    const SessionOptions& options) {
  auto program = std::make_shared<const Program>(model, options);
  if (options.streaming) {
    if (!any_stateful(model)) check_stream(model, program);
  } else if (!is_built_in(model) && program->graph().states.empty() &&
             options.precision == "float32" && !agrees_with_model(model, program)) {
    program = std::make_shared<const Program>(model, options, Program::Use::whole);
  }
  return program;
}

double precision_error(const Model& model, std::shared_ptr<const Program> program) {
  SessionOptions exact = program->options();
  exact.precision = "float32";
  Execution reference(std::make_shared<const Program>(model, exact)), e(std::move(program));
  const Tensors x = samples(e.program().inputs());
  const Tensors want = reference.run_on(x), have = e.run_on(x);
  check(!want.empty() && !have.empty(), "[session] ", e.error());
  double worst = 0;
  for (size_t i = 0; i < have.size(); ++i)
    worst = std::max(worst,
                     relative_difference(have[i].to_vector<double>(), want[i].to_vector<double>()));
  return worst;
}

}  // namespace kcpp::inference
