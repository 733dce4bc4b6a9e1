/// The program `kcpp`: models at the shell.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "kcpp/core/error.h"
#include "src/cli/commands.h"

namespace {

/// One line: what a shell script can show.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kcpp::cli;
  std::signal(SIGPIPE, SIG_IGN);
  Arguments a;
  CLI::App app{"kcpp: Keras models in C++, without Python"};
  app.set_version_flag("--version", KCPP_VERSION);
  app.require_subcommand(1);

  const auto with_model = [&](CLI::App* c) {
    c->add_option("MODEL", a.model, "a .keras, whole-model .h5, or .json file")->required();
    c->add_option("--weights", a.weights, "weights to load into the model");
    return c;
  };
  const auto with_input = [&](CLI::App* c) {
    c->add_option("--input", a.input, ".npz with one array an input, or one .npy")->required();
    c->add_option("--batch-size", a.batch_size, "samples a step")->check(CLI::PositiveNumber);
    return c;
  };
  const auto with_target = [&](CLI::App* c) {
    c->add_option("--target", a.target, ".npz with one array an output, or one .npy")->required();
    c->add_option("--sample-weight", a.sample_weight, "weights of the samples");
    return c;
  };

  with_model(app.add_subcommand("summary", "print the layers and parameters"))->callback([&] {
    summary(a);
  });

  CLI::App* predict_command =
      with_input(with_model(app.add_subcommand("predict", "run a model on arrays")));
  predict_command
      ->add_option("--output", a.output,
                   ".npz to write: arr_0, arr_1 ... in the order of the outputs")
      ->required();
  predict_command->callback([&] { predict(a); });

  CLI::App* evaluate_command = with_target(
      with_input(with_model(app.add_subcommand("evaluate", "loss and metrics on arrays"))));
  evaluate_command->add_option("--json", a.json, "write the result here instead of printing it");
  evaluate_command->callback([&] { evaluate(a); });

  CLI::App* fit_command =
      with_target(with_input(with_model(app.add_subcommand("fit", "go on training a model"))));
  fit_command->add_option("--validation-split", a.validation_split,
                          "last part of the samples to validate on");
  fit_command->add_option("--epochs", a.epochs, "passes over the data")
      ->required()
      ->check(CLI::PositiveNumber);
  fit_command->add_flag("--no-shuffle", a.no_shuffle, "keep the order of the samples");
  fit_command->add_option("--save", a.save, "the trained model (.keras or .h5)")->required();
  fit_command->add_option("--history", a.history, "JSON of the figures of each epoch");
  fit_command->callback([&] { fit(a); });

  CLI::App* convert_command =
      app.add_subcommand("convert", "write a model in another format, by suffix");
  convert_command->add_option("SRC", a.source, ".keras, .h5 or .json")->required();
  convert_command->add_option("DST", a.destination, ".keras, .h5, .weights.h5 or .json")
      ->required();
  convert_command->add_option("--weights", a.weights, "weights to load into SRC");
  convert_command->callback([&] { convert(a); });

  CLI::App* plot_command = with_model(app.add_subcommand("plot", "draw the graph of a model"));
  plot_command->add_option("OUT", a.output, ".svg, .png or .dot")->required();
  plot_command->callback([&] { plot(a); });

  CLI::App* bench_command =
      with_model(app.add_subcommand("bench", "latency and throughput on random data"));
  const CLI::Option* samples =
      bench_command->add_option("--batch-size", a.batch_size, "samples a call; 1 unless given")
          ->check(CLI::PositiveNumber);
  bench_command->add_option("--threads", a.threads, "threads to use")->check(CLI::PositiveNumber);
  bench_command->add_option("--seconds", a.seconds, "how long to measure")
      ->check(CLI::NonNegativeNumber);
  bench_command->add_option("--precision", a.precision, "float32 or bfloat16");
  bench_command
      ->add_option("--open-size", a.open_size, "what stands for sizes that the model leaves open")
      ->check(CLI::PositiveNumber);
  bench_command->add_option("--json", a.json, "write the figures here too");
  bench_command->callback([&] {
    if (samples->empty()) a.batch_size = 1;
    bench(a);
  });

  app.add_subcommand("backends", "what is compiled in, what loads here, and why not")->callback([] {
    backends();
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  } catch (const std::bad_alloc&) {
    std::cerr << "kcpp: out of memory\n";
    return 1;
  } catch (const std::exception& e) {
    std::cerr << "kcpp: " << one_line(e.what()) << "\n";
    return 1;
  }
  return 0;
}
