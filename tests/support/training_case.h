/// What the golden families `training` and `files` have in common.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "kcpp/models/model.h"
#include "tests/support/closeness.h"
#include "tests/support/golden.h"

namespace kcpp::test {

/// One case of training: its data, and a list of what is wrong, so that a case fails once with all
/// of it.
class TrainingCase {
 public:
  TrainingCase(const GoldenFile& golden, const Config& c)
      : golden_(golden),
        c_(c),
        x_(data_of(c.at("x"))),
        y_(data_of(c.at("y"))),
        sample_weight_(data_of(c.at("sample_weight"))) {
    if (const Config& weights = c.at("class_weight"); !weights.is_null()) {
      for (const auto& [index, weight] : weights.as_dict())
        class_weight_[std::stoll(index)] = weight.as_double();
    }
  }
  const std::string& wrong() const { return wrong_; }

 protected:
  template <class... Parts>
  void expect(bool ok, const Parts&... parts) {
    if (!ok) wrong_ += text("\n  ", parts...);
  }
  void compare(const std::string& what, const Tensor& actual, const Tensor& expected,
               double tolerance) {
    const std::string d = difference(actual, expected, tolerance);
    expect(d.empty(), what, ": ", d);
  }
  void compare(const std::string& what, const std::vector<double>& actual,
               const std::vector<double>& expected, double tolerance) {
    compare(what, Tensor::from(actual), Tensor::from(expected), tolerance);
  }
  void compare_weights(const std::string& what, const Model& model, const Config& keys,
                       double tolerance) {
    const Variables weights = model.weights();
    const Config::List& list = keys.as_list();
    expect(weights.size() == list.size(), what, ": ", weights.size(), " weights instead of ",
           list.size());
    for (size_t i = 0; i < std::min(weights.size(), list.size()); ++i) {
      // The softmax cancels a key's bias: its gradient is rounding alone, and Adam makes steps of
      // it.
      const bool no_gradient = weights[i].path().ends_with("/key/bias");
      compare(text(what, " ", weights[i].path()), weights[i].value(), golden_.array(list[i]),
              no_gradient ? 10 * tolerance : tolerance);
    }
  }
  /// A layer read from a file is built by itself, so its path lacks the Sequential's name; in Keras
  /// too.
  void compare_paths(const Model& model, const Config& paths) {
    const Variables weights = model.weights();
    const Config::List& list = paths.as_list();
    for (size_t i = 0; i < std::min(weights.size(), list.size()); ++i) {
      expect(list[i].as_string().ends_with(weights[i].path()), "weight ", i, " is ",
             weights[i].path(), " instead of ", list[i]);
    }
  }
  void compare_predictions(const std::string& what, const Model& model, const Config& keys,
                           double tolerance) {
    const Tensors mine = model.predict_all(x_, {.batch_size = batch_size});
    const Data data = data_of(keys);
    const Tensors expected =
        data.names().empty() ? data.tensors() : data.in_order(model.output_names(), "predictions");
    expect(mine.size() == expected.size(), what, ": ", mine.size(), " outputs instead of ",
           expected.size());
    for (size_t i = 0; i < std::min(mine.size(), expected.size()); ++i)
      compare(text(what, " ", i), mine[i], expected[i], tolerance);
  }
  void compare_logs(const std::string& what, const Logs& logs, const Config& expected,
                    double tolerance) {
    expect(logs.size() == expected.size(), what, ": other figures than ", expected);
    for (const auto& [name, value] : logs) {
      const Config* figure = expected.find(name);
      expect(figure != nullptr, what, " has ", name, ", which Keras has not");
      if (!figure) continue;
      // F1Score and the like give a figure a class; logs hold their mean where Keras's hold a list.
      if (figure->is_number())
        compare(text(what, " ", name), std::vector{value}, std::vector{figure->as_double()},
                tolerance);
    }
  }
  void compare_evaluate(const Model& model, double tolerance) {
    compare_logs(
        "evaluate",
        model.evaluate(x_, y_,
                       {.batch_size = batch_size, .verbose = "0", .sample_weight = sample_weight_}),
        c_.at("evaluate"), tolerance);
  }
  /// The loss of each of `count` batches by itself, from the start of the data.
  std::vector<double> train(const Model& model, size_t count, double validation_split) {
    const auto all =
        static_cast<int64_t>(static_cast<double>(x_.tensors()[0].dim(0)) * (1 - validation_split));
    std::vector<double> losses;
    for (int64_t begin = 0; losses.size() < count;
         begin = begin + batch_size < all ? begin + batch_size : 0) {
      const int64_t end = std::min(begin + batch_size, all);
      model.reset_metrics();
      losses.push_back(model
                           .train_on_batch(rows(x_, begin, end), rows(y_, begin, end),
                                           {.sample_weight = rows(sample_weight_, begin, end),
                                            .class_weight = class_weight_})
                           .at("loss"));
    }
    return losses;
  }
  static std::vector<double> numbers(const Config& list) {
    std::vector<double> out;
    for (const Config& v : list.as_list()) out.push_back(v.as_double());
    return out;
  }

  static constexpr int64_t batch_size = 6;
  const GoldenFile& golden_;
  const Config& c_;
  Data x_, y_, sample_weight_;
  ClassWeight class_weight_;

 private:
  /// A list of keys, or keys by name; null is nothing.
  Data data_of(const Config& keys) const {
    if (keys.is_null()) return {};
    if (!keys.is_dict()) return {golden_.arrays(keys)};
    Data out;
    for (const auto& [name, key] : keys.as_dict()) out.add(name, golden_.array(key));
    return out;
  }
  static Data rows(const Data& data, int64_t begin, int64_t end) {
    Tensors parts;
    for (const Tensor& t : data.tensors()) parts.push_back(t.rows(begin, end));
    if (data.names().empty()) return {parts};
    Data out;
    for (size_t i = 0; i < parts.size(); ++i) out.add(data.names()[i], parts[i]);
    return out;
  }
  std::string wrong_;
};

/// Runs each case of a family; `skipped` names those that wait for something.
template <class Case>
void run_cases(const char* family, const std::vector<std::string>& skipped,
               const std::function<void(const std::string&, const std::string&)>& check_one) {
  const GoldenFile& golden = GoldenFile::get(family);
  const char* only = std::getenv("KCPP_GOLDEN_CASE");  // a part of a case's name, to look at few
  for (const Config& c : golden.cases()) {
    const std::string& name = c.at("name").as_string();
    if (std::find(skipped.begin(), skipped.end(), name) != skipped.end()) continue;
    if (only && name.find(only) == std::string::npos) continue;
    std::string wrong;
    try {
      Case one(golden, c);
      one.run();
      wrong = one.wrong();
    } catch (const std::exception& e) {
      wrong = text("threw: ", e.what());
    }
    check_one(name, wrong);
  }
}

}  // namespace kcpp::test
