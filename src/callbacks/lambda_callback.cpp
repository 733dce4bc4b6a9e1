#include "kcpp/callbacks.h"

namespace kcpp::callbacks {

LambdaCallback::LambdaCallback(LambdaCallbackOptions functions)
    : functions_(std::move(functions)) {}

void LambdaCallback::on_epoch_begin(int epoch, const Logs& logs) {
  if (functions_.on_epoch_begin) functions_.on_epoch_begin(epoch, logs);
}
void LambdaCallback::on_epoch_end(int epoch, Logs& logs) {
  if (functions_.on_epoch_end) functions_.on_epoch_end(epoch, logs);
}
void LambdaCallback::on_train_begin(const Logs& logs) {
  if (functions_.on_train_begin) functions_.on_train_begin(logs);
}
void LambdaCallback::on_train_end(const Logs& logs) {
  if (functions_.on_train_end) functions_.on_train_end(logs);
}
void LambdaCallback::on_train_batch_begin(int64_t batch, const Logs& logs) {
  if (functions_.on_train_batch_begin) functions_.on_train_batch_begin(batch, logs);
}
void LambdaCallback::on_train_batch_end(int64_t batch, const Logs& logs) {
  if (functions_.on_train_batch_end) functions_.on_train_batch_end(batch, logs);
}
void LambdaCallback::on_test_begin(const Logs& logs) {
  if (functions_.on_test_begin) functions_.on_test_begin(logs);
}
void LambdaCallback::on_test_end(const Logs& logs) {
  if (functions_.on_test_end) functions_.on_test_end(logs);
}
void LambdaCallback::on_test_batch_begin(int64_t batch, const Logs& logs) {
  if (functions_.on_test_batch_begin) functions_.on_test_batch_begin(batch, logs);
}
void LambdaCallback::on_test_batch_end(int64_t batch, const Logs& logs) {
  if (functions_.on_test_batch_end) functions_.on_test_batch_end(batch, logs);
}
void LambdaCallback::on_predict_begin(const Logs& logs) {
  if (functions_.on_predict_begin) functions_.on_predict_begin(logs);
}
void LambdaCallback::on_predict_end(const Logs& logs) {
  if (functions_.on_predict_end) functions_.on_predict_end(logs);
}
void LambdaCallback::on_predict_batch_begin(int64_t batch, const Logs& logs) {
  if (functions_.on_predict_batch_begin) functions_.on_predict_batch_begin(batch, logs);
}
void LambdaCallback::on_predict_batch_end(int64_t batch, const Logs& logs) {
  if (functions_.on_predict_batch_end) functions_.on_predict_batch_end(batch, logs);
}

}  // namespace kcpp::callbacks
