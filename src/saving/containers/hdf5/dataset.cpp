#include <algorithm>

#include "src/saving/containers/hdf5/chunks.h"
#include "src/saving/containers/hdf5/convert.h"
#include "src/saving/containers/hdf5/links.h"
#include "src/saving/containers/hdf5_reader.h"

namespace kcpp::hdf5 {

struct Dataset::Storage {
  Datatype type;
  Layout layout;
  std::vector<Filter> filters;
  uint64_t bytes = 0;  ///< of all elements, as the file stores them
};

Dataset::Dataset(Object object) : Object(std::move(object)) {
  const Scope s = scope();
  check<IOError>(header_->is_dataset(), s.label(), " is not a dataset.");
  if (header_->find(MessageType::external_files)) s.refused("its data lie in another file");
  const Message* type = header_->find(MessageType::datatype);
  const Message* space = header_->find(MessageType::dataspace);
  const Message* layout = header_->find(MessageType::layout);
  const Message* filters = header_->find(MessageType::filters);
  s.require(type && space, "a dataset has no datatype or no dataspace");
  for (const Message* message : {space, layout, filters})
    if (message && message->is_shared()) s.refused("a message lies in a shared heap");
  auto storage = std::make_shared<Storage>();
  storage->type = parse_datatype(s, type->data, type->is_shared());
  storage->layout = parse_layout(s, layout->data);
  if (filters) storage->filters = parse_filters(s, filters->data);
  shape_ = parse_dataspace(s, space->data);
  switch (storage->type.kind) {
    case Datatype::Kind::number:
      dtype_ = storage->type.dtype;
      break;
    case Datatype::Kind::other:
      throw IOError(
          text("Cannot read ", s.label(), ": its elements are ", storage->type.description, "."));
    default:
      dtype_ = DType::string;
  }
  // Keras says so where the type itself does not.
  if (dtype_ == DType::uint16 && find_attribute("dtype") == std::optional(Config("bfloat16")))
    dtype_ = DType::bfloat16;
  storage->bytes = bytes_of(s, shape_, storage->type.size);
  storage_ = std::move(storage);
}

uint64_t Dataset::bytes() const { return storage_->bytes; }

bool Dataset::is_stored_as_is() const {
  const Layout& layout = storage_->layout;
  return layout.kind == Layout::Kind::compact ||
         (layout.kind == Layout::Kind::contiguous && layout.address != undefined_address);
}

void Dataset::require_stored() const {
  const Scope s = scope();
  const Layout& layout = storage_->layout;
  const uint64_t bytes = storage_->bytes, in_file = file_->source->size();
  if (layout.kind == Layout::Kind::compact) {
    s.require(layout.compact.size() >= bytes,
              text("its shape ", shape_, " needs more bytes than it stores"));
  } else if (is_stored_as_is()) {
    s.require((layout.size == 0 || layout.size >= bytes) &&
                  file_->source->contains(layout.address, bytes),
              text("its shape ", shape_, " needs more bytes than it stores"));
  } else if (bytes > file_->limits.free_bytes && bytes / file_->limits.ratio > in_file) {
    // Compressed, or never written: such a dataset may declare more than it stores, within reason.
    s.refused(
        text("its shape ", shape_, " needs ", bytes, " bytes, and the whole file has ", in_file));
  }
}

void Dataset::read_raw(std::span<std::byte> out) const {
  const Scope s = scope();
  const Layout& layout = storage_->layout;
  KCPP_ASSERT(out.size() == storage_->bytes);
  if (out.empty()) return;
  if (layout.kind == Layout::Kind::compact) {
    std::memcpy(out.data(), layout.compact.data(), out.size());
    return;
  }
  if (layout.kind == Layout::Kind::contiguous && layout.address != undefined_address) {
    file_->source->read(layout.address, out.data(), out.size());
    return;
  }
  const ChunkedArray array{shape_, storage_->type.size, layout, storage_->filters};
  std::vector<Chunk> chunks;
  uint64_t places = 1;
  if (layout.kind == Layout::Kind::chunked) {
    chunks = find_chunks(s, array);
    for (int i = 0; i < shape_.rank(); ++i) {
      const uint64_t chunk = layout.chunk[static_cast<size_t>(i)],
                     dim = static_cast<uint64_t>(shape_[i]);
      places *= dim / chunk + (dim % chunk != 0);
    }
  }
  if (chunks.size() < places) {
    const Bytes fill = parse_fill_value(s, *header_);
    if (fill.size() == storage_->type.size) {
      for (size_t at = 0; at < out.size(); at += fill.size())
        std::memcpy(out.data() + at, fill.data(), fill.size());
    } else {
      std::fill(out.begin(), out.end(), std::byte{0});
    }
  }
  read_chunks(s, array, chunks, out);
}

Tensor Dataset::read() const {
  require_stored();
  // All that is read on the file's word alone, counted together: many small lies make a large one.
  const uint64_t read = file_->data_read.fetch_add(storage_->bytes) + storage_->bytes;
  if (read > 2 * file_->limits.free_bytes && read / 100 > file_->source->size())
    scope().refused(text("its datasets declare ", read, " bytes in sum, and the whole file has ",
                         file_->source->size()));
  if (dtype_ == DType::string) {
    const auto count = static_cast<uint64_t>(shape_.size());
    Bytes data(storage_->bytes);
    read_raw(data);
    return Tensor::from(decode_strings(scope(), storage_->type, data, count), shape_);
  }
  Tensor tensor = Tensor::empty(shape_, dtype_);
  auto* data = static_cast<std::byte*>(tensor.mutable_raw());
  read_raw({data, storage_->bytes});
  tidy(dtype_, storage_->type.swapped, {data, storage_->bytes});
  return tensor;
}

void Dataset::read_into(const Shape& expected, DType dtype, std::span<std::byte> out) const {
  check(shape_ == expected, "Shape mismatch at ", scope().label(), ". Expected shape ", expected,
        ". Received: saved shape ", shape_, ".");
  check<TypeError>(dtype_ != DType::string && dtype != DType::string, "Cannot read ",
                   scope().label(), " of dtype ", dtype_, " as ", dtype, ".");
  require_stored();
  const auto count = static_cast<uint64_t>(shape_.size());
  KCPP_ASSERT(out.size() == count * size_of(dtype));
  if (dtype == dtype_) {
    read_raw(out);
    tidy(dtype_, storage_->type.swapped, out);
    return;
  }
  Bytes data(storage_->bytes);
  read_raw(data);
  tidy(dtype_, storage_->type.swapped, data);
  convert(dtype_, data, dtype, out);
}

void Dataset::read_into(Tensor& out) const {
  read_into(out.shape(), out.dtype(), {static_cast<std::byte*>(out.mutable_raw()), out.bytes()});
}

}  // namespace kcpp::hdf5
