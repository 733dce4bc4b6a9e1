/// The links of a group, however the file stores them.
#pragma once

#include <unordered_map>

#include "src/saving/containers/hdf5/messages.h"

namespace kcpp::hdf5 {

struct LinkTable {
  std::vector<Link>
      links;  ///< in the order that h5py lists them: by creation where it is kept, else by name
  std::unordered_map<std::string_view, size_t> places;
  const Link* find(std::string_view name) const {
    const auto found = places.find(name);
    return found == places.end() ? nullptr : &links[found->second];
  }
};

/// Reads the links of the group at `address`; the file remembers them.
std::shared_ptr<const LinkTable> links_of(const Scope& scope, uint64_t address,
                                          const ObjectHeader& header);

/// All attributes of an object, dense ones too. The blocks keep what they point into.
struct AttributeTable {
  std::deque<Bytes> blocks;
  std::vector<Attribute> attributes;
};
AttributeTable attributes_of(const Scope& scope, const ObjectHeader& header);

/// The elements of a string type as UTF-8 (or ASCII) text, cut at the padding.
std::vector<std::string> decode_strings(const Scope& scope, const Datatype& type, View data,
                                        uint64_t count);

}  // namespace kcpp::hdf5
