#include "kcpp/core/tensor.h"

#include <cstring>
#include <limits>

#include "kcpp/core/autodiff.h"
#include "kcpp/core/symbolic.h"
#include "src/core/trace_hook.h"

namespace kcpp {
namespace detail {
namespace {

/// Handles come and go with every op: each thread keeps some for reuse.
struct FreeList {
  static constexpr int most = 1024;
  TensorImpl* items[most];
  int count = 0;
  bool closed = false;
};
constinit thread_local FreeList free_list{};

struct CloseAtThreadExit {
  ~CloseAtThreadExit() {
    free_list.closed = true;
    while (free_list.count > 0) delete free_list.items[--free_list.count];
  }
};

}  // namespace

TensorImpl* TensorImpl::create() {
  if (free_list.count > 0) return free_list.items[--free_list.count];
  return new TensorImpl;
}

void TensorImpl::destroy() {
  thread_local CloseAtThreadExit closer;
  (void)closer;
  storage = {};
  data = nullptr;
  node = {};
  node_output = 0;
  weak = false;
  if (call) call.reset();
  call_output = 0;
  if (name) {
    delete name;
    name = nullptr;
  }
  if (TensorImpl* m = mask) {
    mask = nullptr;
    m->release();
  }
  if (TensorImpl* l = logits) {
    logits = nullptr;
    l->release();
  }
  if (autodiff::IndexedSlices* s = slices) {
    slices = nullptr;
    delete s;
  }
  if (free_list.closed || free_list.count == FreeList::most) {
    delete this;
  } else {
    free_list.items[free_list.count++] = this;
  }
}

/// Fills `shape` along the first path down, which ends at the first number, and checks every other
/// path against it.
void NestedValues::measure(Shape& shape, int depth, Kind& kind) const {
  const bool first_path = kind == Kind::list;
  if (kind_ != Kind::list) {
    check(depth == shape.rank(),
          "[Tensor] the nested braces are ragged: a number stands where a list is expected.");
    if (first_path || kind_ > kind) kind = kind_;
    return;
  }
  const int64_t count = static_cast<int64_t>(items_.size());
  if (first_path) shape.push_back(count);
  check(depth < shape.rank(),
        "[Tensor] the nested braces are ragged: a list stands where a number is expected.");
  check(shape[depth] == count, "[Tensor] the nested braces are ragged: expected lists of ",
        shape[depth], " items at depth ", depth, ". Received: ", count);
  for (const NestedValues& item : items_) item.measure(shape, depth + 1, kind);
}

void NestedValues::flatten(std::vector<double>& out) const {
  if (kind_ != Kind::list) {
    out.push_back(number_);
    return;
  }
  for (const NestedValues& item : items_) item.flatten(out);
}

namespace {

/// Calls f with a value of the C++ type of `dtype` (not string).
template <class F>
void dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::bool_:
      return f(bool());
    case DType::uint8:
      return f(uint8_t());
    case DType::uint16:
      return f(uint16_t());
    case DType::uint32:
      return f(uint32_t());
    case DType::uint64:
      return f(uint64_t());
    case DType::int8:
      return f(int8_t());
    case DType::int16:
      return f(int16_t());
    case DType::int32:
      return f(int32_t());
    case DType::int64:
      return f(int64_t());
    case DType::float16:
      return f(float16());
    case DType::bfloat16:
      return f(bfloat16());
    case DType::float32:
      return f(float());
    case DType::float64:
      return f(double());
    case DType::string:
      throw TypeError("A tensor of strings has no numbers.");
  }
}

template <class T>
T narrow(double value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

void destroy_strings(Storage* storage) {
  auto* strings = static_cast<std::vector<std::string>*>(storage->context());
  delete strings;
  delete storage;
}

}  // namespace
}  // namespace detail

