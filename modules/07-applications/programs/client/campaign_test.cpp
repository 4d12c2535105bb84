// Rates, shares and reports of lln-echo-client; and the mailbox, in one process and in two.
#include "campaign.hpp"

#include "mailbox.hpp"
#include "output.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace {

using namespace lln::echo_client;
using lln::latency::Histogram;

TEST(EchoClient, ReadsRates) {
  EXPECT_EQ(parse_rates("1000"), (std::vector<double>{1000}));
  EXPECT_EQ(parse_rates("10,20.5"), (std::vector<double>{10, 20.5}));
  EXPECT_EQ(parse_rates("1000:8000:4"), (std::vector<double>{1000, 2000, 4000, 8000}));
  for (const char* wrong : {"", "0", "-1", "1,", "x", "8:1:4", "1:8:1", "1:8:2.5", "1:8", "1e99"})
    EXPECT_THROW(parse_rates(wrong), std::invalid_argument) << wrong;
}

LoadResult result_of(double rate, std::uint64_t fast, std::uint64_t slow, std::uint64_t lost) {
  LoadResult result;
  result.rate = rate;
  result.latency.record(10'000, fast);
  result.latency.record(5'000'000, slow);
  result.outcome.sent = fast + slow + lost;
  result.outcome.answered = result.outcome.recorded = fast + slow;
  result.outcome.lost = lost;
  result.outcome.duration_ns = 1'000'000'000;
  result.planned_ns = rate > 0 ? static_cast<std::int64_t>(1e9 * static_cast<double>(fast + slow) / rate) : 0;
  return result;
}

TEST(EchoClient, AnAnswerThatNeverCameIsNotInTime) {
  EXPECT_DOUBLE_EQ(share_under(result_of(0, 100, 0, 0), 1'000'000), 1);
  EXPECT_NEAR(share_under(result_of(0, 90, 10, 0), 1'000'000), 0.9, 1e-9);
  EXPECT_NEAR(share_under(result_of(0, 90, 0, 10), 1'000'000), 0.9, 1e-9);
  EXPECT_NEAR(share_under(result_of(0, 50, 0, 0), 5'000), 0, 1e-9);
  EXPECT_EQ(share_under(LoadResult{}, 1'000'000), 0);
}

TEST(EchoClient, KeepingUpIsAboutRateAndLoss) {
  EXPECT_TRUE(kept_up(result_of(1000, 1000, 0, 0)));
  EXPECT_TRUE(kept_up(result_of(1009, 1000, 0, 0)));
  EXPECT_FALSE(kept_up(result_of(1100, 1000, 0, 0)));
  EXPECT_FALSE(kept_up(result_of(1000, 1000, 0, 1)));
  LoadResult ended = result_of(1000, 1000, 0, 0);
  ended.error = "the server closed the connection";
  EXPECT_FALSE(kept_up(ended));
  EXPECT_TRUE(kept_up(result_of(0, 10, 0, 0)));
}

TEST(EchoClient, TellsShareThroughputAndPercentiles) {
  Campaign campaign;
  campaign.server = ServerAddress::parse("tcp:127.0.0.1:1");
  std::ostringstream out;
  print(out, campaign, {result_of(0, 9'900, 100, 0)}, 1'000'000);
  for (const char* part :
       {"tcp, 64 bytes, closed loop", "throughput 10000 answers/s", "within 1000 us: 99.0000 %", "p99.9"})
    EXPECT_NE(out.str().find(part), std::string::npos) << out.str();
  const auto json = result_json(campaign, {result_of(0, 9'900, 100, 0)}, 1'000'000, "x");
  EXPECT_EQ(json["summary"]["closed"]["per_second"], 10'000);
  EXPECT_EQ(json["series"][0]["n"], 10'000);
}

TEST(EchoClient, ASweepShowsWhereItStopsKeepingUp) {
  Campaign campaign;
  campaign.server = ServerAddress::parse("udp:127.0.0.1:1");
  campaign.rates = {1000, 2000};
  const std::vector<LoadResult> results{result_of(1000, 1000, 0, 0), result_of(2000, 1500, 0, 0)};
  std::ostringstream out;
  print(out, campaign, results, 1'000'000);
  EXPECT_NE(out.str().find("overload"), std::string::npos) << out.str();
  const auto json = result_json(campaign, results, 1'000'000, "x");
  EXPECT_EQ(json["summary"]["most_kept_up"], 1000);
  EXPECT_EQ(json["plots"][0]["curves"][0]["points"].size(), 2U);
  EXPECT_EQ(json["plots"][0]["curves"][2]["points"].size(), 0U) << "one value beyond p99.9 is none";
}

// Median 10 us, p99 1 ms, p99.9 5 ms since a request was due; 3 us since it was sent; 1 us in the server.
LoadResult spread(double rate) {
  LoadResult result = result_of(rate, 19'700, 30, 7);
  result.latency.record(1'000'000, 270);
  result.service.record(3'000, 20'000);
  result.server.record(1'000, 20'000);
  result.outcome.unexpected = 2;
  return result;
}

Campaign of_rates(std::vector<double> rates) {
  Campaign campaign;
  campaign.server = ServerAddress::parse("udp:127.0.0.1:1");
  campaign.rates = std::move(rates);
  return campaign;
}

std::string line_of(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line) && line.find(word) == std::string::npos) {
  }
  return line;
}

TEST(EchoClient, EachLineAndSeriesHasItsOwnHistogramAndUnit) {
  std::ostringstream out;
  LoadResult result = spread(1000);
  result.error = "the server went home";
  print(out, of_rates({1000}), {result}, 1'000'000);
  const std::string text = out.str();
  for (const char* part : {"    latency       10.0", "    service        3.0", "  in server        1.0",
                           "lost 7", "unexpected answers 2", "ended before its time: the server went home"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(line_of(text, "latency").find("     1000.4     5000.0          -     5000"), std::string::npos)
      << text;

  const auto json = result_json(of_rates({1000}), {result}, 2'000'000, "x");
  EXPECT_EQ(json["load"]["kind"], "open");
  ASSERT_EQ(json["series"].size(), 3U);
  const char* names[] = {"rate-1000", "rate-1000.service", "rate-1000.server"};
  const double medians[] = {10'000, 3'000, 1'000};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(json["series"][i]["name"], names[i]);
    EXPECT_EQ(json["series"][i]["unit"], "ns");
    EXPECT_NEAR(json["series"][i]["quantiles"]["p50"].get<double>(), medians[i], medians[i] / 500);
  }
  const auto& summary = json["summary"]["rate-1000"];
  EXPECT_EQ(summary["lost"], 7);
  EXPECT_EQ(summary["unexpected"], 2);
  EXPECT_EQ(summary["kept_up"], false);
  EXPECT_EQ(summary["under_ms"], 2);
  EXPECT_NEAR(summary["share_under"].get<double>(), 19'970. / 20'007, 1e-6);
  EXPECT_NEAR(summary["mean_us"].get<double>(), result.latency.mean() / 1000, 1e-9);
  EXPECT_EQ(json["notes"][0], "rate-1000 ended before its time: the server went home");
  EXPECT_EQ(result_json(Campaign{}, {}, 1, "x")["load"]["kind"], "closed");
}

TEST(EchoClient, EachCurveAndColumnHasItsOwnPercentile) {
  std::ostringstream out;
  print(out, of_rates({1000, 2000}), {spread(1000), spread(2000)}, 1'000'000);
  EXPECT_NE(line_of(out.str(), "overload").find("          7       10.0     1000.4     5000.0"),
            std::string::npos)
      << out.str();
  const auto json = result_json(of_rates({1000, 2000}), {spread(1000), spread(2000)}, 1, "x");
  const double values[] = {10, 1000, 5000};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(json["plots"][0]["curves"][i]["points"][1][1].get<double>(), values[i], values[i] / 500);
}

TEST(EchoClient, CurvesAreInMicroseconds) {
  const std::string folder = testing::TempDir() + "lln-echo-curves-" + std::to_string(::getpid());
  write_curves(folder, {spread(1000)});
  std::stringstream text;
  text << std::ifstream(folder + "/rate-1000.hgrm").rdbuf();
  EXPECT_NEAR(std::stod(line_of(text.str(), "0.5000")), 10, 0.02) << text.str();
  std::filesystem::remove_all(folder);
}

TEST(Mailbox, AnswersWhatItIsAsked) {
  Mailbox mailbox(64, {});
  for (std::uint64_t id = 7; id < 200; ++id) {
    ASSERT_TRUE(mailbox.send(id));
    EXPECT_FALSE(mailbox.send(id)) << "one at a time";
    std::uint64_t answered = 0;
    while (!mailbox.receive([&](std::uint64_t got) noexcept { answered = got; })) mailbox.wait(0);
    ASSERT_EQ(answered, id);
  }
  EXPECT_FALSE(mailbox.receive([](std::uint64_t) noexcept {})) << "nothing was asked";
}

TEST(Mailbox, TheServerMakesAResponseAndStops) {
  MailboxMemory memory{};
  std::thread server([&] { serve_mailbox(memory, 64); });
  lln::app::encode_echo({.length = 24, .id = 5}, std::span<std::byte, lln::app::echo_header_size>(
                                                     memory.request.message, lln::app::echo_header_size));
  memory.request.message[63] = std::byte{0x5A};
  memory.request.written.store(1, std::memory_order_release);
  while (memory.answer.written.load(std::memory_order_acquire) != 1) std::this_thread::yield();
  lln::app::EchoHeader header;
  EXPECT_EQ(lln::app::decode_echo({memory.answer.message, 64}, header), lln::app::EchoReason::ok);
  EXPECT_EQ(header.type, lln::app::EchoType::response);
  EXPECT_EQ(header.id, 5U);
  EXPECT_EQ(memory.answer.message[63], std::byte{0x5A});
  memory.stop.store(true);
  server.join();
}

TEST(Mailbox, RefusesWhatDoesNotFit) {
  EXPECT_THROW(Mailbox(39, {}), std::invalid_argument);
  EXPECT_THROW(Mailbox(MailboxMemory::most_bytes + 1, {}), std::invalid_argument);
}

TEST(EchoClient, MeasuresTheMailbox) {
  Campaign campaign;
  campaign.seconds = 0.02;
  campaign.warm_up_seconds = 0.001;
  const std::atomic<bool> never{false};
  const auto results = run(campaign, never);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_GT(results[0].outcome.recorded, 0U);
  EXPECT_EQ(results[0].outcome.lost, 0U);
  EXPECT_EQ(results[0].latency.count(), results[0].outcome.recorded) << "the warm-up is not in it";
}

TEST(EchoClient, ASweepAsksEachRateByItsOwnSchedule) {
  using lln::latency::OpenLoopLoad;
  for (const bool poisson : {false, true}) {
    Campaign campaign;
    campaign.rates = {1000, 2000};
    campaign.seconds = 0.02;
    campaign.warm_up_seconds = 0.001;
    campaign.poisson = poisson;
    const std::atomic<bool> never{false};
    const auto results = run(campaign, never);
    ASSERT_EQ(results.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t requests = i == 0 ? 20 : 40;
      const OpenLoopLoad schedule(
          {.per_second = campaign.rates[i],
           .requests = requests,
           .arrivals = poisson ? OpenLoopLoad::Arrivals::poisson : OpenLoopLoad::Arrivals::even});
      EXPECT_EQ(results[i].rate, campaign.rates[i]);
      EXPECT_EQ(results[i].outcome.sent, requests);
      EXPECT_EQ(results[i].planned_ns, schedule.due_ns(requests - 1));
      EXPECT_EQ(results[i].latency.count(), results[i].outcome.recorded);
      EXPECT_EQ(results[i].service.count(), results[i].outcome.recorded);
    }
  }
}

}  // namespace
