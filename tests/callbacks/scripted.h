/// A fit whose figures are given: epoch after epoch the logs are a row of a table, and the model's
/// one weight is the epoch.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "kcpp/callbacks.h"
#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"

namespace kcpp::test {

using LogTable = std::map<std::string, std::vector<double>>;

struct ScriptedRun {
  Sequential model = make();
  History history;
  std::string printed;

  static Sequential make(Optimizer optimizer = optimizers::SGD({.learning_rate = 0.1})) {
    Sequential model({layers::Input({1}), layers::Dense(1, {.use_bias = false})});
    model.compile({.optimizer = optimizer, .loss = "mse", .metrics = {"accuracy"}});
    model.train_on_batch(Tensor::zeros({1, 1}),
                         Tensor::zeros({1, 1}));  // the metrics exist from now on
    return model;
  }

  /// `others` run after the table has been filled in, in order.
  void fit(const LogTable& table, std::vector<CallbackRef> others) {
    const int epochs = static_cast<int>(table.begin()->second.size());
    model.set_train_step([epoch = 0](Model& m, const Batch&) mutable {
      m.set_weights({Tensor::full({1, 1}, epoch++)});
      return Logs{};
    });
    others.insert(
        others.begin(),
        CallbackRef(callbacks::LambdaCallback({.on_epoch_end = [table](int epoch, Logs& logs) {
          for (const auto& [name, values] : table)
            logs.set(name, values[static_cast<size_t>(epoch)]);
        }})));
    std::ostringstream out;
    const Tensor x = Tensor::zeros({1, 1});
    history =
        model.fit(x, x, {.epochs = epochs, .verbose = "0", .callbacks = others, .stream = &out});
    printed = out.str();
  }

  double weight() const { return model.get_weights()[0].to_vector<double>()[0]; }
};

}  // namespace kcpp::test
