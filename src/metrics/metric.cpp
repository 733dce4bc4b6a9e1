/// MetricImpl and the handle Metric.

#include "kcpp/core/custom_objects.h"
#include "src/metrics/older_metric.h"

namespace kcpp {

void MetricImpl::fields(Fields& f) {
  f("name", name_);
  if (const Config* c = f.raw("dtype")) {
    if (!c->is_null()) from_config(*c, dtype_, "dtype");  // null: the class's default
  } else if (!f.reading()) {
    f.write("dtype", dtype_.name());
  }
}

namespace {

/// Left open until the shapes of y are known.
bool is_open(const std::string& name) {
  return name == "accuracy" || name == "acc" || name == "Accuracy" || name == "ACC";
}

std::shared_ptr<MetricImpl> make(const std::string& name) {
  return std::dynamic_pointer_cast<MetricImpl>(deserialize(ObjectKind::metric, Config(name)));
}

}  // namespace

Metric::Metric(Function function, std::string name)
    : Handle(std::make_shared<FunctionMetric>(std::move(function), std::move(name))) {}
Metric::Metric(const char* name) : Metric(std::string(name)) {}
Metric::Metric(const std::string& name) : identifier_(name) {
  if (is_open(name)) return;
  if (CustomObjects::LossFunction custom = CustomObjects::find_loss(name)) {
    impl_ = std::make_shared<FunctionMetric>(std::move(custom), name);
    return;
  }
  impl_ = make(name);
  impl_->set_name(name);
}

Metric Metric::resolve(const Shape& y_true, const Shape& y_pred) const {
  if (impl_) return *this;
  const bool binary = y_pred.rank() > 0 && y_pred.back() == 1;
  const bool sparse = y_true.rank() < y_pred.rank() || (y_true.back() == 1 && y_pred.back() > 1);
  Metric out(make(binary   ? "BinaryAccuracy"
                  : sparse ? "SparseCategoricalAccuracy"
                           : "CategoricalAccuracy"));
  out.impl_->set_name(identifier_);
  out.identifier_ = identifier_;
  return out;
}

Config to_config(const Metric& v) {
  if (const std::string& name = v.identifier(); !name.empty()) {
    const bool custom = dynamic_cast<const FunctionMetric*>(v.impl().get()) != nullptr;
    return custom ? CustomObjects::function_config(name) : Config(name);
  }
  Config out = serialize(v.impl().get());
  const auto* older = dynamic_cast<const OlderMetric*>(v.impl().get());
  return older ? older->words().with(std::move(out)) : out;
}

void from_config(const Config& c, Metric& v, std::string_view) {
  if (c.is_null()) {
    v = Metric();
  } else if (c.is_string()) {
    v = Metric(c.as_string());
  } else {
    if (const std::string name = CustomObjects::function_name(c); !name.empty()) {
      v = Metric(name);
    } else {
      v = Metric(std::dynamic_pointer_cast<MetricImpl>(deserialize(ObjectKind::metric, c)));
      OlderKeras words;
      words.read(c);
      const auto mean = std::dynamic_pointer_cast<MeanMetric>(v.impl());
      if (mean && !words.empty()) v = Metric(std::make_shared<OlderMetric>(mean, words));
    }
  }
}

}  // namespace kcpp
