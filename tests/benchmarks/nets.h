/// The workloads' models that training and inference share.
#pragma once

#include <string>

#include "kcpp/kcpp.h"

namespace bench {

inline kcpp::Model tiny_mlp() {
  using namespace kcpp;
  return Sequential({layers::Input({10}), layers::Dense(64, {.activation = "relu"}),
                     layers::Dense(64, {.activation = "relu"}), layers::Dense(2)});
}

inline kcpp::Model recurrent(const std::string& kind) {
  using namespace kcpp;
  Sequential model;
  model.add(layers::Input({100, 64}));
  if (kind == "simplernn") {
    model.add(layers::SimpleRNN(128));
  } else if (kind == "lstm") {
    model.add(layers::LSTM(128));
  } else {
    model.add(layers::GRU(128));
  }
  model.add(layers::Dense(10));
  return model;
}

/// Times a session of the model and reports it as peer "kcpp".
void time_session(const std::string& workload, const kcpp::Model& model, int64_t batch,
                  const char* unit, double scale, int repeats, double budget, int inner = 1);

}  // namespace bench
