// Reading at free coordinates, blurring, and the elastic deformation made of both.
#include <cmath>

#include "kcpp/core/defaults.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/nn.h"
#include "kcpp/ops/random.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/image_checks.h"

namespace kcpp::ops::image {

using namespace ops::detail;

namespace {

/// A neighbour of a coordinate along one axis.
struct Neighbour {
  Tensor index;   ///< inside the axis
  Tensor valid;   ///< for "constant": it was inside before
  Tensor weight;  ///< undefined: 1
};

/// Keras's process_coordinates: what an index outside of an axis stands for.
Neighbour fixed(const Tensor& index, const Tensor& weight, int64_t size, const std::string& mode) {
  if (mode == "constant") {
    const Tensor valid = logical_and(greater_equal(index, 0), less(index, size));
    return {clip(index, 0, size - 1), valid, weight};
  }
  if (mode == "nearest") return {clip(index, 0, size - 1), {}, weight};
  if (mode == "wrap") return {mod(index, size), {}, weight};
  const Tensor phase = mod(abs(index), 2 * size);
  const Tensor back = 2 * size - phase - (mode == "reflect" ? 1 : 0);
  return {where(less(phase, size), phase, back), {}, weight};
}

std::vector<Neighbour> neighbours(const Tensor& at, int order, int64_t size,
                                  const std::string& mode) {
  if (order == 0) {
    const Tensor index = is_floating(at.dtype()) ? round(at) : at;
    return {fixed(as_dtype(index, DType::int32), {}, size, mode)};
  }
  const Tensor low = floor(at);
  const Tensor share = at - low, index = as_dtype(low, DType::int32);
  return {fixed(index, 1.0 - share, size, mode), fixed(index + 1, share, size, mode)};
}

Tensor read_at(const Tensor& x, const Tensor& coordinates, int order, const std::string& mode,
               double fill_value) {
  const Tensors at = unstack(coordinates, {}, 0);
  const DType dtype = coordinates.dtype();
  const Tensor flat = ravel(x);
  std::vector<std::vector<Neighbour>> along;
  for (int axis = 0; axis < x.rank(); ++axis)
    along.push_back(neighbours(at[static_cast<size_t>(axis)], order, x.shape()[axis], mode));
  Tensor total;
  // Corner k: bit i says which neighbour along axis i.
  for (int corner = 0; corner < (order == 0 ? 1 : 1 << x.rank()); ++corner) {
    Tensor index, valid, weight;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const Neighbour& n =
          along[static_cast<size_t>(axis)][(corner >> axis) & (order == 0 ? 0 : 1)];
      index = index.defined() ? index * x.shape()[axis] + n.index : n.index;
      if (n.valid.defined()) valid = valid.defined() ? logical_and(valid, n.valid) : n.valid;
      if (n.weight.defined()) weight = weight.defined() ? weight * n.weight : n.weight;
    }
    Tensor value = as_dtype(take(flat, index), dtype);
    if (valid.defined()) value = where(valid, value, Tensor::scalar(fill_value, dtype));
    if (weight.defined()) value = weight * value;
    total = total.defined() ? total + value : value;
  }
  return as_dtype(is_floating(x.dtype()) ? total : round(total), x.dtype());
}

std::vector<double> gaussian(int64_t size, double sigma) {
  std::vector<double> kernel;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double x = (static_cast<double>(i) - static_cast<double>(size - 1) / 2) / sigma;
    kernel.push_back(std::exp(-0.5 * x * x));
    sum += kernel.back();
  }
  for (double& v : kernel) v /= sum;
  return kernel;
}

}  // namespace

Tensor map_coordinates(const Tensor& inputs, const Tensor& coordinates, int order,
                       const std::string& fill_mode, double fill_value) {
  check_defined(inputs, "map_coordinates");
  check_defined(coordinates, "map_coordinates");
  check(coordinates.rank() >= 2 || (coordinates.rank() == 1 && inputs.rank() == 1),
        "Invalid coordinates rank: expected at least rank 2. Received input with shape: ",
        coordinates.shape());
  check(coordinates.dim(0) == inputs.rank(),
        "First dim of `coordinates` must be the same as the rank of `inputs`. Received inputs with "
        "shape: ",
        inputs.shape(), " and coordinate leading dim of ", coordinates.dim(0));
  check(fill_mode == "constant" || fill_mode == "nearest" || fill_mode == "wrap" ||
            fill_mode == "mirror" || fill_mode == "reflect",
        "Invalid value for argument `fill_mode`. Expected one of {'constant', 'nearest', 'wrap', "
        "'mirror', 'reflect'}. Received: fill_mode=",
        fill_mode);
  check(order == 0 || order == 1,
        "map_coordinates currently requires order<=1. Received: order=", order);
  const auto describe = [&](Config& a) {
    Describe{a}("order", order)("fill_mode", fill_mode)("fill_value", fill_value);
  };
  return symbolic::op(
      "MapCoordinates", describe,
      [=](const Tensor& x, const Tensor& at) {
        if (any_symbolic(x, at)) {
          Shape out = at.shape();
          out.erase(0);
          return symbolic_result(out, x.dtype());
        }
        return read_at(x, at, order, fill_mode, fill_value);
      },
      inputs, coordinates);
}

