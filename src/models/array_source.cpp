#include "src/models/array_source.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "kcpp/backend.h"
#include "kcpp/core/random.h"
#include "src/data/prefetch.h"

namespace kcpp {
namespace {

Tensor to_floatx(const Tensor& t) {
  return is_floating(t.dtype()) && t.dtype() != floatx() ? backend().cast(t, floatx()) : t.detach();
}

int64_t samples_of(const Tensor& t, std::string_view what) {
  check(t.defined() && !t.is_symbolic(), "`", what, "` must hold tensors with data.");
  check(t.rank() >= 1, "`", what,
        "` must have the samples along its first axis. Received: a scalar.");
  return t.dim(0);
}

/// Copies whole rows in a given order: a batch of a shuffled pass.
Tensor gather_rows(const Tensor& t, const int64_t* rows, int64_t count) {
  Shape shape = t.shape();
  shape[0] = count;
  Tensor out = Tensor::empty(shape, t.dtype());
  if (t.dtype() == DType::string) {
    const auto in = t.data<std::string>();
    auto dst = out.mutable_data<std::string>();
    const size_t width = dst.size() / static_cast<size_t>(count);
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(in.begin() + rows[i] * static_cast<int64_t>(width), width,
                  dst.begin() + i * static_cast<int64_t>(width));
    }
    return out;
  }
  const size_t row_bytes = out.bytes() / static_cast<size_t>(std::max<int64_t>(count, 1));
  const char* in = static_cast<const char*>(t.raw());
  char* dst = static_cast<char*>(out.mutable_raw());
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(dst + i * static_cast<int64_t>(row_bytes),
                in + rows[i] * static_cast<int64_t>(row_bytes), row_bytes);
  return out;
}

class ArraySource final : public DatasetImpl {
 public:
  ArraySource(Arrays arrays, int64_t batch_size, bool shuffle)
      : arrays_(std::move(arrays)), batch_size_(batch_size), shuffle_(shuffle) {}

  void start() override {
    next_ = 0;
    if (!shuffle_) return;
    if (order_.empty()) {
      order_.resize(static_cast<size_t>(arrays_.samples));
      std::iota(order_.begin(), order_.end(), int64_t{0});
    }
    // Fisher-Yates, from the global stream: set_random_seed repeats it.
    const RandomKey key = random::global_seed_generator().next();
    uint64_t state = key.seed * 0x9e3779b97f4a7c15ull + key.offset;
    const auto draw = [&state] {  // splitmix64
      uint64_t z = (state += 0x9e3779b97f4a7c15ull);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
      return z ^ (z >> 31);
    };
    for (size_t i = order_.size(); i > 1; --i) {
      const size_t j = static_cast<size_t>((static_cast<unsigned __int128>(draw()) * i) >> 64);
      std::swap(order_[i - 1], order_[j]);
    }
  }

  bool next(Batch& batch) override {
    if (next_ >= arrays_.samples) return false;
    const int64_t count = std::min(batch_size_, arrays_.samples - next_);
    const auto cut = [&](const Tensors& from, Tensors& to) {
      to.clear();
      for (const Tensor& t : from) {
        if (!t.defined()) {
          to.emplace_back();
        } else if (shuffle_) {
          to.push_back(gather_rows(t, order_.data() + next_, count));
        } else {
          to.push_back(count == arrays_.samples ? t : t.rows(next_, next_ + count));
        }
      }
    };
    cut(arrays_.x, batch.x);
    cut(arrays_.y, batch.y);
    cut(arrays_.sample_weight, batch.sample_weight);
    next_ += count;
    return true;
  }

  int64_t cardinality() const override { return (arrays_.samples + batch_size_ - 1) / batch_size_; }

 private:
  Arrays arrays_;
  int64_t batch_size_;
  bool shuffle_;
  int64_t next_ = 0;
  std::vector<int64_t> order_;
};

}  // namespace

