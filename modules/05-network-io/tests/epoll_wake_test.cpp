// What ends a wait, how the loop runs and stops, what it refuses.
#include "epoll_test.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace lln::net::test {
namespace {

TEST_F(Epoll, AWakeEndsAWaitAndIsNotLost) {
  loop.wake();
  EXPECT_EQ(loop.poll(-1ms), 0U) << "an early one ends the next wait";
  loop.wake();
  loop.wake();
  EXPECT_EQ(loop.poll(-1ms), 0U);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(loop.poll(20ms), 0U);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms) << "several are one, and it is used up";
  std::thread other([&] { loop.wake(); });
  EXPECT_EQ(loop.poll(-1ms), 0U);
  other.join();
}

TEST_F(Epoll, ASignalEndsAWait) {
  const SignalRain rain;
  EXPECT_EQ(loop.poll(-1ms), 0U);
}

TEST_F(Epoll, RunEndsWithStopOfAnotherThreadAndCanBeRunAgain) {
  auto [here, there] = unix_pair();
  std::atomic<bool> served{false};
  CallbackHandler serve([&, &end = here](Ready) noexcept {
    end.receive(buffer);
    served = true;
  });
  loop.add(here.fd(), Interest::readable, serve);
  for (int round = 0; round < 3; ++round) {
    served = false;
    std::thread runner([&] { loop.run(); });
    EXPECT_EQ(there.send(bytes_of("x")), 1U);
    while (!served) std::this_thread::yield();
    loop.stop();
    runner.join();
  }
  loop.stop();
  loop.run();  // a stop that came first
}

TEST_F(Epoll, StopWorksFromASignalHandler) {
  static EpollLoop* stopped_by_signal = nullptr;
  stopped_by_signal = &loop;
  struct sigaction action {};
  struct sigaction previous {};
  action.sa_handler = [](int) { stopped_by_signal->stop(); };
  ::sigaction(SIGUSR1, &action, &previous);
  errno = ENOTTY;
  ::raise(SIGUSR1);
  EXPECT_EQ(errno, ENOTTY) << "the interrupted code keeps its errno";
  loop.run();
  ::sigaction(SIGUSR1, &previous, nullptr);
}

TEST_F(Epoll, ErrorsNameTheDescriptor) {
  auto [here, there] = unix_pair();
  const int fd = here.fd();
  Recorder second;
  loop.add(fd, Interest::readable, recorder);
  const auto expect = [](const std::string& text, const std::string& start, int error) {
    EXPECT_EQ(text, start + ": " + std::generic_category().message(error));
  };
  expect(error_of([&] { loop.add(fd, Interest::readable, second); }),
         "epoll: adding on fd " + std::to_string(fd), EEXIST);
  ASSERT_EQ(there.send(bytes_of("x")), 1U);
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(recorder.calls, 1) << "the refused handler did not take the place";
  expect(error_of([&] { loop.change(there.fd(), Interest::readable); }),
         "epoll: changing on fd " + std::to_string(there.fd()), ENOENT);
  expect(error_of([&] { loop.change(1 << 20, Interest::readable); }), "epoll: changing on fd 1048576",
         ENOENT);
  const FileDescriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  expect(error_of([&] { loop.add(file.get(), Interest::readable, second); }),
         "epoll: adding on fd " + std::to_string(file.get()), EPERM);
  EXPECT_THROW(loop.add(-1, Interest::readable, second), std::invalid_argument);
  EXPECT_THROW(EpollLoop({.batch = 0}), std::invalid_argument);
}

TEST_F(Epoll, BusyPollIsSetOrRefusedByName) {
  const std::string refused = error_of([&] { loop.set_busy_poll(50us); });
  if (!refused.empty()) {
    EXPECT_NE(refused.find("epoll: EPIOCSPARAMS 50us on fd "), std::string::npos) << refused;
    GTEST_SKIP() << refused << " (Linux 6.9 has it)";
  }
  std::array<std::uint32_t, 2> parameters{};  // struct epoll_params: time, then budget and preference
  ASSERT_EQ(::ioctl(loop.fd(), _IOR(0x8A, 0x02, std::uint64_t), parameters.data()), 0);
  EXPECT_EQ(parameters[0], 50U);
  EXPECT_EQ(parameters[1] & 0xFFFF, 8U);
}

}  // namespace
}  // namespace lln::net::test
