/// Every command of the program kcpp, in right and in wrong use: exit codes, files, and one line on
/// stderr that names what is wrong.
#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cmath>
#include <filesystem>

#include "kcpp/data_files.h"
#include "kcpp/layers.h"
#include "kcpp/models/sequential.h"
#include "kcpp/ops/math.h"
#include "kcpp/saving.h"
#include "src/saving/containers/json.h"
#include "tests/cli/process.h"
#include "tests/support/closeness.h"
#include "tests/support/files.h"
#include "tests/support/golden.h"

using namespace kcpp;
using namespace kcpp::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A model that Keras saved, and the arrays and figures that it had with it.
class Golden {
 public:
  Golden(const std::string& name, const TemporaryFolder& folder)
      : golden_(GoldenFile::get("files")) {
    for (const Config& c : golden_.cases())
      if (c.at("name").as_string() == name) case_ = &c;
    model = GoldenFile::path("files/" + name + ".keras");
    x = write(folder / "x.npz", case_->at("x"));
    y = write(folder / "y.npz", case_->at("y"));
  }
  const Config& at(const char* key) const { return case_->at(key); }
  Tensor array(const Config& key) const { return golden_.array(key); }

  std::string model, x, y;

 private:
  /// A list becomes arr_0, arr_1 ...; a dict keeps its names.
  std::string write(const std::string& path, const Config& keys) const {
    NamedTensors arrays;
    if (keys.is_dict()) {
      for (const auto& [name, key] : keys.as_dict()) arrays.set(name, golden_.array(key));
    } else {
      for (size_t i = 0; i < keys.size(); ++i)
        arrays.set("arr_" + std::to_string(i), golden_.array(keys.as_list()[i]));
    }
    save_npz(path, arrays);
    return path;
  }
  const GoldenFile& golden_;
  const Config* case_ = nullptr;
};

/// It failed as a program should: an exit code, nothing on stdout, one line with these words.
void check_refused(const Run& run, const std::vector<std::string>& words) {
  INFO("stderr: " << run.err);
  CHECK((run.code == 1 || run.code == 2));
  CHECK(run.out == "");
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  CHECK(run.err.starts_with("kcpp: "));
  CHECK(run.err.size() < 2000);
  for (const std::string& word : words) CHECK_THAT(run.err, ContainsSubstring(word));
}

void check_ran(const Run& run) {
  INFO("stderr: " << run.err);
  CHECK(run.code == 0);
}

Config parse(const std::string& json) { return io::parse_json(json, "JSON"); }

