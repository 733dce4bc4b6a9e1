// Recurrent cells, one row of units. LSTM gates: i f c o.

static void lstm_cell_kernel(const float* gates, const float* c_before, float* c, int64_t units) {
  const float *i = gates, *f = gates + units, *g = gates + 2 * units;
#pragma omp simd
  for (int64_t u = 0; u < units; ++u) c[u] = f[u] * c_before[u] + i[u] * g[u];
}

static void gru_mix_kernel(const float* z, const float* h_before, const float* candidate, float* h,
                           int64_t units) {
#pragma omp simd
  for (int64_t u = 0; u < units; ++u) h[u] = z[u] * h_before[u] + (1.0f - z[u]) * candidate[u];
}

// dc_now is what reaches c through h alone; dc comes in from the later step and leaves for the
// earlier one.
static void lstm_cell_grad_kernel(const float* gates, const float* activated_c,
                                  const float* c_before, const float* dh, const float* dc_now,
                                  float* dc, float* d_gates, int64_t units) {
  const float *i = gates, *f = gates + units, *g = gates + 2 * units;
  float *di = d_gates, *df = d_gates + units, *dg = d_gates + 2 * units,
        *d_out = d_gates + 3 * units;
#pragma omp simd
  for (int64_t u = 0; u < units; ++u) {
    const float total = dc[u] + dc_now[u];
    di[u] = total * g[u];
    df[u] = total * c_before[u];
    dg[u] = total * i[u];
    d_out[u] = dh[u] * activated_c[u];
    dc[u] = total * f[u];
  }
}

static void gru_mix_grad_kernel(const float* z, const float* h_before, const float* candidate,
                                const float* dh, float* dz, float* d_candidate, float* dh_before,
                                int64_t units) {
#pragma omp simd
  for (int64_t u = 0; u < units; ++u) {
    const float d = dh[u], gate = z[u];
    dz[u] = d * (h_before[u] - candidate[u]);
    d_candidate[u] = d * (1.0f - gate);
    dh_before[u] = d * gate;
  }
}

static void add_product_kernel(const float* a, const float* b, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] += a[i] * b[i];
}

static void fill_rnn(Kernels& k) {
  k.lstm_cell = lstm_cell_kernel;
  k.gru_mix = gru_mix_kernel;
  k.lstm_cell_grad = lstm_cell_grad_kernel;
  k.gru_mix_grad = gru_mix_grad_kernel;
  k.add_product = add_product_kernel;
}
