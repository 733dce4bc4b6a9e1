/// Input (keras.Input, keras.layers.InputLayer): where a model begins.
#pragma once

#include <optional>
#include <string>

#include "kcpp/layers/layer.h"

namespace kcpp::layers {

struct InputOptions {
  std::optional<int64_t> batch_size = {};
  std::optional<DType> dtype = {};        ///< default: floatx
  bool sparse = false;                    ///< only carried to files: kcpp's tensors are dense
  bool ragged = false;                    ///< likewise
  std::optional<Shape> batch_shape = {};  ///< instead of `shape` and batch_size
  std::string name = {};
  bool optional = false;  ///< the model may be called without it
};

/// Implementation of Input. Needs no weights and is never called: its output is the graph's leaf.
class KCPP_API InputLayerImpl final : public LayerImpl {
 public:
  InputLayerImpl();
  InputLayerImpl(const Shape& shape, const InputOptions& options);

  ClassInfo class_info() const override { return {"InputLayer", "keras.layers"}; }
  void fields(Fields& f) override;
  void validate() override;
  Config get_config() const override;
  std::vector<std::string> set_config(const Config& config) override;
  Config get_build_config() const override { return {}; }
  Tensors call_list(const Tensors& inputs, CallContext&) override { return inputs; }

  /// With the batch; unknown dimensions are -1.
  const Shape& batch_shape() const { return batch_shape_; }
  DType dtype() const { return dtype_; }
  bool optional() const { return optional_; }
  /// The symbolic tensor that stands for the input; one graph node for all calls.
  Tensor output();

 private:
  Shape batch_shape_;
  DType dtype_;
  bool sparse_ = false, ragged_ = false, optional_ = false;
};

/// The first entry of a Sequential model, or a symbolic tensor of the Functional API:
///
///     Sequential model({layers::Input({28, 28, 1}), layers::Flatten(), layers::Dense(10)});
///     Tensor x = layers::Input({16});
///
/// `shape` is without the batch; -1 is an unknown dimension.
class KCPP_API Input : public Layer {
 public:
  explicit Input(const Shape& shape, const InputOptions& options = {});
  operator Tensor() const { return output_; }
  const Tensor& output() const { return output_; }

 private:
  Tensor output_;
};
using InputLayer = Input;

}  // namespace kcpp::layers
