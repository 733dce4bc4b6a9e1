#include "src/saving/legacy/match.h"

#include <algorithm>
#include <map>
#include <set>

#include "kcpp/models/model.h"

namespace kcpp::saving {
namespace {

/// A layer whose arrays are converted together: no wrapper, no nested model.
struct Unit {
  const LayerImpl* layer;
  Variables trainable, fixed;  ///< by the kind of weight, whether frozen or not
  bool frozen = false;

  size_t count() const { return trainable.size() + fixed.size(); }
  Variables variables() const {
    Variables out = trainable;
    out.insert(out.end(), fixed.begin(), fixed.end());
    return out;
  }
};

/// A layer's weights by their kind, its own first and then its children's.
void collect_weights(const LayerImpl& layer, std::set<const void*>& seen, Unit& unit) {
  for (const Variable& v : layer.own_trainable())
    if (seen.insert(v.id()).second) unit.trainable.push_back(v);
  for (const Variable& v : layer.own_non_trainable())
    if (seen.insert(v.id()).second) unit.fixed.push_back(v);
  for (const LayerImpl::Child& child : layer.children())
    for (const Layer& l : child.layers) collect_weights(*l, seen, unit);
}

class Units {
 public:
  explicit Units(const LayerImpl& layer) { add(layer); }
  std::vector<Unit> take() { return std::move(units_); }

 private:
  void add(const LayerImpl& layer) {
    const std::string class_name = layer.class_info().name;
    if (const auto* model = dynamic_cast<const ModelImpl*>(&layer)) {
      for (const Layer& l : model->layers()) add(*l);
      Unit own{model, {}, {}};
      for (const Variable& v : model->own_trainable())
        if (seen_.insert(v.id()).second) own.trainable.push_back(v);
      for (const Variable& v : model->own_non_trainable())
        if (seen_.insert(v.id()).second) own.fixed.push_back(v);
      push(std::move(own));
    } else if (class_name == "Bidirectional" || class_name == "TimeDistributed") {
      for (const LayerImpl::Child& child : layer.children())
        for (const Layer& l : child.layers) add(*l);
    } else {
      Unit unit{&layer, {}, {}};
      collect_weights(layer, seen_, unit);
      push(std::move(unit));
    }
  }
  void push(Unit unit) {
    if (unit.count() == 0) return;
    unit.frozen =
        !unit.trainable.empty() && std::none_of(unit.trainable.begin(), unit.trainable.end(),
                                                [](const Variable& v) { return v.trainable(); });
    units_.push_back(std::move(unit));
  }

  std::vector<Unit> units_;
  std::set<const void*> seen_;
};

std::vector<std::string> components(const std::string& name) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= name.size();) {
    const size_t slash = std::min(name.find('/', at), name.size());
    out.push_back(name.substr(at, slash - at));
    at = slash + 1;
  }
  out.back() = out.back().substr(0, out.back().find(':'));
  return out;
}

/// The last `count` components: "query/kernel" of "mha/query/kernel:0".
std::string tail(const std::string& name, size_t count) {
  const std::vector<std::string> parts = components(name);
  std::string out;
  for (size_t i = parts.size() - std::min(count, parts.size()); i < parts.size(); ++i)
    out += (out.empty() ? "" : "/") + parts[i];
  return out;
}

/// Each unit's arrays. Empty: does not fit.
using Shares = std::vector<StoredWeights>;

class Distribution {
 public:
  Distribution(const std::vector<Unit>& units, const StoredWeights& stored, const Conversion& c)
      : units_(units), stored_(stored), keras1_(c.epoch.major < 2) {}

  Shares find() const {
    if (units_.empty() || stored_.empty()) return {};
    if (units_.size() == 1) return {stored_};
    if (Shares named = by_name(); !named.empty()) return named;
    Shares first;
    for (const bool separate : {false, true}) {
      if (separate && !keras1_) break;
      for (const Order order : orders()) {
        Shares shares = by_order(order, separate);
        if (shares.empty()) continue;
        if (fits(shares, true)) return shares;
        if (first.empty() || (!fits(first, false) && fits(shares, false))) first = shares;
      }
    }
    return first;
  }

 private:
  enum class Order { now, unfrozen, by_layer };

  /// What to try, likeliest first. Keras 0.x wrote a Graph layer by layer.
  std::vector<Order> orders() const {
    if (stored_[0].name().starts_with("param_"))
      return {Order::by_layer, Order::now, Order::unfrozen};
    return {Order::now, Order::unfrozen, Order::by_layer};
  }

  /// Arrays of a unit that are trained: in Keras 1 there may be more of them.
  size_t trained(const Unit& unit, bool separate) const {
    const size_t more = separate ? keras1_count(*unit.layer) : 0;
    return more ? more : unit.trainable.size();
  }

  /// The unit that one of the names' components names, from the back; -1 if none or several.
  int unit_of(const std::string& name) const {
    const std::vector<std::string> parts = components(name);
    for (size_t i = parts.size() - 1; i-- > 0;) {
      int found = -1;
      for (size_t u = 0; u < units_.size(); ++u) {
        if (units_[u].layer->name() != parts[i]) continue;
        if (found >= 0) return -1;
        found = static_cast<int>(u);
      }
      if (found >= 0) return found;
    }
    if (!keras1_) return -1;
    int found = -1;  // "lstm_1_W_i"
    size_t longest = 0;
    for (size_t u = 0; u < units_.size(); ++u) {
      const std::string prefix = units_[u].layer->name() + "_";
      if (parts.back().starts_with(prefix) && prefix.size() > longest) {
        found = static_cast<int>(u);
        longest = prefix.size();
      }
    }
    return found;
  }

