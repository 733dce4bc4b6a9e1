/// Functional: a model that is a graph between symbolic tensors (keras.src.models.functional).
#pragma once

#include "kcpp/models/model.h"
#include "src/models/graph.h"

namespace kcpp {

class FunctionalImpl final : public ModelImpl {
 public:
  FunctionalImpl() = default;
  /// The structures say how inputs and outputs were given: an index (bare), a list of indices, or a
  /// dict of them.
  FunctionalImpl(Tensors inputs, Tensors outputs, Config input_structure, Config output_structure,
                 const ModelOptions& options);

  ClassInfo class_info() const override {
    return {"Functional", "keras.src.models.functional", "Functional"};
  }
  LayerList layers() const override;
  std::vector<std::shared_ptr<symbolic::Operation>> operations() const override {
    return graph_.operations();
  }
  Tensors inputs() const override { return graph_.inputs(); }
  Tensors outputs() const override { return graph_.outputs(); }
  const Graph& graph() const { return graph_; }
  const Config& input_structure() const { return input_structure_; }
  const Config& output_structure() const { return output_structure_; }

  std::vector<std::string> input_keys() const override;
  std::vector<std::string> output_keys() const override;
  /// What the history calls the outputs: their keys, below the path where they are nested ("1/b").
  std::vector<std::string> output_labels() const;
  Config call_structure() const override { return input_structure_; }

  Tensors call_list(const Tensors& inputs, CallContext& context) override;
  Config get_config() const override;                                  // functional_config.cpp
  std::vector<std::string> set_config(const Config& config) override;  // functional_config.cpp
  Config get_build_config() const override { return Config::dict({{"input_shape", nullptr}}); }

 private:
  friend class SequentialImpl;
  void adopt(Graph graph, Config input_structure, Config output_structure);

  Graph graph_;
  Config input_structure_, output_structure_;
  std::vector<std::shared_ptr<LayerImpl>> layers_;
};

/// Data made fit for symbolic inputs: cast to their dtypes, a last axis of 1 dropped or added
/// (Keras's _standardize_inputs). Throws ValueError in Keras's words where shapes do not fit.
Tensors fit_to_inputs(const Tensors& data, const Tensors& masks, const Tensors& inputs,
                      const std::string& model);

}  // namespace kcpp
