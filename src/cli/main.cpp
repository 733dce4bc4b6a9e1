/// The program `kcpp`: models at the shell.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "kcpp/core/error.h"
#include "kcpp/core/object.h"
#include "src/cli/commands.h"

namespace {

constexpr int failed = 1, misused = 2;  // exit codes

/// One line: what a shell script can show.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

int complain(std::string problem, int code) {
  constexpr size_t longest = 2000;
  if (problem.size() > longest) problem = problem.substr(0, longest) + " ...";
  std::cerr << "kcpp: " << one_line(problem) << "\n";
  return code;
}

/// What is wrong with the command line.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
  std::vector<std::string> commands;
  std::string list;
  for (const CLI::App* c : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(c->get_name());
    list += (list.empty() ? "" : ", ") + c->get_name();
  }
  const std::string given = argc > 1 ? argv[1] : "";
  const bool known = std::find(commands.begin(), commands.end(), given) != commands.end();
  if (!known && given.size() > 1 && given[0] == '-')
    return "unknown option '" + given + "' (see `kcpp --help`)";
  if (given.empty()) return "a command is missing; there are " + list + ".";
  if (!known && given[0] != '-') {
    const std::string nearest = kcpp::nearest_name(given, commands);
    return "unknown command '" + given + "'" +
           (nearest.empty() ? "; there are " + list : "; did you mean '" + nearest + "'?");
  }
  return (known ? given + ": " : std::string()) + error.what() +
         (known ? " (see `kcpp " + given + " --help`)" : " (see `kcpp --help`)");
}

int run(int argc, char** argv) {
  using namespace kcpp::cli;
  Arguments a;
  CLI::App app{"kcpp: Keras models in C++, without Python"};
  app.set_version_flag("--version", KCPP_VERSION);
  app.require_subcommand(1);

  // Numbers beyond int64 are cut off at its end, not refused, by the parser.
  const CLI::Range positive(int64_t{1}, int64_t{1} << 30);

  const auto with_model = [&](CLI::App* c) {
    c->add_option("MODEL", a.model, "a .keras, whole-model .h5, or .json file")->required();
    c->add_option("--weights", a.weights, "weights to load into the model");
    return c;
  };
  const auto with_input = [&](CLI::App* c) {
    c->add_option("--input", a.input, ".npz with one array an input, or one .npy")->required();
    c->add_option("--batch-size", a.batch_size, "samples a step")->check(positive);
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
      ->check(positive);
  fit_command->add_flag("--no-shuffle", a.no_shuffle, "keep the order of the samples");
  fit_command->add_option("--save", a.save, "the trained model (.keras or .h5)")->required();
  fit_command->add_option("--history", a.history, "JSON of the figures of each epoch");
  fit_command->callback([&] { fit(a); });

  CLI::App* convert_command =
      app.add_subcommand("convert", "write a model in another format, by suffix");
  convert_command->add_option("SRC", a.source, ".keras, .h5 or .json")->required();
  convert_command
      ->add_option("DST", a.destination, ".keras, .h5, .weights.h5, .weights.json or .json")
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
          ->check(positive);
  bench_command->add_option("--threads", a.threads, "threads to use")->check(CLI::Range(1, 4096));
  bench_command->add_option("--seconds", a.seconds, "how long to measure")
      ->check(CLI::Range(0, 86400));
  bench_command->add_option("--precision", a.precision, "float32 or bfloat16");
  bench_command
      ->add_option("--open-size", a.open_size, "what stands for sizes that the model leaves open")
      ->check(positive);
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
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return complain(usage_problem(app, e, argc, argv), misused);
  }
  std::cout.flush();
  return std::cout ? 0 : complain("cannot write to the standard output.", failed);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return complain("out of memory.", failed);
  } catch (const std::exception& e) {
    return complain(e.what(), failed);
  } catch (...) {
    return complain("an unknown error.", failed);
  }
}
