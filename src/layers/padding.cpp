#include "kcpp/layers/padding.h"

#include "kcpp/ops/index.h"
#include "kcpp/ops/shape.h"
#include "src/layers/makers.h"
#include "src/layers/options_layer.h"

namespace kcpp::layers {

Config to_config(const Borders& v) {
  if (v.number()) return *v.number();
  return v.pairs().empty() ? kcpp::to_config(v.list()) : kcpp::to_config(v.pairs());
}

void from_config(const Config& c, Borders& v, std::string_view what) {
  v = Borders(0);
  if (c.is_number()) {
    v.number_ = c.as_int(what);
    return;
  }
  v.number_.reset();
  if (c.size() && c.as_list(what)[0].is_list()) {
    kcpp::from_config(c, v.pairs_, what);
  } else {
    kcpp::from_config(c, v.list_, what);
  }
}

namespace {

using Pairs = std::vector<Borders::Pair>;

/// A pair for each spatial axis, by Keras's rules.
Pairs resolve(const Borders& b, int rank, const char* name) {
  const Config written = to_config(b);
  Pairs out;
  const auto pair = [&](int64_t before, int64_t after) {
    check(before >= 0 && after >= 0, "The `", name,
          "` argument must hold integers >= 0. Received: ", name, "=", written);
    constexpr int64_t largest = int64_t{1} << 48;  // no tensor has more, and their sum fits
    check(before <= largest && after <= largest, "`", name,
          "` is larger than any tensor. Received: ", name, "=", written);
    out.emplace_back(before, after);
  };
  if (b.number()) {
    check(*b.number() >= 0, "`", name, "` cannot be negative. Received: ", name, "=", *b.number(),
          ".");
    for (int i = 0; i < rank; ++i) pair(*b.number(), *b.number());
  } else if (rank == 1) {
    check(b.list().size() == 2 && b.pairs().empty(), "The `", name,
          "` argument must be a tuple of 2 integers. Received ", name, "=", written);
    pair(b.list()[0], b.list()[1]);
  } else {
    const size_t count = b.pairs().empty() ? b.list().size() : b.pairs().size();
    check(count == static_cast<size_t>(rank), "`", name, "` should have ", rank == 2 ? "two" : "3",
          " elements. Received: ", name, "=", written, ".");
    for (int64_t v : b.list()) pair(v, v);
    for (size_t i = 0; i < b.pairs().size(); ++i) {
      const auto& p = b.pairs()[i];
      check(p.size() == 2, "The `", i + 1,
            i == 0   ? "st"
            : i == 1 ? "nd"
                     : "rd",
            " entry of ", name, "` argument must be a tuple of 2 integers. Received ", name, "=",
            written);
      pair(p[0], p[1]);
    }
  }
  return out;
}

Borders written_out(const Pairs& pairs) {
  Config list = Config::list();
  if (pairs.size() == 1) {
    list = Config::list({pairs[0].first, pairs[0].second});
  } else {
    for (const auto& [before, after] : pairs) list.push_back(Config::list({before, after}));
  }
  Borders out = 0;
  from_config(list, out, "padding");
  return out;
}

template <int Rank>
class ZeroPaddingImpl final : public OptionsLayer<BordersOptions> {
 public:
  ZeroPaddingImpl() = default;
  ZeroPaddingImpl(const Borders& padding, BordersOptions o)
      : OptionsLayer(std::move(o)), padding_(padding) {}
  ClassInfo class_info() const override { return {text("ZeroPadding", Rank, "D"), "keras.layers"}; }
  void fields(Fields& f) override {
    f("padding", padding_);
    f("data_format", o_.data_format);
  }
  void validate() override {
    const Pairs pairs = resolve(padding_, Rank, "padding");
    padding_ = written_out(pairs);
    all_ = Pairs(Rank + 2, {0, 0});
    std::copy(pairs.begin(), pairs.end(), all_.begin() + (resolve_data_format() ? 2 : 1));
    input_spec_ = {{.ndim = Rank + 2}};
  }
  Tensor call(const Tensor& x, CallContext&) override { return ops::pad(x, all_); }

