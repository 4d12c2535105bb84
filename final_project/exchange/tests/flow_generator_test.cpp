#include "test_support.hpp"

#include <lln/feed/itch.hpp>
#include <lln/feed/simple_book.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace lln::exchange {
namespace {

using testing::copy;
using testing::seed;
using testing::small_day;
using testing::type_of;
using testing::whole_day;

std::map<char, double> steady_mix(const std::vector<FlowMessage>& day) {
  std::map<char, double> share;
  double total = 0;
  bool open = false;
  for (const FlowMessage& message : day) {
    if (open) {
      ++share[type_of(message)];
      ++total;
    }
    if (type_of(message) == 'S' && message.bytes[11] == std::byte{'Q'}) open = true;
  }
  for (auto& [type, value] : share) value *= 100 / total;
  return share;
}

bool same_bytes(const std::vector<FlowMessage>& a, const std::vector<FlowMessage>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const FlowMessage& x, const FlowMessage& y) {
    return x.offset_ns == y.offset_ns && copy(x.block()) == copy(y.block());
  });
}

TEST(FlowGenerator, SameSeedSameDay) {
  EXPECT_TRUE(same_bytes(whole_day(small_day()), whole_day(small_day())));
}

TEST(FlowGenerator, OtherSeedOtherDay) {
  FlowOptions other = small_day();
  ++other.seed;
  EXPECT_FALSE(same_bytes(whole_day(small_day()), whole_day(other)));
}

TEST(FlowGenerator, DayHasExactlyTheMessagesAskedFor) {
  for (const std::uint64_t messages : {607ULL, 608ULL, 700ULL, 5'000ULL, 60'000ULL})
    EXPECT_EQ(whole_day(small_day(messages)).size(), messages);
}

TEST(FlowGenerator, StructureOfTheDay) {
  const auto day = whole_day(small_day());
  std::string events;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < day.size(); ++i) {
    if (type_of(day[i]) != 'S') continue;
    events += static_cast<char>(day[i].bytes[11]);
    at.push_back(i);
  }
  ASSERT_EQ(events, "OSQMEC");
  EXPECT_EQ(at[0], 0U) << "the day begins with start of messages";
  EXPECT_EQ(at[5], day.size() - 1) << "the day ends with end of messages";
  std::map<char, int> before_system_hours;
  for (std::size_t i = 0; i < at[1]; ++i) ++before_system_hours[type_of(day[i])];
  EXPECT_EQ(before_system_hours['R'], 200) << "a directory entry for each symbol";
  EXPECT_EQ(before_system_hours['H'], 200) << "a trading action for each symbol";
  EXPECT_EQ(before_system_hours['Y'], 200) << "a Reg SHO message for each symbol";
  for (std::size_t i = at[1] + 1; i < at[2]; ++i)
    ASSERT_TRUE(type_of(day[i]) == 'A' || type_of(day[i]) == 'F') << "the build-up consists of adds";
  EXPECT_EQ(at[2] - at[1] - 1, 5'000U) << "the build-up reaches the target";
  constexpr std::uint64_t hour = 3'600'000'000'000;
  EXPECT_EQ(day[at[2]].timestamp_ns(), 9 * hour + hour / 2) << "the market opens at 09:30";
  EXPECT_EQ(day[at[3]].timestamp_ns(), 16 * hour) << "the market closes at 16:00";
}

TEST(FlowGenerator, LocatesAreDenseAndTickersDistinctAndSorted) {
  std::set<std::string> tickers;
  std::string last;
  std::uint16_t locate = 0;
  for (const FlowMessage& message : whole_day(small_day())) {
    if (type_of(message) != 'R') continue;
    EXPECT_EQ(feed::load_be<std::uint16_t>(message.bytes + 1), ++locate);
    const std::string ticker(reinterpret_cast<const char*>(message.bytes + 11), 8);
    EXPECT_TRUE(tickers.insert(ticker).second) << ticker << " twice";
    EXPECT_LT(last, ticker);
    last = ticker;
  }
  EXPECT_EQ(locate, 200);
}

TEST(FlowGenerator, EveryMessageIsWhatTheProtocolLibraryWrites) {
  for (const FlowMessage& message : whole_day(small_day())) {
    const feed::DecodeResult decoded = feed::decode(message.message());
    ASSERT_TRUE(decoded) << type_of(message);
    std::array<std::byte, feed::max_message_length> again{};
    const std::size_t length = feed::encode(*decoded.message, again);
    ASSERT_EQ(length, message.length()) << "type " << type_of(message);
    ASSERT_EQ(0, std::memcmp(again.data(), message.bytes, length)) << "type " << type_of(message);
  }
}

