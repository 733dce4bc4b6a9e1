/// TensorFlow's functions of diagonals, and of matrices with three of them.
#include "src/saving/legacy/tf_value.h"

namespace kcpp::saving {
namespace {

using B = TfBuilder;

const Config last_axis = Config::dict({{"axis", -1}});
constexpr int64_t farthest = 1 << 20;

TfValue numbers(B& b, const Config& count) { return {b, tf_numbers(b, count)}; }
/// How far above the main diagonal the one that is meant lies.
int64_t place_of(const B& b) {
  const int64_t k = b.integer("k", 0);
  if (k < -farthest || k > farthest) b.refuse("with an absurd k");
  return k;
}

/// A diagonal laid over a matrix of such sizes, at any place of the row or column; and where the
/// diagonal is.
struct Laid {
  TfValue values, there;
  Laid(B& b, const TfValue& x, int64_t k, const Config& rows, const Config& columns)
      : values(x), there(x) {
    const TfValue length = x.of("Shape").at({Config(-1)});
    const TfValue row = numbers(b, rows).expand(-1), column = numbers(b, columns);
    // Above the main diagonal the elements count by row, below by column.
    const TfValue place = numbers(b, k >= 0 ? rows : columns);
    values = x.with("Take", place.with("Minimum", length - Config(1)), last_axis)
                 .expand(k >= 0 ? -1 : -2);
    const TfValue inside = place.with("Less", length).expand(k >= 0 ? -1 : 0);
    there = (column - row).with("Equal", k).with("LogicalAnd", inside);
  }
};

void diag(B& b) {
  const TfValue x = tf_value(b, "diagonal", true);
  const int64_t k = place_of(b), rows = b.integer("num_rows", -1),
                columns = b.integer("num_cols", -1);
  for (int64_t given : {rows, columns})
    if (given < -1 || given > farthest) b.refuse("with an absurd num_rows or num_cols");
  const TfValue length = x.of("Shape").at({Config(-1)});
  // Without either number the matrix is square; one alone leaves the other as small as it can be.
  const bool square = rows < 0 && columns < 0;
  const auto size = [&](int64_t given, int64_t more) {
    return (given >= 0 ? length * Config(0) + Config(given)
                       : length + Config(square ? std::abs(k) : more))
        .config();
  };
  const Laid laid(b, x, k, size(rows, std::max<int64_t>(-k, 0)),
                  size(columns, std::max<int64_t>(k, 0)));
  laid.values.where(laid.there, b.number("padding_value", 0));
}
void set_diag(B& b) {
  const TfValue x = tf_value(b, "input", true), sizes = x.of("Shape");
  const Laid laid(b, tf_value(b, "diagonal"), place_of(b), sizes.at({Config(-2)}),
                  sizes.at({Config(-1)}));
  laid.values.where(laid.there, x);
}

/// The diagonals above, on and below the main one, each as long as the matrix: the first ends, the
/// last begins with an element that nothing asks for.
struct ThreeDiagonals {
  TfValue above, main, below;
};
ThreeDiagonals diagonals_of(B& b) {
  if (!b.argument("maindiag").is_null()) {  // of a graph node: each a row of a matrix
    const auto only = [](const TfValue& t) { return t.at({tf_ellipsis(), Config(0), tf_all()}); };
    return {only(tf_value(b, "superdiag", true)), only(tf_value(b, "maindiag")),
            only(tf_value(b, "subdiag"))};
  }
  const Config format = b.argument("diagonals_format");
  if (!format.is_null() && format != Config("compact") && format != Config("sequence"))
    b.refuse(text("with diagonals_format=", format));
  const Config given = b.argument("diagonals", true);
  if (format == Config("sequence")) {
    if (!given.is_list() || given.size() != 3) b.refuse("without three diagonals");
    const auto item = [&](size_t i) {
      return TfValue{b, tf_tensor_argument(given.as_list()[i], false)};
    };
    // The outer ones may lack the element that nothing asks for.
    const TfValue above = item(0), main = item(1), below = item(2);
    const auto length = [](const TfValue& t) { return t.of("Shape").at({Config(-1)}); };
    const TfValue places = numbers(b, length(main));
    const TfValue lacking = length(main) - length(below);
    return {above.with("Take", places.with("Minimum", length(above) - Config(1)), last_axis), main,
            below.with("Take", (places - lacking).with("Maximum", 0), last_axis)};
  }
  const TfValue all = tf_value(b, "diagonals", true);
  const auto row = [&](int64_t i) { return all.at({tf_ellipsis(), Config(i), tf_all()}); };
  return {row(0), row(1), row(2)};
}
/// The whole matrix.
void tridiagonal_solve(B& b) {
  for (const char* name : {"transpose_rhs", "conjugate_rhs"})
    if (b.flag(name)) b.refuse(text("with ", name, ", which kcpp cannot read"));
  if (b.argument("diagonals_format") == Config("matrix")) {
    const TfValue matrix = tf_value(b, "diagonals", true);
    matrix.of("Triu", Config::dict({{"k", -1}}))
        .of("Tril", Config::dict({{"k", 1}}))
        .with("Solve", b.tensor("rhs"));
    return;
  }
  const ThreeDiagonals d = diagonals_of(b);
  const TfValue places = numbers(b, d.main.of("Shape").at({Config(-1)}));
  const TfValue above = places - places.expand(-1);
  const auto on = [&](const TfValue& diagonal, int64_t k, const Config& otherwise) {
    return diagonal.expand(-1).where(above.with("Equal", k), otherwise);
  };
  on(d.above, 1, on(d.main, 0, on(d.below, -1, 0.0))).with("Solve", b.tensor("rhs"));
}
/// Each row times its element, and the rows beside it times theirs.
void tridiagonal_matmul(B& b) {
  const TfValue rhs = tf_value(b, "rhs");
  if (b.argument("diagonals_format") == Config("matrix")) {
    tf_value(b, "diagonals", true)
        .of("Triu", Config::dict({{"k", -1}}))
        .of("Tril", Config::dict({{"k", 1}}))
        .with("Matmul", rhs);
    return;
  }
  const ThreeDiagonals d = diagonals_of(b);
  const auto rows = [&](const TfValue& t, const Config& from, const Config& to) {
    return t.at({tf_ellipsis(), tf_slice(from, to), tf_all()});
  };
  const TfValue nothing = rows(rhs, 0, 1).of("ZerosLike");
  const TfValue next = tf_concatenate(b, {rows(rhs, 1, Config()), nothing}, -2);
  const TfValue previous = tf_concatenate(b, {nothing, rows(rhs, 0, -1)}, -2);
  d.above.expand(-1) * next + d.main.expand(-1) * rhs + d.below.expand(-1) * previous;
}

constexpr TfFunction table[] = {
    {"diag", diag},
    {"set_diag", set_diag},
    {"tridiagonal_solve", tridiagonal_solve},
    {"tridiagonal_matmul", tridiagonal_matmul},
};

}  // namespace

bool add_tf_diagonals(std::string_view name, TfBuilder& builder) {
  return add_tf_function(table, name, builder);
}

}  // namespace kcpp::saving
