/// summary, convert, backends: what a model is, and what runs it.
#include <iostream>

#include "kcpp/backend.h"
#include "kcpp/saving.h"
#include "src/cli/files.h"

namespace kcpp::cli {

void summary(const Arguments& a) { open_model(a, true).summary(); }

void convert(const Arguments& a) {
  require_writable(a.destination);
  LoadReport report;
  LoadOptions options{.report = &report, .weights = a.weights};
  Model model = load_model(a.source, options);
  // A self-test goes along, once it was passed; with other weights it means nothing.
  const bool keep_test = report.has_test_case && a.weights.empty();
  if (keep_test) {
    report = {};
    options.verify = true;
    model = load_model(a.source, options);
  }
  std::cerr << report.to_string();
  save_model(model, a.destination, {.with_test_case = keep_test});
}

void backends() {
  for (const BackendInfo& b : kcpp::backends()) {
    std::cout << b.name << (b.available ? "  available  " : "  not available  ") << b.detail
              << "\n";
  }
  std::cout << "in use: " << backend().name() << ", threads: " << num_threads() << "\n";
}

}  // namespace kcpp::cli