Arrays make_arrays(Tensors x, Tensors y, Tensors sample_weight) {
  Arrays out;
  check(!x.empty(), "`x` is empty: there is nothing to work on.");
  const auto take = [](Tensors& from, Tensors& to) {
    for (Tensor& t : from) to.push_back(t.defined() ? to_floatx(t) : Tensor());
  };
  std::string sizes;
  bool same = true;
  out.samples = samples_of(x[0], "x");
  const auto measure = [&](const Tensors& tensors, std::string_view what) {
    if (tensors.empty()) return;
    sizes += text("\n'", what, "' sizes: ");
    bool first = true;
    for (const Tensor& t : tensors) {
      if (!t.defined()) continue;
      const int64_t n = samples_of(t, what);
      same &= n == out.samples;
      sizes += (first ? "" : ", ") + std::to_string(n);
      first = false;
    }
  };
  measure(x, "x");
  measure(y, "y");
  measure(sample_weight, "sample_weight");
  check(same,
        "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.",
        sizes);
  check(out.samples > 0, "`x` has no samples. Received: shape=", x[0].shape());
  take(x, out.x);
  take(y, out.y);
  take(sample_weight, out.sample_weight);
  return out;
}

Tensor class_to_sample_weight(const Tensor& y, const ClassWeight& class_weight) {
  const int64_t samples = y.dim(0);
  const std::vector<double> values = y.to_vector<double>();
  const int64_t width = samples ? static_cast<int64_t>(values.size()) / samples : 0;
  const bool one_hot = y.rank() > 1 && y.shape().back() != 1;
  check(width == 1 || (one_hot && y.rank() == 2),
        "`class_weight` needs a y of class indices or of one-hot rows. Received: y of shape ",
        y.shape());
  Tensor out = Tensor::empty({samples}, floatx());
  std::vector<double> weights;
  for (int64_t i = 0; i < samples; ++i) {
    const double* row = values.data() + i * width;
    const int64_t label = one_hot ? std::max_element(row, row + width) - row
                                  : static_cast<int64_t>(std::lround(row[0]));
    const auto it = class_weight.find(label);
    weights.push_back(it == class_weight.end() ? 1.0 : it->second);
  }
  return backend().cast(Tensor::from(weights), floatx());
}

std::pair<Arrays, Arrays> split_arrays(const Arrays& all, double validation_split) {
  check(validation_split > 0 && validation_split < 1,
        "`validation_split` must be between 0 and 1, received: ", validation_split);
  const int64_t at =
      static_cast<int64_t>(std::floor(static_cast<double>(all.samples) * (1.0 - validation_split)));
  check(at > 0 && at < all.samples, "Training data contains ", all.samples,
        " samples, which is not sufficient to split it into a validation and training set as "
        "specified by `validation_split=",
        validation_split,
        "`. Either provide more data, or a different value for the `validation_split` argument.");
  std::pair<Arrays, Arrays> out;
  const auto cut = [&](const Tensors& from, Tensors& first, Tensors& second) {
    for (const Tensor& t : from) {
      first.push_back(t.defined() ? t.rows(0, at) : Tensor());
      second.push_back(t.defined() ? t.rows(at, all.samples) : Tensor());
    }
  };
  cut(all.x, out.first.x, out.second.x);
  cut(all.y, out.first.y, out.second.y);
  cut(all.sample_weight, out.first.sample_weight, out.second.sample_weight);
  out.first.samples = at;
  out.second.samples = all.samples - at;
  return out;
}

std::shared_ptr<DatasetImpl> array_source(Arrays arrays, int64_t batch_size, bool shuffle) {
  check(batch_size > 0,
        "`batch_size` must be a positive integer. Received: batch_size=", batch_size);
  return std::make_shared<ArraySource>(std::move(arrays), batch_size, shuffle);
}

std::shared_ptr<DatasetImpl> training_source(Arrays arrays, int64_t batch_size, bool shuffle) {
  // Handing a batch from thread to thread costs as much as copying this many bytes.
  constexpr size_t worth_a_thread = size_t{128} << 10;
  size_t row_bytes = 0;
  for (const Tensors* tensors : {&arrays.x, &arrays.y, &arrays.sample_weight}) {
    for (const Tensor& t : *tensors) {
      if (t.defined()) row_bytes += t.bytes() / static_cast<size_t>(arrays.samples);
    }
  }
  const int64_t rows = std::min(batch_size, arrays.samples);
  const bool ahead =
      shuffle && rows < arrays.samples && row_bytes * static_cast<size_t>(rows) >= worth_a_thread;
  auto source = array_source(std::move(arrays), batch_size, shuffle);
  return ahead ? make_prefetch(std::move(source), 1) : source;
}

}  // namespace kcpp
