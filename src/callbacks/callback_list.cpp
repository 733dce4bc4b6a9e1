#include "src/callbacks/callback_list.h"

#include <algorithm>

namespace kcpp {

CallbackList::CallbackList(std::vector<CallbackRef> callbacks, bool add_history, Model model,
                           CallbackParams params)
    : model_(std::move(model)), callbacks_(std::move(callbacks)) {
  if (params.verbose != 0) callbacks_.emplace_back(make_progress_bar());
  if (add_history) {
    history_ = std::make_shared<HistoryCallback>();
    callbacks_.emplace_back(history_);
  }
  for (CallbackRef& c : callbacks_) {
    c->set_params(params);
    c->set_model(model_);
  }
}

void HistoryCallback::on_epoch_end(int epoch, Logs& logs) {
  history_.epoch.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto it = std::find_if(history_.history.begin(), history_.history.end(),
                           [&](const auto& h) { return h.first == name; });
    if (it == history_.history.end())
      it = history_.history.insert(history_.history.end(), {name, {}});
    it->second.push_back(value);
    if (const std::vector<double> several = logs.figures(name); !several.empty()) {
      auto all = std::find_if(history_.figures.begin(), history_.figures.end(),
                              [&](const auto& h) { return h.first == name; });
      if (all == history_.figures.end())
        all = history_.figures.insert(history_.figures.end(), {name, {}});
      all->second.push_back(several);
    }
  }
}

// --- the public pieces -------------------------------------------------------------------------

CallbackRef::CallbackRef(std::function<void(int, const Logs&)> on_epoch_end, int) {
  struct AtEpochEnd final : Callback {
    explicit AtEpochEnd(std::function<void(int, const Logs&)> f) : function(std::move(f)) {}
    void on_epoch_end(int epoch, Logs& logs) override { function(epoch, logs); }
    std::function<void(int, const Logs&)> function;
  };
  callback_ = std::make_shared<AtEpochEnd>(std::move(on_epoch_end));
}

namespace {
template <class Items>
auto find_item(Items& items, const std::string& name) {
  return std::find_if(items.begin(), items.end(),
                      [&](const auto& item) { return item.first == name; });
}
template <class Items>
[[noreturn]] void no_such_name(const Items& items, const std::string& name) {
  std::string names;
  for (const auto& item : items) names += (names.empty() ? "" : ", ") + item.first;
  throw ValueError(
      text("'", name, "' is not among the logs. Available: ", names.empty() ? "none" : names));
}
}  // namespace

double Logs::at(const std::string& name) const {
  const auto it = find_item(items_, name);
  if (it == items_.end()) no_such_name(items_, name);
  return it->second;
}
bool Logs::contains(const std::string& name) const {
  return find_item(items_, name) != items_.end();
}
double Logs::get(const std::string& name, double otherwise) const {
  const auto it = find_item(items_, name);
  return it == items_.end() ? otherwise : it->second;
}
void Logs::set(const std::string& name, double value) {
  const auto it = find_item(items_, name);
  if (it == items_.end()) {
    items_.emplace_back(name, value);
  } else {
    it->second = value;
  }
}
void Logs::set(const std::string& name, std::vector<double> figures) {
  double sum = 0;
  for (double v : figures) sum += v;
  set(name, figures.empty() ? 0.0 : sum / static_cast<double>(figures.size()));
  const auto it = find_item(figures_, name);
  if (it == figures_.end()) {
    figures_.emplace_back(name, std::move(figures));
  } else {
    it->second = std::move(figures);
  }
}
void Logs::set(const std::string& name, const Logs& from, const std::string& from_name) {
  std::vector<double> several = from.figures(from_name);
  if (several.empty()) {
    set(name, from.at(from_name));
  } else {
    set(name, std::move(several));
  }
}
std::vector<double> Logs::figures(const std::string& name) const {
  const auto it = find_item(figures_, name);
  return it == figures_.end() ? std::vector<double>{} : it->second;
}
std::vector<std::string> Logs::names() const {
  std::vector<std::string> out;
  for (const auto& item : items_) out.push_back(item.first);
  return out;
}

const std::vector<double>& History::operator[](const std::string& name) const {
  const auto it = find_item(history, name);
  if (it == history.end()) no_such_name(history, name);
  return it->second;
}
bool History::contains(const std::string& name) const {
  return find_item(history, name) != history.end();
}

}  // namespace kcpp
