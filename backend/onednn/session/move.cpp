// Moving elements: every one of transpose, broadcast, slice, concat and pad is some strided copies.
#include <array>
#include <cstring>

#include "backend/onednn/session/kernels.h"

namespace kcpp::onednn::session {
namespace {

/// to[index . to_steps] = from[index . from_steps]; offsets and steps in elements. The last axis is
/// the innermost loop.
struct Piece {
  int input = 0;
  int rank = 0;
  std::array<int64_t, Shape::max_rank> sizes{}, from_steps{}, to_steps{};
  int64_t from = 0, to = 0;

  void add_axis(int64_t size, int64_t from_step, int64_t to_step) {
    if (size == 1) return;
    const size_t last = static_cast<size_t>(rank - 1);
    // Two axes of which the outer one goes on where the inner one ends are one.
    if (rank > 0 && from_steps[last] == from_step * size && to_steps[last] == to_step * size) {
      sizes[last] *= size;
      from_steps[last] = from_step;
      to_steps[last] = to_step;
      return;
    }
    const size_t at = static_cast<size_t>(rank++);
    sizes[at] = size;
    from_steps[at] = from_step;
    to_steps[at] = to_step;
  }
  int64_t rows() const {
    int64_t n = 1;
    for (int i = 0; i + 1 < rank; ++i) n *= sizes[static_cast<size_t>(i)];
    return n;
  }
};

template <class T>
void copy_elements(const T* from, T* to, int64_t n, int64_t from_step, int64_t to_step) {
  for (int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
}

class CopyKernel final : public Kernel {
 public:
  CopyKernel(std::vector<Piece> pieces, size_t element, int64_t fill_count, double fill)
      : pieces_(std::move(pieces)),
        element_(element),
        fill_count_(fill_count),
        fill_(static_cast<float>(fill)) {}
  std::string name() const override { return "copy"; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    if (fill_count_ > 0) {
      if (fill_ == 0) {
        std::memset(b.outputs[0], 0, static_cast<size_t>(fill_count_) * element_);
      } else {
        std::fill_n(out_floats(b), fill_count_, fill_);
      }
    }
    for (const Piece& p : pieces_) {
      const char* from = static_cast<const char*>(b.inputs[static_cast<size_t>(p.input)]);
      char* to = static_cast<char*>(b.outputs[0]);
      const int64_t inner = p.rank ? p.sizes[static_cast<size_t>(p.rank - 1)] : 1;
      parallel_for(
          p.rows(), std::max<int64_t>(1, (1 << 14) / inner),
          [&](int64_t first, int64_t last) {
            for (int64_t r = first; r < last; ++r) row(p, from, to, r, inner);
          },
          1);
    }
    return true;
  }

 private:
  void row(const Piece& p, const char* from, char* to, int64_t r, int64_t inner) const noexcept {
    int64_t f = p.from, t = p.to;
    for (int i = p.rank - 2; i >= 0; --i) {
      const size_t s = static_cast<size_t>(i);
      const int64_t at = r % p.sizes[s];
      r /= p.sizes[s];
      f += at * p.from_steps[s];
      t += at * p.to_steps[s];
    }
    const int64_t fs = p.rank ? p.from_steps[static_cast<size_t>(p.rank - 1)] : 1,
                  ts = p.rank ? p.to_steps[static_cast<size_t>(p.rank - 1)] : 1;
    const int64_t e = static_cast<int64_t>(element_);
    from += f * e;
    to += t * e;
    if (fs == 1 && ts == 1) {
      std::memcpy(to, from, static_cast<size_t>(inner * e));
    } else if (element_ == 4) {
      copy_elements(reinterpret_cast<const uint32_t*>(from), reinterpret_cast<uint32_t*>(to), inner,
                    fs, ts);
    } else if (element_ == 8) {
      copy_elements(reinterpret_cast<const uint64_t*>(from), reinterpret_cast<uint64_t*>(to), inner,
                    fs, ts);
    } else if (element_ == 2) {
      copy_elements(reinterpret_cast<const uint16_t*>(from), reinterpret_cast<uint16_t*>(to), inner,
                    fs, ts);
    } else {
      copy_elements(from, to, inner, fs, ts);
    }
  }

  std::vector<Piece> pieces_;
  size_t element_;
  int64_t fill_count_;
  float fill_;
};

std::vector<int64_t> steps_of(const Shape& s) {
  std::vector<int64_t> steps(static_cast<size_t>(s.rank()));
  int64_t step = 1;
  for (int i = s.rank(); i-- > 0;) {
    steps[static_cast<size_t>(i)] = step;
    step *= s[i];
  }
  return steps;
}

/// Rows of a table by checked indices.
class GatherKernel final : public Kernel {
 public:
  GatherKernel(const Graph& g, const Node& n) {
    const Shape &x = g.value(n.inputs[0]).shape, &index = g.value(n.inputs[1]).shape;
    const int axis = n.axes[0];
    for (int i = 0; i < x.rank(); ++i) (i < axis ? outer_ : i > axis ? inner_ : length_) *= x[i];
    count_ = index.size();
    bytes_ = static_cast<size_t>(inner_) * size_of(g.value(n.inputs[0]).dtype);
    wide_ = g.value(n.inputs[1]).dtype == DType::int64;
  }
  std::string name() const override { return "rows of a table"; }
  bool run(const Buffers& b, KernelState*) const noexcept override {
    const char* table = static_cast<const char*>(b.inputs[0]);
    char* to = static_cast<char*>(b.outputs[0]);
    for (int64_t o = 0; o < outer_; ++o) {
      for (int64_t i = 0; i < count_; ++i, to += bytes_) {
        int64_t at = wide_ ? static_cast<const int64_t*>(b.inputs[1])[i]
                           : static_cast<const int32_t*>(b.inputs[1])[i];
        if (at < 0) at += length_;
        if (at < 0 || at >= length_) return false;
        std::memcpy(to, table + static_cast<size_t>(o * length_ + at) * bytes_, bytes_);
      }
    }
    return true;
  }

 private:
  int64_t outer_ = 1, length_ = 1, inner_ = 1, count_ = 0;
  size_t bytes_ = 0;
  bool wide_ = false;
};

}  // namespace

KernelPtr make_copy(const Graph& g, const Node& n, const KernelOptions&) {
  const inference::Value& out = g.value(n.outputs[0]);
  const std::vector<int64_t> to = steps_of(out.shape);
  std::vector<Piece> pieces;
  int64_t fill_count = 0;
  const auto at = [](const std::vector<int64_t>& v, int i) { return v[static_cast<size_t>(i)]; };
  if (out.shape.size() == 0 || out.dtype == DType::string) return nullptr;
  if (n.is(NodeKind::concat)) {
    int64_t start = 0;
    for (size_t k = 0; k < n.inputs.size(); ++k) {
      const Shape& x = g.value(n.inputs[k]).shape;
      Piece p;
      p.input = static_cast<int>(k);
      const std::vector<int64_t> from = steps_of(x);
      for (int i = 0; i < x.rank(); ++i) p.add_axis(x[i], at(from, i), at(to, i));
      p.to = start * at(to, n.axes[0]);
      start += x[n.axes[0]];
      if (x.size() > 0) pieces.push_back(p);
    }
  } else {
    const Shape& x = g.value(n.inputs[0]).shape;
    const std::vector<int64_t> from = steps_of(x);
    Piece p;
    switch (n.kind) {
      case NodeKind::transpose:
        for (int i = 0; i < x.rank(); ++i)
          p.add_axis(out.shape[i], at(from, n.axes[static_cast<size_t>(i)]), at(to, i));
        break;
      case NodeKind::broadcast: {
        const int lead = out.shape.rank() - x.rank();
        for (int i = 0; i < out.shape.rank(); ++i) {
          const bool repeated = i < lead || x[i - lead] == 1;
          p.add_axis(out.shape[i], repeated ? 0 : at(from, i - lead), at(to, i));
        }
        break;
      }
      case NodeKind::slice:
        for (int i = 0; i < x.rank(); ++i) {
          p.add_axis(out.shape[i], at(from, i) * n.strides[i], at(to, i));
          p.from += n.starts[i] * at(from, i);
        }
        break;
      case NodeKind::pad:
        if (n.pad_mode != PadMode::constant || (n.number != 0 && out.dtype != DType::float32))
          return nullptr;
        fill_count = out.shape.size();
        for (int i = 0; i < x.rank(); ++i) {
          if (n.starts[i] < 0 || n.strides[i] < 0) return nullptr;
          p.add_axis(x[i], at(from, i), at(to, i));
          p.to += n.starts[i] * at(to, i);
        }
        break;
      default:
        return nullptr;
    }
    if (x.size() > 0) pieces.push_back(p);
  }
  return std::make_unique<CopyKernel>(std::move(pieces), size_of(out.dtype), fill_count, n.number);
}

KernelPtr make_gather(const Graph& g, const Node& n, const KernelOptions&) {
  const DType index = g.value(n.inputs[1]).dtype;
  if ((index != DType::int32 && index != DType::int64) ||
      g.value(n.inputs[0]).dtype == DType::string) {
    return nullptr;
  }
  return std::make_unique<GatherKernel>(g, n);
}

}  // namespace kcpp::onednn::session
