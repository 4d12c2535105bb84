// Turns, choices, reports, and children that end when they have to.
#include "contest.hpp"

#include "child.hpp"
#include "report.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <sstream>

namespace lln::contest {
namespace {

const std::atomic<bool> go_on{false};
void no_progress(int, int) {}

std::vector<Contestant> three() {
  std::vector<Contestant> contestants;
  add(contestants, "udp-spin", "UDP", "peer", [](latency::Histogram& values) {
    for (int i = 0; i < 100; ++i) values.record(2000);
    return Turn{2.0, {{"lost_percent", 0.5}}};
  });
  add(contestants, "peer", "The peer", "", [](latency::Histogram&) { return Turn{4.0}; });
  add(contestants, "rdma", "RDMA", "peer",
      [](latency::Histogram&) -> Turn { throw Unavailable("no such card"); });
  return contestants;
}

TEST(Contest, EachTakesOneTurnARoundAndTheFirstRoundDoesNotCount) {
  auto contestants = three();
  std::string order;
  for (Contestant& contestant : contestants) {
    contestant.turn = [&order, initial = contestant.name[0],
                       turn = contestant.turn](latency::Histogram& values) {
      order += initial;
      return turn(values);
    };
  }
  play(contestants, 4, go_on, no_progress);
  EXPECT_EQ(contestants[0].rounds, (std::vector<double>(4, 2.0)));
  EXPECT_EQ(contestants[0].values.count(), 400U);
  EXPECT_EQ(contestants[0].extras.at("lost_percent").size(), 4U);
  EXPECT_EQ(contestants[2].refusal, "no such card");
  ASSERT_EQ(order.size(), 11U) << "who cannot take part is asked once: " << order;
  for (std::size_t i = 3; i < order.size(); i += 2) EXPECT_NE(order[i], order[i + 1]) << order;
}

TEST(Contest, AFailedMeasurementIsNoSkip) {
  auto contestants = three();
  contestants[1].turn = [](latency::Histogram&) -> Turn { throw std::runtime_error("a message was lost"); };
  EXPECT_THROW(play(contestants, 1, go_on, no_progress), std::runtime_error);
}

TEST(Contest, StopsBetweenTurns) {
  auto contestants = three();
  std::atomic<bool> stop{true};
  play(contestants, 1, stop, no_progress);
  EXPECT_TRUE(contestants[1].rounds.empty());
}

TEST(Contest, WhoIsChosenBringsTheRival) {
  const auto contestants = chosen(three(), "udp");
  ASSERT_EQ(contestants.size(), 2U);
  EXPECT_EQ(contestants[1].name, "peer");
  EXPECT_EQ(chosen(three(), "").size(), 3U);
  auto namesakes = three();
  namesakes[0].name = "peer-too";
  EXPECT_EQ(chosen(std::move(namesakes), "peer").size(), 1U) << "a whole name means that one";
  EXPECT_THROW(chosen(three(), "udp,sctp"), std::invalid_argument);
}

TEST(Contest, ReportsRatiosAndReasons) {
  auto contestants = three();
  play(contestants, 3, go_on, no_progress);
  const Words words{"round trips", "us", "median", true};
  const auto json = result_json(words, contestants, "lln-round-trip", {"a remark"});
  EXPECT_EQ(json["summary"]["ratio"]["udp-spin"], 0.5);
  EXPECT_EQ(json["summary"]["median"]["peer"], 4.0);
  EXPECT_EQ(json["summary"]["lost_percent"]["udp-spin"], 0.5);
  ASSERT_EQ(json["series"].size(), 3U);
  EXPECT_EQ(json["series"][0]["ratio_to"]["name"], "median.peer");
  EXPECT_EQ(json["series"][1]["name"], "udp-spin");
  EXPECT_FALSE(json["series"][1]["quantiles"].contains("p99")) << "three values of 300 lie beyond";
  EXPECT_EQ(json["notes"][0], "rdma was not measured: no such card");
  EXPECT_EQ(json["notes"].back(), "a remark");
  std::ostringstream table;
  print_table(table, words, contestants);
  EXPECT_NE(table.str().find("0.50 [0.50 .. 0.50] peer"), std::string::npos) << table.str();
  EXPECT_NE(table.str().find("not measured: no such card"), std::string::npos) << table.str();
}

TEST(Child, ReadsUntilALineAndToTheEnd) {
  Child child({"sh", "-c", "echo ready; read line; echo done; exit 3"}, std::nullopt);
  EXPECT_TRUE(child.read_until("ready"));
  EXPECT_EQ(child.finish(), "ready\ndone\n") << "its input is at its end";
  EXPECT_EQ(child.exit_status(), 3);
}

TEST(Child, EndsWithItsObject) {
  pid_t pid = 0;
  {
    Child child({"sh", "-c", "echo $$; exec sleep 1000"}, std::nullopt);
    ASSERT_TRUE(child.read_until("\n"));
    pid = std::stoi(child.output());
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(Child, SaysThatAProgramIsMissing) {
  try {
    Child child({"no-such-program"}, std::nullopt);
    FAIL();
  } catch (const Unavailable& reason) {
    EXPECT_STREQ(reason.what(), "no-such-program is not installed (apt: no-such-program)");
  }
}

}  // namespace
}  // namespace lln::contest
