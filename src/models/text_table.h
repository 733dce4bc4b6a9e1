/// A table of text with heavy header lines, as Python's rich draws it for Keras's summary.
#pragma once

#include <string>
#include <vector>

namespace kcpp {

class TextTable {
 public:
  enum class Align { left, center, right };
  struct Column {
    std::string header;
    Align align = Align::left;
    int width = 0;  ///< wanted, without padding
  };
  TextTable(std::vector<Column> columns, int total_width);
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string render() const;

 private:
  std::vector<Column> columns_;
  std::vector<int> widths_;  ///< with padding
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kcpp
