/// The commands of the program kcpp (DESIGN.md section 5). Each throws kcpp::Error; main turns it
/// into one line on stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kcpp::cli {

/// What the commands share; each uses what it needs.
struct Arguments {
  std::string model;
  std::string weights;
  std::string input, target, sample_weight;
  std::string output, json, save, history;
  int64_t batch_size = 32;
  int epochs = 1;
  double validation_split = 0.0;
  bool no_shuffle = false;
  std::string source, destination;
  int threads = 0;
  double seconds = 2;
  std::string precision = "float32";
  int64_t open_size = 16;
};

void summary(const Arguments& a);
void predict(const Arguments& a);
void evaluate(const Arguments& a);
void fit(const Arguments& a);
void convert(const Arguments& a);
void plot(const Arguments& a);
void bench(const Arguments& a);
void backends();

}  // namespace kcpp::cli
