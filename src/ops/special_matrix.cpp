#include "src/ops/special_matrix.h"

#include <cmath>

#include "kcpp/ops/create.h"
#include "kcpp/ops/linalg.h"
#include "kcpp/ops/math.h"
#include "kcpp/ops/reduce.h"
#include "src/ops/matrix.h"
#include "src/ops/op_makers.h"

namespace kcpp::ops {

using namespace detail;

namespace {

Tensor identity_like(const Tensor& x) { return eye(x.shape().back(), {}, 0, x.dtype()); }

/// Scaled until a quotient of polynomials of degree 7 is exact, and squared as often (Higham,
/// 2005). In double: each squaring doubles what rounding has left.
Tensor expm_now(const Tensor& x) {
  constexpr double exact_below = 0.95;
  constexpr double b[] = {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1};
  Tensor a = as_dtype(x, DType::float64);
  const double norm = x.size() ? max(sum(abs(a.detach()), -2)).item<double>() : 0;
  if (!std::isfinite(norm)) return x * std::nan("");
  const int squarings =
      norm > exact_below ? static_cast<int>(std::ceil(std::log2(norm / exact_below))) : 0;
  a = a * std::ldexp(1.0, -squarings);
  const Tensor one = identity_like(a), a2 = matmul(a, a), a4 = matmul(a2, a2), a6 = matmul(a4, a2);
  const Tensor odd = matmul(a, a6 * b[7] + a4 * b[5] + a2 * b[3] + one * b[1]);
  const Tensor even = a6 * b[6] + a4 * b[4] + a2 * b[2] + one * b[0];
  Tensor y = solve(even - odd, even + odd);
  for (int i = 0; i < squarings; ++i) y = matmul(y, y);
  return as_dtype(y, x.dtype());
}

/// The iteration of Denman and Beavers, which goes to the root and to its inverse.
Tensor sqrtm_now(const Tensor& x) {
  constexpr int most = 60;
  Tensor root = as_dtype(x, DType::float64);
  Tensor inverse = identity_like(root) + root * 0.0;
  for (int i = 0; i < most && x.size(); ++i) {
    const Tensor better = (root + inv(inverse)) * 0.5;
    inverse = (inverse + inv(root)) * 0.5;
    const double change = max(abs(better.detach() - root.detach())).item<double>();
    const double size = max(abs(better.detach())).item<double>();
    root = better;
    if (change <= 1e-14 * size) return as_dtype(root, x.dtype());
    if (!std::isfinite(change)) break;
  }
  return x.size() ? x * std::nan("") : x;
}

Tensor of_square(std::string_view class_name, const char* name, const Tensor& x,
                 Tensor (*now)(const Tensor&)) {
  check_square(x, name);
  return named_op(
      class_name,
      [now](const Tensor& given) {
        const Tensor t = as_float(given);
        return t.is_symbolic() ? t : now(t);
      },
      x);
}

constexpr OpEntry kEntries[] = {
    {"Expm", "linalg", unary<expm>},
    {"Sqrtm", "linalg", unary<sqrtm>},
};

}  // namespace

Tensor expm(const Tensor& x) { return of_square("Expm", "expm", x, expm_now); }
Tensor sqrtm(const Tensor& x) { return of_square("Sqrtm", "sqrtm", x, sqrtm_now); }

std::span<const OpEntry> op_table_special_matrix() { return kEntries; }

}  // namespace kcpp::ops
