/// TensorFlow's functions of complex numbers. A complex tensor is a node of two outputs, the real
/// and the imaginary part, as what Keras's own Fourier transforms give.
#include <algorithm>
#include <array>
#include <set>

#include "src/saving/legacy/tf_signal.h"
#include "src/saving/legacy/upgrade_rules.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

struct Parts {
  TfValue real, imaginary;
};

/// The two parts of a complex tensor; of a real one, or a number, itself and zero.
Parts parts_of(B& b, const Config& c) {
  if (is_complex_tensor(c)) return {{b, B::output(c, 0)}, {b, B::output(c, 1)}};
  const TfValue real{b, tf_tensor_argument(c, false)};
  if (!is_graph_tensor(c)) return {real, {b, Config(0.0)}};
  return {real, real.of("ZerosLike")};
}
Parts given(B& b, const char* name = "x", bool first = true) {
  return parts_of(b, b.argument(name, first));
}

/// The last node of a function that gives complex numbers; what it gives.
Config pair(B& b, const Parts& p) {
  const Config both =
      b.op("Stack", {Config::list({p.real, p.imaginary})}, Config::dict({{"axis", 0}}));
  Config out = b.op("Unstack", {both}, Config::dict({{"num", 2}, {"axis", 0}}));
  out.find("config")->set("complex", true);
  return out;
}

Parts transformed(B& b, std::string_view op, const Parts& p) {
  const Config real = b.op(op, {Config::list({p.real, p.imaginary})});
  return {{b, real}, {b, B::output(real, 1)}};
}
void fourier(B& b, std::string_view op) { transformed(b, op, given(b, "input")); }
/// Keras has the inverse of two dimensions alone: conj(FFT(conj x)) / n.
void inverse_fourier(B& b) {
  const Parts x = given(b, "input");
  const TfValue size = x.real.of("Shape").at({Config(-1)}).cast("float32");
  const Parts y = transformed(b, "FFT", {x.real, -x.imaginary});
  pair(b, {y.real / size, -y.imaginary / size});
}
void inverse_real(B& b) {
  const Parts x = given(b, "input");
  Config length = b.argument("fft_length");
  if (length.is_list() && length.size() == 1) length = Config(length.as_list()[0]);
  b.op("IRFFT", {Config::list({x.real, x.imaginary})}, Config::dict({{"fft_length", length}}));
}

void inverse_stft(B& b) {
  const Parts x = given(b, "stfts");
  tf_inverse_stft(b, x.real, x.imaginary);
}
/// Along height and width, then along the axis before them.
void fourier3d(B& b, bool inverse) {
  const Parts x = given(b, "input");
  const auto swapped = [](const Parts& p) {
    return Parts{p.real.swap(-3, -1), p.imaginary.swap(-3, -1)};
  };
  const Parts plane = swapped(transformed(b, inverse ? "IFFT2" : "FFT2", x));
  if (!inverse) {
    pair(b, swapped(transformed(b, "FFT", plane)));
    return;
  }
  const TfValue size = plane.real.of("Shape").at({Config(-1)}).cast("float32");
  const Parts y = swapped(transformed(b, "FFT", {plane.real, -plane.imaginary}));
  pair(b, {y.real / size, -y.imaginary / size});
}

void magnitude(B& b) {
  const Parts x = given(b);
  (x.real.of("Square") + x.imaginary.of("Square")).of("Sqrt");
}
void angle(B& b) {
  const Parts x = given(b, "input");
  x.imaginary.with("Arctan2", x.real);
}
void complex(B& b) { pair(b, {{b, b.tensor("real", true)}, {b, b.tensor("imag")}}); }
void cast(B& b) {
  const Parts x = given(b);
  const Config dtype = b.argument("dtype");
  if (is_complex_dtype(dtype)) {
    pair(b, {x.real.cast("float32"), x.imaginary.cast("float32")});
  } else {
    x.real.of("Cast", Config::dict({{"dtype", dtype}}));
  }
}
void multiply(B& b) {
  const Parts x = given(b), y = given(b, "y", false);
  pair(b,
       {x.real * y.real - x.imaginary * y.imaginary, x.real * y.imaginary + x.imaginary * y.real});
}
void divide(B& b) {
  const Parts x = given(b), y = given(b, "y", false);
  const TfValue size = y.real.of("Square") + y.imaginary.of("Square");
  pair(b, {(x.real * y.real + x.imaginary * y.imaginary) / size,
           (x.imaginary * y.real - x.real * y.imaginary) / size});
}

