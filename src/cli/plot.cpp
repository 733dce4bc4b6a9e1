/// plot: the graph of a model as DOT text, or drawn by Graphviz's `dot` when it is installed.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "src/cli/files.h"

namespace kcpp::cli {
namespace {

std::string escaped(const std::string& s) {
  std::string out;
  for (char c : s) {
    if (c == '"' || c == '\\' || c == '{' || c == '}' || c == '|' || c == '<' || c == '>')
      out += '\\';
    out += c;
  }
  return out;
}

std::string to_dot(const Model& model) {
  std::string nodes, edges;
  std::map<const symbolic::Operation*, int> number;
  std::set<const symbolic::Call*> seen;
  const auto node = [&](const symbolic::Call& call) {
    const auto [it, fresh] = number.emplace(call.operation.get(), static_cast<int>(number.size()));
    if (fresh) {
      nodes += "  n" + std::to_string(it->second) + " [label=\"{" +
               escaped(call.operation->operation_name()) + " (" +
               escaped(call.operation->operation_class()) + ")|" +
               escaped(call.outputs[0].shape.to_string()) + "}\"];\n";
    }
    return it->second;
  };
  std::vector<std::shared_ptr<symbolic::Call>> pending;
  for (const Tensor& t : model.outputs()) pending.push_back(t.impl()->call);
  while (!pending.empty()) {
    const auto call = pending.back();
    pending.pop_back();
    if (!call || !seen.insert(call.get()).second) continue;
    const int to = node(*call);
    for (const Tensor& t : call->inputs) {
      if (!t.is_symbolic()) continue;
      edges += "  n" + std::to_string(node(*t.impl()->call)) + " -> n" + std::to_string(to) + ";\n";
      pending.push_back(t.impl()->call);
    }
  }
  return "digraph \"" + escaped(model.name()) +
         "\" {\n  node [shape=record, fontname=\"Helvetica\"];\n" + nodes + edges + "}";
}

/// Runs `dot -T<format> -o <path>` with the text on its standard input; no shell sees the names.
void draw(const std::string& dot, const std::string& format, const std::string& path) {
  int pipe_ends[2];
  check<IOError>(pipe(pipe_ends) == 0, "Cannot start Graphviz for ", path, ".");
  const pid_t child = fork();
  check<IOError>(child >= 0, "Cannot start Graphviz for ", path, ".");
  if (child == 0) {
    dup2(pipe_ends[0], STDIN_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    execlp("dot", "dot", ("-T" + format).c_str(), "-o", path.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(pipe_ends[0]);
  size_t done = 0;
  while (done < dot.size()) {
    const ssize_t n = write(pipe_ends[1], dot.data() + done, dot.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  close(pipe_ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  check<IOError>(!(WIFEXITED(status) && WEXITSTATUS(status) == 127), "Cannot draw ", path,
                 ": Graphviz's program `dot` is not installed. Write a .dot file instead, or "
                 "install the package graphviz.");
  check<IOError>(WIFEXITED(status) && WEXITSTATUS(status) == 0, "Graphviz could not draw ", path,
                 ".");
}

}  // namespace

void plot(const Arguments& a) {
  const Model model = open_model(a, false);
  check(!model.outputs().empty(), "The model in ", a.model,
        " has no graph to draw: it is not built.");
  const std::string dot = to_dot(model);
  const size_t at = a.output.rfind('.');
  const std::string suffix = at == std::string::npos ? "" : a.output.substr(at + 1);
  check(suffix == "dot" || suffix == "svg" || suffix == "png",
        "The output must end in .svg, .png or .dot. Received: ", a.output);
  if (suffix == "dot") {
    write_text(a.output, dot);
  } else {
    draw(dot, suffix, a.output);
  }
}

}  // namespace kcpp::cli
