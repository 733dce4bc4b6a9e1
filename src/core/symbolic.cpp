#include "kcpp/core/symbolic.h"

#include <cctype>
#include <map>
#include <mutex>

#include "src/core/make_call.h"

namespace kcpp::symbolic {
namespace {

thread_local bool trace = true;

std::mutex names_mutex;
std::map<std::string, int64_t, std::less<>>& name_counts() {
  static std::map<std::string, int64_t, std::less<>> counts;
  return counts;
}

/// Lets go of a call, and of what only it held, without recursion: the last holder of a long chain
/// of calls would otherwise end in a stack frame for each of them.
void release(Call* call) {
  thread_local std::vector<Tensors>* pending = nullptr;
  if (pending) {
    pending->push_back(std::move(call->inputs));
    delete call;
    return;
  }
  std::vector<Tensors> work;
  pending = &work;
  work.push_back(std::move(call->inputs));
  delete call;
  while (!work.empty()) {
    const Tensors released = std::move(work.back());
    work.pop_back();
  }
  pending = nullptr;
}

}  // namespace

std::shared_ptr<Call> make_call() { return {new Call, release}; }

bool tracing() { return trace; }
PauseTracing::PauseTracing() : saved_(trace) { trace = false; }
PauseTracing::~PauseTracing() { trace = saved_; }

std::string snake_case(std::string_view name) {
  // Keras's to_snake_case: re.sub(r"\W+", ""), then "(.)([A-Z][a-z]+)" -> "\1_\2", then
  // "([a-z])([A-Z])" -> "\1_\2".
  std::string word;
  for (char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') word += c;
  }
  const auto upper = [&](size_t i) {
    return i < word.size() && std::isupper(static_cast<unsigned char>(word[i]));
  };
  const auto lower = [&](size_t i) {
    return i < word.size() && std::islower(static_cast<unsigned char>(word[i]));
  };
  std::string once;
  for (size_t i = 0; i < word.size();) {
    if (i > 0 && upper(i) && lower(i + 1)) {
      once += '_';
      once += word[i++];
      while (lower(i)) once += word[i++];
      // The match consumed one character before the capital, so the next one cannot start at the
      // very next character.
      if (i < word.size() && upper(i) && lower(i + 1)) once += word[i++];
    } else {
      once += word[i++];
    }
  }
  std::string out;
  for (size_t i = 0; i < once.size(); ++i) {
    if (i > 0 && std::isupper(static_cast<unsigned char>(once[i])) &&
        std::islower(static_cast<unsigned char>(once[i - 1]))) {
      out += '_';
    }
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(once[i])));
  }
  return out;
}

std::string auto_name(std::string_view class_name) {
  std::string prefix = snake_case(class_name);
  std::lock_guard lock(names_mutex);
  const int64_t count = name_counts()[prefix]++;
  return count == 0 ? prefix : prefix + "_" + std::to_string(count);
}

void reset_names() {
  std::lock_guard lock(names_mutex);
  name_counts().clear();
}

Tensors make_outputs(const std::shared_ptr<Call>& call, const std::vector<TensorSpec>& specs) {
  Tensors out;
  call->outputs = specs;
  for (uint32_t k = 0; k < specs.size(); ++k) {
    call->output_names.push_back(auto_name("keras_tensor"));
    Tensor t = Tensor::symbolic(specs[k].shape, specs[k].dtype, call->output_names.back());
    t.impl()->call = call;
    t.impl()->call_output = k;
    out.push_back(std::move(t));
  }
  return out;
}

Tensors record_op(std::string_view class_name, Tensors inputs, Config arguments,
                  const Tensors& outputs, std::function<Tensors(const Tensors&)> run) {
  auto call = make_call();
  call->operation = std::make_shared<OpNode>(std::string(class_name), auto_name(class_name));
  call->inputs = std::move(inputs);
  call->arguments = std::move(arguments);
  call->run = std::move(run);
  std::vector<TensorSpec> specs;
  for (const Tensor& t : outputs) specs.push_back(spec_of(t));
  return make_outputs(call, specs);
}

}  // namespace kcpp::symbolic
