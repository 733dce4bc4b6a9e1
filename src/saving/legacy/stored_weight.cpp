#include "src/saving/legacy/stored_weight.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kcpp/ops/shape.h"

namespace kcpp::saving {

StoredWeight::StoredWeight(std::string name, const hdf5::Dataset& dataset)
    : name_(std::move(name)),
      shape_(dataset.shape()),
      dataset_(std::make_shared<const hdf5::Dataset>(dataset)) {}

StoredWeight StoredWeight::zeros(const Shape& shape) {
  StoredWeight out;
  out.shape_ = shape;
  out.make_ = [shape](DType dtype) { return Tensor::zeros(shape, dtype); };
  return out;
}

Tensor StoredWeight::read(DType dtype) const {
  if (make_) return make_(dtype);
  dataset_->require_stored();  // before anything of its size is allocated
  Tensor out = Tensor::empty(shape_, dtype);
  dataset_->read_into(out);
  return out;
}

StoredWeight StoredWeight::renamed(std::string name) const {
  StoredWeight out = *this;
  out.name_ = std::move(name);
  return out;
}

StoredWeight StoredWeight::changed(const Shape& shape,
                                   std::function<Tensor(const Tensor&)> f) const {
  StoredWeight out;
  out.name_ = name_;
  out.shape_ = shape;
  out.origins_ = origins_;
  out.make_ = [from = *this, f = std::move(f)](DType dtype) { return f(from.read(dtype)); };
  return out;
}

StoredWeight StoredWeight::transposed(const std::vector<int>& axes) const {
  KCPP_ASSERT(static_cast<int>(axes.size()) == shape_.rank());
  Shape shape;
  for (int axis : axes) shape.push_back(shape_[axis]);
  return changed(shape, [axes](const Tensor& x) { return ops::transpose(x, ops::Axes(axes)); });
}

StoredWeight StoredWeight::reshaped(const Shape& shape) const {
  KCPP_ASSERT(shape.size() == shape_.size());
  return changed(shape, [shape](const Tensor& x) { return ops::reshape(x, shape); });
}

StoredWeight StoredWeight::flipped(int axes) const {
  std::vector<int> which(static_cast<size_t>(axes));
  std::iota(which.begin(), which.end(), 0);
  return changed(shape_, [which](const Tensor& x) { return ops::flip(x, ops::Axes(which)); });
}

StoredWeight StoredWeight::mapped(std::function<Tensor(const Tensor&)> f) const {
  return changed(shape_, std::move(f));
}

StoredWeight StoredWeight::joined(const std::vector<StoredWeight>& parts) {
  StoredWeight out;
  out.name_ = parts[0].name_;
  out.shape_ = parts[0].shape_;
  out.origins_.clear();
  int64_t width = 0;
  for (const StoredWeight& part : parts) {
    const Shape& s = part.shape_;
    check(s.rank() == out.shape_.rank() && s.rank() > 0 &&
              std::equal(s.begin(), s.end() - 1, out.shape_.begin()),
          "The weights ", out.name_, " and ", part.name_,
          " belong together, but their shapes do not fit: ", out.shape_, " and ", s, ".");
    width += s.back();
    out.origins_.insert(out.origins_.end(), part.origins_.begin(), part.origins_.end());
  }
  out.shape_[out.shape_.rank() - 1] = width;
  out.make_ = [parts](DType dtype) {
    Tensors read;
    for (const StoredWeight& part : parts) read.push_back(part.read(dtype));
    return ops::concatenate(read, -1);
  };
  return out;
}

std::string base_name(const std::string& weight_name) {
  const size_t slash = weight_name.rfind('/');
  const std::string name = slash == std::string::npos ? weight_name : weight_name.substr(slash + 1);
  return name.substr(0, name.find(':'));
}

void WeightPlan::apply(bool fresh) const {
  const auto target = [](Variable v) {
    return std::span<std::byte>{static_cast<std::byte*>(v.mutable_value().mutable_raw()),
                                v.value().bytes()};
  };
  std::vector<Tensor> staged(items_.size());
  for (size_t i = 0; i < items_.size(); ++i) {
    const auto& [variable, value] = items_[i];
    KCPP_ASSERT(value.shape() == variable.shape());
    if (fresh) continue;
    // What cannot fail any more is read straight into its place below.
    if (value.is_plain() && value.dataset().is_stored_as_is()) {
      value.dataset().require_stored();
    } else {
      staged[i] = value.read(variable.dtype());
    }
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    Variable variable = items_[i].target;
    const StoredWeight& value = items_[i].value;
    if (staged[i].defined()) {
      variable.assign(staged[i]);
    } else if (value.is_plain()) {
      value.dataset().read_into(variable.shape(), variable.dtype(), target(variable));
    } else {
      variable.assign(value.read(variable.dtype()));
    }
  }
}

}  // namespace kcpp::saving
