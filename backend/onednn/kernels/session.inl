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

/// The lines of x under one line of 3x3 windows, for one vector of channels: where they begin, and
/// how far apart pixels are. Above and below the image they are one zero, again and again.
struct Lines3 {
  const float* at[3];
  int64_t step[3];
};

/// A line of 3x3 windows, nine factors in registers. Windows of pixels [inner, outer) are whole:
/// there every input is read once a row of weights.
template <int Stride, bool Whole>
static void depthwise_line_3x3(const Depthwise& d, const Lines3& x, const float* w, vec start,
                               float* y, int64_t inner, int64_t outer, int count) {
  const int64_t c = d.channels;
  const auto get = [&](const float* p) { return Whole ? load(p) : load_n(p, count); };
  const auto put = [&](int64_t pixel, vec v) {
    if (d.clamped) v = clamp(v, d.low, d.high);
    if (Whole) {
      store(y + pixel * c, v);
    } else {
      store_n(y + pixel * c, v, count);
    }
  };
  vec f[9];
#pragma GCC unroll 9
  for (int i = 0; i < 9; ++i) f[i] = get(w + i * c);
  const auto border = [&](int64_t ox) {
    const int64_t x0 = ox * Stride - d.pad_w;
    vec a = start;
#pragma GCC unroll 3
    for (int kx = 0; kx < 3; ++kx) {
      if (x0 + kx < 0 || x0 + kx >= d.width) continue;
#pragma GCC unroll 3
      for (int ky = 0; ky < 3; ++ky) a += get(x.at[ky] + (x0 + kx) * x.step[ky]) * f[ky * 3 + kx];
    }
    put(ox, a);
  };
  int64_t ox = 0;
  for (; ox < inner; ++ox) border(ox);
  constexpr int together = Stride == 1 ? 4 : 2;
  for (; ox + together <= outer; ox += together) {
    vec sums[together];
#pragma GCC unroll 4
    for (int i = 0; i < together; ++i) sums[i] = start;
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ++ky) {
      constexpr int reach = (together - 1) * Stride + 3;
      const int64_t step = x.step[ky];
      const float* p = x.at[ky] + (ox * Stride - d.pad_w) * step;
      vec v[reach];
#pragma GCC unroll 6
      for (int i = 0; i < reach; ++i) v[i] = get(p + i * step);
#pragma GCC unroll 3
      for (int kx = 0; kx < 3; ++kx) {
#pragma GCC unroll 4
        for (int i = 0; i < together; ++i) sums[i] += v[i * Stride + kx] * f[ky * 3 + kx];
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < together; ++i) put(ox + i, sums[i]);
  }
  for (; ox < d.out_width; ++ox) border(ox);
}

/// A line of windows of any size.
static void depthwise_line(const Depthwise& d, const float* x, const float* w, vec start, float* y,
                           int64_t y0, int64_t inner, int64_t outer, int count) {
  const int64_t c = d.channels;
  const bool whole_lines = y0 >= 0 && y0 + (d.kernel_h - 1) * d.dilation_h < d.height;
  const auto border = [&](int64_t ox) {
    const int64_t x0 = ox * d.stride_w - d.pad_w;
    vec acc = start;
    for (int64_t ky = 0; ky < d.kernel_h; ++ky) {
      const int64_t iy = y0 + ky * d.dilation_h;
      if (iy < 0 || iy >= d.height) continue;
      for (int64_t kx = 0; kx < d.kernel_w; ++kx) {
        const int64_t ix = x0 + kx * d.dilation_w;
        if (ix < 0 || ix >= d.width) continue;
        acc += load_n(x + ((iy - d.x_line) * d.width + ix) * c, count) *
               load_n(w + (ky * d.kernel_w + kx) * c, count);
      }
    }
    if (d.clamped) acc = clamp(acc, d.low, d.high);
    store_n(y + ox * c, acc, count);
  };
  int64_t ox = 0;
  if (whole_lines) {
    for (; ox < inner; ++ox) border(ox);
    const float* from = x + ((y0 - d.x_line) * d.width + ox * d.stride_w - d.pad_w) * c;
    for (; ox + 4 <= outer; ox += 4, from += 4 * d.stride_w * c)
      depthwise_pixels<4>(d, from, w, start, y + ox * c, count);
    for (; ox < outer; ++ox, from += d.stride_w * c)
      depthwise_pixels<1>(d, from, w, start, y + ox * c, count);
  }
  for (; ox < d.out_width; ++ox) border(ox);
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
  const bool is_3x3 = d.kernel_h == 3 && d.kernel_w == 3 && d.dilation_h == 1 &&
                      d.dilation_w == 1 && d.stride_w <= 2;
  constexpr float zeros[lanes] = {};
  for (int64_t r = first; r < last; ++r) {
    const int64_t image = r / d.out_height, oy = r % d.out_height;
    const int64_t y0 = oy * d.stride_h - d.pad_h;
    const float* x = d.x + image * d.height * d.width * c;
    float* y = d.y + (r - d.y_line) * d.out_width * c;
    for (int64_t j = 0; j < c; j += lanes) {
      const int count = static_cast<int>(std::min<int64_t>(lanes, c - j));
      const vec start = d.bias ? load_n(d.bias + j, count) : vec{};
      if (!is_3x3) {
        depthwise_line(d, x + j, d.weights + j, start, y + j, y0, inner, outer, count);
        continue;
      }
      Lines3 under;
      for (int ky = 0; ky < 3; ++ky) {
        const bool inside = y0 + ky >= 0 && y0 + ky < d.height;
        under.at[ky] = inside ? x + (y0 + ky - d.x_line) * d.width * c + j : zeros;
        under.step[ky] = inside ? c : 0;
      }
      const auto line = d.stride_w == 1
                            ? (count == lanes ? depthwise_line_3x3<1, true>
                                              : depthwise_line_3x3<1, false>)
                            : (count == lanes ? depthwise_line_3x3<2, true>
                                              : depthwise_line_3x3<2, false>);
      line(d, under, d.weights + j, start, y + j, inner, outer, count);
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
