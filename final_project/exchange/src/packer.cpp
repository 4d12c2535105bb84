#include <lln/exchange/packer.hpp>
#include <lln/feed/itch_types.hpp>

#include <limits>
#include <stdexcept>
#include <string>

namespace lln::exchange {

namespace {
constexpr std::size_t least_datagram = feed::header_size + feed::block_prefix_size + max_flow_message;
constexpr std::int64_t day_ns = 86'400'000'000'000;
}  // namespace

Packer::Packer(MessageLog& log, const feed::SessionId& session, std::size_t max_datagram,
               std::int64_t pack_ns)
    : log_(log), buffer_(max_datagram), builder_(buffer_, session), pack_ns_(pack_ns) {
  if (max_datagram < least_datagram)
    throw std::invalid_argument("datagrams of " + std::to_string(max_datagram) +
                                " bytes cannot hold every message; use at least " +
                                std::to_string(least_datagram));
  builder_.begin(published_);
}

PackedRun Packer::close() noexcept {
  const PackedRun run{builder_.finish(), published_, builder_.count()};
  published_ += run.count;
  open_ = false;
  return run;
}

PackedRun Packer::poll(std::int64_t now_ns, const Stamps& stamps) noexcept {
  if (!open_) {
    builder_.begin(published_);
    open_ = true;
  }
  for (std::uint64_t sequence = packed(); sequence < log_.next(); ++sequence) {
    FlowMessage& message = log_[sequence];
    if (message.offset_ns > now_ns) break;
    if (stamps.wall_clock && message.length() >= feed::itch_prefix_size)
      message.set_timestamp_ns(static_cast<std::uint64_t>((stamps.start_ns + message.offset_ns) % day_ns));
    const bool first = builder_.empty();
    if (!builder_.append(message.message())) return close();
    if (first) oldest_ns_ = message.offset_ns;
  }
  if (!builder_.empty() && now_ns - oldest_ns_ >= pack_ns_) return close();
  return {};
}

PackedRun Packer::flush() noexcept { return open_ && !builder_.empty() ? close() : PackedRun{}; }

std::int64_t Packer::next_due_ns() const noexcept {
  if (open_ && !builder_.empty()) {
    const std::int64_t closes = oldest_ns_ + pack_ns_;
    if (packed() < log_.next() && log_[packed()].offset_ns < closes) return log_[packed()].offset_ns;
    return closes;
  }
  const std::uint64_t next = open_ ? packed() : published_;
  return next < log_.next() ? log_[next].offset_ns : std::numeric_limits<std::int64_t>::max();
}

}  // namespace lln::exchange
