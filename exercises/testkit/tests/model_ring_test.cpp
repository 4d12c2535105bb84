// A ring of two slots under the model checker: correct as it stands, and each order that it needs is missed
// when it is weaker, although no x86 machine would show it.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <array>
#include <memory>
#include <string>

namespace {

namespace model = lln::model;
using std::memory_order;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;

struct Orders {
  memory_order publish = memory_order_release;        // tail.store
  memory_order see_item = memory_order_acquire;       // tail.load of the consumer
  memory_order give_back = memory_order_release;      // head.store
  memory_order see_free_slot = memory_order_acquire;  // head.load of the producer
};

struct Ring {
  bool push(unsigned value, const Orders& orders) {
    const unsigned t = tail.load(memory_order_relaxed);
    if (t - head.load(orders.see_free_slot) == slots.size()) return false;
    slots[t % slots.size()] = value;
    tail.store(t + 1, orders.publish);
    return true;
  }
  bool pop(unsigned& value, const Orders& orders) {
    const unsigned h = head.load(memory_order_relaxed);
    if (tail.load(orders.see_item) == h) return false;
    value = slots[h % slots.size()];
    head.store(h + 1, orders.give_back);
    return true;
  }

  model::Atomic<unsigned> tail{0, "tail"};
  model::Atomic<unsigned> head{0, "head"};
  std::array<model::Var<unsigned>, 2> slots{model::Var<unsigned>{0, "slot 0"},
                                            model::Var<unsigned>{0, "slot 1"}};
};

// Three items through two slots: the third needs one back.
model::Result three_items(const Orders& orders) {
  return model::explore([=] {
    auto ring = std::make_shared<Ring>();
    return model::Program{{{"producer",
                            [=] {
                              for (unsigned i = 1; i <= 3; ++i) {
                                while (!ring->push(i, orders)) model::yield();
                              }
                            }},
                           {"consumer",
                            [=] {
                              for (unsigned i = 1; i <= 3; ++i) {
                                unsigned item = 0;
                                while (!ring->pop(item, orders)) model::yield();
                                model::check(item == i, "items arrive in order");
                              }
                            }}},
                          {}};
  });
}

TEST(ModelRing, CorrectInEveryExecution) {
  const model::Result result = three_items({});
  EXPECT_FALSE(result.failed) << result.story;
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.cut, 0U);

  EXPECT_EQ(result.executions, 10128U);  // the same on every machine: change only with the model or the ring
  const model::Result again = three_items({});
  EXPECT_EQ(again.executions, result.executions);
  EXPECT_EQ(again.pruned, result.pruned);
}

void expect_race(const Orders& orders, const std::string& race) {
  const model::Result result = three_items(orders);
  EXPECT_TRUE(result.failed);
  EXPECT_NE(result.story.find("Data race: " + race), std::string::npos) << result.story;
  EXPECT_EQ(three_items(orders).story, result.story);
}

TEST(ModelRing, RelaxedPublish) { expect_race({.publish = memory_order_relaxed}, "consumer reads slot 0"); }
TEST(ModelRing, RelaxedLookForItems) {
  expect_race({.see_item = memory_order_relaxed}, "consumer reads slot 0");
}
TEST(ModelRing, RelaxedGiveBack) {
  expect_race({.give_back = memory_order_relaxed}, "producer writes slot 0");
}
TEST(ModelRing, RelaxedLookForFreeSlots) {
  expect_race({.see_free_slot = memory_order_relaxed}, "producer writes slot 0");
}

}  // namespace
