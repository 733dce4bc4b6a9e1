#include "src/saving/containers/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace kcpp::io {

struct InflateStream::State {
  SourcePtr source;
  Wrapper wrapper;
  z_stream z{};
  uint64_t position = 0;  // of the next byte to fetch
  bool ended = false;
  std::array<unsigned char, 1 << 16> buffer;
};

namespace {

int window_bits(Wrapper wrapper) {
  return wrapper == Wrapper::raw    ? -MAX_WBITS
         : wrapper == Wrapper::gzip ? MAX_WBITS + 16
                                    : MAX_WBITS;
}

}  // namespace

InflateStream::InflateStream(SourcePtr source, Wrapper wrapper) : state_(new State) {
  state_->source = std::move(source);
  state_->wrapper = wrapper;
  check<IOError>(inflateInit2(&state_->z, window_bits(wrapper)) == Z_OK, "Cannot start zlib.");
}

InflateStream::~InflateStream() { inflateEnd(&state_->z); }

size_t InflateStream::read(void* out, size_t count) {
  State& s = *state_;
  const std::string& name = s.source->name();
  auto* to = static_cast<unsigned char*>(out);
  size_t done = 0;
  while (done < count && !s.ended) {
    if (s.z.avail_in == 0) {
      const size_t n =
          static_cast<size_t>(std::min<uint64_t>(s.buffer.size(), s.source->size() - s.position));
      check<IOError>(n > 0, "'", name, "' is truncated: its compressed data end too early.");
      s.source->read(s.position, s.buffer.data(), n);
      s.position += n;
      s.z.next_in = s.buffer.data();
      s.z.avail_in = static_cast<uInt>(n);
    }
    const size_t room = std::min<size_t>(count - done, size_t{1} << 30);
    s.z.next_out = to + done;
    s.z.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&s.z, Z_NO_FLUSH);
    done += room - s.z.avail_out;
    if (status == Z_STREAM_END) {
      const bool more = s.z.avail_in > 0 || s.position < s.source->size();
      if (s.wrapper == Wrapper::gzip && more) {
        // A further member, or padding: zeros after the end are ignored, as gzip does.
        if (s.z.avail_in > 0 && *s.z.next_in != 0x1f) {
          s.ended = true;
        } else {
          inflateReset(&s.z);
        }
      } else {
        s.ended = true;
      }
    } else {
      check<IOError>(status == Z_OK || status == Z_BUF_ERROR, "'", name,
                     "' is damaged: its compressed data are not valid (",
                     s.z.msg ? s.z.msg : "unknown error", ").");
    }
  }
  return done;
}

void InflateStream::read_exactly(void* out, size_t count) {
  check<IOError>(read(out, count) == count, "'", state_->source->name(),
                 "' is truncated: its compressed data hold less than declared.");
}

std::vector<std::byte> inflate_all(SourcePtr source, Wrapper wrapper, uint64_t limit) {
  const std::string name = source->name();
  InflateStream stream(std::move(source), wrapper);
  std::vector<std::byte> bytes;
  size_t filled = 0;
  for (;;) {
    // One byte beyond the limit shows that there is more.
    const uint64_t want =
        std::min<uint64_t>(std::max<uint64_t>(filled, 1 << 16), limit + 1 - filled);
    bytes.resize(filled + want);
    const size_t got = stream.read(bytes.data() + filled, want);
    filled += got;
    check<IOError>(filled <= limit, "'", name, "' is refused: it inflates to more than ", limit,
                   " bytes.");
    if (got < want) break;
  }
  bytes.resize(filled);
  return bytes;
}

size_t inflate_into(std::span<const std::byte> in, std::span<std::byte> out,
                    std::string_view what) {
  check<IOError>(in.size() <= UINT32_MAX && out.size() <= UINT32_MAX, what,
                 " is refused: a compressed chunk is too large.");
  z_stream z{};
  check<IOError>(inflateInit(&z) == Z_OK, "Cannot start zlib.");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  unsigned char nothing = 0;
  z.next_out = out.empty() ? &nothing : reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int status = ::inflate(&z, Z_FINISH);
  const size_t written = out.size() - z.avail_out;
  inflateEnd(&z);
  check<IOError>(status == Z_STREAM_END, what,
                 " is damaged: a compressed chunk cannot be inflated to its size.");
  return written;
}

}  // namespace kcpp::io
