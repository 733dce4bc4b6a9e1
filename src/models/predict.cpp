/// predict: the model on all samples, batch by batch. Touches nothing of the model but its weights.
#include <cstring>
#include <iostream>

#include "kcpp/ops/shape.h"
#include "src/callbacks/callback_list.h"
#include "src/models/array_source.h"
#include "src/models/trainer.h"
#include "src/session/cache.h"

namespace kcpp {
namespace {

/// The outputs of many batches, joined along the samples without copying them twice when their
/// number is known.
class OutputCollector {
 public:
  explicit OutputCollector(int64_t samples) : samples_(samples) {}

  void add(Tensors outputs) {
    if (whole_.empty() && samples_ > 0) reserve(outputs);
    if (whole_.empty()) {
      parts_.push_back(std::move(outputs));
      return;
    }
    const int64_t rows = outputs[0].rank() ? outputs[0].dim(0) : 0;
    for (size_t k = 0; k < outputs.size(); ++k) {
      const size_t row_bytes = whole_[k].bytes() / static_cast<size_t>(samples_);
      // A model may do with the batch what it likes, for instance write its size down.
      check(rows <= samples_ - filled_ && outputs[k].dtype() == whole_[k].dtype() &&
                outputs[k].bytes() == static_cast<size_t>(rows) * row_bytes,
            "Output ", k, " of the model has another shape for each batch: ", outputs[k].shape(),
            " after rows of ", whole_[k].shape(), ". Predict in one batch.");
      std::memcpy(
          static_cast<char*>(whole_[k].mutable_raw()) + static_cast<size_t>(filled_) * row_bytes,
          outputs[k].raw(), outputs[k].bytes());
    }
    filled_ += rows;
  }

  Tensors finish() {
    if (!whole_.empty()) {
      if (filled_ == samples_) return whole_;
      for (Tensor& t : whole_) t = t.rows(0, filled_);
      return whole_;
    }
    check(!parts_.empty(),
          "Your input ran out of data before the first batch: there is nothing to predict.");
    if (parts_.size() == 1) return parts_[0];
    Tensors out;
    for (size_t k = 0; k < parts_[0].size(); ++k) {
      Tensors pieces;
      for (const Tensors& part : parts_) pieces.push_back(part[k]);
      out.push_back(ops::concatenate(pieces, 0));
    }
    return out;
  }

 private:
  /// One tensor for all samples, where each output has the batch first and a fixed shape behind it.
  void reserve(const Tensors& outputs) {
    const int64_t rows = outputs.empty() || outputs[0].rank() == 0 ? 0 : outputs[0].dim(0);
    if (rows == 0 || rows >= samples_) return;
    Tensors whole;
    for (const Tensor& t : outputs) {
      if (t.rank() == 0 || t.dim(0) != rows || t.dtype() == DType::string) return;
      Shape shape = t.shape();
      shape[0] = samples_;
      whole.push_back(Tensor::empty(shape, t.dtype()));
    }
    whole_ = std::move(whole);
  }

  int64_t samples_;
  int64_t filled_ = 0;
  Tensors whole_;
  std::vector<Tensors> parts_;
};

Tensors run(ModelImpl& model, DatasetImpl& source, const PredictOptions& options, int64_t samples) {
  std::optional<CallbackList> callbacks;
  const int verbose =
      options.verbose == "1" || options.verbose == "2" ? options.verbose[0] - '0' : 0;
  if (verbose || !options.callbacks.empty()) {
    callbacks.emplace(options.callbacks, false,
                      Model(std::static_pointer_cast<ModelImpl>(model.shared_from_this())),
                      CallbackParams{.verbose = verbose,
                                     .epochs = 1,
                                     .steps = options.steps.value_or(source.cardinality()),
                                     .stream = options.stream ? options.stream : &std::cout});
    callbacks->on_predict_begin();
  }
  OutputCollector outputs(options.steps ? -1 : samples);
  source.start();
  Batch batch;
  for (int64_t step = 0; (!options.steps || step < *options.steps) && source.next(batch); ++step) {
    if (callbacks) callbacks->on_predict_batch_begin(step);
    outputs.add(infer(model, batch.x, false));
    if (callbacks) callbacks->on_predict_batch_end(step);
  }
  Tensors out = outputs.finish();
  if (callbacks) callbacks->on_predict_end();
  return out;
}

}  // namespace

Tensors predict_arrays(ModelImpl& model, const Data& x, const PredictOptions& options) {
  Arrays arrays =
      make_arrays(x.names().empty() ? x.tensors() : x.in_order(model.input_keys(), "x"), {}, {});
  const int64_t samples = arrays.samples;
  return run(model, *array_source(std::move(arrays), options.batch_size.value_or(32), false),
             options, samples);
}

Tensors predict_dataset(ModelImpl& model, const Dataset& dataset, const PredictOptions& options) {
  return run(model, *dataset.impl(), options, -1);
}

}  // namespace kcpp
