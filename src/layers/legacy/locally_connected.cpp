/// LocallyConnected1D and 2D of Keras 1 and 2: convolutions whose kernel is another one at every
/// place.
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/shape.h"
#include "src/layers/legacy/affine_options.h"
#include "src/layers/legacy/local_connections.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {
namespace {

/// Of the matrix from all inputs to all outputs, which Keras's modes 2 and 3 think in.
constexpr int64_t most_connections = int64_t{1} << 26;

struct LocalOptions : legacy::AffineOptions {
  Dims strides = 1;
  std::string padding = "valid";
  std::string data_format = {};
  ActivationFn activation = {};
  /// How the kernel is stored: 1: a small kernel a place; 2: a kernel from every input to every
  /// output, of which most is never used; 3: the used part of it as a list.
  int implementation = 1;
};

template <int Rank>
class LocallyConnectedImpl final : public OptionsLayer<LocalOptions> {
 public:
  ClassInfo class_info() const override {
    return {text("LocallyConnected", Rank, "D"), "keras.layers"};
  }
  void fields(Fields& f) override {
    f.required("filters", sizes_.filters);
    f.required("kernel_size", kernel_size_);
    f("strides", o_.strides);
    f("padding", o_.padding);
    f("data_format", o_.data_format);
    f("activation", o_.activation);
    legacy::affine_fields(f, o_);
    f("activity_regularizer", activity_regularizer_);
    f("implementation", o_.implementation);
  }
  void validate() override {
    sizes_.kernel = kernel_size_.expand(Rank, "kernel_size");
    sizes_.strides = o_.strides.expand(Rank, "strides");
    kernel_size_ = sizes_.kernel;
    o_.strides = sizes_.strides;
    sizes_.channels_first = resolve_data_format();
    check(sizes_.filters > 0, "`filters` must be positive. Received: filters=", sizes_.filters);
    check(o_.implementation >= 1 && o_.implementation <= 3,
          "Unrecognized implementation mode: ", o_.implementation, ".");
    check(o_.padding == "valid" || (o_.padding == "same" && o_.implementation != 1),
          "Invalid border mode for ", class_info().name,
          " (only \"valid\" is supported if implementation is 1): ", o_.padding);
    sizes_.same = o_.padding == "same";
    input_spec_ = {{.ndim = Rank + 2}};
  }
  void build(const Shape& in) override {
    check(in.slice(1).is_static(), "The spatial dimensions of the inputs to ", class_info().name,
          " should be fully-defined, but layer received the inputs shape ", in);
    const bool first = sizes_.channels_first;
    sizes_.channels = in[first ? 1 : Rank + 1];
    sizes_.input = in.slice(first ? 2 : 1, first ? Rank + 2 : Rank + 1);
    sizes_.output = legacy::local_output_shape(sizes_);
    for (int64_t d : sizes_.output)
      check(d > 0, "The input of ", class_info().name,
            " is smaller than its kernel. Received: input_shape=", in);
    build_kernel();
    if (o_.use_bias)
      bias_ = add_weight("bias", sizes_.output + Shape{sizes_.filters}, legacy::bias_options(o_));
    input_spec_ = {{.ndim = Rank + 2, .axes = {{first ? 1 : -1, sizes_.channels}}}};
  }
  Tensor call(const Tensor& inputs, CallContext&) override {
    const Tensor x = floating(inputs);
    Tensor y = o_.implementation == 1 ? by_patches(x) : by_matrix(x);
    if (bias_) {
      // Keras reads the array as if it lay as the output does, whichever way that is.
      y = y + ops::reshape(compute(bias_), with_channels(sizes_.output, sizes_.filters));
    }
    return activate(o_.activation, y);
  }

