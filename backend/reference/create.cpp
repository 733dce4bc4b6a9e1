#include "backend/reference/reference_backend.h"
#include "backend/table.h"

namespace kcpp::detail {

std::unique_ptr<Backend> create_reference_backend() { return std::make_unique<ReferenceBackend>(); }

std::string reference_version() { return "plain loops, OpenBLAS, LAPACK by xtensor-blas"; }

}  // namespace kcpp::detail
