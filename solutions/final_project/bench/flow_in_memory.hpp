// A day's messages in memory, framed as the packets of a full line: nothing is generated while a clock runs.
#pragma once

#include <lln/exchange/flow_generator.hpp>
#include <lln/handler/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::book_bench {

class FlowInMemory {
 public:
  /// packet_bytes: largest UDP payload; each run holds what fits after the MoldUDP64 header.
  FlowInMemory(const exchange::FlowOptions& options, std::size_t packet_bytes) {
    exchange::FlowGenerator generator(options);
    bytes_.reserve(options.messages * 34);
    exchange::FlowMessage message;
    std::vector<std::size_t> starts;
    std::vector<std::uint16_t> counts;
    std::size_t room = 0;
    while (generator.next(message)) {
      const std::span<const std::byte> block = message.block();
      // The steady state begins with a new packet, so that it can be timed alone.
      const bool steady_begins = generator.generated() == generator.build_up_end() + 1;
      if (steady_begins) steady_run_ = starts.size(), steady_message_ = generator.generated() - 1;
      if (block.size() > room || steady_begins) {
        starts.push_back(bytes_.size());
        counts.push_back(0);
        room = packet_bytes - 20;
      }
      bytes_.insert(bytes_.end(), block.begin(), block.end());
      room -= block.size();
      ++counts.back();
    }
    messages_ = generator.generated();
    std::uint64_t sequence = 1;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      runs_.push_back({.first = bytes_.data() + starts[i], .count = counts[i], .first_sequence = sequence});
      sequence += counts[i];
    }
  }

  std::span<const handler::BlockRun> build_up() const { return std::span(runs_).first(steady_run_); }
  std::span<const handler::BlockRun> steady() const { return std::span(runs_).subspan(steady_run_); }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t steady_messages() const { return messages_ - steady_message_; }
  std::size_t bytes() const { return bytes_.size(); }

 private:
  std::vector<std::byte> bytes_;
  std::vector<handler::BlockRun> runs_;
  std::size_t steady_run_ = 0;
  std::uint64_t steady_message_ = 0;
  std::uint64_t messages_ = 0;
};

/// Calls visit(message) for every block of a run.
template <class Visit>
void for_each_message(const handler::BlockRun& run, Visit&& visit) {
  const std::byte* block = run.first;
  for (std::size_t left = run.count; left != 0; --left) {
    const std::size_t length =
        (std::to_integer<std::size_t>(block[0]) << 8) | std::to_integer<std::size_t>(block[1]);
    visit(std::span(block + 2, length));
    block += 2 + length;
  }
}

}  // namespace lln::book_bench
