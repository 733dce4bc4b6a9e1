#include "kcpp/layers/input.h"

#include "src/core/make_call.h"
#include "src/layers/makers.h"

namespace kcpp::layers {

InputLayerImpl::InputLayerImpl() : dtype_(floatx()) { set_built(); }

InputLayerImpl::InputLayerImpl(const Shape& shape, const InputOptions& o)
    : dtype_(o.dtype.value_or(floatx())),
      sparse_(o.sparse),
      ragged_(o.ragged),
      optional_(o.optional) {
  if (!o.name.empty()) set_name(o.name);
  if (o.batch_shape) {
    check(shape.empty(), "You cannot pass both `shape` and `batch_shape` at the same time.");
    check(!o.batch_size, "You cannot pass both `batch_size` and `batch_shape` at the same time.");
    batch_shape_ = *o.batch_shape;
  } else {
    batch_shape_ = Shape{o.batch_size.value_or(Shape::unknown)} + shape;
  }
  set_dtype_policy(dtype_);
  set_built();
}

void InputLayerImpl::fields(Fields& f) {
  f("batch_shape", batch_shape_);
  f.alias("batch_input_shape", batch_shape_);
  if (Shape shape; const Config* c = f.raw("shape")) {  // tf.keras and hand-written configs
    kcpp::from_config(*c, shape, "shape");
    if (!c->is_null()) batch_shape_ = Shape{Shape::unknown} + shape;
  }
  if (f.reading()) {
    if (const Config* c = f.raw("dtype"); c && !c->is_null()) {
      DTypePolicy policy;  // a bare name, or a policy's dict in files of tf.keras
      kcpp::from_config(*c, policy, "dtype");
      dtype_ = policy.compute_dtype();
    }
  } else {
    f("dtype", dtype_);
  }
  const auto flag = [&](std::string_view key, bool& value) {
    const Config* c = f.raw(key);
    if (!f.reading()) f(key, value);
    if (c && !c->is_null()) value = c->as_bool(key);
  };
  flag("sparse", sparse_);
  flag("ragged", ragged_);
  std::string name = this->name();
  f("name", name);
  if (f.reading() && !name.empty()) set_name(name);
  flag("optional", optional_);
}

void InputLayerImpl::validate() {
  for (int64_t d : batch_shape_) {
    check(d >= Shape::unknown, "Cannot convert '", batch_shape_,
          "' to a shape. Negative dimensions are not allowed. Found ", d, ".");
  }
}

Config InputLayerImpl::get_config() const { return Object::get_config(); }
std::vector<std::string> InputLayerImpl::set_config(const Config& config) {
  auto unknown = Object::set_config(config);
  set_dtype_policy(dtype_);
  std::erase_if(unknown,
                [](const std::string& key) { return key == "trainable" || key == "input_tensor"; });
  return unknown;
}

Tensor InputLayerImpl::output() {
  const auto& calls = inbound_calls();
  std::shared_ptr<symbolic::Call> call = calls.empty() ? nullptr : calls[0].lock();
  if (!call) {
    call = symbolic::make_call();
    call->operation = shared_from_this();
    call->arguments = Config::dict({{"args", Config::list()}, {"kwargs", Config::dict()}});
    set_only_inbound(call);
    call->outputs = {{batch_shape_, dtype_}};
    call->output_names = {name()};
  }
  // Another handle on the same place of the graph.
  Tensor t = Tensor::symbolic(batch_shape_, dtype_, call->output_names.at(0));
  t.impl()->call = call;
  t.impl()->call_output = 0;
  return t;
}

Input::Input(const Shape& shape, const InputOptions& options)
    : Layer(make_layer<InputLayerImpl>(shape, options)) {
  output_ = static_cast<InputLayerImpl&>(*impl_).output();
}

std::shared_ptr<Object> makers::input_layer() { return make_object<InputLayerImpl>(); }

}  // namespace kcpp::layers
