// lln-exchange as a process: what its user types, sees and gets as files.
#include "exchange_process.hpp"

#include <lln/feed/digest_file.hpp>
#include <lln/net/udp_socket.hpp>

#include <algorithm>

namespace lln::exchange {
namespace {

using testing::Arguments;
using testing::content;
using testing::ExchangeProcess;
using testing::Process;

TEST_F(ExchangeProcess, DryRunWritesTheSameFilesForTheSameSeed) {
  const auto run = [&](const std::string& name, const std::string& seed) {
    Process exchange({"--dry-run", "--symbols", "50", "--messages", "20000", "--live-orders", "2000",
                      "--seed", seed, "--write-itch", file(name + ".itch"), "--write-pcap",
                      file(name + ".pcap"), "--digests", file(name + ".digests"), "--quiet"});
    EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
    EXPECT_EQ(exchange.output, "") << "quiet";
  };
  run("one", "1");
  run("again", "1");
  run("two", "2");
  for (const char* const kind : {".itch", ".pcap", ".digests"}) {
    EXPECT_GT(content(file("one") + kind).size(), 1'000U) << kind;
    EXPECT_EQ(content(file("one") + kind), content(file("again") + kind)) << kind;
    EXPECT_NE(content(file("one") + kind), content(file("two") + kind)) << kind;
  }
  Process replay({"--dry-run", "--replay", file("one.itch"), "--digests", file("replay.digests"),
                  "--write-itch", file("replay.itch")});
  EXPECT_EQ(replay.wait(), 0) << replay.errors;
  EXPECT_EQ(content(file("one.digests")), content(file("replay.digests")));
  EXPECT_EQ(content(file("one.itch")), content(file("replay.itch")));
}

TEST_F(ExchangeProcess, ChannelsTogetherAreTheDay) {
  const auto run = [&](const std::string& channel, const std::string& name) {
    Process exchange({"--dry-run", "--symbols", "50", "--messages", "20000", "--live-orders", "2000",
                      "--channel", channel, "--write-itch", file(name + ".itch"), "--digests", file(name)});
    EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
    return content(file(name));
  };
  const std::string whole = run("1/1", "whole");
  EXPECT_EQ(run("1/3", "one") + run("2/3", "two") + run("3/3", "three"), whole);
  const auto books = feed::read_digests(file("two"));
  ASSERT_FALSE(books.empty());
  EXPECT_EQ(books.front().locate.value, 17);
  EXPECT_EQ(books.back().locate.value, 33);
  // The same of a recorded day.
  Process replay(
      {"--dry-run", "--replay", file("whole.itch"), "--channel", "2/3", "--digests", file("replay")});
  EXPECT_EQ(replay.wait(), 0) << replay.errors;
  EXPECT_EQ(content(file("replay")), content(file("two")));
}

TEST_F(ExchangeProcess, MistakesOnTheCommandLineAreSaid) {
  struct Mistake {
    Arguments arguments;
    const char* said;
  };
  const Mistake mistakes[] = {
      {{"--no-such-option"}, "--no-such-option"},
      {{"--rate", "0"}, "--rate"},
      {{"--rate", "fast"}, "--rate"},
      {{"--symbols", "0"}, "symbols"},
      {{"--symbols", "70000"}, "symbols"},
      {{"--messages", "100"}, "messages"},
      {{"--messages", "100000", "--seconds", "1"}, "--seconds"},
      {{"--loss-a", "1.5"}, "--loss-a"},
      {{"--line-a", "10.0.0.1:5"}, "multicast"},
      {{"--line-a", "239.1.1.1:0"}, "port"},
      {{"--line-a", "239.1.1.1:5", "--line-b", "239.1.1.1:5"}, "--line-b"},
      {{"--line-a", "somewhere"}, "--line-a"},
      {{"--rerequest", "127.0.0.1"}, "--rerequest"},
      {{"--outage-a", "100"}, "START_MS:LENGTH_MS"},
      {{"--outage-b", "100:0"}, "START_MS:LENGTH_MS"},
      {{"--session", "ELEVENCHARS"}, "--session"},
      {{"--max-datagram", "60"}, "--max-datagram"},
      {{"--dry-run", "--hold"}, "--hold"},
      {{"--cpu", "9999"}, "--cpu"},
      {{"--channel", "3/2"}, "--channel"},
      {{"--channel", "1"}, "--channel"},
      {{"--channel", "1/60", "--symbols", "50"}, "--channel"},
  };
  for (const Mistake& mistake : mistakes) {
    Process exchange(mistake.arguments);
    EXPECT_EQ(exchange.wait(), 2) << mistake.arguments[0];
    EXPECT_TRUE(exchange.errors.starts_with("lln-exchange: ")) << exchange.errors;
    EXPECT_NE(exchange.errors.find(mistake.said), std::string::npos) << exchange.errors;
    EXPECT_EQ(std::count(exchange.errors.begin(), exchange.errors.end(), '\n'), 1) << exchange.errors;
  }
}

TEST_F(ExchangeProcess, WhatCannotBeOpenedIsSaid) {
  const auto fails = [](Arguments arguments, const std::string& said) {
    arguments.insert(arguments.end(), {"--symbols", "50", "--messages", "20000"});
    Process exchange(arguments);
    EXPECT_EQ(exchange.wait(), 1) << said;
    EXPECT_NE(exchange.errors.find(said), std::string::npos) << exchange.errors;
    EXPECT_EQ(std::count(exchange.errors.begin(), exchange.errors.end(), '\n'), 1) << exchange.errors;
  };
  net::UdpSocket busy;
  busy.bind(net::Endpoint::parse("127.0.0.1:0"));
  const std::string taken = busy.local_endpoint().to_string();
  fails({"--rerequest", taken}, taken);
  fails({"--interface", "nonesuch0"}, "nonesuch0");
  fails({"--replay", file("missing.itch")}, "missing.itch");
  fails({"--dry-run", "--write-pcap", file("no/such/folder.pcap")}, "folder.pcap");
  fails({"--dry-run", "--digests", file("no/such/digests")}, "digests");
  if (::access("/dev/full", W_OK) == 0) {
    fails({"--dry-run", "--write-itch", "/dev/full"}, "/dev/full");
    fails({"--dry-run", "--write-pcap", "/dev/full"}, "/dev/full");
  }
}

TEST_F(ExchangeProcess, HelpNamesEveryOptionGroup) {
  Process exchange({"--help"});
  EXPECT_EQ(exchange.wait(), 0);
  for (const char* const option : {"--symbols", "--line-a", "--loss-a", "--rerequest", "--digests", "--hold"})
    EXPECT_NE(exchange.output.find(option), std::string::npos) << option;
}

}  // namespace
}  // namespace lln::exchange
