#include "src/ops/deferred.h"

#include <algorithm>
#include <array>
#include <functional>

#include "src/ops/describe.h"

namespace kcpp::ops {
namespace {

/// Sizes that stand for unknown dimensions, one after the other: what differs between the results
/// is unknown. The first two can be halved a few times, and fit to each other in all tensors. The
/// last one tells what is the least or the largest of sizes, or their ratio; it may not fit the
/// operation.
struct Probe {
  int64_t size, step;  ///< of the first axis, and how much more each further axis has
};
constexpr std::array probes = {Probe{48, 0}, Probe{96, 0}, Probe{2, 3}};
constexpr int most_steps = 2000;                   // to a value, back through the graph
constexpr int64_t most_probed = int64_t{1} << 26;  // elements that a probe may make

Shape with_sizes(const Shape& shape, const Probe& probe) {
  Shape out = shape;
  for (int i = 0; i < out.rank(); ++i)
    if (out[i] == Shape::unknown) out[i] = probe.size + i * probe.step;
  return out;
}

Tensor as_tensor(const Shape& shape) {
  return Tensor::from(std::vector<int64_t>(shape.begin(), shape.end()), {shape.rank()})
      .astype(DType::int32);
}

/// The value of a symbolic tensor that hangs on shapes alone, with the probe's sizes.
class ShapeValue {
 public:
  explicit ShapeValue(const Probe& probe) : probe_(probe) {}

  Tensor of(const Tensor& t) {
    if (!t.is_symbolic()) return t;
    check(++steps_ <= most_steps, "[Deferred] the sizes are computed in more than ", most_steps,
          " steps.");
    const auto& call = t.impl()->call;
    check(call && call->operation && call->run,
          "[Deferred] a size hangs on the model's data. Expected one that hangs on shapes alone.");
    if (call->operation->operation_class() == "Shape")
      return as_tensor(with_sizes(call->inputs[0].shape(), probe_));
    Tensors inputs;
    for (const Tensor& input : call->inputs) inputs.push_back(of(input));
    return call->run(inputs).at(t.impl()->call_output);
  }

 private:
  const Probe& probe_;
  int steps_ = 0;
};

Config value_config(const Tensor& value) {
  const std::vector<int64_t> numbers = value.to_vector<int64_t>();
  if (value.rank() == 0) return numbers[0];
  check(value.rank() == 1,
        "[Deferred] expected a number or a list of them. Received: shape=", value.shape());
  Config out = Config::list();
  for (int64_t n : numbers) out.push_back(n);
  return out;
}

class Deferred {
 public:
  explicit Deferred(const OpArguments& a)
      : operation_(a.text("operation")),
        arguments_(a.attribute("arguments")),
        inputs_(a.all_tensors()) {
    check(operation_ != "Deferred" && find_op(operation_) != nullptr,
          "[Deferred] Unknown operation: '", operation_, "'.");
    find_values(arguments_);
  }

  Tensors operator()(const Tensors& given) const {
    const Tensors in = inputs_(given);
    const bool open = std::any_of(values_.begin(), values_.end(),
                                  [&](size_t i) { return i < in.size() && in[i].is_symbolic(); });
    return open ? symbolic_call(in) : call(in, in);
  }

 private:
  void find_values(const Config& c, int depth = 0) {
    check(depth < 20, "[Deferred] the arguments are nested too deep.");
    if (const Config* i = c.find("__value__")) {
      values_.push_back(static_cast<size_t>(std::max<int64_t>(0, i->as_int("__value__"))));
    } else if (c.is_list()) {
      for (const Config& item : c.as_list()) find_values(item, depth + 1);
    } else if (c.is_dict()) {
      for (const auto& [key, item] : c.as_dict()) find_values(item, depth + 1);
    }
  }

