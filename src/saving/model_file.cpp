/// load_model and save_model: which container holds what.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "kcpp/saving.h"
#include "src/layers/asset_holder.h"
#include "src/saving/compile_config.h"
#include "src/saving/completion.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/json.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/containers/zip_writer.h"
#include "src/saving/h5_config.h"
#include "src/saving/layer_assets.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/layer_weights.h"
#include "src/saving/legacy/older_functions.h"
#include "src/saving/legacy/optimizer_state.h"
#include "src/saving/legacy/training_config.h"
#include "src/saving/legacy/upgrade.h"
#include "src/saving/legacy_h5.h"
#include "src/saving/load_guard.h"
#include "src/saving/metric_names.h"
#include "src/saving/model_parts.h"
#include "src/saving/nested_models.h"
#include "src/saving/refusals.h"
#include "src/saving/test_case.h"
#include "src/saving/weight_tree.h"

namespace kcpp {
namespace {

using namespace saving;

constexpr const char* keras_version = "3.15.1";

bool ends_with(const std::string& s, std::string_view suffix) {
  return s.size() >= suffix.size() &&
         std::string_view(s).substr(s.size() - suffix.size()) == suffix;
}

/// There is an Embedding in it, at any depth.
bool has_embedding(const LayerImpl& layer) {
  if (layer.class_info().name == "Embedding") return true;
  for (const LayerImpl::Child& child : layer.children())
    for (const Layer& one : child.layers)
      if (one && has_embedding(*one)) return true;
  return false;
}

/// Compiles from a file's config; what cannot be understood never fails a load. `build`: gives the
/// optimizer memory for its slots.
void compile_from(const Model& model, const Config* config, const Epoch& epoch, LoadReport* report,
                  bool build = true) {
  // Keras writes {} for a model that was never compiled.
  if (!config || !config->is_dict() || config->size() == 0) return;
  try {
    if (!epoch.before(3)) check_metric_names(*config);
    CompiledModel compiled{.outputs = model.output_names()};
    if (epoch.before(3)) {
      compiled.activations = output_activations(model->serialize());
      compiled.embeddings = has_embedding(model.model());
    }
    Config upgraded = upgrade_training_config(*config, epoch, compiled);
    if (epoch.before(3))
      upgraded = with_older_functions(
          with_named_classes(std::move(upgraded), model, chooses_accuracy_by_loss(epoch)),
          older_functions_of(*config, epoch), compiled);
    model.compile(read_compile_config(upgraded));
    if (build && model.built() && model.optimizer())
      model.optimizer()->build(model.trainable_weights());  // as compile_from_config
  } catch (const std::exception& e) {
    if (report)
      report->notes.push_back(
          text("The model is not compiled: its compile config could not be understood. ",
               load_error(e.what(), "")));
  }
}

std::string now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm tm{};
  gmtime_r(&now, &tm);
  char buffer[32];
  std::strftime(buffer, sizeof(buffer), "%Y-%m-%d@%H:%M:%S", &tm);
  return buffer;
}

/// Compiles a model and those below it, as the archive of Keras's native format says.
void compile_all(const Model& model, Config& config, const Epoch& epoch, LoadReport* report) {
  for_each_model(model, config, [&](const Model& each, Config& entry) {
    compile_from(each, entry.find("compile_config"), epoch, report,
                 &each.model() == &model.model());
  });
}

/// The model's config as .keras and to_json hold it; {} stands for a model that is not compiled.
Config model_config(const Model& model, bool compile) {
  Config config = model->serialize();
  for_each_model(model, config, [&](const Model& each, Config& entry) {
    entry.set("compile_config", compile && each.compiled()
                                    ? write_compile_config(each.compile_options())
                                    : Config::dict());
  });
  return config;
}

/// Old weights do not say which Keras wrote them; the config that the model was made from may. And
/// what an older Keras wrote is given back to it.
void remember(const Model& model, const Epoch& epoch) {
  if (epoch.before(3))
    model.model().set_config_version(text(epoch.major, ".", epoch.minor, ".", epoch.patch));
}
// --- .keras ------------------------------------------------------------------------------------

void save_keras(const Model& model, const std::string& path, const SaveOptions& options) {
  const std::string config = model_config(model, options.include_optimizer).to_json();
  const std::string metadata =
      Config::dict({{"keras_version", keras_version}, {"date_saved", now_text()}}).to_json();
  std::optional<TestCase> test;
  if (options.with_test_case) test = make_test_case(model);
  io::AtomicFile file(path);
  zip::Writer archive(file);
  archive.add(metadata_member, metadata);
  archive.add(config_member, config);
  archive.add(weights_member, [&](io::ByteSink& out) {
    hdf5::FileWriter weights;
    write_tree(model, weights.root(), options.include_optimizer);
    weights.write_to(out);
  });
  write_texts(model, archive);
  if (options.with_test_case) {
    archive.add(test_case_member, [&](io::ByteSink& out) {
      hdf5::FileWriter tests;
      write_test_case(*test, tests.root());
      tests.write_to(out);
    });
  }
  archive.finish();
  file.commit();
}

/// Replays the test case of a file, if that was asked for.
void verify(const Model& model, const std::optional<hdf5::Group>& test, const LoadOptions& options,
            const std::string& file) {
  if (options.report) options.report->has_test_case = test.has_value();
  if (!options.verify) return;
  if (test) {
    verify_test_case(model, *test, options, file);
  } else if (options.report) {
    options.report->notes.push_back(
        text("Nothing was verified: ", file, " holds no test case. Save it with with_test_case."));
  }
}

/// Values found: into a model that nobody has seen yet.
void fill(WeightPlan plan, const WeightPlan& optimizer) {
  plan.add(optimizer);
  plan.apply(true);
}

/// A model of Keras's native format: its config, its metadata (or null) and its weights, which have
/// `stored` bytes.
Model load_native(Config config, const Epoch& epoch, const hdf5::Group& root, uint64_t stored,
                  const LoadOptions& options, const std::string& file) {
  config = upgrade_model(std::move(config), epoch, options.report);
  complete_by_tree(config, epoch, root, {file, stored}, options.report);
  LoadScope scope = scope_for(file, stored);
  Model model = as_model(layer_from_config(config), file);
  // The weights are found and compared before an optimizer takes memory for each of them.
  WeightPlan weights = read_tree(model, root, {.report = options.report}, file);
  remember(model, epoch);
  if (options.compile) compile_all(model, config, epoch, options.report);
  fill(std::move(weights), plan_tree_optimizers(model, root, epoch, options.report));
  scope.finish();
  return model;
}

Model load_keras(const io::SourcePtr& source, const LoadOptions& options) {
  const auto archive = zip::Reader::open(source);
  check<IOError>(archive.has(config_member), "The file ", source->name(),
                 " is a zip archive without a ", config_member,
                 ", so no .keras file. An .npz holds arrays alone: build the model and set them.");
  const Model model = load_native(io::parse_json(archive.read_text(config_member), config_member),
                                  archive_epoch(archive), archive_weights(archive, source->name()),
                                  source->size(), options, source->name());
  read_texts(model, [&](const std::string& member) -> std::optional<std::string> {
    if (!archive.has(member)) return {};
    return archive.read_text(member);
  });
  std::optional<hdf5::Group> test;
  if ((options.verify || options.report) && archive.has(test_case_member))
    test = hdf5::File::open(archive.source(test_case_member)).root();
  verify(model, test, options, source->name());
  return model;
}

Model load_folder(const std::filesystem::path& folder, const LoadOptions& options) {
  const auto json = [&](const char* member) {
    return read_json(*io::open_file((folder / member).string()));
  };
  std::error_code ignored;
  Config config = json(config_member), metadata;
  if (std::filesystem::exists(folder / metadata_member, ignored)) metadata = json(metadata_member);
  const Epoch epoch = epoch_of(config, metadata.is_dict() ? &metadata : nullptr);
  const auto weights = hdf5::File::open(io::open_file((folder / weights_member).string()));
  const Model model =
      load_native(std::move(config), epoch, weights.root(),
                  stored_bytes((folder / weights_member).string()), options, folder.string());
  read_texts(model, [&](const std::string& member) -> std::optional<std::string> {
    std::error_code missing;
    if (!std::filesystem::is_regular_file(folder / member, missing)) return {};
    const io::SourcePtr source = io::open_file((folder / member).string());
    std::string content(source->size(), '\0');
    source->read(0, content.data(), content.size());
    return content;
  });
  verify(model, {}, options, folder.string());
  return model;
}

// --- .h5 ---------------------------------------------------------------------------------------

void save_h5(const Model& model, const std::string& path, const SaveOptions& options) {
  const InlineAssets inlined;
  hdf5::FileWriter file;
  hdf5::GroupWriter root = file.root();
  root.attribute("backend", "tensorflow");
  root.attribute("keras_version", keras_version);
  // As bytes, which Keras before 2.4 decodes; a string of Unicode would come as one without.
  root.attribute_bytes("model_config", to_legacy_config(model->serialize()).to_json());
  if (options.include_optimizer && model.compiled()) {
    const Config training = to_training_config(write_compile_config(model.compile_options()));
    root.attribute_bytes("training_config", training.to_json());
  }
  write_layer_weights(model, root.group("model_weights"));
  if (options.include_optimizer) write_optimizer_weights(model, root);
  std::optional<TestCase> test;
  if (options.with_test_case) {
    test = make_test_case(model);
    write_test_case(*test, root.group(test_case_group));
  }
  io::AtomicFile out(path);
  file.write_to(out);
  out.commit();
}

Model load_h5(const io::SourcePtr& source, const LoadOptions& options) {
  const hdf5::Group root = hdf5::File::open(source).root();
  check<IOError>(root.has_attribute("model_config"), "The file ", source->name(),
                 " holds weights, not a model: it has no `model_config`. Build the model and call "
                 "load_weights.");
  const Epoch epoch = epoch_of(root);
  Config config = upgrade_model(
      io::parse_json(root.attribute_string("model_config"), "model_config"), epoch, options.report);
  complete_by_layers(config, epoch, root.group("model_weights"), {source->name(), source->size()},
                     options.report);
  LoadScope scope = scope_for(source->name(), source->size());
  Model model = as_model(layer_from_config(config), source->name());
  const LayerWeights weights(model, root.group("model_weights"), epoch, true,
                             {.report = options.report}, source->name());
  WeightPlan optimizer;
  if (options.compile && root.has_attribute("training_config")) {
    const Config training =
        io::parse_json(root.attribute_string("training_config"), "training_config");
    compile_from(model, &training, epoch, options.report);
    optimizer =
        plan_optimizer_state(model, read_optimizer_weights(root), epoch, &weights, options.report);
  }
  fill(weights.plan(), optimizer);
  scope.finish();
  remember(model, epoch);
  std::optional<hdf5::Group> test;
  if (root.is_group(test_case_group)) test = root.group(test_case_group);
  verify(model, test, options, source->name());
  return model;
}

/// Architecture only; the values come from `options.weights`, or from the initializers.
Model load_json(const io::SourcePtr& source, const LoadOptions& options) {
  Config config = read_json(*source);
  check<IOError>(!config.find("weight_map"),
                 "The file holds weights, not a model. Build the model and call load_weights.");
  const Epoch epoch = epoch_of(config);
  config = upgrade_model(std::move(config), epoch, options.report);
  if (!options.weights.empty()) complete_by_file(config, epoch, options.weights, options.report);
  LoadScope scope = options.weights.empty()
                        ? scope_without_weights()
                        : scope_for(options.weights, stored_bytes(options.weights));
  const Model model = as_model(layer_from_config(config), source->name());
  remember(model, epoch);
  if (!options.weights.empty()) load_weights(model, options.weights, {.report = options.report});
  scope.finish();
  if (options.compile) compile_all(model, config, epoch, options.report);
  return model;
}

Model load(const io::SourcePtr& source, const LoadOptions& options) {
  const CustomObjects::Scope custom(options.custom_objects);
  return guard_load(source->name(), [&] {
    if (looks_like_json(*source)) return load_json(source, options);
    const bool archive = zip::Reader::looks_like_zip(*source);
    if (!archive && !hdf5::File::looks_like_hdf5(*source)) refuse_bytes(*source);
    const Model model = archive ? load_keras(source, options) : load_h5(source, options);
    if (!options.weights.empty()) load_weights(model, options.weights, {.report = options.report});
    return model;
  });
}

Model load_path(const std::string& path, const LoadOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return load(io::open_file(path), options);
  // Keras's save(zipped=False): the members of an archive as files.
  const std::filesystem::path folder(path);
  if (!std::filesystem::exists(folder / config_member, ignored)) refuse_folder(path);
  const CustomObjects::Scope custom(options.custom_objects);
  return guard_load(path, [&] { return load_folder(folder, options); });
}

}  // namespace