  Shares by_name() const {
    Shares shares(units_.size());
    for (const StoredWeight& w : stored_) {
      const int unit = unit_of(w.name());
      if (unit < 0) return {};
      shares[static_cast<size_t>(unit)].push_back(w);
    }
    for (size_t u = 0; u < units_.size(); ++u) {
      const Unit& unit = units_[u];
      const size_t count = shares[u].size();
      if (count != unit.count() && (!keras1_ || count != trained(unit, true) + unit.fixed.size()))
        return {};
    }
    return shares;
  }

  Shares by_order(Order order, bool separate) const {
    Shares shares(units_.size());
    size_t at = 0;
    const auto take = [&](size_t u, size_t count) {
      for (size_t i = 0; i < count && at < stored_.size(); ++i, ++at)
        shares[u].push_back(stored_[at]);
    };
    size_t total = 0;
    for (const Unit& unit : units_) total += trained(unit, separate) + unit.fixed.size();
    if (total != stored_.size()) return {};
    if (order == Order::by_layer) {
      for (size_t u = 0; u < units_.size(); ++u)
        take(u, trained(units_[u], separate) + units_[u].fixed.size());
      return shares;
    }
    const auto late = [&](const Unit& unit) { return order == Order::now && unit.frozen; };
    for (size_t u = 0; u < units_.size(); ++u)
      if (!late(units_[u])) take(u, trained(units_[u], separate));
    for (size_t u = 0; u < units_.size(); ++u)
      take(u, units_[u].fixed.size() + (late(units_[u]) ? trained(units_[u], separate) : 0));
    return shares;
  }

  /// Every array could be the variable of its place: by its size, and by name where both have one.
  bool fits(const Shares& shares, bool names) const {
    for (size_t u = 0; u < units_.size(); ++u) {
      const Variables variables = units_[u].variables();
      if (shares[u].size() != variables.size()) continue;  // gates apart
      for (size_t i = 0; i < variables.size(); ++i) {
        const StoredWeight& w = shares[u][i];
        if (w.shape().size() != variables[i].shape().size() &&
            !units_[u].layer->class_info().name.ends_with("U") &&  // GRU: two biases of CuDNN
            !units_[u].layer->class_info().name.ends_with("LSTM"))
          return false;
        if (names && w.name().find('/') != std::string::npos &&
            base_name(w.name()) != variables[i].name())
          return false;
      }
    }
    return true;
  }

  const std::vector<Unit>& units_;
  const StoredWeights& stored_;
  bool keras1_;
};

/// Places in `stored` of the variables, told by the last components of the names; empty unless each
/// variable has one of its own.
std::vector<size_t> places_by_name(const Variables& variables, const StoredWeights& stored,
                                   size_t depth) {
  std::vector<size_t> out;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < stored.size(); ++i) {
    if (!places.emplace(tail(stored[i].name(), depth), i).second) return {};
  }
  for (const Variable& v : variables) {
    const auto it = places.find(tail(v.path(), depth));
    if (it == places.end()) return {};
    out.push_back(it->second);
    places.erase(it);  // two kernels of cells beside each other cannot have one array
  }
  return out;
}

bool shapes_fit(const Variables& variables, const StoredWeights& stored) {
  for (size_t i = 0; i < variables.size(); ++i)
    if (!(variables[i].shape() == stored[i].shape())) return false;
  return true;
}

bool match_unit(const Unit& unit, const StoredWeights& arrays, const Conversion& c,
                std::vector<MatchedWeight>& out) {
  const StoredWeights stored = convert_weights(*unit.layer, arrays, c);
  if (stored.size() != unit.count()) return false;
  Variables variables = unit.variables();
  for (const size_t depth : {size_t{3}, size_t{2}, size_t{1}}) {
    const std::vector<size_t> places = places_by_name(variables, stored, depth);
    if (places.empty()) continue;
    for (size_t i = 0; i < variables.size(); ++i) out.push_back({variables[i], stored[places[i]]});
    return true;
  }
  // Nothing but the order: as things stand now, or with the children one after another.
  if (!shapes_fit(variables, stored) && shapes_fit(unit.layer->weights(), stored))
    variables = unit.layer->weights();
  for (size_t i = 0; i < variables.size(); ++i) out.push_back({variables[i], stored[i]});
  return true;
}

}  // namespace

std::optional<std::vector<MatchedWeight>> match_weights(const LayerImpl& layer,
                                                        const StoredWeights& stored,
                                                        const Conversion& c) {
  const std::vector<Unit> units = Units(layer).take();
  const Shares shares = Distribution(units, stored, c).find();
  if (shares.empty()) return {};
  std::vector<MatchedWeight> out;
  for (size_t u = 0; u < units.size(); ++u)
    if (!match_unit(units[u], shares[u], c, out)) return {};
  return out;
}

}  // namespace kcpp::saving
