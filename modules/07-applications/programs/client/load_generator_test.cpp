// The load generator on a simulated clock against a simulated server: what it counts is known to the nanosecond.
#include <lln/app/load_generator.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>

namespace {

using namespace lln::app;
using lln::latency::OpenLoopLoad;

struct SimulatedClock {
  std::int64_t ns = 5'000;
  std::int64_t now_ns() const noexcept { return ns; }
  void wait_until_ns(std::int64_t due) noexcept { ns = due; }
};

// One server that takes requests in their order, `service(id)` ns each; the port has room for `room` requests.
struct SimulatedPort {
  SimulatedClock& clock;
  std::function<std::int64_t(std::uint64_t)> service;
  std::size_t room = ~std::size_t{0};
  std::function<bool(std::uint64_t)> loses = [](std::uint64_t) { return false; };
  std::deque<std::pair<std::int64_t, std::uint64_t>> answers = {};  // when, whose
  std::int64_t free_at = 0;
  std::map<std::uint64_t, std::int64_t> sent_at = {};
  int flushes = 0;
  int waits = 0;
  bool is_open = true;

  bool send(std::uint64_t id) noexcept {
    if (answers.size() >= room) return false;
    sent_at[id] = clock.ns;
    if (loses(id)) return true;
    free_at = std::max(free_at, clock.ns) + service(id);
    answers.emplace_back(free_at, id);
    return true;
  }
  void flush() noexcept { ++flushes; }
  template <class OnAnswer>
  bool receive(OnAnswer&& on_answer) noexcept {
    bool some = false;
    while (!answers.empty() && answers.front().first <= clock.ns) {
      const std::uint64_t id = answers.front().second;
      answers.pop_front();
      on_answer(id);
      some = true;
    }
    return some;
  }
  void wait(std::int64_t ns) noexcept {
    ++waits;
    EXPECT_GT(ns, 0);
    std::int64_t until = clock.ns + ns;
    if (!answers.empty()) until = std::min(until, answers.front().first);
    clock.ns = std::max(clock.ns, until);
  }
  bool open() const noexcept { return is_open; }
};
static_assert(EchoPort<SimulatedPort>);

struct KeptValues {
  std::vector<std::uint64_t> values;
  void record(std::uint64_t ns) { values.push_back(ns); }
  std::uint64_t most() const { return values.empty() ? 0 : *std::max_element(values.begin(), values.end()); }
  long over(std::uint64_t ns) const {
    return std::count_if(values.begin(), values.end(), [ns](std::uint64_t value) { return value > ns; });
  }
};

// 10 us a request, but request 5000 takes 100 ms.
std::int64_t stalls_once(std::uint64_t id) { return id == 5'000 ? 100'000'000 : 10'000; }

TEST(OpenLoop, AStallIsSeenByAllWhoCameMeanwhile) {
  SimulatedClock clock;
  SimulatedPort port{clock, stalls_once};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 10'000, .requests = 10'000});
  const auto outcome = run_open_loop(schedule, {}, clock, port, latency, service);
  EXPECT_EQ(outcome.sent, 10'000U);
  EXPECT_EQ(outcome.answered, 10'000U);
  EXPECT_EQ(outcome.late, 0U) << "sending waits for nobody's answer";
  EXPECT_EQ(latency.most(), 100'000'000U);
  // Request 5000 + k comes 100 k us after it and leaves 10 k us after it left: 100 ms - 90 k us, while that is more
  // than the usual 10 us.
  ASSERT_EQ(latency.values.size(), 10'000U);
  for (std::uint64_t k = 0; k < 1'111; ++k) EXPECT_EQ(latency.values[5'000 + k], 100'000'000 - 90'000 * k);
  EXPECT_EQ(latency.over(10'000), 1'111);
  EXPECT_EQ(latency.values, service.values);
}

TEST(ClosedLoop, HidesTheStall) {
  SimulatedClock clock;
  SimulatedPort port{clock, stalls_once};
  KeptValues latency;
  const auto outcome = run_closed_loop({.slots = 1, .requests = 10'000}, {}, clock, port, latency);
  EXPECT_EQ(outcome.answered, 10'000U);
  EXPECT_EQ(latency.over(10'000), 1) << "one slow answer, and nobody was there to suffer from it";
  EXPECT_EQ(outcome.duration_ns, 9'999 * 10'000 + 100'000'000);
}

TEST(OpenLoop, WaitingForRoomCounts) {
  SimulatedClock clock;
  SimulatedPort port{clock, stalls_once, 1};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 10'000, .requests = 6'000});
  const auto outcome = run_open_loop(schedule, {}, clock, port, latency, service);
  EXPECT_EQ(outcome.answered, 6'000U);
  EXPECT_EQ(latency.values[5'001], 100'000'000U - 90'000U) << "from when it was due";
  EXPECT_EQ(service.values[5'001], 10'000U) << "from when it was sent";
  EXPECT_GT(outcome.late, 900U);
  EXPECT_EQ(outcome.latest_ns, 100'000'000 - 100'000);
}

TEST(OpenLoop, SendsOnTimeAndNeverEarly) {
  SimulatedClock clock;
  const std::int64_t start = clock.ns;
  SimulatedPort port{clock, [](std::uint64_t) { return 3'000; }};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule(
      {.per_second = 3e5, .requests = 2'000, .arrivals = OpenLoopLoad::Arrivals::poisson, .seed = 3});
  run_open_loop(schedule, {}, clock, port, latency, service);
  for (std::uint64_t i = 0; i < 2'000; ++i) ASSERT_EQ(port.sent_at[i], start + schedule.due_ns(i)) << i;
}

TEST(OpenLoop, CountsWhatIsLostAndGoesOn) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  port.loses = [](std::uint64_t id) { return id % 10 == 7; };
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 1'000});
  const auto outcome = run_open_loop(schedule, {}, clock, port, latency, service);
  EXPECT_EQ(outcome.sent, 1'000U);
  EXPECT_EQ(outcome.answered, 900U);
  EXPECT_EQ(outcome.lost, 100U);
  EXPECT_EQ(outcome.duration_ns, 999 * 10'000 + 1'000) << "the wait for what never comes is not part of it";
  EXPECT_DOUBLE_EQ(outcome.per_second(), 900 * 1e9 / 9'991'000) << "what was answered, not what was asked";
}

TEST(OpenLoop, GivesUpOnAServerThatSaysNothing) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000'000'000'000; }, 10};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 1'000});
  const auto outcome = run_open_loop(schedule, {.give_up_ns = 50'000'000}, clock, port, latency, service);
  EXPECT_EQ(outcome.sent, 10U);
  EXPECT_EQ(outcome.lost, 10U);
  EXPECT_LT(clock.ns, 100'000'000);
}

TEST(OpenLoop, WarmUpIsSentAndNotRecorded) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t id) { return id < 10 ? 9'000 : 1'000; }};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 100});
  const auto outcome = run_open_loop(schedule, {.warm_up = 10}, clock, port, latency, service);
  EXPECT_EQ(outcome.answered, 100U);
  EXPECT_EQ(outcome.recorded, 90U);
  EXPECT_EQ(latency.most(), 1'000U);
  EXPECT_EQ(outcome.duration_ns, 900'000 - 8'000) << "from the last answer of the warm-up on";
}

TEST(OpenLoop, AnswersNobodyWaitsForChangeNothing) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  port.answers = {{0, 77}, {0, 0}, {7'000, 0}};  // never sent; not sent yet; request 0 a second time
  port.free_at = 0;
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 50});
  const auto outcome = run_open_loop(schedule, {}, clock, port, latency, service);
  EXPECT_EQ(outcome.answered, 50U);
  EXPECT_GE(outcome.unexpected, 2U);
  EXPECT_EQ(latency.values.size(), 50U);
}

TEST(OpenLoop, AnOverloadedServerIsNotWaitedForWithoutLooking) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 20'000; }};
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 1'000});  // twice what it can do
  const auto outcome = run_open_loop(schedule, {}, clock, port, latency, service);
  EXPECT_EQ(outcome.answered, 1'000U);
  EXPECT_EQ(latency.values.back(), 1'000U * 20'000 - 999U * 10'000) << "the queue grows to the end";
}

TEST(ClosedLoop, KeepsAllSlotsBusyAndMeasuresEach) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  KeptValues latency;
  const auto outcome = run_closed_loop({.slots = 8, .requests = 800}, {.warm_up = 8}, clock, port, latency);
  EXPECT_EQ(outcome.answered, 800U);
  EXPECT_EQ(outcome.recorded, 792U);
  for (const std::uint64_t value : latency.values) ASSERT_EQ(value, 8'000U) << "eight share one server";
  EXPECT_DOUBLE_EQ(outcome.per_second(), 1e6);
}

TEST(ClosedLoop, UsesTheSlotOfALostRequestAgain) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  port.loses = [](std::uint64_t id) { return id == 5; };
  KeptValues latency;
  const auto outcome =
      run_closed_loop({.slots = 2, .requests = 20'000}, {.give_up_ns = 10'000'000}, clock, port, latency);
  EXPECT_EQ(outcome.lost, 1U);
  EXPECT_EQ(outcome.answered, outcome.sent - 1);
  EXPECT_TRUE(port.sent_at.contains(7)) << "the next request of that slot";
}

TEST(ClosedLoop, AWholeWindowLostIsNotTheEnd) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  port.loses = [](std::uint64_t id) { return id < 4; };
  KeptValues latency;
  const auto outcome =
      run_closed_loop({.slots = 4, .requests = 100}, {.give_up_ns = 10'000'000}, clock, port, latency);
  EXPECT_EQ(outcome.lost, 4U);
  EXPECT_EQ(outcome.answered, 96U);
}

TEST(ClosedLoop, EndsInTimeAndWaitsForWhatIsOnItsWay) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  KeptValues latency;
  const auto outcome = run_closed_loop({.slots = 4, .duration_ns = 1'000'000}, {}, clock, port, latency);
  EXPECT_EQ(outcome.lost, 0U);
  EXPECT_EQ(outcome.answered, outcome.sent);
  EXPECT_NEAR(static_cast<double>(outcome.sent), 1'000, 8);
}

TEST(ClosedLoop, WaitsWhereThePortHasNoRoom) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }, 2};
  KeptValues latency;
  const auto outcome = run_closed_loop({.slots = 8, .requests = 80}, {}, clock, port, latency);
  EXPECT_EQ(outcome.answered, 80U);
  EXPECT_LT(port.waits, 200) << "it sleeps and does not ask again and again";
}

TEST(BothLoops, EndWhenAskedAndWhenThePortEnds) {
  SimulatedClock clock;
  SimulatedPort port{clock, [](std::uint64_t) { return 1'000; }};
  KeptValues latency;
  const std::atomic<bool> stop{true};
  const OpenLoopLoad schedule({.per_second = 1e5, .requests = 1'000});
  EXPECT_EQ(run_open_loop(schedule, {.stop = &stop}, clock, port, latency, latency).sent, 0U);
  EXPECT_EQ(run_closed_loop({}, {.stop = &stop}, clock, port, latency).sent, 0U);
  port.is_open = false;
  EXPECT_EQ(run_open_loop(schedule, {}, clock, port, latency, latency).answered, 0U);
  EXPECT_EQ(run_closed_loop({}, {}, clock, port, latency).answered, 0U);
}

}  // namespace
