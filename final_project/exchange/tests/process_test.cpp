// lln-exchange as a process: what goes over the network.
#include "exchange_process.hpp"

#include <lln/feed/digest_file.hpp>
#include <lln/feed/glimpse.hpp>
#include <lln/feed/simple_book.hpp>
#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/net/udp_socket.hpp>

#include <sys/socket.h>

namespace lln::exchange {
namespace {

using namespace std::chrono_literals;
using testing::Arguments;
using testing::Bytes;
using testing::content;
using testing::copy;
using testing::ExchangeProcess;
using testing::Listener;
using testing::patience;
using testing::Process;

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

}  // namespace
}  // namespace lln::exchange
