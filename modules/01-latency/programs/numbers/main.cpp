// lln-latency-numbers: the numbers every programmer should know, measured on this machine.
#include "figure.hpp"
#include "gaps.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-latency-numbers");
  using namespace lln::numbers;
  CLI::App app("The numbers every programmer should know, measured here, beside the textbook's.");
  Settings settings;
  std::string json;
  bool quick = false;
  double gap_seconds = 0;
  app.add_option("--repetitions", settings.repetitions, "of each measurement; the median is shown")
      ->check(CLI::Range(3, 1001))
      ->capture_default_str();
  app.add_flag("--quick", quick, "three repetitions, to see that it works");
  app.add_option("--gaps", gap_seconds,
                 "then reads the clock for so many seconds and shows what was between the readings")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--json", json, "also write a result file (lln/result/v1); - for standard output");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    settings.repetitions = 3;
    gap_seconds = std::min(gap_seconds, 0.1);
  }

  pin_this_thread(0);
  std::vector<Figure> figures;
  for (const auto measure :
       {measure_clocks, measure_memory, measure_branches, measure_locks, measure_kernel, measure_network}) {
    measure(settings, figures);
  }
  std::optional<lln::latency::Histogram> gaps;
  if (gap_seconds > 0) gaps = clock_gaps(gap_seconds);
  if (json != "-") {
    print_table(figures);
    if (gaps) print_gaps(*gaps);
  }
  if (json.empty()) return 0;
  std::string command = "lln-latency-numbers";
  for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
  const std::string text = result_json(figures, gaps ? &*gaps : nullptr, command);
  if (json == "-") {
    std::cout << text;
    return 0;
  }
  std::ofstream file(json);
  file << text;
  file.close();
  if (gaps) {  // where `./course report` looks for curves: the folder named like the file, in us
    const auto folder = std::filesystem::path(json).replace_extension();
    std::error_code ignored;  // an unwritable folder shows at the file
    std::filesystem::create_directories(folder, ignored);
    std::ofstream curve(folder / "clock_gaps.hgrm");
    gaps->write_hgrm(curve, 1000.0);
    curve.close();
    if (!curve) file.setstate(std::ios::failbit);
  }
  if (!file) {
    std::cerr << "cannot write " << json << '\n';
    return 1;
  }
  std::cout << "result file: " << json << '\n';
  return 0;
}
