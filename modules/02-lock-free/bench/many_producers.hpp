// Two producers push at the same time; then the consumer drains. Pushing and popping are timed apart, so that two
// processors are enough and nothing but the queue is between the producers.
#pragma once

#include "two_threads.hpp"

#include <lln/lock_free/mpsc_queue.hpp>

namespace lln::ring_bench {

// ns a push, seen by one of two producers that push together.
template <class MakeQueue, class Produce, class Drain>
double contended_push(std::uint64_t each, MakeQueue make, Produce produce, Drain drain) {
  auto queue = make(each);
  std::atomic<int> missing{2};
  std::array<double, 2> ns{};
  const auto run = [&](std::size_t which) {
    pin(which);
    produce(*queue, each, [&] {
      missing.fetch_sub(1);
      while (missing.load(std::memory_order_acquire) > 0) lock_free::cpu_relax();
      ns[which] = now_ns();
    });
    ns[which] = (now_ns() - ns[which]) / static_cast<double>(each);
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
  if (drain(*queue) != 2 * each) lost_an_item();
  return (ns[0] + ns[1]) / 2;
}

inline double mpsc_push(std::uint64_t each) {
  using Queue = lock_free::MpscQueue<std::uint64_t>;
  return contended_push(
      each, [](std::uint64_t n) { return std::make_unique<Queue>(2, std::bit_ceil(n)); },
      [](Queue& queue, std::uint64_t n, auto start) {
        auto producer = queue.producer();
        start();
        for (std::uint64_t i = 0; i < n; ++i) {
          if (!producer->try_push(i)) lost_an_item();
        }
      },
      [](Queue& queue) {
        std::uint64_t count = 0;
        for (std::uint64_t value = 0; queue.try_pop(value);) ++count;
        return count;
      });
}

inline double locked_push(std::uint64_t each) {
  struct Queue {
    std::mutex mutex;
    std::deque<std::uint64_t> items;
  };
  return contended_push(
      each, [](std::uint64_t) { return std::make_unique<Queue>(); },
      [](Queue& queue, std::uint64_t n, auto start) {
        start();
        for (std::uint64_t i = 0; i < n; ++i) {
          const std::lock_guard lock(queue.mutex);
          queue.items.push_back(i);
        }
      },
      [](Queue& queue) { return static_cast<std::uint64_t>(queue.items.size()); });
}

#if defined(LLN_HAVE_CONCURRENTQUEUE)
inline double concurrentqueue_push(std::uint64_t each) {
  using Queue = moodycamel::ConcurrentQueue<std::uint64_t>;
  return contended_push(
      each, [](std::uint64_t n) { return std::make_unique<Queue>(4 * n); },
      [](Queue& queue, std::uint64_t n, auto start) {
        const moodycamel::ProducerToken token(queue);
        start();
        for (std::uint64_t i = 0; i < n; ++i) {
          if (!queue.enqueue(token, i)) lost_an_item();
        }
      },
      [](Queue& queue) {
        std::uint64_t count = 0;
        for (std::uint64_t value = 0; queue.try_dequeue(value);) ++count;
        return count;
      });
}
#endif

// ns to push and pop one item, no other thread about: what a queue costs when nobody contends.
template <class Queue, class T>
double uncontended(std::uint64_t items) {
  auto queue = std::make_unique<Queue>();
  pin(0);
  T item{};
  const double begin = now_ns();
  for (std::uint64_t i = 0; i < items; ++i) {
    item.words[0] = i;
    if (!queue->push(item) || !queue->pop(item) || item.words[0] != i) lost_an_item();
  }
  return (now_ns() - begin) / static_cast<double>(items);
}

}  // namespace lln::ring_bench
