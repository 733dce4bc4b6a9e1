// The two kernels that sessions do most of their work with: a product with packed weights, which
// is also every convolution that is not depthwise, and the depthwise convolution.

constexpr int panel_vecs = lanes == 16 ? 4 : 2;  // a panel of packed weights: 64, 16 or 8 columns
constexpr int panel_columns = panel_vecs * lanes;
/// Rows of a tile: as many sums as the registers hold beside the weights and one factor.
constexpr int packed_rows(int vecs) { return vecs == panel_vecs ? 6 : 8; }
constexpr int most_packed_rows = 8;

KCPP_INLINE vec clamp(vec v, float low, float high) {
  const vec l = splat(low), h = splat(high);
  v = v < l ? l : v;  // NaN stays
  return v > h ? h : v;
}

/// One tile: `Rows` rows that start at a[i], `Vecs` vectors of one panel. With one row, the long
/// dimension is cut in `Split` interleaved sums, so that they do not wait for each other.
template <int Rows, int Vecs, int Split>
static void packed_tile(const PackedProduct& g, const float* const* a, const float* b,
                        const float* bias, const float* residual, float* c, int last) {
  vec acc[Split][Rows][Vecs];
#pragma GCC unroll 8
  for (int s = 0; s < Split; ++s) {
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
      for (int v = 0; v < Vecs; ++v)
        acc[s][i][v] = s == 0 && bias ? load(bias + v * lanes) : vec{};
    }
  }
  const int64_t steps = g.steps;
  for (int64_t segment = 0; segment < g.segments; ++segment) {
    const float* p[Rows];
    const int64_t offset = g.segment_offsets ? g.segment_offsets[segment] : 0;
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) p[i] = a[i] + offset;
    int64_t k = 0;
    for (; k + Split <= steps; k += Split) {
#pragma GCC unroll 8
      for (int s = 0; s < Split; ++s) {
        vec row[Vecs];
#pragma GCC unroll 8
        for (int v = 0; v < Vecs; ++v) row[v] = load(b + v * lanes);
        b += Vecs * lanes;
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
          const vec x = splat(p[i][k + s]);
#pragma GCC unroll 8
          for (int v = 0; v < Vecs; ++v) acc[s][i][v] += x * row[v];
        }
      }
    }
    if constexpr (Split > 1) {
      for (; k < steps; ++k, b += Vecs * lanes) {
#pragma GCC unroll 8
        for (int i = 0; i < Rows; ++i) {
          const vec x = splat(p[i][k]);
#pragma GCC unroll 8
          for (int v = 0; v < Vecs; ++v) acc[0][i][v] += x * load(b + v * lanes);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < Vecs; ++v) {
      vec y = acc[0][i][v];
#pragma GCC unroll 8
      for (int s = 1; s < Split; ++s) y += acc[s][i][v];
      const bool partial = v == Vecs - 1 && last != lanes;
      if (residual) {
        const float* r = residual + i * g.ldc + v * lanes;
        y += partial ? load_n(r, last) : load(r);
      }
      if (g.clamped) y = clamp(y, g.low, g.high);
      float* to = c + i * g.ldc + v * lanes;
      if (partial) {
        store_n(to, y, last);
      } else {
        store(to, y);
      }
    }
  }
}

using PackedTile = void (*)(const PackedProduct&, const float* const*, const float*, const float*,
                            const float*, float*, int);
template <int Vecs, int... Row>
constexpr std::array<PackedTile, most_packed_rows> packed_tiles_of_width(
    std::integer_sequence<int, Row...>) {
  return {packed_tile<Row + 1, Vecs, (Row == 0 ? (Vecs <= 2 ? 4 : 2) : 1)>...};
}
template <int... Vec>
constexpr std::array<std::array<PackedTile, most_packed_rows>, panel_vecs> all_packed_tiles(
    std::integer_sequence<int, Vec...>) {
  return {packed_tiles_of_width<Vec + 1>(std::make_integer_sequence<int, packed_rows(Vec + 1)>())...};
}
static constexpr auto packed_tiles =
    all_packed_tiles(std::make_integer_sequence<int, panel_vecs>());

static void packed_product_kernel(const PackedProduct& g) {
  const int64_t depth = g.segments * g.steps;
  const int64_t panels = (g.n + panel_columns - 1) / panel_columns;
  const int64_t rows = g.row_last - g.row_first;
  // A block of rows, whose part of A stays in the second-level cache, meets all panels.
  const int64_t block =
      std::max<int64_t>(48, 48 * 1024 / std::max<int64_t>(1, std::min(depth, g.steps * 3)));
  for (int64_t r0 = 0; r0 < rows; r0 += block) {
    const int64_t block_rows = std::min(block, rows - r0);
    for (int64_t panel = g.panel_first; panel < g.panel_last; ++panel) {
      const int64_t j = panel * panel_columns;
      const int64_t width = std::min<int64_t>(panel_columns, g.n - j);
      // All panels but the last one are whole: they lie panel_columns * depth apart.
      const float* b = g.b + panel * panel_columns * depth;
      const int vecs = static_cast<int>((width + lanes - 1) / lanes);
      const int last = static_cast<int>(width - (vecs - 1) * lanes);
      const int most = packed_rows(vecs);
      const int64_t bands = (block_rows + most - 1) / most;
      int64_t r = g.row_first + r0;
      int64_t line = r / g.width, x = r % g.width;
      for (int64_t band = 0; band < bands; ++band) {
        const int count = static_cast<int>(block_rows * (band + 1) / bands -
                                           block_rows * band / bands);
        const float* a[most_packed_rows];
        for (int i = 0; i < count; ++i) {
          a[i] = g.a + line / g.lines * g.image_step + line % g.lines * g.line_step +
                 x * g.row_step;
          if (++x == g.width) x = 0, ++line;
        }
        packed_tiles[static_cast<size_t>(vecs - 1)][static_cast<size_t>(count - 1)](
            g, a, b, g.bias ? g.bias + j : nullptr,
            g.residual ? g.residual + r * g.ldc + j : nullptr, g.c + r * g.ldc + j, last);
        r += count;
      }
    }
    (void)panels;
  }
}

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
