#include "contest.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <sstream>

namespace lln::contest {
namespace {

void take_turn(Contestant& contestant, bool counts) {
  if (!contestant.refusal.empty()) return;
  try {
    latency::Histogram values(contestant.values.highest());
    const Turn turn = contestant.turn(values);
    if (!counts) return;
    contestant.values.merge(values);
    contestant.rounds.push_back(turn.value);
    for (const auto& [name, value] : turn.extras) contestant.extras[name].push_back(value);
  } catch (const Unavailable& reason) {
    contestant.refusal = reason.what();
  }
}

}  // namespace

void add(std::vector<Contestant>& contestants, std::string_view name, std::string_view title,
         std::string_view rival, std::function<Turn(latency::Histogram&)> turn) {
  contestants.push_back({std::string(name), std::string(title), std::string(rival), std::move(turn)});
}

void play(std::vector<Contestant>& contestants, int rounds, const std::atomic<bool>& stop,
          void (*progress)(int turn, int of)) {
  std::vector<Contestant*> order;
  for (Contestant& contestant : contestants) order.push_back(&contestant);
  std::mt19937_64 random(std::random_device{}());
  const int turns = (rounds + 1) * static_cast<int>(order.size());
  int turn = 0;
  for (int round = 0; round <= rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (Contestant* const contestant : order) {
      if (stop.load()) return;
      progress(++turn, turns);
      take_turn(*contestant, round > 0);
    }
  }
}

std::vector<Contestant> chosen(std::vector<Contestant> contestants, const std::string& parts) {
  if (parts.empty()) return contestants;
  std::set<std::string> wanted;
  std::istringstream list(parts);
  for (std::string part; std::getline(list, part, ',');) {
    const bool whole = std::any_of(contestants.begin(), contestants.end(),
                                   [&](const Contestant& contestant) { return contestant.name == part; });
    bool found = false;
    for (const Contestant& contestant : contestants) {
      if (whole ? contestant.name != part : contestant.name.find(part) == std::string::npos) continue;
      found = true;
      wanted.insert(contestant.name);
      if (!contestant.rival.empty()) wanted.insert(contestant.rival);
    }
    if (!found)
      throw std::invalid_argument("nothing here is called '" + part + "'; --list shows what there is");
  }
  std::erase_if(contestants, [&](const Contestant& contestant) { return !wanted.contains(contestant.name); });
  return contestants;
}

}  // namespace lln::contest
