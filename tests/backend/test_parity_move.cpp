#include <catch2/catch_test_macros.hpp>

#include "tests/support/parity.h"

using namespace kcpp;
using namespace kcpp::test;

TEST_CASE("parity: transpose, broadcast, concat, flip") {
  struct Case {
    Shape shape;
    std::vector<int> permutation;
  };
  // A matrix, an image both ways, the identity, the last axis kept, rank 0, empty, the greatest
  // rank.
  const Case cases[] = {{{3, 5}, {1, 0}},
                        {{2, 5, 7, 3}, {0, 3, 1, 2}},
                        {{2, 3, 5, 7}, {0, 2, 3, 1}},
                        {{2, 3, 4}, {0, 1, 2}},
                        {{4, 3, 5}, {1, 0, 2}},
                        {{}, {}},
                        {{0, 3}, {1, 0}},
                        {{1, 6, 1}, {2, 1, 0}},
                        {{300, 200}, {1, 0}},
                        {{1, 2, 3, 2, 1, 2, 2, 3}, {7, 0, 5, 1, 3, 2, 6, 4}},
                        {{16, 28, 28, 8}, {0, 3, 1, 2}}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64, DType::uint8, DType::float16}) {
      const Tensor x = integers(c.shape, 0, 100, dtype);
      parity(text("transpose of ", c.shape, " by ", c.permutation), Accuracy::exact,
             [&](Backend& b) { return Tensors{b.transpose(x, c.permutation)}; });
      std::vector<int> axes;
      for (int i = 0; i < c.shape.rank(); i += 2) axes.push_back(i);
      parity(text("flip of ", c.shape), Accuracy::exact,
             [&](Backend& b) { return Tensors{b.flip(x, axes)}; });
      for (int axis = 0; axis < c.shape.rank(); ++axis) {
        Shape other = c.shape;
        other[axis] = 4;
        const Tensor y = integers(other, 0, 100, dtype);
        parity(text("concat of ", c.shape, " and ", other), Accuracy::exact, [&](Backend& b) {
          return Tensors{b.concat({x, y, x}, axis), b.concat({y}, axis)};
        });
      }
    }
  }
  const std::pair<Shape, Shape> broadcasts[] = {
      {{}, {3, 4}},     {{4}, {3, 4}},          {{3, 1}, {3, 4}},
      {{3, 4}, {3, 4}}, {{1, 3, 1}, {2, 3, 4}}, {{2, 1, 3}, {5, 2, 4, 3}},
      {{1}, {0}},       {{64, 1}, {64, 1000}}};
  for (const auto& [from, to] : broadcasts) {
    const Tensor x = data(from);
    const Shape target = to;
    parity(text("broadcast of ", from, " to ", to), Accuracy::exact,
           [&](Backend& b) { return Tensors{b.broadcast_to(x, target)}; });
  }
}

TEST_CASE("parity: slice and its gradient") {
  struct Case {
    Shape shape, starts, sizes, strides;
  };
  // Rows, columns, every second, backwards, an empty one, all of it, one element.
  const Case cases[] = {{{6, 5}, {2, 0}, {3, 5}, {1, 1}},
                        {{6, 5}, {0, 1}, {6, 3}, {1, 1}},
                        {{6, 5}, {1, 0}, {3, 3}, {2, 2}},
                        {{6, 5}, {5, 4}, {6, 5}, {-1, -1}},
                        {{6, 5}, {5, 0}, {2, 5}, {-3, 1}},
                        {{6, 5}, {2, 2}, {0, 3}, {1, 1}},
                        {{6, 5}, {0, 0}, {6, 5}, {1, 1}},
                        {{6, 5}, {3, 3}, {1, 1}, {1, 1}},
                        {{2, 9, 8, 3}, {0, 2, 1, 0}, {2, 5, 4, 3}, {1, 1, 1, 1}},
                        {{7}, {6}, {7}, {-1}}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64, DType::int32}) {
      const Tensor x = integers(c.shape, 0, 100, dtype), dy = integers(c.sizes, 0, 100, dtype);
      parity(text("slice of ", c.shape, " from ", c.starts, " by ", c.strides), Accuracy::exact,
             [&](Backend& b) {
               return Tensors{b.slice(x, c.starts, c.sizes, c.strides),
                              b.slice_grad(dy, c.shape, c.starts, c.strides)};
             });
    }
  }
}

TEST_CASE("parity: pad") {
  struct Case {
    Shape shape, low, high;
  };
  const Case cases[] = {{{5}, {2}, {1}},
                        {{3, 4}, {1, 2}, {0, 3}},
                        {{2, 3, 3, 2}, {0, 1, 2, 0}, {0, 2, 1, 0}},
                        {{2, 2}, {0, 0}, {0, 0}},
                        {{3}, {7}, {8}}};
  for (const Case& c : cases) {
    for (PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::symmetric, PadMode::edge}) {
      for (DType dtype : {DType::float32, DType::int32, DType::float64}) {
        const Tensor x = integers(c.shape, 0, 100, dtype);
        parity(text("pad of ", c.shape, " by ", c.low, c.high), Accuracy::exact,
               [&](Backend& b) { return Tensors{b.pad(x, c.low, c.high, mode, 7)}; });
      }
    }
  }
}

TEST_CASE("parity: gather, scatter, one_hot") {
  struct Case {
    Shape shape, indices;
    int axis;
  };
  // An embedding; along the last axis; a scalar index; many repeats; nothing.
  const Case cases[] = {
      {{9, 5}, {2, 3}, 0}, {{4, 6}, {3}, 1}, {{3, 5, 4}, {2, 2}, 1},   {{5}, {}, 0},
      {{3, 4}, {100}, 0},  {{7, 3}, {0}, 0}, {{1000, 64}, {32, 40}, 0}};
  for (const Case& c : cases) {
    for (DType dtype : {DType::float32, DType::float64, DType::int32}) {
      for (DType index : {DType::int32, DType::int64}) {
        const Tensor x = integers(c.shape, 0, 100, dtype),
                     i = integers(c.indices, 0, c.shape[c.axis], index);
        const Shape y = c.shape.slice(0, c.axis) + c.indices + c.shape.slice(c.axis + 1);
        const Tensor dy = integers(y, 0, 9, dtype);
        parity(text("gather ", c.indices, " of ", c.shape, " along ", c.axis), Accuracy::sum,
               [&](Backend& b) {
                 return Tensors{b.gather(x, i, c.axis), b.scatter_add(dy, i, c.shape, c.axis)};
               });
      }
    }
  }
  for (int axis : {0, 1, 2}) {
    const Shape shape{4, 3, 5};
    Shape picked = shape;
    picked[axis] = 2;
    const Tensor x = data(shape), i = integers(picked, 0, shape[axis]), dy = data(picked);
    parity(text("gather_elements along ", axis), Accuracy::sum, [&](Backend& b) {
      return Tensors{b.gather_elements(x, i, axis), b.scatter_elements_add(dy, i, shape, axis)};
    });
  }
  const Tensor classes = tensor({5}, {0, 3, -1, 9, 2}, DType::int32);
  parity("one_hot", Accuracy::exact, [&](Backend& b) {
    return Tensors{b.one_hot(classes, 4, DType::float32), b.one_hot(classes, 4, DType::bool_),
                   b.one_hot(classes, 4, DType::int64)};
  });
}
