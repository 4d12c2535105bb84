#include "campaign.hpp"

#include <algorithm>
#include <random>

namespace lln::packet_life {
namespace {

std::string why_not(const Case& what, const Cable& cable) {
  if (what.place != Place::loopback && !cable.why_not.empty()) return cable.why_not;
  if (what.place == Place::slow_veth) return cable.why_no_queue;
  return {};
}

net::Decomposition one_turn(const Case& what, std::size_t messages, const Cable& cable,
                            const std::atomic<bool>& stop) {
  if (what.place == Place::loopback) return take_turn(what, connect(what.protocol, {}), messages, stop);
  const bool slow = what.place == Place::slow_veth;
  if (slow) cable.set_queue(true);
  const Wire wire = connect(what.protocol, cable.sides);
  net::Decomposition found = take_turn(what, wire, messages, stop);
  if (slow) cable.set_queue(false);
  return found;
}

}  // namespace

std::vector<Result> run(const Plan& plan, const Cable& cable, const std::atomic<bool>& stop,
                        const Progress& progress) {
  std::vector<Result> results;
  std::vector<std::size_t> order;
  for (const Case& what : plan.cases) {
    results.push_back({what, {}, {}, why_not(what, cable)});
    if (results.back().skipped.empty()) order.push_back(results.size() - 1);
  }
  std::mt19937 random(1);
  int turn = 0;
  const int turns = plan.rounds * static_cast<int>(order.size());
  for (int round = 0; round < plan.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t index : order) {
      if (stop.load()) return results;
      progress(++turn, turns);
      Result& result = results[index];
      const net::Decomposition found = one_turn(result.what, plan.messages, cable, stop);
      if (found.whole.count() > 0)
        result.medians_ns.push_back(static_cast<double>(found.whole.value_at_percentile(50)));
      result.found.merge(found);
    }
  }
  return results;
}

}  // namespace lln::packet_life
