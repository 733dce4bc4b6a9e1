// The sources and stages of Dataset. Every stage owns its source: a copy of the one that it was
// made from where that can be copied.
#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <numeric>

#include "kcpp/backend.h"
#include "kcpp/core/random.h"
#include "kcpp/data.h"
#include "src/data/prefetch.h"

namespace kcpp {
namespace {

using Source = std::shared_ptr<DatasetImpl>;

Source own(const Source& source) {
  check(source != nullptr,
        "The Dataset is empty: make one by Dataset::from_tensors or from_generator.");
  Source copy = source->copy();
  return copy ? copy : source;
}

// --- sources -----------------------------------------------------------------------------------

/// Tensors cut along their leading axis.
class TensorSource final : public DatasetImpl {
 public:
  TensorSource(Batch all, int64_t samples) : all_(std::move(all)), samples_(samples) {}
  void start() override { next_ = 0; }
  bool next(Batch& batch) override {
    if (next_ >= samples_) return false;
    cut(all_.x, batch.x);
    cut(all_.y, batch.y);
    cut(all_.sample_weight, batch.sample_weight);
    ++next_;
    return true;
  }
  int64_t cardinality() const override { return samples_; }
  Source copy() const override { return std::make_shared<TensorSource>(all_, samples_); }

 private:
  void cut(const Tensors& from, Tensors& to) const {
    to.clear();
    for (const Tensor& t : from) to.push_back(t.defined() ? t[next_] : Tensor());
  }
  Batch all_;
  int64_t samples_, next_ = 0;
};

class GeneratorSource final : public DatasetImpl {
 public:
  GeneratorSource(std::function<bool(Batch&)> next, std::function<void()> restart,
                  int64_t cardinality)
      : next_(std::move(next)), restart_(std::move(restart)), cardinality_(cardinality) {}
  void start() override {
    if (restart_) restart_();
  }
  bool next(Batch& batch) override {
    batch = {};
    return next_(batch);
  }
  int64_t cardinality() const override { return cardinality_; }

 private:
  std::function<bool(Batch&)> next_;
  std::function<void()> restart_;
  int64_t cardinality_;
};

// --- stages ------------------------------------------------------------------------------------

/// (n, ...) from n tensors of one shape.
Tensor stack_rows(const Tensors& rows, size_t component) {
  const Tensor& first = rows[0];
  for (size_t i = 0; i < rows.size(); ++i) {
    check(rows[i].shape() == first.shape() && rows[i].dtype() == first.dtype(),
          "[Dataset.batch] Cannot batch tensors with different shapes in component ", component,
          ". First element had shape ", first.shape(), " and element ", i, " had shape ",
          rows[i].shape(), ".");
  }
  Shape shape{static_cast<int64_t>(rows.size())};
  Tensor out = Tensor::empty(shape + first.shape(), first.dtype());
  if (first.dtype() == DType::string) {
    auto to = out.mutable_data<std::string>().begin();
    for (const Tensor& row : rows)
      to = std::copy_n(row.data<std::string>().begin(), row.size(), to);
    return out;
  }
  char* to = static_cast<char*>(out.mutable_raw());
  const size_t bytes = first.bytes();
  for (size_t i = 0; i < rows.size() && bytes > 0; ++i)
    std::memcpy(to + i * bytes, rows[i].raw(), bytes);
  return out;
}

Tensors stack_all(const std::vector<Batch>& elements, Tensors Batch::*part,
                  size_t first_component) {
  Tensors out;
  const size_t count = (elements[0].*part).size();
  for (size_t k = 0; k < count; ++k) {
    Tensors rows;
    for (const Batch& element : elements) {
      check((element.*part).size() == count,
            "[Dataset.batch] Cannot batch elements of different structure: one has ", count,
            " tensors, another ", (element.*part).size(), ".");
      if ((element.*part)[k].defined()) rows.push_back((element.*part)[k]);
    }
    check(rows.empty() || rows.size() == elements.size(),
          "[Dataset.batch] Cannot batch elements of which some lack a tensor.");
    out.push_back(rows.empty() ? Tensor() : stack_rows(rows, first_component + k));
  }
  return out;
}

class BatchStage final : public DatasetImpl {
 public:
  BatchStage(Source source, int64_t size, bool drop_remainder)
      : source_(std::move(source)), size_(size), drop_(drop_remainder) {}
  void start() override {
    ended_ = false;
    source_->start();
  }
  bool next(Batch& batch) override {
    std::vector<Batch> elements;
    while (!ended_ && static_cast<int64_t>(elements.size()) < size_) {
      Batch element;
      ended_ = !source_->next(element);
      if (!ended_) elements.push_back(std::move(element));
    }
    if (elements.empty() || (drop_ && static_cast<int64_t>(elements.size()) < size_)) return false;
    batch.x = stack_all(elements, &Batch::x, 0);
    batch.y = stack_all(elements, &Batch::y, batch.x.size());
    batch.sample_weight =
        stack_all(elements, &Batch::sample_weight, batch.x.size() + batch.y.size());
    return true;
  }
  int64_t cardinality() const override {
    const int64_t n = source_->cardinality();
    return n < 0 ? n : drop_ ? n / size_ : (n + size_ - 1) / size_;
  }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<BatchStage>(source, size_, drop_) : nullptr;
  }

