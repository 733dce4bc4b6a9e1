/// summary, convert, backends: what a model is, and what runs it.
#include <iostream>

#include "kcpp/backend.h"
#include "kcpp/saving.h"
#include "src/cli/files.h"

namespace kcpp::cli {

void summary(const Arguments& a) { open_model(a, true).summary(); }

void convert(const Arguments& a) {
  require_writable(a.destination);
  Arguments from = a;
  from.model = a.source;
  save_model(open_model(from, true), a.destination);
}

void backends() {
  for (const BackendInfo& b : kcpp::backends()) {
    std::cout << b.name << (b.available ? "  available  " : "  not available  ") << b.detail
              << "\n";
  }
  std::cout << "in use: " << backend().name() << ", threads: " << num_threads() << "\n";
}

}  // namespace kcpp::cli
