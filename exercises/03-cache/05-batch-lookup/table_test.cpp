// The same results as one by one; lines that are asked for before they are read; instructions.
#include <lln/testkit/accesses.hpp>
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/instructions.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <table.hpp>

#include <set>

namespace {

using lln::exercise::Table;
using lln::testkit::Access;
using lln::testkit::AccessRecorder;
using lln::testkit::Recorded;
using lln::testkit::RecordedPrefetch;
using lln::testkit::Story;
using Keys = std::vector<std::uint64_t>;

constexpr const char* notes = "modules/03-cache/README.md#prefetch";
constexpr std::uint64_t untouched = 4711;

// Looks all keys up, in a batch and one by one.
template <class AnyTable>
void expect_same(Story& story, const AnyTable& table, const Keys& keys) {
  std::vector<std::uint64_t> values(keys.size() + 1, untouched);
  table.find_batch(keys, std::span(values).first(keys.size()));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    story.expect(values[i])
        .equals(table.find(keys[i]))
        .named("value " + std::to_string(i) + " of " + std::to_string(keys.size()) + ", of key " +
               std::to_string(keys[i]) + ",");
    if (!story.ok()) return;
  }
  story.expect(values.back()).equals(untouched).named("what lies behind the values");
}

// `count` keys, beginning at `from`, whose home is this slot.
template <class AnyTable>
Keys keys_at(const AnyTable& table, std::size_t slot, std::size_t count, std::uint64_t from = 1) {
  Keys keys;
  for (std::uint64_t key = from; keys.size() < count; ++key) {
    if (table.home(key) == slot) keys.push_back(key);
  }
  return keys;
}

// ---- same-results ----

