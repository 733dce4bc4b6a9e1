#include "tests/ops/golden_ops.h"

#include "kcpp/ops/create.h"

namespace kcpp::test {
namespace {

const Config& signatures() {
  static const GoldenFile file("op_signatures");
  return file.config().at("ops");
}

}  // namespace

OpCase read_case(const GoldenFile& golden, const Config& entry) {
  OpCase c;
  c.name = entry.at("name").as_string();
  c.op = entry.at("op").as_string().substr(4);
  const Config& signature = signatures().at(c.op);
  if (!signature.at("class").is_null()) c.class_name = signature.at("class").as_string();

  Config config = Config::dict(), args = Config::list();
  const auto decode = [&](const Config& coded, const auto& self) -> Config {
    if (const Config* key = coded.find("array")) {
      c.inputs.push_back(golden.array(*key));
      return Config::dict({{"__tensor_input__", static_cast<int>(c.inputs.size()) - 1}});
    }
    if (const Config* list = coded.find("list")) {
      Config out = Config::list();
      for (const Config& item : list->as_list()) out.push_back(self(item, self));
      return out;
    }
    return coded.at("value");
  };
  const Config::List& parameters = signature.at("parameters").as_list();
  for (const Config& p : parameters) {
    if (const Config* missing = p.find("default")) config.set(p.at("name").as_string(), *missing);
  }
  size_t position = 0;
  for (const Config& coded : entry.at("args").as_list()) {
    const Config value = decode(coded, decode);
    const Config& parameter =
        parameters[parameters[0].find("rest") ? 0 : std::min(position, parameters.size() - 1)];
    ++position;
    // A parameter of the Operation's constructor is not passed to its call: einsum's subscripts.
    const std::string& name = parameter.at("name").as_string();
    if (((c.op == "einsum" || c.op == "full") && position == 1) ||
        (c.op == "batch_normalization" && position == 4)) {
      config.set(name, value);
      continue;
    }
    args.push_back(value);
    if (!parameter.find("rest")) config.set(name, value);
  }
  for (const auto& [name, coded] : entry.at("kwargs").as_dict())
    config.set(name, decode(coded, decode));
  c.arguments = Config::dict({{"config", config}, {"args", args}});
  return c;
}

ops::OpRun plain_op(const OpCase& c) {
  const ops::OpArguments a(c.arguments);
  const auto fixed = [](Tensor t) { return [t](const Tensors&) { return Tensors{t}; }; };
  const ops::OptionalDType dtype = a.dtype("dtype");
  if (c.op == "zeros") return fixed(ops::zeros(a.shape("shape"), dtype));
  if (c.op == "ones") return fixed(ops::ones(a.shape("shape"), dtype));
  if (c.op == "empty") return fixed(ops::empty(a.shape("shape"), dtype));
  if (c.op == "eye")
    return fixed(ops::eye(a.integer("N"), a.optional_integer("M"), a.small("k"), dtype));
  if (c.op == "tri")
    return fixed(ops::tri(a.integer("N"), a.optional_integer("M"), a.small("k"), dtype));
  if (c.op == "identity") return fixed(ops::identity(a.integer("n"), dtype));
  if (c.op == "bartlett") return fixed(ops::bartlett(a.integer("x")));
  if (c.op == "blackman") return fixed(ops::blackman(a.integer("x")));
  if (c.op == "hamming") return fixed(ops::hamming(a.integer("x")));
  if (c.op == "hanning") return fixed(ops::hanning(a.integer("x")));
  if (c.op == "kaiser") return fixed(ops::kaiser(a.integer("x"), a.number("beta")));
  return nullptr;
}

}  // namespace kcpp::test