 private:
  Borders padding_ = 1;
  Pairs all_;
};

template <int Rank>
class CroppingImpl final : public OptionsLayer<BordersOptions> {
 public:
  CroppingImpl() = default;
  CroppingImpl(const Borders& cropping, BordersOptions o)
      : OptionsLayer(std::move(o)), cropping_(cropping) {}
  ClassInfo class_info() const override { return {text("Cropping", Rank, "D"), "keras.layers"}; }
  void fields(Fields& f) override {
    f("cropping", cropping_);
    if (Rank > 1) f("data_format", o_.data_format);
  }
  void validate() override {
    pairs_ = resolve(cropping_, Rank, "cropping");
    cropping_ = written_out(pairs_);
    first_ = resolve_data_format() && Rank > 1 ? 2 : 1;
    input_spec_ = {{.ndim = Rank + 2}};
  }
  Tensor call(const Tensor& x, CallContext&) override {
    std::vector<ops::Index> key(static_cast<size_t>(x.rank()), ops::Slice{});
    for (int i = 0; i < Rank; ++i) {
      const auto [before, after] = pairs_[static_cast<size_t>(i)];
      const int64_t size = x.dim(first_ + i);
      check(size == Shape::unknown || before + after < size,
            "Values in `cropping` argument should be smaller than the corresponding spatial "
            "dimension of the input. Received: inputs.shape=",
            x.shape(), ", cropping=", to_config(cropping_));
      key[static_cast<size_t>(first_ + i)] =
          ops::Slice{before, after ? std::optional<int64_t>(-after) : std::nullopt};
    }
    return ops::get_item(x, key);
  }

 private:
  Borders cropping_ = Rank == 2 ? 0 : 1;
  Pairs pairs_;
  int first_ = 1;
};

BordersOptions borders_options(LayerOptions o) {
  return {.activity_regularizer = o.activity_regularizer,
          .name = o.name,
          .dtype = o.dtype,
          .trainable = o.trainable};
}

}  // namespace

ZeroPadding1D::ZeroPadding1D(const Borders& p, BordersOptions o)
    : Layer(make_layer<ZeroPaddingImpl<1>>(p, std::move(o))) {}
ZeroPadding2D::ZeroPadding2D(const Borders& p, BordersOptions o)
    : Layer(make_layer<ZeroPaddingImpl<2>>(p, std::move(o))) {}
ZeroPadding3D::ZeroPadding3D(const Borders& p, BordersOptions o)
    : Layer(make_layer<ZeroPaddingImpl<3>>(p, std::move(o))) {}
Cropping1D::Cropping1D(const Borders& c, LayerOptions o)
    : Layer(make_layer<CroppingImpl<1>>(c, borders_options(std::move(o)))) {}
Cropping2D::Cropping2D(const Borders& c, BordersOptions o)
    : Layer(make_layer<CroppingImpl<2>>(c, std::move(o))) {}
Cropping3D::Cropping3D(const Borders& c, BordersOptions o)
    : Layer(make_layer<CroppingImpl<3>>(c, std::move(o))) {}

std::shared_ptr<Object> makers::zero_padding1d() { return make_object<ZeroPaddingImpl<1>>(); }
std::shared_ptr<Object> makers::zero_padding2d() { return make_object<ZeroPaddingImpl<2>>(); }
std::shared_ptr<Object> makers::zero_padding3d() { return make_object<ZeroPaddingImpl<3>>(); }
std::shared_ptr<Object> makers::cropping1d() { return make_object<CroppingImpl<1>>(); }
std::shared_ptr<Object> makers::cropping2d() { return make_object<CroppingImpl<2>>(); }
std::shared_ptr<Object> makers::cropping3d() { return make_object<CroppingImpl<3>>(); }

}  // namespace kcpp::layers
