#include "src/models/functional.h"

#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/core/trace_hook.h"
#include "src/layers/given_training.h"
#include "src/models/clone_graph.h"

namespace kcpp {

FunctionalImpl::FunctionalImpl(Tensors inputs, Tensors outputs, Config input_structure,
                               Config output_structure, const ModelOptions& options) {
  if (!options.name.empty()) set_name(options.name);
  clone_graph(inputs, outputs);
  adopt(Graph(inputs, outputs), std::move(input_structure), std::move(output_structure));
  if (!options.trainable) set_trainable(false);
}

void FunctionalImpl::adopt(Graph graph, Config input_structure, Config output_structure) {
  graph_ = std::move(graph);
  input_structure_ = std::move(input_structure);
  output_structure_ = std::move(output_structure);
  layers_.clear();
  for (const auto& operation : graph_.operations()) {
    if (auto layer = std::dynamic_pointer_cast<LayerImpl>(operation))
      layers_.push_back(std::move(layer));
  }
  autocast_ = false;  // each input is cast to the dtype of its own InputLayer
  set_built();
}

LayerList FunctionalImpl::layers() const {
  LayerList out;
  for (const auto& layer : layers_) out.emplace_back(layer);
  return out;
}

namespace {

/// The keys of a dict of tensors in the order of the tensors, or `names`.
std::vector<std::string> keys_of(const Config& structure, std::vector<std::string> names) {
  if (!structure.is_dict()) return names;
  for (const auto& [key, index] : structure.as_dict()) {
    if (!index.is_int()) return names;
    names.at(static_cast<size_t>(index.as_int())) = key;
  }
  return names;
}

/// Turns the names of tensors into their paths in a structure: the keys of dicts and the places in
/// lists that lead there, and a key or else the name (keras CompileLoss._build_nested).
void add_paths(const Config& structure, const std::string& path, std::vector<std::string>& names) {
  const auto add = [&](const Config& item, const std::string& step, bool named) {
    if (!item.is_int()) return add_paths(item, path + step + "/", names);
    std::string& name = names.at(static_cast<size_t>(item.as_int()));
    name = path + (named ? step : name);
  };
  if (structure.is_dict()) {
    for (const auto& [key, item] : structure.as_dict()) add(item, key, true);
  } else if (structure.is_list()) {
    for (size_t i = 0; i < structure.as_list().size(); ++i)
      add(structure.as_list()[i], std::to_string(i), false);
  }
}

}  // namespace

std::vector<std::string> FunctionalImpl::input_keys() const {
  return keys_of(input_structure_, input_names());
}
std::vector<std::string> FunctionalImpl::output_keys() const {
  return keys_of(output_structure_, output_names());
}
std::vector<std::string> FunctionalImpl::output_labels() const {
  std::vector<std::string> labels = output_names();
  add_paths(output_structure_, "", labels);
  return labels;
}

Tensors FunctionalImpl::call_list(const Tensors& inputs, CallContext& context) {
  return graph_.run(fit_to_inputs(inputs, context.masks, graph_.inputs(), name()),
                    given_training());
}

namespace {

/// One datum with the rank of its input.
Tensor adjust_rank(const Tensor& x, const Tensor& input) {
  const int rank = x.rank(), wanted = input.rank();
  if (rank == wanted) return x;
  if (rank == wanted + 1 && x.shape().back() == 1) return ops::squeeze(x, -1);
  if (rank == wanted - 1 && input.shape().back() == 1) return ops::expand_dims(x, -1);
  throw ValueError(text("Invalid input shape for input with name '", input.name(),
                        "'. Expected shape ", input.shape(), ", but input has incompatible shape ",
                        x.shape()));
}

void check_shape(const Tensor& x, const Tensor& input, size_t index, const std::string& model) {
  // One step of a stream: the time axis has length 1 whatever the model was built for.
  const bool step = inference::active_trace && inference::active_trace->streaming();
  for (int d = step ? 2 : 1; d < input.rank(); ++d) {
    const int64_t want = input.shape()[d], have = x.shape()[d];
    check(want == Shape::unknown || have == Shape::unknown || want == have, "Input ", index,
          " with name '", input.name(), "' of layer '", model,
          "' is incompatible with the layer: expected shape=", input.shape(),
          ", found shape=", x.shape());
  }
}

}  // namespace

Tensors fit_to_inputs(const Tensors& data, const Tensors& masks, const Tensors& inputs,
                      const std::string& model) {
  check(data.size() == inputs.size(), "Layer \"", model, "\" expects ", inputs.size(),
        " input(s), but it received ", data.size(), " input tensors.");
  Tensors out;
  out.reserve(data.size());
  for (size_t i = 0; i < data.size(); ++i) {
    symbolic::PauseTracing pause;
    Tensor x = adjust_rank(data[i], inputs[i]);
    check_shape(x, inputs[i], i, model);
    if (x.dtype() != inputs[i].dtype() && x.dtype() != DType::string)
      x = ops::cast(x, inputs[i].dtype());
    const Tensor mask = i < masks.size() && masks[i].defined() ? masks[i] : data[i].keras_mask();
    if (mask.defined() && !x.keras_mask().same(mask)) {
      if (x.same(data[i])) x = ops::reshape(x, x.shape());
      x.set_keras_mask(mask);
    }
    out.push_back(std::move(x));
  }
  return out;
}

}  // namespace kcpp
