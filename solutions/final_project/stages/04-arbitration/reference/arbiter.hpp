// The reference handler's arbiter behind the interface of stage 4: another design inside (packets held whole in a ring of
// bytes, a bitmap of what is held, views instead of calls for each message) passes the same tests.
//
// It takes datagrams, so packets are encoded for it. The state that is added here: the session is adopted from any line,
// and what has been reported as lost stays so as a whole, whatever comes behind the hole meanwhile.
#pragma once

#include <lln/handler/arbiter.hpp>
#include <lln/project/packet.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace lln::project {

struct ArbiterOptions {
  std::uint64_t first_sequence = 1;
  std::uint64_t gap_timer_ns = 200'000;
  std::size_t window_messages = 65'536;
  std::size_t message_bytes = 64;
};

struct LineCounters {
  std::uint64_t packets = 0;
  std::uint64_t messages = 0;
  std::uint64_t first = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t overflow = 0;
  std::uint64_t filled = 0;
};

struct ArbiterCounters {
  std::array<LineCounters, 3> lines{};
  std::uint64_t foreign = 0;
  std::uint64_t gaps = 0;
};

class Arbiter {
 public:
  Arbiter(const ArbiterOptions& options, MessageSink& sink)
      : timer_(options.gap_timer_ns), blocks_{sink}, arbiter_(translated(options), blocks_) {
    if (options.first_sequence > 1) arbiter_.resume_at(options.first_sequence, 0);
  }

  void on_packet(Line line, const PacketView& packet, std::uint64_t now_ns) noexcept {
    if (!begun_) {  // the reference takes no session from a re-request server
      begun_ = true;
      PacketView heartbeat{packet.session, 1, false, {}};
      arbiter_.on_packet({encoded(heartbeat), handler::Line::a, {}}, now_ns);
    }
    const auto foreign = arbiter_.counters().foreign_session;
    const auto filled = filled_so_far();
    const auto doubted = arbiter_.counters().implausible;
    const handler::Packet datagram{encoded(packet), static_cast<handler::Line>(line), {}};
    arbiter_.on_packet(datagram, now_ns);
    // A number that is far away has to be confirmed.
    if (arbiter_.counters().implausible != doubted) arbiter_.on_packet(datagram, now_ns);
    LineCounters& count = counters_.lines[static_cast<std::size_t>(line)];
    count.packets += arbiter_.counters().foreign_session == foreign;
    count.filled += filled_so_far() - filled;
    on_time(now_ns);
  }

  void on_time(std::uint64_t now_ns) noexcept {
    now_ = now_ns;
    do arbiter_.poll(now_ns);
    while (arbiter_.draining());
    look();
    count();
  }

  std::optional<Gap> missing() const noexcept {
    if (next_sequence() >= lost_until_) return std::nullopt;
    return hole();
  }

  void skip_to(std::uint64_t sequence) noexcept {
    if (sequence <= next_sequence()) return;
    arbiter_.resume_at(sequence, now_);
    on_time(now_);
  }

  std::uint64_t next_sequence() const noexcept { return arbiter_.next_sequence(); }
  std::uint64_t known_end() const noexcept { return arbiter_.known_end(); }
  const ArbiterCounters& counters() const noexcept { return counters_; }

 private:
  struct Blocks {
    MessageSink& sink;
    void on_messages(const handler::BlockRun& run, const handler::PacketStamp&) noexcept {
      const std::byte* at = run.first;
      for (std::uint64_t i = 0; i < run.count; ++i) {
        const auto size = handler::itch::load<std::uint16_t>(at);
        sink.on_message(run.first_sequence + i, {at + 2, size});
        at += 2 + size;
      }
    }
    void on_end_of_session(std::uint64_t next) noexcept { sink.on_end_of_session(next); }
    void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept {}
  };

  static handler::ArbiterOptions translated(const ArbiterOptions& options) {
    constexpr auto never = std::numeric_limits<std::uint64_t>::max();
    handler::ArbiterOptions result;
    result.session = {.session = std::nullopt, .silence = never, .confirmations = ~0u};
    result.window = {.bytes = options.window_messages * (options.message_bytes + 128),
                     .messages = options.window_messages};
    result.gap_timer = options.gap_timer_ns;
    result.max_jump = never / 2;
    return result;
  }

  std::span<const std::byte> encoded(const PacketView& packet) noexcept {
    const auto store = [this](std::size_t at, std::size_t width, std::uint64_t value) {
      for (std::size_t i = 0; i < width; ++i)
        datagram_[at + i] = static_cast<std::byte>(value >> (8 * (width - 1 - i)));
    };
    std::memcpy(datagram_.data(), packet.session.data(), packet.session.size());
    store(10, 8, packet.sequence);
    store(18, 2, packet.end_of_session ? 0xFFFF : packet.messages.size());
    std::size_t size = 20;
    for (const Message message : packet.messages) {
      store(size, 2, message.size());
      std::copy(message.begin(), message.end(), datagram_.begin() + static_cast<std::ptrdiff_t>(size) + 2);
      size += 2 + message.size();
    }
    return std::span(datagram_).first(size);
  }

  std::uint64_t filled_so_far() noexcept {
    const handler::FeedCounters& count = arbiter_.counters();
    return count.reordered + count.recovered_by_other_line + count.recovered_by_rerequest;
  }

  Gap hole() const noexcept {
    const handler::GapView gaps = arbiter_.gaps();
    return {gaps.next, gaps.window.next_held(gaps.next, gaps.known_end)};
  }

  void look() noexcept {
    // Each message that overflows restarts the reference's timer (it takes a snapshot at once): the first one counts here.
    if (!arbiter_.pending()) arbiter_.take_overflow();
    if (!arbiter_.overflowed()) {
      overflow_since_.reset();
    } else if (!overflow_since_) {
      overflow_since_ = now_;
    }
    const handler::GapView gaps = arbiter_.gaps();
    if (!arbiter_.pending()) return;
    const bool lost = next_sequence() < lost_until_ || !gaps.first_lost(gaps.next).empty() ||
                      (overflow_since_ && now_ - *overflow_since_ >= timer_);
    if (lost) lost_until_ = std::max(lost_until_, hole().end);
  }

  void count() noexcept {
    const handler::FeedCounters& from = arbiter_.counters();
    for (std::size_t i = 0; i < counters_.lines.size(); ++i) {
      LineCounters& to = counters_.lines[i];
      to.messages = from.lines[i].messages;
      to.first = from.lines[i].first;
      to.duplicates = from.lines[i].duplicates;
      to.overflow = from.lines[i].dropped;
    }
    counters_.foreign = from.foreign_session;
    counters_.gaps = from.gaps;
  }

  std::uint64_t timer_;
  std::vector<std::byte> datagram_ = std::vector<std::byte>(std::size_t{1} << 17);
  Blocks blocks_;
  handler::Arbiter<Blocks> arbiter_;
  ArbiterCounters counters_;
  std::uint64_t now_ = 0;
  std::uint64_t lost_until_ = 0;
  std::optional<std::uint64_t> overflow_since_;
  bool begun_ = false;
};

}  // namespace lln::project