 private:
  Source source_;
  int64_t size_;
  bool drop_, ended_ = false;
};

/// tf.data's shuffle: a buffer is kept full, and each element is drawn from it at random.
class ShuffleStage final : public DatasetImpl {
 public:
  ShuffleStage(Source source, int64_t buffer_size, std::optional<int64_t> seed)
      : source_(std::move(source)), size_(static_cast<size_t>(buffer_size)), seed_(seed) {}
  void start() override {
    // The state runs on from pass to pass: each has another order. The global generator is asked
    // but once, and not by the passes that a prefetching thread begins: its draws would come
    // between those of the layers.
    if (!seeded_) {
      if (seed_) {
        state_ = static_cast<uint64_t>(*seed_) * 0x9e3779b97f4a7c15ull;
      } else {
        const RandomKey key = random::global_seed_generator().next();
        state_ = key.seed * 0x9e3779b97f4a7c15ull + key.offset;
      }
      seeded_ = true;
    }
    buffer_.clear();
    ended_ = false;
    source_->start();
  }
  bool next(Batch& batch) override {
    while (!ended_ && buffer_.size() < size_) {
      Batch element;
      ended_ = !source_->next(element);
      if (!ended_) buffer_.push_back(std::move(element));
    }
    if (buffer_.empty()) return false;
    const auto i =
        static_cast<size_t>((static_cast<unsigned __int128>(draw()) * buffer_.size()) >> 64);
    std::swap(buffer_[i], buffer_.back());
    batch = std::move(buffer_.back());
    buffer_.pop_back();
    return true;
  }
  int64_t cardinality() const override { return source_->cardinality(); }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<ShuffleStage>(source, static_cast<int64_t>(size_), seed_)
                  : nullptr;
  }

 private:
  uint64_t draw() {  // splitmix64
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  Source source_;
  size_t size_;
  std::optional<int64_t> seed_;
  bool seeded_ = false, ended_ = false;
  uint64_t state_ = 0;
  std::vector<Batch> buffer_;
};

class MapStage final : public DatasetImpl {
 public:
  MapStage(Source source, std::function<Batch(Batch)> function)
      : source_(std::move(source)), function_(std::move(function)) {}
  void start() override { source_->start(); }
  bool next(Batch& batch) override {
    Batch element;
    if (!source_->next(element)) return false;
    batch = function_(std::move(element));
    return true;
  }
  int64_t cardinality() const override { return source_->cardinality(); }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<MapStage>(source, function_) : nullptr;
  }

 private:
  Source source_;
  std::function<Batch(Batch)> function_;
};

class RepeatStage final : public DatasetImpl {
 public:
  RepeatStage(Source source, int64_t count) : source_(std::move(source)), count_(count) {}
  void start() override {
    pass_ = 0;
    yielded_ = false;
    if (count_ != 0) source_->start();
  }
  bool next(Batch& batch) override {
    if (count_ == 0) return false;
    while (!source_->next(batch)) {
      // A source without elements would be repeated for ever.
      if (!yielded_ || pass_ + 1 == count_) return false;
      ++pass_;
      yielded_ = false;
      source_->start();
    }
    return yielded_ = true;
  }
  int64_t cardinality() const override {
    const int64_t n = source_->cardinality();
    return n < 0 || count_ < 0 ? -1 : n * count_;
  }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<RepeatStage>(source, count_) : nullptr;
  }

 private:
  Source source_;
  int64_t count_, pass_ = 0;
  bool yielded_ = false;
};

class TakeStage final : public DatasetImpl {
 public:
  TakeStage(Source source, int64_t count) : source_(std::move(source)), count_(count) {}
  void start() override {
    taken_ = 0;
    source_->start();
  }
  bool next(Batch& batch) override {
    if (count_ >= 0 && taken_ >= count_) return false;
    ++taken_;
    return source_->next(batch);
  }
  int64_t cardinality() const override {
    const int64_t n = source_->cardinality();
    return n < 0 || count_ < 0 ? n : std::min(n, count_);
  }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<TakeStage>(source, count_) : nullptr;
  }

 private:
  Source source_;
  int64_t count_, taken_ = 0;
};

class SkipStage final : public DatasetImpl {
 public:
  SkipStage(Source source, int64_t count) : source_(std::move(source)), count_(count) {}
  void start() override {
    skipped_ = false;
    if (count_ >= 0) source_->start();
  }
  bool next(Batch& batch) override {
    if (count_ < 0) return false;
    if (!skipped_) {
      skipped_ = true;
      Batch unwanted;
      for (int64_t i = 0; i < count_; ++i) {
        if (!source_->next(unwanted)) return false;
      }
    }
    return source_->next(batch);
  }
  int64_t cardinality() const override {
    const int64_t n = source_->cardinality();
    return count_ < 0 ? 0 : n < 0 ? n : std::max<int64_t>(n - count_, 0);
  }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<SkipStage>(source, count_) : nullptr;
  }

 private:
  Source source_;
  int64_t count_;
  bool skipped_ = false;
};

