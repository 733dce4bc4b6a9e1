// keras.ops against Keras's own numbers: results, dtypes and gradients; and the same through a
// symbolic graph.
#include <catch2/catch_all.hpp>
#include <set>

#include "kcpp/core/symbolic.h"
#include "kcpp/core/tape.h"
#include "tests/ops/golden_ops.h"
#include "tests/support/closeness.h"

using namespace kcpp;
using namespace kcpp::test;

namespace {

constexpr const char* kFamilies[] = {"ops", "ops_signal"};

/// Operations whose result is not determined up to the sign, the order or rounding at random.
bool is_ambiguous(const std::string& op) {
  return op == "svd" || op == "eigh" || op == "qr" || op == "argpartition";
}

/// Cases that need more room, with the reason.
double extra_tolerance(const std::string& name) {
  // TensorFlow's kernels hold these functions' parameters as float32, in float64 too.
  if (name == "leaky_relu_2" || name == "gelu_2") return 1e-7;
  return 0;
}

/// Cases in which Keras's own numbers are wrong.
bool is_wrong_in_keras(const std::string& name) {
  return name == "rot90_2";  // k=2 of a matrix that isn't square: not NumPy's rotation
}

/// Keras's Quantile forgets its method in a graph.
bool forgets_method(const OpCase& c) {
  const Config* config = c.arguments.find("config");
  const Config* method = config ? config->find("method") : nullptr;
  return c.op == "quantile" && method && !(*method == Config("linear"));
}

DType least_precise(const OpCase& c, const Config& entry) {
  DType worst = DType::float64;
  const auto consider = [&](DType d) {
    const auto rank = [](DType t) {
      return t == DType::bfloat16 ? 3 : t == DType::float16 ? 2 : t == DType::float32 ? 1 : 0;
    };
    if (rank(d) > rank(worst)) worst = d;
  };
  for (const Tensor& t : c.inputs) consider(is_floating(t.dtype()) ? t.dtype() : DType::float32);
  for (const Config& d : entry.at("output_dtypes").as_list())
    consider(is_floating(dtype_of(d.as_string())) ? dtype_of(d.as_string()) : DType::float32);
  return worst;
}

/// Cases are cheap; a failure must not stop the others, so all failures of a test are printed
/// together.
struct Failures {
  std::string text;
  int count = 0;
  void add(const std::string& name, const std::string& what) {
    if (++count <= 60) text += name + ": " + what + "\n";
  }
  void report() const {
    INFO(count << " failures\n" << text);
    CHECK(count == 0);
  }
};

ops::OpRun runner(const OpCase& c) {
  if (ops::OpRun plain = plain_op(c)) return plain;
  return ops::make_op(c.class_name, c.arguments);
}

void check_values(const OpCase& c, const Config& entry, const GoldenFile& golden,
                  Failures& failures) {
  if (is_wrong_in_keras(c.name)) return;
  Tolerance tolerance = tolerance_for(least_precise(c, entry));
  tolerance.output = std::max(tolerance.output, extra_tolerance(c.name));
  tolerance.gradient = std::max(tolerance.gradient, extra_tolerance(c.name));
  GradientTape tape;
  for (const Tensor& t : c.inputs) {
    if (is_floating(t.dtype())) tape.watch(t);
  }
  const Tensors out = runner(c)(c.inputs);
  const Tensors expected = golden.arrays(entry.at("outputs"));
  if (out.size() != expected.size())
    return failures.add(c.name,
                        text("number of outputs ", out.size(), " instead of ", expected.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    const DType dtype = dtype_of(entry.at("output_dtypes").as_list()[i].as_string());
    if (out[i].dtype() != dtype)
      failures.add(c.name, text("dtype ", out[i].dtype(), " instead of ", dtype));
    if (is_ambiguous(c.op)) continue;
    const std::string d = difference(out[i], expected[i], tolerance.output);
    if (!d.empty()) failures.add(c.name, d);
  }
  Tensors targets, cotangents;
  const Config& cotangent_keys = entry.at("cotangents");
  for (size_t i = 0; i < out.size(); ++i) {
    if (cotangent_keys.as_list()[i].is_null()) continue;
    targets.push_back(out[i]);
    cotangents.push_back(golden.array(cotangent_keys.as_list()[i]).astype(out[i].dtype()));
  }
  if (targets.empty() || is_ambiguous(c.op)) return;
  const Tensors gradients = tape.gradient(targets, c.inputs, cotangents);
  const Config::List& keys = entry.at("grads").as_list();
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string d = difference(gradients[i], golden.array(keys[i]), tolerance.gradient);
    if (!d.empty()) failures.add(c.name, text("gradient ", i, ": ", d));
  }
}

/// Through a graph: shapes and dtypes as in an eager call, with and without a known first
/// dimension, and the node written and made again computes the same.
void check_symbolic(const OpCase& c, Failures& failures) {
  if (c.class_name.empty() || c.inputs.empty() || c.name == "repeat_4")
    return;  // its repeats are an input
  const Tensors eager = runner(c)(c.inputs);
  for (const bool unknown : {false, true}) {
    if (unknown && c.op == "squeeze" && c.inputs[0].shape()[0] == 1)
      continue;  // whether it drops the axis depends on it
    Tensors symbols;
    for (const Tensor& t : c.inputs) {
      Shape shape = t.shape();
      // A kernel has no batch.
      const bool is_kernel = !symbols.empty() && c.op.find("conv") != std::string::npos;
      if (unknown && shape.rank() > 0 && !is_kernel) shape[0] = Shape::unknown;
      symbols.push_back(Tensor::symbolic(shape, t.dtype(), "x"));
    }
    Tensors out;
    try {
      out = runner(c)(symbols);
    } catch (const Error& e) {
      if (!unknown) failures.add(c.name, std::string("symbolic: ") + e.what());
      continue;  // some shapes depend on the length of the batch
    }
    if (out.size() != eager.size()) {
      if (!unknown) failures.add(c.name, "symbolic: number of outputs");
      continue;
    }
    for (size_t i = 0; i < out.size(); ++i) {
      if (!out[i].is_symbolic()) {
        failures.add(c.name, "symbolic: the result is not symbolic");
        break;
      }
      if (out[i].dtype() != eager[i].dtype())
        failures.add(c.name,
                     text("symbolic: dtype ", out[i].dtype(), " instead of ", eager[i].dtype()));
      bool fits = out[i].rank() == eager[i].rank();
      for (int k = 0; fits && k < out[i].rank(); ++k) {
        fits = out[i].shape()[k] == eager[i].shape()[k] ||
               (out[i].shape()[k] == -1 &&
                (unknown || c.op == "unique" || c.op == "nonzero" || c.op == "bincount" ||
                 c.op == "segment_max" || c.op == "segment_sum"));
      }
      if (!fits)
        failures.add(c.name, text(unknown ? "unknown batch" : "symbolic", ": shape ",
                                  out[i].shape(), " instead of ", eager[i].shape()));
    }
    if (unknown || !out[0].impl()->call) continue;
    const symbolic::Call& call = *out[0].impl()->call;
    if (!ops::find_op(call.operation->operation_class())) {
      failures.add(
          c.name, "the node's class " + call.operation->operation_class() + " is not in the table");
      continue;
    }
    // The node's inputs as eager tensors: constants are there already.
    Tensors inputs;
    for (const Tensor& t : call.inputs) {
      Tensor value = t;
      for (size_t k = 0; k < symbols.size(); ++k) {
        if (t.same(symbols[k])) value = c.inputs[k];
      }
      inputs.push_back(value);
    }
    bool complete = true;  // one node holds the whole op, unless it is composed of several
    for (const Tensor& t : inputs) complete &= !t.is_symbolic();
    if (!complete) continue;
    Config arguments = ops::call_arguments(call);
    if (const Config* config = call.arguments.find("config")) arguments.set("config", *config);
    const Tensors again = ops::make_op(call.operation->operation_class(), arguments)(inputs);
    const Tensors run = call.run(inputs);
    for (size_t i = 0; i < again.size(); ++i) {
      if (again[i].dtype() == DType::string) continue;
      const std::string d = difference(again[i], eager[i], 0), e = difference(run[i], eager[i], 0);
      if (!d.empty()) failures.add(c.name, "node made again: " + d);
      if (!e.empty() && !forgets_method(c)) failures.add(c.name, "node run: " + e);
    }
  }
}

}  // namespace

