#include <oneapi/dnnl/dnnl.hpp>

#include "backend/onednn/kernels/kernels.h"
#include "backend/onednn/onednn_backend.h"
#include "backend/table.h"

namespace kcpp::detail {

std::unique_ptr<Backend> create_onednn_backend() { return std::make_unique<OneDnnBackend>(); }

std::string onednn_version() {
  const dnnl_version_t* v = dnnl_version();
  return text("oneDNN ", v->major, ".", v->minor, ".", v->patch,
              ", own kernels: ", onednn::kernels().name);
}

}  // namespace kcpp::detail
