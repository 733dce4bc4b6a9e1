#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

struct Case {
  Shape shape;
  std::vector<int> axes;
};
// Last, first, middle, several, all, none; sizes 0 and 1; a bias gradient; one long row; many rows.
const Case cases[] = {{{3, 5}, {1}},
                      {{3, 5}, {0}},
                      {{2, 3, 4}, {1}},
                      {{2, 3, 4}, {0, 2}},
                      {{2, 3, 4}, {0, 1, 2}},
                      {{2, 3}, {}},
                      {{0, 3}, {0}},
                      {{3, 0}, {0}},
                      {{1, 1, 1}, {1}},
                      {{}, {}},
                      {{8, 14, 14, 17}, {0, 1, 2}},
                      {{8, 17, 14, 14}, {0, 2, 3}},
                      {{100000}, {0}},
                      {{3000, 33}, {1}},
                      {{3000, 33}, {0}},
                      {{2, 2, 2, 2, 2, 2, 2, 2}, {1, 3, 5, 7}}};

}  // namespace

TEST_CASE("parity: reductions") {
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::int64}) {
      const Tensor x =
          is_floating(dtype) ? data(c.shape, -1, 1.5, dtype) : integers(c.shape, -3, 4, dtype);
      for (ReduceOp op : {ReduceOp::sum, ReduceOp::mean, ReduceOp::max, ReduceOp::min,
                          ReduceOp::any, ReduceOp::all}) {
        if (op == ReduceOp::mean && (!is_floating(dtype) || x.size() == 0)) continue;
        parity(text("reduce ", static_cast<int>(op), " of ", c.shape, " over ", c.axes),
               Accuracy::sum, [&](Backend& b) {
                 return Tensors{b.reduce(op, x, c.axes, false), b.reduce(op, x, c.axes, true)};
               });
      }
    }
    const Tensor near_one = data(c.shape, 0.9, 1.1);
    if (c.shape.size() > 10000) continue;  // a product of so many terms is noise
    parity(text("product of ", c.shape, " over ", c.axes), Accuracy::chain,
           [&](Backend& b) { return Tensors{b.reduce(ReduceOp::prod, near_one, c.axes, false)}; });
  }
  const Tensor flags = integers({5, 70}, 0, 2, DType::bool_);
  const Tensor half = data({5, 70}, -1, 1, DType::float16),
               brain = data({5, 70}, -1, 1, DType::bfloat16);
  parity("other dtypes", Accuracy::sum, [&](Backend& b) {
    return Tensors{
        b.reduce(ReduceOp::any, flags, {1}, false), b.reduce(ReduceOp::all, flags, {0}, false),
        b.reduce(ReduceOp::sum, half, {1}, false), b.reduce(ReduceOp::mean, brain, {0}, false)};
  });
}

TEST_CASE("parity: NaN in reductions") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (size_t at : {0u, 3u, 17u, 36u}) {
    std::vector<double> values(37, 1);
    values[at] = nan;
    const Tensor x = tensor({37}, values, DType::float32);
    parity(text("NaN at ", at), Accuracy::exact, [&](Backend& b) {
      return Tensors{b.reduce(ReduceOp::max, x, {0}, false), b.reduce(ReduceOp::min, x, {0}, false),
                     b.reduce(ReduceOp::sum, x, {0}, false), b.arg_reduce(true, x, 0, false),
                     b.arg_reduce(false, x, 0, false)};
    });
  }
}

TEST_CASE("parity: argmax, cumulative, sorting") {
  for (DType dtype : {DType::float32, DType::float64, DType::int32, DType::float16}) {
    for (const Shape& shape :
         {Shape{7}, Shape{3, 5}, Shape{2, 3, 4}, Shape{1, 6}, Shape{500, 10}, Shape{4, 1000}}) {
      const Tensor x = integers(shape, -4, 4, dtype);  // with ties: the first wins
      for (int axis = 0; axis < shape.rank(); ++axis) {
        parity(text("axis ", axis, " of ", shape, " ", dtype), Accuracy::sum, [&](Backend& b) {
          return Tensors{b.arg_reduce(true, x, axis, false),
                         b.arg_reduce(false, x, axis, true),
                         b.cumulative(CumulativeOp::sum, x, axis, false),
                         b.cumulative(CumulativeOp::sum, x, axis, true),
                         b.sort(x, axis, false),
                         b.sort(x, axis, true),
                         b.argsort(x, axis, false),
                         b.argsort(x, axis, true)};
        });
      }
      parity(text("top_k of ", shape), Accuracy::exact, [&](Backend& b) {
        auto [values, indices] = b.top_k(x, std::min<int64_t>(3, shape.back()));
        return Tensors{values, indices};
      });
    }
  }
  const Tensor x = data({5, 9}, 0.5, 1.5);
  parity("cumulative product", Accuracy::sum, [&](Backend& b) {
    return Tensors{b.cumulative(CumulativeOp::prod, x, 0, false),
                   b.cumulative(CumulativeOp::prod, x, 1, true)};
  });
}
