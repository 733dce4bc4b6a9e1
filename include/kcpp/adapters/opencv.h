/// OpenCV's images and kcpp on the same memory. Optional: needs OpenCV's headers (core).
#pragma once

#include <opencv2/core.hpp>

#include "kcpp/core/error.h"
#include "kcpp/core/tensor.h"

namespace kcpp::adapters {

/// A tensor of an image: (height, width, channels), 1 channel included. A continuous one is shared:
/// the tensor keeps OpenCV's buffer alive. Another one (a region of interest) is copied. The
/// channels stay in OpenCV's order, BGR for what cv::imread gives; models that were trained on RGB
/// need cv::cvtColor first.
///
///     Tensor image = adapters::from_opencv(cv::imread("cat.png"));               // uint8 (h, w,
///     3) Tensor scores = model.predict(ops::expand_dims(image, 0).astype(DType::float32));
inline Tensor from_opencv(const cv::Mat& image) {
  check(image.dims == 2 && !image.empty(),
        "[from_opencv] The image is empty or has more than 2 dimensions. Received: dims=",
        image.dims);
  const cv::Mat kept = image.isContinuous() ? image : image.clone();
  const Shape shape{kept.rows, kept.cols, kept.channels()};
  const auto borrow = [&]<class T>(T* data) { return Tensor::borrow(data, shape, [kept] {}); };
  switch (kept.depth()) {
    case CV_8U:
      return borrow(reinterpret_cast<uint8_t*>(kept.data));
    case CV_8S:
      return borrow(reinterpret_cast<int8_t*>(kept.data));
    case CV_16S:
      return borrow(reinterpret_cast<int16_t*>(kept.data));
    case CV_32S:
      return borrow(reinterpret_cast<int32_t*>(kept.data));
    case CV_32F:
      return borrow(reinterpret_cast<float*>(kept.data));
    case CV_64F:
      return borrow(reinterpret_cast<double*>(kept.data));
    default:
      throw TypeError(text("[from_opencv] The image's depth ", kept.depth(),
                           " has no dtype here. Convert it by cv::Mat::convertTo."));
  }
}

/// A cv::Mat on the memory of a tensor (height, width) or (height, width, channels); the tensor
/// must outlive it, and the Mat must not be written to. Throws ValueError for another rank,
/// TypeError for a dtype that OpenCV lacks.
inline cv::Mat as_opencv(const Tensor& tensor) {
  check(tensor.defined() && !tensor.is_symbolic() && (tensor.rank() == 2 || tensor.rank() == 3),
        "[as_opencv] An image needs a tensor (height, width) or (height, width, channels).");
  const int channels = tensor.rank() == 3 ? static_cast<int>(tensor.dim(2)) : 1;
  check(channels >= 1 && channels <= CV_CN_MAX, "[as_opencv] OpenCV has no images of ", channels,
        " channels.");
  const auto view = [&](int depth) {
    return cv::Mat(static_cast<int>(tensor.dim(0)), static_cast<int>(tensor.dim(1)),
                   CV_MAKETYPE(depth, channels), const_cast<void*>(tensor.raw()));
  };
  switch (tensor.dtype()) {
    case DType::uint8:
      return view(CV_8U);
    case DType::int8:
      return view(CV_8S);
    case DType::int16:
      return view(CV_16S);
    case DType::int32:
      return view(CV_32S);
    case DType::float32:
      return view(CV_32F);
    case DType::float64:
      return view(CV_64F);
    default:
      throw TypeError("[as_opencv] OpenCV has no images of this dtype. Use Tensor::astype.");
  }
}
cv::Mat as_opencv(Tensor&&) = delete;  // the memory would be gone

}  // namespace kcpp::adapters
