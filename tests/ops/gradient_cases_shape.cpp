#include "kcpp/ops/create.h"
#include "kcpp/ops/index.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/shape.h"
#include "tests/ops/gradient_cases.h"

namespace kcpp::test {

using namespace ops;

namespace {

Tensor join(const Tensors& parts) {
  Tensors flat;
  for (const Tensor& p : parts) flat.push_back(reshape(p, {-1}));
  return concatenate(flat);
}
/// A symmetric positive definite matrix made of x, so that a step in one element keeps it so.
Tensor definite(const Tensor& x) {
  return matmul(x, swapaxes(x, -1, -2)) + eye(x.shape().back(), {}, 0, DType::float64);
}

}  // namespace

std::vector<GradientCase> gradient_cases_shape() {
  const auto cube = [] { return Tensors{random_tensor({2, 3, 4})}; };
  const auto square = [] {
    return Tensors{random_tensor({2, 3, 3}, -1, 1) + eye(3, {}, 0, DType::float64) * 2.0};
  };
  const auto pair = [] { return Tensors{random_tensor({2, 3}), random_tensor({2, 3}, -1, 1, 5)}; };
  const auto on = [](auto f) { return [f](const Tensors& t) { return f(t[0]); }; };
  using T = const Tensor&;
  return {
      {"Reshape", on([](T x) {
         return reshape(x, {4, -1});
       }),
       cube()},
      {"Ravel", on([](T x) { return ravel(x); }), cube()},
      {"Transpose", on([](T x) { return transpose(x); }), cube()},
      {"Transpose", on([](T x) {
         return transpose(x, {1, 0, 2});
       }),
       cube()},
      {"ExpandDims", on([](T x) {
         return expand_dims(x, {0, -1});
       }),
       cube()},
      {"Squeeze", on([](T x) { return squeeze(x); }), {random_tensor({2, 1, 3})}},
      {"Swapaxes", on([](T x) { return swapaxes(x, 0, -1); }), cube()},
      {"Moveaxis", on([](T x) {
         return moveaxis(x, {0, 1}, {-1, 0});
       }),
       cube()},
      {"BroadcastTo",
       on([](T x) {
         return broadcast_to(x, {4, 2, 3});
       }),
       {random_tensor({2, 1})}},
      {"Concatenate",
       [](const Tensors& t) {
         return concatenate({t[0], t[1], t[0]}, 1);
       },
       pair()},
      {"Append", [](const Tensors& t) { return append(t[0], t[1]); }, pair()},
      {"Stack",
       [](const Tensors& t) {
         return stack({t[0], t[1]}, -1);
       },
       pair()},
      {"Hstack",
       [](const Tensors& t) {
         return hstack({t[0], t[1]});
       },
       pair()},
      {"Vstack",
       [](const Tensors& t) {
         return vstack({t[0], t[1]});
       },
       pair()},
      {"Dstack",
       [](const Tensors& t) {
         return dstack({t[0], t[1]});
       },
       pair()},
      {"Split", on([](T x) {
         Tensors p = split(x, 2, 2);
         return p[1] * p[0];
       }),
       cube()},
      {"ArraySplit", on([](T x) { return join(array_split(x, 3, 2)) * 2.0; }), cube()},
      {"Hsplit", on([](T x) {
         return join(hsplit(x, {1, 2}));
       }),
       cube()},
      {"Vsplit", on([](T x) { return vsplit(x, 2)[1]; }), cube()},
      {"Dsplit", on([](T x) { return dsplit(x, 2)[1]; }), cube()},
      {"Unstack", on([](T x) { return unstack(x, {}, 1)[2]; }), cube()},
      {"Tile", on([](T x) {
         return tile(x, {2, 1, 3});
       }),
       cube()},
      {"Repeat", on([](T x) { return repeat(x, 2, 1); }), cube()},
      {"Repeat", on([](T x) {
         return repeat(x, {1, 0, 2}, 1);
       }),
       cube()},
      {"Flip", on([](T x) {
         return flip(x, {0, 2});
       }),
       cube()},
      {"Fliplr", on([](T x) { return fliplr(x); }), cube()},
      {"Flipud", on([](T x) { return flipud(x); }), cube()},
      {"Roll", on([](T x) {
         return roll(x, {1, -2}, {0, 2});
       }),
       cube()},
      {"Roll", on([](T x) { return roll(x, 5); }), cube()},
      {"Rot90", on([](T x) {
         return rot90(x, 3, {1, 2});
       }),
       cube()},
      {"Pad", on([](T x) {
         return pad(x, {{1, 0}, {0, 2}, {1, 1}}, "constant", 3);
       }),
       cube()},
      {"Pad", on([](T x) {
         return pad(x, {{1, 1}, {2, 1}, {0, 3}}, "reflect");
       }),
       cube()},
      {"Pad", on([](T x) { return pad(x, 2, "symmetric"); }), cube()},
      {"Pad", on([](T x) {
         return pad(x, {1, 2}, "edge");
       }),
       cube()},
      {"ExtractSequences", on([](T x) { return extract_sequences(x, 2, 1); }), cube()},
      {"Take", on([](T x) {
         return take(x, Tensor({{0, -1}, {2, 0}}), 1);
       }),
       cube()},
      {"Take", on([](T x) {
         return take(x, Tensor({5, 5, 0}));
       }),
       cube()},
      {"TakeAlongAxis",
       on([](T x) {
         return take_along_axis(x, Tensor({{{2}, {0}, {-1}, {2}}}), 2);
       }),
       {random_tensor({2, 4, 3})}},
      {"GetItem", on([](T x) {
         return get_item(x, {1, Slice{{}, {}, -1}, newaxis, Slice{1, -1, 2}});
       }),
       cube()},
      {"GetItem", on([](T x) {
         return get_item(x, {ellipsis, Tensor({0, 3, 3})});
       }),
       cube()},
      {"GetItem", on([](T x) { return x[1].rows(1, 3); }), cube()},
      {"Slice", on([](T x) {
         return slice(x, {0, 1, 2}, {2, 2, -1});
       }),
       cube()},
      {"SliceUpdate",
       [](const Tensors& t) {
         return slice_update(t[0], {1, 0, 1}, t[1]);
       },
       {random_tensor({2, 3, 4}), random_tensor({1, 2, 2})}},
      {"Scatter",
       on([](T v) {
         return scatter(Tensor({{0, 1}, {2, 0}, {0, 1}}), v, {3, 2, 2});
       }),
       {random_tensor({3, 2})}},
      {"ScatterUpdate",
       [](const Tensors& t) {
         return scatter_update(t[0], Tensor({{0, 1}, {1, 2}}), t[1]);
       },
       {random_tensor({2, 3}), random_tensor({2})}},
      {"ScatterUpdate",
       [](const Tensors& t) {
         return scatter_update(t[0], Tensor({{0}, {1}, {0}}), t[1], "mul");
       },
       {random_tensor({2, 3}, 0.5, 2), random_tensor({3, 3}, 0.5, 2)}},
      {"Tril", on([](T x) { return tril(x, -1); }), cube()},
      {"Triu", on([](T x) { return triu(x, 1); }), cube()},
      {"Diag", on([](T x) { return diag(x, -1); }), {random_tensor({3})}},
      {"Diag", on([](T x) { return diag(x, 1); }), {random_tensor({3, 4})}},
      {"Diagflat", on([](T x) { return diagflat(x, 2); }), {random_tensor({2, 2})}},
      {"Diagonal", on([](T x) { return diagonal(x, 1, 2, 0); }), {random_tensor({3, 2, 3})}},
      {"Trace", on([](T x) { return trace(x, -1, 1, 2); }), cube()},
      {"Meshgrid",
       [](const Tensors& t) {
         return join(meshgrid({t[0], t[1]}));
       },
       {random_tensor({2}), random_tensor({3})}},
      {"Matmul",
       [](const Tensors& t) { return matmul(t[0], t[1]); },
       {random_tensor({2, 3}), random_tensor({3, 2}, -1, 1, 2)}},
      {"Matmul",
       [](const Tensors& t) { return matmul(t[0], t[1]); },
       {random_tensor({2, 1, 2, 3}), random_tensor({3, 3, 2}, -1, 1, 2)}},
      {"Matmul",
       [](const Tensors& t) { return matmul(t[0], t[1]); },
       {random_tensor({2, 2, 3}), random_tensor({3, 2}, -1, 1, 2)}},
      {"Matmul",
       [](const Tensors& t) { return matmul(t[0], t[1]); },
       {random_tensor({3}), random_tensor({2, 3, 2}, -1, 1, 2)}},
      {"Matmul",
       [](const Tensors& t) { return matmul(t[0], t[1]); },
       {random_tensor({2, 3}), random_tensor({3}, -1, 1, 2)}},
      {"Dot",
       [](const Tensors& t) { return dot(t[0], t[1]); },
       {random_tensor({2, 3}), random_tensor({2, 3, 2}, -1, 1, 2)}},
      {"Inner", [](const Tensors& t) { return inner(t[0], t[1]); }, pair()},
      {"Outer",
       [](const Tensors& t) { return outer(t[0], t[1]); },
       {random_tensor({2}), random_tensor({3})}},
      {"Vdot", [](const Tensors& t) { return vdot(t[0], t[1]); }, pair()},
      {"Kron",
       [](const Tensors& t) { return kron(t[0], t[1]); },
       {random_tensor({2, 2}), random_tensor({3})}},
      {"Tensordot",
       [](const Tensors& t) { return tensordot(t[0], t[1], 2); },
       {random_tensor({2, 3, 2}), random_tensor({3, 2, 2})}},
      {"Tensordot",
       [](const Tensors& t) {
         return tensordot(t[0], t[1], {0, 2}, {1, 0});
       },
       {random_tensor({2, 3, 2}), random_tensor({2, 2, 3})}},
      {"Einsum",
       [](const Tensors& t) { return einsum("bij,bkj,i->bk", t); },
       {random_tensor({2, 3, 2}), random_tensor({2, 2, 2}), random_tensor({3})}},
      {"Einsum",
       [](const Tensors& t) { return einsum("...i,ij", t[0], t[1]); },
       {random_tensor({2, 2, 3}), random_tensor({3, 2})}},
      {"Einsum",
       [](const Tensors& t) { return einsum("iji->j", t[0]); },
       {random_tensor({2, 3, 2})}},
      {"Cross", [](const Tensors& t) { return cross(t[0], t[1]); }, pair()},
      {"CDist",
       [](const Tensors& t) { return cdist(t[0], t[1]); },
       {random_tensor({2, 2}), random_tensor({3, 2}, 3, 5)}},
      {"Cholesky",
       on([](T x) { return cholesky(definite(x)); }),
       {random_tensor({2, 3, 3}, -1, 1)}},
      {"Cholesky",
       on([](T x) { return cholesky(definite(x), true); }),
       {random_tensor({2, 2}, -1, 1)}},
      {"CholeskyInverse",
       on([](T x) { return cholesky_inverse(cholesky(definite(x))); }),
       {random_tensor({2, 2}, -1, 1)}},
      {"Inv", on([](T x) { return inv(x); }), square()},
      {"Pinv", on([](T x) { return pinv(x); }), {random_tensor({3, 2}, -1, 1)}, false},
      {"Det", on([](T x) { return det(x); }), square()},
      {"Slogdet", on([](T x) { return slogdet(x).second; }), square()},
      {"Logdet", on([](T x) { return logdet(definite(x)); }), {random_tensor({2, 2}, -1, 1)}},
      {"Solve",
       [](const Tensors& t) { return solve(t[0] + eye(3, {}, 0, DType::float64) * 3.0, t[1]); },
       {random_tensor({3, 3}, -1, 1), random_tensor({3, 2})}},
      {"Solve",
       [](const Tensors& t) { return solve(t[0] + eye(3, {}, 0, DType::float64) * 3.0, t[1]); },
       {random_tensor({3, 3}, -1, 1), random_tensor({3})}},
      {"SolveTriangular",
       [](const Tensors& t) {
         return solve_triangular(t[0] + eye(3, {}, 0, DType::float64) * 3.0, t[1], true);
       },
       {random_tensor({3, 3}, -1, 1), random_tensor({3, 2})}},
      {"SolveTriangular",
       [](const Tensors& t) {
         return solve_triangular(t[0] + eye(3, {}, 0, DType::float64) * 3.0, t[1]);
       },
       {random_tensor({3, 3}, -1, 1), random_tensor({3})}},
      {"Qr",
       on([](T x) {
         const auto [q, r] = qr(x);
         return join({q, r});
       }),
       {random_tensor({3, 2}, -1, 1)}},
      {"SVD",
       on([](T x) { return svd(x, true, false)[0]; }),
       {random_tensor({2, 3}, -1, 1)},
       false},
      {"SVD", on([](T x) { return join(svd(x, false)); }), {random_tensor({3, 2}, -1, 1)}, false},
      {"Eigh",
       on([](T x) {
         const auto [w, v] = eigh(definite(x));
         return join({w, v});
       }),
       {random_tensor({3, 3}, -1, 1)},
       false},
      {"Lstsq",
       [](const Tensors& t) { return lstsq(t[0], t[1]); },
       {random_tensor({4, 2}, -1, 1), random_tensor({4})},
       false},
      {"Norm", on([](T x) { return norm(x); }), cube()},
      {"Norm", on([](T x) { return norm(x, 3, 1); }), {away_from({2, 3}, {0})}},
      {"Norm",
       on([](T x) {
         return norm(x, 1, {0, 2}, true);
       }),
       {away_from({2, 3, 2}, {0})}},
      {"Norm",
       on([](T x) {
         return norm(x, "nuc", {0, 1});
       }),
       {random_tensor({2, 3}, -1, 1)},
       false},
      {"Full",
       on([](T x) {
         return full({2, 3}, x);
       }),
       {random_tensor({3})}},
      {"FullLike",
       [](const Tensors& t) { return full_like(t[0], t[1]) * t[0]; },
       {random_tensor({2, 3}), random_tensor({3})}},
      {"Array", on([](T x) { return array(x) * x; }), cube()},
      {"ConvertToTensor", on([](T x) { return convert_to_tensor(x) * x; }), cube()},
      {"Copy", on([](T x) { return copy(x) * x; }), cube()},
      {"Linspace",
       [](const Tensors& t) { return linspace(t[0], t[1], 4); },
       {random_tensor({2}), random_tensor({3, 1}, 3, 4)}},
      {"Logspace",
       [](const Tensors& t) { return logspace(t[0], t[1], 4, false, 2); },
       {random_tensor({2}), random_tensor({2}, 3, 4)}},
      {"Geomspace",
       [](const Tensors& t) { return geomspace(t[0], t[1], 3, true, DType::float64); },
       {random_tensor({2}, 1, 2), random_tensor({2}, 3, 4)}},
      {"Vander", on([](T x) { return vander(x, 3); }), {random_tensor({3}, 0.5, 2)}},
  };
}

}  // namespace kcpp::test
