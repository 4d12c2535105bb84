// The books against lln::feed::SimpleBooks on random streams, valid and hostile: after each message the best bid and
// offer, at checkpoints levels, queues, digests, statistics and counters. A failing stream is cut down to a smallest
// one and printed as a story.
#include "order_stream.hpp"

#include <lln/feed/simple_book.hpp>

#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <sstream>

namespace lln::handler {
namespace {

using testkit::Bytes;
using testkit::Profile;
using testkit::StreamMaker;
using Stream = std::vector<Bytes>;

const Profile profiles[] = {
    {.name = "valid"},
    {.name = "long queues", .symbols = 1, .prices = 2, .live = 300},
    {.name = "many levels", .symbols = 2, .prices = 2000, .live = 600},
    {.name = "hostile", .nonsense = 0.3, .odd_references = true},
    {.name = "hostile, long queues",
     .symbols = 2,
     .prices = 2,
     .live = 300,
     .nonsense = 0.2,
     .odd_references = true},
    {.name = "too small",
     .symbols = 3,
     .prices = 40,
     .live = 150,
     .nonsense = 0.05,
     .capacity = {.orders = 100, .levels = 60, .symbols = 3}},
};

std::string describe(const Bytes& bytes) {
  const feed::DecodeResult result = feed::decode(bytes);
  std::ostringstream text;
  if (!result) {
    text << bytes.size() << " bytes that are no message";
    return text.str();
  }
  text << static_cast<char>(bytes[0]) << " locate " << feed::header_of(*result.message).locate.value;
  if (const auto* a = std::get_if<feed::AddOrder>(&*result.message))
    text << " ref " << a->reference << ' ' << static_cast<char>(a->side) << ' ' << a->shares << " @ "
         << a->price.value;
  if (const auto* f = std::get_if<feed::AddOrderMpid>(&*result.message))
    text << " ref " << f->reference << ' ' << static_cast<char>(f->side) << ' ' << f->shares << " @ "
         << f->price.value;
  if (const auto* e = std::get_if<feed::OrderExecuted>(&*result.message))
    text << " ref " << e->reference << " shares " << e->executed;
  if (const auto* c = std::get_if<feed::OrderExecutedWithPrice>(&*result.message))
    text << " ref " << c->reference << " shares " << c->executed << " @ " << c->price.value << ' '
         << c->printable;
  if (const auto* x = std::get_if<feed::OrderCancel>(&*result.message))
    text << " ref " << x->reference << " shares " << x->cancelled;
  if (const auto* d = std::get_if<feed::OrderDelete>(&*result.message)) text << " ref " << d->reference;
  if (const auto* u = std::get_if<feed::OrderReplace>(&*result.message))
    text << " ref " << u->old_reference << " by " << u->new_reference << ' ' << u->shares << " @ "
         << u->price.value;
  return text.str();
}

std::string text_of(const Bbo& bbo) {
  std::ostringstream text;
  PrintTo(bbo, &text);
  return text.str();
}

/// Feeds the oracle with each message right after the books have applied it, and compares.
class Referee {
 public:
  explicit Referee(const OrderBooks& books) : books_(books) {}

  void on_bbo(Locate locate, const Bbo& bbo) noexcept {
    Seen& seen = seen_[locate.value];
    if (seen.bbo == bbo) fail("an event without a change of best bid or offer");
    if (seen.message == applied_) fail("two events for one message");
    seen = {bbo, applied_};
  }
  void on_trade(Locate, std::uint32_t, std::uint64_t, std::uint64_t, bool) noexcept {}
  void on_applied(const std::byte* message) noexcept {
    ++applied_;
    std::span<const std::byte> bytes;
    if (message != nullptr) bytes = {message, itch::load<std::uint16_t>(message - 2)};
    tell_oracle(bytes);
    if (bytes.size() < 11) return;
    const Locate locate{itch::load<std::uint16_t>(message + 1)};
    const Bbo expected = best(locate);
    const Bbo actual = books_.bbo(locate);
    if (actual != expected)
      fail("best bid and offer should be " + text_of(expected) + ", are " + text_of(actual));
    if (seen_[locate.value].bbo != expected) fail("no event for a changed best bid or offer");
  }