using detail::TensorImpl;

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  TensorImpl* impl = TensorImpl::create();
  Tensor out(impl);
  impl->shape = shape;
  impl->dtype = dtype;
  const int64_t count = shape.size();
  int64_t bytes = 0;
  check(!__builtin_mul_overflow(count, static_cast<int64_t>(size_of(dtype)), &bytes),
        "[Tensor] shape ", shape, " is too large.");
  if (dtype == DType::string) {
    auto* strings = new std::vector<std::string>(static_cast<size_t>(std::max<int64_t>(count, 1)));
    impl->storage = StoragePtr(
        new Storage(strings->data(), static_cast<size_t>(bytes), detail::destroy_strings, strings));
  } else {
    impl->storage = allocate_host(static_cast<size_t>(bytes));
  }
  impl->data = static_cast<char*>(impl->storage->data());
  return out;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  Tensor out = empty(shape, dtype);
  detail::dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto values = out.mutable_data<T>();
    std::fill(values.begin(), values.end(), detail::narrow<T>(value));
  });
  return out;
}

Tensor Tensor::zeros(const Shape& shape, DType dtype) {
  Tensor out = empty(shape, dtype);
  if (dtype != DType::string) std::memset(out.mutable_raw(), 0, out.bytes());
  return out;
}

Tensor Tensor::symbolic(const Shape& shape, DType dtype, std::string name) {
  TensorImpl* impl = TensorImpl::create();
  Tensor out(impl);
  impl->shape = shape;
  impl->dtype = dtype;
  if (!name.empty()) impl->name = new std::string(std::move(name));
  return out;
}

Tensor::Tensor(double value) : Tensor(full({}, value, floatx())) {
  impl_->weak = true;
  impl_->number = value;
}
Tensor::Tensor(int64_t value) {
  const bool small =
      value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
  *this = empty({}, small ? DType::int32 : DType::int64);
  if (small) {
    mutable_data<int32_t>()[0] = static_cast<int32_t>(value);
  } else {
    mutable_data<int64_t>()[0] = value;
  }
  impl_->weak = true;
}
Tensor::Tensor(bool value) : Tensor(full({}, value, DType::bool_)) { impl_->weak = true; }

Tensor::Tensor(std::initializer_list<detail::NestedValues> values) {
  using Kind = detail::NestedValues::Kind;
  Shape shape;
  Kind kind = Kind::list;
  detail::NestedValues(values).measure(shape, 0, kind);
  *this = Tensor(values, kind == Kind::boolean   ? DType::bool_
                         : kind == Kind::integer ? DType::int32
                                                 : floatx());
}

Tensor::Tensor(std::initializer_list<detail::NestedValues> values, DType dtype) {
  using Kind = detail::NestedValues::Kind;
  Shape shape;
  Kind kind = Kind::list;
  const detail::NestedValues nested(values);
  nested.measure(shape, 0, kind);
  std::vector<double> flat;
  nested.flatten(flat);
  *this = empty(shape, dtype);
  detail::dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto out = mutable_data<T>();
    for (size_t i = 0; i < out.size(); ++i) out[i] = detail::narrow<T>(flat[i]);
  });
}

Tensor Tensor::copy_of(const void* data, size_t count, DType dtype, const Shape& shape) {
  check(static_cast<size_t>(shape.size()) == count, "[Tensor::from] shape ", shape, " needs ",
        shape.size(), " elements. Received: ", count);
  Tensor out = empty(shape, dtype);
  if (dtype == DType::string) {
    std::copy_n(static_cast<const std::string*>(data), count,
                static_cast<std::string*>(out.mutable_raw()));
  } else if (count) {
    std::memcpy(out.mutable_raw(), data, count * size_of(dtype));
  }
  return out;
}

Tensor Tensor::from(const std::vector<std::string>& values, Shape shape) {
  return copy_of(values.data(), values.size(), DType::string, shape);
}

Tensor Tensor::borrowed(void* data, DType dtype, const Shape& shape,
                        std::function<void()> release) {
  check(data || shape.size() == 0, "[Tensor::borrow] the pointer is null.");
  if (!data) return empty(shape, dtype);
  TensorImpl* impl = TensorImpl::create();
  Tensor out(impl);
  impl->shape = shape;
  impl->dtype = dtype;
  impl->storage =
      borrow_host(data, static_cast<size_t>(shape.size()) * size_of(dtype), std::move(release));
  impl->data = static_cast<char*>(data);
  return out;
}

