// Entries of the Fourier transforms.
#include "kcpp/ops/fft.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

/// A tuple (real, imaginary) among a node's arguments.
class ComplexArgument {
 public:
  explicit ComplexArgument(const OpArguments& a) : parts_(a.tensors(0, "x")) {}
  Complex operator()(const Tensors& in) const {
    const Tensors parts = parts_(in);
    check(parts.size() == 2,
          "Input `x` should be a tuple of two tensors - real and imaginary. Received: ",
          parts.size(), " tensors");
    return {parts[0], parts[1]};
  }

 private:
  TensorArguments parts_;
};

template <Complex (*f)(const Complex&)>
OpRun complex_to_complex(const OpArguments& a) {
  return [x = ComplexArgument(a)](const Tensors& in) { return both(f(x(in))); };
}
OpRun rfft_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), n = a.optional_integer("fft_length")](const Tensors& in) {
    return both(rfft(x(in), n));
  };
}
OpRun irfft_op(const OpArguments& a) {
  return [x = ComplexArgument(a), n = a.optional_integer("fft_length")](const Tensors& in) {
    return Tensors{irfft(x(in), n)};
  };
}
Window window_of(const OpArguments& a) {
  if (!a.has("window")) return "hann";
  const Config& given = a.attribute("window");
  if (given.is_null()) return std::nullopt;
  if (given.is_string()) return given.as_string();
  return constant_from_config(given);
}
OpRun stft_op(const OpArguments& a) {
  return [x = a.tensor(0, "x"), length = a.integer("sequence_length"),
          stride = a.integer("sequence_stride"), n = a.integer("fft_length"), window = window_of(a),
          center = a.flag("center", true)](const Tensors& in) {
    return both(stft(x(in), length, stride, n, window, center));
  };
}
OpRun istft_op(const OpArguments& a) {
  return [x = ComplexArgument(a), sequence = a.integer("sequence_length"),
          stride = a.integer("sequence_stride"), n = a.integer("fft_length"),
          length = a.optional_integer("length"), window = window_of(a),
          center = a.flag("center", true)](const Tensors& in) {
    return Tensors{istft(x(in), sequence, stride, n, length, window, center)};
  };
}

constexpr OpEntry kEntries[] = {
    {"FFT", "math", complex_to_complex<fft>},
    {"FFT2", "math", complex_to_complex<fft2>},
    {"IFFT2", "math", complex_to_complex<ifft2>},
    {"RFFT", "math", rfft_op},
    {"IRFFT", "math", irfft_op},
    {"STFT", "math", stft_op},
    {"ISTFT", "math", istft_op},
};

}  // namespace

std::span<const OpEntry> op_table_fft() { return kEntries; }

}  // namespace kcpp::ops