  void compare_everything() {
    for (const Locate locate : oracle_.locates()) {
      for (const Side side : {Side::buy, Side::sell}) {
        const auto expected = oracle_.levels(locate, side);
        std::vector<LevelView> actual(books_.level_count(locate, side));
        actual.resize(books_.levels(locate, side, actual));
        if (actual.size() != expected.size()) {
          fail("number of levels should be " + std::to_string(expected.size()) + ", is " +
               std::to_string(actual.size()));
          continue;
        }
        for (std::size_t i = 0; i < actual.size(); ++i)
          if (actual[i] != LevelView{expected[i].price.value, static_cast<std::uint32_t>(expected[i].orders),
                                     expected[i].shares})
            fail("level " + std::to_string(i) + " of locate " + std::to_string(locate.value) + " differs");
      }
      if (books_.digest(locate) != oracle_.digest(locate))
        fail("digest of locate " + std::to_string(locate.value) + " differs: queues in another order");
      if (books_.order_count(locate) != oracle_.orders(locate).size()) fail("number of orders differs");
      if (books_.symbol(locate) != oracle_.symbol(locate)) fail("name of the symbol differs");
      compare(books_.statistics(locate), oracle_.statistics(locate));
    }
    if (books_.order_count() != oracle_.live_orders()) fail("total number of orders differs");
    const auto& ours = books_.counters();
    const auto& theirs = oracle_.counters();
    if (ours.total() != applied_) fail("a message was not counted");
    if (ours.unknown_type != theirs.unknown_type) fail("unknown_type differs");
    if (ours.truncated != theirs.truncated) fail("truncated differs");
    if (!reached_unchanged_) return;
    if (ours.bad_locate != theirs.bad_locate) fail("bad_locate differs");
    if (ours.invalid_field != theirs.invalid_field) fail("invalid_field differs");
    if (ours.unknown_reference != theirs.unknown_reference) fail("unknown_reference differs");
    if (ours.duplicate_reference != theirs.duplicate_reference) fail("duplicate_reference differs");
    if (ours.over_reduced != theirs.over_reduced) fail("over_reduced differs");
  }

  /// Empty: no difference so far.
  const std::string& verdict() const { return verdict_; }

 private:
  struct Seen {
    Bbo bbo;
    std::size_t message = ~std::size_t{0};
  };

  // The oracle has room for everything. What the books refused for lack of room never reaches it; of a replace it gets
  // the part that took place.
  void tell_oracle(std::span<const std::byte> bytes) {
    const bool refused = books_.counters().capacity_exhausted != exhausted_;
    exhausted_ = books_.counters().capacity_exhausted;
    if (refused) reached_unchanged_ = false;
    if (is_beyond(bytes)) {
      reached_unchanged_ = false;
      return;
    }
    if (!refused) return oracle_.apply(bytes);
    if (bytes[0] != std::byte{'U'}) return;
    feed::OrderDelete part;
    part.header.locate = {itch::load<std::uint16_t>(bytes.data() + 1)};
    part.reference = itch::load<std::uint64_t>(bytes.data() + 11);
    oracle_.apply(feed::Message{part});
  }

  // The oracle has no largest locate: what the books ignore for that reason alone is kept from it.
  bool is_beyond(std::span<const std::byte> bytes) const {
    if (bytes.empty() ||
        std::string_view("AFRPQ").find(static_cast<char>(bytes[0])) == std::string_view::npos)
      return false;
    return bytes.size() >= itch::length_of(std::to_integer<std::uint8_t>(bytes[0])) &&
           itch::load<std::uint16_t>(bytes.data() + 1) > books_.capacity().symbols;
  }

  Bbo best(Locate locate) const {
    Bbo bbo;
    for (const auto& order : oracle_.orders(locate)) {
      const std::uint32_t price = order.price.value;
      if (order.side == Side::buy) {
        if (bbo.bid_shares == 0 || price > bbo.bid_price) bbo.bid_price = price, bbo.bid_shares = 0;
        if (price == bbo.bid_price) bbo.bid_shares += order.shares;
      } else {
        if (bbo.ask_shares == 0 || price < bbo.ask_price) bbo.ask_price = price, bbo.ask_shares = 0;
        if (price == bbo.ask_price) bbo.ask_shares += order.shares;
      }
    }
    return bbo;
  }

