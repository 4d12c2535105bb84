#include <lln/net/packet_life.hpp>

#include <algorithm>

namespace lln::net {

bool Departures::add(std::uint32_t id, std::int64_t send_ns) noexcept {
  if (departures_.size() == departures_.capacity()) return false;
  departures_.push_back({id, send_ns, 0, 0, 0});
  return true;
}

Departure* Departures::find(std::uint32_t id) noexcept {
  // The kinds of stamps take turns, so the next one is at the same place or a few further.
  constexpr std::size_t look_ahead = 4;
  for (std::size_t i = expected_; i < std::min(expected_ + look_ahead, departures_.size()); ++i) {
    if (departures_[i].id == id) {
      expected_ = i;
      return &departures_[i];
    }
  }
  if (departures_.empty()) return nullptr;
  // Ids rise, and wrap around: their distances from the first one only rise.
  const std::uint32_t first = departures_.front().id;
  const auto found = std::lower_bound(departures_.begin(), departures_.end(), id - first,
                                      [first](const Departure& departure, std::uint32_t distance) {
                                        return departure.id - first < distance;
                                      });
  if (found == departures_.end() || found->id != id) return nullptr;
  expected_ = static_cast<std::size_t>(found - departures_.begin());
  return &*found;
}

bool Departures::add_stamp(const TransmitStamp& stamp) noexcept {
  Departure* const departure = find(stamp.id);
  if (departure == nullptr) {
    ++unknown_;
    return false;
  }
  std::int64_t* place = &departure->scheduled_ns;
  if (stamp.station == Station::sent) place = &departure->sent_ns;
  if (stamp.station == Station::acknowledged) place = &departure->acknowledged_ns;
  if (*place != 0) {
    ++repeated_;
    return false;
  }
  *place = stamp.time_ns;
  ++stamps_;
  return true;
}

const char* to_string(Leg leg) noexcept {
  constexpr const char* names[legs] = {"stack", "queue", "wire", "delivery"};
  return names[static_cast<std::size_t>(leg)];
}

namespace {

void sort_by_whole(std::vector<Life>& lives) {
  std::stable_sort(lives.begin(), lives.end(),
                   [](const Life& a, const Life& b) { return a.whole_ns < b.whole_ns; });
}

}  // namespace

Decomposition decompose(std::span<const Departure> departures, std::span<const Arrival> arrivals,
                        std::size_t first) {
  Decomposition result;
  for (std::size_t i = first; i < departures.size(); ++i) {
    const Departure& departure = departures[i];
    if (i >= arrivals.size() || arrivals[i].received_ns == 0) {
      ++result.lost;
      continue;
    }
    const std::array<std::int64_t, legs + 1> stations{departure.send_ns, departure.scheduled_ns,
                                                      departure.sent_ns, arrivals[i].arrived_ns,
                                                      arrivals[i].received_ns};
    if (std::find(stations.begin(), stations.end(), 0) != stations.end()) {
      ++result.unstamped;
      continue;
    }
    if (!std::is_sorted(stations.begin(), stations.end())) {
      ++result.backwards;
      continue;
    }
    Life life{i, {}, stations.back() - stations.front()};
    for (std::size_t leg = 0; leg < legs; ++leg) {
      life.leg_ns[leg] = stations[leg + 1] - stations[leg];
      result.by_leg[leg].record(static_cast<std::uint64_t>(life.leg_ns[leg]));
    }
    result.whole.record(static_cast<std::uint64_t>(life.whole_ns));
    result.lives.push_back(life);
    if (departure.acknowledged_ns >= departure.send_ns)
      result.acknowledged.record(static_cast<std::uint64_t>(departure.acknowledged_ns - departure.send_ns));
  }
  sort_by_whole(result.lives);
  return result;
}

void Decomposition::merge(const Decomposition& other) {
  for (std::size_t i = 0; i < legs; ++i) by_leg[i].merge(other.by_leg[i]);
  whole.merge(other.whole);
  acknowledged.merge(other.acknowledged);
  lives.insert(lives.end(), other.lives.begin(), other.lives.end());
  sort_by_whole(lives);
  lost += other.lost;
  unstamped += other.unstamped;
  backwards += other.backwards;
}

Decomposition::Profile Decomposition::between(double low_percentile, double high_percentile) const {
  Profile profile{};
  const double count = static_cast<double>(lives.size());
  const auto begin = static_cast<std::size_t>(std::clamp(low_percentile, 0.0, 100.0) / 100 * count);
  const auto end = static_cast<std::size_t>(std::clamp(high_percentile, 0.0, 100.0) / 100 * count);
  for (std::size_t i = begin; i < end; ++i) {
    for (std::size_t leg = 0; leg < legs; ++leg)
      profile.leg_ns[leg] += static_cast<double>(lives[i].leg_ns[leg]);
    profile.whole_ns += static_cast<double>(lives[i].whole_ns);
    ++profile.messages;
  }
  if (profile.messages == 0) return profile;
  for (double& ns : profile.leg_ns) ns /= static_cast<double>(profile.messages);
  profile.whole_ns /= static_cast<double>(profile.messages);
  return profile;
}

}  // namespace lln::net
