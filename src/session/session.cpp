#include "kcpp/session.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/session/program.h"
#include "src/session/verify.h"

namespace kcpp {

class SessionImpl {
 public:
  explicit SessionImpl(std::shared_ptr<const inference::Program> program)
      : execution(std::move(program)) {}

  const inference::Program& program() const { return execution.program(); }
  size_t state_index(const std::string& name) const {
    std::string names;
    const auto& states = program().graph().states;
    for (size_t i = 0; i < states.size(); ++i) {
      if (states[i].name == name) return i;
      names += (i ? ", '" : "'") + states[i].name + "'";
    }
    throw ValueError(text("[session] No such state: '", name, "'. ",
                          names.empty() ? "This session keeps none: no layer is stateful, and "
                                          "it was not made with streaming=true."
                                        : "Existing states are: " + names + "."));
  }

  inference::Execution execution;
  std::vector<std::string> input_names;
  double precision_error = 0;
};

Session::Session(std::unique_ptr<SessionImpl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session::Session(const Model& model, const SessionOptions& options)
    : impl_(std::make_unique<SessionImpl>(inference::make_checked_program(model, options))) {
  impl_->input_names = model.input_keys();
  if (options.precision != "float32")
    impl_->precision_error = inference::precision_error(model, impl_->execution.share());
}

const std::vector<TensorSpec>& Session::inputs() const { return impl_->program().inputs(); }
const std::vector<TensorSpec>& Session::outputs() const { return impl_->program().outputs(); }
const SessionOptions& Session::options() const { return impl_->program().options(); }
const char* Session::error() const noexcept { return impl_->execution.error(); }

// --- unchecked calls ---------------------------------------------------------------------------

namespace {

/// The sizes and dtypes fit; else the reason is in the execution's error.
template <class Data>
bool fits(inference::Execution& e, std::span<const Data> given, const std::vector<TensorSpec>& want,
          const char* what) noexcept {
  char message[256];
  if (given.size() != want.size()) {
    std::snprintf(message, sizeof(message), "The session has %zu %ss. Received: %zu", want.size(),
                  what, given.size());
    e.set_error(message);
    return false;
  }
  for (size_t i = 0; i < want.size(); ++i) {
    const size_t size = static_cast<size_t>(want[i].shape.size());
    if (given[i].size == size && given[i].dtype == want[i].dtype) continue;
    std::snprintf(message, sizeof(message),
                  "Expected %zu elements of dtype %s for %s %zu. Received: %zu of dtype %s", size,
                  name_of(want[i].dtype).data(), what, i, given[i].size,
                  name_of(given[i].dtype).data());
    e.set_error(message);
    return false;
  }
  return true;
}

}  // namespace

bool Session::run(std::span<const InputData> inputs, std::span<const OutputData> outputs) noexcept {
  inference::Execution& e = impl_->execution;
  const inference::Program& p = e.program();
  if (!fits(e, inputs, p.inputs(), "input") || !fits(e, outputs, p.outputs(), "output"))
    return false;
  for (size_t i = 0; i < inputs.size(); ++i) e.set_input(i, inputs[i].data);
  for (size_t i = 0; i < outputs.size(); ++i) e.set_output(i, outputs[i].data);
  return e.run();
}

// --- checked calls -----------------------------------------------------------------------------

namespace {

/// x as the session's input i, of any number of samples; or ValueError in Keras's words.
Tensor fit(const Tensor& given, const TensorSpec& want, const std::string& name) {
  check(given.defined() && !given.is_symbolic(), "[session] Input '", name,
        "' must be an eager tensor.");
  Tensor x = given;
  const int rank = want.shape.rank();
  if (x.rank() == rank + 1 && x.shape().back() == 1) x = ops::squeeze(x, -1);
  if (x.rank() == rank - 1 && want.shape.back() == 1) x = ops::expand_dims(x, -1);
  bool same = x.rank() == rank;
  for (int d = 1; same && d < rank; ++d) same = x.shape()[d] == want.shape[d];
  check(same, "Invalid input shape for input with name '", name, "'. Expected shape ", want.shape,
        ", but input has incompatible shape ", given.shape());
  return x.dtype() == want.dtype ? x : ops::cast(x, want.dtype);
}

Tensors fit_all(const SessionImpl& s, const Tensors& given) {
  const auto& want = s.program().inputs();
  check(given.size() == want.size(), "[session] The session expects ", want.size(),
        " input(s), but it received ", given.size(), " input tensors.");
  Tensors out;
  for (size_t i = 0; i < want.size(); ++i) {
    out.push_back(
        fit(given[i], want[i], i < s.input_names.size() ? s.input_names[i] : std::to_string(i)));
  }
  return out;
}

}  // namespace

Tensor Session::operator()(const Tensor& input) { return (*this)(Tensors{input}).at(0); }

Tensors Session::operator()(const Tensors& given) {
  const Tensors x = fit_all(*impl_, given);
  std::vector<InputData> in;
  for (size_t i = 0; i < x.size(); ++i) {
    check(x[i].shape() == inputs()[i].shape, "[session] The session was made for batches of ",
          options().batch_size, ". Received: ", x[i].dim(0),
          " samples. Use predict, or another session with {.batch_size = ", x[i].dim(0), "}.");
    in.emplace_back(x[i]);
  }
  Tensors out;
  std::vector<OutputData> to;
  for (const TensorSpec& s : outputs()) {
    out.push_back(Tensor::empty(s.shape, s.dtype));
    OutputData d;
    d.data = out.back().mutable_raw();
    d.size = static_cast<size_t>(s.shape.size());
    d.dtype = s.dtype;
    to.push_back(d);
  }
  check(run(std::span<const InputData>(in), std::span<const OutputData>(to)), "[session] ",
        error());
  return out;
}

Tensor Session::predict(const Data& x) { return predict_all(x).at(0); }

Tensors Session::predict_all(const Data& x) {
  const Tensors all =
      fit_all(*impl_, x.names().empty() ? x.tensors() : x.in_order(impl_->input_names, "x"));
  check(!all.empty() && all[0].rank() > 0, "[session] The model has no inputs.");
  const int64_t samples = all[0].dim(0), batch = options().batch_size;
  for (const Tensor& t : all) {
    check(t.dim(0) == samples,
          "Data cardinality is ambiguous. Make sure all arrays contain the "
          "same number of samples. Received: ",
          samples, " and ", t.dim(0));
  }
  check(samples > 0, "[session] There is nothing to predict: the input has no samples.");
  inference::Execution& e = impl_->execution;
  Tensors out;
  for (const TensorSpec& s : outputs()) {
    Shape shape = s.shape;
    check(shape.rank() > 0 && shape[0] == batch,
          "[session] An output has no batch axis: call the session instead of predict.");
    shape[0] = samples;
    out.push_back(Tensor::empty(shape, s.dtype));
  }
  for (int64_t first = 0; first < samples; first += batch) {
    const int64_t rows = std::min(batch, samples - first);
    const auto before = [first](const Tensor& t) {
      return static_cast<size_t>(first) * (t.bytes() / static_cast<size_t>(t.dim(0)));
    };
    for (size_t i = 0; i < all.size(); ++i)
      e.set_input(i, static_cast<const char*>(all[i].raw()) + before(all[i]));
    for (size_t i = 0; i < out.size(); ++i)
      e.set_output(i, static_cast<char*>(out[i].mutable_raw()) + before(out[i]));
    check(e.run(rows), "[session] ", e.error());
  }
  return out;
}

// --- states ------------------------------------------------------------------------------------

std::vector<std::string> Session::state_names() const {
  std::vector<std::string> names;
  for (const inference::State& s : impl_->program().graph().states) names.push_back(s.name);
  return names;
}

Tensor Session::state(const std::string& name) const {
  const size_t i = impl_->state_index(name);
  const auto& graph = impl_->program().graph();
  const inference::Value& v = graph.value(graph.states[i].before);
  Tensor out = Tensor::empty(v.shape, v.dtype);
  std::memcpy(out.mutable_raw(), impl_->execution.state(i), out.bytes());
  return out;
}

void Session::set_state(const std::string& name, const Tensor& value) {
  const size_t i = impl_->state_index(name);
  const auto& graph = impl_->program().graph();
  const inference::Value& v = graph.value(graph.states[i].before);
  check(value.defined() && value.shape() == v.shape, "[session] The state '", name, "' has shape ",
        v.shape, ". Received: ", value.defined() ? value.shape() : Shape());
  const Tensor x = value.dtype() == v.dtype ? value : ops::cast(value, v.dtype);
  std::memcpy(impl_->execution.state(i), x.raw(), x.bytes());
}

void Session::reset_state() noexcept { impl_->execution.reset_states(); }

// --- what it is made of ------------------------------------------------------------------------

const std::vector<SessionStep>& Session::steps() const { return impl_->program().steps(); }
size_t Session::arena_bytes() const { return impl_->program().plan().bytes; }
size_t Session::weight_bytes() const { return impl_->program().weight_bytes(); }
double Session::precision_error() const { return impl_->precision_error; }

std::string Session::report() const {
  std::ostringstream out;
  int eager = 0;
  for (const SessionStep& s : steps()) {
    out << s.operation << "\t" << s.layer << "\t" << text(s.output) << "\t" << s.kernel;
    if (!s.fused.empty()) out << "\t+ " << s.fused;
    out << "\n";
    eager += s.eager;
  }
  out << steps().size() << " steps, " << eager << " of them eager; arena " << arena_bytes() / 1024
      << " KiB, weights " << weight_bytes() / 1024 << " KiB, " << options().threads
      << " thread(s), " << options().precision << "\n";
  if (options().precision != "float32")
    out << "error against float32: " << precision_error() << " of the largest output\n";
  return out.str();
}

Session Session::clone() const {
  auto impl = std::make_unique<SessionImpl>(impl_->execution.share());
  impl->input_names = impl_->input_names;
  impl->precision_error = impl_->precision_error;
  return Session(std::move(impl));
}

Session Model::session() const { return session({}); }
Session Model::session(const SessionOptions& options) const { return Session(*this, options); }

}  // namespace kcpp
