// The model checker on the classic small programs: what must be found is found, what cannot happen is not.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <memory>
#include <set>
#include <utility>

namespace {

namespace model = lln::model;
using lln::testkit::Story;
using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

model::Result message_passing(memory_order publish, memory_order look) {
  struct State {
    model::Var<int> item{0, "item"};
    model::Atomic<int> ready{0, "ready"};
  };
  return model::explore([=] {
    auto s = std::make_shared<State>();
    return model::Program{{{"writer",
                            [=] {
                              s->item = 7;
                              s->ready.store(1, publish);
                            }},
                           {"reader",
                            [=] {
                              while (s->ready.load(look) == 0) model::yield();
                              model::check(s->item == 7, "the item is 7");
                            }}},
                          {}};
  });
}

TEST(ModelLitmus, MessagePassingNeedsBothEdges) {
  const model::Result good = message_passing(memory_order_release, memory_order_acquire);
  EXPECT_FALSE(good.failed) << good.story;
  EXPECT_TRUE(good.complete);
  EXPECT_GT(good.executions, 1U);
  EXPECT_FALSE(message_passing(memory_order_seq_cst, memory_order_seq_cst).failed);
  EXPECT_TRUE(message_passing(memory_order_release, memory_order_relaxed).failed);
  const model::Result bad = message_passing(memory_order_relaxed, memory_order_acquire);
  EXPECT_TRUE(bad.failed);
  EXPECT_NE(bad.story.find("writer: writes item"), std::string::npos) << bad.story;
  EXPECT_NE(bad.story.find("ready.store(1, relaxed)"), std::string::npos) << bad.story;
  EXPECT_NE(bad.story.find("ready.load(acquire) reads 1"), std::string::npos) << bad.story;
  EXPECT_NE(bad.story.find("Data race: reader reads item"), std::string::npos) << bad.story;
}

using Outcomes = std::set<std::pair<int, int>>;

Outcomes store_buffering(memory_order store, memory_order load) {
  Outcomes seen;
  struct State {
    model::Atomic<int> x{0, "x"}, y{0, "y"};
    int r1 = 0, r2 = 0;
  };
  const model::Result result = model::explore([&] {
    auto s = std::make_shared<State>();
    return model::Program{{{"one",
                            [=] {
                              s->x.store(1, store);
                              s->r1 = s->y.load(load);
                            }},
                           {"two",
                            [=] {
                              s->y.store(1, store);
                              s->r2 = s->x.load(load);
                            }}},
                          [&seen, s] {
                            seen.insert({s->r1, s->r2});
                          }};
  });
  EXPECT_TRUE(result.complete);
  return seen;
}

TEST(ModelLitmus, StoreBuffering) {
  EXPECT_EQ(store_buffering(memory_order_seq_cst, memory_order_seq_cst), (Outcomes{{0, 1}, {1, 0}, {1, 1}}));
  const Outcomes all{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(store_buffering(memory_order_relaxed, memory_order_relaxed), all);
  EXPECT_EQ(store_buffering(memory_order_release, memory_order_acquire), all);
}

TEST(ModelLitmus, OneAtomicIsNeverSeenGoingBack) {
  Outcomes seen;
  const model::Result result = model::explore([&] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    auto read = std::make_shared<std::pair<int, int>>();
    return model::Program{{{"writer",
                            [=] {
                              x->store(1, memory_order_relaxed);
                              x->store(2, memory_order_relaxed);
                            }},
                           {"reader",
                            [=] {
                              read->first = x->load(memory_order_relaxed);
                              read->second = x->load(memory_order_relaxed);
                            }}},
                          [&seen, read] { seen.insert(*read); }};
  });
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(seen, (Outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}}));
}

// A read that happens before binds as well: what the first thread has seen, the third cannot unsee.
TEST(ModelLitmus, ViewsAreHandedOn) {
  const auto run = [](memory_order publish) {
    struct State {
      model::Atomic<int> x{0, "x"}, y{0, "y"};
    };
    return model::explore([=] {
      auto s = std::make_shared<State>();
      return model::Program{{{"writer", [=] { s->x.store(1, memory_order_relaxed); }},
                             {"relay",
                              [=] {
                                if (s->x.load(memory_order_relaxed) == 1) s->y.store(1, publish);
                              }},
                             {"reader",
                              [=] {
                                if (s->y.load(memory_order_acquire) == 1)
                                  model::check(s->x.load(memory_order_relaxed) == 1, "x is 1");
                              }}},
                            {}};
    });
  };
  const model::Result good = run(memory_order_release);
  EXPECT_FALSE(good.failed) << good.story;
  EXPECT_TRUE(good.complete);
  const model::Result bad = run(memory_order_relaxed);
  EXPECT_TRUE(bad.failed);
  EXPECT_NE(bad.story.find("x.load(relaxed) reads 0 (stale: 1 newer store exists)"), std::string::npos)
      << bad.story;
}

