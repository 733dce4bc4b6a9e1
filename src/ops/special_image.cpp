#include "src/ops/special_image.h"

#include <cmath>
#include <cstring>

#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/core/trace_hook.h"
#include "src/ops/common.h"
#include "src/ops/describe.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// The largest number of a type of whole numbers.
double largest(DType dtype) {
  const int bits = static_cast<int>(8 * size_of(dtype));
  return std::ldexp(1.0, dtype <= DType::uint64 ? bits : bits - 1) - 1;
}

/// TensorFlow always gives float32; double stays double, for checks of the gradient.
DType crop_dtype(const Tensor& images) {
  return images.dtype() == DType::float64 ? DType::float64 : DType::float32;
}

/// Places along one side of each box: (n, size), in pixels.
Tensor places(const Tensor& first, const Tensor& last, int64_t size, int64_t side) {
  const double most = static_cast<double>(side - 1);
  if (size == 1) return expand_dims((first + last) * (0.5 * most), -1);
  const Tensor steps = arange(0, size).astype(first.dtype());
  const Tensor step = (last - first) * (most / static_cast<double>(size - 1));
  return expand_dims(first * most, -1) + expand_dims(step, -1) * steps;
}

Tensor crop_and_resize_now(const Tensor& given, const Tensor& given_boxes, const Tensor& indices,
                           const CropAndResizeOptions& o) {
  const Tensor images = as_dtype(given, crop_dtype(given));
  const Tensor boxes = as_dtype(given_boxes, images.dtype());
  const int64_t height = images.dim(1), width = images.dim(2), channels = images.dim(3);
  const auto corner = [&](int i) { return get_item(boxes, {Slice{}, i}); };
  const Tensor y = places(corner(0), corner(2), o.height, height);
  const Tensor x = places(corner(1), corner(3), o.width, width);
  const auto inside = [](const Tensor& t, int64_t side) {
    return logical_and(greater_equal(t, 0.0), less_equal(t, static_cast<double>(side - 1)));
  };
  const Tensor pixels = reshape(images, {-1, channels});
  const Tensor first_row =
      expand_dims(as_dtype(indices, DType::int32), -1) * static_cast<int>(height);
  // Places beside the image, which the end replaces, must not be read.
  const auto pixel = [&](const Tensor& row, const Tensor& column) {
    const auto index = [](const Tensor& t, int64_t side) {
      return as_dtype(clip(t, 0.0, static_cast<double>(side - 1)), DType::int32);
    };
    const Tensor rows = (first_row + index(row, height)) * static_cast<int>(width);
    return take(pixels, expand_dims(rows, 2) + expand_dims(index(column, width), 1), 0);
  };
  Tensor value;
  if (o.nearest) {
    value = pixel(floor(y + 0.5), floor(x + 0.5));
  } else {
    const Tensor top = floor(y), bottom = ceil(y), left = floor(x), right = ceil(x);
    const Tensor down = expand_dims(expand_dims(y - top, 2), 3);
    const Tensor along = expand_dims(expand_dims(x - left, 1), 3);
    const auto row = [&](const Tensor& at) {
      const Tensor start = pixel(at, left);
      return start + (pixel(at, right) - start) * along;
    };
    const Tensor upper = row(top);
    value = upper + (row(bottom) - upper) * down;
  }
  const Tensor there =
      logical_and(expand_dims(inside(y, height), 2), expand_dims(inside(x, width), 1));
  return where(expand_dims(there, 3), value, o.extrapolation_value);
}

OpRun bitcast_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), dtype = dtype_of(a.text("dtype"))](const Tensors& in) {
    return Tensors{bitcast(x(in), dtype)};
  };
}
OpRun convert_image_dtype_op(const OpArguments& a) {
  return [x = a.tensor(0, "image"), dtype = dtype_of(a.text("dtype")),
          saturate = a.flag("saturate")](const Tensors& in) {
    return Tensors{convert_image_dtype(x(in), dtype, saturate)};
  };
}
OpRun crop_and_resize_op(const OpArguments& a) {
  const Shape size = a.shape("crop_size");
  check(size.rank() == 2 && size[0] > 0 && size[1] > 0,
        "[CropAndResize] `crop_size` must be two positive numbers. Received: crop_size=", size);
  const CropAndResizeOptions o{size[0], size[1], a.text("method", "bilinear") == "nearest",
                               a.number("extrapolation_value")};
  return [x = a.tensor(0, "images"), boxes = a.tensor(1, "boxes"),
          indices = a.tensor(2, "box_indices"), o](const Tensors& in) {
    return Tensors{crop_and_resize(x(in), boxes(in), indices(in), o)};
  };
}

