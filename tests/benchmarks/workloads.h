/// The workloads W1 to W8 of docs/performance.md. Each runs alone in its process, so that the peak
/// of memory is its own.
#pragma once

#include <string>

namespace bench {

void w1_tiny_fit();
void w2_mlp();
void w3_cnn();
void w4_recurrent(const std::string& kind);  ///< "simplernn", "lstm", "gru"
void w5_resnet20();
void w5_resnet50();
void w6_transformer();
void w7_inference(const std::string& net);  ///< "tinymlp", "mobilenetv2", "resnet50", "lstm"
/// Starts this program again to load and run ResNet-50 from a `.keras` and an `.h5` file.
void w8_cold_start();
/// What W8 times: a whole process that loads a model and predicts once.
void predict_cold(const std::string& path);

}  // namespace bench
