// What a result file (tools/schema/result.schema.json) says of the run before the measurements, and writing one.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lln::report {

using Json = nlohmann::ordered_json;

// The whole command line, for the file's "command".
std::string command_line(int argc, char** argv);

// Everything but "series" and "notes", which are empty lists.
Json begin_result(const std::string& what, const std::string& command, const std::string& load_kind);

// Both throw std::system_error. For the time before a long measurement, whose result has nowhere to go else; leaves
// nothing behind. An empty path: nothing is asked.
void require_writable(const std::string& path);
void write_file(const std::string& path, const std::string& text);

double quantile(std::vector<double> values, double p);  // nearest rank; p in 0..1; 0 of none
double median(const std::vector<double>& values);

struct Ratio {
  double median;
  double low;  // of a bootstrap 95 % interval
  double high;
};
// Of a to b, pair by pair; pairs with nothing in b are left out. Less than three pairs: no answer.
bool ratio_of(const std::vector<double>& a, const std::vector<double>& b, Ratio& ratio);

// "p99" and so on, those with at least ten samples beyond them.
template <class Histogram>
Json quantiles_of(const Histogram& histogram) {
  Json quantiles = Json::object();
  for (const auto& [name, p] : std::initializer_list<std::pair<const char*, double>>{
           {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}}) {
    if (static_cast<double>(histogram.count()) * (100 - p) / 100 >= 10)
      quantiles[name] = histogram.value_at_percentile(p);
  }
  return quantiles;
}

}  // namespace lln::report
