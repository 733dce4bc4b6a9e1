// The IDX format of MNIST: two zero bytes, a code of the dtype, the number of dimensions, the
// dimensions as big-endian 32-bit numbers, the elements in big-endian order.
#include <algorithm>
#include <cstring>

#include "kcpp/data_files.h"
#include "src/saving/containers/inflate.h"

namespace kcpp {
namespace {

/// Bytes of the file, inflated when it is gzipped.
class IdxReader {
 public:
  explicit IdxReader(const std::string& path) : source_(io::open_file(path)) {
    unsigned char start[2] = {};
    check<IOError>(source_->size() >= 4, "'", path, "' is not an IDX file: it has only ",
                   source_->size(), " bytes.");
    source_->read(0, start, 2);
    if (start[0] == 0x1f && start[1] == 0x8b)
      stream_ = std::make_unique<io::InflateStream>(source_, io::Wrapper::gzip);
  }
  void read(void* out, size_t count) {
    if (stream_) {
      stream_->read_exactly(out, count);
    } else {
      source_->read(position_, out, count);
      position_ += count;
    }
  }
  /// Nothing may follow; the end of gzipped data holds their checksum.
  bool at_end() {
    char more;
    return stream_ ? stream_->read(&more, 1) == 0 : position_ == source_->size();
  }
  /// The most that can still follow. Deflate could shrink to a 1032nd, but no real data set does.
  uint64_t most() const {
    if (!stream_) return source_->size() - position_;
    return std::min(source_->size() * 1032, std::max(uint64_t{256} << 20, source_->size() * 100));
  }

 private:
  io::SourcePtr source_;
  std::unique_ptr<io::InflateStream> stream_;
  uint64_t position_ = 0;
};

DType dtype_of_code(int code, const std::string& path) {
  switch (code) {
    case 0x08:
      return DType::uint8;
    case 0x09:
      return DType::int8;
    case 0x0b:
      return DType::int16;
    case 0x0c:
      return DType::int32;
    case 0x0d:
      return DType::float32;
    case 0x0e:
      return DType::float64;
    default:
      throw IOError(
          text("'", path, "' is not an IDX file: its element type ", code, " is unknown."));
  }
}

}  // namespace

Tensor load_idx(const std::string& path) {
  IdxReader reader(path);
  unsigned char magic[4];
  reader.read(magic, 4);
  check<IOError>(magic[0] == 0 && magic[1] == 0, "'", path, "' is not an IDX file.");
  const DType dtype = dtype_of_code(magic[2], path);
  check<IOError>(magic[3] <= Shape::max_rank, "'", path, "' is not an IDX file: it has ",
                 static_cast<int>(magic[3]), " dimensions.");
  Shape shape;
  uint64_t bytes = size_of(dtype);
  bool empty = false;
  for (int i = 0; i < magic[3]; ++i) {
    unsigned char dim[4];
    reader.read(dim, 4);
    const uint64_t n =
        uint64_t{dim[0]} << 24 | uint64_t{dim[1]} << 16 | uint64_t{dim[2]} << 8 | dim[3];
    shape.push_back(static_cast<int64_t>(n));
    empty = empty || n == 0;
    check<IOError>(!__builtin_mul_overflow(bytes, std::max<uint64_t>(n, 1), &bytes), "'", path,
                   "' is refused: its shape is too large.");
  }
  if (empty) bytes = 0;
  check<IOError>(bytes <= reader.most(), "'", path, "' is truncated or damaged: shape ", shape,
                 " needs ", bytes, " bytes, more than it can hold.");
  Tensor tensor = Tensor::empty(shape, dtype);
  auto* data = static_cast<std::byte*>(tensor.mutable_raw());
  reader.read(data, bytes);
  check<IOError>(reader.at_end(), "'", path, "' is damaged: it has more elements than shape ",
                 shape, " needs.");
  const size_t width = size_of(dtype);
  if (width > 1)
    for (uint64_t at = 0; at < bytes; at += width) std::reverse(data + at, data + at + width);
  return tensor;
}

}  // namespace kcpp