  /// The arguments with the values in their places.
  Config filled(const Config& c, const Tensors& values) const {
    if (const Config* i = c.find("__value__"))
      return value_config(values.at(static_cast<size_t>(i->as_int())));
    if (const Config* i = c.find("__input__")) return Config::dict({{"__tensor_input__", *i}});
    if (c.is_list()) {
      Config out = Config::list();
      for (const Config& item : c.as_list()) out.push_back(filled(item, values));
      return out;
    }
    if (c.is_dict()) {
      Config out = Config::dict();
      for (const auto& [key, item] : c.as_dict()) out.set(key, filled(item, values));
      return out;
    }
    return c;
  }

  Tensors call(const Tensors& in, const Tensors& values) const {
    return make_op(operation_, filled(arguments_, values))(in);
  }

  /// The arguments for one probe.
  struct Filled {
    const Probe* probe;
    Tensors values;
    Config arguments;
  };

  /// f(i) for every probe; the last one may not fit.
  template <class F>
  static void each_probe(const F& f) {
    for (size_t i = 0; i < probes.size(); ++i) {
      try {
        f(i);
      } catch (const Error&) {
        if (i + 1 < probes.size()) throw;
      }
    }
  }

  Filled filled_for(const Tensors& in, const Probe& probe) const {
    Tensors values = in;
    for (size_t i : values_) {
      check(i < in.size(), "[Deferred] there is no input ", i, ".");
      values[i] = ShapeValue(probe).of(in[i]);
    }
    Config arguments = filled(arguments_, values);
    return {&probe, std::move(values), std::move(arguments)};
  }

  Tensors symbolic_call(const Tensors& in) const {
    // Inside of another graph the way back to the shapes is not kept.
    if (!symbolic::tracing() && !known_.empty()) return known_;
    std::vector<Filled> all;
    each_probe([&](size_t i) { all.push_back(filled_for(in, probes[i])); });
    const bool known =
        all.size() == probes.size() && std::all_of(all.begin(), all.end(), [&](const Filled& f) {
          return f.arguments.to_json() == all[0].arguments.to_json();
        });
    const bool data = uses_data(in);
    if (data && known) return make_op(operation_, all[0].arguments)(in);
    if (const Config open = open_reshape(all); !open.is_null())
      return make_op(operation_, open)(in);
    Tensors outputs;
    each_probe([&](size_t i) {
      if (i >= all.size()) return;
      Tensors probed = probe(in, all[i], data);
      outputs = i ? joined(outputs, probed) : std::move(probed);
    });
    if (!symbolic::tracing()) return outputs;
    Deferred again = *this;
    again.known_ = outputs;
    Config arguments = Config::dict();
    arguments.set("config", Config::dict({{"operation", operation_}, {"arguments", arguments_}}));
    arguments.set("args", detail::tensor_inputs(0, static_cast<int>(in.size())));
    again.inputs_ = OpArguments(arguments).all_tensors();
    return symbolic::record_op("Deferred", in, arguments, outputs,
                               [again](const Tensors& now) { return again(now); });
  }

  /// Some input is more than a size.
  bool uses_data(const Tensors& in) const {
    for (size_t i = 0; i < in.size(); ++i)
      if (in[i].is_symbolic() && std::find(values_.begin(), values_.end(), i) == values_.end())
        return true;
    return false;
  }

