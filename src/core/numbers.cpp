#include "kcpp/core/numbers.h"

#include "kcpp/core/config.h"

namespace kcpp {
namespace {

Config nested(const Shape& shape, int axis, const double*& at) {
  if (axis == shape.rank()) return *at++;
  Config out = Config::list();
  for (int64_t i = 0; i < shape[axis]; ++i) out.push_back(nested(shape, axis + 1, at));
  return out;
}

void flatten(const Config& c, int axis, Shape& shape, std::vector<double>& out,
             std::string_view what) {
  if (!c.is_list()) {
    check(axis == shape.rank(), "`", what, "` is not a regular array. Received: ", c);
    out.push_back(c.as_double(what));
    return;
  }
  const int64_t size = static_cast<int64_t>(c.size());
  if (out.empty() && axis == shape.rank()) shape.push_back(size);
  check(axis < shape.rank() && shape[axis] == size, "`", what,
        "` is not a regular array. Received: ", c);
  for (const Config& item : c.as_list(what)) flatten(item, axis + 1, shape, out, what);
}

}  // namespace

Numbers::Numbers(const Tensor& values)
    : values_(values.to_vector<double>()), shape_(values.shape()), defined_(true) {}

Tensor Numbers::to_tensor(DType dtype) const { return Tensor::from(values_, shape_).astype(dtype); }

Config to_config(const Numbers& v) {
  if (!v.defined()) return {};
  const double* at = v.values().data();
  return nested(v.shape(), 0, at);
}

void from_config(const Config& c, Numbers& v, std::string_view what) {
  v = {};
  if (c.is_null()) return;
  const Config* config = c.find("config");
  const Config& value = config && config->find("value") ? config->at("value") : c;
  flatten(value, 0, v.shape_, v.values_, what);
  v.defined_ = true;
}

}  // namespace kcpp
