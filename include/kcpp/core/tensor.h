/// Tensor: the one array type. Eager (shape, dtype, data) or symbolic (shape and dtype, a node of a
/// graph).
#pragma once

#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kcpp/core/dtype.h"
#include "kcpp/core/shape.h"
#include "kcpp/core/storage.h"

namespace kcpp {

class Tensor;
class Variable;
using Tensors = std::vector<Tensor>;

namespace autodiff {
class Node;
struct IndexedSlices;
}  // namespace autodiff
namespace symbolic {
struct Call;
}

namespace detail {

/// What a tensor handle points to. Contiguous only; a view of leading elements shares the storage.
struct KCPP_API TensorImpl {
  Shape shape;
  DType dtype = DType::float32;
  bool weak = false;  ///< made from a bare C++ number: gives way in dtype promotion
  double number = 0;  ///< of a weak floating scalar: the number itself, for promotion to float64
  StoragePtr storage;
  char* data = nullptr;  ///< storage->data() + offset; nullptr when symbolic

  Ref<autodiff::Node> node;  ///< what produced it, when a tape watched
  uint32_t node_output = 0;

  std::shared_ptr<symbolic::Call> call;  ///< what produced it, when symbolic
  uint32_t call_output = 0;
  std::string* name = nullptr;  ///< of a symbolic tensor; owned

  TensorImpl* mask = nullptr;                 ///< Keras's `_keras_mask`; owned reference
  TensorImpl* logits = nullptr;               ///< Keras's `_keras_logits`; owned reference
  autodiff::IndexedSlices* slices = nullptr;  ///< of a gradient: the rows it sums up; owned

  std::atomic<uint32_t> refs{0};
  void retain() { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  bool is_symbolic() const { return data == nullptr; }

  static TensorImpl* create();  ///< from a thread-local free list

 private:
  void destroy();
};

/// Nested braces of numbers, `{{1, 2}, {3, 4}}`, on their way into a tensor.
class KCPP_API NestedValues {
 public:
  NestedValues(double v) : kind_(Kind::number), number_(v) {}
  NestedValues(float v) : kind_(Kind::number), number_(v) {}
  NestedValues(int v) : kind_(Kind::integer), number_(v) {}
  NestedValues(long v) : kind_(Kind::integer), number_(static_cast<double>(v)) {}
  NestedValues(long long v) : kind_(Kind::integer), number_(static_cast<double>(v)) {}
  NestedValues(bool v) : kind_(Kind::boolean), number_(v) {}
  NestedValues(std::initializer_list<NestedValues> v) : kind_(Kind::list), items_(v) {}

 private:
  friend class kcpp::Tensor;
  enum class Kind : uint8_t { boolean, integer, number, list };
  void measure(Shape& shape, int depth, Kind& kind) const;
  void flatten(std::vector<double>& out) const;

  Kind kind_;
  double number_ = 0;
  std::vector<NestedValues> items_;
};

}  // namespace detail

/// A value handle on an n-dimensional array: copies share the data. Undefined when
/// default-constructed (Keras's None). Data are never changed in place while another handle can see
/// them.
///
///     Tensor x({{1, 2, 3}, {4, 5, 6}}, DType::float32);       // (2, 3)
///     Tensor y = ops::matmul(x, ops::transpose(x)) * 2.0;      // (2, 2)
///     float first = y.at<float>(0, 0);
class KCPP_API Tensor {
 public:
  Tensor() noexcept = default;
  /// A scalar of weak dtype: `x * 2.0` keeps x's dtype, as with a Python number. float32, int32 or
  /// bool by itself.
  Tensor(double value);
  Tensor(float value) : Tensor(static_cast<double>(value)) {}
  Tensor(int value) : Tensor(static_cast<int64_t>(value)) {}
  Tensor(int64_t value);
  Tensor(long long value) : Tensor(static_cast<int64_t>(value)) {}
  Tensor(bool value);
  /// From nested braces. Whole numbers give int32, others float32, as keras.ops.convert_to_tensor
  /// does.
  Tensor(std::initializer_list<detail::NestedValues> values);
  Tensor(std::initializer_list<detail::NestedValues> values, DType dtype);
  explicit Tensor(detail::TensorImpl* impl) : impl_(impl) {}

  /// A copy of the elements, shape (n,) unless given. Throws ValueError when the shape needs
  /// another number of them.
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape) {
    return copy_of(values.data(), values.size(), dtype_for<T>::dtype, shape);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape) {
    return from(std::span<const T>(values), shape);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values) {
    return from(std::span<const T>(values), Shape{static_cast<int64_t>(values.size())});
  }
  static Tensor from(const std::vector<std::string>& values, Shape shape);
  /// Views memory that the caller keeps alive, without a copy. `release` runs when the last handle
  /// goes.
  template <class T>
  static Tensor borrow(T* data, Shape shape, std::function<void()> release = {}) {
    return borrowed(data, dtype_for<T>::dtype, shape, std::move(release));
  }
  /// Not cleared; for kernels.
  static Tensor empty(const Shape& shape, DType dtype = DType::float32);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
  static Tensor zeros(const Shape& shape, DType dtype = DType::float32);
  static Tensor ones(const Shape& shape, DType dtype = DType::float32) {
    return full(shape, 1, dtype);
  }
  static Tensor scalar(double value, DType dtype = DType::float32) {
    return full({}, value, dtype);
  }
  /// A symbolic tensor: shape (unknown dimensions are -1) and dtype only.
  static Tensor symbolic(const Shape& shape, DType dtype, std::string name = {});

