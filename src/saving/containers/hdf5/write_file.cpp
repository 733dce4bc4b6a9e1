#include <algorithm>

#include "src/saving/containers/hdf5/writer_node.h"
#include "src/saving/containers/hdf5_writer.h"
#include "src/saving/containers/little_endian.h"

// The parts of a classic file, from the format's specification; comments name the fields.
namespace kcpp::hdf5 {
namespace {

using detail::WriterAttribute;
using detail::WriterNode;
using io::append;

constexpr uint64_t undefined = UINT64_MAX;
constexpr size_t leaf_k = 4, internal_k = 16;  // half of what a node holds; h5py's
constexpr size_t superblock_size = 96, heap_size = 4096, data_alignment = 8;

void pad(std::string& out, size_t alignment = 8) {
  out.append((alignment - out.size() % alignment) % alignment, '\0');
}

/// Builds all metadata in memory: it is small beside the data, which follow it and are never
/// copied.
class FileBuilder {
 public:
  void build(const WriterNode& root) {
    place(std::string(superblock_size, '\0'));
    const Placed placed = write_object(root);
    write_strings();
    uint64_t end = metadata_.size();
    for (auto& [at, tensor] : datasets_) {
      if (tensor.bytes() == 0) continue;  // an empty dataset has no address
      set<uint64_t>(at, end);
      end += tensor.bytes() + (data_alignment - tensor.bytes() % data_alignment) % data_alignment;
    }
    metadata_.replace(0, superblock_size, superblock(placed, end));
  }

  void write_to(io::ByteSink& out) const {
    out.write(metadata_);
    const char zeros[data_alignment] = {};
    for (const auto& [at, tensor] : datasets_) {
      const size_t bytes = tensor.bytes();
      out.write(tensor.raw(), bytes);
      out.write(zeros, (data_alignment - bytes % data_alignment) % data_alignment);
    }
  }

 private:
  struct Placed {
    uint64_t header = 0, tree = 0, heap = 0;
  };

  /// Appends a block at the next multiple of 8 and returns its address.
  uint64_t place(const std::string& block) {
    const uint64_t at = metadata_.size();
    metadata_ += block;
    pad(metadata_);
    return at;
  }
  template <class T>
  void set(uint64_t at, T value) {
    std::memcpy(metadata_.data() + at, &value, sizeof value);
  }

  static std::string superblock(const Placed& root, uint64_t end) {
    std::string out("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0",
                    16);  // versions 0, sizes of addresses and lengths 8
    append<uint16_t>(out, leaf_k);
    append<uint16_t>(out, internal_k);
    append<uint32_t>(out, 0);
    append<uint64_t>(out, 0);          // base
    append<uint64_t>(out, undefined);  // free space
    append<uint64_t>(out, end);
    append<uint64_t>(out, undefined);  // driver information
    out += symbol(0, root, true);
    return out;
  }

  /// An entry of a group: place of the name, address of the header, and a copy of a group's two
  /// addresses.
  static std::string symbol(uint64_t name, const Placed& object, bool is_group) {
    std::string out;
    append<uint64_t>(out, name);
    append<uint64_t>(out, object.header);
    append<uint32_t>(out, is_group ? 1 : 0);
    append<uint32_t>(out, 0);
    append<uint64_t>(out, is_group ? object.tree : 0);
    append<uint64_t>(out, is_group ? object.heap : 0);
    return out;
  }

  Placed write_object(const WriterNode& node) {
    return node.is_group ? write_group(node) : write_dataset(node);
  }

  Placed write_group(const WriterNode& node) {
    std::string names(8, '\0');  // at 0 the empty name, which is less than all others
    std::vector<std::pair<uint64_t, std::string>> symbols;  // place of the name, entry
    for (const auto& [name, child] : node.children) {
      const Placed placed = write_object(*child);
      symbols.emplace_back(names.size(), symbol(names.size(), placed, child->is_group));
      names += name;
      names += '\0';
      pad(names);
    }
    Placed group;
    group.tree = write_tree(symbols);
    std::string heap("HEAP\0\0\0\0", 8);
    append<uint64_t>(heap, names.size());
    append<uint64_t>(heap, 1);  // no free places
    append<uint64_t>(heap, metadata_.size() + 32);
    group.heap = place(heap + names);

    std::vector<std::string> messages;
    std::string table;
    append<uint64_t>(table, group.tree);
    append<uint64_t>(table, group.heap);
    messages.push_back(message(0x11, 0, table));
    group.header = write_header(node, std::move(messages));
    return group;
  }