  /// A Reshape one of whose sizes is unknown is one to -1, which every Keras understands.
  Config open_reshape(const std::vector<Filled>& all) const {
    if (operation_ != "Reshape") return {};
    std::vector<const Config*> shapes;
    for (const Filled& f : all) {
      const Config* config = f.arguments.find("config");
      const Config* shape = config ? config->find("newshape") : nullptr;
      if (!shape || !shape->is_list()) return {};
      shapes.push_back(shape);
      if (shape->size() != shapes[0]->size()) return {};
    }
    int open = 0;
    Config out = all[0].arguments;
    Config::List& sizes = out.find("config")->find("newshape")->as_list();
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] == Config(-1)) return {};
      if (std::all_of(shapes.begin(), shapes.end(),
                      [&](const Config* shape) { return shape->as_list()[i] == sizes[i]; }))
        continue;
      sizes[i] = Config(-1);
      ++open;
    }
    return open == 1 ? out : Config();
  }

  /// The outputs' shapes for one probe.
  Tensors probe(const Tensors& in, const Filled& filled, bool data) const {
    if (!data) {  // all of it is computed
      int64_t total = 1;
      for (size_t i : values_)
        for (int64_t n : filled.values[i].to_vector<int64_t>())
          check((total *= std::max<int64_t>(1, std::min(n, most_probed))) <= most_probed,
                "[Deferred] the result would have more than ", most_probed, " elements.");
    }
    symbolic::PauseTracing pause;
    Tensors inputs;
    for (const Tensor& t : in)
      inputs.push_back(t.is_symbolic()
                           ? Tensor::symbolic(with_sizes(t.shape(), *filled.probe), t.dtype(), "")
                           : t);
    return call(inputs, filled.values);
  }

  static Tensors joined(const Tensors& a, const Tensors& b) {
    check(a.size() == b.size(), "[Deferred] the number of results hangs on a size.");
    Tensors out;
    for (size_t i = 0; i < a.size(); ++i) {
      check(a[i].rank() == b[i].rank(), "[Deferred] the rank of a result hangs on a size.");
      Shape shape = a[i].shape();
      for (int d = 0; d < shape.rank(); ++d)
        if (shape[d] != b[i].dim(d)) shape[d] = Shape::unknown;
      out.push_back(Tensor::symbolic(shape, a[i].dtype(), ""));
    }
    return out;
  }

  std::string operation_;
  Config arguments_;
  TensorArguments inputs_;
  std::vector<size_t> values_;  ///< inputs whose values are attributes
  Tensors known_;               ///< symbolic outputs, once the graph was built
};

/// The value hangs on shapes alone, and little is computed on the way from them.
bool hangs_on_shapes(const Tensor& t, int& steps) {
  if (!t.is_symbolic()) return true;
  const auto& call = t.impl()->call;
  const Shape& shape = t.shape();
  if (++steps > 300 || !call || !call->operation || !call->run) return false;
  if (std::find(shape.begin(), shape.end(), Shape::unknown) != shape.end()) return false;
  if (shape.size() > 1 << 16) return false;
  return call->operation->operation_class() == "Shape" ||
         std::all_of(call->inputs.begin(), call->inputs.end(),
                     [&](const Tensor& input) { return hangs_on_shapes(input, steps); });
}
/// The value if it is the same for all sizes of open dimensions, else nothing.
Tensor known_value(const Tensor& t) {
  Tensor first;
  for (const Probe& probe : probes) {
    const Tensor value = ShapeValue(probe).of(t);
    if (first.defined() &&
        (value.shape() != first.shape() || value.to_vector<double>() != first.to_vector<double>()))
      return {};
    if (!first.defined()) first = value;
  }
  return first;
}

}  // namespace

Tensors with_known_sizes(const Tensors& inputs) {
  Tensors out = inputs;
  bool others = false;
  for (Tensor& t : out) {
    int steps = 0;
    if (!t.is_symbolic()) continue;
    if (!hangs_on_shapes(t, steps)) {
      others = true;
    } else if (const Tensor value = known_value(t); value.defined()) {
      t = value;
    }
  }
  return others ? out : inputs;
}

OpRun shape_op(const OpArguments& a) {
  return [x = a.tensor(0, "x")](const Tensors& in) {
    return Tensors{symbolic::op(
        "Shape", symbolic::no_arguments,
        [](const Tensor& t) {
          if (t.is_symbolic()) return Tensor::symbolic({t.rank()}, DType::int32, "");
          return as_tensor(t.shape());
        },
        x(in))};
  };
}

OpRun deferred_op(const OpArguments& arguments) { return Deferred(arguments); }

}  // namespace kcpp::ops
