// Common ground of the tests of the loop.
#pragma once

#include "stream_test.hpp"

#include <lln/net/epoll_loop.hpp>

#include <array>
#include <functional>

namespace lln::net::test {

using Interest = EpollLoop::Interest;
using Ready = EpollLoop::Ready;
using Trigger = EpollLoop::Trigger;

// Remembers what it was told; does with it what the test says.
struct Recorder final : EpollLoop::Handler {
  void on_ready(Ready ready) noexcept override {
    ++calls;
    last = ready;
    if (action) action();
  }
  int calls = 0;
  Ready last{0};
  std::function<void()> action;
};

class Epoll : public ::testing::Test {
 protected:
  // The next events, however long they take; only a failing test waits in vain.
  std::size_t poll() { return loop.poll(patience); }
  std::size_t look() { return loop.poll(0ms); }

  std::array<std::byte, 100> buffer;
  EpollLoop loop;
  Recorder recorder;
};

}  // namespace lln::net::test
