/// The steps of upgrade_model, one idea each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/older_keras.h"
#include "src/saving/legacy/upgrade.h"

namespace kcpp::saving {

/// What the steps share.
struct Upgrade {
  const Epoch& epoch;
  LoadReport* report;
  /// "channels_first" or "channels_last" for layers of Keras 1 that did not write it.
  std::string data_format = "channels_last";
  bool loses_masks = false;  ///< merging layers let go of masks
  bool frozen = false;       ///< a layer around this one, or this one, is not trainable

  template <class... Parts>
  void note(const Parts&... parts) const {
    if (report) report->notes.push_back(text(parts...));
  }
};

/// A layer of any kind, models too: {"class_name", "config", "name", "inbound_nodes" ..}.
Config upgrade_layer(Config entry, const Upgrade& upgrade);

/// {"class_name": "Sequential", "config": list or dict}.
Config upgrade_sequential(Config entry, const Upgrade& upgrade);
/// {"class_name": "Model" or "Functional", ..}: its layers, and its nodes as Keras 3 writes them.
Config upgrade_functional(Config entry, const Upgrade& upgrade);

/// A Keras 0.x model (no `config` keys; Sequential or Graph) as one of Keras 1.
Config keras0_to_keras1(const Config& model);
/// A layer of Keras 1 as one of Keras 2: class, keys, the values of keys. Models are left alone.
Config keras1_to_keras2(Config entry, const Upgrade& upgrade);
/// A layer of Keras 2 as one of Keras 3, likewise.
Config keras2_to_keras3(Config entry, const Upgrade& upgrade);

/// What a layer of that Keras did otherwise in training, as words in its build_config
/// (src/older_keras.h). `old_class` is its class there. References into `entry` are lost.
void say_how_it_trained(Config& entry, const std::string& old_class, const Epoch& epoch);

/// Initializers, regularizers, constraints and activations of a layer's config: old spellings; what
/// nobody knows is left out with a note where it changes no prediction, else refused.
void upgrade_functions(const std::string& layer, const std::string& class_name, Config& config,
                       const Upgrade& upgrade);
/// The words about an ActivityRegularization, and those beside a layer's regularizers.
OlderKeras words_about_activities(const Epoch& epoch);
void say_how_penalties_counted(Config& config, const Upgrade& upgrade);
/// Throws ValueError in one sentence for a class that nobody knows.
void require_known_class(const Config& entry);

/// A layer of images or volumes that wrote no ordering of its axes in Keras 1.
bool lacks_ordering(std::string_view class_name);

/// A recurrent layer over (time, batch, ..).
bool is_time_major(const Config& entry);

/// A Dot that was a Merge of Keras 1 with mode="cos".
bool is_cosine_of_vectors(const Config& layer);
/// A layer that became two, as it did otherwise in the Keras that wrote it: what must follow
/// `layer`, under its name. Nothing for other layers; `layer` gets another name. RandomCrop also
/// cropped outside of training, merging layers lost masks, encodings had other axes, the cosine of
/// Keras 1 has an axis of length 1 in front.
std::optional<Config> second_half(Config& layer, const Upgrade& upgrade);
/// The model has masks, which merging layers of its Keras lost.
bool loses_masks(const Config& model, const Epoch& epoch);
/// Keys that Keras 3 wrote for a time, and that never said anything.
void drop_silent_keys(const std::string& class_name, Config& config);

/// The shape of what a layer of Keras 3 is called on, as its file tells it; null if it does not.
const Config* input_shape_of(const Config& layer);
/// Completes transposed convolutions, which did not write `output_padding` before Keras 3.15: the
/// shapes of what the layers behind them are called on tell it. `sequence`: of a Sequential.
void restore_output_padding(Config& layers, bool sequence, const Upgrade& upgrade);

/// A recurrent layer, or a wrapper of one: its further inputs are its initial states.
bool is_recurrent(std::string_view class_name);

/// `class_name` is a layer that stands for a TensorFlow function.
bool is_tf_op_layer(std::string_view class_name);
/// Makes of such a layer operation nodes of Keras 3. `node` is its one call: {"args", "kwargs"}
/// with tensors as __keras_tensor__.
struct TfOperations {
  std::vector<Config> nodes;  ///< the last one is named as the layer was
  Config::List outputs;       ///< the tensors that the layer gave; if empty, those of the last node
};
TfOperations tf_op_to_operations(const Config& entry, const Config& node);

/// {"class_name": "__keras_tensor__", ..} of a layer's output.
Config keras_tensor(const std::string& layer, int64_t node, int64_t output);
/// The TensorFlow function, of such a `dtype` and of complex tensors or not, gives complex numbers:
/// its layer becomes a node of two outputs.
bool gives_complex(std::string_view function, const Config& dtype, bool takes_complex);
bool is_complex_dtype(const Config& c);
/// A layer that stands for a TensorFlow function, or for a graph node of one, gives complex
/// numbers.
bool gives_complex(const Config& entry, bool takes_complex);
/// What such a layer gives, and whether a tensor, or any in a config, is that.
Config complex_tensor(const std::string& layer);
bool is_complex_tensor(const Config& c);
bool has_complex_tensor(const Config& c);
/// A tensor that TensorFlow has as a sparse one.
bool is_sparse_tensor(const Config& c);
/// A layer's entry from its class, config (with its name) and nodes.
Config layer_entry(const std::string& class_name, Config config, Config nodes = Config::list());

const std::string& class_of(const Config& entry);
/// The entry's name: beside the class, in the config, or "".
std::string name_of_layer(const Config& entry);

}  // namespace kcpp::saving
