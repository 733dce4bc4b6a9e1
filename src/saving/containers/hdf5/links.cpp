#include "src/saving/containers/hdf5/links.h"

#include <algorithm>

#include "src/saving/containers/hdf5/btrees.h"
#include "src/saving/containers/hdf5/heaps.h"

namespace kcpp::hdf5 {
namespace {

/// An old group: a B-tree whose leaves are nodes of symbols, and a heap with their names.
void read_symbol_table(const Scope& scope, const Message& message, std::vector<Link>& links) {
  constexpr std::string_view what = "a group is not valid";
  Cursor table(scope, message.data, what);
  const uint64_t tree = table.address();
  const LocalHeap heap(scope, table.address());
  const auto O = static_cast<uint64_t>(scope.file().offset_size),
             L = static_cast<uint64_t>(scope.file().length_size);
  visit_btree1(scope, tree, 0, L, [&](View, uint64_t child) {
    const Bytes head = scope.fetch(child, 8, what);
    Cursor start(scope, head, what);
    start.expect("SNOD");
    start.require(start.u8() == 1);
    start.skip(1);
    const uint64_t count = start.u16();
    const Bytes body = scope.fetch(child + 8, count * (2 * O + 24), what);
    Cursor cursor(scope, body, what);
    for (uint64_t i = 0; i < count; ++i) {
      Link link;
      const std::string_view name = heap.text_at(cursor.integer(static_cast<int>(O)));
      cursor.require(!name.empty() && name.size() <= scope.file().limits.name_bytes);
      scope.file().names_read += name.size();
      if (scope.file().names_read > scope.file().source->size() + (1u << 16))
        scope.refused("its links share their names");
      link.name = name;
      link.address = cursor.address();
      if (cursor.u32() == 2) link.kind = Link::Kind::soft;
      cursor.skip(20);
      links.push_back(std::move(link));
    }
  });
}

void read_dense_links(const Scope& scope, const Message& message, std::vector<Link>& links) {
  Cursor info(scope, message.data, "a group is not valid");
  info.require(info.u8() == 0);
  if (info.u8() & 1) info.skip(8);
  const uint64_t heap_address = info.address(), tree = info.address();
  if (heap_address == undefined_address || tree == undefined_address) return;
  const FractalHeap heap(scope, heap_address);
  visit_btree2(scope, tree, 5, [&](View record) {
    Cursor cursor(scope, record, "a group is not valid");
    cursor.skip(4);  // hash of the name
    links.push_back(parse_link(scope, heap.object(cursor.rest())));
  });
}

}  // namespace

std::shared_ptr<const LinkTable> links_of(const Scope& scope, uint64_t address,
                                          const ObjectHeader& header) {
  const FileState& file = scope.file();
  {
    const std::lock_guard lock(file.mutex);
    const auto found = file.links.find(address);
    if (found != file.links.end()) return found->second;
  }
  auto table = std::make_shared<LinkTable>();
  std::vector<Link>& links = table->links;
  for (const Message& message : header.messages) {
    if (message.is_shared()) continue;
    if (message.type == MessageType::symbol_table) read_symbol_table(scope, message, links);
    if (message.type == MessageType::link_info) read_dense_links(scope, message, links);
    if (message.type == MessageType::link) links.push_back(parse_link(scope, message.data));
  }
  scope.require(links.size() <= file.limits.objects, "a group has too many links");
  const bool ordered =
      std::all_of(links.begin(), links.end(), [](const Link& l) { return l.order.has_value(); });
  std::sort(links.begin(), links.end(), [&](const Link& a, const Link& b) {
    return ordered && *a.order != *b.order ? *a.order < *b.order : a.name < b.name;
  });
  for (size_t i = 0; i < links.size(); ++i)
    if (!table->places.emplace(links[i].name, i).second)
      scope.refused(text("'", links[i].name, "' stands there twice"));
  const std::lock_guard lock(file.mutex);
  return file.links.emplace(address, std::move(table)).first->second;
}

AttributeTable attributes_of(const Scope& scope, const ObjectHeader& header) {
  AttributeTable table;
  for (const Message& message : header.messages) {
    if (message.is_shared()) continue;
    if (message.type == MessageType::attribute)
      table.attributes.push_back(parse_attribute(scope, message.data));
    if (message.type != MessageType::attribute_info) continue;
    Cursor info(scope, message.data, "the attributes are not valid");
    info.require(info.u8() == 0);
    if (info.u8() & 1) info.skip(2);
    const uint64_t heap_address = info.address(), tree = info.address();
    if (heap_address == undefined_address || tree == undefined_address) continue;
    const FractalHeap heap(scope, heap_address);
    visit_btree2(scope, tree, 8, [&](View record) {
      scope.require(record.size() > 9, "the attributes are not valid");
      const auto flags = static_cast<uint8_t>(record[record.size() - 9]);
      if (flags & 2) scope.refused("an attribute lies in a shared message heap");
      table.blocks.push_back(heap.object(record.first(record.size() - 9)));
      table.attributes.push_back(parse_attribute(scope, table.blocks.back()));
    });
  }
  return table;
}

std::vector<std::string> decode_strings(const Scope& scope, const Datatype& type, View data,
                                        uint64_t count) {
  constexpr std::string_view what = "a string is not valid";
  std::vector<std::string> out;
  GlobalHeaps heaps(scope);
  Cursor cursor(scope, data, what);
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    View bytes;
    if (type.kind == Datatype::Kind::fixed_string) {
      bytes = cursor.bytes(type.size);
    } else {
      const uint32_t size = cursor.u32();
      const uint64_t address = cursor.address();
      const uint32_t index = cursor.u32();
      if (size > 0 && address != 0 && address != undefined_address) {
        bytes = heaps.object(address, index);
        scope.require(size <= bytes.size(), what);
        bytes = bytes.first(size);
      }
    }
    // Strings do not share their bytes in a real file.
    total += bytes.size();
    if (total > scope.file().limits.attribute_bytes || total > scope.file().source->size())
      scope.refused("its strings are too long");
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    text.resize(std::min(text.find('\0'), text.size()));
    if (type.space_padded) text.resize(text.find_last_not_of(' ') + 1);
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace kcpp::hdf5
