/// Model.summary in Keras's form (keras.src.utils.summary_utils).
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>

#include "src/models/functional.h"
#include "src/models/text_table.h"
#include "src/models/trainer.h"

namespace kcpp {
namespace {

std::string with_commas(int64_t n) {
  std::string out = std::to_string(n);
  for (int i = static_cast<int>(out.size()) - 3; i > 0; i -= 3)
    out.insert(static_cast<size_t>(i), 1, ',');
  return out;
}

std::string readable_size(double bytes) {
  static const char* units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.2f %s", bytes, units[unit]);
  return buffer;
}

struct Totals {
  int64_t count = 0;
  double bytes = 0;
  void add(const Variables& variables) {
    for (const Variable& v : variables) {
      count += v.shape().size();
      bytes += static_cast<double>(v.shape().size()) * static_cast<double>(size_of(v.dtype()));
    }
  }
  std::string text() const { return with_commas(count) + " (" + readable_size(bytes) + ")"; }
};

std::string shape_text(const Shape& shape) {
  std::string out = "(";
  for (int i = 0; i < shape.rank(); ++i)
    out += (i ? ", " : "") + (shape[i] < 0 ? std::string("None") : std::to_string(shape[i]));
  return out + ")";
}

class Summary {
 public:
  Summary(const Model& model, const SummaryOptions& options) : model_(model), options_(options) {
    functional_ = dynamic_cast<FunctionalImpl*>(&model.model());
    if (functional_) {
      for (const auto& call : functional_->graph().calls()) own_calls_.insert(call.get());
      calls_ = functional_->graph().calls_of_operations();
    }
    branched_ = functional_ && is_branched();
  }

  std::string text() {
    TextTable table = make_table();
    if (functional_) {
      for (const auto& operation : functional_->operations()) add_rows(table, operation, 0);
    } else {
      for (const Layer& layer : model_.layers()) add_rows(table, layer.impl(), 0);
    }
    std::string out = "Model: \"" + model_.name() + "\"\n" + table.render();
    Totals trainable, frozen, optimizer;
    trainable.add(model_.trainable_weights());
    frozen.add(model_.non_trainable_weights());
    const bool with_optimizer =
        model_.compiled() && model_.optimizer() && model_.optimizer()->built();
    if (with_optimizer) optimizer.add(model_.optimizer()->variables());
    const Totals total{trainable.count + frozen.count + optimizer.count,
                       trainable.bytes + frozen.bytes + optimizer.bytes};
    out += " Total params: " + total.text() + "\n Trainable params: " + trainable.text() +
           "\n Non-trainable params: " + frozen.text() + "\n";
    if (with_optimizer) out += " Optimizer params: " + optimizer.text() + "\n";
    return out;
  }

 private:
  /// Some depth has two nodes, a node has two inputs, or a layer is used twice: the connections are
  /// worth a column.
  bool is_branched() const {
    std::map<const symbolic::Operation*, int> uses;
    std::set<const symbolic::Call*> consumed;
    for (const symbolic::Call* call : own_calls_) {
      const auto symbolic_inputs = std::count_if(call->inputs.begin(), call->inputs.end(),
                                                 [](const Tensor& t) { return t.is_symbolic(); });
      if (++uses[call->operation.get()] > 1 || symbolic_inputs > 1) return true;
      for (const Tensor& t : call->inputs) {
        if (t.is_symbolic() && !consumed.insert(t.impl()->call.get()).second) return true;
      }
    }
    return functional_->graph().inputs().size() > 1;
  }

  TextTable make_table() const {
    using Align = TextTable::Align;
    int line = branched_ ? 108 : 88;
    std::vector<double> positions = branched_ ? std::vector<double>{0.3, 0.56, 0.74, 1.0}
                                              : std::vector<double>{0.45, 0.80, 1.0};
    std::vector<TextTable::Column> columns{
        {"Layer (type)", Align::left}, {"Output Shape", Align::left}, {"Param #", Align::right}};
    if (branched_) columns.push_back({"Connected to", Align::left});
    if (options_.show_trainable) {
      line += 12;
      for (double& p : positions) p *= 0.90;
      positions.push_back(1.0);
      columns.push_back({"Trainable", Align::center});
    }
    const char* terminal = std::getenv("COLUMNS");
    line = std::min(line, (terminal && std::atoi(terminal) > 0 ? std::atoi(terminal) : 80) - 4);
    if (options_.line_length > 0) line = options_.line_length;
    int current = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      columns[i].width = static_cast<int>(positions[i] * line) - current;
      check(columns[i].width >= 4, "Insufficient console width to print summary.");
      current += columns[i].width;
    }
    return TextTable(std::move(columns), line);
  }

