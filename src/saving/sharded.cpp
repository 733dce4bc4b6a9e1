#include "src/saving/sharded.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include "src/saving/containers/atomic_file.h"

namespace kcpp::saving {
namespace {

/// "m" of "folder/m.weights.json".
std::string base_of(const std::string& path) {
  std::string stem = std::filesystem::path(path).stem().string();
  const size_t at = stem.find(".weights");
  return at == std::string::npos ? stem : stem.erase(at, 8);
}

std::string shard_name(const std::string& base, size_t number) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "_%05zu", number);
  return base + digits + ".weights.h5";
}

/// "1.50 GB", as Keras's readable_memory_size.
std::string readable_size(double bytes) {
  const char* unit = "B";
  for (const char* next : {"KB", "MB", "GB", "TB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = next;
  }
  char out[48];
  std::snprintf(out, sizeof(out), "%.2f %s", bytes, unit);
  return out;
}

/// Python's json.dumps(..., indent=4) of the map.
std::string map_json(double total, const std::vector<std::pair<std::string, Config>>& weight_map) {
  std::string out = "{\n    \"metadata\": {\n        \"total_size\": ";
  out += Config(total).to_json() + "\n    },\n    \"weight_map\": {";
  const char* separator = "\n";
  for (const auto& [path, files] : weight_map) {
    out += separator + ("        " + Config(path).to_json()) + ": ";
    separator = ",\n";
    if (!files.is_list()) {
      out += files.to_json();
      continue;
    }
    out += "[";
    const char* inner = "\n";
    for (const Config& file : files.as_list()) {
      out += inner + ("            " + file.to_json());
      inner = ",\n";
    }
    out += "\n        ]";
  }
  return out + (weight_map.empty() ? "}\n}" : "\n    }\n}");
}

}  // namespace

void write_sharded(const Model& model, const std::string& path, double max_shard_size) {
  const std::filesystem::path json =
      std::filesystem::path(path).replace_extension(".json");  // as Keras, whatever it was
  const std::string base = base_of(path);
  const double limit = max_shard_size * 1024 * 1024 * 1024;
  std::vector<hdf5::FileWriter> shards(1);
  std::vector<std::pair<std::string, Config>> weight_map;
  double total = 0, filled = 0;
  for (const TreeEntry& entry : tree_entries(model, true)) {
    shards.back().root().group(entry.path).attribute("name", entry.name);
    for (size_t i = 0; i < entry.variables.size(); ++i) {
      const auto bytes = static_cast<double>(entry.variables[i].value().bytes());
      total += bytes;
      check(bytes <= limit, "The size of ", entry.variables[i].path(), " is ", readable_size(bytes),
            " which exceeds the maximum shard size ", readable_size(limit),
            ". You can increase the `max_shard_size` parameter to accommodate the size.");
      filled += bytes;
      if (filled > limit) {
        shards.emplace_back();
        filled = bytes;
      }
      write_variable(shards.back().root(), entry, i);
      const std::string key = "/" + entry.path, shard = shard_name(base, shards.size() - 1);
      if (weight_map.empty() || weight_map.back().first != key) {
        weight_map.emplace_back(key, shard);
        continue;
      }
      Config& files = weight_map.back().second;
      if (!files.is_list()) {  // as soon as there are two variables
        Config list = Config::list();
        list.push_back(files);
        files = std::move(list);
      }
      if (!(files.as_list().back() == Config(shard))) files.push_back(shard);
    }
  }
  std::vector<std::unique_ptr<io::AtomicFile>> files;
  for (size_t i = 0; i < shards.size(); ++i) {
    files.push_back(
        std::make_unique<io::AtomicFile>((json.parent_path() / shard_name(base, i)).string()));
    shards[i].write_to(*files.back());
  }
  files.push_back(std::make_unique<io::AtomicFile>(json.string()));
  files.back()->write(map_json(total, weight_map));
  for (const auto& file : files) file->commit();
}

TreeSource open_sharded(const Config& json, const std::string& path) {
  const Config* weight_map = json.find("weight_map");
  check<IOError>(weight_map && weight_map->is_dict(), "The file ", path, " has no `weight_map`.");
  const std::string base = base_of(path);
  std::set<std::string> names;
  const auto add = [&](const Config& name) {
    check<IOError>(name.is_string(), "The `weight_map` of ", path, " must hold names of files.");
    const std::string& n = name.as_string();
    const std::string_view digits =
        n.size() == base.size() + 17 ? std::string_view(n).substr(base.size() + 1, 5) : "";
    const bool ours =
        n.starts_with(base + "_") && n.ends_with(".weights.h5") && !digits.empty() &&
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    check<IOError>(ours, "The `weight_map` of ", path, " names the file ", name.to_json(),
                   ". Only files beside it, named ", shard_name(base, 0),
                   " and so on, are opened.");
    names.insert(n);
  };
  for (const auto& [key, files] : weight_map->as_dict()) {
    if (files.is_list()) {
      for (const Config& file : files.as_list()) add(file);
    } else {
      add(files);
    }
  }
  std::vector<hdf5::Group> roots;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const std::string& name : names) {
    const std::string shard = (folder / name).string();
    check<IOError>(std::filesystem::exists(shard), "The `weight_map` of ", path,
                   " names the file '", name, "', which is not beside it.");
    roots.push_back(hdf5::File::open(shard).root());
  }
  return TreeSource(std::move(roots));
}

}  // namespace kcpp::saving
