#include "kcpp/ops/dims.h"

namespace kcpp {

Shape Dims::expand(int rank, std::string_view name, int64_t least) const {
  check(!is_none(), "The `", name, "` argument must be given.");
  Shape out = is_number() ? Shape::filled(rank, values_[0]) : values_;
  bool large_enough = true;
  for (int64_t v : out) large_enough &= v >= least;
  if (out.rank() != rank || !large_enough) [[unlikely]] {
    const std::string received = is_number() ? text(values_[0]) : text(values_);
    check(out.rank() == rank, "The `", name, "` argument must be a tuple of ", rank,
          " integers. Received ", name, "=", received);
    std::string bad = "{";
    for (int64_t v : out) {
      if (v < least && bad.find(std::to_string(v)) == std::string::npos)
        bad += (bad.size() > 1 ? ", " : "") + std::to_string(v);
    }
    throw ValueError(text("The `", name, "` argument must be a tuple of ", rank,
                          " integers. Received ", name, "=", received, ", including values ", bad,
                          "} that do not satisfy `value ", least > 0 ? "> 0`" : ">= 0`"));
  }
  for (int64_t v : out)
    check(v <= INT32_MAX, "The `", name, "` argument is out of range. Received: ", name, "=", v);
  return out;
}

Config to_config(const Dims& v) {
  if (v.is_none()) return nullptr;
  if (v.is_number()) return v.values()[0];
  Config list = Config::list();
  for (int64_t d : v.values()) list.push_back(d);
  return list;
}

void from_config(const Config& c, Dims& v, std::string_view what) {
  if (c.is_null()) {
    v = Dims();
  } else if (c.is_list()) {
    Shape values;
    for (const Config& item : c.as_list(what)) values.push_back(item.as_int(what));
    v = Dims(values);
  } else {
    v = Dims(c.as_int(what));
  }
}

}  // namespace kcpp