TEST(ModelLitmus, ReadModifyWritesAreWhole) {
  const auto run = [](auto increment) {
    return model::explore([=] {
      auto x = std::make_shared<model::Atomic<int>>(0, "x");
      return model::Program{{{"one", [=] { increment(*x); }},
                             {"two", [=] { increment(*x); }},
                             {"three", [=] { increment(*x); }}},
                            [=] { model::check(x->load() == 3, "x counted to 3"); }};
    });
  };
  EXPECT_FALSE(run([](auto& x) { x.fetch_add(1, memory_order_relaxed); }).failed);
  EXPECT_FALSE(run([](auto& x) {
                 int old = x.load(memory_order_relaxed);
                 while (!x.compare_exchange_weak(old, old + 1, memory_order_relaxed)) continue;
               }).failed);
  const model::Result split =
      run([](auto& x) { x.store(x.load(memory_order_seq_cst) + 1, memory_order_seq_cst); });
  EXPECT_TRUE(split.failed);
}

// A relaxed read-modify-write carries on the release that it read; a relaxed store does not.
TEST(ModelLitmus, ReleaseSequence) {
  const auto run = [](bool rmw) {
    struct State {
      model::Var<int> item{0, "item"};
      model::Atomic<int> x{0, "x"};
    };
    return model::explore([=] {
      auto s = std::make_shared<State>();
      return model::Program{{{"writer",
                              [=] {
                                s->item = 7;
                                s->x.store(1, memory_order_release);
                              }},
                             {"relay",
                              [=] {
                                if (s->x.load(memory_order_relaxed) != 1) return;
                                if (rmw) {
                                  s->x.fetch_add(1, memory_order_relaxed);
                                } else {
                                  s->x.store(2, memory_order_relaxed);
                                }
                              }},
                             {"reader",
                              [=] {
                                if (s->x.load(memory_order_acquire) == 2) model::check(s->item == 7, "7");
                              }}},
                            {}};
    });
  };
  EXPECT_FALSE(run(true).failed);
  EXPECT_TRUE(run(false).failed);
}

TEST(ModelLitmus, WaitingForNothingIsAFailure) {
  const model::Result result = model::explore([] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    return model::Program{{{"waiter",
                            [=] {
                              while (x->load() == 0) model::yield();
                            }}},
                          {}};
  });
  EXPECT_TRUE(result.failed);
  EXPECT_NE(result.story.find("wait in model::yield()"), std::string::npos) << result.story;
}

TEST(ModelLitmus, ALoopWithoutYieldIsCut) {
  const model::Result result = model::explore([] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    return model::Program{{{"waiter",
                            [=] {
                              while (x->load() == 0) continue;
                            }},
                           {"writer", [=] { x->store(1); }}},
                          {}};
  });
  EXPECT_FALSE(result.failed);
  EXPECT_FALSE(result.complete);
  EXPECT_GT(result.cut, 0U);
}

TEST(ModelLitmus, AStoreBecomesVisibleInFiniteTime) {
  const model::Result result = model::explore([] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    auto y = std::make_shared<model::Atomic<int>>(0, "y");
    const auto store = [=] {
      x->store(1, memory_order_relaxed);
      y->store(1, memory_order_relaxed);
    };
    const auto look = [=] {
      if (y->load(memory_order_relaxed) == 0) return;
      while (x->load(memory_order_relaxed) == 0) continue;  // x is stored: nobody has to be waited for
    };
    return model::Program{{{"writer", store}, {"reader", look}}, {}};
  });
  EXPECT_FALSE(result.failed) << result.story;
  EXPECT_TRUE(result.complete);
}

TEST(ModelLitmus, SeveralPausesAreOneWait) {
  const model::Result result = model::explore([] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    const auto wait = [=] {
      for (; x->load(memory_order_relaxed) == 0; model::yield()) model::yield();
    };
    return model::Program{{{"waiter", wait}, {"writer", [=] { x->store(1, memory_order_relaxed); }}}, {}};
  });
  EXPECT_FALSE(result.failed) << result.story;
  EXPECT_TRUE(result.complete);
}

TEST(ModelLitmus, WaitingWithoutLookingFails) {
  const model::Result result = model::explore([] {
    return model::Program{{{"waiter",
                            [] {
                              for (;;) model::yield();
                            }}},
                          {}};
  });
  EXPECT_TRUE(result.failed);
  EXPECT_NE(result.story.find("looks at no atomic in between"), std::string::npos) << result.story;
}

TEST(ModelLitmus, NoexceptCodeMayFail) {
  const model::Result result = model::explore([] {
    auto x = std::make_shared<model::Atomic<int>>(0, "x");
    return model::Program{
        {{"one", [=]() noexcept { x->store(1); }},
         {"two", [=]() noexcept { model::check(x->load(memory_order_relaxed) == 0, "x is 0"); }}},
        {}};
  });
  EXPECT_TRUE(result.failed);
  EXPECT_NE(result.story.find("should hold, and does not: x is 0"), std::string::npos) << result.story;
}

TEST(ModelLitmus, EveryRunIsTheSame) {
  const model::Result a = message_passing(memory_order_release, memory_order_acquire);
  const model::Result b = message_passing(memory_order_release, memory_order_acquire);
  EXPECT_EQ(a.executions, b.executions);
  EXPECT_EQ(a.pruned, b.pruned);
  EXPECT_EQ(message_passing(memory_order_relaxed, memory_order_acquire).story,
            message_passing(memory_order_relaxed, memory_order_acquire).story);
}

}  // namespace