/// What a complete pass left behind; shared by all copies of the stage.
struct Cache {
  std::mutex mutex;
  std::shared_ptr<const std::vector<Batch>> elements;
};

class CacheStage final : public DatasetImpl {
 public:
  CacheStage(Source source, std::shared_ptr<Cache> cache)
      : source_(std::move(source)), cache_(std::move(cache)) {}
  void start() override {
    at_ = 0;
    seen_.clear();
    ended_ = false;
    {
      std::lock_guard lock(cache_->mutex);
      kept_ = cache_->elements;
    }
    if (!kept_) source_->start();
  }
  bool next(Batch& batch) override {
    if (kept_) {
      if (at_ >= kept_->size()) return false;
      batch = (*kept_)[at_++];
      return true;
    }
    if (ended_) return false;
    if (source_->next(batch)) {
      seen_.push_back(batch);
      return true;
    }
    ended_ = true;
    std::lock_guard lock(cache_->mutex);
    cache_->elements = std::make_shared<const std::vector<Batch>>(std::move(seen_));
    return false;
  }
  int64_t cardinality() const override { return source_->cardinality(); }
  Source copy() const override {
    Source source = source_->copy();
    return source ? std::make_shared<CacheStage>(source, cache_) : nullptr;
  }

 private:
  Source source_;
  std::shared_ptr<Cache> cache_;
  std::shared_ptr<const std::vector<Batch>> kept_;
  std::vector<Batch> seen_;
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

// --- the handle --------------------------------------------------------------------------------

Dataset Dataset::from_tensors(Data x, Data y, Data sample_weight) {
  check(!x.empty(), "[Dataset.from_tensors] `x` is empty.");
  int64_t samples = -1;
  bool same = true;
  std::string sizes;
  const auto measure = [&](const Data& data, std::string_view what) {
    for (const Tensor& t : data.tensors()) {
      if (!t.defined()) continue;
      check(!t.is_symbolic() && t.rank() >= 1, "[Dataset.from_tensors] `", what,
            "` must hold tensors with the samples along their first axis. Received: ",
            t.is_symbolic() ? "a symbolic tensor" : "a scalar");
      if (samples < 0) samples = t.dim(0);
      same &= t.dim(0) == samples;
      sizes += text("\n'", what, "' sizes: ", t.dim(0));
    }
  };
  measure(x, "x");
  measure(y, "y");
  measure(sample_weight, "sample_weight");
  check(samples >= 0, "[Dataset.from_tensors] `x` holds no tensor.");
  check(same,
        "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.",
        sizes);
  const auto detached = [](const Data& data) {
    Tensors out;
    for (const Tensor& t : data.tensors()) out.push_back(t.defined() ? t.detach() : Tensor());
    return out;
  };
  return Dataset(std::make_shared<TensorSource>(
      Batch{detached(x), detached(y), detached(sample_weight)}, samples));
}

Dataset Dataset::from_generator(std::function<bool(Batch&)> next, std::function<void()> restart,
                                int64_t cardinality) {
  check(next != nullptr, "[Dataset.from_generator] `next` must be callable.");
  return Dataset(
      std::make_shared<GeneratorSource>(std::move(next), std::move(restart), cardinality));
}

Dataset Dataset::batch(int64_t size, bool drop_remainder) const {
  check(size > 0,
        "[Dataset.batch] `batch_size` must be a positive integer. Received: batch_size=", size);
  return Dataset(std::make_shared<BatchStage>(own(impl_), size, drop_remainder));
}
Dataset Dataset::shuffle(int64_t buffer_size, std::optional<int64_t> seed) const {
  check(buffer_size > 0,
        "[Dataset.shuffle] `buffer_size` must be greater than zero. Received: buffer_size=",
        buffer_size);
  return Dataset(std::make_shared<ShuffleStage>(own(impl_), buffer_size, seed));
}
Dataset Dataset::map(std::function<Batch(Batch)> function) const {
  check(function != nullptr, "[Dataset.map] `function` must be callable.");
  return Dataset(std::make_shared<MapStage>(own(impl_), std::move(function)));
}
Dataset Dataset::repeat(int64_t count) const {
  return Dataset(std::make_shared<RepeatStage>(own(impl_), count));
}
Dataset Dataset::take(int64_t count) const {
  return Dataset(std::make_shared<TakeStage>(own(impl_), count));
}
Dataset Dataset::skip(int64_t count) const {
  return Dataset(std::make_shared<SkipStage>(own(impl_), count));
}
Dataset Dataset::prefetch(int64_t count) const {
  return count == 0 ? *this : Dataset(make_prefetch(own(impl_), count < 0 ? 2 : count));
}
Dataset Dataset::cache() const {
  return Dataset(std::make_shared<CacheStage>(own(impl_), std::make_shared<Cache>()));
}

}  // namespace kcpp
