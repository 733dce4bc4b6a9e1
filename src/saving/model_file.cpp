/// load_model and save_model: which container holds what.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "kcpp/saving.h"
#include "src/saving/compile_config.h"
#include "src/saving/containers/atomic_file.h"
#include "src/saving/containers/json.h"
#include "src/saving/containers/zip_reader.h"
#include "src/saving/containers/zip_writer.h"
#include "src/saving/legacy/epoch.h"
#include "src/saving/legacy/layer_weights.h"
#include "src/saving/legacy/optimizer_state.h"
#include "src/saving/legacy/upgrade.h"
#include "src/saving/legacy_h5.h"
#include "src/saving/weight_tree.h"

namespace kcpp {
namespace {

using namespace saving;

constexpr const char* keras_version = "3.15.1";
constexpr const char* config_member = "config.json";
constexpr const char* metadata_member = "metadata.json";
constexpr const char* weights_member = "model.weights.h5";
constexpr uint64_t longest_json = uint64_t{512} << 20;

bool ends_with(const std::string& s, std::string_view suffix) {
  return s.size() >= suffix.size() &&
         std::string_view(s).substr(s.size() - suffix.size()) == suffix;
}

Model as_model(const Layer& layer, const std::string& file) {
  auto impl = std::dynamic_pointer_cast<ModelImpl>(layer.impl());
  check<IOError>(impl != nullptr, "The file ", file, " holds a layer of class ",
                 layer->class_info().name, ", not a model.");
  return Model(std::move(impl));
}

/// Compiles from a file's config; what cannot be understood never fails a load.
void compile_from(const Model& model, const Config* config, LoadReport* report) {
  if (!config || !config->is_dict()) return;
  try {
    model.compile(read_compile_config(*config));
    if (model.built() && model.optimizer())
      model.optimizer()->build(model.trainable_weights());  // as compile_from_config
  } catch (const Error& e) {
    if (report)
      report->notes.push_back(text(
          "The model is not compiled: its compile config could not be understood. ", e.what()));
  }
}

void require_overwrite(const std::string& path, bool overwrite) {
  std::error_code ignored;
  check<IOError>(overwrite || !std::filesystem::exists(path, ignored), "The file ", path,
                 " exists already, and overwrite is false.");
}

std::string now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm tm{};
  gmtime_r(&now, &tm);
  char buffer[32];
  std::strftime(buffer, sizeof(buffer), "%Y-%m-%d@%H:%M:%S", &tm);
  return buffer;
}

/// The model's config as .keras and to_json hold it.
Config model_config(const Model& model, bool compile) {
  Config config = model->serialize();
  if (compile && model.compiled())
    config.set("compile_config", write_compile_config(model.compile_options()));
  return config;
}

void require_built(const Model& model) {
  check(model.built(), "The model '", model.name(),
        "' cannot be saved because it has not yet been built. "
        "Try building the model first by calling it on some data or by using `build()`.");
}

/// Old weights do not say which Keras wrote them; the config that the model was made from may.
void remember(const Model& model, const Epoch& epoch) {
  if (epoch.major < 2)
    model.model().set_config_version(text(epoch.major, ".", epoch.minor, ".", epoch.patch));
}
Epoch weights_epoch(const Model& model, const hdf5::Group& root) {
  const Epoch epoch = epoch_of(root);
  const std::string& version = model.model().config_version();
  const Epoch other = epoch_of_version(version);
  return epoch.major >= 2 || version.empty() || epoch.before(other.major, other.minor, other.patch)
             ? epoch
             : other;
}

// --- .keras ------------------------------------------------------------------------------------

void save_keras(const Model& model, const std::string& path, const SaveOptions& options) {
  const std::string config = model_config(model, options.include_optimizer).to_json();
  const std::string metadata =
      Config::dict({{"keras_version", keras_version}, {"date_saved", now_text()}}).to_json();
  io::AtomicFile file(path);
  zip::Writer archive(file);
  archive.add(metadata_member, metadata);
  archive.add(config_member, config);
  archive.add(weights_member, [&](io::ByteSink& out) {
    hdf5::FileWriter weights;
    write_tree(model, weights.root(), options.include_optimizer);
    weights.write_to(out);
  });
  archive.finish();
  file.commit();
}

/// The weights of a .keras archive; Keras 2.11 gave them another name.
hdf5::Group archive_weights(const zip::Reader& archive, const std::string& file) {
  for (const char* member : {weights_member, "variables.h5"})
    if (archive.has(member)) return hdf5::File::open(archive.source(member)).root();
  check<IOError>(
      !archive.has("model.weights.npz"), "The file ", file,
      " keeps its weights in model.weights.npz, as pickled Python objects, which nothing "
      "but Python can read. Save it again in Keras with the default weights format.");
  throw IOError(text("The file ", file, " has no member ", weights_member, "."));
}

/// Values found: into a model that nobody has seen yet.
void fill(WeightPlan plan, const WeightPlan& optimizer) {
  plan.add(optimizer);
  plan.apply(true);
}

Model load_keras(const io::SourcePtr& source, const LoadOptions& options) {
  const auto archive = zip::Reader::open(source);
  check<IOError>(archive.has(config_member), "The file ", source->name(),
                 " is a zip archive without a ", config_member,
                 ", so no .keras file. An .npz holds arrays alone: build the model and set them.");
  Config config = io::parse_json(archive.read_text(config_member), config_member);
  Config metadata;
  if (archive.has(metadata_member))
    metadata = io::parse_json(archive.read_text(metadata_member), metadata_member);
  const Epoch epoch = epoch_of(config, metadata.is_dict() ? &metadata : nullptr);
  config = upgrade_model(std::move(config), epoch, options.report);
  Model model = as_model(layer_from_config(config), source->name());
  if (options.compile) compile_from(model, config.find("compile_config"), options.report);
  const hdf5::Group root = archive_weights(archive, source->name());
  fill(read_tree(model, root, {.report = options.report}, source->name()),
       plan_optimizer_state(model, read_optimizer_vars(root), epoch, nullptr, options.report));
  return model;
}

// --- .h5 ---------------------------------------------------------------------------------------

void save_h5(const Model& model, const std::string& path, const SaveOptions& options) {
  hdf5::FileWriter file;
  hdf5::GroupWriter root = file.root();
  root.attribute("backend", "tensorflow");
  root.attribute("keras_version", keras_version);
  root.attribute("model_config", to_legacy_config(model->serialize()).to_json());
  if (options.include_optimizer && model.compiled()) {
    Config training = write_compile_config(model.compile_options());
    Config optimizer = training.at("optimizer");
    training.erase("optimizer");
    if (optimizer.is_dict()) {
      training.set("optimizer_config", Config::dict({{"class_name", optimizer.at("class_name")},
                                                     {"config", optimizer.at("config")}}));
    }
    root.attribute("training_config", training.to_json());
  }
  write_layer_weights(model, root.group("model_weights"));
  if (options.include_optimizer) write_optimizer_weights(model, root);
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
  const Config config = upgrade_model(
      io::parse_json(root.attribute_string("model_config"), "model_config"), epoch, options.report);
  Model model = as_model(layer_from_config(config), source->name());
  const LayerWeights weights(model, root.group("model_weights"), epoch, true,
                             {.report = options.report}, source->name());
  WeightPlan optimizer;
  if (options.compile && root.has_attribute("training_config")) {
    const Config training =
        io::parse_json(root.attribute_string("training_config"), "training_config");
    compile_from(model, &training, options.report);
    optimizer =
        plan_optimizer_state(model, read_optimizer_weights(root), epoch, &weights, options.report);
  }
  fill(weights.plan(), optimizer);
  return model;
}

/// The first byte that is not white space is a brace.
bool looks_like_json(const io::ByteSource& source) {
  char head[64];
  const size_t count = static_cast<size_t>(std::min<uint64_t>(sizeof(head), source.size()));
  source.read(0, head, count);
  const auto it = std::find_if(
      head, head + count, [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; });
  return it != head + count && *it == '{';
}

std::string read_text(const io::SourcePtr& source) {
  const auto bytes = io::read_all(*source, longest_json);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Model load(const io::SourcePtr& source, const LoadOptions& options) {
  try {
    if (zip::Reader::looks_like_zip(*source)) return load_keras(source, options);
    if (hdf5::File::looks_like_hdf5(*source)) return load_h5(source, options);
    if (looks_like_json(*source)) {
      Config config = io::parse_json(read_text(source), source->name());
      const Epoch epoch = epoch_of(config);
      config = upgrade_model(std::move(config), epoch, options.report);
      Model model = as_model(layer_from_config(config), source->name());
      remember(model, epoch);
      if (options.compile) compile_from(model, config.find("compile_config"), options.report);
      return model;
    }
  } catch (const Error& e) {
    // Every error of a load names the file.
    const std::string what = e.what();
    if (what.find(source->name()) != std::string::npos) throw;
    throw IOError(text("Cannot load ", source->name(), ": ", what));
  }
  throw IOError(
      text("The file ", source->name(),
           " is no model that kcpp can read: neither a .keras archive, nor HDF5, nor JSON."));
}

}  // namespace

std::string LoadReport::to_string() const {
  std::string out;
  for (const std::string& note : notes) out += note + "\n";
  return out;
}

Model load_model(const std::string& path, const LoadOptions& options) {
  return load(io::open_file(path), options);
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

void save_weights(const Model& model, const std::string& path, bool overwrite) {
  check(ends_with(path, ".weights.h5"),
        "The filename must end in `.weights.h5`. Received: filepath=", path);
  require_built(model);
  require_overwrite(path, overwrite);
  hdf5::FileWriter file;
  write_tree(model, file.root(), true);  // as Keras: with the optimizer of a compiled model
  io::AtomicFile out(path);
  file.write_to(out);
  out.commit();
}

void load_weights(const Model& model, const std::string& path, const LoadWeightsOptions& options) {
  require_built(model);
  const io::SourcePtr source = io::open_file(path);
  WeightPlan plan;
  const auto take_tree = [&](const hdf5::Group& root, const Epoch& epoch) {
    plan = read_tree(model, root, options, path);
    plan.add(
        plan_optimizer_state(model, read_optimizer_vars(root), epoch, nullptr, options.report));
  };
  if (zip::Reader::looks_like_zip(*source)) {
    const auto archive = zip::Reader::open(source);
    take_tree(archive_weights(archive, path), Epoch{});
  } else {
    check<IOError>(hdf5::File::looks_like_hdf5(*source), "The file ", path,
                   " is neither HDF5 nor a .keras archive.");
    const hdf5::Group root = hdf5::File::open(source).root();
    if (const auto layers = find_layer_weights(root)) {
      plan = LayerWeights(model, *layers, weights_epoch(model, root), false, options, path).plan();
    } else {
      take_tree(root, epoch_of(root));
    }
  }
  plan.apply(false);
}

Model model_from_json(const std::string& json) {
  Config config = io::parse_json(json, "the model's JSON");
  const Epoch epoch = epoch_of(config);
  config = upgrade_model(std::move(config), epoch, nullptr);
  Model model = as_model(layer_from_config(config), "the model's JSON");
  remember(model, epoch);
  return model;
}

void Model::save(const std::string& path, const SaveOptions& options) const {
  save_model(*this, path, options);
}
void Model::save_weights(const std::string& path, bool overwrite) const {
  kcpp::save_weights(*this, path, overwrite);
}
void Model::load_weights(const std::string& path) const { kcpp::load_weights(*this, path); }
std::string Model::to_json() const { return model_config(*this, true).to_json(); }

Model Model::clone() const {
  Config config = (*this)->serialize();
  return as_model(layer_from_config(config), "the model");
}

}  // namespace kcpp
