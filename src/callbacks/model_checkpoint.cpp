#include <cstdio>
#include <filesystem>

#include "kcpp/models/model.h"
#include "src/callbacks/support.h"

namespace kcpp::callbacks {
namespace {

std::string fixed(double value) {
  char buffer[400];
  std::snprintf(buffer, sizeof(buffer), "%.5f", value);
  return buffer;
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string filepath, ModelCheckpointOptions options)
    : MonitorCallback("ModelCheckpoint", options.monitor, options.mode,
                      options.initial_value_threshold, 0),
      filepath_(std::move(filepath)),
      options_(std::move(options)) {
  if (options_.save_weights_only) {
    check(filepath_.ends_with(".weights.h5"),
          "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must "
          "end in `.weights.h5` (Keras weights "
          "format). Received: filepath=",
          filepath_);
  } else {
    check(filepath_.ends_with(".keras") || filepath_.ends_with(".h5"),
          "The filepath provided must end in `.keras` (Keras model format). Received: filepath=",
          filepath_);
  }
}

void ModelCheckpoint::on_epoch_begin(int epoch, const Logs&) { epoch_ = epoch; }

void ModelCheckpoint::on_epoch_end(int epoch, Logs& logs) {
  if (options_.save_freq.is_epoch()) save(epoch, {}, logs);
}

void ModelCheckpoint::on_train_batch_end(int64_t batch, const Logs& logs) {
  if (batch_is_due(options_.save_freq, batch, last_batch_, seen_since_saving_))
    save(epoch_, batch, logs);
}

bool ModelCheckpoint::should_save(int epoch, const Logs& logs, const std::string& path) {
  if (!options_.save_best_only) {
    if (options_.verbose > 0) say(text("\nEpoch ", epoch + 1, ": saving model to ", path));
    return true;
  }
  const auto value =
      current(epoch, logs, text("Can save best model only with ", monitor_, " available."));
  if (!value) return false;
  const std::string before = best_ ? fixed(*best_) : "None";
  if (!is_improvement(*value, best_)) {
    if (options_.verbose > 0)
      say(text("\nEpoch ", epoch + 1, ": ", monitor_, " did not improve from ", before));
    return false;
  }
  if (options_.verbose > 0) {
    say(text("\nEpoch ", epoch + 1, ": ", monitor_, " improved from ", before, " to ",
             fixed(*value), ", saving model to ", path));
  }
  best_ = value;
  return true;
}

void ModelCheckpoint::save(int epoch, std::optional<int64_t> batch, const Logs& logs) {
  std::vector<FormatValue> values{{"epoch", static_cast<double>(epoch + 1), true}};
  if (batch && !logs.contains("batch"))
    values.push_back({"batch", static_cast<double>(*batch + 1), true});
  for (const auto& [name, value] : logs) values.push_back({name, value, false});
  std::string path;
  try {
    path = format_pattern(filepath_, values);
  } catch (const ValueError& e) {
    throw ValueError(
        text("Failed to format this callback filepath: \"", filepath_, "\". Reason: ", e.what()));
  }
  if (!should_save(epoch, logs, path)) return;
  check<IOError>(!std::filesystem::is_directory(path),
                 "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an "
                 "existing directory: ",
                 path);
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  check<IOError>(!error, "[ModelCheckpoint] Cannot make the folder '", folder.string(),
                 "': ", error.message());
  if (options_.save_weights_only) {
    model().save_weights(path, true);
  } else {
    model().save(path, {.overwrite = true});
  }
  if (options_.verbose > 0) say(text("\nEpoch ", epoch + 1, ": finished saving model to ", path));
}

}  // namespace kcpp::callbacks
