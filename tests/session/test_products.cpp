/// Products with packed weights, whose long dimension is cut in stretches: some segments (lines or
/// positions of a window), or a part of one.
#include <catch2/catch_all.hpp>

#include "tests/session/support.h"

namespace kcpp::test {
namespace {

using namespace layers;

void same(const Model& model, int64_t batch) {
  randomize(model);
  Session s = model.session({.batch_size = batch});
  const Tensors x = random_inputs(s);
  INFO(s.report());
  CHECK(difference(s(x)[0], model.call(x, {.training = false})[0], 1e-5) == "");
}

TEST_CASE("long products equal the model's, at every number of rows and columns", "[session]") {
  for (int64_t rows : {1, 6, 23, 24, 25, 49, 300}) {
    for (int64_t depth : {511, 512, 513, 1500, 5000}) {
      const int64_t columns = rows == 49 ? 200 : depth % 100 + 1;
      INFO("rows " << rows << " depth " << depth << " columns " << columns);
      same(Sequential({Input({depth}), Dense(columns, {.activation = "relu"})}), rows);
    }
  }
}

TEST_CASE("long convolutions add to what is there, in place or beside it", "[session]") {
  struct Case {
    int64_t size, channels, filters;
    ConvOptions options;
  };
  const Case cases[] = {{7, 64, 80, {}},
                        {7, 700, 70, {}},  // a segment is longer than a stretch
                        {9, 100, 130, {.dilation_rate = 2}},
                        {9, 96, 66, {.groups = 2}},
                        {20, 70, 100, {.strides = 2}}};
  for (Case c : cases) {
    c.options.padding = "same";
    const Tensor in = Input({c.size, c.size, c.channels});
    const Tensor y = Conv2D(c.filters, 3, c.options)(in);
    ConvOptions pointwise{.strides = c.options.strides};
    const Tensor shortcut = Conv2D(c.filters, 1, pointwise)(in);
    INFO("channels " << c.channels << " filters " << c.filters);
    same(Model(in, ReLU()(Add()({shortcut, y}))), 2);
    same(Model({in}, {ReLU()(Add()({y, shortcut})), shortcut}), 1);
  }
}

}  // namespace
}  // namespace kcpp::test
