#include "kcpp/session.h"

#include <algorithm>
#include <cstring>

#include "kcpp/core/tape.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"

namespace kcpp {

class SessionImpl {
 public:
  Model model;
  SessionOptions options;
  std::vector<TensorSpec> inputs, outputs;
  std::vector<SessionStep> steps;
  std::string error;
};

Session::Session(std::unique_ptr<SessionImpl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session::Session(const Model& model, const SessionOptions& options)
    : impl_(std::make_unique<SessionImpl>()) {
  impl_->model = model;
  impl_->options = options;
  for (const Tensor& t : model.inputs()) {
    TensorSpec spec = spec_of(t);
    if (spec.shape.rank()) spec.shape[0] = options.batch_size;
    impl_->inputs.push_back(spec);
  }
  Tensors zeros;
  for (const TensorSpec& s : impl_->inputs) zeros.push_back(Tensor::zeros(s.shape, s.dtype));
  for (const Tensor& t : model.call(zeros, {.training = false}))
    impl_->outputs.push_back(spec_of(t));
}

const std::vector<TensorSpec>& Session::inputs() const { return impl_->inputs; }
const std::vector<TensorSpec>& Session::outputs() const { return impl_->outputs; }
const SessionOptions& Session::options() const { return impl_->options; }

bool Session::run(std::span<const InputData> inputs, std::span<const OutputData> outputs) noexcept {
  try {
    Tensors in;
    for (size_t i = 0; i < inputs.size(); ++i) {
      in.push_back(Tensor::empty(impl_->inputs.at(i).shape, impl_->inputs[i].dtype));
      std::memcpy(in[i].mutable_raw(), inputs[i].data, in[i].bytes());
    }
    const Tensors out = impl_->model.call(in, {.training = false});
    for (size_t i = 0; i < outputs.size(); ++i)
      std::memcpy(outputs[i].data, out.at(i).raw(), out[i].bytes());
    return true;
  } catch (const std::exception& e) {
    impl_->error = e.what();
    return false;
  }
}
const char* Session::error() const noexcept { return impl_->error.c_str(); }

Tensor Session::operator()(const Tensor& input) { return (*this)(Tensors{input}).at(0); }
Tensors Session::operator()(const Tensors& inputs) {
  return impl_->model.call(inputs, {.training = false});
}
Tensor Session::predict(const Data& x) { return predict_all(x).at(0); }
Tensors Session::predict_all(const Data& x) { return impl_->model.predict_all(x); }

std::vector<std::string> Session::state_names() const { return {}; }
Tensor Session::state(const std::string& name) const {
  throw ValueError(text("The session has no state '", name, "'."));
}
void Session::set_state(const std::string& name, const Tensor&) { state(name); }
void Session::reset_state() noexcept {}
const std::vector<SessionStep>& Session::steps() const { return impl_->steps; }
std::string Session::report() const { return "eager"; }
size_t Session::arena_bytes() const { return 0; }
size_t Session::weight_bytes() const { return 0; }
double Session::precision_error() const { return 0; }
Session Session::clone() const { return Session(impl_->model, impl_->options); }

Session Model::session() const { return session({}); }
Session Model::session(const SessionOptions& options) const { return Session(*this, options); }

}  // namespace kcpp
