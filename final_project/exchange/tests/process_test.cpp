// lln-exchange as a process: what its user types and sees.
#include "test_support.hpp"

#include <lln/feed/digest_file.hpp>
#include <lln/feed/glimpse.hpp>
#include <lln/feed/simple_book.hpp>
#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/udp_socket.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lln::exchange {
namespace {

using namespace std::chrono_literals;
using testing::Bytes;
using testing::copy;
using Arguments = std::vector<std::string>;

constexpr auto patience = 60s;  // until a test gives up; never waited for when all is well

// A child with pipes to its stdin, stdout and stderr; killed when it is forgotten.
class Process {
 public:
  explicit Process(Arguments arguments) {
    arguments.insert(arguments.begin(), LLN_EXCHANGE);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int in[2];
    int out[2];
    int err[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC) | ::pipe2(err, O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    in_.reset(in[1]);
    out_.reset(out[0]);
    err_.reset(err[0]);
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string line() {
    std::string text;
    char byte = 0;
    while (readable(out_.get()) && ::read(out_.get(), &byte, 1) == 1 && byte != '\n') text += byte;
    return text;
  }
  nlohmann::json ready() {
    const std::string text = line();
    EXPECT_TRUE(text.starts_with("ready {")) << text;
    return text.starts_with("ready ") ? nlohmann::json::parse(text.substr(6)) : nlohmann::json{};
  }
  void release() { EXPECT_EQ(::write(in_.get(), "\n", 1), 1); }
  void close_input() { in_.reset(); }
  void signal(int number) const { ::kill(pid_, number); }

  // Exit code; -1 when it was killed by a signal. Reads what it still prints.
  int wait() {
    output = drain(out_.get());
    errors = drain(err_.get());
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string output;
  std::string errors;

 private:
  static bool readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    const int n = ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
    EXPECT_EQ(n, 1) << "the process says nothing";
    return n == 1;
  }
  static std::string drain(int fd) {
    std::string text;
    std::array<char, 4096> buffer;
    while (readable(fd)) {
      const ssize_t size = ::read(fd, buffer.data(), buffer.size());
      if (size <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  pid_t pid_ = -1;
  net::FileDescriptor in_;
  net::FileDescriptor out_;
  net::FileDescriptor err_;
};

// Everything of one line up to the end of session, in order of arrival.
class Listener {
 public:
  Listener() : receiver_(options()) {}
  std::string group() const { return receiver_.local_endpoint().to_string(); }

  // False: patience is over.
  template <class Done>
  bool receive_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      receiver_.wait(100ms);
      for (const auto& datagram : receiver_.receive()) take(datagram.bytes);
    }
    return true;
  }
  bool receive_day() {
    return receive_until([this] { return end.has_value(); });
  }

  std::vector<Bytes> messages;
  std::string session;
  std::optional<std::uint64_t> end;
  std::uint64_t gaps = 0;

 private:
  static net::MulticastReceiver::Options options() {
    net::MulticastReceiver::Options options;
    // The port is ephemeral, the group this process's own.
    options.group = {net::Ipv4Address{0xEFC0'0000U + (static_cast<std::uint32_t>(::getpid()) & 0xFFFF)}, 0};
    options.interface = net::Interface::loopback();
    return options;
  }
  void take(std::span<const std::byte> bytes) {
    const feed::ValidatedPacket packet = feed::validate(bytes);
    ASSERT_EQ(packet.error, feed::PacketError::none);
    session = std::string(feed::text_of(packet.header.session));
    if (packet.header.is_end_of_session()) end = packet.header.sequence;
    if (packet.header.sequence != messages.size() + 1) ++gaps;
    feed::BlockCursor cursor(packet);
    std::span<const std::byte> message;
    while (cursor.next(message)) messages.push_back(copy(message));
  }

  net::MulticastReceiver receiver_;
};

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ExchangeProcess : ::testing::Test {
  ExchangeProcess() {
    std::string text = (std::filesystem::temp_directory_path() / "lln_exchange_XXXXXX").string();
    EXPECT_NE(::mkdtemp(text.data()), nullptr);
    directory = text;
  }
  ~ExchangeProcess() override { std::filesystem::remove_all(directory); }

  std::string file(const std::string& name) const { return (directory / name).string(); }
  // A small day; what a test adds comes last.
  static Arguments day(const Listener& a, const Listener& b, Arguments more) {
    Arguments arguments{"--symbols", "50",      "--messages", "20000",     "--live-orders", "2000",
                        "--line-a",  a.group(), "--line-b",   b.group(),   "--end-ms",      "200",
                        "--hold",    "--seed",  "3",          "--history", "100000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::filesystem::path directory;
};

TEST_F(ExchangeProcess, PublishesTheDayOnBothLines) {
  Listener a;
  Listener b;
  Process exchange(
      day(a, b, {"--session", "LLN0000042", "--digests", file("digests"), "--report", file("report")}));
  const nlohmann::json ready = exchange.ready();
  EXPECT_EQ(ready["line_a"], a.group());
  EXPECT_EQ(ready["line_b"], b.group());
  EXPECT_EQ(ready["interface"], "lo");
  EXPECT_EQ(ready["session"], "LLN0000042");
  EXPECT_EQ(ready["symbols"], 50);
  EXPECT_NE(net::Endpoint::parse(ready["rerequest"].get<std::string>()).port, 0);
  EXPECT_NE(net::Endpoint::parse(ready["glimpse"].get<std::string>()).port, 0);
  exchange.release();

  ASSERT_TRUE(a.receive_day());
  EXPECT_TRUE(std::filesystem::exists(file("digests"))) << "digests must be there before the end of session";
  ASSERT_TRUE(b.receive_day());
  EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
  EXPECT_EQ(a.session, "LLN0000042");
  EXPECT_EQ(a.messages.size(), 20'000U);
  EXPECT_EQ(a.gaps, 0U);
  EXPECT_EQ(a.end, 20'001U);
  EXPECT_EQ(b.messages, a.messages);

  feed::SimpleBooks books;
  for (const Bytes& message : a.messages) books.apply(message);
  EXPECT_EQ(feed::read_digests(file("digests")), books.digests());

  const nlohmann::json report = nlohmann::json::parse(content(file("report")));
  EXPECT_EQ(report["messages"], 20'000);
  EXPECT_EQ(report["lateness_ns"]["n"], 20'000);
  EXPECT_EQ(report["line_a"]["lost"], 0);
  EXPECT_EQ(report["books"]["unknown_reference"], 0);
  EXPECT_EQ(std::count(exchange.output.begin(), exchange.output.end(), '\n'), 1)
      << "one line of summary: " << exchange.output;
  EXPECT_EQ(exchange.errors, "");
}

TEST_F(ExchangeProcess, StampsAreTheWallClock) {
  Listener a;
  Listener b;
  Process exchange(day(a, b, {"--no-rerequest", "--no-glimpse"}));
  const nlohmann::json ready = exchange.ready();
  EXPECT_FALSE(ready.contains("rerequest"));
  EXPECT_FALSE(ready.contains("glimpse"));
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const std::int64_t before = now();
  exchange.release();
  ASSERT_TRUE(a.receive_day());
  const std::int64_t after = now();
  EXPECT_EQ(exchange.wait(), 0);
  constexpr std::int64_t day_ns = 86'400'000'000'000;
  if (before / day_ns != after / day_ns) GTEST_SKIP() << "ran across midnight UTC";
  for (const Bytes& message : {a.messages.front(), a.messages.back()}) {
    const auto stamp = static_cast<std::int64_t>(feed::load_be48(message.data() + 5));
    EXPECT_GE(stamp, before % day_ns);
    EXPECT_LE(stamp, after % day_ns);
  }
}

TEST_F(ExchangeProcess, ServesReRequestsAndSnapshotsUntilItEnds) {
  Listener a;
  Listener b;
  Process exchange(day(
      a, b,
      {"--digests", file("digests"), "--end-ms", "60000", "--loss-a", "0.2", "--report", file("report")}));
  const nlohmann::json ready = exchange.ready();
  exchange.release();
  ASSERT_TRUE(b.receive_day());
  ASSERT_TRUE(a.receive_day());
  EXPECT_LT(a.messages.size(), 19'000U) << "line A loses a fifth";
  ASSERT_EQ(b.messages.size(), 20'000U);

  net::UdpSocket socket;
  socket.bind(net::Endpoint::parse("127.0.0.1:0"));
  socket.connect(net::Endpoint::parse(ready["rerequest"].get<std::string>()));
  std::array<std::byte, feed::header_size> request{};
  feed::encode_request({feed::session_id(ready["session"].get<std::string>()), 7'000, 2}, request);
  ASSERT_TRUE(socket.send(request));
  std::array<std::byte, 2048> buffer{};
  const auto size = socket.receive(buffer, std::chrono::milliseconds(patience));
  ASSERT_TRUE(size);
  const feed::ValidatedPacket reply = feed::validate(std::span(buffer).first(*size));
  EXPECT_EQ(reply.header.sequence, 7'000U);
  feed::BlockCursor cursor(reply);
  std::span<const std::byte> message;
  ASSERT_TRUE(cursor.next(message));
  EXPECT_EQ(copy(message), b.messages[6'999]);
  ASSERT_TRUE(cursor.next(message));
  EXPECT_EQ(copy(message), b.messages[7'000]);
  EXPECT_FALSE(cursor.next(message));

  const net::FileDescriptor tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = net::Endpoint::parse(ready["glimpse"].get<std::string>()).to_sockaddr();
  ASSERT_EQ(::connect(tcp.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  Bytes login;
  feed::encode_soup(feed::LoginRequest{}, login);
  ASSERT_EQ(::send(tcp.get(), login.data(), login.size(), 0), static_cast<ssize_t>(login.size()));
  feed::SoupParser parser;
  feed::SimpleBooks books;
  std::optional<std::uint64_t> next;
  for (ssize_t got = 0; (got = ::recv(tcp.get(), buffer.data(), buffer.size(), 0)) > 0;) {
    parser.feed(std::span(buffer).first(static_cast<std::size_t>(got)));
    feed::SoupPacket packet;
    while (parser.next(packet)) {
      if (packet.type != feed::SoupType::sequenced_data) continue;
      next = feed::decode_end_of_snapshot(packet.payload);
      if (!next) books.apply(packet.payload);
    }
  }
  EXPECT_EQ(next, 20'001U);
  EXPECT_EQ(books.digests(), feed::read_digests(file("digests")));

  exchange.signal(SIGINT);  // the day is over: only the repetition is cut short
  EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
}

TEST_F(ExchangeProcess, EndOfInputWhileHeldQuits) {
  Listener a;
  Listener b;
  Process exchange(day(a, b, {"--digests", file("digests")}));
  exchange.ready();
  exchange.close_input();
  EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
  EXPECT_FALSE(std::filesystem::exists(file("digests")));
  EXPECT_EQ(exchange.output, "");
}

TEST_F(ExchangeProcess, SignalWhileHeldQuits) {
  for (const int number : {SIGINT, SIGTERM}) {
    Listener a;
    Listener b;
    Process exchange(day(a, b, {}));
    exchange.ready();
    exchange.signal(number);
    EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
  }
}

TEST_F(ExchangeProcess, SignalEndsTheDayProperly) {
  for (const int number : {SIGINT, SIGTERM}) {
    Listener a;
    Listener b;
    Process exchange(day(a, b,
                         {"--rate", "2000", "--messages", "10000000", "--digests", file("digests"),
                          "--report", file("report")}));
    exchange.ready();
    exchange.release();
    ASSERT_TRUE(a.receive_until([&] { return a.messages.size() > 200; }));
    exchange.signal(number);
    ASSERT_TRUE(a.receive_day());
    EXPECT_EQ(exchange.wait(), 0) << exchange.errors;
    EXPECT_EQ(a.gaps, 0U);
    EXPECT_EQ(a.end, a.messages.size() + 1);
    feed::SimpleBooks books;
    for (const Bytes& message : a.messages) books.apply(message);
    EXPECT_EQ(feed::read_digests(file("digests")), books.digests()) << "the books of what was published";
    EXPECT_EQ(nlohmann::json::parse(content(file("report")))["stopped_by_signal"], true);
  }
}

TEST_F(ExchangeProcess, SeveralAtOnce) {
  Listener a1;
  Listener b1;
  Listener a2;
  Listener b2;
  Process first(day(a1, b1, {}));
  Process second(day(a2, b2, {"--seed", "4"}));
  const nlohmann::json ready_first = first.ready();
  const nlohmann::json ready_second = second.ready();
  EXPECT_NE(ready_first["session"], ready_second["session"]);
  first.release();
  second.release();
  ASSERT_TRUE(a1.receive_day());
  ASSERT_TRUE(a2.receive_day());
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(a1.messages.size(), 20'000U);
  EXPECT_EQ(a2.messages.size(), 20'000U);
  EXPECT_EQ(a1.gaps + a2.gaps, 0U);
}

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
