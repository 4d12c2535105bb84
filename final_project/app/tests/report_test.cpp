#include "scratch_directory.hpp"

#include <lln/app/report.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace lln::app {
namespace {

using nlohmann::json;
using testing::content;
using testing::ScratchDirectory;

latency::Histogram ramp(std::uint64_t count) {
  latency::Histogram h;
  for (std::uint64_t i = 1; i <= count; ++i) h.record(i);
  return h;
}

Outcome full() {
  Outcome outcome;
  HandlerReport& r = outcome.handler;
  r.ended = true;
  r.seconds = 2;
  r.packets = 400;
  r.messages = 2'000;
  r.lines[0].kernel_drops = 1;
  r.lines[1].kernel_drops = 2;
  r.lines[1].lost = 9;
  r.gaps = 4;
  r.recovered_by_other_line = 5;
  r.recovered_by_rerequest = 6;
  r.recovered_by_snapshot = 7;
  r.out_of_order = 8;
  r.invalid_packets = 3;
  r.invalid_by_reason = {{"too_short", 2}, {"truncated_block", 1}, {"zero_sequence", 0}};
  r.disturbed_messages = 500;
  r.page_faults = 11;
  r.series.push_back({series_kernel_rx_to_book, "per message, raw", ramp(2'000)});
  r.series.push_back(
      {std::string(series_kernel_rx_to_book) + series_undisturbed_suffix, "per message", ramp(1'500)});
  r.series.push_back({series_receiver_gaps, "receiver off its core", ramp(15)});
  r.notes = {"a note"};
  outcome.digests = DigestComparison{.symbols = 100, .mismatches = 0, .first_few = {}};
  outcome.startup_ms = 123;
  outcome.resident_bytes = 456;
  outcome.command = "lln-handler --quiet";
  return outcome;
}

TEST(ReportJson, HasTheResultFormat) {
  const json report = json::parse(report_json(full()));
  EXPECT_EQ(report.at("schema"), "lln/result/v1");
  EXPECT_EQ(report.at("command"), "lln-handler --quiet");
  for (const char* key : {"what", "commit", "time", "notes"}) EXPECT_TRUE(report.contains(key)) << key;
  for (const char* key : {"cpu", "cores", "kernel", "governor", "vm", "tsc"}) {
    EXPECT_TRUE(report.at("machine").contains(key)) << key;
  }
  for (const char* key : {"compiler", "flags"}) EXPECT_TRUE(report.at("build").contains(key)) << key;
  EXPECT_EQ(report.at("load").at("rate"), 1'000.0);
  const json& series = report.at("series").at(0);
  EXPECT_EQ(series.at("name"), "kernel_rx_to_book");
  EXPECT_EQ(series.at("unit"), "ns");
  EXPECT_EQ(series.at("n"), 2'000);
  EXPECT_EQ(series.at("min"), 1);
  EXPECT_EQ(series.at("max"), 2'000);
  EXPECT_EQ(series.at("quantiles").at("p50"), 1'000);
}

TEST(ReportJson, SummaryHasEveryPromisedKey) {
  const json report = json::parse(report_json(full()));
  const json& s = report.at("summary");
  EXPECT_EQ(s.at("messages"), 2'000);
  EXPECT_EQ(s.at("packets"), 400);
  EXPECT_EQ(s.at("unrecovered"), 0);
  EXPECT_EQ(s.at("digest_mismatches"), 0);
  EXPECT_EQ(s.at("kernel_drops"), 3) << "of both lines";
  EXPECT_EQ(s.at("invalid_packets"), 3);
  EXPECT_EQ(s.at("rate_msgs_per_s"), 1'000.0);
  EXPECT_EQ(s.at("latency_ns").at("kernel_rx_to_book").at("p50"), 1'000);
  EXPECT_EQ(s.at("latency_ns").at("kernel_rx_to_book").at("max"), 2'000);
  EXPECT_EQ(s.at("latency_ns").at("kernel_rx_to_book_undisturbed").at("p50"), 750);
  EXPECT_EQ(s.at("lines").at("b").at("lost"), 9);
  EXPECT_EQ(s.at("gaps"), 4);
  EXPECT_EQ(s.at("recovered").at("other_line"), 5);
  EXPECT_EQ(s.at("recovered").at("rerequest"), 6);
  EXPECT_EQ(s.at("recovered").at("snapshot"), 7);
  EXPECT_EQ(s.at("out_of_order"), 8);
  EXPECT_EQ(s.at("invalid_by_reason").at("too_short"), 2);
  EXPECT_EQ(s.at("disturbed_messages"), 500);
  EXPECT_EQ(s.at("disturbed_share"), 0.25);
  EXPECT_EQ(s.at("thread_gaps").at("receiver_gaps").at("count"), 15);
  EXPECT_EQ(s.at("page_faults"), 11);
  EXPECT_EQ(s.at("resident_bytes"), 456);
  EXPECT_EQ(s.at("startup_ms"), 123.0);
  EXPECT_EQ(s.at("exit_code"), 0);
}

TEST(ReportJson, APercentileNeedsTenSamplesBeyondIt) {
  const json report = json::parse(report_json(full()));
  const json& quantiles = report.at("series").at(0).at("quantiles");  // 2,000 samples
  EXPECT_TRUE(quantiles.contains("p99")) << "20 samples lie beyond it";
  EXPECT_FALSE(quantiles.contains("p99_9")) << "only 2 samples lie beyond it";
  const json& latency = report.at("summary").at("latency_ns").at("kernel_rx_to_book");
  EXPECT_TRUE(latency.contains("p99_9")) << "the key is promised";
  EXPECT_TRUE(latency.at("p99_9").is_null()) << "and says that it cannot be told";
}

TEST(ReportJson, AnEmptyRunIsValidToo) {
  const json report = json::parse(report_json(Outcome{}));
  EXPECT_EQ(report.at("summary").at("messages"), 0);
  EXPECT_TRUE(report.at("summary").at("digest_mismatches").is_null()) << "not compared is not zero";
  EXPECT_EQ(report.at("summary").at("exit_code"), 6);
}

TEST(ReportText, ShowsRawAndUndisturbedAndWhatWasLeftOut) {
  std::ostringstream out;
  print_report(out, full());
  const std::string text = out.str();
  for (const char* part :
       {"2,000 messages in 400 packets", "per message, raw", "per message ", "500 messages, 25.00 %",
        "too_short 2", "100 of 100", "6 by re-request", "123 ms"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  }
  EXPECT_EQ(text.find("zero_sequence"), std::string::npos) << "reasons that did not occur are noise";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 120u) << "too wide for a terminal: " << line;
  }
}

TEST(ReportText, LimitTableNamesTheCulprit) {
  std::ostringstream out;
  LimitResult limit;
  limit.trials = {
      {.asked_rate = 1e6, .handled_rate = 1e6, .passed = true, .reason = {}},
      {.asked_rate = 2e6, .handled_rate = 1.5e6, .passed = false, .reason = "handler: 7 kernel drops"}};
  limit.highest_rate = 1e6;
  limit.limited_by = "handler: 7 kernel drops";
  print_limit(out, limit);
  EXPECT_NE(out.str().find("1,000,000 messages/s without loss; limited by handler: 7 kernel drops"),
            std::string::npos)
      << out.str();
}

TEST(ReportHgrm, OneFileASeries) {
  const ScratchDirectory directory;
  write_hgrm_files(directory / "hgrm", full().handler);
  const std::string text = content(directory / "hgrm/kernel_rx_to_book.hgrm");
  EXPECT_NE(text.find("Percentile"), std::string::npos) << text.substr(0, 200);
  EXPECT_FALSE(content(directory / "hgrm/receiver_gaps.hgrm").empty());
}

}  // namespace
}  // namespace lln::app
