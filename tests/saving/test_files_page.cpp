/// docs/keras-files.md against the golden files: what its table says of every folder.
#include <catch2/catch_all.hpp>
#include <filesystem>
#include <set>
#include <sstream>

#include "src/saving/containers/json.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

namespace kcpp::test {
namespace {

/// A row of the page's table: kind of file, who wrote it, folders.
struct Row {
  std::string kind, writer;
  std::set<std::string> folders;
};

std::vector<std::string> code_spans(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = text.find('`'); at != std::string::npos;) {
    const size_t end = text.find('`', at + 1);
    out.push_back(text.substr(at + 1, end - at - 1));
    at = text.find('`', end + 1);
  }
  return out;
}

std::vector<Row> rows_of(const std::string& page) {
  std::vector<Row> out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ") || line.starts_with("| file ")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    REQUIRE(cells.size() == 4);
    const auto folders = code_spans(cells[2]);
    out.push_back({cells[0], cells[1], {folders.begin(), folders.end()}});
  }
  return out;
}

/// The kind of file that the table's first column names.
bool is_of_kind(const std::string& file, const std::string& kind) {
  const bool weights = file.ends_with("_weights.h5") || file.ends_with(".weights.h5");
  if (kind.find("`.keras`") != std::string::npos) return file.ends_with(".keras");
  if (kind.find("whole-model") != std::string::npos) return file.ends_with(".h5") && !weights;
  if (kind.find("`.json`") != std::string::npos) return file.ends_with(".json");
  return weights;
}

TEST_CASE("docs/keras-files.md says of every folder what is in it", "[saving][epochs]") {
  const std::filesystem::path root(KCPP_SOURCE_DIR);
  const std::string page = slurp((root / "docs/keras-files.md").string());
  const std::vector<Row> rows = rows_of(page);
  REQUIRE(rows.size() > 5);
  std::set<std::string> folders;
  size_t files = 0, predictions = 0, trainings = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(root / "tests/golden/files_epochs")) {
    if (!entry.is_directory()) continue;
    const std::string folder = entry.path().filename().string();
    folders.insert(folder);
    const Config expected =
        io::parse_json(slurp((entry.path() / "expected.json").string()), "test");
    const std::string version = expected.at("keras").as_string();
    for (const Config& c : expected.at("cases").as_list()) {
      const Config::List& names = c.at("files").as_list();
      const size_t models = names[0].as_string().ends_with(".json") ? 1 : names.size();
      files += models;
      predictions += models * c.at("y").size();
      trainings += c.find("resume") ? models : 0;
      for (size_t i = 0; i < models; ++i) {
        // Some row has this folder, this kind of file and the Keras that wrote it.
        const std::string& name = names[i].as_string();
        INFO(folder << "/" << name << " of Keras " << version);
        CHECK(std::any_of(rows.begin(), rows.end(), [&](const Row& r) {
          return r.folders.count(folder) && is_of_kind(name, r.kind) &&
                 r.writer.find(text("eras ", version[0])) != std::string::npos;
        }));
      }
    }
  }
  for (const Row& row : rows)
    for (const std::string& folder : row.folders) {
      INFO(folder);
      CHECK((folder == "files" || folder == "files_sharded" || folders.count(folder) == 1));
    }
  CHECK_THAT(page, Catch::Matchers::ContainsSubstring(text(
                       files, " files, ", predictions, " predictions, ", trainings, " trainings")));
}

}  // namespace
}  // namespace kcpp::test
