#include <lln/exchange/replay_source.hpp>
#include <lln/feed/itch_types.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lln::exchange {
namespace {

bool has_stamp(std::span<const std::byte> message) { return message.size() >= feed::itch_prefix_size; }
std::uint64_t stamp_of(std::span<const std::byte> message) { return feed::load_be48(message.data() + 5); }

}  // namespace

ReplaySource::ReplaySource(const std::filesystem::path& path, double rate, std::uint64_t most)
    : reader_(path), rate_(rate) {
  scan(path, most);
  const auto duration = static_cast<double>(last_stamp_ - first_stamp_);
  if (rate_ > 0 && duration > 0) stretch_ = static_cast<double>(messages_) * 1e9 / rate_ / duration;
}

void ReplaySource::scan(const std::filesystem::path& path, std::uint64_t most) {
  feed::BinaryFileReader reader(path);
  std::span<const std::byte> message;
  bool stamped = false;
  while ((most == 0 || messages_ < most) && reader.next(message)) {
    ++messages_;
    if (message.size() > max_flow_message)
      throw std::runtime_error(path.string() + ": record " + std::to_string(messages_) + " has " +
                               std::to_string(message.size()) + " bytes; no ITCH 5.0 message has more than " +
                               std::to_string(max_flow_message));
    if (message[0] == static_cast<std::byte>(feed::MessageType::stock_directory)) ++symbols_;
    if (!has_stamp(message)) continue;
    if (!stamped) first_stamp_ = last_stamp_ = stamp_of(message);
    stamped = true;
    last_stamp_ = std::max(last_stamp_, stamp_of(message));
  }
  if (messages_ == 0)
    throw std::runtime_error(path.string() + " holds no message; give an ITCH 5.0 BinaryFILE");
}

bool ReplaySource::next(FlowMessage& to) {
  std::span<const std::byte> message;
  if (replayed_ == messages_ || !reader_.next(message)) return false;
  if (rate_ > 0 && last_stamp_ == first_stamp_) {  // no time in the file: evenly
    offset_ns_ = static_cast<std::int64_t>(static_cast<double>(replayed_) * 1e9 / rate_);
  } else if (has_stamp(message) && stamp_of(message) > first_stamp_) {
    const double since_first = static_cast<double>(stamp_of(message) - first_stamp_) * stretch_;
    offset_ns_ = std::max(offset_ns_, static_cast<std::int64_t>(since_first));
  }
  ++replayed_;
  to.offset_ns = offset_ns_;
  to.set_length(message.size());
  std::memcpy(to.bytes, message.data(), message.size());
  return true;
}

}  // namespace lln::exchange
