// What lln-packet-life writes, for findings that are made up, and one short run of every case on the loopback.
#include "output.hpp"

#include <gtest/gtest.h>

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

TEST(PacketLifeOutput, WritesAResultFile) {
  const auto json = result_json({made_up("udp"), skipped()}, {"lln-packet-life", {"a note"}});
  EXPECT_EQ(json["series"].size(), 1 + net::legs);
  EXPECT_EQ(json["series"][0]["name"], "udp");
  EXPECT_EQ(json["series"][2]["name"], "udp.queue");
  EXPECT_EQ(json["series"][2]["n"], 1000);
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
  }
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
