#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "kcpp/data_files.h"
#include "src/saving/containers/byte_source.h"

namespace kcpp {
namespace {

/// Splits text into lines of fields (RFC 4180).
class CsvScanner {
 public:
  CsvScanner(std::string_view text, char delimiter, std::string_view name)
      : text_(text), delimiter_(delimiter), name_(name) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // byte order mark
  }

  /// The next line that is not empty; false at the end.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    while (at_ < text_.size() && take_line_end()) {
    }
    if (at_ >= text_.size()) return false;
    line_ = following_line_;
    do {
      fields.push_back(field(fields.size() + 1));
    } while (take(delimiter_));
    if (at_ < text_.size() && !take_line_end())
      fail(fields.size(), "there is text behind the closing quote");
    return true;
  }

  [[noreturn]] void fail(size_t column, const std::string& problem) const {
    throw IOError(
        kcpp::text("'", name_, "', line ", line_, ", column ", column, ": ", problem, "."));
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool take_line_end() {
    const bool carriage = text_.substr(at_).starts_with("\r\n");
    if (!carriage && text_[at_] != '\n' && text_[at_] != '\r') return false;
    at_ += carriage ? 2 : 1;
    ++following_line_;
    return true;
  }

  std::string field(size_t column) {
    if (!take('"')) {
      const size_t start = at_;
      while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
             text_[at_] != '\r')
        ++at_;
      return std::string(text_.substr(start, at_ - start));
    }
    std::string out;
    for (;;) {
      const size_t quote = text_.find('"', at_);
      if (quote == text_.npos) fail(column, "a quoted field has no end");
      const std::string_view part = text_.substr(at_, quote - at_);
      out += part;
      following_line_ += static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
      at_ = quote + 1;
      if (!take('"')) return out;
      out += '"';
    }
  }

  std::string_view text_;
  char delimiter_;
  std::string_view name_;
  size_t at_ = 0, line_ = 1, following_line_ = 1;
};

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Column numbers of the names wanted.
std::vector<size_t> find_columns(const std::vector<std::string>& names,
                                 const std::vector<std::string>& wanted, std::string_view what) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  std::vector<size_t> out;
  for (const std::string& name : wanted) {
    const auto found = places.find(name);
    check(found != places.end(), what, " has no column '", name, "'. Available columns: ", names,
          ".");
    out.push_back(found->second);
  }
  return out;
}

}  // namespace

Csv parse_csv(std::string_view text, const CsvOptions& options, std::string_view name) {
  CsvScanner scanner(text, options.delimiter, name);
  const std::unordered_set<std::string_view> missing(options.missing.begin(),
                                                     options.missing.end());
  std::vector<std::string> fields, names;
  std::vector<float> values;
  std::vector<size_t> wanted;
  size_t width = 0, rows = 0;
  const auto begin = [&](std::vector<std::string> header) {
    width = header.size();
    names = std::move(header);
    if (options.columns.empty()) {
      for (size_t i = 0; i < width; ++i) wanted.push_back(i);
    } else {
      wanted = find_columns(names, options.columns, kcpp::text("'", name, "'"));
    }
  };
  bool begun = false;
  while (scanner.next(fields)) {
    if (!begun) {
      begun = true;
      if (options.header) {
        for (std::string& f : fields) f = std::string(trim(f));
        begin(std::move(fields));
        continue;
      }
      std::vector<std::string> numbers;
      for (size_t i = 0; i < fields.size(); ++i) numbers.push_back(std::to_string(i));
      begin(std::move(numbers));
    }
    if (fields.size() != width)
      scanner.fail(fields.size(),
                   kcpp::text("the line has ", fields.size(), " fields. Expected ", width));
    for (const size_t column : wanted) {
      std::string_view field = trim(fields[column]);
      float value = std::numeric_limits<float>::quiet_NaN();
      if (!missing.contains(field)) {
        std::string_view digits = field;
        if (digits.starts_with('+') && !digits.substr(1).starts_with('-')) digits.remove_prefix(1);
        double number = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
          scanner.fail(column + 1,
                       kcpp::text("'", field, "' is not a number (column '", names[column], "')"));
        if (error == std::errc::result_out_of_range)
          scanner.fail(column + 1,
                       kcpp::text("'", field, "' is out of range (column '", names[column], "')"));
        value = static_cast<float>(number);
      }
      values.push_back(value);
    }
    ++rows;
  }
  check<IOError>(begun, "'", name, "' is empty: a CSV file needs at least one line.");
  Csv csv;
  for (const size_t column : wanted) csv.columns.push_back(names[column]);
  csv.values =
      Tensor::from(values, {static_cast<int64_t>(rows), static_cast<int64_t>(wanted.size())});
  return csv;
}

Csv load_csv(const std::string& path, const CsvOptions& options) {
  const auto bytes = io::read_all(*io::open_file(path), uint64_t{1} << 36);
  return parse_csv({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options, path);
}

namespace {

Tensor gather_columns(const Tensor& values, const std::vector<size_t>& from, const Shape& shape) {
  const auto rows = static_cast<size_t>(values.dim(0)), width = static_cast<size_t>(values.dim(1));
  Tensor out = Tensor::empty(shape);
  const auto source = values.data<float>();
  const auto to = out.mutable_data<float>();
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < from.size(); ++c) to[r * from.size() + c] = source[r * width + from[c]];
  return out;
}

}  // namespace

Tensor Csv::select(const std::vector<std::string>& names) const {
  return gather_columns(values, find_columns(columns, names, "The table"),
                        {values.dim(0), static_cast<int64_t>(names.size())});
}

Tensor Csv::column(std::string_view name) const {
  return gather_columns(values, find_columns(columns, {std::string(name)}, "The table"),
                        {values.dim(0)});
}

}  // namespace kcpp