 private:
  void build_kernel() {
    const Shape from = with_channels(sizes_.input, sizes_.channels),
                to = with_channels(sizes_.output, sizes_.filters);
    if (o_.implementation == 1) {
      kernel_ = add_weight(
          "kernel", {sizes_.output.size(), sizes_.kernel.size() * sizes_.channels, sizes_.filters},
          legacy::kernel_options(o_));
      return;
    }
    check(sizes_.inputs() <= most_connections / sizes_.outputs(), class_info().name, " connects ",
          sizes_.inputs(), " inputs with ", sizes_.outputs(), " outputs; more than ",
          most_connections, " pairs are refused with implementation=", o_.implementation, ".");
    if (o_.implementation == 2)
      kernel_ = add_weight("kernel", from + to, legacy::kernel_options(o_));
    const auto connections = legacy::local_connections(sizes_);
    const int64_t used = static_cast<int64_t>(connections.size());
    // Where each element of the matrix from inputs to outputs comes from; `used` is a zero.
    std::vector<int64_t> places(static_cast<size_t>(sizes_.inputs() * sizes_.outputs()), used);
    for (int64_t i = 0; i < used; ++i) {
      const auto [out, in] = connections[static_cast<size_t>(i)];
      places[static_cast<size_t>(in * sizes_.outputs() + out)] = i;
    }
    const Shape matrix = {sizes_.inputs(), sizes_.outputs()};
    if (o_.implementation == 2) {
      std::vector<double> mask;
      for (int64_t place : places) mask.push_back(place == used ? 0 : 1);
      mask_ = Tensor::from(mask, matrix).astype(variable_dtype());
    } else {
      kernel_ = add_weight("kernel", {used}, legacy::kernel_options(o_));
      places_ = Tensor::from(places, matrix).astype(DType::int32);
    }
  }
  Shape with_channels(const Shape& spatial, int64_t channels) const {
    return sizes_.channels_first ? Shape{channels} + spatial : spatial + Shape{channels};
  }

  /// (batch, spatial, channels) -> (batch, channels, spatial).
  static Tensor channels_to_front(const Tensor& x) {
    return ops::transpose(x, Rank == 1 ? std::vector<int>{0, 2, 1} : std::vector<int>{0, 3, 1, 2});
  }

  /// A patch of the input for every place, times the kernel of that place. Channels last.
  Tensor by_patches(Tensor x) const {
    const bool first = sizes_.channels_first;
    if (first)
      x = ops::transpose(x, Rank == 1 ? std::vector<int>{0, 2, 1} : std::vector<int>{0, 2, 3, 1});
    const Shape &k = sizes_.kernel, &s = sizes_.strides;
    const int64_t places = sizes_.output.size(), channels = sizes_.channels;
    if (Rank == 1) x = ops::expand_dims(x, 2);
    Tensor patches = ops::image::extract_patches(
        x, Rank == 1 ? Dims(Shape{k[0], 1}) : Dims(k),
        {.strides = Rank == 1 ? Dims(Shape{s[0], 1}) : Dims(s), .data_format = "channels_last"});
    if (first) {  // a patch lies as the input does
      patches = ops::reshape(patches, {-1, places, k.size(), channels});
      patches = ops::transpose(patches, {0, 1, 3, 2});
    }
    patches = ops::reshape(patches, {-1, places, k.size() * channels});
    // [P,B,F] x [P,F,O] -> [P,B,O]
    Tensor y = ops::matmul(ops::transpose(patches, {1, 0, 2}), compute(kernel_));
    y = ops::reshape(ops::transpose(y, {1, 0, 2}),
                     Shape{-1} + sizes_.output + Shape{sizes_.filters});
    return first ? channels_to_front(y) : y;
  }

  /// One product with the matrix from all inputs to all outputs, in the data's own layout.
  Tensor by_matrix(const Tensor& x) const {
    const Shape matrix = {sizes_.inputs(), sizes_.outputs()};
    Tensor kernel = compute(kernel_);
    if (o_.implementation == 2) {
      kernel = ops::reshape(kernel, matrix) * ops::cast(mask_, kernel.dtype());
    } else {
      kernel =
          ops::take(ops::concatenate({kernel, ops::zeros({1}, kernel.dtype())}, 0), places_, 0);
    }
    const Tensor y = ops::matmul(ops::reshape(x, {-1, matrix[0]}), kernel);
    return ops::reshape(y, Shape{-1} + with_channels(sizes_.output, sizes_.filters));
  }

  legacy::LocalSizes sizes_;
  Dims kernel_size_ = 1;
  Variable kernel_, bias_;
  Tensor mask_, places_;
};

}  // namespace

std::shared_ptr<Object> makers::locally_connected1d() {
  return make_object<LocallyConnectedImpl<1>>();
}
std::shared_ptr<Object> makers::locally_connected2d() {
  return make_object<LocallyConnectedImpl<2>>();
}

}  // namespace kcpp::layers
