// Slots, refusals, alignment, lifetimes and allocations of the pool.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <pool.hpp>

#include <algorithm>
#include <vector>

namespace {

using lln::exercise::GivenBack;
using lln::exercise::Pool;
using lln::testkit::Story;

constexpr const char* notes = "modules/03-cache/README.md#pools-and-arenas";

std::string told(GivenBack answer) {
  return answer == GivenBack::ok ? "ok" : answer == GivenBack::foreign ? "foreign" : "free_already";
}

// Knows how many of it live; two words, so that its middle is an aligned address.
struct Order {
  explicit Order(std::uint64_t number) : reference(number) { ++alive; }
  ~Order() { --alive; }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;

  std::uint64_t reference;
  std::uint64_t shares = 0;
  static inline int alive = 0;
};

// ---- takes-all ----

TEST(TakesAll, AllSlotsAndNotOneMore) {
  Story story("a pool of 3");
  story.notes(notes);
  Pool<Order> pool(3);
  story.expect(pool.free_slots()).equals(3U).units("slots");
  story.step("create orders 1, 2 and 3");
  std::vector<Order*> orders;
  for (std::uint64_t i = 1; i <= 3; ++i) orders.push_back(pool.create(i));
  for (const Order* order : orders) story.expect(order != nullptr).is_true().named("an order was created");
  if (!story.ok()) return;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    story.expect(orders[i - 1]->reference).equals(i).named("the reference of order " + std::to_string(i));
  }
  story.expect(pool.free_slots()).equals(0U).units("slots");
  story.step("create a fourth");
  story.expect(pool.create(4U) == nullptr).is_true().named("the answer is nullptr");
  story.step("destroy the second, create a fourth");
  story.expect(told(pool.destroy(orders[1]))).equals("ok").named("the answer to destroy");
  story.expect(pool.free_slots()).equals(1U).units("slots");
  Order* const fourth = pool.create(4U);
  story.expect(fourth != nullptr).is_true().named("an order was created");
  story.expect(orders[0]->reference + orders[2]->reference)
      .equals(4U)
      .named("the references of the neighbours");
}