TEST_CASE("every op of the golden file is known") {
  const GoldenFile& golden = GoldenFile::get("ops");
  std::set<std::string> missing;
  for (const Config& entry : golden.cases()) {
    const OpCase c = read_case(golden, entry);
    if (!plain_op(c) && !ops::find_op(c.class_name))
      missing.insert(c.op + " (" + c.class_name + ")");
  }
  std::string list;
  for (const std::string& m : missing) list += m + "\n";
  INFO(list);
  CHECK(missing.empty());
}

TEST_CASE("ops compute Keras's numbers, dtypes and gradients") {
  Failures failures;
  for (const char* family : kFamilies) {
    const GoldenFile& golden = GoldenFile::get(family);
    for (const Config& entry : golden.cases()) {
      const OpCase c = read_case(golden, entry);
      if (!plain_op(c) && !ops::find_op(c.class_name)) continue;
      try {
        check_values(c, entry, golden, failures);
      } catch (const std::exception& e) {
        failures.add(c.name, std::string("threw ") + e.what() + " " + c.arguments.to_json());
      }
    }
  }
  failures.report();
}

TEST_CASE(
    "symbolic calls of ops have the shapes and dtypes of eager ones, and nodes can be made again") {
  Failures failures;
  for (const char* family : kFamilies) {
    const GoldenFile& golden = GoldenFile::get(family);
    for (const Config& entry : golden.cases()) {
      const OpCase c = read_case(golden, entry);
      if (c.op == "arange" || !ops::find_op(c.class_name)) continue;  // no tensor goes in
      try {
        check_symbolic(c, failures);
      } catch (const std::exception& e) {
        failures.add(c.name, std::string("threw ") + e.what());
      }
    }
  }
  failures.report();
}
