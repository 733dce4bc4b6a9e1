// Element by element: unary, binary with broadcasting, affine, cast, where.
#include <array>

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {
namespace {

constexpr int64_t grain = 1 << 14;

UnaryParams params_of(const UnaryAttrs& a) {
  return {static_cast<float>(a.alpha), static_cast<float>(a.beta), static_cast<float>(a.gamma)};
}

class UnaryKernel final : public Kernel {
 public:
  UnaryKernel(const Graph& g, const Node& n)
      : f_(kernels().unary[static_cast<size_t>(n.unary_op)]),
        params_(params_of(n.unary_attrs)),
        size_(g.value(n.outputs[0]).shape.size()) {}
  std::string name() const override { return text("loop, ", kernels().name); }
  bool in_place(int) const override { return true; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float* x = floats(b, 0);
    float* y = out_floats(b);
    parallel_for(size_, grain, [&](int64_t first, int64_t last) {
      f_(x + first, y + first, last - first, params_);
    });
    return true;
  }

 private:
  Kernels::Unary f_;
  UnaryParams params_;
  int64_t size_;
};

/// Two operands in the fewest axes that tell where each of them advances.
struct Broadcast {
  static constexpr int most = Shape::max_rank;
  int rank = 0;
  std::array<int64_t, most> sizes{}, step_a{}, step_b{};

  Broadcast(const Shape& a, const Shape& b, const Shape& out) {
    int64_t sa = a.size(), sb = b.size();
    bool open = false, was_a = false, was_b = false;
    std::array<int64_t, most> n{}, pa{}, pb{};
    int count = 0;
    for (int i = 0; i < out.rank(); ++i) {
      const int ia = i - (out.rank() - a.rank()), ib = i - (out.rank() - b.rank());
      const int64_t na = ia < 0 ? 1 : a[ia], nb = ib < 0 ? 1 : b[ib];
      if (out[i] == 1) continue;
      sa /= na;
      sb /= nb;
      const bool in_a = na != 1, in_b = nb != 1;
      if (open && in_a == was_a && in_b == was_b) {
        n[static_cast<size_t>(count - 1)] *= out[i];
        pa[static_cast<size_t>(count - 1)] = in_a ? sa : 0;
        pb[static_cast<size_t>(count - 1)] = in_b ? sb : 0;
      } else {
        n[static_cast<size_t>(count)] = out[i];
        pa[static_cast<size_t>(count)] = in_a ? sa : 0;
        pb[static_cast<size_t>(count)] = in_b ? sb : 0;
        ++count;
      }
      open = true;
      was_a = in_a;
      was_b = in_b;
    }
    if (count == 0) n[0] = 1, count = 1;
    rank = count;
    sizes = n;
    step_a = pa;
    step_b = pb;
  }
  int64_t inner() const { return sizes[static_cast<size_t>(rank - 1)]; }
  int64_t rows() const {
    int64_t r = 1;
    for (int i = 0; i + 1 < rank; ++i) r *= sizes[static_cast<size_t>(i)];
    return r;
  }
  void offsets(int64_t row, int64_t& a, int64_t& b) const {
    a = b = 0;
    for (int i = rank - 2; i >= 0; --i) {
      const size_t s = static_cast<size_t>(i);
      const int64_t at = row % sizes[s];
      row /= sizes[s];
      a += at * step_a[s];
      b += at * step_b[s];
    }
  }
  BinaryForm form() const {
    const size_t last = static_cast<size_t>(rank - 1);
    return step_a[last] == 0   ? BinaryForm::scalar_a
           : step_b[last] == 0 ? BinaryForm::scalar_b
                               : BinaryForm::both;
  }
};

class BinaryKernel final : public Kernel {
 public:
  BinaryKernel(const Graph& g, const Node& n)
      : shape_(g.value(n.inputs[0]).shape, g.value(n.inputs[1]).shape, g.value(n.outputs[0]).shape),
        activation_(n.activation) {
    const size_t op = static_cast<size_t>(n.binary_op), form = static_cast<size_t>(shape_.form());
    compares_ = g.value(n.outputs[0]).dtype == DType::bool_;
    if (compares_) {
      compare_ = kernels().compare[op][form];
    } else {
      f_ = kernels().binary[op][form];
    }
    const Shape& y = g.value(n.outputs[0]).shape;
    for (size_t i = 0; i < 2; ++i)
      same_[i] = !compares_ && g.value(n.inputs[i]).shape.size() == y.size();
  }
  bool found() const { return compares_ ? compare_ != nullptr : f_ != nullptr; }
  std::string name() const override { return text("loop, ", kernels().name); }
  bool in_place(int input) const override { return input < 2 && same_[static_cast<size_t>(input)]; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float *x = floats(b, 0), *y = floats(b, 1);
    const int64_t inner = shape_.inner(), rows = shape_.rows();
    const auto part = [&](int64_t row, int64_t first, int64_t last) {
      int64_t ox, oy;
      shape_.offsets(row, ox, oy);
      const BinaryForm form = shape_.form();
      ox += form == BinaryForm::scalar_a ? 0 : first;
      oy += form == BinaryForm::scalar_b ? 0 : first;
      const int64_t at = row * inner + first;
      if (compares_) {
        compare_(x + ox, y + oy, static_cast<uint8_t*>(b.outputs[0]) + at, last - first);
      } else {
        float* out = out_floats(b) + at;
        f_(x + ox, y + oy, out, last - first);
        if (activation_.kernel) {
          activation_.apply(out, last - first);
        } else if (activation_.clamped) {
          for (int64_t i = 0; i < last - first; ++i) {
            const float v = out[i] < activation_.low ? activation_.low : out[i];
            out[i] = v > activation_.high ? activation_.high : v;
          }
        }
      }
    };
    if (rows == 1) {
      parallel_for(inner, grain, [&](int64_t first, int64_t last) { part(0, first, last); });
    } else {
      parallel_for(
          rows, std::max<int64_t>(1, grain / inner),
          [&](int64_t first, int64_t last) {
            for (int64_t r = first; r < last; ++r) part(r, 0, inner);
          },
          1);
    }
    return true;
  }

 private:
  Broadcast shape_;
  FusedActivation activation_;
  bool compares_ = false;
  std::array<bool, 2> same_{};
  Kernels::Binary f_ = nullptr;
  Kernels::Compare compare_ = nullptr;
};

class AffineKernel final : public Kernel {
 public:
  AffineKernel(const Graph& g, const Node& n)
      : cols_(g.value(n.outputs[0]).shape.back()),
        rows_(g.value(n.outputs[0]).shape.size() / cols_),
        activation_(n.activation) {
    if (activation_.clamped)
      activation_.kernel = kernels().unary[static_cast<size_t>(n.activation.op)];
  }
  std::string name() const override { return text("loop, ", kernels().name); }
  bool in_place(int input) const override { return input == 0; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const float* x = floats(b, 0);
    float* y = out_floats(b);
    parallel_for(
        rows_, std::max<int64_t>(1, grain / cols_),
        [&](int64_t first, int64_t last) {
          kernels().scale_shift(x + first * cols_, floats(b, 1), floats(b, 2), y + first * cols_,
                                last - first, cols_);
          activation_.apply(y + first * cols_, (last - first) * cols_);
        },
        1);
    return true;
  }

 private:
  int64_t cols_, rows_;
  FusedActivation activation_;
};

/// Between float, whole numbers and bool, as the backend's cast.
class CastKernel final : public Kernel {
 public:
  using Loop = void (*)(const void* x, void* y, int64_t n);
  CastKernel(Loop loop, int64_t size) : loop_(loop), size_(size) {}
  std::string name() const override { return "loop"; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    loop_(b.inputs[0], b.outputs[0], size_);
    return true;
  }

 private:
  Loop loop_;
  int64_t size_;
};

template <class From, class To>
void cast_loop(const void* x, void* y, int64_t n) {
  const From* from = static_cast<const From*>(x);
  To* to = static_cast<To*>(y);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<To, bool>) {
      to[i] = from[i] != From(0);
    } else {
      to[i] = static_cast<To>(from[i]);
    }
  }
}

