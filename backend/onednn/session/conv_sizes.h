/// The sizes of a convolution of channels-last images.
#pragma once

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {

/// In two dimensions: a convolution in one is over images of one line.
struct ConvSizes {
  ConvSizes(const Graph& g, const Node& n) {
    const Shape &x = g.value(n.inputs[0]).shape, &y = g.value(n.outputs[0]).shape,
                &w = g.value(n.inputs[1]).shape;
    const bool flat = x.rank() == 3;
    const int s = flat ? 0 : 1;  // of the width among the spatial dimensions
    const auto at = [&](const Shape& v, int64_t otherwise) { return flat ? otherwise : v[0]; };
    batch = x[0];
    height = flat ? 1 : x[1];
    width = x[1 + s];
    in = x.back();
    out_height = flat ? 1 : y[1];
    out_width = y[1 + s];
    out = y.back();
    kernel_h = at(w, 1);
    kernel_w = w[s];
    stride_h = at(n.conv.strides, 1);
    stride_w = n.conv.strides[s];
    dilation_h = at(n.conv.dilations, 1);
    dilation_w = n.conv.dilations[s];
    pad_h = at(n.conv.pad_low, 0);
    pad_w = n.conv.pad_low[s];
    pad_h_end = at(n.conv.pad_high, 0);
    pad_w_end = n.conv.pad_high[s];
    groups = n.conv.groups;
  }
  bool padded() const { return (pad_h | pad_w | pad_h_end | pad_w_end) != 0; }
  int64_t padded_height() const { return height + pad_h + pad_h_end; }
  int64_t padded_width() const { return width + pad_w + pad_w_end; }

  int64_t batch, height, width, in, out_height, out_width, out;
  int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  int64_t pad_h, pad_w, pad_h_end, pad_w_end, groups;
};

/// The own kernels of this folder compute it: float32, one or two dimensions, constant weights.
bool can_convolve(const Graph& g, const Node& n);

}  // namespace kcpp::onednn::session
