// Every interleaving, with every stale value that C++ allows: what x86 hides is found here.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <spin_then_yield.hpp>

#include <memory>

namespace {

namespace model = lln::model;
using lln::testkit::Story;

struct ModelCpu {
  static void pause() { model::yield(); }
  static void yield() { model::yield(); }
};

TEST(EveryInterleaving, TheLockProtectsPlainData) {
  Story story("two threads add one each to a plain counter, twice, under the lock");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("which two operations order one holder behind the last?");
  model::expect_correct(story, [] {
    struct State {
      lln::exercise::SpinLock<model::Atomic, ModelCpu> lock;
      model::Var<int> counter{0, "the counter"};
    };
    auto state = std::make_shared<State>();
    const auto count = [state] {
      for (int i = 0; i < 2; ++i) {
        state->lock.lock();
        state->counter = state->counter + 1;
        state->lock.unlock();
      }
    };
    const auto end = [state] { model::check(state->counter == 4, "the counter is 4"); };
    return model::Program{{{"A", count}, {"B", count}}, end};
  });
}

TEST(EveryInterleaving, WhatCameBeforeTheChangeIsVisible) {
  Story story("a plain value is written and the word changed, twice; another thread waits for both changes");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("which load orders the plain read behind the plain write?");
  model::expect_correct(story, [] {
    struct State {
      model::Atomic<int> word{0, "word"};
      model::Var<int> plain[3];
    };
    auto state = std::make_shared<State>();
    const auto write = [state] {
      for (int i = 1; i <= 2; ++i) {
        state->plain[i] = i;
        state->word.store(i, std::memory_order_release);
      }
    };
    const auto wait_for_all = [state] {
      lln::exercise::SpinThenYield<ModelCpu> wait(16, 8);
      for (int last = 0; last < 2;) {
        const int now = lln::exercise::wait_while_equal(state->word, last, wait);
        model::check(now > last, "it returns the value that ended the waiting");
        model::check(state->plain[now] == now, "what was written before the change is there");
        last = now;
      }
    };
    return model::Program{{{"writer", write}, {"waiter", wait_for_all}}, {}};
  });
}

}  // namespace