template <class From>
CastKernel::Loop cast_from(DType to) {
  switch (to) {
    case DType::float32:
      return cast_loop<From, float>;
    case DType::int32:
      return cast_loop<From, int32_t>;
    case DType::int64:
      return cast_loop<From, int64_t>;
    case DType::bool_:
      return cast_loop<From, bool>;
    default:
      return nullptr;
  }
}

CastKernel::Loop find_cast(DType from, DType to) {
  switch (from) {
    case DType::float32:
      return cast_from<float>(to);
    case DType::int32:
      return cast_from<int32_t>(to);
    case DType::int64:
      return cast_from<int64_t>(to);
    case DType::uint8:
      return cast_from<uint8_t>(to);
    case DType::bool_:
      return cast_from<bool>(to);
    default:
      return nullptr;
  }
}

class WhereKernel final : public Kernel {
 public:
  explicit WhereKernel(int64_t size) : size_(size) {}
  std::string name() const override { return text("loop, ", kernels().name); }
  bool in_place(int input) const override { return input > 0; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const uint8_t* c = static_cast<const uint8_t*>(b.inputs[0]);
    const float *x = floats(b, 1), *y = floats(b, 2);
    float* out = out_floats(b);
    parallel_for(size_, grain, [&](int64_t first, int64_t last) {
      kernels().where(c + first, x + first, y + first, out + first, last - first);
    });
    return true;
  }

