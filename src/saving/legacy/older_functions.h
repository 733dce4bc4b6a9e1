/// Losses and metrics that older Keras computed otherwise under the names of today.
#pragma once

#include <string>
#include <vector>

#include "src/saving/legacy/training_config.h"

namespace kcpp::saving {

/// What an older Keras did otherwise.
struct OlderFunctions {
  /// What a crossentropy was taken of where a sigmoid or a softmax gave the prediction.
  enum class Crossentropies {
    of_logits,         ///< of what either of them got: Keras 3
    of_own_logits,     ///< of what a sigmoid got for a binary one, a softmax for the others
    of_probabilities,  ///< of what they gave, at least 1e-7 from 0 and 1
  };
  Crossentropies crossentropies = Crossentropies::of_logits;
  bool epsilon_in_logs = false;   ///< in binary crossentropies of probabilities
  bool plain_labels = false;      ///< hinges take labels 0 and 1 as they are
  bool mean_of_products = false;  ///< for the similarity of cosines
  bool negated = false;           ///< as a metric it is what it is as a loss
  bool rounded = false;           ///< binary accuracy rounds predictions
};
/// `training`: the compile section as the file has it.
OlderFunctions older_functions_of(const Config& training, const Epoch& epoch);
/// TensorFlow 2.3 and 2.4 wrote the version "2.4.0"; only 2.3 wrote metrics as they were given.
bool is_before_tensorflow_2_4(const Config& training, const Epoch& epoch);
/// "accuracy" was chosen by the loss, not by the shapes of the targets.
bool chooses_accuracy_by_loss(const Epoch& epoch);

/// An upgraded compile section with the words (src/older_keras.h) of its losses and metrics, where
/// they make a difference.
Config with_older_functions(Config training, const OlderFunctions& older,
                            const CompiledModel& model);

/// The activations that give a model's outputs: "softmax"; "" for others and where none does.
std::vector<std::string> output_activations(const Config& model);

}  // namespace kcpp::saving