TEST(FlowGenerator, MixOfTheSteadyState) {
  FlowOptions options = small_day(300'000);
  auto mix = steady_mix(whole_day(options));
  EXPECT_NEAR(mix['A'] + mix['F'], 45, 1.0);
  EXPECT_NEAR(mix['F'], 15, 0.7);
  EXPECT_NEAR(mix['D'], 42, 1.0);
  EXPECT_NEAR(mix['U'], 6, 0.3);
  EXPECT_NEAR(mix['E'], 5, 0.3);
  EXPECT_NEAR(mix['X'], 1, 0.15);
  EXPECT_NEAR(mix['C'] + mix['P'] + mix['Q'] + mix['I'], 0.95, 0.15);
}

TEST(FlowGenerator, LiveOrdersStayAtTheTarget) {
  for (const std::uint32_t target : {500U, 5'000U, 20'000U}) {
    FlowOptions options = small_day(200'000);
    options.live_orders = target;
    FlowGenerator generator(options);
    FlowMessage message;
    while (generator.generated() < generator.build_up_end()) generator.next(message);
    EXPECT_EQ(generator.live_orders(), target);
    std::uint32_t least = target;
    std::uint32_t most = target;
    while (generator.next(message)) {
      least = std::min(least, generator.live_orders());
      most = std::max(most, generator.live_orders());
    }
    const double tolerance = std::max(0.1 * target, 250.0);  // few orders wander, relatively, further
    EXPECT_GT(least, target - tolerance) << "target " << target;
    EXPECT_LT(most, target + tolerance) << "target " << target;
  }
}

// Rank-frequency on a double logarithmic scale is a straight line of slope -exponent.
TEST(FlowGenerator, ActivityFollowsZipf) {
  FlowOptions options = small_day(400'000);
  std::vector<double> adds(options.symbols + 1);
  for (const FlowMessage& message : whole_day(options))
    if (type_of(message) == 'A' || type_of(message) == 'F')
      ++adds[feed::load_be<std::uint16_t>(message.bytes + 1)];
  std::sort(adds.rbegin(), adds.rend());
  const double slope = std::log(adds[99] / adds[0]) / std::log(100.0);
  EXPECT_NEAR(slope, -options.zipf_exponent, 0.06);
  EXPECT_NEAR(adds[9] / adds[0], std::pow(10, -options.zipf_exponent), 0.02);
}

TEST(FlowGenerator, BooksAcceptEveryMessageAndNeverCross) {
  feed::SimpleBooks books;
  std::uint64_t applied = 0;
  for (const FlowMessage& message : whole_day(small_day())) {
    books.apply(message.message());
    if (++applied % 10'000 != 0) continue;
    for (const feed::Locate locate : books.locates()) {
      const auto bid = books.best(locate, feed::Side::buy);
      const auto ask = books.best(locate, feed::Side::sell);
      if (!bid || !ask) continue;
      ASSERT_LT(bid->price, ask->price) << "locate " << locate.value << " after " << applied;
    }
  }
  feed::SimpleBookCounters expected;
  expected.messages = applied;
  EXPECT_EQ(books.counters(), expected) << "unknown, duplicate or over-reduced references, or invalid fields";
  EXPECT_GT(books.live_orders(), 4'000U);
}

// An execution must name the oldest order at the best price of its side.
TEST(FlowGenerator, ExecutionsHitTheFirstInLine) {
  feed::SimpleBooks books;
  std::uint64_t executions = 0;
  for (const FlowMessage& message : whole_day(small_day(20'000))) {
    if (type_of(message) == 'E' || type_of(message) == 'C') {
      const std::uint64_t reference = feed::load_be<std::uint64_t>(message.bytes + 11);
      const feed::BookOrder* const order = books.find(reference);
      ASSERT_NE(order, nullptr);
      ASSERT_EQ(order->price, books.best(order->locate, order->side)->price);
      for (const feed::BookOrder& other : books.orders(order->locate)) {
        if (other.side != order->side || other.price != order->price) continue;
        ASSERT_EQ(other.reference, reference) << "not the oldest of its level";
        break;
      }
      ++executions;
    }
    books.apply(message.message());
  }
  EXPECT_GT(executions, 300U);
}

TEST(FlowGenerator, PricesAreSaneAndClusterAtTheTouch) {
  feed::SimpleBooks books;
  std::uint64_t near = 0;
  std::uint64_t all = 0;
  const auto day = whole_day(small_day(30'000));
  for (std::size_t i = 0; i < day.size(); ++i) {
    const FlowMessage& message = day[i];
    if (type_of(message) == 'A') {
      const std::uint32_t price = feed::load_be<std::uint32_t>(message.bytes + 32);
      ASSERT_GT(price, 0U);
      ASSERT_LE(price, feed::max_price.value);
      if (i > 20'000) {
        const feed::Locate locate{feed::load_be<std::uint16_t>(message.bytes + 1)};
        const bool buy = message.bytes[19] == std::byte{'B'};
        const auto best = books.best(locate, buy ? feed::Side::buy : feed::Side::sell);
        if (best) {
          const std::int64_t behind =
              buy ? std::int64_t{best->price.value} - price : std::int64_t{price} - best->price.value;
          near += behind <= 500;  // five cents
          ++all;
        }
      }
    }
    books.apply(message.message());
  }
  EXPECT_GT(static_cast<double>(near), 0.7 * static_cast<double>(all))
      << "within five cents of the touch, of " << all;
  EXPECT_LT(static_cast<double>(near), 0.98 * static_cast<double>(all)) << "some must be deep in the book";
}

TEST(FlowGenerator, LifetimesAreHeavyTailed) {
  FlowOptions options = small_day(300'000);
  std::map<std::uint64_t, std::size_t> born;
  std::vector<std::size_t> ages;
  const auto day = whole_day(options);
  for (std::size_t i = 0; i < day.size(); ++i) {
    const std::uint64_t reference = feed::load_be<std::uint64_t>(day[i].bytes + 11);
    if (type_of(day[i]) == 'A' || type_of(day[i]) == 'F') born[reference] = i;
    if (type_of(day[i]) == 'U') born[feed::load_be<std::uint64_t>(day[i].bytes + 19)] = i;
    if (type_of(day[i]) == 'D') ages.push_back(i - born[reference]);
  }
  std::sort(ages.begin(), ages.end());
  const std::size_t median = ages[ages.size() / 2];
  EXPECT_LT(median, 2'000U) << "most cancels hit recent orders";
  EXPECT_GT(ages[ages.size() / 20 * 19], 20 * median) << "one in twenty lives much longer";
  std::size_t all_day = 0;
  feed::SimpleBooks books;
  for (const FlowMessage& message : day) books.apply(message.message());
  for (const auto& [reference, index] : born) all_day += index < 10'000 && books.find(reference) != nullptr;
  EXPECT_GT(all_day, 20U) << "some orders stay all day";
}

TEST(FlowGenerator, ReferencesComeFromInterleavedSequencesWithStrideFour) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> sequences;
  for (const FlowMessage& message : whole_day(small_day())) {
    const char type = type_of(message);
    if (type != 'A' && type != 'F' && type != 'U') continue;
    const std::uint64_t reference = feed::load_be<std::uint64_t>(message.bytes + (type == 'U' ? 19 : 11));
    sequences[reference % 4].push_back(reference);
  }
  ASSERT_EQ(sequences.size(), 4U);
  for (const auto& [residue, references] : sequences)
    for (std::size_t i = 1; i < references.size(); ++i) ASSERT_EQ(references[i], references[i - 1] + 4);
  EXPECT_NE(sequences[0].front() / 4, sequences[1].front() / 4) << "the sequences have different bases";
}

TEST(FlowGenerator, TimeNeverGoesBack) {
  std::int64_t offset = 0;
  std::uint64_t stamp = 0;
  for (const FlowMessage& message : whole_day(small_day())) {
    ASSERT_GE(message.offset_ns, offset);
    ASSERT_GE(message.timestamp_ns(), stamp);
    offset = message.offset_ns;
    stamp = message.timestamp_ns();
  }
}

TEST(FlowGenerator, OneSymbolAndOneOrderWork) {
  FlowOptions options = small_day(20'000);
  options.symbols = 1;
  options.live_orders = 1;
  feed::SimpleBooks books;
  for (const FlowMessage& message : whole_day(options)) books.apply(message.message());
  EXPECT_EQ(books.counters().unknown_reference + books.counters().duplicate_reference, 0U);
}

TEST(FlowOptions, RefusesWhatCannotBe) {
  const auto refused = [](auto change) {
    FlowOptions options = small_day();
    change(options);
    try {
      options.check();
    } catch (const std::invalid_argument&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused([](FlowOptions&) {}));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.symbols = 0; }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.symbols = 65'536; }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.live_orders = 0; }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.rate = 0; }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.rate = std::nan(""); }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.messages = 606; }));
  EXPECT_TRUE(refused([](FlowOptions& o) { o.burst_factor = 20; }))
      << "more messages in bursts than there are";
}

}  // namespace
}  // namespace lln::exchange
