/// The program kcpp as a user runs it: a process with arguments, an exit code and two streams.
#pragma once

#include <string>
#include <vector>

namespace kcpp::test {

struct Run {
  int code = -1;  ///< exit code; 128 + signal when it died of one
  std::string out, err;
};

/// Runs kcpp with these arguments and waits for its end.
Run run_kcpp(const std::vector<std::string>& arguments);

}  // namespace kcpp::test
