// One line of the table of lln-latency-numbers, and the functions that measure them.
#pragma once

#include <lln/latency/histogram.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lln::numbers {

struct Figure {
  std::string name;                   // "l1"
  std::string title;                  // "L1 cache, 24 KiB"
  std::optional<double> textbook_ns;  // as course material from around 2010 has it
  std::string how;
  std::vector<double> runs;  // ns per operation, one entry a repetition; empty: could not be measured
  std::string problem;       // why not

  double quantile(double q) const {
    auto sorted = runs;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
};

struct Settings {
  int repetitions = 15;
};

// Each measures its figures and appends them.
void measure_clocks(const Settings& settings, std::vector<Figure>& figures);
void measure_memory(const Settings& settings, std::vector<Figure>& figures);
void measure_branches(const Settings& settings, std::vector<Figure>& figures);
void measure_locks(const Settings& settings, std::vector<Figure>& figures);
void measure_kernel(const Settings& settings, std::vector<Figure>& figures);
void measure_network(const Settings& settings, std::vector<Figure>& figures);

// Runs `batch` (which returns the ns that `operations` took) once to warm up and then once a repetition.
inline void repeat(const Settings& settings, Figure& figure, double operations,
                   const std::function<double()>& batch) {
  (void)batch();
  for (int i = 0; i < settings.repetitions; ++i) figure.runs.push_back(batch() / operations);
}

double now_ns();                        // TscClock, calibrated once
bool pin_this_thread(std::size_t nth);  // to the nth processor that we may use; false: there are fewer
std::size_t processors();

void print_table(const std::vector<Figure>& figures);
// `gaps`: of print_gaps(); may be null.
std::string result_json(const std::vector<Figure>& figures, const latency::Histogram* gaps,
                        const std::string& command);

}  // namespace lln::numbers