TEST(TakesAll, NothingIsNoCapacity) {
  Story story("a pool for no objects");
  story.notes(notes);
  bool refused = false;
  try {
    const Pool<Order> pool(0);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  story.expect(refused).is_true().named("std::invalid_argument was thrown");
}

TEST(TakesAll, InRandomOrder) {
  Story story("20000 times in or out, in a pool of 100");
  story.notes(notes);
  auto random = lln::testkit::random();
  Pool<std::uint64_t> pool(100);
  std::vector<std::pair<std::uint64_t*, std::uint64_t>> live;
  for (std::uint64_t i = 0; i < 20'000 && story.ok(); ++i) {
    if (random() % 2 == 0) {
      std::uint64_t* const value = pool.create(i);
      story.expect(value != nullptr).equals(live.size() < 100).named("a value was created");
      if (value != nullptr) live.emplace_back(value, i);
    } else if (!live.empty()) {
      std::swap(live[random() % live.size()], live.back());
      story.expect(*live.back().first).equals(live.back().second).named("the value that was kept");
      story.expect(told(pool.destroy(live.back().first))).equals("ok").named("the answer to destroy");
      live.pop_back();
    }
  }
}

// ---- refuses ----

TEST(Refuses, ASecondGivingBack) {
  Story story("an order is given back twice");
  story.notes(notes).think("where can you read, in one step, whether a slot is taken?");
  Pool<Order> pool(2);
  Order* const first = pool.create(1U);
  Order* const second = pool.create(2U);
  story.expect(first != nullptr && second != nullptr).is_true().named("two orders were created");
  if (!story.ok()) return;
  story.expect(told(pool.destroy(first))).equals("ok").named("the first answer");
  story.step("destroy it again");
  story.expect(told(pool.destroy(first))).equals("free_already").named("the second answer");
  story.expect(Order::alive).equals(1).named("orders that live");
  story.expect(pool.free_slots()).equals(1U).units("slots");
  story.step("two more orders: there is room for one");
  Order* const third = pool.create(3U);
  story.expect(third == first).is_true().named("the slot is used again");
  story.expect(pool.create(4U) == nullptr).is_true().named("the answer is nullptr");
  story.expect(second->reference).equals(2U).named("the reference of the order that was always there");
}

TEST(Refuses, WhatIsNotItsOwn) {
  Story story("pointers that the pool has not handed out");
  story.notes(notes).think(
      "what do you get when a smaller address is subtracted from a larger one, and the other way?");
  Pool<Order> pool(4);
  Pool<Order> other(4);
  std::vector<Order*> orders;
  for (std::uint64_t i = 0; i < 4; ++i) orders.push_back(pool.create(i));
  Order* const others = other.create(9U);
  story.expect(others != nullptr && orders[3] != nullptr).is_true().named("the orders were created");
  if (!story.ok()) return;
  std::sort(orders.begin(), orders.end());
  const auto near = [](Order* order, std::ptrdiff_t bytes) {
    return reinterpret_cast<Order*>(reinterpret_cast<std::uintptr_t>(order) +
                                    static_cast<std::uintptr_t>(bytes));
  };
  Order local(5);
  const std::pair<const char*, Order*> strangers[] = {
      {"nullptr", nullptr},
      {"an order of another pool", others},
      {"an order on the stack", &local},
      {"the middle of an order", near(orders[1], sizeof(Order) / 2)},
      {"what lies before the first slot", near(orders[0], -static_cast<std::ptrdiff_t>(sizeof(Order)))},
      {"what lies behind the last slot", near(orders[3], sizeof(Order))},
  };
  for (const auto& [name, stranger] : strangers) {
    story.step(name);
    story.expect(told(pool.destroy(stranger))).equals("foreign").named("the answer to destroy");
    story.expect(Order::alive).equals(6).named("orders that live");
    story.expect(pool.free_slots()).equals(0U).units("slots");
  }
}

TEST(Refuses, ASlotThatWasNeverTaken) {
  Story story("the neighbour of the only order is destroyed");
  story.notes(notes);
  Pool<Order> pool(2);
  Order* const first = pool.create(1U);
  Order* const second = pool.create(2U);
  story.expect(first != nullptr && second != nullptr).is_true().named("two orders were created");
  if (!story.ok()) return;
  Pool<Order> fresh(2);
  Order* const only = fresh.create(1U);
  Order* const neighbour = only + (second - first);  // the pools hand out their slots in the same order
  story.expect(told(fresh.destroy(neighbour))).equals("free_already").named("the answer to destroy");
}

// ---- last-in-first-out ----

TEST(LastInFirstOut, TheWarmestSlotFirst) {
  Story story("orders 0 to 7 are created; 2, 5 and 3 are given back, in this order");
  story.notes(notes).think("which of the free slots did the core touch last?");
  Pool<Order> pool(8);
  std::vector<Order*> orders;
  for (std::uint64_t i = 0; i < 8; ++i) orders.push_back(pool.create(i));
  story.expect(orders[7] != nullptr).is_true().named("eight orders were created");
  if (!story.ok()) return;
  for (const std::size_t i : {2U, 5U, 3U}) story.expect(told(pool.destroy(orders[i]))).equals("ok");
  story.step("create three");
  for (const std::size_t i : {3U, 5U, 2U}) {
    story.expect(pool.create(10U) == orders[i])
        .is_true()
        .named("the slot of order " + std::to_string(i) + " is next");
  }
}

// ---- alignment ----

template <std::size_t alignment, std::size_t size>
struct alignas(alignment) Aligned {
  unsigned char bytes[size];
};

// Volatile: the bytes are written though nobody reads them.
void fill(void* object, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) static_cast<volatile unsigned char*>(object)[i] = 0xff;
}

template <class T>
void expect_aligned(Story& story, const char* what) {
  story.step(what);
  Pool<T> pool(5);
  std::vector<std::uintptr_t> places;
  for (int i = 0; i < 5; ++i) {
    T* const object = pool.create();
    story.expect(object != nullptr).is_true().named("an object was created");
    if (!story.ok()) return;
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    story.expect(address % alignof(T)).equals(0U).named("its address modulo " + std::to_string(alignof(T)));
    if (!story.ok()) return;  // writing there would be undefined
    fill(object, sizeof(T));
    places.push_back(address);
  }
  std::sort(places.begin(), places.end());
  for (std::size_t i = 1; i < places.size(); ++i) {
    story.expect(places[i] - places[i - 1]).at_least(sizeof(T)).named("from object to object").units("bytes");
  }
}

