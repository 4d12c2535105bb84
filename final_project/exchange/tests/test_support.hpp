// Shared by the exchange's tests: a sink that remembers, small days, decoded views.
#pragma once

#include <lln/exchange/flow_generator.hpp>
#include <lln/exchange/line.hpp>
#include <lln/feed/moldudp64.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace lln::exchange::testing {

using Bytes = std::vector<std::byte>;

inline std::uint64_t seed() {
  const char* const text = std::getenv("LLN_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

inline FlowOptions small_day(std::uint64_t messages = 60'000) {
  FlowOptions options;
  options.symbols = 200;
  options.messages = messages;
  options.live_orders = 5'000;
  options.seed = seed();
  return options;
}

inline std::vector<FlowMessage> whole_day(const FlowOptions& options) {
  FlowGenerator generator(options);
  std::vector<FlowMessage> day;
  FlowMessage message;
  while (generator.next(message)) day.push_back(message);
  return day;
}

inline char type_of(const FlowMessage& message) { return static_cast<char>(message.bytes[0]); }

inline Bytes copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

struct SentDatagram {
  Bytes bytes;
  std::int64_t at_ns;
};

struct RecordingSink final : DatagramSink {
  void send(std::span<const std::byte> datagram, std::int64_t now_ns) override {
    sent.push_back({copy(datagram), now_ns});
  }
  std::vector<SentDatagram> sent;
};

/// A message of `length` bytes that says which it is; the type is one that ITCH does not have.
inline FlowMessage numbered(std::uint64_t number, std::int64_t offset_ns, std::size_t length = 20) {
  FlowMessage message;
  message.offset_ns = offset_ns;
  message.set_length(length);
  message.bytes[0] = std::byte{'z'};
  feed::store_be(message.bytes + 11, number);
  return message;
}
inline std::uint64_t number_of(std::span<const std::byte> message) {
  return feed::load_be<std::uint64_t>(message.data() + 11);
}

/// A day of given messages.
class ListSource final : public MessageSource {
 public:
  explicit ListSource(std::vector<FlowMessage> messages) : messages_(std::move(messages)) {}
  bool next(FlowMessage& message) override {
    if (at_ == messages_.size()) return false;
    message = messages_[at_++];
    return true;
  }

 private:
  std::vector<FlowMessage> messages_;
  std::size_t at_ = 0;
};

}  // namespace lln::exchange::testing
