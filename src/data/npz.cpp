#include "src/data/npz.h"

#include "src/data/npy.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/zip_writer.h"

namespace kcpp {

NamedTensors::NamedTensors(std::initializer_list<Item> items) {
  for (const Item& item : items) set(item.first, item.second);
}

const Tensor* NamedTensors::find(std::string_view name) const {
  for (const Item& item : items_)
    if (item.first == name) return &item.second;
  return nullptr;
}

const Tensor& NamedTensors::operator[](std::string_view name) const {
  const Tensor* tensor = find(name);
  check(tensor != nullptr, "There is no array named '", name, "'. Available names: ", names(), ".");
  return *tensor;
}

void NamedTensors::set(std::string_view name, Tensor tensor) {
  for (Item& item : items_) {
    if (item.first == name) {
      item.second = std::move(tensor);
      return;
    }
  }
  items_.emplace_back(name, std::move(tensor));
}

std::vector<std::string> NamedTensors::names() const {
  std::vector<std::string> names;
  for (const Item& item : items_) names.push_back(item.first);
  return names;
}

namespace npz {

constexpr std::string_view suffix = ".npy";

std::vector<std::string> File::names() const {
  std::vector<std::string> names;
  for (std::string& member : archive_.names()) {
    if (!member.ends_with(suffix)) continue;
    member.resize(member.size() - suffix.size());
    names.push_back(std::move(member));
  }
  return names;
}

Tensor File::read(std::string_view name) const {
  return npy::read(*archive_.source(std::string(name).append(suffix)));
}

NamedTensors File::read_all() const {
  std::vector<NamedTensors::Item> tensors;  // a zip archive has no name twice
  for (const std::string& name : names()) tensors.emplace_back(name, read(name));
  return NamedTensors(std::move(tensors));
}

void write(io::ByteSink& out, const NamedTensors& tensors) {
  zip::Writer archive(out);
  for (const auto& [name, tensor] : tensors) {
    const Tensor& array = tensor;
    archive.add(name + std::string(suffix),
                [&](io::ByteSink& member) { npy::write(member, array); });
  }
  archive.finish();
}

}  // namespace npz

NamedTensors load_npz(const std::string& path) {
  return npz::File::open(io::open_file(path)).read_all();
}

void save_npz(const std::string& path, const NamedTensors& tensors) {
  io::AtomicFile file(path);
  npz::write(file, tensors);
  file.commit();
}

}  // namespace kcpp