TEST(Alignment, OfSmallAndOverAlignedTypes) {
  Story story("objects of one byte, of three, and aligned to 64 and to 4096");
  story.notes(notes).think("which alignment does operator new promise, if nobody tells it one?");
  expect_aligned<unsigned char>(story, "one byte");
  expect_aligned<Aligned<1, 3>>(story, "three bytes");
  expect_aligned<Aligned<32, 40>>(story, "aligned to 32");
  expect_aligned<Aligned<64, 64>>(story, "aligned to a cache line");
  expect_aligned<Aligned<4096, 4096>>(story, "aligned to a page");
}

// ---- lifetimes ----

struct Picky {
  explicit Picky(int value) : order(static_cast<std::uint64_t>(value)) {
    if (value < 0) throw std::runtime_error("negative");
  }
  Order order;
};

TEST(Lifetimes, AConstructorThatThrows) {
  Story story("the second of two objects throws in its constructor");
  story.notes(notes).think("is the slot taken before the object is complete?");
  Pool<Picky> pool(2);
  story.expect(pool.create(1) != nullptr).is_true().named("the first was created");
  for (int i = 0; i < 3; ++i) {
    bool thrown = false;
    try {
      static_cast<void>(pool.create(-1));
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    story.step("create(-1)");
    story.expect(thrown).is_true().named("the exception goes on");
    story.expect(pool.free_slots()).equals(1U).units("slots");
  }
  story.expect(Order::alive).equals(1).named("objects that live");
  story.expect(pool.create(2) != nullptr).is_true().named("the second was created");
}

TEST(Lifetimes, ALoanGivesItselfBack) {
  Story story("loans of a pool of 1");
  story.notes(notes);
  Pool<Order> pool(1);
  {
    auto loan = pool.lend(7U);
    story.expect(static_cast<bool>(loan)).is_true().named("the loan holds an order");
    if (!story.ok()) return;
    story.expect(loan->reference).equals(7U);
    story.step("a second loan");
    story.expect(static_cast<bool>(pool.lend(8U))).is_false().named("the loan holds an order");
    auto moved = std::move(loan);
    story.expect(pool.free_slots()).equals(0U).named("after a move, free").units("slots");
  }
  story.step("the end of its scope");
  story.expect(pool.free_slots()).equals(1U).units("slots");
  story.expect(Order::alive).equals(0).named("orders that live");
}

TEST(Lifetimes, ThePoolEndsTheLastOnes) {
  Story story("a pool ends while three of its orders live");
  story.notes(notes);
  std::size_t created = 0;
  {
    Pool<Order> pool(5);
    std::vector<Order*> orders;
    for (std::uint64_t i = 0; i < 5; ++i) orders.push_back(pool.create(i));
    created = static_cast<std::size_t>(Order::alive);
    if (created == 5) {
      static_cast<void>(pool.destroy(orders[1]));
      static_cast<void>(pool.destroy(orders[4]));
    }
  }
  story.expect(created).equals(5U).named("orders that were created");
  story.expect(Order::alive).equals(0).named("orders that live").units("orders");
}

// ---- no-allocation ----

TEST(NoAllocation, AfterConstruction) {
  Story story("a thousand objects come and go");
  story.notes(notes).think("what does a vector do when something is pushed back?");
  Pool<Order> pool(1'000);
  std::vector<Order*> orders(1'000);
  std::size_t created = 0;
  const lln::testkit::AllocationCounter count;
  for (int round = 0; round < 3; ++round) {
    for (Order*& order : orders) created += (order = pool.create(1U)) != nullptr;
    static_cast<void>(pool.create(1U));
    for (Order*& order : orders) static_cast<void>(pool.destroy(order));
    static_cast<void>(pool.lend(2U));
  }
  const std::uint64_t allocations = count.allocations();
  story.step("three times 1000 orders, and a loan");
  story.expect(created).equals(3'000U).units("orders");
  story.expect(allocations).equals(0U).units("allocations");
}

}  // namespace