constexpr OpEntry kEntries[] = {
    {"Bitcast", "core", bitcast_op},
    {"ConvertImageDtype", "image", convert_image_dtype_op},
    {"CropAndResize", "image", crop_and_resize_op},
};

}  // namespace

Tensor bitcast(const Tensor& x, DType dtype) {
  check_defined(x, "bitcast");
  const auto numbers = [](DType d) { return d != DType::bool_ && d != DType::string; };
  check<TypeError>(numbers(dtype) && numbers(x.dtype()),
                   "[bitcast] Expected numbers. Received: x.dtype=", x.dtype(), ", dtype=", dtype);
  return symbolic::op(
      "Bitcast", [&](Config& a) { Describe{a}("dtype", name_of(dtype)); },
      [dtype](const Tensor& t) {
        const auto from = static_cast<int64_t>(size_of(t.dtype()));
        const auto to = static_cast<int64_t>(size_of(dtype));
        Shape shape = t.shape();
        if (from > to) shape.push_back(from / to);
        if (from < to) {
          check(shape.rank() > 0 && shape.back() == to / from, "[bitcast] Expected a last axis of ",
                to / from, ". Received: shape=", shape);
          shape.pop_back();
        }
        if (t.is_symbolic()) return symbolic_result(shape, dtype);
        Tensor y = Tensor::empty(shape, dtype);
        if (inference::active_trace) inference::active_trace->on_read(t);
        if (t.bytes()) std::memcpy(y.mutable_raw(), t.raw(), t.bytes());
        return y;
      },
      x);
}

Tensor convert_image_dtype(const Tensor& image, DType dtype, bool saturate) {
  check_defined(image, "convert_image_dtype");
  return symbolic::op(
      "ConvertImageDtype",
      [&](Config& a) { Describe{a}("dtype", name_of(dtype))("saturate", saturate); },
      [dtype, saturate](const Tensor& x) {
        const DType from = x.dtype();
        if (x.is_symbolic()) return symbolic_result(x.shape(), dtype);
        const auto converted = [&](const Tensor& t) {
          return saturate ? saturate_cast(t, dtype) : cast(t, dtype);
        };
        if (from == dtype || (is_floating(from) && is_floating(dtype))) return cast(x, dtype);
        if (is_floating(dtype)) return cast(x, dtype) * (1.0 / largest(from));
        if (is_floating(from)) return converted(x * (largest(dtype) + 0.5));
        const double in = largest(from) + 1, out = largest(dtype) + 1;
        if (in > out) return converted(floor_divide(x, static_cast<int64_t>(in / out)));
        return converted(x) * static_cast<int64_t>(out / in);
      },
      image);
}

Tensor crop_and_resize(const Tensor& images, const Tensor& boxes, const Tensor& box_indices,
                       const CropAndResizeOptions& options) {
  check_defined(images, "crop_and_resize");
  check_defined(boxes, "crop_and_resize");
  check_defined(box_indices, "crop_and_resize");
  check(images.rank() == 4 && boxes.rank() == 2 && box_indices.rank() == 1,
        "[crop_and_resize] Expected images (b, h, w, c), boxes (n, 4) and box_indices (n). "
        "Received: shapes ",
        images.shape(), ", ", boxes.shape(), " and ", box_indices.shape());
  return symbolic::op(
      "CropAndResize",
      [&](Config& a) {
        Describe{a}("crop_size", Config::list({options.height, options.width}))(
            "method", options.nearest ? "nearest" : "bilinear")("extrapolation_value",
                                                                options.extrapolation_value);
      },
      [options](const Tensor& x, const Tensor& b, const Tensor& i) {
        if (any_symbolic(x, b, i))
          return symbolic_result({b.dim(0), options.height, options.width, x.dim(3)},
                                 crop_dtype(x));
        return crop_and_resize_now(x, b, i, options);
      },
      images, boxes, box_indices);
}

std::span<const OpEntry> op_table_special_image() { return kEntries; }

}  // namespace kcpp::ops
