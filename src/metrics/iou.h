/// Intersection over union (keras.src.metrics.iou_metrics).
#pragma once

#include <optional>

#include "kcpp/metrics.h"

namespace kcpp {

/// keras.metrics.IoU; the others are special cases of it.
struct IoUImpl : MetricImpl {
  int num_classes = 0;
  std::vector<int> target_class_ids;
  std::optional<int> ignore_class;
  bool sparse_y_true = true, sparse_y_pred = true;
  int axis = -1;

  IoUImpl() { dtype_ = DType::int64; }
  ClassInfo class_info() const override { return {"IoU", "keras.metrics"}; }
  void fields(Fields& f) override;
  void validate() override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
  Tensor result() override;
  void reset_state() override;

 protected:
  std::vector<double> matrix_;  ///< rows are labels, columns predictions
};

struct BinaryIoUImpl : IoUImpl {
  double threshold = 0.5;
  BinaryIoUImpl();
  ClassInfo class_info() const override { return {"BinaryIoU", "keras.metrics"}; }
  void fields(Fields& f) override;
  void update_state(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight) override;
};

/// The mean over all classes.
struct MeanIoUImpl : IoUImpl {
  ClassInfo class_info() const override { return {"MeanIoU", "keras.metrics"}; }
  void fields(Fields& f) override;
  void validate() override;
};

struct OneHotIoUImpl : IoUImpl {
  OneHotIoUImpl() { sparse_y_true = sparse_y_pred = false; }
  ClassInfo class_info() const override { return {"OneHotIoU", "keras.metrics"}; }
  void fields(Fields& f) override;
};

struct OneHotMeanIoUImpl : MeanIoUImpl {
  OneHotMeanIoUImpl() { sparse_y_true = sparse_y_pred = false; }
  ClassInfo class_info() const override { return {"OneHotMeanIoU", "keras.metrics"}; }
  void fields(Fields& f) override;
};

}  // namespace kcpp