  void compare(const SymbolStatistics& ours, const feed::BookStatistics& theirs) {
    if (ours.executions != theirs.executions || ours.executed_shares != theirs.executed_shares ||
        ours.unprinted_executions != theirs.unprinted_executions ||
        ours.hidden_trades != theirs.hidden_trades || ours.hidden_shares != theirs.hidden_shares ||
        ours.crosses != theirs.crosses || ours.cross_shares != theirs.cross_shares)
      fail("statistics differ");
  }

  void fail(const std::string& what) {
    if (verdict_.empty()) verdict_ = "message " + std::to_string(applied_) + ": " + what;
  }

  const OrderBooks& books_;
  feed::SimpleBooks oracle_;
  std::map<std::uint16_t, Seen> seen_;
  std::size_t applied_ = 0;
  std::uint64_t exhausted_ = 0;
  bool reached_unchanged_ = true;  // the oracle got every message as the books got it
  std::string verdict_;
};

// Applies a stream in runs of 1 to 40 messages, or one by one; returns what went wrong.
std::string difference(const Stream& stream, const Capacity& capacity, std::uint64_t run_seed,
                       bool look_ahead) {
  OrderBooks books(capacity);
  Referee referee(books);
  std::mt19937_64 random(run_seed);
  std::size_t next_check = 500;
  for (std::size_t at = 0; at < stream.size() && referee.verdict().empty();) {
    if (look_ahead) {
      testkit::Blocks blocks;
      for (std::size_t left = 1 + random() % 40; left > 0 && at < stream.size(); --left)
        blocks.append(stream[at++]);
      blocks.shrink_to_fit();
      books.apply(blocks.run(), referee);
    } else {
      testkit::Blocks block;
      block.append(stream[at++]);
      const std::byte* first = block.run().first;
      books.apply_one({first + 2, stream[at - 1].size()}, referee);
    }
    if (at >= next_check) {
      referee.compare_everything();
      next_check += 500;
    }
  }
  referee.compare_everything();
  return referee.verdict();
}

// Removes parts of a failing stream, half of it first, then ever smaller ones, as long as it still fails.
Stream smallest(Stream stream, const auto& fails) {
  for (std::size_t part = stream.size() / 2; part > 0; part /= 2)
    for (std::size_t at = 0; at < stream.size();) {
      Stream shorter = stream;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at),
                    shorter.begin() + static_cast<std::ptrdiff_t>(std::min(at + part, stream.size())));
      if (fails(shorter)) {
        stream = std::move(shorter);
      } else {
        at += part;
      }
    }
  return stream;
}

class OrderBookDifferential : public testing::TestWithParam<Profile> {};

TEST_P(OrderBookDifferential, AgreesWithTheSimpleBooks) {
  const std::uint64_t seed = testkit::seed();
  std::printf("seed %" PRIu64 " (repeat with LLN_SEED=%" PRIu64 ")\n", seed, seed);
  const Profile& profile = GetParam();
  StreamMaker maker(profile, seed);
  Stream stream;
  for (int i = 0; i < 30'000; ++i) stream.push_back(maker.next());
  for (const bool look_ahead : {true, false}) {
    const std::string verdict = difference(stream, profile.capacity, seed, look_ahead);
    if (verdict.empty()) continue;
    const auto fails = [&](const Stream& s) {
      return !difference(s, profile.capacity, seed, look_ahead).empty();
    };
    const Stream story = smallest(stream, fails);
    std::ostringstream text;
    text << verdict << "\nThe shortest such story, " << (look_ahead ? "with" : "without") << " look-ahead:\n";
    for (std::size_t i = 0; i < story.size(); ++i)
      text << "  " << i + 1 << ". " << describe(story[i]) << '\n';
    text << "  -> " << difference(story, profile.capacity, seed, look_ahead) << '\n';
    FAIL() << text.str() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, OrderBookDifferential, testing::ValuesIn(profiles), [](const auto& param) {
  std::string name;
  for (const char c : std::string(param.param.name))
    name += std::isalpha(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

}  // namespace
}  // namespace lln::handler
