// Every interleaving, with every stale value that C++ allows: what x86 hides is found here.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <seqlock.hpp>

#include <array>
#include <cstdint>
#include <memory>

namespace {

namespace model = lln::model;
using lln::testkit::Story;
using Pair = std::array<std::uint64_t, 2>;  // both the same number: a mixed value shows
using Lock = lln::exercise::Seqlock<Pair, model::Atomic>;

bool load(const Lock& lock, Pair& value) {
  const bool loaded = lock.try_load(value);
  model::check(value[0] == value[1], "the two words of a value are of one store");
  return loaded;
}

TEST(EveryInterleaving, AReaderSeesWholeValuesAndNeverAnOlderOne) {
  Story story("two stores of two words, and two loads, in every order that two threads allow");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("a word of the new value was read: what makes the second look see at least the odd version?");
  model::expect_correct(story, [] {
    auto lock = std::make_shared<Lock>();
    const auto write = [lock] {
      for (std::uint64_t i = 1; i <= 2; ++i)
        model::check(lock->try_store({i, i}), "the only writer succeeds");
    };
    const auto read = [lock] {
      Pair value{};
      load(*lock, value);
      const std::uint64_t first = value[0];
      load(*lock, value);
      model::check(value[0] >= first, "the second load is not older than the first");
    };
    const auto end = [lock] {
      Pair value{};
      model::check(load(*lock, value) && value[0] == 2, "when both are done, the second store is there");
    };
    return model::Program{{{"writer", write}, {"reader", read}}, end};
  });
}

TEST(EveryInterleaving, TwoWritersTakeTurns) {
  Story story("two writers and a reader, one try each");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("what if both have read the same even version?");
  model::expect_correct(story, [] {
    auto lock = std::make_shared<Lock>();
    auto stored = std::make_shared<int>(0);
    const auto write = [=](std::uint64_t number) { *stored += lock->try_store({number, number}) ? 1 : 0; };
    const auto read = [lock] {
      Pair value{};
      load(*lock, value);
    };
    const auto end = [=] {
      Pair value{};
      model::check(*stored > 0, "one of the two stores succeeded");
      model::check(load(*lock, value) && value[0] != 0, "when all are done, its value is there");
    };
    return model::Program{
        {{"writer A", [write] { write(1); }}, {"writer B", [write] { write(2); }}, {"reader", read}}, end};
  });
}

TEST(EveryInterleaving, WhatCameBeforeAStoreIsVisible) {
  Story story("plain data is written, then a value is stored that tells so");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("which load pairs with the store of the even version?");
  model::expect_correct(story, [] {
    struct State {
      Lock lock;
      model::Var<int> plain{0, "the plain data"};
    };
    auto state = std::make_shared<State>();
    const auto write = [state] {
      state->plain = 7;
      state->lock.try_store({1, 1});
    };
    const auto read = [state] {
      Pair value{};
      if (load(state->lock, value) && value[0] == 1)
        model::check(state->plain == 7, "the plain data is seven");
    };
    return model::Program{{{"writer", write}, {"reader", read}}, {}};
  });
}

}  // namespace
