#include <lln/net/impaired_line.hpp>

#include <algorithm>

namespace lln::net {

ImpairedLine::ImpairedLine(const Impairment::Options& options, std::size_t capacity, std::size_t max_packet)
    : impairment_(options), max_packet_(max_packet), storage_(capacity * max_packet) {
  heap_.reserve(capacity);
  free_.reserve(capacity);
  for (std::size_t slot = capacity; slot > 0; --slot) free_.push_back(static_cast<std::uint32_t>(slot - 1));
}

void ImpairedLine::put(Time now, std::span<const std::byte> bytes, std::uint32_t tag,
                       std::size_t overhead) noexcept {
  if (bytes.size() > max_packet_) {
    ++too_long_;
    return;
  }
  const Impairment::Fate fate = impairment_.decide(now, bytes.size() + overhead);
  for (unsigned copy = 0; copy < fate.copies; ++copy) keep(fate.due, bytes, tag);
}

void ImpairedLine::keep(Time due, std::span<const std::byte> bytes, std::uint32_t tag) noexcept {
  if (free_.empty()) {
    ++too_many_;
    return;
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  std::copy(bytes.begin(), bytes.end(), storage_.begin() + static_cast<std::ptrdiff_t>(slot * max_packet_));
  heap_.push_back({due, order_++, slot, tag, bytes.size()});
  std::push_heap(heap_.begin(), heap_.end());
}

std::optional<ImpairedLine::Packet> ImpairedLine::take(Time now) noexcept {
  if (heap_.empty() || heap_.front().due > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end());
  const Entry entry = heap_.back();
  heap_.pop_back();
  free_.push_back(entry.slot);
  return Packet{std::span(storage_).subspan(entry.slot * max_packet_, entry.size), entry.tag, entry.due};
}

std::optional<ImpairedLine::Time> ImpairedLine::next_due() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

}  // namespace lln::net
