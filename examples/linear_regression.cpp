// Linear regression on a table: the fuel consumption of cars (Henderson & Velleman 1981), by weight
// and power.
#include <kcpp/kcpp.h>

#include <iostream>

using namespace kcpp;

int main() {
  set_random_seed(1);
  // 1974 Motor Trend road tests: miles per gallon; weight in 1000 lb, gross horsepower.
  const Tensor table(
      {{21.0, 2.620, 110}, {21.0, 2.875, 110}, {22.8, 2.320, 93},  {21.4, 3.215, 110},
       {18.7, 3.440, 175}, {18.1, 3.460, 105}, {14.3, 3.570, 245}, {24.4, 3.190, 62},
       {22.8, 3.150, 95},  {19.2, 3.440, 123}, {17.8, 3.440, 123}, {16.4, 4.070, 180},
       {17.3, 3.730, 180}, {15.2, 3.780, 180}, {10.4, 5.250, 205}, {10.4, 5.424, 215},
       {14.7, 5.345, 230}, {32.4, 2.200, 66},  {30.4, 1.615, 52},  {33.9, 1.835, 65}},
      DType::float32);
  const Tensor mpg = ops::get_item(table, {ops::Slice{}, ops::Slice{0, 1}});
  Tensor features = ops::get_item(table, {ops::Slice{}, ops::Slice{1, 3}});
  features = (features - ops::mean(features, 0)) / ops::std(features, 0);

  Sequential model({layers::Input({2}), layers::Dense(1)});
  model.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
  const History history =
      model.fit(features, mpg, {.batch_size = 20, .epochs = 200, .verbose = "0"});
  std::cout << "mean absolute error: " << history["mae"].back() << " mpg\n"
            << "weights (per standard deviation of weight, power):\n"
            << model.get_weights()[0] << "\nbias: " << model.get_weights()[1] << "\n";
  return history["mae"].back() < 2.5 ? 0 : 1;
}
