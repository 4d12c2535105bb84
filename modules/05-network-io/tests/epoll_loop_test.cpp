// What the loop reports, to whom, how often; what is dropped.
#include "epoll_test.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <memory>

namespace lln::net::test {
namespace {

int bytes_waiting(int fd) {
  int count = -1;
  return ::ioctl(fd, FIONREAD, &count) == 0 ? count : -1;
}

TEST_F(Epoll, LevelReportsUntilEverythingIsRead) {
  auto [here, there] = unix_pair();
  loop.add(here.fd(), Interest::readable, recorder);
  EXPECT_EQ(look(), 0U);
  ASSERT_EQ(there.send(bytes_of("two")), 3U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_TRUE(recorder.last.readable());
  EXPECT_FALSE(recorder.last.writable());
  EXPECT_FALSE(recorder.last.half_closed());
  EXPECT_FALSE(recorder.last.failed());
  EXPECT_EQ(poll(), 1U) << "nothing was read: still ready";
  ASSERT_EQ(here.receive(std::span(buffer).first(1)), 1U);
  EXPECT_EQ(poll(), 1U) << "a part was read: still ready";
  ASSERT_EQ(here.receive(buffer), 2U);
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(recorder.calls, 3);
}

TEST_F(Epoll, EdgeReportsOnceAndAgainWhenMoreComes) {
  auto [here, there] = unix_pair();
  loop.add(here.fd(), Interest::readable, recorder, Trigger::edge);
  ASSERT_EQ(there.send(bytes_of("first")), 5U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(look(), 0U) << "reported, and nothing new came";
  ASSERT_EQ(there.send(bytes_of("second")), 6U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(bytes_waiting(here.fd()), 11);
}

TEST_F(Epoll, AddingAndChangingReportAnEdgeThatIsThere) {
  auto [here, there] = unix_pair();
  ASSERT_EQ(there.send(bytes_of("early")), 5U);
  loop.add(here.fd(), Interest::readable, recorder, Trigger::edge);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(look(), 0U);
  loop.change(here.fd(), Interest::readable);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(look(), 0U) << "it is edge-triggered as before";
}

TEST_F(Epoll, WritableOnlyWhenAskedForAndWhenThereIsRoom) {
  auto [here, there] = unix_pair();
  loop.add(here.fd(), Interest::readable, recorder);
  EXPECT_EQ(look(), 0U);
  loop.change(here.fd(), Interest::both);
  EXPECT_EQ(poll(), 1U);
  EXPECT_TRUE(recorder.last.writable());
  EXPECT_FALSE(recorder.last.readable());
  const auto much = pattern(4 << 20);
  std::size_t sent = here.send(much);
  EXPECT_EQ(look(), 0U) << "the buffer is full";
  std::vector<std::byte> sink(much.size());
  ASSERT_TRUE(there.receive_all(std::span(sink).first(sent), patience));
  EXPECT_EQ(poll(), 1U);
  EXPECT_TRUE(recorder.last.writable());
  loop.change(here.fd(), Interest::writable);
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_FALSE(recorder.last.readable()) << "not asked for";
}

TEST_F(Epoll, RemovedIsSilent) {
  auto [here, there] = unix_pair();
  loop.add(here.fd(), Interest::readable, recorder);
  loop.remove(here.fd());
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_EQ(look(), 0U);
  loop.remove(here.fd());  // harmless
  loop.remove(-1);
  loop.remove(1 << 20);
  loop.add(here.fd(), Interest::readable, recorder);
  EXPECT_EQ(poll(), 1U);
}

TEST_F(Epoll, ARemovalInABatchReachesEventsThatWereFetched) {
  auto one = unix_pair();
  auto two = unix_pair();
  Recorder other;
  recorder.action = [&] { loop.remove(two.first.fd()); };
  other.action = [&] { loop.remove(one.first.fd()); };
  loop.add(one.first.fd(), Interest::readable, recorder);
  loop.add(two.first.fd(), Interest::readable, other);
  ASSERT_EQ(one.second.send(bytes_of("x")), 1U);
  ASSERT_EQ(two.second.send(bytes_of("x")), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(recorder.calls + other.calls, 1) << "whoever was first removed the other";
}

// The number of a closed descriptor is given to the next one that is opened: an event of the old one must not
// reach the new one's handler.
TEST_F(Epoll, AnEventOfTheOldOwnerOfANumberIsDropped) {
  auto one = unix_pair();
  auto two = unix_pair();
  Recorder other;
  Recorder newcomer;
  const auto replace = [&](StreamSocket& victim) {
    const int number = victim.fd();
    const FileDescriptor idle(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    loop.remove(number);
    victim.abort();
    victim = StreamSocket(FileDescriptor(::fcntl(idle.get(), F_DUPFD_CLOEXEC, number)));
    EXPECT_EQ(victim.fd(), number);
    loop.add(number, Interest::readable, newcomer);
  };
  recorder.action = [&] { replace(two.first); };
  other.action = [&] { replace(one.first); };
  loop.add(one.first.fd(), Interest::readable, recorder);
  loop.add(two.first.fd(), Interest::readable, other);
  ASSERT_EQ(one.second.send(bytes_of("x")), 1U);
  ASSERT_EQ(two.second.send(bytes_of("x")), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(recorder.calls + other.calls, 1);
  EXPECT_EQ(newcomer.calls, 0);
}

TEST_F(Epoll, AHandlerMayEndItself) {
  auto [here, there] = unix_pair();
  auto mortal = std::make_unique<Recorder>();
  mortal->action = [&, fd = here.fd()] {
    loop.remove(fd);
    const auto last = std::move(mortal);
  };
  loop.add(here.fd(), Interest::readable, *mortal);
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(mortal, nullptr);
  EXPECT_EQ(look(), 0U);
}

TEST_F(Epoll, AHandlerMayAddMoreThanWasReserved) {
  EpollLoop small({.batch = 1, .reserve = 0});
  auto [here, there] = unix_pair();
  std::vector<std::pair<StreamSocket, StreamSocket>> more;
  Recorder others;
  recorder.action = [&] {
    for (int i = 0; i < 50; ++i) {
      more.push_back(unix_pair());
      small.add(more.back().first.fd(), Interest::writable, others);
    }
    small.remove(here.fd());
  };
  small.add(here.fd(), Interest::readable, recorder);
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_EQ(small.poll(patience), 1U);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(small.poll(patience), 1U) << "one event a batch";
  EXPECT_EQ(others.calls, 50);
}

TEST_F(Epoll, OnePollServesAllThatAreReady) {
  auto one = unix_pair();
  auto two = unix_pair();
  Recorder other;
  loop.add(one.first.fd(), Interest::writable, recorder);
  loop.add(two.first.fd(), Interest::writable, other);
  EXPECT_EQ(poll(), 2U);
  EXPECT_EQ(recorder.calls, 1);
  EXPECT_EQ(other.calls, 1);
}

// With a batch of one, the second descriptor must get its turn although the first stays ready.
TEST_F(Epoll, ASmallBatchStarvesNobody) {
  EpollLoop small({.batch = 1});
  auto one = unix_pair();
  auto two = unix_pair();
  Recorder other;
  small.add(one.first.fd(), Interest::writable, recorder);
  small.add(two.first.fd(), Interest::writable, other);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(small.poll(patience), 1U);
  EXPECT_EQ(recorder.calls, 5);
  EXPECT_EQ(other.calls, 5);
}

TEST_F(Epoll, HalfCloseAndDisappearanceAreReported) {
  auto [here, there] = unix_pair();
  loop.add(here.fd(), Interest::writable, recorder, Trigger::edge);
  EXPECT_EQ(poll(), 1U);
  EXPECT_FALSE(recorder.last.half_closed());
  there.shut_down_sending();
  EXPECT_EQ(poll(), 1U);
  EXPECT_TRUE(recorder.last.half_closed());
  EXPECT_TRUE(recorder.last.readable()) << "receive() has something to say: the end";
  EXPECT_FALSE(recorder.last.failed());
  there.abort();
  EXPECT_EQ(poll(), 1U);
  EXPECT_TRUE(recorder.last.failed());
  EXPECT_TRUE(recorder.last.writable()) << "send() has something to say: EPIPE";
}

TEST_F(Epoll, LambdasAreHandlers) {
  auto [here, there] = unix_pair();
  int calls = 0;
  CallbackHandler count([&](Ready) noexcept { ++calls; });
  loop.add(here.fd(), Interest::writable, count);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace lln::net::test
