#include "kcpp/core/shape.h"

namespace kcpp {

void Shape::too_deep() {
  throw ValueError(
      text("A tensor has at most ", max_rank, " dimensions. Received: more than ", max_rank, "."));
}

void Shape::outside(int i) const {
  throw IndexError(text("Dimension ", i, " is out of range for shape ", *this, "."));
}

int64_t Shape::dim(int i) const {
  check<IndexError>(i >= -rank_ && i < rank_, "Dimension ", i, " is out of range for shape ", *this,
                    ".");
  return dims_[i < 0 ? i + rank_ : i];
}

void Shape::insert(int at, int64_t dim) {
  push_back(dim);
  std::rotate(begin() + at, end() - 1, end());
}

void Shape::erase(int at) {
  std::move(begin() + at + 1, end(), begin() + at);
  --rank_;
}

int64_t Shape::size() const {
  int64_t product = 1;
  for (int64_t d : *this) {
    if (d < 0 || __builtin_mul_overflow(product, d, &product)) [[unlikely]] {
      check(is_static(), "The number of elements of shape ", *this,
            " is unknown: it has an unknown dimension.");
      throw ValueError(
          text("The number of elements of shape ", *this, " is negative or exceeds 2^63."));
    }
  }
  return product;
}

std::string Shape::to_string() const {
  std::string out = "(";
  for (int i = 0; i < rank_; ++i) {
    if (i) out += ", ";
    out += dims_[i] == unknown ? std::string("None") : std::to_string(dims_[i]);
  }
  if (rank_ == 1) out += ',';
  return out + ')';
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape out = longer;
  const int offset = longer.rank() - shorter.rank();
  for (int i = 0; i < shorter.rank(); ++i) {
    int64_t& d = out[offset + i];
    const int64_t e = shorter[i];
    if (d == e || e == 1) continue;
    if (d == 1 || d == Shape::unknown) {
      d = e;  // an unknown dimension next to a known one must be that one
    } else if (e != Shape::unknown) {
      throw ValueError(
          text("[", op, "] operands could not be broadcast together with shapes ", a, " ", b, "."));
    }
  }
  return out;
}

int canonical_axis(int64_t axis, int rank, std::string_view op) {
  check(axis >= -rank && axis < rank, "[", op, "] axis ", axis,
        " is out of bounds for tensor of dimension ", rank, ".");
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace kcpp