 private:
  int64_t size_;
};

}  // namespace

KernelPtr make_unary(const Graph& g, const Node& n, const KernelOptions&) {
  if (!all_float(g, n) || !kernels().unary[static_cast<size_t>(n.unary_op)]) return nullptr;
  return std::make_unique<UnaryKernel>(g, n);
}

KernelPtr make_binary(const Graph& g, const Node& n, const KernelOptions&) {
  if (!is_float(g, n.inputs[0]) || !is_float(g, n.inputs[1]) || n.residual >= 0 ||
      !FusedActivation::available(n.activation)) {
    return nullptr;
  }
  auto kernel = std::make_unique<BinaryKernel>(g, n);
  return kernel->found() ? std::move(kernel) : nullptr;
}

KernelPtr make_affine(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape& y = g.value(n.outputs[0]).shape;
  if (!all_float(g, n) || y.size() == 0 || g.value(n.inputs[1]).shape.size() != y.back() ||
      g.value(n.inputs[1]).shape.rank() != 1 || !FusedActivation::available(n.activation)) {
    return nullptr;
  }
  return std::make_unique<AffineKernel>(g, n);
}

KernelPtr make_cast(const Graph& g, const Node& n, const KernelOptions&) {
  const auto loop = find_cast(g.value(n.inputs[0]).dtype, g.value(n.outputs[0]).dtype);
  if (!loop) return nullptr;
  return std::make_unique<CastKernel>(loop, g.value(n.outputs[0]).shape.size());
}

KernelPtr make_where(const Graph& g, const Node& n, const KernelOptions&) {
  const Shape& y = g.value(n.outputs[0]).shape;
  for (size_t i = 0; i < 3; ++i) {
    if (!(g.value(n.inputs[i]).shape.size() == y.size())) return nullptr;
  }
  if (g.value(n.inputs[0]).dtype != DType::bool_ || !is_float(g, n.inputs[1]) ||
      !is_float(g, n.inputs[2])) {
    return nullptr;
  }
  return std::make_unique<WhereKernel>(y.size());
}

}  // namespace kcpp::onednn::session
