#include "tests/fuzz/targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include "kcpp/data_files.h"
#include "kcpp/saving.h"
#include "src/data/npy.h"
#include "src/data/npz.h"
#include "src/saving/containers/hdf5_reader.h"
#include "src/saving/containers/json.h"
#include "src/saving/containers/zip_reader.h"

namespace kcpp::test {
namespace {

/// Runs a step that may be refused.
template <class F>
void attempt(F step) {
  try {
    step();
  } catch (const Error&) {
  }
}

/// Low limits: a fuzzer should spend its time on the structure, not on inflating zeros.
io::Hdf5Limits low_limits() {
  io::Hdf5Limits limits;
  limits.free_bytes = 1 << 20;
  limits.ratio = 100;
  limits.objects = 1 << 12;
  return limits;
}

void read_group(const hdf5::Group& group) {
  for (const std::string& name : group.attribute_names()) {
    attempt([&] { group.attribute(name); });
    attempt([&] { group.attribute_strings(name); });
  }
  for (const std::string& name : group.names()) {
    attempt([&] {
      if (group.is_group(name)) {
        read_group(group.group(name));
        return;
      }
      const hdf5::Dataset dataset = group.dataset(name);
      attempt([&] { dataset.find_attribute("dtype"); });
      const Tensor tensor = dataset.read();
      if (tensor.dtype() == DType::string || tensor.size() > 10000) return;
      Tensor converted = Tensor::empty(tensor.shape(), DType::float32);
      dataset.read_into(converted);
    });
  }
}

}  // namespace

void fuzz_hdf5(std::span<const std::byte> input) {
  attempt(
      [&] { read_group(hdf5::File::open(io::view_bytes(input, "fuzz.h5"), low_limits()).root()); });
}

void fuzz_zip(std::span<const std::byte> input) {
  io::ZipLimits limits;
  limits.free_bytes = 1 << 20;
  attempt([&] {
    const zip::Reader archive = zip::Reader::open(io::view_bytes(input, "fuzz.zip"), limits);
    for (const std::string& name : archive.names()) {
      attempt([&] { archive.read(name); });
      attempt([&] {
        const auto source = archive.source(name);
        if (hdf5::File::looks_like_hdf5(*source))
          read_group(hdf5::File::open(source, low_limits()).root());
      });
    }
  });
}

void fuzz_json(std::span<const std::byte> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  attempt([&] {
    const Config config = io::parse_json(text);
    // What was accepted must survive a round trip.
    const std::string written = config.to_json();
    KCPP_ASSERT(io::parse_json(written).to_json() == written);
  });
}

void fuzz_npz(std::span<const std::byte> input) {
  const auto source = io::view_bytes(input, "fuzz.npz");
  attempt([&] { npy::read(*source); });
  attempt([&] {
    const npz::File file = npz::File::open(source);
    for (const std::string& name : file.names()) attempt([&] { file.read(name); });
  });
}

void fuzz_table(std::span<const std::byte> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  for (const bool header : {true, false})
    attempt([&] { parse_csv(text, {.header = header}, "fuzz.csv"); });
  const int file = memfd_create("fuzz.idx", 0);
  if (write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()))
    attempt([&] { load_idx("/proc/self/fd/" + std::to_string(file)); });
  close(file);
}

void fuzz_model(std::span<const std::byte> input) {
  attempt([&] {
    LoadReport report;
    load_model(input, {.report = &report}, "fuzz.keras");
  });
}

}  // namespace kcpp::test
