/// Makes each layer with default fields, for layer_table.cpp. Each is defined beside its layer.
#pragma once

#include <memory>

#include "kcpp/core/object.h"

namespace kcpp::layers::makers {

std::shared_ptr<Object> input_layer();
std::shared_ptr<Object> dense();
std::shared_ptr<Object> embedding();
std::shared_ptr<Object> masking();
std::shared_ptr<Object> conv1d();
std::shared_ptr<Object> conv2d();
std::shared_ptr<Object> conv3d();
std::shared_ptr<Object> max_pooling1d();
std::shared_ptr<Object> max_pooling2d();
std::shared_ptr<Object> max_pooling3d();
std::shared_ptr<Object> average_pooling1d();
std::shared_ptr<Object> average_pooling2d();
std::shared_ptr<Object> average_pooling3d();
std::shared_ptr<Object> global_max_pooling1d();
std::shared_ptr<Object> global_max_pooling2d();
std::shared_ptr<Object> global_max_pooling3d();
std::shared_ptr<Object> global_average_pooling1d();
std::shared_ptr<Object> global_average_pooling2d();
std::shared_ptr<Object> global_average_pooling3d();
std::shared_ptr<Object> flatten();
std::shared_ptr<Object> reshape();
std::shared_ptr<Object> permute();
std::shared_ptr<Object> repeat_vector();
std::shared_ptr<Object> activation();
std::shared_ptr<Object> relu();
std::shared_ptr<Object> leaky_relu();
std::shared_ptr<Object> elu();
std::shared_ptr<Object> prelu();
std::shared_ptr<Object> softmax();
std::shared_ptr<Object> dropout();
std::shared_ptr<Object> alpha_dropout();
std::shared_ptr<Object> spatial_dropout1d();
std::shared_ptr<Object> spatial_dropout2d();
std::shared_ptr<Object> spatial_dropout3d();
std::shared_ptr<Object> gaussian_noise();
std::shared_ptr<Object> gaussian_dropout();
std::shared_ptr<Object> batch_normalization();
std::shared_ptr<Object> layer_normalization();
std::shared_ptr<Object> simple_rnn();
std::shared_ptr<Object> lstm();
std::shared_ptr<Object> gru();
std::shared_ptr<Object> simple_rnn_cell();
std::shared_ptr<Object> lstm_cell();
std::shared_ptr<Object> gru_cell();
std::shared_ptr<Object> rnn();
std::shared_ptr<Object> stacked_rnn_cells();
std::shared_ptr<Object> add();
std::shared_ptr<Object> subtract();
std::shared_ptr<Object> multiply();
std::shared_ptr<Object> average();
std::shared_ptr<Object> maximum();
std::shared_ptr<Object> minimum();
std::shared_ptr<Object> concatenate();
std::shared_ptr<Object> dot();
std::shared_ptr<Object> rescaling();

}  // namespace kcpp::layers::makers
