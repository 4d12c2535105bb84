#include <lln/app/find_limit.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace lln::app {
namespace {

// A handler that is good up to `limit` and records what it was asked.
struct Machine {
  double limit;
  std::vector<double> asked{};

  LimitTrial operator()(double rate) {
    asked.push_back(rate);
    LimitTrial trial{.asked_rate = rate, .handled_rate = rate, .passed = rate <= limit, .reason = {}};
    if (!trial.passed) trial.reason = "handler: kernel drops";
    return trial;
  }
};

LimitResult search(Machine& machine) {
  return search_limit({}, [&](double rate) { return machine(rate); });
}

TEST(LimitSearch, FindsTheLimitWithinItsPrecision) {
  for (const double limit : {260e3, 1e6, 1'499'999.0, 3.1e6, 20e6}) {
    Machine machine{limit};
    const LimitResult result = search(machine);
    EXPECT_LE(result.highest_rate, limit) << "the result must be a rate that passed";
    EXPECT_GE(result.highest_rate * 1.05, limit) << "limit " << limit;
    EXPECT_LE(machine.asked.size(), 14u) << "too many trials for limit " << limit;
    EXPECT_EQ(result.trials.size(), machine.asked.size());
    EXPECT_EQ(result.limited_by, "handler: kernel drops");
  }
}

TEST(LimitSearch, GoesDownWhenTheFirstRateIsTooHigh) {
  Machine machine{40e3};
  const LimitResult result = search(machine);
  EXPECT_LE(result.highest_rate, 40e3);
  EXPECT_GE(result.highest_rate * 1.05, 40e3);
}

TEST(LimitSearch, EndsWhenNothingPasses) {
  Machine machine{0};
  const LimitResult result = search(machine);
  EXPECT_EQ(result.highest_rate, 0);
  EXPECT_LE(machine.asked.size(), 12u);
}

TEST(LimitSearch, EndsWhenNothingFails) {
  Machine machine{1e12};
  const LimitResult result = search(machine);
  EXPECT_GE(result.highest_rate, 16e6);
  EXPECT_NE(result.limited_by.find("search itself"), std::string::npos) << result.limited_by;
}

TEST(LimitSearch, CanBeStopped) {
  Machine machine{1e12};
  const LimitResult result = search_limit({}, [&](double rate) {
    LimitTrial trial = machine(rate);
    trial.stopped = machine.asked.size() == 3;
    return trial;
  });
  EXPECT_EQ(machine.asked.size(), 3u);
  EXPECT_EQ(result.highest_rate, machine.asked[1]) << "a trial that was interrupted proves nothing";
  EXPECT_NE(result.limited_by.find("interruption"), std::string::npos) << result.limited_by;
}

TEST(LimitSearch, AnInterruptedBisectionSaysSo) {
  Machine machine{700e3};
  const LimitResult result = search_limit({}, [&](double rate) {
    LimitTrial trial = machine(rate);
    trial.stopped = machine.asked.size() == 4;
    return trial;
  });
  EXPECT_EQ(machine.asked.size(), 4u);
  EXPECT_EQ(result.highest_rate, 500e3);
  EXPECT_NE(result.limited_by.find("interruption"), std::string::npos) << result.limited_by;
}

}  // namespace
}  // namespace lln::app
