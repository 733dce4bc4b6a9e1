/// Choosing among overlapping boxes, which Keras's ops do not have (see special.h).
#pragma once

#include <limits>

#include "src/ops/op_table.h"

namespace kcpp::ops {

/// What boxes must fulfil.
struct SuppressionOptions {
  int64_t most = 0;      ///< how many are chosen; of each class, with several
  double overlap = 0.5;  ///< of two boxes with a larger share in common the likelier one stays
  double least_score = -std::numeric_limits<double>::infinity();
};
/// The indices of the boxes (n, 4) that are chosen, likeliest first.
Tensor non_max_suppression(const Tensor& boxes, const Tensor& scores, const SuppressionOptions& o);

/// The options of several classes.
struct CombinedSuppressionOptions : SuppressionOptions {
  int64_t total = 0;  ///< of all classes
  bool pad = false;   ///< as many results as the classes may have, if that is less than the total
  bool clip = true;   ///< corners of results are brought into [0, 1]
};
/// Of boxes (batch, n, 1 or classes, 4) and scores (batch, n, classes): the chosen ones' boxes,
/// scores and classes, filled up with zeros, and how many there are.
Tensors combined_non_max_suppression(const Tensor& boxes, const Tensor& scores,
                                     const CombinedSuppressionOptions& o);

/// Their entries in the table of operations.
std::span<const OpEntry> op_table_special_boxes();

}  // namespace kcpp::ops
