/// The table of layers: Keras's class name -> a layer with default fields.
#include "src/layers/makers.h"
#include "src/tables.h"

namespace kcpp::tables {
namespace {

namespace makers = layers::makers;

constexpr Factory table[] = {
    {"InputLayer", makers::input_layer},
    {"Dense", makers::dense},
    {"Embedding", makers::embedding},
    {"Masking", makers::masking},

    {"Conv1D", makers::conv1d},
    {"Convolution1D", makers::conv1d},
    {"Conv2D", makers::conv2d},
    {"Convolution2D", makers::conv2d},
    {"Conv3D", makers::conv3d},
    {"Convolution3D", makers::conv3d},

    {"MaxPooling1D", makers::max_pooling1d},
    {"MaxPool1D", makers::max_pooling1d},
    {"MaxPooling2D", makers::max_pooling2d},
    {"MaxPool2D", makers::max_pooling2d},
    {"MaxPooling3D", makers::max_pooling3d},
    {"MaxPool3D", makers::max_pooling3d},
    {"AveragePooling1D", makers::average_pooling1d},
    {"AvgPool1D", makers::average_pooling1d},
    {"AveragePooling2D", makers::average_pooling2d},
    {"AvgPool2D", makers::average_pooling2d},
    {"AveragePooling3D", makers::average_pooling3d},
    {"AvgPool3D", makers::average_pooling3d},

    {"GlobalMaxPooling1D", makers::global_max_pooling1d},
    {"GlobalMaxPool1D", makers::global_max_pooling1d},
    {"GlobalMaxPooling2D", makers::global_max_pooling2d},
    {"GlobalMaxPool2D", makers::global_max_pooling2d},
    {"GlobalMaxPooling3D", makers::global_max_pooling3d},
    {"GlobalMaxPool3D", makers::global_max_pooling3d},
    {"GlobalAveragePooling1D", makers::global_average_pooling1d},
    {"GlobalAvgPool1D", makers::global_average_pooling1d},
    {"GlobalAveragePooling2D", makers::global_average_pooling2d},
    {"GlobalAvgPool2D", makers::global_average_pooling2d},
    {"GlobalAveragePooling3D", makers::global_average_pooling3d},
    {"GlobalAvgPool3D", makers::global_average_pooling3d},

    {"Flatten", makers::flatten},
    {"Reshape", makers::reshape},
    {"Permute", makers::permute},
    {"RepeatVector", makers::repeat_vector},

    {"Activation", makers::activation},
    {"ReLU", makers::relu},
    {"LeakyReLU", makers::leaky_relu},
    {"ELU", makers::elu},
    {"PReLU", makers::prelu},
    {"Softmax", makers::softmax},

    {"Dropout", makers::dropout},
    {"AlphaDropout", makers::alpha_dropout},
    {"SpatialDropout1D", makers::spatial_dropout1d},
    {"SpatialDropout2D", makers::spatial_dropout2d},
    {"SpatialDropout3D", makers::spatial_dropout3d},
    {"GaussianNoise", makers::gaussian_noise},
    {"GaussianDropout", makers::gaussian_dropout},

    {"BatchNormalization", makers::batch_normalization},
    {"BatchNormalizationV1", makers::batch_normalization},
    {"BatchNormalizationV2", makers::batch_normalization},
    {"LayerNormalization", makers::layer_normalization},

    {"SimpleRNN", makers::simple_rnn},
    {"LSTM", makers::lstm},
    {"GRU", makers::gru},
    {"SimpleRNNCell", makers::simple_rnn_cell},
    {"LSTMCell", makers::lstm_cell},
    {"GRUCell", makers::gru_cell},
    {"RNN", makers::rnn},
    {"StackedRNNCells", makers::stacked_rnn_cells},

    {"Add", makers::add},
    {"Subtract", makers::subtract},
    {"Multiply", makers::multiply},
    {"Average", makers::average},
    {"Maximum", makers::maximum},
    {"Minimum", makers::minimum},
    {"Concatenate", makers::concatenate},
    {"Dot", makers::dot},

    {"Rescaling", makers::rescaling},
};

}  // namespace

std::span<const Factory> layers() { return table; }

}  // namespace kcpp::tables
