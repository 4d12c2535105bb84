#include <lln/exchange/line.hpp>

#include <algorithm>

namespace lln::exchange {

bool Line::in_outage(std::int64_t now_ns) const noexcept {
  return std::any_of(options_.outages.begin(), options_.outages.end(), [now_ns](const Outage& outage) {
    return now_ns >= outage.begin_ns && now_ns < outage.end_ns;
  });
}

void Line::send(std::span<const std::byte> packet, std::int64_t now_ns) {
  ++counters_.offered;
  const bool lost = random_.chance(options_.loss);
  const bool twice = random_.chance(options_.duplicate);
  const double reorder = random_.unit();
  if (!options_.outages.empty() && in_outage(now_ns)) {
    ++counters_.lost_in_outage;
    return;
  }
  if (lost) {
    ++counters_.lost;
    return;
  }
  if (reorder < options_.reorder) {
    // The draw below the probability is uniform itself: its position decides how far back the packet goes.
    const auto behind = 1 + static_cast<unsigned>(3 * reorder / options_.reorder);
    ++counters_.reordered;
    held_.push_back({behind, {packet.begin(), packet.end()}});
    return;
  }
  emit(packet, now_ns);
  if (twice) {
    ++counters_.duplicated;
    emit(packet, now_ns);
  }
  if (!held_.empty()) release_held(now_ns);
}

void Line::release_held(std::int64_t now_ns) {
  for (Held& held : held_) --held.behind;
  for (const Held& held : held_)
    if (held.behind == 0) emit(held.packet, now_ns);
  std::erase_if(held_, [](const Held& held) { return held.behind == 0; });
}

void Line::emit(std::span<const std::byte> packet, std::int64_t now_ns) {
  if (options_.skew_ns > 0) {
    delayed_.push_back({now_ns + options_.skew_ns, {packet.begin(), packet.end()}});
    return;
  }
  ++counters_.sent;
  sink_.send(packet, now_ns);
}

void Line::poll(std::int64_t now_ns) {
  while (!delayed_.empty() && delayed_.front().due_ns <= now_ns) {
    ++counters_.sent;
    sink_.send(delayed_.front().packet, now_ns);
    delayed_.pop_front();
  }
}

void Line::flush(std::int64_t now_ns) {
  for (const Held& held : held_) emit(held.packet, now_ns);
  held_.clear();
  poll(std::numeric_limits<std::int64_t>::max());
}

}  // namespace lln::exchange
