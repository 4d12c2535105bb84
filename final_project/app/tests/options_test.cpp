#include <lln/app/options.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lln::app {
namespace {

struct Parsed {
  ParsedOptions result;
  std::string error;
  std::string out;
};

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lln-handler");
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  Parsed parsed;
  parsed.result = parse_options(static_cast<int>(arguments.size()), arguments.data());
  parsed.out = ::testing::internal::GetCapturedStdout();
  parsed.error = ::testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(Options, DefaultsAreARunningSetUpOnLoopback) {
  const Parsed parsed = parse({});
  ASSERT_TRUE(parsed.result.options) << parsed.error;
  const Options& options = *parsed.result.options;
  EXPECT_EQ(options.handler.line_a.to_string(), "239.192.17.1:31001");
  EXPECT_EQ(options.handler.line_b.to_string(), "239.192.17.2:31002");
  EXPECT_GT(options.handler.interface.index, 0);
  EXPECT_EQ(options.handler.threads, 1);
  EXPECT_EQ(options.handler.transport, Transport::socket);
  EXPECT_FALSE(options.handler.rerequest);
  EXPECT_EQ(options.command, "lln-handler");
}

TEST(Options, EverythingArrives) {
  const Parsed parsed = parse({"--line-a",
                               "239.1.2.3:4001",
                               "--line-b",
                               "239.1.2.4:4002",
                               "--interface",
                               "127.0.0.1",
                               "--source",
                               "10.0.0.1",
                               "--rerequest",
                               "127.0.0.1:5001",
                               "--glimpse",
                               "127.0.0.1:5002",
                               "--threads",
                               "2",
                               "--cpu",
                               "0,1",
                               "--fifo",
                               "10",
                               "--lock-memory",
                               "--transport",
                               "xdp",
                               "--busy-poll",
                               "50",
                               "--watch",
                               "AAPL",
                               "--report",
                               "r.json",
                               "--hgrm",
                               "h",
                               "--digests",
                               "d",
                               "--expect-digests",
                               "e",
                               "--publish",
                               "p",
                               "--shm",
                               "s",
                               "--one-way",
                               "--seconds",
                               "2.5",
                               "--idle-exit",
                               "3",
                               "--quiet"});
  ASSERT_TRUE(parsed.result.options) << parsed.error;
  const Options& options = *parsed.result.options;
  const HandlerConfig& handler = options.handler;
  EXPECT_EQ(handler.line_a.to_string(), "239.1.2.3:4001");
  EXPECT_EQ(handler.line_b.to_string(), "239.1.2.4:4002");
  EXPECT_EQ(handler.source->to_string(), "10.0.0.1");
  EXPECT_EQ(handler.rerequest->to_string(), "127.0.0.1:5001");
  EXPECT_EQ(handler.glimpse->to_string(), "127.0.0.1:5002");
  EXPECT_EQ(handler.threads, 2);
  EXPECT_EQ(handler.cpus, (std::vector<int>{0, 1}));
  EXPECT_EQ(handler.fifo_priority, 10);
  EXPECT_TRUE(handler.lock_memory);
  EXPECT_EQ(handler.transport, Transport::xdp);
  EXPECT_EQ(handler.busy_poll, std::chrono::microseconds(50));
  EXPECT_EQ(handler.watch_symbol, "AAPL");
  EXPECT_TRUE(handler.one_way);
  EXPECT_EQ(options.report, "r.json");
  EXPECT_EQ(options.hgrm, "h");
  EXPECT_EQ(options.digests, "d");
  EXPECT_EQ(options.expect_digests, "e");
  EXPECT_EQ(options.publish, "p");
  EXPECT_EQ(options.shm, "s");
  EXPECT_EQ(options.seconds, 2.5);
  EXPECT_EQ(options.idle_exit, 3.0);
  EXPECT_TRUE(options.quiet);
}

// What is wrong, and the words that the one sentence must contain.
struct Wrong {
  std::vector<const char*> arguments;
  const char* words;
};

TEST(Options, WrongInputIsOneSentence) {
  const std::vector<Wrong> cases{
      {{"--line-a", "10.1.1.1:31001"}, "not a multicast group"},
      {{"--line-a", "239.1.1.1"}, "239.1.1.1"},
      {{"--line-b", "239.1.1.1:0"}, "needs a port"},
      {{"--line-b", "239.192.17.1:31001"}, "both"},
      {{"--line-a", "239.1.1.1:70000"}, "70000"},
      {{"--interface", "nosuch0"}, "nosuch0"},
      {{"--source", "300.1.1.1"}, "300.1.1.1"},
      {{"--rerequest", "127.0.0.1:0"}, "not the address of a server"},
      {{"--glimpse", "239.1.1.1:5000"}, "not the address of a server"},
      {{"--threads", "3"}, "--threads"},
      {{"--cpu", "x"}, "--cpu"},
      {{"--fifo", "100"}, "--fifo"},
      {{"--transport", "dpdk"}, "--transport"},
      {{"--seconds", "-1"}, "--seconds"},
      {{"--nonsense"}, "--nonsense"},
  };
  for (const Wrong& wrong : cases) {
    const Parsed parsed = parse(wrong.arguments);
    EXPECT_FALSE(parsed.result.options) << wrong.words << " was accepted";
    EXPECT_EQ(parsed.result.exit, ExitCode::usage) << wrong.words;
    EXPECT_NE(parsed.error.find(wrong.words), std::string::npos) << "said: " << parsed.error;
  }
}

TEST(Options, HelpListsTheExitCodes) {
  const Parsed parsed = parse({"--help"});
  EXPECT_FALSE(parsed.result.options);
  EXPECT_EQ(parsed.result.exit, ExitCode::ok);
  EXPECT_NE(parsed.out.find("6 nothing received"), std::string::npos) << parsed.out;
}

TEST(Options, AMissingDirectoryIsFoundBeforeTheRun) {
  Options options;
  options.report = "/nonexistent-directory/report.json";
  EXPECT_THROW(check_writable(options), std::system_error);
  options.report = "/tmp/report.json";
  EXPECT_NO_THROW(check_writable(options));
}

}  // namespace
}  // namespace lln::app
