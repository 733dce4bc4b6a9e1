#include "kcpp/models/sequential.h"

#include "src/layers/given_training.h"
#include "src/models/input_node.h"
#include "src/models/node_reader.h"
#include "src/models/read_layer.h"
#include "src/models/sequential_impl.h"

namespace kcpp {

Sequential::Sequential(const LayerList& layers, ModelOptions options) {
  auto impl = std::make_shared<SequentialImpl>();
  if (!options.name.empty()) impl->set_name(options.name);
  static_cast<Layer&>(*this) = Layer(std::shared_ptr<LayerImpl>(impl));  // gives it a name
  for (const Layer& layer : layers) impl->add(layer, false);
  impl->rebuild_if_possible();
  if (!options.trainable) impl->set_trainable(false);
}

void Sequential::add(const Layer& layer) const { static_cast<SequentialImpl&>(*impl_).add(layer); }
Layer Sequential::pop() const { return static_cast<SequentialImpl&>(*impl_).pop(); }

bool SequentialImpl::starts_with_input() const {
  return !layers_.empty() && is_input_layer(layers_[0]);
}

LayerList SequentialImpl::layers() const {
  return starts_with_input() ? LayerList(layers_.begin() + 1, layers_.end()) : layers_;
}

std::vector<std::shared_ptr<symbolic::Operation>> SequentialImpl::operations() const {
  return {[&] {
    std::vector<std::shared_ptr<symbolic::Operation>> out;
    for (const Layer& l : layers_) out.push_back(l.impl());
    return out;
  }()};
}

std::vector<LayerImpl::Child> SequentialImpl::children() const {
  return {{"layers", layers_, true}};
}

void SequentialImpl::add(const Layer& layer, bool rebuild) {
  check(static_cast<bool>(layer),
        "Only instances of `keras.Layer` can be added to a Sequential model. Received: None");
  for (const Layer& other : layers_) {
    check(other.same(layer) || other.name() != layer.name(),
          "All layers added to a Sequential model should have unique names. Name '", layer.name(),
          "' is already the name of a layer in this model. Update the `name` argument to pass a "
          "unique name.");
  }
  check(!(is_input_layer(layer) && starts_with_input()), "Sequential model '", name(),
        "' has already been configured to use an Input layer. You cannot add a different Input "
        "layer to it.");
  layers_.push_back(layer);
  set_built(false);
  graph_ = Graph();
  if (rebuild) rebuild_if_possible();
}

Layer SequentialImpl::pop() {
  check(!layers_.empty(), "There are no layers in the model.");
  Layer last = layers_.back();
  layers_.pop_back();
  set_built(false);
  graph_ = Graph();
  rebuild_if_possible();
  return last;
}

void SequentialImpl::rebuild_if_possible() {
  if (layers_.size() < 2) return;
  if (starts_with_input()) {
    ensure_built({input_tensor(layers_[0]).shape()});
  } else if (auto* inner = dynamic_cast<ModelImpl*>(layers_[0].impl().get());
             inner && inner->inputs().size() == 1) {
    ensure_built({inner->inputs()[0].shape()});
  }
}

void SequentialImpl::build_list(const Shapes& input_shapes) {
  check(!layers_.empty(), "Sequential model ", name(),
        " cannot be built because it has no layers. Call `model.add(layer)`.");
  if (input_shapes.size() != 1)
    return;  // several inputs: the layers are applied one after the other
  if (!starts_with_input()) {
    layers_.insert(layers_.begin(), make_input_layer(input_shapes[0], layers_[0]->compute_dtype()));
  } else {
    const Shape& declared = input_tensor(layers_[0]).shape();
    bool same = declared.rank() == input_shapes[0].rank();
    for (int d = 1; same && d < declared.rank(); ++d) {
      same = declared[d] == input_shapes[0][d] || declared[d] == Shape::unknown ||
             input_shapes[0][d] == Shape::unknown;
    }
    check(same, "Sequential model '", name(), "' has already been configured to use input shape ",
          declared, ". You cannot build it with input_shape ", input_shapes[0]);
  }
  build_graph();
}

void SequentialImpl::build_graph() {
  const Tensor input = input_tensor(layers_[0]);
  Tensors x{input};
  for (size_t i = 1; i < layers_.size(); ++i) x = layers_[i].call(x);
  graph_ = Graph({input}, x);
}

Tensors SequentialImpl::call_list(const Tensors& inputs, CallContext& context) {
  if (!graph_.outputs().empty())
    return graph_.run(fit_to_inputs(inputs, context.masks, graph_.inputs(), name()),
                      given_training());
  Tensors x = inputs;
  for (const Layer& layer : layers()) x = layer.call(x);
  return x;
}

Config SequentialImpl::get_config() const {
  Config out = LayerImpl::get_config();
  Config layers = Config::list();
  for (const Layer& layer : layers_) layers.push_back(to_config(layer));
  out.set("layers", std::move(layers));
  if (!graph_.inputs().empty()) out.set("build_input_shape", to_config(graph_.inputs()[0].shape()));
  return out;
}

std::vector<std::string> SequentialImpl::set_config(const Config& config) {
  Config base = config;
  base.erase("layers");
  base.erase("build_input_shape");
  std::vector<std::string> unknown = LayerImpl::set_config(base);
  const bool frozen = !trainable();
  const Config::List& list = config.at("layers").as_list("layers");
  check(list.size() <= most_layers_of_file, "The model has ", list.size(), " layers; more than ",
        most_layers_of_file, " are refused.");
  for (const Config& layer : list) add(read_layer(layer), false);
  rebuild_if_possible();
  const Config* shape = config.find("build_input_shape");
  if (!built() && shape && shape->is_list()) {
    Shape s;
    from_config(*shape, s, "build_input_shape");
    ensure_built({s});
  }
  if (frozen) set_trainable(false);
  return unknown;
}

Config SequentialImpl::get_build_config() const {
  if (graph_.inputs().empty()) return {};
  return Config::dict({{"input_shape", to_config(graph_.inputs()[0].shape())}});
}

}  // namespace kcpp
