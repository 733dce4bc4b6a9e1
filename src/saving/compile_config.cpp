#include "src/saving/compile_config.h"

#include "src/saving/metric_names.h"

namespace kcpp::saving {
namespace {

template <class T>
Config write_per_output(const PerOutput<T>& setting) {
  if (setting.empty()) return {};
  if (setting.is_single()) return to_config(setting.items()[0]);
  if (setting.is_named()) {
    Config out = Config::dict();
    for (size_t i = 0; i < setting.items().size(); ++i)
      out.set(setting.names()[i], to_config(setting.items()[i]));
    return out;
  }
  Config out = Config::list();
  for (const T& item : setting.items()) out.push_back(to_config(item));
  return out;
}

template <class T>
PerOutput<T> read_per_output(const Config* c, std::string_view what) {
  if (!c || c->is_null()) return {};
  const auto one = [&](const Config& item) {
    T value{};
    from_config(item, value, what);
    return value;
  };
  if (c->is_list()) {
    std::vector<T> items;
    for (const Config& item : c->as_list()) items.push_back(item.is_null() ? T{} : one(item));
    return PerOutput<T>(std::move(items));
  }
  if (c->is_dict() && !c->find("class_name")) {
    PerOutput<T> out;
    for (const auto& [name, item] : c->as_dict()) out.add(name, item.is_null() ? T{} : one(item));
    return out;
  }
  return PerOutput<T>(one(*c));
}

/// By its name where Keras 3 knows it; else ("kld") its class.
Config write_metric(const Metric& metric) {
  const std::string& name = metric.identifier();
  const bool unknown = metric.impl() && !name.empty() && !is_metric_name(name);
  return unknown ? serialize(metric.impl().get()) : to_config(metric);
}

Config write_list(const MetricList& metrics) {
  Config out = Config::list();
  for (const Metric& m : metrics) out.push_back(write_metric(m));
  return out;
}

Config write_metrics(const MetricsSetting& setting) {
  if (setting.empty()) return {};
  if (!setting.names().empty()) {
    Config out = Config::dict();
    for (size_t i = 0; i < setting.names().size(); ++i)
      out.set(setting.names()[i], write_list(setting.lists()[i]));
    return out;
  }
  if (setting.lists().empty()) return write_list(setting.flat());
  Config out = Config::list();
  for (const MetricList& list : setting.lists()) out.push_back(write_list(list));
  return out;
}

MetricList read_list(const Config& c) {
  MetricList out;
  const auto add = [&](const Config& item) {
    if (item.is_null()) return;
    Metric m;
    from_config(item, m, "metrics");
    out.push_back(m);
  };
  if (c.is_list()) {
    for (const Config& item : c.as_list()) add(item);
  } else {
    add(c);
  }
  return out;
}

MetricsSetting read_metrics(const Config* c) {
  if (!c || c->is_null()) return {};
  if (c->is_dict() && !c->find("class_name")) {
    MetricsSetting out;
    for (const auto& [name, item] : c->as_dict()) out.add(name, read_list(item));
    return out;
  }
  bool nested = false;
  if (c->is_list()) {
    for (const Config& item : c->as_list()) nested |= item.is_list() || item.is_null();
  }
  if (!nested) return MetricsSetting(read_list(*c));
  std::vector<MetricList> lists;
  for (const Config& item : c->as_list()) lists.push_back(read_list(item));
  return MetricsSetting::per_output(std::move(lists));
}

/// An .h5 has a `decay` of kcpp's beside the optimizer's config, which is to hold it.
Config with_decay(Config optimizer) {
  Config* config = optimizer.is_dict() ? optimizer.find("config") : nullptr;
  if (!config || !config->is_dict()) return optimizer;
  if (Config* inner = config->find("inner_optimizer")) *inner = with_decay(std::move(*inner));
  if (const Config* decay = optimizer.find("decay")) config->set("decay", *decay);
  return optimizer;
}

}  // namespace

Config write_compile_config(const CompileOptions& o) {
  return Config::dict({{"optimizer", to_config(o.optimizer)},
                       {"loss", write_per_output(o.loss)},
                       {"loss_weights", write_per_output(o.loss_weights)},
                       {"metrics", write_metrics(o.metrics)},
                       {"weighted_metrics", write_metrics(o.weighted_metrics)},
                       {"run_eagerly", o.run_eagerly},
                       {"steps_per_execution", o.steps_per_execution},
                       {"jit_compile", o.jit_compile == "True"}});
}

CompileOptions read_compile_config(const Config& c) {
  CompileOptions out;
  const Config* optimizer = c.find("optimizer");
  if (!optimizer) optimizer = c.find("optimizer_config");
  if (optimizer && !optimizer->is_null())
    from_config(with_decay(*optimizer), out.optimizer, "optimizer");
  out.loss = read_per_output<Loss>(c.find("loss"), "loss");
  out.loss_weights = read_per_output<double>(c.find("loss_weights"), "loss_weights");
  out.metrics = read_metrics(c.find("metrics"));
  out.weighted_metrics = read_metrics(c.find("weighted_metrics"));
  // These two change nothing here, but Keras runs the saved model by them.
  if (const Config* eager = c.find("run_eagerly"); eager && eager->is_bool())
    out.run_eagerly = eager->as_bool();
  if (const Config* jit = c.find("jit_compile"); jit && *jit == Config(true))
    out.jit_compile = "True";
  if (const Config* steps = c.find("steps_per_execution"); steps && steps->is_int()) {
    out.steps_per_execution = static_cast<int>(std::max<int64_t>(1, steps->as_int()));
  }
  return out;
}

}  // namespace kcpp::saving