  /// A node of the tree and the largest name below it.
  struct Child {
    uint64_t address, last_name;
  };

  uint64_t write_tree(const std::vector<std::pair<uint64_t, std::string>>& symbols) {
    std::vector<Child> children;
    for (size_t i = 0; i < symbols.size(); i += 2 * leaf_k) {
      const size_t n = std::min(symbols.size() - i, 2 * leaf_k);
      std::string node("SNOD\1\0", 6);
      append<uint16_t>(node, static_cast<uint16_t>(n));
      for (size_t j = i; j < i + n; ++j) node += symbols[j].second;
      node.resize(8 + 2 * leaf_k * 40);
      children.push_back({place(node), symbols[i + n - 1].first});
    }
    for (uint8_t level = 0;; ++level) {
      children = write_level(children, level);
      if (children.size() == 1) return children[0].address;
    }
  }

  std::vector<Child> write_level(const std::vector<Child>& children, uint8_t level) {
    constexpr size_t width = 2 * internal_k, node_size = 24 + width * 8 + (width + 1) * 8;
    const size_t nodes = std::max<size_t>(1, (children.size() + width - 1) / width);
    const uint64_t first = metadata_.size();
    std::vector<Child> out;
    for (size_t n = 0; n < nodes; ++n) {
      const size_t begin = n * width, end = std::min(children.size(), begin + width);
      std::string node("TREE\0", 5);
      append<uint8_t>(node, level);
      append<uint16_t>(node, static_cast<uint16_t>(end - begin));
      append<uint64_t>(node, n == 0 ? undefined : first + (n - 1) * node_size);
      append<uint64_t>(node, n + 1 == nodes ? undefined : first + (n + 1) * node_size);
      uint64_t key = begin == 0 ? 0 : children[begin - 1].last_name;
      append<uint64_t>(node, key);
      for (size_t i = begin; i < end; ++i) {
        append<uint64_t>(node, children[i].address);
        append<uint64_t>(node, key = children[i].last_name);
      }
      node.resize(node_size);
      out.push_back({place(node), key});
    }
    return out;
  }

  Placed write_dataset(const WriterNode& node) {
    const Tensor& tensor = node.tensor;
    std::vector<std::string> messages;
    messages.push_back(message(0x01, 0, detail::encode_space(tensor.shape().to_vector())));
    messages.push_back(message(0x03, 1, detail::encode_type(tensor.dtype())));
    messages.push_back(
        message(0x05, 1, std::string("\2\2\2\1\0\0\0\0", 8)));  // fill value: the default
    std::string layout("\3\1", 2);                              // contiguous
    append<uint64_t>(layout, undefined);
    append<uint64_t>(layout, tensor.bytes());
    messages.push_back(message(0x08, 0, layout));
    size_t before = 16;
    for (size_t i = 0; i + 1 < messages.size(); ++i) before += messages[i].size();
    Placed placed;
    placed.header = write_header(node, std::move(messages));
    datasets_.emplace_back(placed.header + before + 8 + 2, tensor);
    return placed;
  }

  static std::string message(uint16_t type, uint8_t flags, std::string data) {
    pad(data);
    std::string out;
    append<uint16_t>(out, type);
    append<uint16_t>(out, static_cast<uint16_t>(data.size()));
    append<uint8_t>(out, flags);
    out.append(3, '\0');
    return out + data;
  }

