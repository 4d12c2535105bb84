// What lln-impair understands, and what it prints.
#include "arguments.hpp"
#include "output.hpp"
#include "words.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace lln::impair {
namespace {

using namespace std::chrono_literals;

TEST(ImpairWords, SharesTimesAndRates) {
  EXPECT_DOUBLE_EQ(parse_share("5%"), 0.05);
  EXPECT_DOUBLE_EQ(parse_share("0.25"), 0.25);
  EXPECT_DOUBLE_EQ(parse_share("100%"), 1);
  EXPECT_EQ(parse_time("20ms"), 20ms);
  EXPECT_EQ(parse_time("1.5s"), 1500ms);
  EXPECT_EQ(parse_time("150us"), 150us);
  EXPECT_EQ(parse_time("0ns"), 0ns);
  EXPECT_DOUBLE_EQ(parse_rate("10mbit"), 10e6);
  EXPECT_DOUBLE_EQ(parse_rate("9600bit"), 9600);
  EXPECT_DOUBLE_EQ(parse_rate("64kbit"), 64'000);
  EXPECT_DOUBLE_EQ(parse_rate("2.5gbit"), 2.5e9);
}

TEST(ImpairWords, RefusesTheRest) {
  for (const char* text : {"", "5 %", "-1%", "2", "101%", "nan", "inf", "5%%", "x"})
    EXPECT_THROW(parse_share(text), std::invalid_argument) << text;
  for (const char* text : {"", "20", "ms", "-1ms", "20 ms", "2h", "1e9s"})
    EXPECT_THROW(parse_time(text), std::invalid_argument) << text;
  for (const char* text : {"", "10", "10Mbit", "10mbits", "-1bit"})
    EXPECT_THROW(parse_rate(text), std::invalid_argument) << text;
}

TEST(ImpairArguments, QuestionsAndAnswersHaveTheirOwnFates) {
  Arguments arguments;
  arguments.to = "127.0.0.1:5000";
  arguments.loss = "5%";
  arguments.seed = 7;
  arguments.clients = 3;
  const auto both = relay_of(arguments, impairment_of(arguments));
  EXPECT_EQ(both.server.port, 5000);
  EXPECT_EQ(both.max_clients, 3U);
  EXPECT_DOUBLE_EQ(both.forward.loss, 0.05);
  EXPECT_DOUBLE_EQ(both.backward.loss, 0.05);
  EXPECT_EQ(both.forward.seed, 7U);
  EXPECT_EQ(both.backward.seed, 8U);
  arguments.one_way = true;
  const auto one_way = relay_of(arguments, impairment_of(arguments));
  EXPECT_DOUBLE_EQ(one_way.forward.loss, 0.05);
  EXPECT_DOUBLE_EQ(one_way.backward.loss, 0);
}

TEST(ImpairArguments, WhatCannotBeIsRefused) {
  const auto refused = [](Arguments arguments) {
    if (arguments.to == "-") arguments.to = "127.0.0.1:5000";
    EXPECT_THROW(relay_of(arguments, impairment_of(arguments)), std::invalid_argument);
  };
  refused({});
  refused({.to = "127.0.0.1:0"});
  refused({.to = "-", .loss = "x"});
  refused({.to = "-", .loss_burst = 0.5});
  refused({.to = "-", .seconds = std::nan("")});
}

TEST(ImpairOutput, ThePlanSaysWhatHappensToEach) {
  std::ostringstream out;
  print_plan(out, {.seed = 42, .loss = 0.1, .delay = 20ms, .bits_per_second = 800e3}, 4, 250, 1ms);
  const std::string text = out.str();
  EXPECT_NE(text.find("       0        0.000  out at 22.500 ms\n"), std::string::npos) << text;
  EXPECT_NE(text.find("       3        3.000  lost\n"), std::string::npos) << text;
  std::ostringstream delayed;
  print_plan(delayed, {.delay = 20ms}, 3, 250, 1ms);
  EXPECT_NE(delayed.str().find("       2        2.000  out at 22.000 ms\n"), std::string::npos)
      << delayed.str();
  std::ostringstream full;
  print_plan(full, {.bits_per_second = 800e3, .queue = 0ms}, 2, 250, 1ms);
  EXPECT_NE(full.str().find("       1        1.000  dropped, the queue is full\n"), std::string::npos)
      << full.str();
  std::ostringstream other;
  print_plan(other, {.duplicate = 1, .reorder = 1, .reorder_by = 5ms}, 1, 100, 1ms);
  EXPECT_NE(other.str().find("out at 5.000 ms, twice, held back"), std::string::npos) << other.str();
}

TEST(ImpairOutput, TheReportCountsBothWays) {
  net::ImpairmentRelay::Report report;
  report.forward.fates = {10, 2, 1, 3, 4};
  report.forward.sent = 9;
  report.forward.refused = 1;
  report.forward.too_many = 6;
  report.forward.too_long = 7;
  report.backward.lateness_ns.record(2'000'000, 980);
  report.backward.lateness_ns.record(5'000'000, 19);
  report.backward.lateness_ns.record(8'000'000, 1);
  report.clients = 1;
  report.not_served = 5;
  std::ostringstream out;
  print_report(out, report);
  const std::string text = out.str();
  EXPECT_NE(text.find("10 in, 2 lost, 1 found the queue full, 3 doubled, 4 held back; 9 out, 1 refused by "
                      "the kernel, 6 too many at a time, 7 too long"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("median 2.0"), std::string::npos) << text;
  EXPECT_NE(text.find("99 % within 5.0"), std::string::npos) << text;
  EXPECT_NE(text.find("worst 8.0"), std::string::npos) << text;
  EXPECT_NE(text.find("1 client; 5 datagrams"), std::string::npos) << text;
}

}  // namespace
}  // namespace lln::impair
