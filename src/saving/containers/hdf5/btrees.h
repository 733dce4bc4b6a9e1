/// The two kinds of B-tree of the format.
#pragma once

#include <functional>

#include "src/saving/containers/hdf5/scope.h"

namespace kcpp::hdf5 {

/// Visits the leaves of a version 1 tree from left to right (Specification III.A.1). `type` is 0
/// for a group, 1 for chunks; `key_size` the bytes of a key. The visitor gets the key before a
/// child and the child's address.
void visit_btree1(const Scope& scope, uint64_t address, uint8_t type, size_t key_size,
                  const std::function<void(View key, uint64_t child)>& visit);

/// Visits the records of a version 2 tree in order (Specification III.A.2).
void visit_btree2(const Scope& scope, uint64_t address, uint8_t type,
                  const std::function<void(View record)>& visit);

}  // namespace kcpp::hdf5