  uint64_t write_header(const WriterNode& node, std::vector<std::string> messages) {
    std::vector<std::pair<size_t, const std::string*>> texts;  // place in the header, text
    size_t size = 0;
    for (const std::string& m : messages) size += m.size();
    for (const WriterAttribute& attribute : node.attributes) {
      std::string encoded = attribute_message(attribute);
      const size_t places = text_places(attribute);
      for (size_t i = 0; i < attribute.texts.size(); ++i)
        texts.emplace_back(16 + size + encoded.size() - places + 16 * i, &attribute.texts[i]);
      size += encoded.size();
      messages.push_back(std::move(encoded));
    }
    check(messages.size() <= UINT16_MAX && size <= UINT32_MAX, "Too many attributes for '",
          node.path, "'.");
    std::string header;
    append<uint8_t>(header, 1);
    append<uint8_t>(header, 0);
    append<uint16_t>(header, static_cast<uint16_t>(messages.size()));
    append<uint32_t>(header, 1);  // links to it
    append<uint32_t>(header, static_cast<uint32_t>(size));
    append<uint32_t>(header, 0);
    for (const std::string& m : messages) header += m;
    const uint64_t at = place(header);
    for (const auto& [place_in_header, text] : texts)
      strings_.emplace_back(at + place_in_header, text);
    return at;
  }

  /// The bytes of the length, heap and index of each text.
  static size_t text_places(const WriterAttribute& attribute) {
    return 16 * attribute.texts.size();
  }

  static std::string attribute_message(const WriterAttribute& attribute) {
    std::string out;
    append<uint8_t>(out, 1);
    append<uint8_t>(out, 0);
    append<uint16_t>(out, static_cast<uint16_t>(attribute.name.size() + 1));
    append<uint16_t>(out, static_cast<uint16_t>(attribute.type.size()));
    append<uint16_t>(out, static_cast<uint16_t>(attribute.space.size()));
    out += attribute.name;
    out += '\0';
    pad(out);
    out += attribute.type;
    pad(out);
    out += attribute.space;
    pad(out);
    out += attribute.data;
    out.append(text_places(attribute), '\0');  // set when it is known where the texts lie
    pad(out);
    check(out.size() <= UINT16_MAX - 8, "The attribute '", attribute.name,
          "' is too large for HDF5: ", out.size(), " bytes.");
    return message(0x0c, 0, std::move(out));
  }

  /// Texts of variable length lie in global heaps. A reader takes a heap as a whole, so a large
  /// text gets one to itself and the small ones share heaps of 4096 bytes.
  void write_strings() {
    std::string heap;
    std::vector<std::pair<uint64_t, uint32_t>> entries;  // where a text is referred to, its length
    const auto finish = [&] {
      if (entries.empty()) return;
      // The rest of at least 4096 bytes is one free object, index 0.
      const size_t size = std::max(heap_size, heap.size() + 16);
      append<uint64_t>(heap, 0);
      append<uint64_t>(heap, size - heap.size() + 8);
      heap.resize(size);
      std::memcpy(heap.data() + 8, &size, 8);
      const uint64_t at = place(heap);
      for (size_t i = 0; i < entries.size(); ++i) {
        set<uint32_t>(entries[i].first, entries[i].second);
        set<uint64_t>(entries[i].first + 4, at);
        set<uint32_t>(entries[i].first + 12, static_cast<uint32_t>(i + 1));
      }
      entries.clear();
    };
    for (const auto& [place, text] : strings_) {
      if (text->empty()) continue;  // length 0, no heap
      const size_t needed = 16 + (text->size() + 7) / 8 * 8;
      if (!entries.empty() && heap.size() + needed + 16 > heap_size) finish();
      if (entries.empty()) heap.assign("GCOL\1\0\0\0\0\0\0\0\0\0\0\0", 16);
      entries.emplace_back(place, static_cast<uint32_t>(text->size()));
      append<uint16_t>(heap, static_cast<uint16_t>(entries.size()));
      append<uint16_t>(heap, 0);  // references: h5py writes none
      append<uint32_t>(heap, 0);
      append<uint64_t>(heap, text->size());
      heap += *text;
      pad(heap);
    }
    finish();
  }

  std::string metadata_;
  std::vector<std::pair<uint64_t, Tensor>> datasets_;  ///< where the data's address belongs
  /// Where a text's length, heap and index belong.
  std::vector<std::pair<uint64_t, const std::string*>> strings_;
};

}  // namespace

void FileWriter::write_to(io::ByteSink& out) const {
  FileBuilder builder;
  builder.build(*root_);
  builder.write_to(out);
}

}  // namespace kcpp::hdf5