/// kcpp has real eigenvalues alone.
void eigenvalues(B& b, bool vectors) {
  const TfValue values = tf_value(b, "tensor", true).of("Eig");
  const auto complex_of = [&](const TfValue& x) { return pair(b, {x, x.of("ZerosLike")}); };
  Config::List out{complex_of(values)};
  if (vectors) out.push_back(complex_of(values.result(1)));
  b.give(out);
}

constexpr TfFunction table[] = {
    {"abs", magnitude},
    {"angle", angle},
    {"real", [](B& b) { given(b, "input").real.of("Copy"); }},
    {"imag", [](B& b) { given(b, "input").imaginary.of("Copy"); }},
    {"conj",
     [](B& b) {
       const Parts x = given(b);
       pair(b, {x.real, -x.imaginary});
     }},
    {"negative",
     [](B& b) {
       const Parts x = given(b);
       pair(b, {-x.real, -x.imaginary});
     }},
    {"add",
     [](B& b) {
       const Parts x = given(b), y = given(b, "y", false);
       pair(b, {x.real + y.real, x.imaginary + y.imaginary});
     }},
    {"subtract",
     [](B& b) {
       const Parts x = given(b), y = given(b, "y", false);
       pair(b, {x.real - y.real, x.imaginary - y.imaginary});
     }},
    {"multiply", multiply},
    {"truediv", divide},
    {"divide", divide},
    {"complex", complex},
    {"cast", cast},
    {"fft", [](B& b) { fourier(b, "FFT"); }},
    {"fft2d", [](B& b) { fourier(b, "FFT2"); }},
    {"ifft", inverse_fourier},
    {"ifft2d", [](B& b) { fourier(b, "IFFT2"); }},
    {"irfft", inverse_real},
    {"fft3d", [](B& b) { fourier3d(b, false); }},
    {"ifft3d", [](B& b) { fourier3d(b, true); }},
    {"inverse_stft", inverse_stft},
    {"eig", [](B& b) { eigenvalues(b, true); }},
    {"eigvals", [](B& b) { eigenvalues(b, false); }},
};

/// What gives complex numbers of real ones, and what real ones of complex ones.
const std::set<std::string_view> makes_complex = {"stft",    "rfft", "fft",    "fft2d",
                                                  "fft3d",   "ifft", "ifft2d", "ifft3d",
                                                  "complex", "eig",  "eigvals"};
const std::set<std::string_view> makes_real = {"abs",  "angle", "real",
                                               "imag", "irfft", "inverse_stft"};

std::string_view last_part(std::string_view function) {
  const size_t dot = function.rfind('.');
  return dot == std::string_view::npos ? function : function.substr(dot + 1);
}

}  // namespace

bool is_complex_dtype(const Config& c) {
  return c == Config("complex64") || c == Config("complex128");
}

bool gives_complex(std::string_view function, const Config& dtype, bool takes_complex) {
  const std::string_view name = last_part(function);
  if (name == "cast") return is_complex_dtype(dtype);
  return makes_complex.count(name) || (takes_complex && !makes_real.count(name));
}

Config complex_tensor(const std::string& layer) {
  Config out = keras_tensor(layer, 0, 0);
  out.find("config")->set("complex", true);
  return out;
}

bool is_complex_tensor(const Config& c) {
  return is_graph_tensor(c) && c.at("config").find("complex");
}

bool has_complex_tensor(const Config& c) {
  if (is_complex_tensor(c)) return true;
  if (c.is_list()) return std::any_of(c.as_list().begin(), c.as_list().end(), has_complex_tensor);
  return c.is_dict() && std::any_of(c.as_dict().begin(), c.as_dict().end(), [](const auto& item) {
           return has_complex_tensor(item.second);
         });
}

bool add_tf_complex(std::string_view name, TfBuilder& builder) {
  const bool takes_complex =
      is_complex_tensor(builder.argument("", true)) || is_complex_tensor(builder.argument("y"));
  if (!takes_complex && !gives_complex(name, builder.argument("dtype"), false)) return false;
  if (add_tf_function(table, name, builder)) return true;
  if (takes_complex) builder.refuse("of complex numbers, which kcpp cannot read");
  return false;
}

}  // namespace kcpp::saving