  static std::string output_shape(const std::shared_ptr<symbolic::Operation>& operation,
                                  const symbolic::Call* call) {
    std::shared_ptr<symbolic::Call> last;
    const auto* layer = dynamic_cast<LayerImpl*>(operation.get());
    if (layer) {
      for (const auto& weak : layer->inbound_calls()) {
        if (auto c = weak.lock()) last = std::move(c);
      }
      if (last) call = last.get();
    }
    if (!call) {
      if (const auto* model = dynamic_cast<const ModelImpl*>(layer);
          model && model->outputs().size() == 1) {
        return shape_text(model->outputs()[0].shape());
      }
      return "?";
    }
    if (call->outputs.size() == 1) return shape_text(call->outputs[0].shape);
    std::string out = "[";
    for (size_t i = 0; i < call->outputs.size(); ++i)
      out += (i ? ", " : "") + shape_text(call->outputs[i].shape);
    return out + "]";
  }

  std::string connections(const std::shared_ptr<symbolic::Operation>& operation) const {
    std::string out;
    for (const auto& call : calls_.at(operation.get())) {
      for (const Tensor& t : call->inputs) {
        if (!t.is_symbolic()) continue;
        const symbolic::Call& producer = *t.impl()->call;
        int64_t index = 0;
        if (auto* layer = dynamic_cast<LayerImpl*>(producer.operation.get())) {
          for (const auto& weak : layer->inbound_calls()) {
            const auto c = weak.lock();
            if (c.get() == &producer) break;
            if (c) ++index;
          }
        }
        out += (out.empty() ? "" : ", ") + producer.operation->operation_name() + "[" +
               std::to_string(index) + "][" + std::to_string(t.impl()->call_output) + "]";
      }
    }
    return out.empty() ? "-" : out;
  }

  void add_rows(TextTable& table, const std::shared_ptr<symbolic::Operation>& operation,
                int level) {
    const auto layer = std::dynamic_pointer_cast<LayerImpl>(operation);
    const symbolic::Call* call = nullptr;
    if (functional_) {
      for (const auto& c : functional_->graph().calls()) {
        if (c->operation == operation) call = c.get();
      }
    }
    std::string prefix;
    if (level > 0) {
      for (int i = 0; i < level; ++i) prefix += "   ";
      prefix += "└ ";
    }
    std::vector<std::string> cells{
        prefix + operation->operation_name() + " (" + operation->operation_class() + ")",
        output_shape(operation, call)};
    cells.push_back(!layer            ? "0"
                    : !layer->built() ? "0 (unbuilt)"
                                      : with_commas(layer->count_params()));
    if (branched_) cells.push_back(level > 0 ? "-" : connections(operation));
    if (options_.show_trainable)
      cells.push_back(!layer || layer->weights().empty() ? "-" : layer->trainable() ? "Y" : "N");
    table.add_row(std::move(cells));
    auto* nested = dynamic_cast<ModelImpl*>(layer.get());
    if (!options_.expand_nested || !nested) return;
    for (const Layer& inner : nested->layers()) add_rows(table, inner.impl(), level + 1);
  }

  const Model& model_;
  const SummaryOptions& options_;
  FunctionalImpl* functional_ = nullptr;
  CallsOfOperations calls_;
  std::set<const symbolic::Call*> own_calls_;
  bool branched_ = false;
};

}  // namespace

std::string Model::summary_text(SummaryOptions options) const {
  return Summary(*this, options).text();
}

void Model::summary(const SummaryOptions& options) const {
  (options.stream ? *options.stream : std::cout) << summary_text(options) << std::flush;
}

}  // namespace kcpp
