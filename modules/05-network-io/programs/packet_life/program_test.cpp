// What lln-packet-life writes, for findings that are made up, and one short run of every case on the loopback.
#include "output.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace lln::packet_life {
namespace {

// 1000 messages; the slow ones spend their time in the queue.
Result made_up(const std::string& name) {
  Result result;
  result.what = all_cases().front();
  result.what.name = name;
  result.what.title = "a<b>";
  std::vector<net::Departure> departures;
  std::vector<net::Arrival> arrivals;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::int64_t queued = i < 900 ? 2000 : 200'000;
    departures.push_back({i, 1000, 2000, 2000 + queued, 0});
    arrivals.push_back({5000 + queued, 9000 + queued});
  }
  departures.push_back({1000, 1000, 2000, 0, 0});
  result.found = net::decompose(departures, arrivals);
  result.medians_ns = {10'000, 10'000, 10'000};
  return result;
}

Result skipped() {
  Result result;
  result.what = all_cases().back();
  result.skipped = "no & never";
  return result;
}

TEST(PacketLifeOutput, PrintsTypicalAndSlowMessages) {
  std::ostringstream out;
  print_table(out, {made_up("udp"), skipped()});
  const std::string text = out.str();
  EXPECT_NE(text.find("typical                  1.0       2.0       3.0       4.0      10.0"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("slow                     1.0     200.0       3.0       4.0     208.0"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("1 not received"), std::string::npos) << text;
  EXPECT_NE(text.find("skipped: no & never"), std::string::npos) << text;
}

TEST(PacketLifeOutput, WhatIsLeftOutIsCounted) {
  Result result = made_up("udp");
  result.found.unstamped = 3;
  result.found.backwards = 2;
  std::ostringstream out;
  print_table(out, {result});
  EXPECT_NE(out.str().find("1 not received, 3 without all stamps, 2 with the clock set back"),
            std::string::npos)
      << out.str();
  const auto json = result_json({result}, {"lln-packet-life", {}})["summary"]["cases"]["udp"];
  EXPECT_EQ(json["unstamped"], 3);
  EXPECT_EQ(json["backwards"], 2);
}

TEST(PacketLifeOutput, CurvesAreInMicroseconds) {
  const std::string folder = testing::TempDir() + "lln-curves-" + std::to_string(::getpid());
  write_curves(folder, {made_up("udp"), skipped()});
  std::ifstream file(folder + "/udp.queue.hgrm");
  std::string line;
  while (line.find("0.5000") == std::string::npos && std::getline(file, line)) {
  }
  EXPECT_NEAR(std::stod(line), 2, 0.01) << line;
  std::filesystem::remove_all(folder);
}

TEST(PacketLifeOutput, WritesAResultFile) {
  const auto json = result_json({made_up("udp"), skipped()}, {"lln-packet-life", {"a note"}});
  EXPECT_EQ(json["series"].size(), 1 + net::legs);
  EXPECT_EQ(json["series"][0]["name"], "udp");
  EXPECT_EQ(json["series"][2]["name"], "udp.queue");
  EXPECT_EQ(json["series"][2]["n"], 1000);
  EXPECT_EQ(json["series"][2]["unit"], "ns");
  EXPECT_NEAR(json["series"][2]["quantiles"]["p50"].get<double>(), 2'000, 2);
  EXPECT_NEAR(json["series"][4]["quantiles"]["p50"].get<double>(), 4'000, 4);
  EXPECT_EQ(json["summary"]["cases"]["udp"]["typical_ns"]["queue"], 2000);
  EXPECT_EQ(json["summary"]["cases"]["udp"]["slow_ns"]["whole"], 208'000);
  EXPECT_EQ(json["summary"]["cases"]["udp"]["lost"], 1);
  EXPECT_TRUE(json["summary"]["stamped_to_unstamped"].is_null());
  EXPECT_EQ(json["notes"][0].get<std::string>(), all_cases().back().title + " skipped: no & never");
}

TEST(PacketLifeOutput, ThePriceOfLookingIsARatioOfTurns) {
  Result with = made_up("udp");
  with.medians_ns = {12'000, 12'000, 24'000};
  const Result without = made_up("unstamped");
  EXPECT_NE(price_of_looking({with, without}).find("1.20 times [1.20 .. 2.40]"), std::string::npos)
      << price_of_looking({with, without});
  EXPECT_EQ(price_of_looking({with}), "");
  EXPECT_DOUBLE_EQ(
      result_json({with, without}, {"x", {}})["summary"]["stamped_to_unstamped"]["ratio"].get<double>(), 1.2);
}

TEST(PacketLifeOutput, ThePageStandsAloneAndEscapesNames) {
  const std::string page =
      html_page({made_up("udp"), skipped()}, {"lln-packet-life --html \"x\"", {"a & b"}});
  EXPECT_EQ(page.find("a<b>"), std::string::npos);
  EXPECT_NE(page.find("a&lt;b&gt;"), std::string::npos);
  EXPECT_NE(page.find("no &amp; never"), std::string::npos);
  EXPECT_NE(page.find("a &amp; b"), std::string::npos);
  EXPECT_NE(page.find("queue: 200.0 us"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos) << "nothing is fetched from anywhere";
}

TEST(PacketLife, EveryCaseOfTheLoopbackIsMeasured) {
  Plan plan;
  for (const Case& what : all_cases()) {
    if (what.place == Place::loopback) plan.cases.push_back(what);
  }
  plan.rounds = 1;
  plan.messages = 64;
  const std::atomic<bool> stop{false};
  const auto results =
      run(plan, {.why_not = "not tried", .sides = {}, .why_no_queue = {}}, stop, [](int, int) {});
  ASSERT_EQ(results.size(), plan.cases.size());
  for (const Result& result : results) {
    const net::Decomposition& found = result.found;
    // The kernel may be slow to switch stamping on, and a busy machine to bring stamps: none may be wrong.
    EXPECT_LE(found.whole.count() + found.unstamped + found.lost + found.backwards, 64U) << result.what.name;
    EXPECT_EQ(found.backwards, 0U) << result.what.name;
    EXPECT_EQ(found.lost, 0U) << result.what.name;
    EXPECT_EQ(found.lives.size(), result.what.stamps ? found.whole.count() : 0) << result.what.name;
    if (found.whole.count() == 0) continue;
    ASSERT_EQ(result.medians_ns.size(), 1U);
    EXPECT_EQ(result.medians_ns[0], static_cast<double>(found.whole.value_at_percentile(50)));
  }
}

Plan only(const std::string& name) {
  Plan plan;
  for (const Case& what : all_cases()) {
    if (what.name == name) plan.cases.push_back(what);
  }
  plan.rounds = 2;
  plan.messages = 32;
  return plan;
}

TEST(PacketLife, AllRoundsCount) {
  const std::atomic<bool> stop{false};
  const auto results = run(only("unstamped"), {}, stop, [](int, int) {});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].found.whole.count(), 2U * 32U);
  EXPECT_EQ(results[0].medians_ns.size(), 2U);
}

// The loopback in place of the cable: only whether the queue is put in and taken out is of interest.
TEST(PacketLife, TheQueueIsThereForItsOwnTurnsOnly) {
  std::vector<bool> calls;
  const std::atomic<bool> stop{false};
  run(only("queue"),
      {.why_not = {}, .sides = {}, .why_no_queue = {}, .set_queue = [&](bool on) { calls.push_back(on); }},
      stop, [](int, int) {});
  EXPECT_EQ(calls, (std::vector<bool>{true, false, true, false}));
  const auto results =
      run(only("queue"), {.why_not = {}, .sides = {}, .why_no_queue = "no tbf"}, stop, [](int, int) {});
  EXPECT_EQ(results.at(0).skipped, "no tbf");
}

TEST(PacketLife, WhatHasNoCableIsSkippedWithTheReason) {
  Plan plan;
  for (const Case& what : all_cases()) {
    if (what.place != Place::loopback) plan.cases.push_back(what);
  }
  const std::atomic<bool> stop{false};
  const auto results =
      run(plan, {.why_not = "no cable", .sides = {}, .why_no_queue = {}}, stop, [](int, int) {});
  for (const Result& result : results) EXPECT_EQ(result.skipped, "no cable");
}

TEST(PacketLife, StopsWhenAsked) {
  Plan plan;
  plan.cases = all_cases();
  const std::atomic<bool> stop{true};
  for (const Result& result :
       run(plan, {.why_not = "no", .sides = {}, .why_no_queue = {}}, stop, [](int, int) {}))
    EXPECT_EQ(result.found.whole.count(), 0U);
}

}  // namespace
}  // namespace lln::packet_life
