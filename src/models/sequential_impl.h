/// SequentialImpl: a stack of layers that becomes a graph when the shape of its input is known.
#pragma once

#include "src/models/functional.h"

namespace kcpp {

class SequentialImpl final : public ModelImpl {
 public:
  SequentialImpl() { autocast_ = false; }

  ClassInfo class_info() const override { return {"Sequential", "keras", {}}; }
  /// Without the InputLayer, as in Keras.
  LayerList layers() const override;
  /// With the InputLayer, if there is one.
  const LayerList& all_layers() const { return layers_; }
  std::vector<std::shared_ptr<symbolic::Operation>> operations() const override;
  Tensors inputs() const override { return graph_.inputs(); }
  Tensors outputs() const override { return graph_.outputs(); }
  std::vector<Child> children() const override;

  void add(const Layer& layer, bool rebuild = true);
  Layer pop();
  /// Builds now if the first layer tells the input's shape.
  void rebuild_if_possible();

  void build_list(const Shapes& input_shapes) override;
  Tensors call_list(const Tensors& inputs, CallContext& context) override;
  Config get_config() const override;
  std::vector<std::string> set_config(const Config& config) override;
  Config get_build_config() const override;

 private:
  void build_graph();
  bool starts_with_input() const;

  LayerList layers_;
  Graph graph_;
};

}  // namespace kcpp
