#include <lln/app/find_limit.hpp>

namespace lln::app {

LimitResult search_limit(const LimitSearch& search, const std::function<LimitTrial(double rate)>& trial) {
  LimitResult result;
  double passed = 0;
  double failed = 0;
  bool stopped = false;
  const auto run = [&](double rate) {
    LimitTrial last = trial(rate);
    stopped = last.stopped;
    if (stopped) return false;
    result.trials.push_back(last);
    (last.passed ? passed : failed) = rate;
    if (!last.passed) result.limited_by = last.reason;
    return last.passed;
  };
  double rate = search.first_rate;
  while (rate <= search.highest_rate && run(rate)) rate *= 2;
  if (failed == 0 && !stopped) {
    result.limited_by = "the search itself: nothing failed up to its highest rate";
  } else if (passed == 0 && !stopped) {
    // The first rate was too high already: go down until one passes.
    for (rate = search.first_rate / 2; rate >= search.lowest_rate && !run(rate) && !stopped; rate /= 2) {
    }
  }
  while (!stopped && passed > 0 && failed > passed * (1 + search.precision)) run((passed + failed) / 2);
  if (stopped) result.limited_by = "the interruption of the search";
  result.highest_rate = passed;
  return result;
}

}  // namespace lln::app