  bool defined() const { return static_cast<bool>(impl_); }
  explicit operator bool() const { return defined(); }
  bool is_symbolic() const { return impl_ && impl_->is_symbolic(); }

  const Shape& shape() const { return impl_->shape; }
  int rank() const { return impl_->shape.rank(); }
  /// Dimension `i`, from the end when negative.
  int64_t dim(int i) const { return impl_->shape.dim(i); }
  int64_t size() const { return impl_->shape.size(); }
  DType dtype() const { return impl_->dtype; }
  size_t bytes() const { return static_cast<size_t>(size()) * size_of(dtype()); }
  bool is_weak() const { return impl_->weak; }

  /// The elements, row-major. Throws TypeError when T is not the dtype, ValueError when symbolic.
  template <class T>
  std::span<const T> data() const {
    require_data(dtype_for<T>::dtype);
    return {reinterpret_cast<const T*>(impl_->data), static_cast<size_t>(size())};
  }
  /// Writable elements; the caller must be the only holder, e.g. of a tensor just made by `empty`.
  template <class T>
  std::span<T> mutable_data() {
    require_data(dtype_for<T>::dtype);
    impl_->storage->bump_version();
    return {reinterpret_cast<T*>(impl_->data), static_cast<size_t>(size())};
  }
  const void* raw() const { return impl_->data; }
  void* mutable_raw() {
    impl_->storage->bump_version();
    return impl_->data;
  }
  /// The one element, converted. Throws ValueError unless there is exactly one.
  template <class T = double>
  T item() const {
    return static_cast<T>(item_as_double());
  }
  template <class T, class... I>
  T at(I... index) const {
    const int64_t indices[] = {static_cast<int64_t>(index)...};
    return data<T>()[flat_index(indices)];
  }
  /// All elements converted to T (float, double, int64_t, ...).
  template <class T>
  std::vector<T> to_vector() const;

  /// The same elements in another shape, sharing storage; one -1 is worked out. Differentiable.
  Tensor reshape(const Shape& shape) const;
  Tensor astype(DType dtype) const;
  /// Sub-tensor `index` of the leading axis, sharing storage. Differentiable.
  Tensor operator[](int64_t index) const;
  /// Elements [first, last) of the leading axis, sharing storage. Differentiable.
  Tensor rows(int64_t first, int64_t last) const;
  /// The same data cut off from every tape and graph.
  Tensor detach() const;
  Tensor clone() const;
  /// This tensor's data may be overwritten: no other handle sees them.
  bool is_unique() const {
    return impl_ && impl_->refs.load(std::memory_order_acquire) == 1 && impl_->storage &&
           impl_->storage->unique();
  }

  /// The boolean mask that travels with a tensor from layer to layer; undefined when there is none.
  Tensor keras_mask() const;
  void set_keras_mask(const Tensor& mask);
  /// What softmax or sigmoid was applied to to get this tensor; undefined for others. The
  /// crossentropies start from it, as in Keras, so that a saturated probability costs neither loss
  /// nor gradient.
  Tensor keras_logits() const;
  void set_keras_logits(const Tensor& logits);
  /// The name of a symbolic tensor ("keras_tensor_3"), or "".
  std::string name() const;

  /// As NumPy prints it.
  std::string to_string() const;

  detail::TensorImpl* impl() const { return impl_.get(); }
  /// Both handles show the same tensor (identity, not equality of elements).
  bool same(const Tensor& other) const { return impl_ == other.impl_; }

 private:
  static Tensor copy_of(const void* data, size_t count, DType dtype, const Shape& shape);
  static Tensor borrowed(void* data, DType dtype, const Shape& shape,
                         std::function<void()> release);
  void require_data(DType dtype) const;
  double item_as_double() const;
  int64_t flat_index(std::span<const int64_t> index) const;

  Ref<detail::TensorImpl> impl_;
};

KCPP_API std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

// Arithmetic with broadcasting and Keras's dtype promotion; the same as ops::add and its kin.
// Differentiable.
KCPP_API Tensor operator+(const Tensor& a, const Tensor& b);
KCPP_API Tensor operator-(const Tensor& a, const Tensor& b);
KCPP_API Tensor operator*(const Tensor& a, const Tensor& b);
KCPP_API Tensor operator/(const Tensor& a, const Tensor& b);
KCPP_API Tensor operator-(const Tensor& x);

/// Shape and dtype of a tensor: what a shape rule maps to.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::float32;
};
inline TensorSpec spec_of(const Tensor& t) { return {t.shape(), t.dtype()}; }

}  // namespace kcpp
