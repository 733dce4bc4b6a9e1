/// SimpleRNN, LSTM and GRU: the handles; the work is in recurrent_cell.cpp.
#include "kcpp/layers/simple_rnn.h"

#include "kcpp/layers/gru.h"
#include "kcpp/layers/lstm.h"
#include "src/layers/makers.h"
#include "src/layers/recurrent_cell.h"

namespace kcpp::layers {
namespace {

template <class Options>
std::shared_ptr<RNNImpl> layer(CellKind kind, int64_t units, const Options& options) {
  auto impl = std::make_shared<RecurrentLayerImpl>(kind, units, options);
  impl->check_fields();
  return impl;
}
template <CellKind K>
std::shared_ptr<Object> make_layer_object() {
  return std::make_shared<RecurrentLayerImpl>(K);
}
template <CellKind K>
std::shared_ptr<Object> make_cell_object() {
  return std::make_shared<RecurrentCellImpl>(K);
}

}  // namespace

SimpleRNN::SimpleRNN(int64_t units, SimpleRNNOptions o) : RNN(layer(CellKind::simple, units, o)) {}
LSTM::LSTM(int64_t units, LSTMOptions o) : RNN(layer(CellKind::lstm, units, o)) {}
GRU::GRU(int64_t units, GRUOptions o) : RNN(layer(CellKind::gru, units, o)) {}

SimpleRNNCell::SimpleRNNCell(int64_t units, SimpleRNNCellOptions o)
    : Layer(make_layer<RecurrentCellImpl>(CellKind::simple, units, o)) {}
LSTMCell::LSTMCell(int64_t units, LSTMCellOptions o)
    : Layer(make_layer<RecurrentCellImpl>(CellKind::lstm, units, o)) {}
GRUCell::GRUCell(int64_t units, GRUCellOptions o)
    : Layer(make_layer<RecurrentCellImpl>(CellKind::gru, units, o)) {}

std::shared_ptr<Object> makers::simple_rnn() { return make_layer_object<CellKind::simple>(); }
std::shared_ptr<Object> makers::lstm() { return make_layer_object<CellKind::lstm>(); }
std::shared_ptr<Object> makers::gru() { return make_layer_object<CellKind::gru>(); }
std::shared_ptr<Object> makers::simple_rnn_cell() { return make_cell_object<CellKind::simple>(); }
std::shared_ptr<Object> makers::lstm_cell() { return make_cell_object<CellKind::lstm>(); }
std::shared_ptr<Object> makers::gru_cell() { return make_cell_object<CellKind::gru>(); }

}  // namespace kcpp::layers
