// What one thread can see: results, wrap-around, batches, loans.
#include <lln/testkit/instrumented_atomic.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <spsc_ring.hpp>

#include <deque>
#include <numeric>

namespace {

using lln::exercise::SpscRing;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Story;
using Ring = SpscRing<std::uint64_t>;

// Not inlined: of the ring as shipped the compiler would prove, and report, that its loans are empty.
template <class T>
[[gnu::noinline]] T& at(std::span<T> span, std::size_t i) {
  return span[i];
}

constexpr std::uint64_t just_below_2_64 = ~std::uint64_t{0} - 5;

// ---- fifo ----

TEST(Fifo, FullAndEmptyAreAnswers) {
  Story story("a ring of 4 is filled and emptied");
  story.notes("modules/02-lock-free/README.md#spsc")
      .think("how do full and empty differ when all slots are used?");
  Ring ring(4);
  std::uint64_t value = 77;
  story.step("pop from the new ring");
  story.expect(ring.try_pop(value)).is_false();
  story.expect(value).equals(77).named("the untouched value");
  story.step("push 0, 1, 2, 3");
  for (std::uint64_t i = 0; i < 4; ++i) story.expect(ring.try_push(i)).is_true();
  story.step("push a fifth");
  story.expect(ring.try_push(4)).is_false();
  story.step("pop all four");
  for (std::uint64_t i = 0; i < 4; ++i) {
    story.expect(ring.try_pop(value)).is_true();
    story.expect(value).equals(i).named("the popped item");
  }
  story.step("pop once more");
  story.expect(ring.try_pop(value)).is_false();
}

TEST(Fifo, ARingOfOne) {
  Story story("a ring with one slot hands over one item at a time");
  story.notes("modules/02-lock-free/README.md#spsc");
  Ring ring(1);
  for (std::uint64_t i = 0; i < 3; ++i) {
    std::uint64_t value = 0;
    story.expect(ring.try_push(i)).is_true();
    story.expect(ring.try_push(99)).is_false();
    story.expect(ring.try_pop(value)).is_true();
    story.expect(value).equals(i);
  }
}

// ---- wraps-around ----

TEST(WrapsAround, ManyLapsInARingOfFour) {
  Story story("fifty laps, the indices passing 2^64 in the second one");
  story.notes("modules/02-lock-free/README.md#indices-that-never-wrap")
      .think("what is tail - head when tail has passed 2^64 and head has not?");
  Ring ring(4, just_below_2_64);
  for (std::uint64_t i = 0; i < 200; i += 3) {
    story.step("push and pop three");
    for (std::uint64_t j = i; j < i + 3; ++j) story.expect(ring.try_push(j)).is_true();
    for (std::uint64_t j = i; j < i + 3; ++j) {
      std::uint64_t value = 0;
      story.expect(ring.try_pop(value)).is_true();
      story.expect(value).equals(j).named("the popped item");
    }
    if (!story.ok()) return;
  }
}

TEST(WrapsAround, EveryOperationInRandomOrder) {
  Story story("20000 random operations beside std::deque");
  story.notes("modules/02-lock-free/README.md#indices-that-never-wrap");
  auto random = lln::testkit::random();
  constexpr std::size_t capacity = 8;
  Ring ring(capacity, just_below_2_64);
  std::deque<std::uint64_t> model;
  std::uint64_t next = 0;
  for (int i = 0; i < 20'000 && story.ok(); ++i) {
    std::vector<std::uint64_t> buffer(random() % 12);
    switch (random() % 4) {
      case 0: {
        std::iota(buffer.begin(), buffer.end(), next);
        const std::size_t fits = std::min(buffer.size(), capacity - model.size());
        story.expect(ring.push_batch(buffer)).equals(fits).named("pushed by push_batch").units("items");
        for (std::size_t j = 0; j < fits; ++j) model.push_back(next++);
        break;
      }
      case 1: {
        const std::size_t there = std::min(buffer.size(), model.size());
        story.expect(ring.pop_batch(buffer)).equals(there).named("popped by pop_batch").units("items");
        for (std::size_t j = 0; j < there; ++j, model.pop_front())
          story.expect(buffer[j]).equals(model.front());
        break;
      }
      case 2: {
        const auto slots = ring.loan(buffer.size());
        story.expect(slots.size()).at_most(std::min(buffer.size(), capacity - model.size())).units("slots");
        if (!story.ok()) return;
        const std::size_t used = slots.empty() ? 0 : random() % (slots.size() + 1);
        for (std::size_t j = 0; j < used; ++j) slots[j] = next, model.push_back(next++);
        ring.commit(used);
        break;
      }
      default: {
        const auto items = ring.peek();
        story.expect(items.empty()).equals(model.empty()).named("peek().empty()");
        story.expect(items.size()).at_most(model.size()).units("items");
        if (!story.ok()) return;
        const std::size_t used = items.empty() ? 0 : random() % (items.size() + 1);
        for (std::size_t j = 0; j < used; ++j, model.pop_front())
          story.expect(items[j]).equals(model.front());
        ring.release(used);
      }
    }
  }
}

// ---- batch ----

TEST(Batch, GoesAroundTheEnd) {
  Story story("a batch that crosses the end of the array");
  story.notes("modules/02-lock-free/README.md#batches");
  Ring ring(8);
  std::vector<std::uint64_t> items{0, 1, 2, 3, 4, 5};
  std::vector<std::uint64_t> out(6);
  story.step("push six, pop six: the next slot is number 6");
  story.expect(ring.push_batch(items)).equals(6).units("items");
  story.expect(ring.pop_batch(out)).equals(6).units("items");
  story.step("push six again: two before the end, four after it");
  story.expect(ring.push_batch(items)).equals(6).units("items");
  out.assign(6, 99);
  story.step("pop them");
  story.expect(ring.pop_batch(out)).equals(6).units("items");
  story.expect(out == items).is_true().named("the items are the same");
}

TEST(Batch, TakesWhatFitsAndGivesWhatIsThere) {
  Story story("batches larger than the room, and than the content");
  story.notes("modules/02-lock-free/README.md#batches");
  Ring ring(4);
  const std::vector<std::uint64_t> items{0, 1, 2, 3, 4, 5};
  std::vector<std::uint64_t> out(6, 99);
  story.expect(ring.push_batch(items)).equals(4).units("items");
  story.expect(ring.push_batch(items)).equals(0).units("items");
  story.expect(ring.pop_batch(out)).equals(4).units("items");
  story.expect(out[3]).equals(3);
  story.expect(out[4]).equals(99).named("what lies behind the last popped item");
}

TEST(Batch, OneStoreForAllItems) {
  Story story("a batch of 32 is announced once");
  story.notes("modules/02-lock-free/README.md#batches")
      .think("when does the consumer's copy of the line die?");
  SpscRing<std::uint64_t, InstrumentedAtomic> ring(64);
  const std::vector<std::uint64_t> items(32, 1);
  std::vector<std::uint64_t> out(32);
  lln::testkit::reset_this_thread_atomics();
  story.expect(ring.push_batch(items)).equals(32).units("items");
  story.expect(lln::testkit::this_thread_atomics().stores)
      .equals(1)
      .named("stores of one push_batch")
      .units("stores");
  lln::testkit::reset_this_thread_atomics();
  story.expect(ring.pop_batch(out)).equals(32).units("items");
  story.expect(lln::testkit::this_thread_atomics().stores)
      .equals(1)
      .named("stores of one pop_batch")
      .units("stores");
}

// ---- loan-commit ----

TEST(LoanCommit, WrittenInPlace) {
  Story story("slots are loaned, written and committed");
  story.notes("modules/02-lock-free/README.md#loan-and-commit");
  Ring ring(8);
  story.step("loan 3, write 3, commit 2");
  auto slots = ring.loan(3);
  story.expect(slots.size()).equals(3).units("slots");
  if (!story.ok()) return;
  for (std::size_t i = 0; i < 3; ++i) at(slots, i) = 10 + i;
  story.step("nothing is seen before the commit");
  story.expect(ring.peek().size()).equals(0).units("items");
  ring.commit(2);
  story.step("two are seen after it");
  const auto items = ring.peek();
  story.expect(items.size()).equals(2).units("items");
  if (!story.ok()) return;
  story.expect(at(items, 0)).equals(10);
  story.expect(at(items, 1)).equals(11);
  story.step("the third slot is loaned again");
  auto again = ring.loan(1);
  story.expect(again.size()).equals(1).units("slots");
  if (!story.ok()) return;
  story.expect(again.data() == slots.data() + 2).is_true().named("the same slot");
}

TEST(LoanCommit, EndsAtTheEndOfTheArray) {
  Story story("a loan and a peek never cross the end of the array");
  story.notes("modules/02-lock-free/README.md#loan-and-commit").think("how many slots lie before the end?");
  Ring ring(8);
  for (std::uint64_t i = 0; i < 6; ++i) story.expect(ring.try_push(i)).is_true();
  std::vector<std::uint64_t> out(6);
  story.expect(ring.pop_batch(out)).equals(6);
  story.step("slots 6 and 7 are before the end, all 8 are free");
  auto slots = ring.loan(5);
  story.expect(slots.size()).equals(2).units("slots");
  if (!story.ok()) return;  // writing on would destroy what lies behind the array
  for (auto& slot : slots) slot = 1;
  ring.commit(slots.size());
  story.step("the rest begins at slot 0");
  slots = ring.loan(5);
  story.expect(slots.size()).equals(5).units("slots");
  if (!story.ok()) return;
  for (auto& slot : slots) slot = 2;
  ring.commit(slots.size());
  story.step("seven items are there, two before the end");
  story.expect(ring.peek().size()).equals(2).units("items");
  ring.release(ring.peek().size());
  story.expect(ring.peek().size()).equals(5).units("items");
}

}  // namespace
