// lln-histogram: reads distributions, prints, plots, merges and compares them.
#include "input.hpp"
#include "output.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-histogram");
  using namespace lln::histogram_program;
  CLI::App app(
      "Reads values (one or more a line) or .hgrm files; prints their percentiles, plots, merges, compares.");
  std::vector<std::string> files;
  double scale = 1;
  bool merge = false;
  bool comparing = false;
  bool no_plot = false;
  int width = 72;
  int height = 16;
  std::string hgrm;
  app.add_option("files", files, "files; - for standard input")->required();
  app.add_option("--scale", scale, "multiplies every value (1000: a file in us, shown in ns)")
      ->capture_default_str();
  app.add_flag("--merge", merge, "one distribution of all files");
  app.add_flag("--compare", comparing, "the second file beside the first, as ratios");
  app.add_flag("--no-plot", no_plot, "the table only");
  app.add_option("--width", width)->check(CLI::Range(20, 400))->capture_default_str();
  app.add_option("--height", height)->check(CLI::Range(4, 100))->capture_default_str();
  app.add_option("--hgrm", hgrm, "also writes the first (or merged) distribution as .hgrm");
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<Distribution> distributions;
    for (const auto& file : files) distributions.push_back(read(file, scale));
    if (merge) {
      for (std::size_t i = 1; i < distributions.size(); ++i) {
        distributions[0].histogram.merge(distributions[i].histogram);
      }
      distributions.resize(1, distributions[0]);
      distributions[0].name = "merged from " + std::to_string(files.size());
    }
    if (comparing && distributions.size() != 2) {
      std::cerr << "--compare wants two files\n";
      return 2;
    }
    print_table(std::cout, distributions);
    if (!no_plot) {
      std::cout << '\n';
      plot(std::cout, distributions, width, height);
    }
    if (comparing) {
      std::cout << '\n';
      compare(std::cout, distributions[0], distributions[1]);
    }
    if (!hgrm.empty()) {
      std::ofstream out(hgrm);
      distributions[0].histogram.write_hgrm(out);
      out.close();
      if (!out) throw std::runtime_error(hgrm + ": cannot be written");
    }
  } catch (const std::exception& error) {
    std::cerr << "lln-histogram: " << error.what() << '\n';
    return 1;
  }
}
