#include "ping_pong.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <stdexcept>
#include <thread>

namespace lln::round_trip {

Place one_cpu(const Plan& plan) { return {plan.cpus.at(0), plan.cpus.at(0)}; }

Place two_cpus(const Plan& plan) {
  if (plan.cpus.size() < 2) throw contest::Unavailable("needs two CPUs, and this process may use one");
  return {plan.cpus[0], plan.cpus[1]};
}

contest::Turn median_of(const latency::Histogram& values) {
  return {static_cast<double>(values.value_at_percentile(50)) * 1e-3};
}

void run_both(Place place, const std::function<void()>& echo, const std::function<bool()>& ask) {
  std::thread other([&] {
    const jitter::ThreadSetup setup({.cpu = place.far});
    echo();
  });
  bool answered = false;
  {
    const jitter::ThreadSetup setup({.cpu = place.near});
    answered = ask();
  }
  other.join();
  if (!answered) throw std::runtime_error("a message came back wrong, or not at all");
}

}  // namespace lln::round_trip
