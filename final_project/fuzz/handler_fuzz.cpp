// The whole handler without its sockets: FeedCore and OrderBooks on any packets, re-request replies and
// snapshot streams, at any times.
//
// An input is a list of steps: one byte says what happens, one how much time passes before, then what the
// step needs. Packets are either raw bytes or built around the next expected number, so that the fuzzer gets
// far quickly. In a *strict* input (bit 0 of the first byte) all packets are built, and each message's bytes
// follow from its number: then every delivered byte is checked.
#include "fuzz_support.hpp"

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/feed_session.hpp>
#include <lln/handler/glimpse_stream.hpp>
#include <lln/handler/order_book.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <vector>

namespace {

using namespace lln;
using namespace lln::handler;
using lln::fuzz::require;

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000'000;
constexpr std::array<std::string_view, 3> sessions = {"SESSION00A", "SESSION00B", "         C"};

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = std::to_integer<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::span<const std::byte> bytes(std::size_t size) {
    const auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

std::vector<std::byte> strict_message(std::uint64_t sequence, char session) {
  std::uint64_t x = (sequence + 1) * 0x9E37'79B9'7F4A'7C15u ^ static_cast<std::uint64_t>(session);
  std::vector<std::byte> message((x >> 33) % 5);
  for (std::byte& byte : message) byte = static_cast<std::byte>((x *= 0x9E37'79B9'7F4A'7C15u) >> 56);
  return message;
}

struct Requests {
  bool request(const feed::SessionId&, std::uint64_t sequence, std::uint16_t count) noexcept {
    require(sequence != 0 && count != 0 && count != feed::end_of_session, "requests are legal");
    return ++made % 8 != 0;
  }
  std::span<const std::byte> receive() noexcept {
    if (replies.empty()) return {};
    current = std::move(replies.front());
    replies.pop_front();
    return current;
  }
  std::deque<std::vector<std::byte>> replies;
  std::vector<std::byte> current;
  unsigned made = 0;
};

// GlimpseClient with a queue in place of the socket.
struct Snapshots {
  using State = GlimpseClient::State;
  void start(std::uint64_t now) noexcept {
    stream.restart();
    started = now;
    state_ = State::logging_in;
  }
  void cancel() noexcept { state_ = State::idle; }
  void poll(std::uint64_t now) noexcept {
    if (state_ != State::logging_in && state_ != State::streaming) return;
    const auto space = stream.space();
    const std::size_t size = std::min(space.size(), incoming.size());
    std::copy_n(incoming.begin(), size, space.begin());
    incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(size));
    stream.commit(size);
    if (size == 0 && now - started > 20 * ms) stream.end_of_stream();
  }
  bool next(std::span<const std::byte>& message) noexcept {
    if (state_ != State::logging_in && state_ != State::streaming) return false;
    const bool found = stream.next(message);
    if (stream.state() == GlimpseStream::State::streaming) state_ = State::streaming;
    if (stream.state() == GlimpseStream::State::done) state_ = State::done;
    if (stream.state() == GlimpseStream::State::failed) state_ = State::failed;
    return found;
  }
  State state() const noexcept { return state_; }
  std::uint64_t next_sequence() const noexcept { return stream.next_sequence(); }
  const feed::SessionId& session() const noexcept { return stream.session(); }

  GlimpseStream stream{200};
  std::vector<std::byte> incoming;
  std::uint64_t started = 0;
  State state_ = State::idle;
};

OrderBooks& books() {
  static OrderBooks instance({.orders = 1024, .levels = 512, .symbols = 64});
  return instance;
}

struct Sink {
  void on_messages(const BlockRun& run, const PacketStamp&) noexcept {
    require(run.count != 0, "no empty runs");
    require(!loading, "nothing live while a snapshot loads");
    require(run.first_sequence == next, "messages come in order, each once");
    const std::byte* at = run.first;
    for (std::uint64_t s = next; s < next + run.count; ++s) {
      const std::size_t size = std::to_integer<std::size_t>(at[0]) << 8 | std::to_integer<std::size_t>(at[1]);
      if (strict) {
        const auto wanted = strict_message(s, session);
        require(std::ranges::equal(std::span(at + 2, size), wanted), "messages arrive unchanged");
      }
      at += 2 + size;
    }
    books().apply(run, null);
    next += run.count;
    delivered += run.count;
  }
  void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept {
    require(begin == next && begin < end, "what is given up follows what was delivered");
    next = end;
    unrecovered += end - begin;
  }
  void on_end_of_session(std::uint64_t end) noexcept {
    require(end <= next && !loading, "the end comes last");
  }
  void on_session_change(const feed::SessionId&, const feed::SessionId& to) noexcept {
    earlier += next - 1;
    next = 1;
    loading = false;
    session = to.back();
    books().clear();
  }
  void on_snapshot_begin() noexcept {
    loading = true;
    books().clear();
  }
  void on_snapshot_message(std::span<const std::byte> message) noexcept {
    require(loading, "snapshot messages come in a snapshot");
    books().apply_one(message, null);
  }
  void on_snapshot_end(std::uint64_t n) noexcept {
    require(loading, "a snapshot ends once");
    loading = false;
    next = n;
  }

  lln::handler::NullSink null;
  bool strict = false;
  bool loading = false;
  char session = sessions[0].back();
  std::uint64_t next = 1;
  std::uint64_t earlier = 0;  // numbers used up in earlier sessions
  std::uint64_t delivered = 0;
  std::uint64_t unrecovered = 0;
};

struct Run {
  explicit Run(bool strict_run)
      : core(
            [] {
              FeedConfig config;
              config.session = feed::session_id(sessions[0]);
              config.session_silence = std::chrono::milliseconds(50);
              config.window = {.bytes = 0, .messages = 256};
              config.max_jump = 1000;
              config.drain_slice = 3;
              config.request_chunk = 7;
              config.request_timeout = std::chrono::milliseconds(1);
              config.request_attempts = 2;
              config.snapshot_threshold = 100;
              config.snapshot_attempts = 2;
              config.snapshot_retry = std::chrono::milliseconds(1);
              config.snapshot_holdoff = std::chrono::milliseconds(20);
              return config;
            }(),
            1.0, sink, &requests, &snapshots) {
    sink.strict = strict_run;
    books().clear();
  }

  // A packet near the next expected number.
  std::vector<std::byte> built(Input& input) {
    const std::uint8_t kind = input.byte();
    const std::string_view session = sink.strict || kind % 8 != 0 ? sessions[kind / 128] : sessions[2];
    const std::uint64_t from = core.next_sequence() + input.byte();
    const std::uint64_t sequence = from > 64 ? from - 64 : 1;
    const std::uint16_t count = input.byte() % 64;
    std::vector<std::byte> bytes(2000);
    feed::PacketBuilder builder(bytes, feed::session_id(session));
    builder.begin(sequence);
    if (kind % 16 == 1) {
      feed::encode_header({feed::session_id(session), sequence, feed::end_of_session},
                          std::span(bytes).first<feed::header_size>());
      bytes.resize(feed::header_size);
      return bytes;
    }
    for (std::uint16_t i = 0; i < count; ++i) {
      if (sink.strict) {
        builder.append(strict_message(sequence + i, session.back()));
      } else {
        builder.append(input.bytes(input.byte() % 48));
      }
    }
    bytes.resize(builder.finish().size());
    return bytes;
  }

  std::vector<std::byte> packet(std::uint8_t step, Input& input) {
    if (sink.strict || (step & 8) != 0) return built(input);
    const auto raw = input.bytes(input.byte());
    return {raw.begin(), raw.end()};
  }

  void step(Input& input) {
    const std::uint8_t what = input.byte();
    const std::uint64_t wait = input.byte();
    now += wait * wait * us;
    switch (what % 8) {
      case 5:
        requests.replies.push_back(packet(what, input));
        break;
      case 6: {
        const auto bytes = input.bytes(input.byte());
        snapshots.incoming.insert(snapshots.incoming.end(), bytes.begin(), bytes.end());
        break;
      }
      case 7:
        break;
      default: {
        const auto bytes = packet(what, input);
        const PacketStamp stamp{static_cast<std::int64_t>(what >> 7), now, (what & 64) != 0};
        core.on_packet({bytes, what % 2 == 0 ? Line::a : Line::b, stamp}, now);
      }
    }
    if ((what & 16) == 0) core.poll(now);
    check();
  }

  void check() const {
    const FeedCounters c = core.counters();
    require(sink.next == core.next_sequence() || sink.loading || core.state() == FeedState::snapshot,
            "sink and core agree on the next number");
    require(c.delivered == sink.delivered && c.unrecovered == sink.unrecovered,
            "what is counted has happened");
    if (!sink.loading) {
      require(c.delivered + c.covered_by_snapshot + c.unrecovered - c.rewound ==
                  sink.earlier + core.next_sequence() - 1,
              "the counters add up");
    }
    for (const LineCounters& line : c.lines)
      require(line.first + line.duplicates + line.dropped == line.messages,
              "each copy is first, second or dropped");
  }

  // Silence: whatever is missing must be given up in the end.
  void settle() {
    requests.replies.clear();
    snapshots.incoming.clear();
    for (int i = 0; i < 20'000 && !settled(); ++i) {
      now += ms;
      core.poll(now);
    }
    check();
    require(settled(), "nothing hangs");
  }
  bool settled() const {
    const FeedState state = core.state();
    return !core.pending() && state != FeedState::snapshot;
  }

  Sink sink;
  Requests requests;
  Snapshots snapshots;
  std::uint64_t now = 1'000 * ms;
  FeedCore<Sink, Requests, Snapshots> core;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(lln::fuzz::bytes_of(data, size));
  Run run((input.byte() & 1) != 0);
  for (int steps = 0; steps < 200 && !input.empty(); ++steps) run.step(input);
  run.settle();
  return 0;
}
