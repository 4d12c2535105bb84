// Streams through a UringLoop: accepted, echoed, and gone.
#include "uring_test.hpp"

#include <lln/net/tcp_listener.hpp>
#include <lln/net/tcp_stream.hpp>

#include <sys/socket.h>
#include <unistd.h>

namespace lln::net::test {
namespace {

TEST_F(UringLoopTest, AcceptsAndEchoesUntilThePeerHasGone) {
  TcpListener listener({.local = Endpoint::parse("127.0.0.1:0")});
  UringLoop loop({});
  const auto accepting = loop.accept(listener.fd(), 100);
  ASSERT_TRUE(accepting);
  loop.poll();
  std::vector<TcpStream> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(TcpStream::connect(listener.local_endpoint()));
  std::vector<FileDescriptor> accepted;
  for (const Seen& seen : events(loop, 3)) {
    ASSERT_EQ(seen.event.kind, Kind::accepted);
    EXPECT_EQ(seen.event.tag, 100U);
    ASSERT_GE(seen.event.result, 0);
    accepted.emplace_back(seen.event.result);
  }
  for (std::size_t i = 0; i < accepted.size(); ++i) ASSERT_TRUE(loop.receive_stream(accepted[i].get(), i));
  const Bytes text = message(9, 500);
  for (TcpStream& client : clients)
    ASSERT_EQ(::send(client.fd(), text.data(), text.size(), MSG_NOSIGNAL), 500);
  std::size_t echoed = 0;
  while (echoed < 1500) {
    for (const Seen& seen : events(loop, 1)) {
      if (seen.event.kind != Kind::received) continue;
      ASSERT_GT(seen.event.result, 0);
      ASSERT_TRUE(lend(loop, seen.bytes));
      ASSERT_TRUE(loop.send(accepted[seen.event.tag].get(), seen.bytes.size(), 1000));
      echoed += seen.bytes.size();
    }
  }
  loop.poll();
  for (TcpStream& client : clients) {
    Bytes answer(500);
    ASSERT_EQ(::recv(client.fd(), answer.data(), answer.size(), MSG_WAITALL), 500);
    EXPECT_EQ(answer, text);
  }
  clients.clear();
  std::size_t gone = 0;
  while (gone < 3) {
    for (const Seen& seen : events(loop, 1)) {
      if (seen.event.kind != Kind::received) continue;
      EXPECT_EQ(seen.event.result, 0);
      EXPECT_TRUE(seen.event.last);
      ++gone;
    }
  }
}

TEST_F(UringLoopTest, AStreamWithoutReaderIsAnEventAndNoSignal) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const FileDescriptor ours(ends[0]);
  ::close(ends[1]);
  UringLoop loop({});
  ASSERT_TRUE(lend(loop, message(1, 10)));
  ASSERT_TRUE(loop.send(ours.get(), 10, 3));
  const auto seen = events(loop, 1);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].event.result, -EPIPE);
}

}  // namespace
}  // namespace lln::net::test
