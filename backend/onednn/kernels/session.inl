// What sessions need beside products with packed weights: the depthwise convolution.

/// One output pixel, or `Pixels` neighbours, of one vector of channels; the window is whole.
template <int Pixels>
KCPP_INLINE void depthwise_pixels(const Depthwise& d, const float* x, const float* w, vec start,
                                  float* y, int count) {
  vec acc[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) acc[i] = start;
  for (int64_t ky = 0; ky < d.kernel_h; ++ky) {
    const float* row = x + ky * d.dilation_h * d.width * d.channels;
    for (int64_t kx = 0; kx < d.kernel_w; ++kx) {
      const vec f = load_n(w + (ky * d.kernel_w + kx) * d.channels, count);
      const float* at = row + kx * d.dilation_w * d.channels;
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i)
        acc[i] += load_n(at + i * d.stride_w * d.channels, count) * f;
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    const vec v = d.clamped ? clamp(acc[i], d.low, d.high) : acc[i];
    store_n(y + i * d.channels, v, count);
  }
}

/// A run of whole 3x3 windows: nine factors in registers, every input read once a row of weights.
template <int Stride, bool Whole>
static void depthwise_row_3x3(const Depthwise& d, const float* x, const float* w, vec start,
                              float* y, int64_t pixels, int count) {
  const int64_t c = d.channels, line = d.width * c;
  const auto get = [&](const float* p) { return Whole ? load(p) : load_n(p, count); };
  const auto put = [&](float* p, vec v) {
    if (d.clamped) v = clamp(v, d.low, d.high);
    if (Whole) {
      store(p, v);
    } else {
      store_n(p, v, count);
    }
  };
  vec f[9];
#pragma GCC unroll 9
  for (int i = 0; i < 9; ++i) f[i] = get(w + i * c);
  int64_t i = 0;
  if constexpr (Stride == 1) {
    for (; i + 4 <= pixels; i += 4, x += 4 * c, y += 4 * c) {
      vec a0 = start, a1 = start, a2 = start, a3 = start;
#pragma GCC unroll 3
      for (int ky = 0; ky < 3; ++ky) {
        const float* p = x + ky * line;
        const vec v0 = get(p), v1 = get(p + c), v2 = get(p + 2 * c), v3 = get(p + 3 * c),
                  v4 = get(p + 4 * c), v5 = get(p + 5 * c);
        a0 += v0 * f[ky * 3];
        a1 += v1 * f[ky * 3];
        a2 += v2 * f[ky * 3];
        a3 += v3 * f[ky * 3];
        a0 += v1 * f[ky * 3 + 1];
        a1 += v2 * f[ky * 3 + 1];
        a2 += v3 * f[ky * 3 + 1];
        a3 += v4 * f[ky * 3 + 1];
        a0 += v2 * f[ky * 3 + 2];
        a1 += v3 * f[ky * 3 + 2];
        a2 += v4 * f[ky * 3 + 2];
        a3 += v5 * f[ky * 3 + 2];
      }
      put(y, a0);
      put(y + c, a1);
      put(y + 2 * c, a2);
      put(y + 3 * c, a3);
    }
  } else {
    for (; i + 2 <= pixels; i += 2, x += 4 * c, y += 2 * c) {
      vec a0 = start, a1 = start;
#pragma GCC unroll 3
      for (int ky = 0; ky < 3; ++ky) {
        const float* p = x + ky * line;
        const vec v2 = get(p + 2 * c);
        a0 += get(p) * f[ky * 3];
        a1 += v2 * f[ky * 3];
        a0 += get(p + c) * f[ky * 3 + 1];
        a1 += get(p + 3 * c) * f[ky * 3 + 1];
        a0 += v2 * f[ky * 3 + 2];
        a1 += get(p + 4 * c) * f[ky * 3 + 2];
      }
      put(y, a0);
      put(y + c, a1);
    }
  }
  for (; i < pixels; ++i, x += Stride * c, y += c) {
    vec a = start;
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
#pragma GCC unroll 3
      for (int kx = 0; kx < 3; ++kx) a += get(x + ky * line + kx * c) * f[ky * 3 + kx];
    }
    put(y, a);
  }
}

