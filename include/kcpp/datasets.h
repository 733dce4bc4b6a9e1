/// Ready data sets (keras.datasets). Nothing is downloaded: the files must be on the machine.
#pragma once

#include <string>

#include "kcpp/core/tensor.h"

namespace kcpp::datasets {

/// Samples and their labels.
struct LabelledData {
  Tensor x, y;
};

/// What load_data returns:
///
///     auto [train, test] = datasets::fashion_mnist::load_data();
///     model.fit(train.x, train.y);
struct TrainTest {
  LabelledData train, test;
};

/// Zalando's 28x28 grey images of clothes, in 10 classes: T-shirt/top, Trouser, Pullover, Dress,
/// Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot.
namespace fashion_mnist {

/// x: uint8 (60000, 28, 28) and (10000, 28, 28); y: uint8 (60000,) and (10000,).
///
/// `path` is the folder of the four IDX files, gzipped or not. Without it they are looked for in
/// $KCPP_DATASETS/fashion-mnist, $KCPP_DATASETS, /usr/share/datasets/fashion-mnist (Debian's
/// package dataset-fashion-mnist) and ~/.keras/datasets/fashion-mnist. Throws IOError that says
/// where they were looked for and how to get them.
KCPP_API TrainTest load_data(const std::string& path = {});

}  // namespace fashion_mnist

/// LeCun's 28x28 grey images of the digits 0 to 9.
namespace mnist {

/// As fashion_mnist::load_data; `path` may also be Keras's mnist.npz, or its folder. Without it:
/// $KCPP_DATASETS/mnist, $KCPP_DATASETS, /usr/share/datasets/mnist, ~/.keras/datasets/mnist and
/// ~/.keras/datasets/mnist.npz.
KCPP_API TrainTest load_data(const std::string& path = {});

}  // namespace mnist
}  // namespace kcpp::datasets
