/// Losses (keras.losses): what training minimises.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kcpp/core/dtype_policy.h"
#include "kcpp/core/numbers.h"
#include "kcpp/core/object.h"
#include "kcpp/core/tensor.h"
#include "kcpp/ops/types.h"

namespace kcpp {

/// Base of the losses. A loss overrides `call`, which gives one value a sample (or finer); the base
/// weights and reduces.
class KCPP_API LossImpl : public Object {
 public:
  /// Loss values of shape [batch, d0, .. dN-1] from y_true and y_pred [batch, d0, .. dN].
  /// Differentiable.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) = 0;
  /// keras.losses.Loss.__call__: casts, applies the mask of y_pred and sample_weight, reduces. A
  /// scalar unless reduction is "none".
  virtual Tensor operator()(const Tensor& y_true, const Tensor& y_pred,
                            const Tensor& sample_weight = {});
  /// The fields name and reduction; subclasses' `fields` add theirs.
  void fields(Fields& f) override;
  void validate() override;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  const std::string& reduction() const { return reduction_; }

 protected:
  std::string name_;
  std::string reduction_ = "sum_over_batch_size";
  DTypePolicy dtype_ = floatx();  ///< as in Keras, whatever the global policy is
};

/// A handle built from a name ("mse"), from `losses::X(...)`, or from a lambda (y_true, y_pred) ->
/// values.
class KCPP_API Loss : public Handle<LossImpl> {
 public:
  using Handle::Handle;
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  Loss() = default;
  Loss(const char* name);
  Loss(const std::string& name);
  Loss(Function function, std::string name = "loss_fn");
  /// Not from a handle, which can be called too: that is copied.
  template <class F>
  requires(std::is_invocable_r_v<Tensor, F, const Tensor&, const Tensor&> &&
           !std::is_convertible_v<F*, const Loss*>) Loss(F function)
      : Loss(Function(std::move(function))) {}
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred,
                    const Tensor& sample_weight = {}) const {
    return (*impl_)(y_true, y_pred, sample_weight);
  }
  /// What the user wrote, when it was a name: "mse", "crossentropy". Kept for compile configs and
  /// for automatic choice.
  const std::string& identifier() const { return identifier_; }

 private:
  std::string identifier_;
};
/// As in a compile config: the name if it was given by name, else the serialized object.
KCPP_API Config to_config(const Loss& v);
KCPP_API void from_config(const Config& c, Loss& v, std::string_view what);

/// The functions (keras.losses.mean_squared_error, ...) and the classes. Functions give one value a
/// sample.
namespace losses {

KCPP_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);
/// -1 for the same direction, 1 for the opposite.
KCPP_API Tensor cosine_similarity(const Tensor& y_true, const Tensor& y_pred, int axis = -1);
KCPP_API Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1.0);
KCPP_API Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor poisson(const Tensor& y_true, const Tensor& y_pred);
KCPP_API Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                    bool from_logits = false, double label_smoothing = 0.0,
                                    int axis = -1);
KCPP_API Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                          bool apply_class_balancing = false, double alpha = 0.25,
                                          double gamma = 2.0, bool from_logits = false,
                                          double label_smoothing = 0.0, int axis = -1);
KCPP_API Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                         bool from_logits = false, double label_smoothing = 0.0,
                                         int axis = -1);
/// `alpha`: one number, or one a class.
KCPP_API Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                               const Numbers& alpha = 0.25, double gamma = 2.0,
                                               bool from_logits = false,
                                               double label_smoothing = 0.0, int axis = -1);
KCPP_API Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                                bool from_logits = false,
                                                std::optional<int> ignore_class = {},
                                                int axis = -1);
KCPP_API Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred,
                                                      double q);
KCPP_API Tensor ctc(const Tensor& y_true, const Tensor& y_pred);
/// `axis`: summed over; none means all.
KCPP_API Tensor dice(const Tensor& y_true, const Tensor& y_pred, const ops::Axes& axis = {});
KCPP_API Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5,
                        double beta = 0.5, const ops::Axes& axis = {});
KCPP_API Tensor circle(const Tensor& y_true, const Tensor& y_pred, bool remove_diagonal = true,
                       double gamma = 80, double margin = 0.4);

struct LossOptions {
  std::string reduction =
      "sum_over_batch_size";  ///< or "sum", "mean", "mean_with_sample_weight", "none"
  std::string name = {};
};
#define KCPP_PLAIN_LOSS(Name)                \
  class KCPP_API Name : public Loss {        \
   public:                                   \
    explicit Name(LossOptions options = {}); \
  }
KCPP_PLAIN_LOSS(MeanSquaredError);
KCPP_PLAIN_LOSS(MeanAbsoluteError);
KCPP_PLAIN_LOSS(MeanAbsolutePercentageError);
KCPP_PLAIN_LOSS(MeanSquaredLogarithmicError);
KCPP_PLAIN_LOSS(LogCosh);
KCPP_PLAIN_LOSS(Hinge);
KCPP_PLAIN_LOSS(SquaredHinge);
KCPP_PLAIN_LOSS(CategoricalHinge);
KCPP_PLAIN_LOSS(KLDivergence);
KCPP_PLAIN_LOSS(Poisson);
KCPP_PLAIN_LOSS(CTC);
#undef KCPP_PLAIN_LOSS

struct CosineSimilarityOptions {
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API CosineSimilarity : public Loss {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};
struct HuberOptions {
  double delta = 1.0;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API Huber : public Loss {
 public:
  explicit Huber(HuberOptions options = {});
};
struct CrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(CrossentropyOptions options = {});
};
class KCPP_API CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(CrossentropyOptions options = {});
};
struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<int> ignore_class = {};
  std::string reduction = "sum_over_batch_size";
  int axis = -1;
  std::string name = {};
};
class KCPP_API SparseCategoricalCrossentropy : public Loss {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};
struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API BinaryFocalCrossentropy : public Loss {
 public:
  explicit BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options = {});
};
struct CategoricalFocalCrossentropyOptions {
  Numbers alpha = 0.25;  ///< one number, or one a class
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API CategoricalFocalCrossentropy : public Loss {
 public:
  explicit CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options = {});
};
struct DiceOptions {
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
  ops::Axes axis = {};  ///< none: all
};
class KCPP_API Dice : public Loss {
 public:
  explicit Dice(DiceOptions options = {});
};
struct TverskyOptions {
  double alpha = 0.5;
  double beta = 0.5;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
  ops::Axes axis = {};
};
class KCPP_API Tversky : public Loss {
 public:
  explicit Tversky(TverskyOptions options = {});
};
struct CircleOptions {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API Circle : public Loss {
 public:
  explicit Circle(CircleOptions options = {});
};
struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};
class KCPP_API CategoricalGeneralizedCrossEntropy : public Loss {
 public:
  explicit CategoricalGeneralizedCrossEntropy(
      CategoricalGeneralizedCrossEntropyOptions options = {});
};

}  // namespace losses
}  // namespace kcpp
