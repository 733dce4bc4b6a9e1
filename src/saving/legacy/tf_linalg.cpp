/// TensorFlow's functions of matrices.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

void matmul(B& b) {
  const auto side = [&](const char* name, bool first, bool flip) {
    const Config x = b.tensor(name, first);
    return flip ? b.op("Swapaxes", {x}, Config::dict({{"axis1", -1}, {"axis2", -2}})) : x;
  };
  const Config left = side("a", true, b.flag("transpose_a") || b.flag("adjoint_a"));
  b.op("Matmul", {left, side("b", false, b.flag("transpose_b") || b.flag("adjoint_b"))});
}
void matvec(B& b) {
  Config a = b.tensor("a", true);
  if (b.flag("transpose_a") || b.flag("adjoint_a"))
    a = b.op("Swapaxes", {a}, Config::dict({{"axis1", -1}, {"axis2", -2}}));
  const Config column = b.op("ExpandDims", {b.tensor("b")}, Config::dict({{"axis", -1}}));
  b.op("Squeeze", {b.op("Matmul", {a, column})}, Config::dict({{"axis", -1}}));
}
void matrix_transpose(B& b) {
  Config x = b.argument("a", true);
  if (const Config other = b.argument("matrix"); !other.is_null()) x = other;
  b.op("Swapaxes", {x}, Config::dict({{"axis1", -1}, {"axis2", -2}}));
}
void band_part(B& b) {
  Config x = b.tensor("input", true);
  const int64_t lower = b.integer("num_lower", -1), upper = b.integer("num_upper", -1);
  if (lower >= 0) x = b.op("Triu", {x}, Config::dict({{"k", -lower}}));
  if (upper >= 0) x = b.op("Tril", {x}, Config::dict({{"k", upper}}));
  if (lower < 0 && upper < 0) b.op("Copy", {x});
}
void trace(B& b) {
  b.op("Trace", {b.tensor("x", true)}, Config::dict({{"offset", 0}, {"axis1", -2}, {"axis2", -1}}));
}
void diag_part(B& b) {
  b.op("Diagonal", {b.tensor("input", true)},
       Config::dict({{"offset", b.integer("k", 0)}, {"axis1", -2}, {"axis2", -1}}));
}
void normalize(B& b) {
  const Config x = b.tensor("tensor", true), ord = b.argument("ord");
  const Config norm =
      b.op("Norm", {x},
           Config::dict({{"ord", ord.is_null() || ord == Config("euclidean") ? Config() : ord},
                         {"axis", b.argument("axis")},
                         {"keepdims", true}}));
  b.op("TrueDivide", {x, norm});
}
/// A x = y for the transposed matrix too.
void solve(B& b) {
  const TfValue a = tf_value(b, "matrix", true);
  (b.flag("adjoint") ? a.swap(-1, -2) : a).with("Solve", b.tensor("rhs"));
}
void triangular_solve(B& b) {
  const TfValue a = tf_value(b, "matrix", true);
  const bool adjoint = b.flag("adjoint"), lower = b.argument("lower") != Config(false);
  (adjoint ? a.swap(-1, -2) : a)
      .with("SolveTriangular", b.tensor("rhs"), Config::dict({{"lower", lower != adjoint}}));
}
/// Forwards through a lower triangle, backwards through its transpose.
void cholesky_solve(B& b) {
  const TfValue chol = tf_value(b, "chol", true);
  const TfValue half =
      chol.with("SolveTriangular", b.tensor("rhs"), Config::dict({{"lower", true}}));
  chol.swap(-1, -2).with("SolveTriangular", half, Config::dict({{"lower", false}}));
}
void lstsq(B& b) {
  if (b.number("l2_regularizer", 0) != 0) b.refuse("with l2_regularizer, which kcpp cannot read");
  const TfValue inverse =
      tf_value(b, "matrix", true).of("Pinv", Config::dict({{"rcond", nullptr}}));
  inverse.with("Matmul", b.tensor("rhs"));
}
void eigenvalues(B& b) { tf_value(b, "tensor", true).of("Eigh").of("Copy"); }

void tensor_diag(B& b) { tf_value(b, "diagonal", true).of("Diag", Config::dict({{"k", 0}})); }
void tensor_diag_part(B& b) {
  tf_value(b, "input", true)
      .of("Diagonal", Config::dict({{"offset", 0}, {"axis1", 0}, {"axis2", 1}}));
}
constexpr TfFunction table[] = {
    {"matvec", matvec},
    {"matmul", matmul},
    {"matrix_transpose", matrix_transpose},
    {"adjoint", matrix_transpose},
    {"band_part", band_part},
    {"trace", trace},
    {"diag_part", diag_part},
    {"normalize", normalize},
    {"solve", solve},
    {"matrix_solve", solve},
    {"triangular_solve", triangular_solve},
    {"cholesky_solve", cholesky_solve},
    {"lstsq", lstsq},
    {"eigvalsh", eigenvalues},
    {"self_adjoint_eigvals", eigenvalues},
    {"tensor_diag", tensor_diag},
    {"tensor_diag_part", tensor_diag_part},
};

}  // namespace

bool add_tf_linalg(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
