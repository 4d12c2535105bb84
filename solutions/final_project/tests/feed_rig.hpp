// A feed without sockets: FeedCore on a clock that the test moves, with servers that do what the test says.
#pragma once

#include "feed_testkit.hpp"

#include <lln/handler/feed_session.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lln::handler::testkit {

inline constexpr std::uint64_t us = 1'000;  // one tick is one ns
inline constexpr std::uint64_t ms = 1'000'000;
inline constexpr std::uint64_t seconds = 1'000'000'000;

/// In place of RerequestClient. `answer` says what the server sends for a request, each with a delay in
/// ticks.
struct SimRequests {
  struct Reply {
    std::uint64_t delay;
    Bytes bytes;
  };
  struct Asked {
    std::uint64_t sequence;
    std::uint16_t count;
    std::uint64_t at;
  };

  bool request(const feed::SessionId& session, std::uint64_t sequence, std::uint16_t count) noexcept {
    asked.push_back({sequence, count, *now});
    sessions.push_back(std::string(session.data(), session.size()));
    if (!answer) return true;
    for (Reply& reply : answer(sequence, count)) replies.insert({*now + reply.delay, std::move(reply.bytes)});
    return true;
  }
  std::span<const std::byte> receive() noexcept {
    if (replies.empty() || replies.begin()->first > *now) return {};
    current = std::move(replies.begin()->second);
    replies.erase(replies.begin());
    return current;
  }

  const std::uint64_t* now = nullptr;
  std::function<std::vector<Reply>(std::uint64_t, std::uint16_t)> answer;
  std::vector<Asked> asked;
  std::vector<std::string> sessions;
  std::multimap<std::uint64_t, Bytes> replies;
  Bytes current;
};

/// In place of GlimpseClient. `serve` is asked at each start; nothing: the server cannot be reached.
struct SimSnapshots {
  struct Script {
    std::uint64_t login_after = 0;
    std::vector<Bytes> messages;
    std::size_t messages_per_poll = 64;
    std::uint64_t next_sequence = 0;  // of G; 0: the stream breaks off instead
    std::string session{default_session};
  };

  void start(std::uint64_t at) noexcept {
    ++starts;
    script = serve ? serve() : std::nullopt;
    state_ = script ? GlimpseClient::State::logging_in : GlimpseClient::State::connecting;
    since = at;
    sent = budget = 0;
  }
  void cancel() noexcept { state_ = GlimpseClient::State::idle; }
  void poll(std::uint64_t at) noexcept {
    using State = GlimpseClient::State;
    if (state_ == State::connecting && at - since >= 1 * ms) state_ = State::failed;
    if (state_ == State::logging_in && at - since >= script->login_after) state_ = State::streaming;
    if (state_ == State::streaming) budget = script->messages_per_poll;
  }
  bool next(std::span<const std::byte>& message) noexcept {
    using State = GlimpseClient::State;
    if (state_ != State::streaming || budget == 0) return false;
    if (sent == script->messages.size()) {
      state_ = script->next_sequence != 0 ? State::done : State::failed;
      return false;
    }
    --budget;
    message = script->messages[sent++];
    return true;
  }
  GlimpseClient::State state() const noexcept { return state_; }
  std::uint64_t next_sequence() const noexcept { return script->next_sequence; }
  const feed::SessionId& session() const noexcept {
    named = feed::session_id(script ? script->session : "");
    return named;
  }

  std::function<std::optional<Script>()> serve;
  std::optional<Script> script;
  int starts = 0;
  std::uint64_t since = 0;
  std::size_t sent = 0;
  std::size_t budget = 0;
  GlimpseClient::State state_ = GlimpseClient::State::idle;
  mutable feed::SessionId named{};
};

inline FeedConfig small_config() {
  FeedConfig config;
  config.window = {.bytes = std::size_t{1} << 17, .messages = 1 << 12};
  return config;
}

template <class Sink = JournalSink>
struct Rig {
  enum Servers { none = 0, rerequest = 1, glimpse = 2, both = 3 };

  explicit Rig(int servers = none, FeedConfig config = small_config())
      : core(std::make_unique<FeedCore<Sink, SimRequests, SimSnapshots>>(
            config, 1.0, sink, servers & rerequest ? &requests : nullptr,
            servers & glimpse ? &snapshots : nullptr)) {
    requests.now = &now;
  }

  void on(Line line, const Bytes& bytes, PacketStamp stamp = {}) {
    // A copy of its own, gone afterwards: nothing may point into it.
    const std::vector<std::byte> exact(bytes.begin(), bytes.end());
    core->on_packet({exact, line, stamp}, now);
    core->poll(now);
  }
  void a(std::uint64_t begin, std::uint64_t end) { on(Line::a, packet(begin, end)); }
  void b(std::uint64_t begin, std::uint64_t end) { on(Line::b, packet(begin, end)); }
  void wait(std::uint64_t time, std::uint64_t step = 10 * us) {
    for (const std::uint64_t until = now + time; now < until;) {
      now = std::min(now + step, until);
      core->poll(now);
    }
  }
  FeedCounters counters() const { return core->counters(); }

  Sink sink;
  std::uint64_t now = 5 * seconds;
  SimRequests requests;
  SimSnapshots snapshots;
  std::unique_ptr<FeedCore<Sink, SimRequests, SimSnapshots>> core;
};

/// The identity that FeedCounters promises, for a run of one session.
inline std::uint64_t accounted(const FeedCounters& c) {
  return c.delivered + c.covered_by_snapshot + c.unrecovered - c.rewound;
}

/// A server that has everything below `end` and puts at most `most` messages into an answer.
inline auto server_up_to(std::uint64_t end, std::uint64_t most = 1000, std::uint64_t delay = 100 * us) {
  return [=](std::uint64_t sequence, std::uint16_t count) -> std::vector<SimRequests::Reply> {
    if (sequence >= end) return {};
    return {{delay, packet(sequence, std::min({end, sequence + count, sequence + most}))}};
  };
}

inline SimSnapshots::Script snapshot(std::uint64_t next, std::size_t messages = 3) {
  SimSnapshots::Script script;
  script.messages.assign(messages, Bytes(5));
  script.next_sequence = next;
  return script;
}

}  // namespace lln::handler::testkit

/// What came out, that nothing was wrong with it, and that the counters account for all of it.
#define EXPECT_JOURNAL(rig, text)        \
  EXPECT_EQ((rig).sink.journal(), text); \
  EXPECT_EQ((rig).sink.errors(), "");    \
  EXPECT_EQ(accounted((rig).counters()) + 1, (rig).core->next_sequence())
