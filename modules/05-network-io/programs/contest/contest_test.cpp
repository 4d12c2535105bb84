// Turns, choices, reports, and children that end when they have to.
#include "contest.hpp"

#include "child.hpp"
#include "program.hpp"
#include "report.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <set>
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
  EXPECT_TRUE(contestants[2].rounds.empty()) << "who was not measured has no zeros";
  EXPECT_EQ(contestants[0].extras.at("lost_percent").size(), 4U);
  EXPECT_EQ(contestants[2].refusal, "no such card");
  ASSERT_EQ(order.size(), 11U) << "who cannot take part is asked once: " << order;
  for (std::size_t i = 3; i < order.size(); i += 2) EXPECT_NE(order[i], order[i + 1]) << order;
}

TEST(Contest, TheOrderIsDrawnAnewEachRound) {
  std::vector<Contestant> contestants;
  std::string order;
  for (const char* name : {"a", "b"})
    add(contestants, name, name, "", [&order, name](latency::Histogram&) { return order += name, Turn{}; });
  play(contestants, 64, go_on, no_progress);
  std::set<std::string> rounds;
  for (std::size_t i = 0; i < order.size(); i += 2) rounds.insert(order.substr(i, 2));
  EXPECT_EQ(rounds, (std::set<std::string>{"ab", "ba"}));
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
  stop = false;
  int turns = 0;
  for (Contestant& contestant : contestants)
    contestant.turn = [&](latency::Histogram&) { return stop = true, ++turns, Turn{}; };
  play(contestants, 1, stop, no_progress);
  EXPECT_EQ(turns, 1);
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

// Two whose rounds differ, so that a median is no first, no last, no least.
std::vector<Contestant> two() {
  std::vector<Contestant> contestants(2);
  contestants[0] = {.name = "ours", .title = "Ours", .rival = "theirs", .turn = nullptr};
  contestants[0].rounds = {3, 1, 2};
  contestants[0].extras["lost_percent"] = {30, 10, 20};
  contestants[0].values.record(2000, 1000);
  contestants[0].values.record(9'000'000, 5);
  contestants[1] = {.name = "theirs", .title = "Theirs", .rival = "", .turn = nullptr};
  contestants[1].rounds = {4, 4, 4};
  return contestants;
}

TEST(Contest, TheFileTellsWhatKindOfNumberEachIs) {
  const auto json = result_json({"round trips", "us", "median", true}, two(), "lln-round-trip", {});
  const auto& rounds = json["series"][0];
  EXPECT_EQ(rounds["name"], "median.ours");
  EXPECT_EQ(rounds["unit"], "us");
  EXPECT_EQ(rounds["quantiles"]["p50"], 2.0);
  EXPECT_EQ(rounds["min"], 1.0);
  EXPECT_EQ(rounds["max"], 3.0);
  EXPECT_EQ(rounds["rounds"], (std::vector<double>{3, 1, 2}));
  EXPECT_EQ(rounds["ratio_to"]["median"], 0.5);
  EXPECT_EQ(rounds["ci95"], (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(json["series"][1]["unit"], "ns");
  EXPECT_EQ(json["summary"]["median"]["ours"], 2.0);
  EXPECT_EQ(json["summary"]["lost_percent"]["ours"], 20.0);
}

TEST(Contest, TheTableIsInMicrosecondsAndHidesWhatTooFewStandFor) {
  std::ostringstream table;
  print_table(table, {"round trips", "us", "median", true}, two());
  EXPECT_NE(table.str().find("  2        1        3      2.0        -   0.50 [0.25 .. 0.75] theirs"),
            std::string::npos)
      << table.str();
}

// What lln-round-trip and its kin return to the shell, and say.
struct Ended {
  int code;
  std::string said;
};
Ended ended(std::vector<std::string> words, std::function<Turn(latency::Histogram&)> turn) {
  std::vector<char*> arguments;
  words.insert(words.begin(), "program");
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto contestants = [&](std::chrono::milliseconds) {
    if (!turn) throw Unavailable("no network here");
    std::vector<Contestant> one;
    add(one, "only", "Only", "", turn);
    return one;
  };
  const int code = run(static_cast<int>(arguments.size()), arguments.data(),
                       {.name = "program",
                        .purpose = "Test.",
                        .words = {"x", "us", "median", true},
                        .remarks = {},
                        .contestants = contestants});
  const std::string said = testing::internal::GetCapturedStderr();
  testing::internal::GetCapturedStdout();
  return {code, said};
}

TEST(ContestProgram, ExitCodesTellWhatHappened) {
  const auto fine = [](latency::Histogram&) { return Turn{1}; };
  EXPECT_EQ(ended({}, fine).code, 0);
  EXPECT_EQ(ended({"--help"}, fine).code, 0);
  EXPECT_EQ(ended({}, nullptr).code, 77);
  EXPECT_EQ(ended({}, [](latency::Histogram&) -> Turn { throw Unavailable("not here"); }).code, 77);
  EXPECT_EQ(ended({}, [](latency::Histogram&) -> Turn { throw std::runtime_error("lost"); }).code, 1);
  EXPECT_EQ(ended({"--rounds", "0"}, fine).code, 2);
  EXPECT_EQ(ended({"--milliseconds", "nan"}, fine).code, 2);
  EXPECT_EQ(ended({"--only", "nobody"}, fine).code, 2);
}

TEST(ContestProgram, AFileThatCannotBeWrittenIsSaidBeforeTheMeasurement) {
  const auto never = [](latency::Histogram&) -> Turn { throw std::runtime_error("measured in vain"); };
  const Ended nowhere = ended({"--json", "/no-such-folder/x.json"}, never);
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_EQ(nowhere.said, "program: writing /no-such-folder/x.json: No such file or directory\n");
  const Ended full = ended({"--json", "/dev/full"}, [](latency::Histogram&) { return Turn{1}; });
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.said, "program: writing /dev/full: No space left on device\n");
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

TEST(Child, ASignalIsNoGoodEnd) {
  Child child({"sh", "-c", "kill -KILL $$"}, std::nullopt);
  child.finish();
  EXPECT_EQ(child.exit_status(), 128 + SIGKILL);
}

TEST(Child, RunsWhereItWasPutAndOutOfReachOfCtrlC) {
  const int cpu = jitter::allowed_cpus().back();
  Child child({"sh", "-c", "echo $$; grep Cpus_allowed_list /proc/self/status; exec sleep 1000"}, cpu);
  ASSERT_TRUE(child.read_until("\n"));
  EXPECT_NE(::getpgid(std::stoi(child.output())), ::getpgrp());
  ASSERT_TRUE(child.read_until("Cpus_allowed_list:\t" + std::to_string(cpu) + "\n")) << child.output();
}

TEST(Child, EndsWhenItsParentIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // the orphan becomes ours
  const pid_t parent = ::fork();
  if (parent == 0) {
    Child child({"sh", "-c", "echo $$; exec sleep 20"}, std::nullopt);
    child.read_until("\n");
    if (::write(ends[1], child.output().data(), child.output().size()) < 0) ::_exit(1);
    ::raise(SIGKILL);
  }
  char text[16] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(parent, nullptr, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(std::stoi(text), &status, 0), std::stoi(text));
  EXPECT_TRUE(WIFSIGNALED(status)) << "it lived on to its own end";
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
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
