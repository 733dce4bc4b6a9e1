/// The golden cases of keras.ops, run through the op table.
#pragma once

#include <string>

#include "kcpp/core/config.h"
#include "kcpp/core/tensor.h"
#include "src/ops/op_table.h"
#include "tests/support/golden.h"

namespace kcpp::test {

/// One golden case: the arrays, and the arguments as a graph's node would hold them.
struct OpCase {
  std::string name;        ///< "add_3"
  std::string op;          ///< "add"
  std::string class_name;  ///< "Add"; empty for functions without an Operation (zeros, eye)
  Tensors inputs;          ///< in the order of appearance
  Config arguments;        ///< {"config", "args", "kwargs"}, see op_table.h
};
OpCase read_case(const GoldenFile& golden, const Config& entry);

/// Runs ops that no graph can hold, by name; nullptr when it is not one of them.
ops::OpRun plain_op(const OpCase& c);

}  // namespace kcpp::test
