// lln-latency-numbers: the numbers every programmer should know, measured on this machine.
#include "figure.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace lln::numbers;
  CLI::App app("The numbers every programmer should know, measured here, beside the textbook's.");
  Settings settings;
  std::string json;
  bool quick = false;
  app.add_option("--repetitions", settings.repetitions, "of each measurement; the median is shown")
      ->check(CLI::Range(3, 1001))
      ->capture_default_str();
  app.add_flag("--quick", quick, "three repetitions, to see that it works");
  app.add_option("--json", json, "also write a result file (lln/result/v1); - for standard output");
  CLI11_PARSE(app, argc, argv);
  if (quick) settings.repetitions = 3;

  pin_this_thread(0);
  std::vector<Figure> figures;
  for (const auto measure :
       {measure_clocks, measure_memory, measure_branches, measure_locks, measure_kernel, measure_network}) {
    measure(settings, figures);
  }
  if (json != "-") print_table(figures);
  if (json.empty()) return 0;
  const std::string command =
      "lln-latency-numbers --repetitions " + std::to_string(settings.repetitions) + " --json " + json;
  const std::string text = result_json(figures, command);
  if (json == "-") {
    std::cout << text;
    return 0;
  }
  std::ofstream file(json);
  file << text;
  file.close();
  if (!file) {
    std::cerr << "cannot write " << json << '\n';
    return 1;
  }
  std::cout << "result file: " << json << '\n';
  return 0;
}
