#include "src/session/program.h"

#include <algorithm>

#include "src/session/chunks.h"
#include "src/session/passes.h"
#include "src/session/tracer.h"

namespace kcpp::inference {
namespace {

std::string shape_request(size_t i, const Shape& known) {
  return text("[session] The shape of input ", i, " is not known: ", known,
              ". Pass input_shapes, e.g. {.input_shapes = {{128}}}: one shape an input, without "
              "the batch.");
}

/// The inputs' static shapes: the model's, completed by the options.
std::vector<TensorSpec> input_specs(const Model& model, const SessionOptions& o) {
  const Tensors declared = model.inputs();
  std::vector<TensorSpec> specs;
  if (declared.empty()) {
    check(!o.input_shapes.empty(), "[session] The model '", model.name(),
          "' has no defined input shape yet. Build it, call it on data, or pass input_shapes.");
    for (const Shape& s : o.input_shapes)
      specs.push_back({Shape{o.batch_size} + s, model->compute_dtype()});
    return specs;
  }
  check(o.input_shapes.empty() || o.input_shapes.size() == declared.size(),
        "[session] input_shapes must have one shape for each of the model's ", declared.size(),
        " inputs. Received: ", o.input_shapes.size());
  for (size_t i = 0; i < declared.size(); ++i) {
    TensorSpec spec = spec_of(declared[i]);
    check(spec.dtype != DType::string, "[session] Input ", i,
          " is of strings; a session works on numbers. Use predict.");
    if (spec.shape.rank()) {
      check(spec.shape[0] == Shape::unknown || spec.shape[0] == o.batch_size,
            "[session] The model was built for batches of ", spec.shape[0],
            ". Received: batch_size=", o.batch_size);
      spec.shape[0] = o.batch_size;
    }
    if (!o.input_shapes.empty()) {
      const Shape given = Shape{o.batch_size} + o.input_shapes[i];
      bool fits = given.rank() == spec.shape.rank();
      for (int d = 1; fits && d < given.rank(); ++d)
        fits = spec.shape[d] == Shape::unknown || spec.shape[d] == given[d];
      check(fits, "[session] input_shapes[", i, "]=", o.input_shapes[i],
            " does not fit the model's input of shape ", declared[i].shape());
      spec.shape = given;
    }
    if (o.streaming && spec.shape.rank() >= 2) spec.shape[1] = 1;
    for (int64_t d : spec.shape) check(d != Shape::unknown, shape_request(i, declared[i].shape()));
    specs.push_back(spec);
  }
  return specs;
}

bool leaves_batch_open(const Model& model) {
  const Tensors declared = model.inputs();
  return std::all_of(declared.begin(), declared.end(), [](const Tensor& t) {
    return t.rank() > 0 && t.shape()[0] == Shape::unknown;
  });
}

void check_options(const SessionOptions& o) {
  check(o.batch_size >= 1,
        "[session] batch_size must be at least 1. Received: batch_size=", o.batch_size);
  check(o.threads >= 1, "[session] threads must be at least 1. Received: threads=", o.threads);
  check(o.precision == "float32" || o.precision == "bfloat16",
        "[session] precision must be 'float32' or 'bfloat16'. Received: precision=", o.precision);
}

void run_passes(Graph& g) {
  drop_dead_nodes(g);
  drop_identities(g);
  fuse_attention(g);
  fold_padding(g);
  fuse_products(g);  // products of constants become dense, so that factors fold into them
  fold_affine(g);
  fuse_products(g);
  fold_padding(g);  // behind a relu that was fused
  push_strides(g);
  drop_dead_nodes(g);
}

}  // namespace

Program::Program(const Model& model, const SessionOptions& options, Use use, bool logits)
    : options_(options),
      chunk_(options.batch_size),
      backend_(plain_backend()),
      provider_(dynamic_cast<const KernelProvider*>(&backend_)) {
  check_options(options);
  check(static_cast<bool>(model), "[session] The model is undefined.");
  if (options.precision == "bfloat16") {
    const std::string why = provider_
                                ? provider_->why_no_bfloat16()
                                : text("the backend '", backend_.name(), "' has no kernels for it");
    check(why.empty(), "[session] precision='bfloat16' cannot be used: ", why,
          ". Use precision='float32'.");
  }
  inputs_ = input_specs(model, options);
  const kcpp::detail::ThreadLimit limit(options.threads);
  const TraceOptions how{
      .streaming = options.streaming, .whole = use == Use::whole, .logits = logits};
  Traced traced = trace(model, inputs_, how);
  for (int v : traced.graph.outputs)
    outputs_.push_back({traced.graph.value(v).shape, traced.graph.value(v).dtype});
  if (leaves_batch_open(model))
    chunk_ = samples_at_once(traced.graph, options.batch_size, options.threads);
  if (chunk_ < options.batch_size) {
    std::vector<TensorSpec> inputs = inputs_;
    for (TensorSpec& s : inputs) s.shape[0] = chunk_;
    traced = trace(model, inputs, how);
  }
  graph_ = std::move(traced.graph);
  frozen_ = traced.frozen;
  masked_ = traced.masked;
  logits_ = std::move(traced.logits);
  if (options.streaming) stream_convolutions(graph_);
  run_passes(graph_);
  // In bfloat16 each product converts its whole input first.
  if (provider_ && options.precision == "float32") fuse_bands(graph_, *provider_, options.threads);
  separate_states(graph_);
  make_kernels();
  plan_ = plan_memory(graph_, kernels_);
  list_steps();
}

void Program::make_kernels() {
  const KernelOptions options{.threads = options_.threads,
                              .bfloat16 = options_.precision == "bfloat16"};
  std::vector<char> read(graph_.values.size(), 0);
  for (Node& n : graph_.nodes) {
    std::unique_ptr<Kernel> kernel;
    if (provider_ && !n.is(NodeKind::eager) && !n.is(NodeKind::layer))
      kernel = provider_->make_kernel(graph_, n, options);
    if (!kernel && !n.scale.empty()) {
      n.inputs[1] = graph_.add_constant(scaled_weights(n, graph_.constant(n.inputs[1])));
      n.scale.clear();
      read.resize(graph_.values.size(), 0);
    }
    for (size_t i = 0; i < n.inputs.size(); ++i) {
      if (n.inputs[i] >= 0 && (!kernel || kernel->reads(static_cast<int>(i))))
        read[static_cast<size_t>(n.inputs[i])] = 1;
    }
    uses_library_ |= !kernel || kernel->uses_library();
    kernels_.push_back(std::move(kernel));
  }
  for (int v : graph_.outputs) read[static_cast<size_t>(v)] = 1;
  // What was packed is no longer needed in its first form.
  for (size_t v = 0; v < graph_.values.size(); ++v) {
    Value& value = graph_.values[v];
    if (value.is_constant() && !read[v]) value.constant = Tensor::empty({0}, value.dtype);
  }
}

size_t Program::weight_bytes() const {
  size_t bytes = 0;
  for (const auto& k : kernels_) bytes += k ? k->weight_bytes() : 0;
  for (const Value& v : graph_.values) bytes += v.is_constant() ? v.constant.bytes() : 0;
  return bytes;
}

void Program::list_steps() {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const Node& n = graph_.nodes[i];
    steps_.push_back({.operation = n.name,
                      .layer = n.layer,
                      .kernel = kernels_[i] ? kernels_[i]->name() : "eager",
                      .fused = n.fused,
                      .output = graph_.value(n.outputs[0]).shape,
                      .eager = !kernels_[i]});
  }
}

}  // namespace kcpp::inference
