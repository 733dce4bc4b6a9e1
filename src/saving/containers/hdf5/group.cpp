#include <algorithm>

#include "src/saving/containers/hdf5/links.h"
#include "src/saving/containers/hdf5_reader.h"

namespace kcpp::hdf5 {

std::vector<std::string> Group::names() const {
  std::vector<std::string> names;
  for (const Link& link : links_of(scope(), addresses_.back(), *header_)->links)
    names.push_back(link.name);
  return names;
}

/// Follows a path link by link. Every component must be a hard link, and none may lead back to a
/// group that it lies in.
std::optional<Group::Found> Group::walk(std::string_view path, bool must_exist) const {
  Found found{path_, addresses_};
  std::shared_ptr<const ObjectHeader> header = header_;
  for (size_t at = 0; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view name = path.substr(at, slash - at);
    at = slash + 1;
    if (name.empty() || name == ".") continue;
    const Scope here(*file_, found.path);
    const Link* link = nullptr;
    std::shared_ptr<const LinkTable> links;
    if (header->is_group()) {
      links = links_of(here, found.addresses.back(), *header);
      link = links->find(name);
    }
    const std::string child =
        found.path.empty() ? std::string(name) : kcpp::text(found.path, "/", name);
    if (!link) {
      check<IOError>(!must_exist, "There is no '", child, "' in '", file_name(), "'.");
      return {};
    }
    const Scope there(*file_, child);
    switch (link->kind) {
      case Link::Kind::hard:
        break;
      case Link::Kind::soft:
        there.refused("a soft link stands in place of an object");
      case Link::Kind::external:
        there.refused("a link leads to another file");
      case Link::Kind::other:
        there.refused("a user-defined link stands in place of an object");
    }
    if (std::find(found.addresses.begin(), found.addresses.end(), link->address) !=
        found.addresses.end())
      there.refused("a group contains itself");
    if (found.addresses.size() > static_cast<size_t>(file_->limits.depth))
      there.refused("its groups are nested too deeply");
    found.path = child;
    found.addresses.push_back(link->address);
    if (at < path.size())
      header = std::make_shared<ObjectHeader>(read_object_header(there, link->address));
  }
  return found;
}

std::optional<Group> Group::open(std::string_view path, bool must_exist) const {
  auto found = walk(path, must_exist);
  if (!found) return {};
  return Group(file_, std::move(found->path), std::move(found->addresses));
}

bool Group::exists(std::string_view path) const { return walk(path, false).has_value(); }

bool Group::is_group(std::string_view path) const {
  const auto object = open(path, false);
  return object && object->header_->is_group();
}

bool Group::is_dataset(std::string_view path) const {
  const auto object = open(path, false);
  return object && object->header_->is_dataset();
}

Group Group::group(std::string_view path) const {
  Group group = *open(path, true);
  check<IOError>(group.header_->is_group(), group.scope().label(), " is not a group.");
  return group;
}

Dataset Group::dataset(std::string_view path) const { return Dataset(*open(path, true)); }

}  // namespace kcpp::hdf5