/// Rows [first, last) of all images' output rows.
static void depthwise_kernel(const Depthwise& d, int64_t first, int64_t last) {
  const int64_t c = d.channels;
  const auto floor_div = [](int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); };
  // Pixels whose window lies inside the image.
  const int64_t reach = (d.kernel_w - 1) * d.dilation_w;
  const int64_t inner = std::min(d.out_width, (d.pad_w + d.stride_w - 1) / d.stride_w);
  const int64_t outer = std::max(
      inner, std::min(d.out_width,
                      floor_div(d.width - 1 - reach + d.pad_w, d.stride_w) + 1));
  for (int64_t r = first; r < last; ++r) {
    const int64_t image = r / d.out_height, oy = r % d.out_height;
    const int64_t y0 = oy * d.stride_h - d.pad_h;
    const float* x = d.x + image * d.height * d.width * c;
    float* y = d.y + r * d.out_width * c;
    const bool whole_rows = y0 >= 0 && y0 + (d.kernel_h - 1) * d.dilation_h < d.height;
    const bool fast = whole_rows && d.kernel_h == 3 && d.kernel_w == 3 && d.dilation_h == 1 &&
                      d.dilation_w == 1 && d.stride_w <= 2;
    for (int64_t j = 0; j < c; j += lanes) {
      const int count = static_cast<int>(std::min<int64_t>(lanes, c - j));
      const vec start = d.bias ? load_n(d.bias + j, count) : vec{};
      const float* w = d.weights + j;
      const auto border = [&](int64_t ox) {
        const int64_t x0 = ox * d.stride_w - d.pad_w;
        vec acc = start;
        for (int64_t ky = 0; ky < d.kernel_h; ++ky) {
          const int64_t iy = y0 + ky * d.dilation_h;
          if (iy < 0 || iy >= d.height) continue;
          for (int64_t kx = 0; kx < d.kernel_w; ++kx) {
            const int64_t ix = x0 + kx * d.dilation_w;
            if (ix < 0 || ix >= d.width) continue;
            acc += load_n(x + (iy * d.width + ix) * c + j, count) *
                   load_n(w + (ky * d.kernel_w + kx) * c, count);
          }
        }
        if (d.clamped) acc = clamp(acc, d.low, d.high);
        store_n(y + ox * c + j, acc, count);
      };
      int64_t ox = 0;
      const int64_t begin = whole_rows ? inner : d.out_width;
      for (; ox < begin; ++ox) border(ox);
      if (ox < outer) {
        const float* from = x + (y0 * d.width + ox * d.stride_w - d.pad_w) * c + j;
        float* to = y + ox * c + j;
        if (fast) {
          const auto row = d.stride_w == 1
                               ? (count == lanes ? depthwise_row_3x3<1, true>
                                                 : depthwise_row_3x3<1, false>)
                               : (count == lanes ? depthwise_row_3x3<2, true>
                                                 : depthwise_row_3x3<2, false>);
          row(d, from, w, start, to, outer - ox, count);
          ox = outer;
        } else {
          for (; ox + 4 <= outer; ox += 4, from += 4 * d.stride_w * c, to += 4 * c)
            depthwise_pixels<4>(d, from, w, start, to, count);
          for (; ox < outer; ++ox, from += d.stride_w * c, to += c)
            depthwise_pixels<1>(d, from, w, start, to, count);
        }
      }
      for (; ox < d.out_width; ++ox) border(ox);
    }
  }
}

/// y = act(x scale + shift) over rows of channels.
static void scale_shift_kernel(const float* x, const float* scale, const float* shift, float* y,
                               int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
#pragma omp simd
    for (int64_t j = 0; j < cols; ++j) y[j] = x[j] * scale[j] + shift[j];
  }
}

static void fill_session(Kernels& k) {
  k.panel_columns = panel_columns;
  k.vector_floats = lanes;
  k.packed_product = packed_product_kernel;
  k.depthwise = depthwise_kernel;
  k.scale_shift = scale_shift_kernel;
}