std::string LoadReport::to_string() const {
  std::string out;
  for (const std::string& note : notes) out += note + "\n";
  return out;
}

Model load_model(const std::string& path, const LoadOptions& options) {
  return load_path(path, options);
}
Model load_model(std::span<const std::byte> bytes, const LoadOptions& options,
                 const std::string& name) {
  return load(io::view_bytes(bytes, name), options);
}

void save_model(const Model& model, const std::string& path, const SaveOptions& options) {
  require_built(model);
  require_overwrite(path, options.overwrite);
  if (ends_with(path, ".keras")) {
    save_keras(model, path, options);
  } else if (ends_with(path, ".weights.h5")) {
    save_weights(model, path, options.overwrite);
  } else if (ends_with(path, ".weights.json")) {  // 5 GB is what Keras's store takes
    save_weights(model, path, {.overwrite = options.overwrite, .max_shard_size = 5});
  } else if (ends_with(path, ".h5") || ends_with(path, ".hdf5")) {
    save_h5(model, path, options);
  } else if (ends_with(path, ".json")) {
    io::write_file(path, model.to_json());
  } else {
    throw ValueError(
        text("Invalid filepath extension for saving. Please add either a `.keras` extension for "
             "the native Keras format "
             "(recommended) or a `.h5` extension. Received: filepath=",
             path));
  }
}

Model model_from_json(const std::string& json) {
  Config config = io::parse_json(json, "the model's JSON");
  const Epoch epoch = epoch_of(config);
  config = upgrade_model(std::move(config), epoch, nullptr);
  Model model = as_model(layer_from_config(config), "the model's JSON");
  remember(model, epoch);
  compile_all(model, config, epoch, nullptr);
  return model;
}

void Model::save(const std::string& path, const SaveOptions& options) const {
  save_model(*this, path, options);
}
void Model::save_weights(const std::string& path, bool overwrite) const {
  kcpp::save_weights(*this, path, overwrite);
}
void Model::load_weights(const std::string& path) const { kcpp::load_weights(*this, path); }
std::string Model::to_json() const {
  const InlineAssets inlined;
  return model_config(*this, true).to_json();
}

Model Model::clone() const {
  Config config = (*this)->serialize();
  return as_model(layer_from_config(config), "the model");
}

}  // namespace kcpp
