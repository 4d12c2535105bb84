// Joining late, outages longer than the server's history, snapshots taken a little before or after what is
// held: the books must end equal to those of somebody who saw everything, and never meet an order that they
// do not know.
#include "feed_rig.hpp"

#include <lln/feed/glimpse.hpp>
#include <lln/feed/itch.hpp>
#include <lln/feed/simple_book.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using Reply = SimRequests::Reply;
using Script = SimSnapshots::Script;

constexpr std::uint64_t messages_in_day = 4000;

Bytes encoded(const feed::Message& message) {
  Bytes bytes(feed::max_message_length);
  bytes.resize(feed::encode(message, bytes));
  return bytes;
}

/// A random day: no message refers to an order that is not live.
std::vector<Bytes> random_flow(std::mt19937_64& random) {
  struct Live {
    std::uint64_t reference;
    std::uint16_t locate;
    std::uint32_t shares;
  };
  std::vector<Bytes> flow;
  std::vector<Live> live;
  std::uint64_t reference = 1;
  const auto header = [&](std::uint16_t locate) {
    return feed::Header{.locate = {locate}, .tracking = 0, .timestamp_ns = flow.size()};
  };
  while (flow.size() < messages_in_day) {
    const auto kind = random() % 10;
    if (live.empty() || kind < 5) {
      feed::AddOrder m;
      const auto locate = static_cast<std::uint16_t>(1 + random() % 5);
      m.header = header(locate), m.reference = reference,
      m.side = random() % 2 ? feed::Side::buy : feed::Side::sell;
      m.shares = 1 + static_cast<std::uint32_t>(random() % 500), m.stock = feed::symbol("TEST");
      m.price = {10'000 + static_cast<std::uint32_t>(random() % 50) * 100};
      live.push_back({reference++, locate, m.shares});
      flow.push_back(encoded(m));
      continue;
    }
    const std::size_t at = random() % live.size();
    Live& order = live[at];
    if (kind < 7) {
      feed::OrderDelete m;
      m.header = header(order.locate), m.reference = order.reference;
      order.shares = 0;
      flow.push_back(encoded(m));
    } else if (kind < 9) {
      feed::OrderExecuted m;
      m.header = header(order.locate), m.reference = order.reference;
      m.executed = 1 + static_cast<std::uint32_t>(random() % order.shares), m.match = flow.size();
      order.shares -= m.executed;
      flow.push_back(encoded(m));
    } else {
      feed::OrderReplace m;
      m.header = header(order.locate), m.old_reference = order.reference, m.new_reference = reference;
      m.shares = 1 + static_cast<std::uint32_t>(random() % 500);
      m.price = {10'000 + static_cast<std::uint32_t>(random() % 50) * 100};
      order = {reference++, order.locate, m.shares};
      flow.push_back(encoded(m));
    }
    if (live[at].shares == 0) live.erase(live.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return flow;
}

Bytes flow_packet(const std::vector<Bytes>& flow, std::uint64_t begin, std::uint64_t end) {
  Bytes buffer(2000);
  feed::PacketBuilder builder(buffer, feed::session_id(default_session));
  builder.begin(begin);
  for (std::uint64_t s = begin; s < end; ++s)
    if (!builder.append(flow[s - 1])) break;
  const auto bytes = builder.finish();
  return {bytes.begin(), bytes.end()};
}

/// Keeps books, as a handler does.
struct BookSink {
  void on_messages(const BlockRun& run, const PacketStamp&) noexcept {
    in_order = in_order && !loading && run.first_sequence == next;
    const std::byte* at = run.first;
    for (std::uint16_t i = 0; i < run.count; ++i) {
      const std::size_t size = std::to_integer<std::size_t>(at[0]) << 8 | std::to_integer<std::size_t>(at[1]);
      books.apply(std::span(at + 2, size));
      at += 2 + size;
    }
    next += run.count;
  }
  void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept {
    in_order = in_order && begin == next;
    next = end;
  }
  void on_end_of_session(std::uint64_t) noexcept { ended = true; }
  void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept {}
  void on_snapshot_begin() noexcept {
    books = {};
    loading = true;
  }
  void on_snapshot_message(std::span<const std::byte> message) noexcept { books.apply(message); }
  void on_snapshot_end(std::uint64_t n) noexcept {
    loading = false;
    next = n;
  }
  feed::SimpleBooks books;
  std::uint64_t next = 1;
  bool in_order = true;
  bool loading = false;
  bool ended = false;
};

class Splice : public ::testing::TestWithParam<int> {};

TEST_P(Splice, BooksEndEqual) {
  std::mt19937_64 random(feed_seed() + static_cast<std::uint64_t>(GetParam()));
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const std::vector<Bytes> flow = random_flow(random);

  FeedConfig config = small_config();
  config.window.messages = 1024;
  config.snapshot_threshold = 20 + below(200);
  config.request_attempts = 3;
  config.snapshot_attempts = 6;
  config.snapshots_in_a_row = 6;
  Rig<BookSink> rig(below(5) == 0 ? Rig<BookSink>::glimpse : Rig<BookSink>::both, config);

  // The exchange: what it has published, and its own books, which lag behind a little.
  std::uint64_t published = 0;
  feed::SimpleBooks exchange_books;
  std::uint64_t in_exchange_books = 0;
  const std::uint64_t history = 50 + below(500);
  const std::uint64_t lag = below(3) == 0 ? below(30) : 0;
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) -> std::vector<Reply> {
    if (s > published || s + history < published || below(10) == 0) return {};
    return {{100 * us,
             flow_packet(flow, s, std::min(published + 1, s + std::min<std::uint64_t>(n, 1 + below(40))))}};
  };
  rig.snapshots.serve = [&]() -> std::optional<Script> {
    if (below(10) == 0) return std::nullopt;
    while (in_exchange_books + lag < published) exchange_books.apply(flow[in_exchange_books++]);
    Script script;
    script.messages = feed::snapshot_messages(exchange_books, in_exchange_books + 1);
    script.messages.pop_back();  // G: the client does not hand it out
    script.next_sequence = below(10) == 0 ? 0 : in_exchange_books + 1;
    script.messages_per_poll = 20;
    script.login_after = below(500) * us;
    return script;
  };

  const std::uint64_t join = below(2) == 0 ? 1 : 1 + below(messages_in_day / 2);
  const std::uint64_t outage = 1 + below(messages_in_day);
  const std::uint64_t outage_end = outage + below(messages_in_day / 4);
  std::multimap<std::uint64_t, std::pair<Line, Bytes>> wire;
  for (const Line line : {Line::a, Line::b}) {
    std::uint64_t s = 1;
    while (s <= messages_in_day) {
      const std::uint64_t end = std::min(messages_in_day + 1, s + 1 + below(8));
      const bool arrives = s >= join && (end <= outage || s >= outage_end) && below(10) != 0;
      const std::uint64_t at = end * 10 * us + below(100) * us;
      if (arrives) wire.insert({at, {line, flow_packet(flow, s, end)}});
      s = end;
    }
    for (std::uint64_t i = 0; i < 20; ++i)
      wire.insert({messages_in_day * 10 * us + (i + 1) * 5 * ms, {line, end_packet(messages_in_day + 1)}});
  }

  const std::uint64_t start = rig.now;
  for (const auto& [at, sent] : wire) {
    while (rig.now < start + at) {
      rig.now = std::min(rig.now + 10 * us, start + at);
      published = std::min(messages_in_day, (rig.now - start) / (10 * us));
      rig.core->poll(rig.now);
    }
    rig.on(sent.first, sent.second);
  }
  rig.wait(3 * seconds, 100 * us);

  const FeedCounters c = rig.counters();
  EXPECT_TRUE(rig.sink.in_order);
  EXPECT_TRUE(rig.sink.ended);
  EXPECT_EQ(rig.sink.next, messages_in_day + 1);
  EXPECT_EQ(accounted(c), messages_in_day);
  if (c.unrecovered == 0) {
    feed::SimpleBooks truth;
    for (const Bytes& message : flow) truth.apply(message);
    EXPECT_EQ(rig.sink.books.digests(), truth.digests());
    EXPECT_EQ(rig.sink.books.counters().unknown_reference, 0u);
    EXPECT_EQ(rig.sink.books.counters().duplicate_reference, 0u);
  } else {
    EXPECT_GT(c.feed_lost, 0u) << "given up without having tried everything";
  }
  RecordProperty("snapshots", static_cast<int>(c.snapshots));
  RecordProperty("feed_lost", static_cast<int>(c.feed_lost));
  if (HasFailure())
    ADD_FAILURE() << "LLN_SEED=" << feed_seed() << ", snapshots " << c.snapshots << ", lag " << lag;
}

INSTANTIATE_TEST_SUITE_P(Days, Splice, ::testing::Range(0, 60));

}  // namespace
}  // namespace lln::handler
