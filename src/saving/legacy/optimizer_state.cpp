#include "src/saving/legacy/optimizer_state.h"

#include <algorithm>
#include <map>
#include <set>

#include "src/optimizers/nadam.h"
#include "src/saving/legacy/optimizer_slots.h"

namespace kcpp::saving {
namespace {

/// What one entry of a file's list is.
struct Entry {
  enum class What { target, slot, ignored };
  What what = What::ignored;
  Variable target = {};   ///< of a target
  std::string kind = {};  ///< of a slot
  size_t weight = 0;      ///< the weight that a slot belongs to
  Shape shape = {};       ///< of anything ignored
};
using Layout = std::vector<Entry>;

/// A trained weight of the file.
struct Trained {
  size_t match, place;  ///< in LayerWeights::matches, and in its list
  std::string name;
  Shape shape;
};

class StateReader {
 public:
  StateReader(const Model& model, const StoredWeights& state, const Epoch& epoch,
              const LayerWeights* weights)
      : state_(state), epoch_(epoch), weights_(weights), optimizer_(*model.optimizer()) {
    optimizer_.build(model.trainable_weights());
    all_ = optimizer_.variables();
    OptimizerSlots own(optimizer_);
    class_name_ = std::move(own.class_name);
    inner_ = std::move(own.variables);
    slots_ = std::move(own.slots);
    find_trained();
  }

  /// The values, or nothing when no layout fits.
  std::optional<WeightPlan> find() {
    if (auto plan = unbuilt()) return plan;
    for (const Layout& layout : layouts()) {
      if (fits(layout)) return plan_of(layout);
    }
    return {};
  }
  /// The state is that of another Keras than 3.
  bool converted() const { return converted_; }
  size_t expected() const { return all_.size(); }

 private:
  /// Keras 3 writes an optimizer that never made a step without slots: its counter and its learning
  /// rate are all, and behind them those of the optimizers inside.
  std::optional<WeightPlan> unbuilt() const {
    const Variables targets = counters(all_);
    if (epoch_.major < 3 || state_.empty() || state_.size() > targets.size()) return {};
    for (const StoredWeight& w : state_)
      if (!w.shape().empty()) return {};
    if (state_[0].read(DType::int64).item() != 0) return {};
    WeightPlan plan;
    for (size_t i = 0; i < state_.size(); ++i) plan.add(targets[i], state_[i]);
    return plan;
  }

  /// The counters and the learning rates, where they are variables, of an optimizer and of those
  /// inside.
  static Variables counters(const Variables& state) {
    Variables out;
    for (const Variable& v : state) {
      const std::string name = base_name(v.path());
      if (name == "iteration" || name == "learning_rate") out.push_back(v);
    }
    return out;
  }

  void find_trained() {
    if (!weights_) return;
    const auto& matches = weights_->matches();
    for (size_t m = 0; m < matches.size(); ++m) {
      const auto matched =
          match_weights(*matches[m].layer, matches[m].stored, {weights_->epoch(), true, nullptr});
      KCPP_ASSERT(matched.has_value());
      std::vector<bool> trained(matches[m].stored.size());
      for (const auto& [variable, value] : *matched)
        for (size_t origin : value.origins()) trained[origin] = variable.trainable();
      for (size_t i = 0; i < trained.size(); ++i) {
        if (!trained[i]) continue;
        const StoredWeight& w = matches[m].stored[i];
        trained_.push_back({m, i, w.name(), w.shape()});
      }
    }
  }

  // --- layouts -----------------------------------------------------------------------------------

  size_t weight_count() const {
    return weights_ ? trained_.size() : optimizer_.trainable_variables().size();
  }
  const Shape& shape_of(size_t weight) const {
    return weights_ ? trained_[weight].shape : optimizer_.trainable_variables()[weight].shape();
  }

  static Entry target(const Variable& v) { return {Entry::What::target, v}; }

  /// Those that could be, likeliest first.
  std::vector<Layout> layouts() const {
    const std::vector<SlotGroup> groups = slot_groups(class_name_);
    std::vector<Layout> grouped = with_groups(groups), blocks = in_blocks(groups);
    const bool old = epoch_.before(2, 11) || names_of_v2();
    std::vector<Layout> out;
    // An .h5 for tf.keras that kcpp wrote has the layout of tf.keras.
    if (epoch_.major >= 3 && !old) out.push_back(as_now(all_));
    if (epoch_.major >= 3 && class_name_ == "Nadam") out.push_back(product_first());
    std::vector<Layout>& first = old ? blocks : grouped;
    std::vector<Layout>& second = old ? grouped : blocks;
    out.insert(out.end(), first.begin(), first.end());
    out.insert(out.end(), second.begin(), second.end());
    if (epoch_.major < 3 || old) out.push_back(as_now(all_));
    return out;
  }

  static Layout as_now(const Variables& variables) {
    Layout out;
    for (const Variable& v : variables) out.push_back(target(v));
    return out;
  }

