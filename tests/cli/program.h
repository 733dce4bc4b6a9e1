/// Runs the program kcpp, as a shell would.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace kcpp::test {

struct ProgramResult {
  int code;            ///< exit code; -1 after a crash
  std::string output;  ///< stdout and stderr
};

/// `kcpp ARGUMENTS`, with `environment` ("NAME=value NAME=value") in front.
inline ProgramResult run_program(const std::string& arguments,
                                 const std::string& environment = {}) {
  const std::string command = environment + " " + KCPP_PROGRAM + " " + arguments + " 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  ProgramResult out{-1, {}};
  if (!pipe) return out;
  char block[4096];
  while (const size_t n = std::fread(block, 1, sizeof block, pipe)) out.output.append(block, n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) out.code = WEXITSTATUS(status);
  return out;
}

}  // namespace kcpp::test