Tensor Tensor::detach() const {
  TensorImpl* impl = TensorImpl::create();
  Tensor out(impl);
  impl->shape = impl_->shape;
  impl->dtype = impl_->dtype;
  impl->weak = impl_->weak;
  impl->number = impl_->number;
  impl->storage = impl_->storage;
  impl->data = impl_->data;
  return out;
}

Tensor Tensor::clone() const {
  check(!is_symbolic(), "[Tensor::clone] a symbolic tensor has no data.");
  if (inference::active_trace) [[unlikely]]
    return inference::active_trace->clone(*this);
  return copy_of(impl_->data, static_cast<size_t>(size()), dtype(), shape());
}

void Tensor::require_data(DType wanted) const {
  check(defined(), "The tensor is undefined: it has no data.");
  check(!is_symbolic(), "The tensor '", name(), "' is symbolic (it has shape ", shape(),
        " and dtype ", dtype(), ", but no data). Call the model on real inputs to get values.");
  if (inference::active_trace) [[unlikely]]
    inference::active_trace->on_read(*this);
  check<TypeError>(dtype() == wanted, "The tensor has dtype ", dtype(),
                   ". Received a request for its data as ", wanted, ". Use astype first.");
}

double Tensor::item_as_double() const {
  check(defined() && !is_symbolic() && size() == 1,
        "item() needs a tensor with exactly one element. Received: shape=",
        defined() ? shape() : Shape{});
  if (impl_->weak && is_floating(dtype())) return impl_->number;
  double out = 0;
  detail::dispatch(dtype(),
                   [&](auto zero) { out = static_cast<double>(data<decltype(zero)>()[0]); });
  return out;
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  check(defined() && !is_symbolic(), "to_vector() needs a tensor with data.");
  std::vector<T> out;
  if constexpr (std::is_same_v<T, std::string>) {
    const auto values = data<std::string>();
    out.assign(values.begin(), values.end());
  } else {
    out.reserve(static_cast<size_t>(size()));
    detail::dispatch(dtype(), [&](auto zero) {
      for (const auto& v : data<decltype(zero)>()) out.push_back(static_cast<T>(v));
    });
  }
  return out;
}
template KCPP_API std::vector<float> Tensor::to_vector() const;
template KCPP_API std::vector<double> Tensor::to_vector() const;
template KCPP_API std::vector<int32_t> Tensor::to_vector() const;
template KCPP_API std::vector<int64_t> Tensor::to_vector() const;
template KCPP_API std::vector<uint8_t> Tensor::to_vector() const;
template KCPP_API std::vector<bool> Tensor::to_vector() const;
template KCPP_API std::vector<std::string> Tensor::to_vector() const;

int64_t Tensor::flat_index(std::span<const int64_t> index) const {
  check<IndexError>(static_cast<int>(index.size()) == rank(), "at() needs ", rank(),
                    " indices for shape ", shape(), ". Received: ", index.size());
  int64_t flat = 0;
  for (int i = 0; i < rank(); ++i) {
    int64_t at = index[static_cast<size_t>(i)];
    if (at < 0) at += shape()[i];
    check<IndexError>(at >= 0 && at < shape()[i], "Index ", index[static_cast<size_t>(i)],
                      " is out of range for axis ", i, " of shape ", shape(), ".");
    flat = flat * shape()[i] + at;
  }
  return flat;
}

Tensor Tensor::keras_mask() const { return impl_ && impl_->mask ? Tensor(impl_->mask) : Tensor(); }

void Tensor::set_keras_mask(const Tensor& mask) {
  TensorImpl* old = impl_->mask;
  impl_->mask = mask.impl();
  if (impl_->mask) impl_->mask->retain();
  if (old) old->release();
}

Tensor Tensor::keras_logits() const {
  return impl_ && impl_->logits ? Tensor(impl_->logits) : Tensor();
}

void Tensor::set_keras_logits(const Tensor& logits) {
  TensorImpl* old = impl_->logits;
  impl_->logits = logits.impl();
  if (impl_->logits) impl_->logits->retain();
  if (old) old->release();
}

std::string Tensor::name() const { return impl_ && impl_->name ? *impl_->name : std::string(); }

}  // namespace kcpp
