/// Integer indices: checks, and updates of rows by index.
#pragma once

#include <vector>

#include "src/ops/common.h"

namespace kcpp::ops::detail {

/// Integer indices into an axis of `length`, negative ones counted from its end. IndexError out of
/// range.
Tensor checked_indices(const Tensor& indices, int64_t length, const char* op);

/// Where rows of `updates` go: `targets[i]` is the row of x for row i; a negative target drops the
/// row.
enum class RowReduction : uint8_t { replace, add, maximum, minimum, multiply };
/// x (rows, n) with updates (m, n) combined into its rows, in order; differentiable.
Tensor update_rows(const Tensor& x, const Tensor& updates, const std::vector<int64_t>& targets,
                   RowReduction reduction);

}  // namespace kcpp::ops::detail
