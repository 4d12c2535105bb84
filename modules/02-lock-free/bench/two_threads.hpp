// What is measured, each time with a fresh queue and the two threads pinned to two processors: throughput, round trip,
// and the limit, two bare mailboxes. Every contestant waits in the same way.
#pragma once

#include "contestants.hpp"

#include <lln/lock_free/cache_line.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace lln::ring_bench {

inline std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> result;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) result.push_back(cpu);
  }
  return result;
}

inline const std::vector<int> processors = allowed_processors();  // before anything is pinned
inline bool two_processors() { return processors.size() >= 2; }

inline void pin(std::size_t which) {
  if (!two_processors()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processors[which], &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Throughput: rounds of up to 16 pauses let the other side get ahead, so that lines stream. Round trips: react at once.
inline lock_free::SpinWait patient() {
  return lock_free::SpinWait({.longest = 16, .spins = two_processors() ? 4096U : 0U});
}
inline lock_free::SpinWait prompt() {
  return lock_free::SpinWait({.longest = 1, .spins = two_processors() ? 4096U : 0U});
}

inline double now_ns() {
  return static_cast<double>(std::chrono::steady_clock::now().time_since_epoch().count());
}

[[noreturn]] inline void lost_an_item() { std::abort(); }  // a queue that loses items wins no race

// ns an item; batch 1: single operations.
template <class Queue, class T, std::size_t batch>
double throughput(std::uint64_t items) {
  auto queue = std::make_unique<Queue>();
  std::atomic<bool> ready{false};
  std::thread consumer([&] {
    pin(1);
    std::array<T, batch> out{};
    auto wait = patient();
    ready.store(true, std::memory_order_release);
    for (std::uint64_t done = 0; done < items;) {
      std::size_t popped = 0;
      if constexpr (batch == 1) {
        popped = queue->pop(out[0]) ? 1 : 0;
      } else {
        popped = queue->pop(std::span<T>(out));
      }
      if (popped == 0) {
        wait.wait();
        continue;
      }
      wait.reset();
      if (out[0].words[0] != done) lost_an_item();
      done += popped;
    }
  });
  pin(0);
  while (!ready.load(std::memory_order_acquire)) std::this_thread::yield();
  std::array<T, batch> in{};
  auto wait = patient();
  const double begin = now_ns();
  for (std::uint64_t done = 0; done < items;) {
    std::size_t pushed = 0;
    if constexpr (batch == 1) {
      in[0].words[0] = done;
      pushed = queue->push(in[0]) ? 1 : 0;
    } else {
      const std::size_t size = std::min<std::uint64_t>(batch, items - done);
      for (std::size_t i = 0; i < size; ++i) in[i].words[0] = done + i;
      pushed = queue->push(std::span<T>(in).first(size));
    }
    pushed == 0 ? wait.wait() : wait.reset();
    done += pushed;
  }
  consumer.join();
  return (now_ns() - begin) / static_cast<double>(items);
}

// ns from a push to the answer.
template <class Queue, class T>
double round_trip(std::uint64_t trips) {
  auto there = std::make_unique<Queue>();
  auto back = std::make_unique<Queue>();
  std::thread echo([&] {
    pin(1);
    T item{};
    auto wait = prompt();
    for (std::uint64_t i = 0; i < trips; ++i) {
      while (!there->pop(item)) wait.wait();
      while (!back->push(item)) wait.wait();
      wait.reset();
    }
  });
  pin(0);
  T item{};
  auto wait = prompt();
  const double begin = now_ns();
  for (std::uint64_t i = 0; i < trips; ++i) {
    item.words[0] = i;
    while (!there->push(item)) wait.wait();
    while (!back->pop(item)) wait.wait();
    if (item.words[0] != i) lost_an_item();
    wait.reset();
  }
  const double ns = (now_ns() - begin) / static_cast<double>(trips);
  echo.join();
  return ns;
}

// The least that a message can be: a number and its payload, one place for each direction, no queue.
template <class T>
double mailbox_round_trip(std::uint64_t trips) {
  struct alignas(2 * lock_free::cache_line) Mailbox {
    std::atomic<std::uint64_t> number{0};
    T item{};
  };
  auto boxes = std::make_unique<std::array<Mailbox, 2>>();
  Mailbox& there = (*boxes)[0];
  Mailbox& back = (*boxes)[1];
  const auto receive = [](Mailbox& box, std::uint64_t number, lock_free::SpinWait& wait) {
    while (box.number.load(std::memory_order_acquire) != number) wait.wait();
    wait.reset();
    return box.item;
  };
  const auto send = [](Mailbox& box, std::uint64_t number, const T& item) {
    box.item = item;
    box.number.store(number, std::memory_order_release);
  };
  std::thread echo([&] {
    pin(1);
    auto wait = prompt();
    for (std::uint64_t i = 1; i <= trips; ++i) send(back, i, receive(there, i, wait));
  });
  pin(0);
  T item{};
  auto wait = prompt();
  const double begin = now_ns();
  for (std::uint64_t i = 1; i <= trips; ++i) {
    item.words[0] = i;
    send(there, i, item);
    if (receive(back, i, wait).words[0] != i) lost_an_item();
  }
  const double ns = (now_ns() - begin) / static_cast<double>(trips);
  echo.join();
  return ns;
}

}  // namespace lln::ring_bench