void check_close(const Config& mine, const Config& expected) {
  REQUIRE(mine.size() == expected.size());
  for (const auto& [key, value] : expected.as_dict()) {
    INFO(key);
    REQUIRE(mine.find(key));
    CHECK(mine.at(key).as_double() == Catch::Approx(value.as_double()).epsilon(1e-4).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("kcpp predict writes what Keras predicts, in the order of the outputs") {
  for (const char* name : {"linear_regression", "two_inputs_residual", "multi_output",
                           "multi_output_dict", "nested_shared", "embedding_rnn"}) {
    INFO(name);
    const TemporaryFolder folder;
    const Golden golden(name, folder);
    const std::string out = folder / "out.npz";
    check_ran(run_kcpp({"predict", golden.model, "--input", golden.x, "--output", out}));
    const NamedTensors arrays = load_npz(out);
    const Config& expected = golden.at("predictions");
    REQUIRE(arrays.size() == expected.size());
    size_t i = 0;
    const auto compare = [&](const Config& key) {
      CHECK(difference(arrays["arr_" + std::to_string(i++)], golden.array(key), 1e-5) == "");
    };
    if (expected.is_dict()) {
      for (const auto& [output, key] : expected.as_dict()) compare(key);
    } else {
      for (const Config& key : expected.as_list()) compare(key);
    }
  }
}

TEST_CASE("kcpp predict reads shards, and writes bfloat16 as float32, which NumPy has") {
  const TemporaryFolder folder;
  const GoldenFile& golden = GoldenFile::get("sharded");
  const Config& c = golden.cases()[0];
  const std::string base = GoldenFile::path("files_sharded/" + c.at("name").as_string()),
                    out = folder / "out.npz", moved = folder / "moved.weights.json";
  save_npy(folder / "x.npy", golden.array(c.at("x")));
  check_ran(run_kcpp({"convert", base + ".json", moved, "--weights", base + ".weights.json"}));
  check_ran(run_kcpp({"predict", base + ".json", "--weights", moved, "--input", folder / "x.npy",
                      "--output", out}));
  const NamedTensors arrays = load_npz(out);
  CHECK(difference(arrays["arr_0"], golden.arrays(c.at("predictions"))[0], 1e-5) == "");
  CHECK(arrays["arr_1"].dtype() == DType::float32);
}

TEST_CASE("kcpp evaluate gives Keras's names and figures") {
  for (const char* name : {"linear_regression", "multi_output", "multi_output_dict", "cnn_bn"}) {
    INFO(name);
    const TemporaryFolder folder;
    const Golden golden(name, folder);
    const std::string json = folder / "out.json";
    const std::string batch = std::to_string(golden.at("batch_size").as_int());
    check_ran(run_kcpp({"evaluate", golden.model, "--input", golden.x, "--target", golden.y,
                        "--batch-size", batch, "--json", json}));
    check_close(parse(slurp(json)), golden.at("evaluate"));
    const Run printed = run_kcpp({"evaluate", golden.model, "--input", golden.x, "--target",
                                  golden.y, "--batch-size", batch});
    check_ran(printed);
    CHECK(parse(printed.out) == parse(slurp(json)));
  }
}

TEST_CASE("kcpp fit goes on where Keras stopped") {
  const TemporaryFolder folder;
  const Golden golden("cnn_bn", folder);
  const std::string saved = folder / "out.keras", history = folder / "h.json";
  check_ran(run_kcpp({"fit", golden.model, "--input", golden.x, "--target", golden.y, "--epochs",
                      "2", "--batch-size", "6", "--no-shuffle", "--save", saved, "--history",
                      history, "--validation-split", "0.25"}));
  const Config figures = parse(slurp(history));
  CHECK(figures.size() == 4);
  for (const char* key : {"accuracy", "loss", "val_accuracy", "val_loss"})
    CHECK(figures.at(key).size() == 2);
  // ... and a second run goes on from the first one's file.
  const std::string h5 = folder / "again.h5";
  check_ran(run_kcpp({"fit", saved, "--input", golden.x, "--target", golden.y, "--epochs", "1",
                      "--batch-size", "6", "--save", h5}));
  check_ran(run_kcpp({"summary", h5}));
}

TEST_CASE("kcpp fit takes sample weights") {
  const TemporaryFolder folder;
  const Golden golden("linear_regression", folder);
  const int64_t samples = golden.array(golden.at("x").as_list()[0]).dim(0);
  const std::string zeros = folder / "w.npy", history = folder / "h.json";
  save_npy(zeros, Tensor::zeros({samples}));
  check_ran(run_kcpp({"fit", golden.model, "--input", golden.x, "--target", golden.y, "--epochs",
                      "1", "--batch-size", "4", "--sample-weight", zeros, "--save", folder / "o.h5",
                      "--history", history}));
  CHECK(parse(slurp(history)).at("loss").as_list()[0].as_double() == 0);
  save_npy(zeros, Tensor::zeros({samples + 1}));
  check_refused(run_kcpp({"evaluate", golden.model, "--input", golden.x, "--target", golden.y,
                          "--sample-weight", zeros}),
                {golden.model, "cardinality"});
}

TEST_CASE("kcpp convert keeps a stored test case") {
  const TemporaryFolder folder;
  const Golden golden("two_inputs_residual", folder);
  const std::string tested = folder / "tested.keras", h5 = folder / "m.h5";
  load_model(golden.model).save(tested, {.with_test_case = true});
  check_ran(run_kcpp({"convert", tested, h5}));
  LoadReport report;
  load_model(h5, {.report = &report, .verify = true});
  CHECK(report.has_test_case);
  CHECK(report.largest_difference.value_or(1) <= 1e-5);
  // A file without one stays without.
  check_ran(run_kcpp({"convert", golden.model, h5}));
  load_model(h5, {.report = &report});
  CHECK(!report.has_test_case);
}

TEST_CASE("kcpp convert keeps the predictions in every format") {
  const TemporaryFolder folder;
  const Golden golden("two_inputs_residual", folder);
  const std::string h5 = folder / "m.h5", weights = folder / "m.weights.h5",
                    json = folder / "m.json", keras = folder / "m.keras", out = folder / "out.npz";
  for (const std::string& to : {h5, weights, json})
    check_ran(run_kcpp({"convert", golden.model, to}));
  check_ran(run_kcpp({"convert", h5, keras}));
  const Tensor expected = golden.array(golden.at("predictions").as_list()[0]);
  const auto predict = [&](std::vector<std::string> model) {
    model.insert(model.begin(), "predict");
    for (const std::string& word : {std::string("--input"), golden.x, std::string("--output"), out})
      model.push_back(word);
    check_ran(run_kcpp(model));
    CHECK(difference(load_npz(out)["arr_0"], expected, 1e-5) == "");
  };
  predict({h5});
  predict({keras});
  predict({json, "--weights", weights});
  predict({json, "--weights", h5});
  // Random weights predict nothing.
  check_refused(run_kcpp({"predict", json, "--input", golden.x, "--output", out}),
                {json, "--weights"});
  check_ran(run_kcpp({"summary", json}));
}

TEST_CASE("kcpp summary, plot, bench, backends, --help and --version run") {
  const TemporaryFolder folder;
  const Golden golden("two_inputs_residual", folder);
  const Run summary = run_kcpp({"summary", golden.model});
  check_ran(summary);
  CHECK_THAT(summary.out,
             ContainsSubstring("Model: \"residual\"") && ContainsSubstring("Total params"));
  check_ran(run_kcpp({"plot", golden.model, folder / "m.dot"}));
  CHECK_THAT(slurp(folder / "m.dot"), ContainsSubstring("digraph"));
  CHECK_THAT(run_kcpp({"bench", golden.model, "--batch-size", "2", "--seconds", "1"}).out,
             ContainsSubstring("p99"));
  CHECK_THAT(run_kcpp({"backends"}).out, ContainsSubstring("reference"));
  CHECK(run_kcpp({"--version"}).code == 0);
  CHECK_THAT(run_kcpp({"--help"}).out, ContainsSubstring("predict"));
  CHECK_THAT(run_kcpp({"fit", "--help"}).out, ContainsSubstring("--epochs"));
}

TEST_CASE("kcpp: wrong command lines give exit code 2 and one line") {
  const TemporaryFolder folder;
  const Golden golden("linear_regression", folder);
  const std::string m = golden.model, x = golden.x, y = golden.y, out = folder / "o.npz";
  const auto misused = [](const std::vector<std::string>& arguments, const std::string& words) {
    INFO(text(arguments));
    const Run run = run_kcpp(arguments);
    check_refused(run, {words});
    CHECK(run.code == 2);
  };
  misused({}, "a command is missing");
  misused({"predcit", m}, "did you mean 'predict'?");
  misused({"frobnicate"}, "unknown command 'frobnicate'");
  misused({"--frobnicate"}, "--frobnicate");
  misused({""}, "a command is missing");
  misused({"predict"}, "MODEL");
  misused({"predict", m}, "--");
  misused({"predict", m, "--input", x}, "--output");
  misused({"predict", m, "--input", x, "--output"}, "--output");
  misused({"predict", m, "--input", x, "--input", x, "--output", out}, "--input");
  misused({"predict", m, "--input", x, "--output", out, "--shuffle"}, "--shuffle");
  misused({"predict", m, m, "--input", x, "--output", out}, m);
  for (const char* bad : {"0", "-1", "abc", "1.5", "", "99999999999999999999", "nan"})
    misused({"predict", m, "--input", x, "--output", out, "--batch-size", bad}, "--batch-size");
  for (const char* bad : {"0", "-3", "x", "1e9", "9999999999"}) {
    misused({"fit", m, "--input", x, "--target", y, "--epochs", bad, "--save", folder / "o.h5"},
            "--epochs");
  }
  misused({"fit", m, "--input", x, "--target", y, "--save", folder / "o.h5"}, "--epochs");
  misused({"fit", m, "--input", x, "--target", y, "--epochs", "1", "--save", folder / "o.h5",
           "--validation-split", "half"},
          "--validation-split");
  misused({"convert", m}, "DST");
  misused({"bench", m, "--threads", "0"}, "--threads");
  misused({"backends", "now"}, "now");
  CHECK_FALSE(std::filesystem::exists(folder / "o.h5"));
}

TEST_CASE("kcpp: files that are missing, damaged or of another kind") {
  const TemporaryFolder folder;
  const Golden golden("linear_regression", folder);
  const std::string m = golden.model, x = golden.x, y = golden.y, out = folder / "o.npz";
  const auto predict = [&](const std::string& model, const std::string& input) {
    return run_kcpp({"predict", model, "--input", input, "--output", out});
  };
  check_refused(predict("/nowhere/m.keras", x), {"/nowhere/m.keras", "No such file"});
  check_refused(predict(folder.path(), x), {folder.path(), "directory"});
  check_refused(predict(m, "/nowhere/x.npz"), {"/nowhere/x.npz", "No such file"});
  for (const char* content : {"", "x", "{", "{}", "[]", "{\"class_name\": \"Dense\"}", "PK\5\6",
                              "\x89HDF\r\n\x1a\n", "\x93NUMPY", "\x93NUMPY\1\1\xff\xff{"}) {
    INFO(content);
    const std::string bad = folder / "bad";
    spill(bad, content);
    check_refused(predict(bad, x), {bad});
    check_refused(predict(m, bad), {bad});
    check_refused(run_kcpp({"summary", bad}), {bad});
    check_refused(run_kcpp({"summary", m, "--weights", bad}), {bad});
    check_refused(run_kcpp({"convert", bad, folder / "o.h5"}), {bad});
  }
  check_refused(predict(x, x), {x, "zip archive"});
  // The weights of another model, and weights in place of a model.
  const std::string other = GoldenFile::path("files/cnn_bn.weights.h5");
  check_refused(run_kcpp({"summary", m, "--weights", other}), {other});
  check_refused(run_kcpp({"summary", other}), {other});
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("kcpp: arrays that do not fit the model") {
  const TemporaryFolder folder;
  const Golden golden("two_inputs_residual", folder);
  const std::string m = golden.model, x = golden.x, y = golden.y, out = folder / "o.npz";
  const NamedTensors good = load_npz(x);
  const Tensor a = good["arr_0"], b = good["arr_1"];
  const std::string bad = folder / "bad.npz";
  const auto refused = [&](const NamedTensors& arrays, const std::string& words) {
    INFO(text(arrays.names()));
    save_npz(bad, arrays);
    check_refused(run_kcpp({"predict", m, "--input", bad, "--output", out}), {bad, words});
  };
  refused({{"arr_0", a}}, "expects 2 input(s)");
  refused({{"arr_0", a}, {"arr_1", b}, {"arr_2", b}}, "expects 2 input(s)");
  refused({{"arr_1", a}, {"left", b}}, "neither arrays named");
  refused({{"arr_0", a}, {"arr_1", b.rows(0, 3)}}, "cardinality");
  refused({{"arr_0", a}, {"arr_1", Tensor::zeros({b.dim(0), 99})}}, "incompatible");
  refused({{"arr_0", a}, {"arr_1", Tensor::zeros({b.dim(0), 2, 2, 2})}}, "");
  refused({{"arr_0", a.rows(0, 0)}, {"arr_1", b.rows(0, 0)}}, "");
  refused({{"arr_0", Tensor::scalar(1)}, {"arr_1", Tensor::scalar(1)}}, "");
  refused({}, "");
  save_npy(folder / "one.npy", a);
  check_refused(run_kcpp({"predict", m, "--input", folder / "one.npy", "--output", out}),
                {"one.npy", "expects 2 input(s)"});
  // Targets: too few, of another shape.
  save_npz(bad, {{"arr_0", Tensor::zeros({3, 1})}});
  check_refused(run_kcpp({"evaluate", m, "--input", x, "--target", bad}), {bad, "cardinality"});
  save_npz(bad, {{"arr_0", Tensor::zeros({a.dim(0), 77})}});
  check_refused(run_kcpp({"evaluate", m, "--input", x, "--target", bad}), {bad});
  save_npz(bad, {{"arr_0", load_npz(y)["arr_0"]}, {"arr_1", load_npz(y)["arr_0"]}});
  check_refused(run_kcpp({"evaluate", m, "--input", x, "--target", bad}), {bad});
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("kcpp: labels out of range, edges of the validation split, a loss that is no number") {
  const TemporaryFolder folder;
  const Golden golden("cnn_bn", folder);
  const std::string bad = folder / "bad.npy", save = folder / "o.keras",
                    history = folder / "h.json";
  const Tensor labels = load_npz(golden.y)["arr_0"];
  const auto fit = [&](const std::string& y, const std::string& split) {
    return run_kcpp({"fit", golden.model, "--input", golden.x, "--target", y, "--epochs", "1",
                     "--batch-size", "6", "--save", save, "--history", history,
                     "--validation-split", split});
  };
  for (const double label : {-1.0, 1000.0, 1e18}) {
    save_npy(bad, Tensor::full(labels.shape(), label, labels.dtype()));
    check_refused(fit(bad, "0"), {golden.model, bad});
  }
  for (const char* split : {"1", "-0.5", "2", "nan", "0.9999"}) {
    INFO(split);
    check_refused(fit(golden.y, split), {golden.model, "validation_split"});
  }
  CHECK_FALSE(std::filesystem::exists(save));

  const Golden line("linear_regression", folder);
  const Tensor target = load_npz(line.y)["arr_0"];
  save_npy(bad, Tensor::full(target.shape(), NAN));
  const Run run = run_kcpp({"fit", line.model, "--input", line.x, "--target", bad, "--epochs", "2",
                            "--batch-size", "6", "--save", save, "--history", history});
  CHECK(run.code == 0);
  CHECK_THAT(run.err, ContainsSubstring("loss is nan since epoch 1"));
  CHECK(std::isnan(parse(slurp(history)).at("loss").as_list()[0].as_double()));
}

TEST_CASE("kcpp: what cannot be written, and what stays") {
  const TemporaryFolder folder;
  const Golden golden("linear_regression", folder);
  const std::string m = golden.model, x = golden.x, y = golden.y;
  const auto fit = [&](const std::string& save, const std::string& history) {
    return run_kcpp({"fit", m, "--input", x, "--target", y, "--epochs", "1", "--save", save,
                     "--history", history});
  };
  check_refused(run_kcpp({"predict", m, "--input", x, "--output", "/nowhere/o.npz"}),
                {"/nowhere/o.npz"});
  check_refused(run_kcpp({"predict", m, "--input", x, "--output", folder.path()}), {folder.path()});
  check_refused(run_kcpp({"convert", m, "/nowhere/o.h5"}), {"/nowhere/o.h5"});
  check_refused(run_kcpp({"convert", m, folder / "o.onnx"}), {"o.onnx", ".keras"});
  check_refused(run_kcpp({"plot", m, folder / "o.pdf"}), {"o.pdf", ".svg"});
  check_refused(fit("/nowhere/o.keras", folder / "h.json"), {"/nowhere/o.keras"});
  check_refused(fit(folder / "o.txt", folder / "h.json"), {"o.txt"});
  check_refused(fit(folder / "o.keras", "/nowhere/h.json"), {"/nowhere/h.json"});
  // A failed command leaves an older file as it was.
  const std::string old = folder / "old.npz";
  spill(old, "precious");
  save_npz(folder / "few.npz", {{"arr_0", Tensor::zeros({4, 77})}});
  check_refused(run_kcpp({"predict", m, "--input", folder / "few.npz", "--output", old}),
                {"few.npz"});
  CHECK(slurp(old) == "precious");
  CHECK(run_kcpp({"predict", m, "--input", x, "--output", old}).code == 0);
  CHECK(slurp(old) != "precious");
  // Nothing else is left behind.
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK_FALSE(entry.path().filename().string().find("tmp") != std::string::npos);
}

TEST_CASE("kcpp: models without a loss, and models too large") {
  const TemporaryFolder folder;
  const Golden golden("linear_regression", folder);
  const Sequential plain({layers::Input({3}), layers::Dense(2)});
  plain.save(folder / "plain.keras");
  check_refused(
      run_kcpp({"evaluate", folder / "plain.keras", "--input", golden.x, "--target", golden.y}),
      {"plain.keras", "compile config"});
  // What a config asks for is not allocated on its word.
  const std::string json = folder / "huge.json", text = plain.to_json();
  std::string huge = text;
  huge.replace(huge.find("\"units\": 2"), 10, "\"units\": 1000000000000");
  spill(json, huge);
  check_refused(run_kcpp({"summary", json}), {json, "'kernel'", "too large"});
  huge = text;
  huge.replace(huge.find("\"units\": 2"), 10, "\"units\": 500000000");
  spill(json, huge);
  check_refused(run_kcpp({"summary", json}), {json, "'kernel'", "too large"});
  check_refused(run_kcpp({"summary", json, "--weights", folder / "plain.keras"}),
                {json, "plain.keras", "too large"});
}
