// Counted system calls, and descriptors that are short, interrupted or refuse.
#include <lln/testkit/random.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>

namespace {

using namespace lln::testkit;

class Io : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
  void TearDown() override {
    for (const int fd : ends) close(fd);
  }
  std::string received(std::size_t most) {
    std::string text(most, '?');
    const ssize_t got = read(ends[1], text.data(), most);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }

  std::array<int, 2> ends{};
};

TEST_F(Io, CallsAreCountedByName) {
  const SyscallCounter count;
  EXPECT_EQ(count.told(), "none");
  ASSERT_EQ(write(ends[0], "abc", 3), 3);
  ASSERT_EQ(send(ends[0], "de", 2, 0), 2);
  EXPECT_EQ(received(8), "abcde");
  EXPECT_EQ(count.of("write"), 1U);
  EXPECT_EQ(count.of("read"), 1U);
  EXPECT_EQ(count.of("poll"), 0U);
  EXPECT_EQ(count.all(), 3U);
  EXPECT_EQ(count.told(), "read 1, write 1, send 1");
  EXPECT_THROW(count.of("reed"), std::invalid_argument);
}

TEST_F(Io, CallsOfOtherThreadsCountToo) {
  const SyscallCounter count;
  run_together({[&] { EXPECT_EQ(write(ends[0], "a", 1), 1); }});
  EXPECT_EQ(count.of("write"), 1U);
}

TEST_F(Io, SyscallItselfIsCountedAndPassesItsArguments) {
  const SyscallCounter count;
  EXPECT_EQ(syscall(SYS_write, ends[0], "xyz", 3UL), 3);
  EXPECT_EQ(count.of("syscall"), 1U);
  EXPECT_EQ(received(8), "xyz");
}

TEST_F(Io, AScriptIsPlayedInItsOrder) {
  ASSERT_EQ(write(ends[0], "abcdefgh", 8), 8);
  ShortIo io(ends[1]);
  io.reads({at_most(1), fails_with(EINTR), at_most(3), fails_with(EAGAIN)});
  EXPECT_EQ(received(8), "a");
  errno = 0;
  EXPECT_EQ(received(8), "");
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(received(8), "bcd");
  EXPECT_EQ(io.turns_left(), 1U);
  EXPECT_EQ(received(8), "");
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(io.turns_left(), 0U);
  EXPECT_EQ(received(8), "efgh") << "behind the script all is as it was";
}

TEST_F(Io, DirectionsAndDescriptorsAreApart) {
  ShortIo io(ends[0]);
  io.writes({at_most(2)});
  ASSERT_EQ(write(ends[1], "back", 4), 4);
  std::array<char, 8> text{};
  EXPECT_EQ(read(ends[0], text.data(), text.size()), 4);
  EXPECT_EQ(write(ends[0], "abc", 3), 2);
  EXPECT_EQ(received(8), "ab");
}

TEST_F(Io, EveryFunctionOfADirectionTakesATurn) {
  std::array<char, 4> a{};
  std::array<char, 4> b{};
  std::array<iovec, 2> parts{iovec{a.data(), 4}, iovec{b.data(), 4}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ShortIo out(ends[0]);
  out.writes({at_most(5), at_most(5), at_most(5), at_most(5)});
  EXPECT_EQ(writev(ends[0], parts.data(), 2), 5);
  EXPECT_EQ(sendmsg(ends[0], &message, 0), 5);
  EXPECT_EQ(send(ends[0], "abcdefgh", 8, 0), 5);
  EXPECT_EQ(sendto(ends[0], "abcdefgh", 8, 0, nullptr, 0), 5);
  ShortIo in(ends[1]);
  in.reads({at_most(5), at_most(5), at_most(2), at_most(2)});
  EXPECT_EQ(readv(ends[1], parts.data(), 2), 5);
  EXPECT_EQ(recvmsg(ends[1], &message, 0), 5);
  EXPECT_EQ(message.msg_iovlen, 2U) << "the caller's header is its own again";
  EXPECT_EQ(recv(ends[1], a.data(), 4, 0), 2);
  EXPECT_EQ(recvfrom(ends[1], a.data(), 4, 0, nullptr, nullptr), 2);
  EXPECT_EQ(in.turns_left() + out.turns_left(), 0U);
}

TEST_F(Io, WaitingIsInterruptedAndReportsFewerEvents) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : ends) {
    epoll_event wanted{};
    wanted.events = EPOLLOUT;
    wanted.data.fd = fd;
    ASSERT_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted), 0);
  }
  std::array<epoll_event, 4> events{};
  ShortIo io(epoll);
  io.waits({fails_with(EINTR), at_most(1), at_most(1)}).at_random(lln::testkit::random());
  EXPECT_EQ(io.longest_wait(), std::nullopt);
  errno = 0;
  EXPECT_EQ(epoll_wait(epoll, events.data(), 4, 12'345), -1);
  EXPECT_EQ(io.longest_wait(), 12'345);
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(epoll_wait(epoll, events.data(), 4, 0), 1);
  EXPECT_EQ(io.turns_left(), 1U);
  EXPECT_EQ(io.longest_wait(), 0);
  EXPECT_EQ(epoll_pwait(epoll, events.data(), 4, -1, nullptr), 1);
  EXPECT_EQ(io.longest_wait(), -1);
  EXPECT_EQ(epoll_wait(epoll, events.data(), 4, 0), 2) << "randomness is for reads and writes";
  close(epoll);
}

// Readers as students write them: one that believes in whole reads, one that does not.
std::string read_once(int fd, std::size_t size) {
  std::string text(size, '?');
  const ssize_t got = read(fd, text.data(), size);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

std::string read_all(int fd, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    std::string part(size - text.size(), '?');
    const ssize_t got = read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(part, 0, static_cast<std::size_t>(got));
  }
  return text;
}

TEST_F(Io, RandomTroubleTellsAReaderThatLoopsFromOneThatDoesNot) {
  const std::string message = "a message of forty bytes, more or less..";
  int whole = 0;
  ShortIo io(ends[1]);
  io.at_random(lln::testkit::random());
  for (int round = 0; round < 20; ++round) {
    ASSERT_EQ(write(ends[0], message.data(), message.size()), static_cast<ssize_t>(message.size()));
    const std::string once = read_once(ends[1], message.size());
    whole += once == message;
    ASSERT_EQ(once + read_all(ends[1], message.size() - once.size()), message);
  }
  EXPECT_EQ(whole, 0);
}

}  // namespace