  /// Nadam's product stood in front of the slots in Keras 3.0 to 3.9, and somewhat later.
  Layout product_first() const {
    Layout out = as_now(all_);
    const auto slots = out.end() - static_cast<std::ptrdiff_t>(inner_.size()) +
                       static_cast<std::ptrdiff_t>(counters(inner_).size());
    std::rotate(slots, out.end() - 1, out.end());
    return out;
  }

  /// OptimizerV2 named a slot "Adam/dense/kernel/m:0"; Keras 2.11 and later
  /// "Adam/m/dense/kernel:0".
  bool names_of_v2() const {
    return std::any_of(state_.begin(), state_.end(), [](const StoredWeight& w) {
      const std::string base = base_name(w.name());
      return w.name().find('/') != std::string::npos &&
             (base == "m" || base == "v" || base == "vhat" || base == "rms" || base == "mg" ||
              base == "momentum" || base == "accum_grad" || base == "accum_var" ||
              base == "accumulator" || base == "linear");
    });
  }

  /// Keras 2.11 to 2.15: as now, but for the learning rate and what it kept outside of the list.
  std::vector<Layout> with_groups(std::vector<SlotGroup> groups) const {
    if (optimizer_.use_ema()) groups.insert(groups.begin(), {"average"});
    std::vector<Layout> out;
    Layout layout{target(inner_[0])};
    out.push_back(layout);
    for (const SlotGroup& group : groups) {
      for (size_t w = 0; w < weight_count(); ++w)
        for (const std::string& kind : group) layout.push_back(slot(kind, w));
      out.push_back(layout);  // further groups only if the options ask for them
    }
    Layout rest;  // an optimizer of today's Keras that was new then: Lion, Adafactor ...
    Layout without_scalars{target(inner_[0])};  // Adafactor had no place holders for vectors
    for (const Variable& v : inner_) {
      if (base_name(v.path()) == "learning_rate") continue;
      rest.push_back(target(v));
      if (!v.shape().empty()) without_scalars.push_back(target(v));
    }
    out.push_back(std::move(rest));
    if (class_name_ == "Adafactor") out.push_back(std::move(without_scalars));
    std::reverse(out.begin(), out.end());
    return out;
  }

  /// Keras 1 to 2.10: a block for each kind.
  std::vector<Layout> in_blocks(const std::vector<SlotGroup>& groups) const {
    std::vector<Layout> out;
    for (const Layout& header : headers()) {
      for (const bool sorted : {epoch_.before(2, 0, 8), !epoch_.before(2, 0, 8)}) {
        const std::vector<size_t> order = weights_in_order(sorted);
        std::vector<Layout> partial{header};
        for (const SlotGroup& group : groups) {
          if (class_name_ == "Ftrl") {
            partial.push_back(partial.back());
            for (size_t w : order)
              for (const std::string& kind : group) partial.back().push_back(slot(kind, w));
            continue;
          }
          for (const std::string& kind : group) {
            // RMSprop may have gradients' averages without momentums.
            if (kind == "momentum" && class_name_ == "RMSprop" && !slots_.count(kind)) continue;
            partial.push_back(partial.back());
            for (size_t w : order) partial.back().push_back(slot(kind, w));
          }
        }
        if (class_name_ == "Adam" && !slots_.count("velocity_hat")) {
          // The place of vhat, one zero a weight.
          partial.push_back(partial[partial.size() - 2]);
          for (size_t w = 0; w < order.size(); ++w) partial.back().push_back({.shape = {1}});
        }
        out.insert(out.end(), partial.begin(), partial.end());
      }
    }
    return out;
  }

  std::vector<Layout> headers() const {
    const Entry iteration = target(inner_[0]);
    std::vector<Layout> out{{iteration}, {}};
    if (class_name_ == "Nadam") out.insert(out.begin(), {iteration, target(inner_.back())});
    return out;
  }

  std::vector<size_t> weights_in_order(bool sorted) const {
    std::vector<size_t> out(weight_count());
    for (size_t i = 0; i < out.size(); ++i) out[i] = i;
    if (sorted && weights_) {
      std::stable_sort(out.begin(), out.end(),
                       [&](size_t a, size_t b) { return trained_[a].name < trained_[b].name; });
    }
    return out;
  }

  Entry slot(const std::string& kind, size_t weight) const {
    return {Entry::What::slot, {}, kind, weight};
  }

