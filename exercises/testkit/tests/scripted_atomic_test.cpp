// Acting between two atomic operations, and giving up on a loop that gets nowhere.
#include <lln/testkit/patience.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>

#include <chrono>
#include <vector>

namespace {

using namespace lln::testkit;

TEST(ScriptedAtomic, ListsTheOperationsInTheirOrder) {
  ScriptedAtomic<int> first{1};
  ScriptedAtomic<int> second{2};
  const std::vector<AtomicStep> steps = atomic_steps([&] {
    second.store(first.load(std::memory_order_acquire), std::memory_order_release);
    first.fetch_add(1, std::memory_order_relaxed);
  });
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].kind, AtomicStep::load);
  EXPECT_EQ(steps[0].object, &first);
  EXPECT_TRUE(steps[0].acquires());
  EXPECT_FALSE(steps[0].writes());
  EXPECT_EQ(steps[1].kind, AtomicStep::store);
  EXPECT_EQ(steps[1].object, &second);
  EXPECT_TRUE(steps[1].releases());
  EXPECT_EQ(steps[2].kind, AtomicStep::rmw);
  EXPECT_FALSE(steps[2].releases() || steps[2].acquires()) << "relaxed";
}

// An increment of two steps loses the one that comes in between; an increment of one step cannot.
TEST(ScriptedAtomic, ActsBetweenTwoSteps) {
  const auto lost = [](auto increment) {
    ScriptedAtomic<int> value{0};
    bool acted = false;
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::after || acted) return;
      acted = true;
      increment(value);  // is not interrupted itself
    });
    increment(value);
    return value.load() != 2;
  };
  EXPECT_TRUE(lost([](ScriptedAtomic<int>& value) { value.store(value.load() + 1); }));
  EXPECT_FALSE(lost([](ScriptedAtomic<int>& value) { ++value; }));
}

TEST(ScriptedAtomic, TheInnermostScriptIsAskedAndGoesWithItsScope) {
  ScriptedAtomic<int> value{0};
  int outer = 0;
  int inner = 0;
  const AtomicScript first([&](const AtomicStep&) { ++outer; });
  {
    const AtomicScript second([&](const AtomicStep&) { ++inner; });
    value.store(1);
  }
  EXPECT_EQ(inner, 2) << "before and after";
  EXPECT_EQ(outer, 0);
  value.store(2);
  EXPECT_EQ(outer, 2);
}

TEST(Patience, EndsWhatGetsNowhereAndNothingElse) {
  Patience patient(std::chrono::seconds(3600));
  EXPECT_TRUE(patient.step(false));
  EXPECT_TRUE(patient.step(false));
  Patience impatient(std::chrono::seconds(0));
  EXPECT_TRUE(impatient.step(true));
  EXPECT_FALSE(impatient.step(false));
  EXPECT_TRUE(impatient.step(true));
}

}  // namespace
