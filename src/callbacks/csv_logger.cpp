#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "kcpp/callbacks.h"
#include "kcpp/core/error.h"

namespace kcpp::callbacks {

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(std::move(options)) {
  check<TypeError>(
      options_.separator.size() == 1,
      "\"delimiter\" must be a 1-character string. Received: separator=", options_.separator);
}

void CSVLogger::on_train_begin(const Logs&) {
  write_header_ = true;
  if (options_.append) {
    std::ifstream before(filename_);
    write_header_ = before.peek() == std::ifstream::traits_type::eof();
  }
  keys_.clear();
  file_ =
      std::make_shared<std::ofstream>(filename_, options_.append ? std::ios::app : std::ios::trunc);
  check<IOError>(file_->good(), "[CSVLogger] Cannot write '", filename_,
                 "': ", std::strerror(errno));
}

void CSVLogger::on_epoch_end(int epoch, Logs& logs) {
  if (!file_) return;
  if (keys_.empty()) {
    keys_ = logs.names();
    std::sort(keys_.begin(), keys_.end());
    // Room for the figures of a validation that comes in a later epoch.
    if (std::none_of(keys_.begin(), keys_.end(),
                     [](const std::string& key) { return key.starts_with("val_"); })) {
      for (size_t i = 0, count = keys_.size(); i < count; ++i) keys_.push_back("val_" + keys_[i]);
    }
    if (write_header_) {
      std::vector<std::string> header{"epoch"};
      header.insert(header.end(), keys_.begin(), keys_.end());
      write_row(header);
    }
  }
  std::vector<std::string> row{text(epoch)};
  for (const std::string& key : keys_)
    row.push_back(logs.contains(key) ? text(logs.at(key)) : "NA");
  write_row(row);
  file_->flush();
  check<IOError>(file_->good(), "[CSVLogger] Writing '", filename_,
                 "' failed: ", std::strerror(errno));
}

void CSVLogger::on_train_end(const Logs&) { file_.reset(); }

/// As Python's csv.excel: quotes only where they are needed, lines end in \r\n.
void CSVLogger::write_row(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i) line += options_.separator;
    if (fields[i].find_first_of("\"\r\n" + options_.separator) == std::string::npos) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (const char c : fields[i]) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  *file_ << line << "\r\n";
}

}  // namespace kcpp::callbacks