  bool fits(const Layout& layout) const {
    if (layout.size() != state_.size()) return false;
    std::map<std::string, bool> kinds;
    for (size_t i = 0; i < layout.size(); ++i) {
      const Entry& e = layout[i];
      const Shape& expected = e.what == Entry::What::target ? e.target.shape()
                              : e.what == Entry::What::slot ? shape_of(e.weight)
                                                            : e.shape;
      const Shape& shape = state_[i].shape();
      // A scalar may be stored as an array of one.
      if (!(shape == expected) && !(expected.empty() && shape == Shape{1})) return false;
      if (e.what == Entry::What::slot) kinds[e.kind] = true;
    }
    // Every kind that the optimizer has must be there.
    std::set<const void*> targets;
    for (const Entry& e : layout)
      if (e.what == Entry::What::target) targets.insert(e.target.id());
    for (const auto& [kind, slots] : slots_) {
      const bool direct = std::all_of(slots.begin(), slots.end(), [&](const Variable& v) {
        return !v.defined() || targets.count(v.id());
      });
      if (!direct && !kinds.count(kind)) return false;
    }
    return true;
  }

  // --- values ------------------------------------------------------------------------------------

  WeightPlan plan_of(const Layout& layout) {
    WeightPlan plan;
    std::map<std::string, std::map<size_t, StoredWeight>> slots;
    converted_ = layout.size() != all_.size();
    for (size_t i = 0; i < layout.size(); ++i) {
      const Entry& e = layout[i];
      if (e.what == Entry::What::target) {
        const bool scalar = !(state_[i].shape() == e.target.shape());
        plan.add(e.target, scalar ? state_[i].reshaped(e.target.shape()) : state_[i]);
        converted_ |= !e.target.same(all_[i]);
      } else if (e.what == Entry::What::slot) {
        slots[e.kind].emplace(e.weight, state_[i]);
        converted_ = true;
      }
    }
    if (class_name_ == "Nadam") add_product(layout, plan);
    for (const auto& [kind, values] : slots) {
      const auto it = slots_.find(kind);
      if (it == slots_.end()) continue;  // SGD's momentums that it never uses
      if (weights_) {
        add_converted(values, it->second, plan);
      } else {
        for (const auto& [w, value] : values) plan.add(it->second[w], value);
      }
    }
    return plan;
  }

  /// Keras up to 2.2 and 2.11 to 2.15 do not write Nadam's product of momentums: the iteration
  /// tells it.
  void add_product(const Layout& layout, WeightPlan& plan) const {
    const Variable& product = inner_.back();
    for (const Entry& e : layout)
      if (e.what == Entry::What::target && e.target.same(product)) return;
    if (layout.empty() || layout[0].what != Entry::What::target) return;
    Config config = optimizer_.get_config();
    if (const Config* inner = config.find("inner_optimizer")) config = Config(inner->at("config"));
    const size_t variables = optimizer_.trainable_variables().size();
    plan.add(product, state_[0].changed(product.shape(), [config, variables](const Tensor& steps) {
      return Tensor::scalar(nadam_product(config, variables, steps.item()), steps.dtype());
    }));
  }

  /// Slots go the same way as the weights that they belong to.
  void add_converted(const std::map<size_t, StoredWeight>& values, const Variables& targets,
                     WeightPlan& plan) const {
    const auto& matches = weights_->matches();
    std::vector<StoredWeights> lists;
    for (const LayerMatch& match : matches) lists.push_back(match.stored);
    for (const auto& [w, value] : values) {
      const Trained& t = trained_[w];
      lists[t.match][t.place] = value.renamed(t.name);
    }
    const Variables& trained = optimizer_.trainable_variables();
    for (size_t m = 0; m < matches.size(); ++m) {
      const auto matched = match_weights(*matches[m].layer, lists[m], {weights_->epoch(), true});
      for (const auto& [variable, value] : *matched) {
        for (size_t i = 0; i < trained.size(); ++i)
          if (trained[i].same(variable)) plan.add(targets[i], value);
      }
    }
  }

  const StoredWeights& state_;
  const Epoch& epoch_;
  const LayerWeights* weights_;
  OptimizerImpl& optimizer_;
  std::string class_name_;
  Variables all_, inner_;
  std::map<std::string, Variables> slots_;
  std::vector<Trained> trained_;
  bool converted_ = false;
};

}  // namespace

WeightPlan plan_optimizer_state(const Model& model, const StoredWeights& state, const Epoch& epoch,
                                const LayerWeights* weights, LoadReport* report) {
  if (state.empty() || !model.compiled() || !model.optimizer()) return {};
  StateReader reader(model, state, epoch, weights);
  std::optional<WeightPlan> plan = reader.find();
  const auto note = [&](const std::string& what) {
    if (report) report->notes.push_back(what);
  };
  const std::string& name = model.optimizer()->name();
  if (!plan) {
    note(text("Skipping variable loading for optimizer '", name, "', because it has ",
              reader.expected(), " variables whereas the saved optimizer has ", state.size(),
              " variables (or other shapes). Training goes on with a fresh optimizer."));
    return {};
  }
  if (reader.converted())
    note(text("The state of the optimizer '", name, "' was converted from the layout of ",
              epoch.to_string(), "."));
  return std::move(*plan);
}

}  // namespace kcpp::saving
