#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kcpp/models/model.h"
#include "src/callbacks/support.h"
#include "src/models/trainer.h"
#include "src/saving/containers/atomic_file.h"

namespace kcpp::callbacks {
namespace {

namespace fs = std::filesystem;

// Keras's names, so that either can go on where the other stopped.
constexpr const char* weights_file = "latest.weights.h5";
constexpr const char* metadata_file = "training_metadata.json";
constexpr const char* previous_weights_file = "latest.weights.h5.bkp";
constexpr const char* previous_metadata_file = "training_metadata.json.bkp";

void copy(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  check<IOError>(!error, "[BackupAndRestore] Cannot copy '", from, "' to '", to,
                 "': ", error.message());
}

/// The epoch in {"epoch": 3, "batch": 0}.
int read_epoch(const std::string& path) {
  std::ifstream in(path);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  const std::string key = "\"epoch\":";
  size_t at = content.find(key);
  int epoch = -1;
  if (at != std::string::npos) {
    at = content.find_first_not_of(" \t\r\n", at + key.size());
    if (at != std::string::npos)
      std::from_chars(content.data() + at, content.data() + content.size(), epoch);
  }
  check<IOError>(epoch >= 0, "'", path, "' is damaged: it names no epoch.");
  return epoch;
}

}  // namespace

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : folder_(std::move(backup_dir)), options_(options) {
  check(!folder_.empty(), "Empty `backup_dir` argument passed");
}

std::string BackupAndRestore::path(const char* name) const {
  return (fs::path(folder_) / name).string();
}

void BackupAndRestore::on_train_begin(const Logs&) {
  check(model().impl()->built(),
        "To use the BackupAndRestore callback, you model must be built before you call `fit()`. "
        "Model ",
        model().name(),
        " is unbuilt. You can build it beforehand by calling it on a batch of data.");
  epoch_ = 0;
  seen_since_saving_ = last_batch_ = 0;
  try {
    load();
  } catch (const IOError&) {
    // The last backup is damaged: the one before it.
    if (!fs::exists(path(previous_weights_file))) throw;
    copy(path(previous_weights_file), path(weights_file));
    if (fs::exists(path(previous_metadata_file))) {
      copy(path(previous_metadata_file), path(metadata_file));
    } else {
      fs::remove(path(metadata_file));
    }
    load();
  }
}

void BackupAndRestore::load() {
  // Read first: nothing is changed when the metadata are damaged.
  std::optional<int> epoch;
  if (fs::exists(path(metadata_file))) epoch = read_epoch(path(metadata_file));
  if (fs::exists(path(weights_file))) {
    // The state of the optimizer is loaded too: its variables must exist.
    if (const Optimizer optimizer = model().optimizer())
      optimizer.impl()->build(model().trainable_weights());
    model().load_weights(path(weights_file));
  }
  // Zero is nothing new: fit begins where it was told to.
  if (epoch.value_or(0) > 0) {
    model().model().trainer().resume_epoch = epoch;
    epoch_ = *epoch;
  }
}

void BackupAndRestore::on_epoch_end(int epoch, Logs&) {
  epoch_ = epoch + 1;
  last_batch_ = 0;
  if (options_.save_freq.is_epoch()) save();
}

void BackupAndRestore::on_train_batch_end(int64_t batch, const Logs&) {
  if (batch_is_due(options_.save_freq, batch, last_batch_, seen_since_saving_)) save();
}

void BackupAndRestore::save() {
  std::error_code error;
  fs::create_directories(folder_, error);
  check<IOError>(!error, "[BackupAndRestore] Cannot make the folder '", folder_,
                 "': ", error.message());
  if (options_.double_checkpoint) {
    if (fs::exists(path(weights_file))) copy(path(weights_file), path(previous_weights_file));
    if (fs::exists(path(metadata_file))) copy(path(metadata_file), path(previous_metadata_file));
  }
  model().save_weights(path(weights_file), true);
  io::write_file(path(metadata_file),
                 text("{\"epoch\": ", epoch_, ", \"batch\": ", last_batch_, "}"));
}

void BackupAndRestore::on_train_end(const Logs&) {
  if (!options_.delete_checkpoint) return;
  // Only what it wrote: Keras removes the folder with all that is in it.
  std::error_code ignored;
  for (const char* name :
       {weights_file, metadata_file, previous_weights_file, previous_metadata_file})
    fs::remove(path(name), ignored);
  fs::remove(folder_, ignored);
}

}  // namespace kcpp::callbacks
