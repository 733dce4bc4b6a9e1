/// Operation nodes of Keras 3 for one call of a TensorFlow function.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/saving/legacy/tf_functions.h"

namespace kcpp::saving {

/// `c` is a tensor of the graph, or holds one at any depth.
bool is_graph_tensor(const Config& c);
bool has_graph_tensor(const Config& c);

/// Collects the nodes. An attribute that the graph computes makes a Deferred node (src/ops).
class TfBuilder {
 public:
  explicit TfBuilder(const TfCall& call) : call_(call) {}

  /// The argument of that name; the function's first one is positional. Null if it is not there.
  Config argument(std::string_view name, bool first = false) const;
  /// The argument as the file has it, null too; nothing if it is not there.
  const Config* given(std::string_view name) const { return call_.kwargs.find(name); }
  /// A tensor argument; throws if it is not there.
  Config tensor(std::string_view name, bool first = false) const;
  /// A whole number, or `otherwise`; throws for a tensor.
  int64_t integer(std::string_view name, int64_t otherwise) const;
  double number(std::string_view name, double otherwise) const;
  bool flag(std::string_view name) const;

  /// Adds a node; its (first) output.
  Config op(std::string_view op, Config::List args, Config config = Config::dict());
  /// Output `i` of the node that gave `first`.
  static Config output(const Config& first, int64_t i);
  /// What the function gives, where that is not what the last node gives.
  void give(Config::List outputs) { outputs_ = std::move(outputs); }
  TfOperations finish();
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  const TfCall& call_;
  std::vector<Config> nodes_;
  Config::List outputs_;
};

/// A literal where a tensor belongs: numbers stay, lists become a constant.
Config tf_tensor_argument(const Config& c, bool list_of_tensors);
/// The numbers 0, 1 .. below a count, which the graph may compute.
Config tf_numbers(TfBuilder& builder, const Config& count, std::string_view dtype = "int32");
/// An item of a GetItem's key.
Config tf_slice(const Config& start, const Config& stop, const Config& step = Config());
/// "SAME" as "same"; what is no string as it is.
Config tf_lower(const Config& c);

/// A function by its name, and what adds its nodes.
struct TfFunction {
  std::string_view name;
  void (*add)(TfBuilder&);
};
/// Adds the nodes of a function of a table; false if it is not there.
bool add_tf_function(std::span<const TfFunction> table, std::string_view name, TfBuilder& builder);

/// Adds the nodes of a function that is more than one operation; false if it is no such function.
bool add_tf_composite(std::string_view name, TfBuilder& builder);
/// The same for functions of neural networks.
bool add_tf_network_function(std::string_view name, TfBuilder& builder);
/// The same for functions of shapes, slices and positions.
bool add_tf_shape_function(std::string_view name, TfBuilder& builder);
/// The same for functions that pick by indices.
bool add_tf_gather(std::string_view name, TfBuilder& builder);
/// The same for functions that write by indices.
bool add_tf_scatter(std::string_view name, TfBuilder& builder);
/// The same for functions of colours.
bool add_tf_color_function(std::string_view name, TfBuilder& builder);
/// The same for functions of matrices.
bool add_tf_linalg(std::string_view name, TfBuilder& builder);
/// The same for functions of several results.
bool add_tf_results(std::string_view name, TfBuilder& builder);
/// The same for masks and results whose size hangs on the data.
bool add_tf_mask(std::string_view name, TfBuilder& builder);
/// The same for functions that count, and that ask for an order.
bool add_tf_counts(std::string_view name, TfBuilder& builder);
/// The same for diagonals.
bool add_tf_diagonals(std::string_view name, TfBuilder& builder);
/// The same for what connectionist temporal classification needs.
bool add_tf_ctc(std::string_view name, TfBuilder& builder);
/// The same for special functions.
bool add_tf_special(std::string_view name, TfBuilder& builder);
/// The same for functions of blocks and windows.
bool add_tf_block_function(std::string_view name, TfBuilder& builder);
/// The same for functions of images whose result hangs on the image's size.
bool add_tf_image_size(std::string_view name, TfBuilder& builder);
/// The same for functions of signals.
bool add_tf_signal(std::string_view name, TfBuilder& builder);
/// The same for cosine transforms.
bool add_tf_cosines(std::string_view name, TfBuilder& builder);
/// The same for functions that take or give complex tensors.
bool add_tf_complex(std::string_view name, TfBuilder& builder);

}  // namespace kcpp::saving
