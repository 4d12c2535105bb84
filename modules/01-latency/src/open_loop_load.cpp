#include <lln/latency/open_loop_load.hpp>

#include <cmath>
#include <random>
#include <stdexcept>

namespace lln::latency {

OpenLoopLoad::OpenLoopLoad(const Options& options) : options_(options), gap_ns_(1e9 / options.per_second) {
  if (!(options.per_second > 0) || !std::isfinite(options.per_second)) {
    throw std::invalid_argument("OpenLoopLoad: per_second must be above 0");
  }
  if (options.requests <= options.warm_up) {
    throw std::invalid_argument("OpenLoopLoad: nothing is left to record after the warm-up");
  }
  if (options.arrivals == Arrivals::even) return;
  poisson_due_.reserve(options.requests);
  std::mt19937_64 random(options.seed);
  double due = 0;
  for (std::size_t i = 0; i < options.requests; ++i) {
    poisson_due_.push_back(static_cast<std::int64_t>(due));
    // Not std::exponential_distribution: its sequence differs between libraries, and a seed should not.
    const double uniform = (static_cast<double>(random() >> 11) + 1) * 0x1p-53;  // above 0, at most 1
    due -= std::log(uniform) * gap_ns_;
  }
}

}  // namespace lln::latency
