/// Shape: the dimensions of a tensor, row-major, int64; -1 is an unknown dimension (the batch).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "kcpp/core/error.h"

namespace kcpp {

/// Dimensions held inline: copying a shape never allocates. At most `max_rank` dimensions.
class KCPP_API Shape {
 public:
  static constexpr int max_rank = 8;
  static constexpr int64_t unknown = -1;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(dims.begin(), dims.end()) {}
  Shape(const std::vector<int64_t>& dims) : Shape(dims.begin(), dims.end()) {}
  template <class It>
  Shape(It first, It last) {
    for (; first != last; ++first) push_back(static_cast<int64_t>(*first));
  }
  /// `rank` dimensions of one value.
  static Shape filled(int rank, int64_t value) {
    Shape s;
    for (int i = 0; i < rank; ++i) s.push_back(value);
    return s;
  }

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  int64_t operator[](int i) const { return dims_[place(i)]; }
  int64_t& operator[](int i) { return dims_[place(i)]; }
  /// Dimension `i`, counted from the end when negative; throws IndexError out of range.
  int64_t dim(int i) const;
  int64_t front() const { return dims_[0]; }
  int64_t back() const { return dims_[place(rank_ - 1)]; }
  const int64_t* begin() const { return dims_.data(); }
  const int64_t* end() const { return dims_.data() + rank_; }
  int64_t* begin() { return dims_.data(); }
  int64_t* end() { return dims_.data() + rank_; }

  void push_back(int64_t dim) {
    if (rank_ == max_rank) too_deep();
    dims_[rank_++] = dim;
  }
  void pop_back() { --rank_; }
  void insert(int at, int64_t dim);
  void erase(int at);
  /// Dimensions [first, last); throws IndexError where first lies behind last.
  Shape slice(int first, int last) const {
    if (first > last) outside(first);
    return Shape(begin() + first, begin() + last);
  }
  Shape slice(int first) const { return slice(first, rank_); }
  std::vector<int64_t> to_vector() const { return {begin(), end()}; }

  /// The product of the dimensions: 1 for a scalar. Every dimension must be known; throws
  /// ValueError on overflow.
  int64_t size() const;
  /// No dimension is unknown.
  bool is_static() const { return std::find(begin(), end(), unknown) == end(); }

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.rank_ == b.rank_ && std::equal(a.begin(), a.end(), b.begin());
  }
  friend Shape operator+(Shape a, const Shape& b) {
    for (int64_t d : b) a.push_back(d);
    return a;
  }
  /// `(2, 3)`, `(5,)`, `()`; an unknown dimension is `None`, as Keras prints it.
  std::string to_string() const;

 private:
  /// `i`, which a shape of a hostile file may have put outside of the array.
  int place(int i) const {
    if (static_cast<unsigned>(i) >= max_rank) outside(i);
    return i;
  }
  [[noreturn]] void outside(int i) const;
  [[noreturn]] static void too_deep();

  std::array<int64_t, max_rank> dims_{};
  int rank_ = 0;
};

using Shapes = std::vector<Shape>;

/// A shape's part of an error message.
inline void append_text(std::string& out, const Shape& shape) { out += shape.to_string(); }

/// NumPy's broadcast of two shapes; unknown dimensions stay unknown. `op` is named in the error.
KCPP_API Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op);
/// `axis` counted from the front; throws ValueError out of [-rank, rank). `op` is named in the
/// error.
KCPP_API int canonical_axis(int64_t axis, int rank, std::string_view op);

}  // namespace kcpp
