/// The table of layers: Keras's class name -> a layer with default fields.
#include "src/layers/makers.h"
#include "src/tables.h"

namespace kcpp::tables {
namespace {

namespace makers = layers::makers;

constexpr Factory table[] = {
    {"InputLayer", makers::input_layer},
    {"Dense", makers::dense},
    {"EinsumDense", makers::einsum_dense},
    {"Embedding", makers::embedding},
    {"Masking", makers::masking},
    {"Identity", makers::identity},

    {"Conv1D", makers::conv1d},
    {"Convolution1D", makers::conv1d},
    {"Conv2D", makers::conv2d},
    {"Convolution2D", makers::conv2d},
    {"Conv3D", makers::conv3d},
    {"Convolution3D", makers::conv3d},
    {"Conv1DTranspose", makers::conv1d_transpose},
    {"Convolution1DTranspose", makers::conv1d_transpose},
    {"Conv2DTranspose", makers::conv2d_transpose},
    {"Convolution2DTranspose", makers::conv2d_transpose},
    {"Conv3DTranspose", makers::conv3d_transpose},
    {"Convolution3DTranspose", makers::conv3d_transpose},
    {"DepthwiseConv1D", makers::depthwise_conv1d},
    {"DepthwiseConvolution1D", makers::depthwise_conv1d},
    {"DepthwiseConv2D", makers::depthwise_conv2d},
    {"DepthwiseConvolution2D", makers::depthwise_conv2d},
    {"SeparableConv1D", makers::separable_conv1d},
    {"SeparableConvolution1D", makers::separable_conv1d},
    {"SeparableConv2D", makers::separable_conv2d},
    {"SeparableConvolution2D", makers::separable_conv2d},

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

    {"AdaptiveMaxPooling1D", makers::adaptive_max_pooling1d},
    {"AdaptiveMaxPooling2D", makers::adaptive_max_pooling2d},
    {"AdaptiveMaxPooling3D", makers::adaptive_max_pooling3d},
    {"AdaptiveAveragePooling1D", makers::adaptive_average_pooling1d},
    {"AdaptiveAveragePooling2D", makers::adaptive_average_pooling2d},
    {"AdaptiveAveragePooling3D", makers::adaptive_average_pooling3d},

    {"Flatten", makers::flatten},
    {"Reshape", makers::reshape},
    {"Permute", makers::permute},
    {"RepeatVector", makers::repeat_vector},
    {"ZeroPadding1D", makers::zero_padding1d},
    {"ZeroPadding2D", makers::zero_padding2d},
    {"ZeroPadding3D", makers::zero_padding3d},
    {"Cropping1D", makers::cropping1d},
    {"Cropping2D", makers::cropping2d},
    {"Cropping3D", makers::cropping3d},
    {"UpSampling1D", makers::up_sampling1d},
    {"UpSampling2D", makers::up_sampling2d},
    {"UpSampling3D", makers::up_sampling3d},

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
    {"ActivityRegularization", makers::activity_regularization},

    {"BatchNormalization", makers::batch_normalization},
    {"BatchNormalizationV1", makers::batch_normalization},
    {"BatchNormalizationV2", makers::batch_normalization},
    {"LayerNormalization", makers::layer_normalization},
    {"GroupNormalization", makers::group_normalization},
    {"RMSNormalization", makers::rms_normalization},
    {"UnitNormalization", makers::unit_normalization},
    {"SpectralNormalization", makers::spectral_normalization},

    {"SimpleRNN", makers::simple_rnn},
    {"LSTM", makers::lstm},
    {"GRU", makers::gru},
    {"SimpleRNNCell", makers::simple_rnn_cell},
    {"LSTMCell", makers::lstm_cell},
    {"GRUCell", makers::gru_cell},
    {"RNN", makers::rnn},
    {"StackedRNNCells", makers::stacked_rnn_cells},
    {"Bidirectional", makers::bidirectional},
    {"TimeDistributed", makers::time_distributed},

    {"Add", makers::add},
    {"Subtract", makers::subtract},
    {"Multiply", makers::multiply},
    {"Average", makers::average},
    {"Maximum", makers::maximum},
    {"Minimum", makers::minimum},
    {"Concatenate", makers::concatenate},
    {"Dot", makers::dot},

    {"Attention", makers::attention},
    {"AdditiveAttention", makers::additive_attention},
    {"MultiHeadAttention", makers::multi_head_attention},
    {"GroupQueryAttention", makers::group_query_attention},
    {"GroupedQueryAttention", makers::group_query_attention},

    {"Rescaling", makers::rescaling},
};

}  // namespace

std::span<const Factory> layers() { return table; }

}  // namespace kcpp::tables
