/// The cases that every layer of the table goes through: test_conformance.cpp runs them, cases.cpp
/// lists them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kcpp/layers/layer.h"

namespace kcpp::test {

struct ConformanceCase {
  std::function<Layer()> make;
  Shapes inputs;                          ///< with the batch
  std::vector<std::string> weights = {};  ///< names, in Keras's order
  int64_t integers = 0;                   ///< > 0: inputs are whole numbers below it
  bool keeps_mask = false;  ///< a mask (batch, axis 1) of the first input comes out again
  bool floats_out = true;   ///< the output has the compute dtype
  CallOptions options = {};
  bool strings = false;     ///< the inputs are words
  bool open_shape = false;  ///< as in Keras, only the call itself knows all of the output's shape
};

/// All cases; a class may have several.
const std::vector<ConformanceCase>& conformance_cases();

/// Deterministic inputs of a case: distinct values in (-1, 1), or whole numbers.
Tensors conformance_inputs(const ConformanceCase& c, DType dtype = DType::float32);

}  // namespace kcpp::test
