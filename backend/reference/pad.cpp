// Padding with the modes of numpy.pad.
#include <algorithm>

#include "backend/reference/common.h"
#include "backend/reference/reference_backend.h"

namespace kcpp {
namespace reference {
namespace {

/// Which element of an axis of `length` stands at position i (negative or past the end: padding);
/// -1 for the constant.
int64_t source_of(int64_t i, int64_t length, PadMode mode) {
  if (i >= 0 && i < length) return i;
  switch (mode) {
    case PadMode::edge:
      return i < 0 ? 0 : length - 1;
    case PadMode::symmetric: {  // c b a | a b c | c b a
      const int64_t period = 2 * length, k = ((i % period) + period) % period;
      return k < length ? k : period - 1 - k;
    }
    case PadMode::reflect: {  // c b | a b c | b a
      if (length == 1) return 0;
      const int64_t period = 2 * (length - 1), k = ((i % period) + period) % period;
      return k < length ? k : period - k;
    }
    default:
      return -1;
  }
}

}  // namespace
}  // namespace reference

Tensor ReferenceBackend::pad(const Tensor& x, const Shape& low, const Shape& high, PadMode mode,
                             double value) {
  using namespace reference;
  const int rank = x.rank();
  if (rank == 0) return x;
  Shape shape = x.shape();
  for (int i = 0; i < rank; ++i) shape[i] += low[i] + high[i];
  Tensor y = Tensor::empty(shape, x.dtype());
  if (y.size() == 0) return y;

  // Per axis, the offset of the element to read at each position, or -1.
  const Shape strides = strides_of(x.shape());
  std::vector<std::vector<int64_t>> offsets(static_cast<size_t>(rank));
  for (int a = 0; a < rank; ++a) {
    for (int64_t i = 0; i < shape[a]; ++i) {
      const int64_t source = source_of(i - low[a], x.shape()[a], mode);
      offsets[a].push_back(source < 0 ? -1 : source * strides[a]);
    }
  }
  const Tensor constant = cast(Tensor::scalar(value, DType::float64), x.dtype());
  const int64_t n = shape.back(), rows = y.size() / n;
  dispatch_size(x.dtype(), [&]<class E>() {
    const E* px = in<E>(x);
    E* py = out<E>(y);
    const E fill = *in<E>(constant);
    std::vector<int64_t> index(static_cast<size_t>(rank), 0);
    for (int64_t r = 0; r < rows; ++r, py += n) {
      int64_t first = 0;
      bool outside = false;
      for (int a = 0; a + 1 < rank; ++a) {
        const int64_t offset = offsets[a][index[a]];
        outside = outside || offset < 0;
        first += offset;
      }
      const std::vector<int64_t>& last = offsets[rank - 1];
      for (int64_t i = 0; i < n; ++i) py[i] = outside || last[i] < 0 ? fill : px[first + last[i]];
      for (int a = rank - 2; a >= 0 && ++index[a] == shape[a]; --a) index[a] = 0;
    }
  });
  return y;
}

}  // namespace kcpp