Tensor gaussian_blur(const Tensor& images, const GaussianBlurOptions& o) {
  check_defined(images, "gaussian_blur");
  check_image_rank(images);
  const Shape size = o.kernel_size.expand(2, "kernel_size");
  check(size[0] > 0 && size[1] > 0, "`kernel_size` must be positive. Received: kernel_size=", size);
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("kernel_size", detail::to_config(size))(
        "sigma", Config::list({o.sigma.first, o.sigma.second}))(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "GaussianBlur", describe,
      [size, sigma = o.sigma, channels_first](const Tensor& images) {
        if (images.is_symbolic()) return symbolic_result(images.shape(), images.dtype());
        Tensor x = images.rank() == 3 ? expand_dims(images, 0) : images;
        if (channels_first) x = transpose(x, {0, 2, 3, 1});
        // Keras lays a (columns, rows) product into a (rows, columns) kernel: with sides that
        // differ it is no longer the outer product.
        const std::vector<double> across = gaussian(size[0], sigma.first),
                                  down = gaussian(size[1], sigma.second);
        const int64_t channels = x.dim(3);
        std::vector<double> kernel;
        for (double v : down) {
          for (double u : across) kernel.insert(kernel.end(), static_cast<size_t>(channels), u * v);
        }
        Tensor y = depthwise_conv(
            x, as_dtype(Tensor::from(kernel, {size[0], size[1], channels, 1}), x.dtype()),
            {.padding = "same", .data_format = "channels_last"});
        if (channels_first) y = transpose(y, {0, 3, 1, 2});
        return images.rank() == 3 ? squeeze(y, 0) : y;
      },
      images);
}

Tensor elastic_transform(const Tensor& images, const ElasticTransformOptions& o) {
  check_defined(images, "elastic_transform");
  check_interpolation(o.interpolation);
  check_fill_mode(o.fill_mode);
  check_image_rank(images);
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("alpha", o.alpha)("sigma", o.sigma)("interpolation", o.interpolation)(
        "fill_mode", o.fill_mode)("fill_value", o.fill_value)("seed", Config())(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  return symbolic::op(
      "ElasticTransform", describe,
      [o, channels_first](const Tensor& images) {
        if (images.is_symbolic()) return symbolic_result(images.shape(), images.dtype());
        Tensor x = images.rank() == 3 ? expand_dims(images, 0) : images;
        if (channels_first) x = transpose(x, {0, 2, 3, 1});
        const int64_t height = x.dim(1), width = x.dim(2);
        // As in Keras, both displacements come from one seed, so they are the same.
        Tensor shift =
            random::normal({x.dim(0), height, width, 1}, 0, 1, x.dtype(), o.seed) * o.sigma;
        const int64_t kernel = (6 * static_cast<int64_t>(o.sigma)) | 1;
        shift = gaussian_blur(shift, {.kernel_size = {kernel, kernel},
                                      .sigma = {o.sigma, o.sigma},
                                      .data_format = "channels_last"}) *
                o.alpha;
        const Tensor rows = reshape(arange(0, height, 1, x.dtype()), {height, 1}),
                     columns = reshape(arange(0, width, 1, x.dtype()), {1, width});
        Tensors warped;
        for (int64_t b = 0; b < x.dim(0); ++b) {
          const Tensor move = squeeze(shift[b], -1);
          const Tensor at = stack({rows + move, columns + move}, 0);
          Tensors channels;
          for (const Tensor& channel : unstack(x[b], {}, -1)) {
            channels.push_back(map_coordinates(channel, at, o.interpolation == "bilinear" ? 1 : 0,
                                               o.fill_mode, o.fill_value));
          }
          warped.push_back(stack(channels, -1));
        }
        Tensor y = stack(warped, 0);
        if (channels_first) y = transpose(y, {0, 3, 1, 2});
        return images.rank() == 3 ? squeeze(y, 0) : y;
      },
      images);
}

}  // namespace kcpp::ops::image
