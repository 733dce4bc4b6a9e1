#include "kcpp/models/model.h"

#include <algorithm>

#include "src/models/functional.h"
#include "src/models/trainer.h"

namespace kcpp {

ModelImpl::ModelImpl() = default;
ModelImpl::~ModelImpl() = default;

LayerList ModelImpl::layers() const {
  LayerList out;
  for (const Child& child : LayerImpl::children())
    out.insert(out.end(), child.layers.begin(), child.layers.end());
  return out;
}

std::vector<LayerImpl::Child> ModelImpl::children() const {
  LayerList all = layers();
  return all.empty() ? LayerImpl::children() : std::vector<Child>{{"layers", std::move(all), true}};
}

std::vector<std::string> ModelImpl::input_names() const {
  std::vector<std::string> out;
  for (const Tensor& t : inputs())
    out.push_back(t.impl()->call ? t.impl()->call->operation->operation_name() : t.name());
  return out;
}

std::vector<std::string> ModelImpl::output_names() const {
  std::vector<std::string> out;
  for (const Tensor& t : outputs())
    out.push_back(t.impl()->call ? t.impl()->call->operation->operation_name() : t.name());
  return out;
}

Trainer& ModelImpl::trainer() {
  check(trainer_ != nullptr, "You must call `compile()` before using the model.");
  return *trainer_;
}

void ModelImpl::compile(CompileOptions options) {
  trainer_ = std::make_unique<Trainer>(*this, std::move(options));
}

// --- construction ------------------------------------------------------------------------------

namespace {

Config list_structure(size_t count) {
  Config out = Config::list();
  for (size_t i = 0; i < count; ++i) out.push_back(static_cast<int64_t>(i));
  return out;
}

/// The tensors and their structure; Keras flattens a dict in the order of its keys.
std::pair<Tensors, Config> flatten(const Data& data) {
  if (data.names().empty()) return {data.tensors(), list_structure(data.size())};
  std::vector<std::string> keys = data.names();
  std::sort(keys.begin(), keys.end());
  Config structure = Config::dict();
  for (const std::string& key : data.names())
    structure.set(key, std::lower_bound(keys.begin(), keys.end(), key) - keys.begin());
  return {data.in_order(keys, "the model"), std::move(structure)};
}

}  // namespace

Model::Model(const Tensors& inputs, const Tensors& outputs, ModelOptions options)
    : Model(std::make_shared<FunctionalImpl>(inputs, outputs, list_structure(inputs.size()),
                                             list_structure(outputs.size()), options)) {}

Model::Model(const Tensors& inputs, const Tensor& output, ModelOptions options)
    : Model(std::make_shared<FunctionalImpl>(inputs, Tensors{output}, list_structure(inputs.size()),
                                             Config(0), options)) {}

Model::Model(const Tensor& input, const Tensors& outputs, ModelOptions options)
    : Model(std::make_shared<FunctionalImpl>(Tensors{input}, outputs, Config(0),
                                             list_structure(outputs.size()), options)) {}

Model::Model(const Tensor& input, const Tensor& output, ModelOptions options)
    : Model(std::make_shared<FunctionalImpl>(Tensors{input}, Tensors{output}, Config(0), Config(0),
                                             options)) {}

Model Model::from_named(const Data& inputs, const Data& outputs, ModelOptions options) {
  auto [in, in_structure] = flatten(inputs);
  auto [out, out_structure] = flatten(outputs);
  return Model(std::make_shared<FunctionalImpl>(in, out, std::move(in_structure),
                                                std::move(out_structure), options));
}

Shape Model::input_shape() const {
  const Tensors in = inputs();
  check(!in.empty(), "The model '", name(),
        "' has no defined input shape yet. Build it or call it on data first.");
  return in[0].shape();
}

Shape Model::output_shape() const {
  const Tensors out = outputs();
  check(!out.empty(), "The model '", name(),
        "' has no defined output shape yet. Build it or call it on data first.");
  return out[0].shape();
}

Layer Model::get_layer(const std::string& name) const {
  std::vector<std::string> names;
  for (const Layer& layer : layers()) {
    if (layer.name() == name) return layer;
    names.push_back(layer.name());
  }
  throw ValueError(text("No such layer: ", name, ". Existing layers are: ", names, "."));
}

Layer Model::get_layer(int index) const {
  const LayerList all = layers();
  const int count = static_cast<int>(all.size());
  check(index >= -count && index < count, "Was asked to retrieve layer at index ", index,
        " but model only has ", count, " layers.");
  return all[static_cast<size_t>(index < 0 ? index + count : index)];
}

// --- training ----------------------------------------------------------------------------------

void Model::compile(CompileOptions options) const { model().compile(std::move(options)); }
const CompileOptions& Model::compile_options() const { return model().trainer().options(); }
Optimizer Model::optimizer() const { return model().trainer().optimizer(); }

History Model::fit(const Data& x, const Data& y, const FitOptions& options) const {
  return model().trainer().fit(x, y, options);
}
History Model::fit(const Dataset& dataset, const FitOptions& options) const {
  return model().trainer().fit(dataset, options);
}
Logs Model::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) const {
  return model().trainer().evaluate(x, y, options);
}
Logs Model::evaluate(const Dataset& dataset, const EvaluateOptions& options) const {
  return model().trainer().evaluate(dataset, options);
}
Tensors Model::predict_all(const Data& x, const PredictOptions& options) const {
  return predict_arrays(model(), x, options);
}
Tensors Model::predict_all(const Dataset& dataset, const PredictOptions& options) const {
  return predict_dataset(model(), dataset, options);
}
Tensor Model::predict(const Data& x, const PredictOptions& options) const {
  return predict_all(x, options).at(0);
}
Logs Model::train_on_batch(const Data& x, const Data& y, const BatchOptions& options) const {
  return model().trainer().train_on_batch(x, y, options);
}
Logs Model::test_on_batch(const Data& x, const Data& y, const BatchOptions& options) const {
  return model().trainer().test_on_batch(x, y, options);
}
Tensors Model::predict_on_batch(const Data& x) const {
  return model()(x.names().empty() ? x.tensors() : x.in_order(input_keys(), "x"),
                 {.training = false});
}
void Model::reset_metrics() const { model().trainer().reset_metrics(); }
MetricList Model::metrics() const { return model().trainer().metrics(); }
std::vector<std::string> Model::metrics_names() const { return model().trainer().metrics_names(); }
void Model::set_train_step(TrainStep step) const {
  model().trainer().set_train_step(std::move(step));
}
void Model::stop_training() const { model().trainer().stop_training = true; }
bool Model::is_stopping() const { return model().trainer().stop_training; }

}  // namespace kcpp