TEST(SameResults, ForBatchesOfEverySize) {
  Story story("batches of 0 to 70 keys, half of them absent");
  story.notes(notes).think("what is left when the number of keys is no multiple of your group?");
  Table<> table(10);
  for (std::uint64_t key = 2; key <= 1'000; key += 2) story.expect(table.insert(key, key * 7)).is_true();
  for (std::size_t size = 0; size <= 70 && story.ok(); ++size) {
    Keys keys(size);
    for (std::size_t i = 0; i < size; ++i) keys[i] = 100 + i;
    story.step(std::to_string(size) + " keys");
    expect_same(story, table, keys);
  }
}

TEST(SameResults, ForTheSameKeySeveralTimes) {
  Story story("one key forty times, with others between");
  story.notes(notes);
  Table<> table(6);
  for (std::uint64_t key = 1; key <= 30; ++key) story.expect(table.insert(key, key + 100)).is_true();
  Keys keys;
  for (std::uint64_t i = 0; i < 40; ++i) keys.insert(keys.end(), {7, 1 + i % 35});
  expect_same(story, table, keys);
}

TEST(SameResults, ForCollisionsAtTheEnd) {
  Story story("six keys whose home is the last slot, in a table of 16");
  story.notes(notes).think("which slot is behind the last one?");
  Table<> table(4);
  Keys keys = keys_at(table, 15, 6);
  for (const std::uint64_t key : keys) story.expect(table.insert(key, key * 3)).is_true();
  const Keys others = keys_at(table, 1, 3);  // moved on by those
  for (const std::uint64_t key : others) story.expect(table.insert(key, key * 5)).is_true();
  story.step("look up these, three of slot 1, and four that are absent");
  keys.insert(keys.end(), others.begin(), others.end());
  const Keys more = keys_at(table, 15, 4, keys[5] + 1);
  keys.insert(keys.end(), more.begin(), more.end());
  expect_same(story, table, keys);
}

TEST(SameResults, ForRandomKeysInAFullTable) {
  Story story("a table of 256 with one empty slot, 100 batches of random size");
  story.notes(notes);
  auto random = lln::testkit::random();
  Table<> table(8);
  while (table.insert(1 + random() % 1'000, random())) continue;
  for (int batch = 0; batch < 100 && story.ok(); ++batch) {
    Keys keys(random() % 150);
    for (std::uint64_t& key : keys) key = 1 + random() % 1'000;
    expect_same(story, table, keys);
  }
}

// ---- fetched-ahead ----

using SeenTable = Table<RecordedPrefetch, Recorded>;
constexpr std::size_t line_bytes = 64;

// What a batch did to the table's lines, in which order.
struct Order {
  std::size_t reads = 0;
  std::size_t before_first_read = 0;  // lines that were asked for
  std::size_t most_ahead = 0;         // lines that were asked for and not yet read, at any time
  std::size_t not_asked_for = 0;      // lines that were read first
  std::size_t prefetches = 0;
};

Order order_of(const AccessRecorder& recorder) {
  Order order;
  std::set<std::uintptr_t> asked;
  std::set<std::uintptr_t> ahead;
  std::set<std::uintptr_t> read;
  for (const Access& access : recorder.accesses()) {
    const std::uintptr_t line = access.address / line_bytes;
    if (access.kind == Access::prefetch) {
      ++order.prefetches;
      asked.insert(line);
      if (read.count(line) == 0) ahead.insert(line);
      order.most_ahead = std::max(order.most_ahead, ahead.size());
    } else {
      if (order.reads++ == 0) order.before_first_read = asked.size();
      order.not_asked_for += read.insert(line).second && asked.count(line) == 0;
      ahead.erase(line);
    }
  }
  return order;
}

// Keys that are alone in their line, so that a line is a key.
Keys keys_of_lines(const SeenTable& table, std::size_t count) {
  Keys keys;
  std::set<std::size_t> lines;
  for (std::uint64_t key = 1; keys.size() < count; ++key) {
    if (lines.insert(table.home(key) * 16 / line_bytes).second) keys.push_back(key);
  }
  return keys;
}

Order order_of_batch(Story& story, std::size_t count) {
  SeenTable table(14);
  const Keys keys = keys_of_lines(table, count);
  for (const std::uint64_t key : keys) story.expect(table.insert(key, key + 1)).is_true();
  std::vector<std::uint64_t> values(count);
  const AccessRecorder recorder(line_bytes);
  table.find_batch(keys, values);
  const Order order = order_of(recorder);
  story.step("a batch of " + std::to_string(count) + " keys, each in a line of its own");
  story.expect(order.reads).at_least(2 * count).named("reads of keys and values");
  for (std::size_t i = 0; i < count; ++i) story.expect(values[i]).equals(keys[i] + 1).named("a value");
  return order;
}

TEST(FetchedAhead, BeforeTheFirstRead) {
  Story story("which lines are asked for before the first one is read");
  story.notes(notes).think("a miss takes as long as a hundred additions: what could start meanwhile?");
  const Order many = order_of_batch(story, 200);
  story.expect(many.before_first_read).at_least(8U).named("asked for before the first read").units("lines");
  const Order few = order_of_batch(story, 3);
  story.expect(few.before_first_read).equals(3U).named("asked for before the first read").units("lines");
}

TEST(FetchedAhead, EachLineOnceAndInTime) {
  Story story("every line of a batch");
  story.notes(notes).think("is there a key whose line is read before it was asked for?");
  for (const std::size_t count : {1U, 17U, 200U}) {
    const Order order = order_of_batch(story, count);
    story.expect(order.not_asked_for).equals(0U).named("read and not asked for").units("lines");
    story.expect(order.prefetches).equals(count).named("prefetches");
  }
}

TEST(FetchedAhead, NotTooFar) {
  Story story("how many lines are on their way");
  story.notes(notes).think("where do a thousand lines wait until they are read?");
  const Order order = order_of_batch(story, 1'000);
  story.expect(order.most_ahead).at_most(64U).named("asked for and not yet read").units("lines");
  story.expect(order.before_first_read).at_least(8U).named("asked for before the first read").units("lines");
}

// ---- work ----

TEST(Work, NotMuchMoreThanOneByOne) {
  Story story("2000 keys, one by one and in a batch");
  story.notes(notes).think("which of your loops runs more often than there are keys?");
  Table<> table(12);
  Keys keys(2'000);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = 1 + i;
  for (const std::uint64_t key : keys) story.expect(table.insert(key, key)).is_true();
  expect_same(story, table, keys);
  if (!story.ok()) return;
  std::vector<std::uint64_t> values(keys.size());
  const auto one_by_one = [&] {
    for (std::size_t i = 0; i < keys.size(); ++i) values[i] = table.find(keys[i]);
  };
  const auto counted =
      lln::testkit::count_instructions({one_by_one, [&] { table.find_batch(keys, values); }});
  if (!counted) GTEST_SKIP() << counted.why_not;
  story.step("count instructions: " + std::to_string(counted[0]) + " one by one");
  story.expect(counted[1])
      .at_most(counted[0] * 2 + 20 * keys.size())
      .named("the batch")
      .units("instructions");
}

// ---- no-allocation ----

TEST(NoAllocation, InABatch) {
  Story story("what a batch allocates");
  story.notes(notes);
  Table<> table(10);
  for (std::uint64_t key = 1; key <= 500; ++key) story.expect(table.insert(key, key)).is_true();
  Keys keys(500);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = 1 + i;
  std::vector<std::uint64_t> values(keys.size());
  const lln::testkit::AllocationCounter count;
  table.find_batch(keys, values);
  const std::uint64_t allocations = count.allocations();
  story.step("500 keys");
  story.expect(values[499]).equals(500U).named("the last value");
  story.expect(allocations).equals(0U).units("allocations");
}

}  // namespace
