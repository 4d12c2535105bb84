// One channel of a feed that is split by symbols: the messages of one range of locates, and those of no instrument.
//
// Every channel of a split is made from the same day, so all of them together hold each message of an instrument once,
// in the order of the day; reference numbers are those of the day. Sequence numbers are the channel's own.
// Threads: one thread. Cost: the messages of the other channels are generated and left out.
#pragma once

#include <lln/exchange/flow_message.hpp>

#include <cstdint>

namespace lln::exchange {

/// Channel `number` of `count`, from 1. The default is the whole feed.
struct Channel {
  std::uint32_t number = 1;
  std::uint32_t count = 1;

  bool whole() const noexcept { return count == 1; }
};

/// Locates [first, last].
struct LocateRange {
  std::uint32_t first = 1;
  std::uint32_t last = 65'535;

  bool contains(std::uint16_t locate) const noexcept {
    return locate == 0 || (locate >= first && locate <= last);
  }
};

/// The share of a channel in the locates 1 to `symbols`: ranges that follow each other and differ by one at most;
/// the last one goes on to the end, for locates that no directory message declared.
constexpr LocateRange range_of(const Channel& channel, std::uint32_t symbols) noexcept {
  const auto end = [&](std::uint64_t number) {
    return static_cast<std::uint32_t>(std::uint64_t{symbols} * number / channel.count);
  };
  return {end(channel.number - 1) + 1, channel.number == channel.count ? 65'535 : end(channel.number)};
}

class ChannelSource final : public MessageSource {
 public:
  /// `day` must outlive this.
  ChannelSource(MessageSource& day, const LocateRange& range) noexcept : day_(day), range_(range) {}

  bool next(FlowMessage& message) override;

  std::uint64_t taken() const noexcept { return taken_; }

 private:
  MessageSource& day_;
  LocateRange range_;
  std::uint64_t taken_ = 0;
};

}  // namespace lln::exchange
