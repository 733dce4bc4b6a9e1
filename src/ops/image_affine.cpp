// Affine and perspective maps of images.
#include "kcpp/core/defaults.h"
#include "kcpp/ops/create.h"
#include "kcpp/ops/image.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "src/ops/describe.h"
#include "src/ops/image_checks.h"
#include "src/ops/image_sampling.h"

namespace kcpp::ops::image {

using namespace ops::detail;

namespace {

/// Channels-last batches of images go in and come out; `images` may be one, or channels-first.
template <class F>
Tensor on_batch(const Tensor& images, bool channels_first, F run) {
  Tensor x = images.rank() == 3 ? expand_dims(images, 0) : images;
  if (channels_first) x = transpose(x, {0, 2, 3, 1});
  Tensor y = run(x);
  if (channels_first) y = transpose(y, {0, 3, 1, 2});
  return images.rank() == 3 ? squeeze(y, 0) : y;
}

void check_transform_count(const Tensor& images, int64_t transforms, std::string_view name) {
  const int64_t batch = images.dim(0);
  check(transforms == 1 || transforms == batch, "Input image batch has ", batch, " images, but `",
        name, "` has ", transforms, " transforms. Expected 1 or ", batch, ".");
}

}  // namespace

Tensor compute_homography_matrix(const Tensor& start_points, const Tensor& end_points) {
  const Tensor start = as_dtype(start_points, DType::float32),
               end = as_dtype(end_points, DType::float32);
  const int64_t batch = start.dim(0);
  // Two rows a point: (x' y' 1 0 0 0 -x x' -x y') h = x, and the same of y.
  Tensors rows, targets;
  const Tensor one = ones({batch}, DType::float32), zero = zeros({batch}, DType::float32);
  for (int point = 0; point < 4; ++point) {
    const auto coordinate = [&](const Tensor& points, int axis) {
      return get_item(points, {Slice{}, point, axis});
    };
    const Tensor x = coordinate(end, 0), y = coordinate(end, 1);
    const Tensor to_x = coordinate(start, 0), to_y = coordinate(start, 1);
    rows.push_back(stack({x, y, one, zero, zero, zero, -(to_x * x), -(to_x * y)}, -1));
    rows.push_back(stack({zero, zero, zero, x, y, one, -(to_y * x), -(to_y * y)}, -1));
    targets.push_back(to_x);
    targets.push_back(to_y);
  }
  const Tensor solved = solve(stack(rows, 1), expand_dims(stack(targets, -1), -1));
  return reshape(solved, {-1, 8});
}

Tensor affine_transform(const Tensor& images, const Tensor& transform,
                        const AffineTransformOptions& o) {
  check_defined(images, "affine_transform");
  check_defined(transform, "affine_transform");
  check_interpolation(o.interpolation);
  check_fill_mode(o.fill_mode);
  check_image_rank(images);
  check(transform.rank() == 1 || transform.rank() == 2,
        "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
        "transforms). Received input with shape: transform.shape=",
        transform.shape());
  check(transform.dim(-1) == 8 || transform.dim(-1) == Shape::unknown,
        "Invalid transform shape: expected 8 numbers a transform. Received input with shape: "
        "transform.shape=",
        transform.shape());
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("interpolation", o.interpolation)("fill_mode", o.fill_mode)(
        "fill_value", o.fill_value)("data_format",
                                    channels_first ? "channels_first" : "channels_last");
  };
  const ProjectiveAttrs attrs{o.interpolation == "bilinear", o.fill_mode, o.fill_value};
  return symbolic::op(
      "AffineTransform", describe,
      [attrs, channels_first](const Tensor& x, const Tensor& t) {
        if (any_symbolic(x, t)) return symbolic_result(x.shape(), x.dtype());
        const Tensor maps = t.rank() == 1 ? expand_dims(t, 0) : t;
        return on_batch(x, channels_first, [&](const Tensor& batch) {
          check_transform_count(batch, maps.dim(0), "transform");
          return projective_transform(batch, maps, attrs);
        });
      },
      images, transform);
}

Tensor perspective_transform(const Tensor& images, const Tensor& start_points,
                             const Tensor& end_points, const PerspectiveTransformOptions& o) {
  check_defined(images, "perspective_transform");
  check_interpolation(o.interpolation);
  check_image_rank(images);
  const auto check_points = [](const Tensor& points, const char* name) {
    check_defined(points, "perspective_transform");
    const bool good =
        (points.rank() == 2 || points.rank() == 3) && points.dim(-2) == 4 && points.dim(-1) == 2;
    check(good, "Invalid ", name,
          " shape: expected (4,2) for a single image or (N,4,2) for a batch. Received shape: ",
          points.shape());
  };
  check_points(start_points, "start_points");
  check_points(end_points, "end_points");
  check(start_points.shape() == end_points.shape(),
        "start_points and end_points must have the same shape. Received start_points.shape=",
        start_points.shape(), ", end_points.shape=", end_points.shape());
  const bool channels_first = is_channels_first(o.data_format);
  const auto describe = [&](Config& a) {
    Describe{a}("interpolation", o.interpolation)("fill_value", o.fill_value)(
        "data_format", channels_first ? "channels_first" : "channels_last");
  };
  const ProjectiveAttrs attrs{o.interpolation == "bilinear", "constant", o.fill_value};
  return symbolic::op(
      "PerspectiveTransform", describe,
      [attrs, channels_first](const Tensor& x, const Tensor& start, const Tensor& end) {
        if (any_symbolic(x, start, end)) return symbolic_result(x.shape(), x.dtype());
        const auto batched = [](const Tensor& t) { return t.rank() == 2 ? expand_dims(t, 0) : t; };
        const Tensor maps = compute_homography_matrix(batched(start), batched(end));
        return on_batch(x, channels_first, [&](const Tensor& batch) {
          check_transform_count(batch, maps.dim(0), "start_points");
          return projective_transform(batch, maps, attrs);
        });
      },
      images, start_points, end_points);
}

}  // namespace kcpp::ops::image
