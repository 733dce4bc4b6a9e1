/// Prints tensors as NumPy does: aligned columns, "..." beyond 1000 elements.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

#include "kcpp/core/tensor.h"

namespace kcpp {
namespace {

constexpr int64_t threshold = 1000;
constexpr int64_t edge_items = 3;

/// Which indices of an axis are shown; -1 stands for the ellipsis.
std::vector<int64_t> shown(int64_t count, bool summarize) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < count; ++i) {
    if (summarize && count > 2 * edge_items && i == edge_items) {
      out.push_back(-1);
      i = count - edge_items;
    }
    out.push_back(i);
  }
  return out;
}

class Printer {
 public:
  explicit Printer(const Tensor& t) : shape_(t.shape()), summarize_(t.size() > threshold) {
    if (t.dtype() == DType::string) {
      for (const std::string& s : t.data<std::string>()) cells_.push_back("'" + s + "'");
      return;
    }
    values_ = t.to_vector<double>();
    if (is_floating(t.dtype())) {
      format_floats();
    } else {
      for (double v : values_)
        cells_.push_back(t.dtype() == DType::bool_ ? (v ? "True" : "False") : integer(v));
    }
    size_t width = 0;
    visit(0, 0, [&](size_t i) { width = std::max(width, cells_[i].size()); });
    for (std::string& cell : cells_) {
      if (cell.size() < width) cell.insert(0, width - cell.size(), ' ');
    }
  }

  std::string print() const {
    if (shape_.rank() == 0) return cells_[0];
    std::string out;
    write(out, 0, 0);
    return out;
  }

 private:
  static std::string integer(double v) { return std::to_string(static_cast<int64_t>(v)); }

  /// Up to 8 decimals, as many as the element that needs most; exponents when the range is wide.
  void format_floats() {
    double largest = 0, smallest = INFINITY;
    visit(0, 0, [&](size_t i) {
      const double m = std::fabs(values_[i]);
      if (!std::isfinite(m) || m == 0) return;
      largest = std::max(largest, m);
      smallest = std::min(smallest, m);
    });
    const bool exponent =
        largest >= 1e8 || (largest > 0 && (smallest < 1e-4 || largest / smallest > 1000 * 1e5));
    size_t decimals = 0;
    cells_.resize(values_.size());
    visit(0, 0, [&](size_t i) {
      cells_[i] = number(values_[i], exponent, 8);
      if (!exponent) decimals = std::max(decimals, decimals_of(cells_[i]));
    });
    if (exponent) return;
    visit(0, 0, [&](size_t i) {
      if (!std::isfinite(values_[i])) return;
      std::string& cell = cells_[i];
      const size_t dot = cell.find('.');
      cell.resize(dot + 1 + decimals_of(cell));
      cell.append(decimals - decimals_of(cell), ' ');
    });
  }

  static std::string number(double v, bool exponent, int precision) {
    if (std::isnan(v)) return "nan";
    if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
    char buffer[400];
    const auto end = std::to_chars(
        buffer, buffer + sizeof(buffer), v,
        exponent ? std::chars_format::scientific : std::chars_format::fixed, precision);
    return {buffer, end.ptr};
  }

  /// Decimals that are not trailing zeros.
  static size_t decimals_of(const std::string& cell) {
    const size_t dot = cell.find('.');
    if (dot == std::string::npos) return 0;
    const size_t last = cell.find_last_not_of("0 ");
    return last > dot ? last - dot : 0;
  }

  template <class F>
  void visit(int axis, size_t offset, const F& f) const {
    if (axis == shape_.rank()) return f(offset);
    for (int64_t i : shown(shape_[axis], summarize_)) {
      if (i >= 0)
        visit(axis + 1, offset * static_cast<size_t>(shape_[axis]) + static_cast<size_t>(i), f);
    }
  }

  void write(std::string& out, int axis, size_t offset) const {
    const bool innermost = axis + 1 == shape_.rank();
    out += '[';
    bool first = true;
    for (int64_t i : shown(shape_[axis], summarize_)) {
      if (!first) {
        if (innermost) {
          out += ' ';
        } else {
          out.append(static_cast<size_t>(shape_.rank() - axis - 1), '\n');
          out.append(static_cast<size_t>(axis + 1), ' ');
        }
      }
      first = false;
      const size_t at =
          offset * static_cast<size_t>(shape_[axis]) + static_cast<size_t>(std::max<int64_t>(i, 0));
      if (i < 0) {
        out += "...";
      } else if (innermost) {
        out += cells_[at];
      } else {
        write(out, axis + 1, at);
      }
    }
    out += ']';
  }

  Shape shape_;
  bool summarize_;
  std::vector<double> values_;
  std::vector<std::string> cells_;
};

}  // namespace

std::string Tensor::to_string() const {
  if (!defined()) return "None";
  if (is_symbolic()) {
    return text("<KerasTensor shape=", shape(), ", dtype=", dtype(),
                ", sparse=False, ragged=False, name=", name(), ">");
  }
  return Printer(*this).print();
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << tensor.to_string();
}

}  // namespace kcpp
