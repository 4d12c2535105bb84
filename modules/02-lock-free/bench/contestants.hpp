// One interface over our rings and their peers: push and pop of one item, false when full or empty; batches where the
// contestant has them.
#pragma once

#include <lln/lock_free/slot_ring.hpp>
#include <lln/lock_free/spsc_ring.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#define LLN_HAVE_BOOST_LOCKFREE 1
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#define LLN_HAVE_READERWRITERQUEUE 1
#endif
#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#define LLN_HAVE_CONCURRENTQUEUE 1
#endif

namespace lln::ring_bench {

inline constexpr std::size_t capacity = 1024;

template <std::size_t bytes>
struct Item {
  std::array<std::uint64_t, bytes / sizeof(std::uint64_t)> words{};
};

template <class T>
struct Spsc {
  lock_free::SpscRing<T> ring{capacity};
  bool push(const T& item) { return ring.try_push(item); }
  bool pop(T& item) { return ring.try_pop(item); }
  std::size_t push(std::span<T> items) { return ring.try_push_batch(items); }
  std::size_t pop(std::span<T> items) { return ring.try_pop_batch(items); }
};

template <class T>
struct Slot {
  lock_free::SlotRing<T> ring{capacity};
  bool push(const T& item) { return ring.try_push(item); }
  bool pop(T& item) { return ring.try_pop(item); }
};

// The textbook answer with a lock: bounded, so that it is the same task.
template <class T>
struct Locked {
  std::mutex mutex;
  std::deque<T> queue;
  bool push(const T& item) {
    const std::lock_guard lock(mutex);
    if (queue.size() == capacity) return false;
    queue.push_back(item);
    return true;
  }
  bool pop(T& item) {
    const std::lock_guard lock(mutex);
    if (queue.empty()) return false;
    item = queue.front();
    queue.pop_front();
    return true;
  }
};

#if defined(LLN_HAVE_BOOST_LOCKFREE)
template <class T>
struct Boost {
  boost::lockfree::spsc_queue<T> queue{capacity};
  bool push(const T& item) { return queue.push(item); }
  bool pop(T& item) { return queue.pop(item); }
  std::size_t push(std::span<T> items) { return queue.push(items.data(), items.size()); }
  std::size_t pop(std::span<T> items) { return queue.pop(items.data(), items.size()); }
};
#endif

#if defined(LLN_HAVE_READERWRITERQUEUE)
template <class T>
struct ReaderWriter {
  moodycamel::ReaderWriterQueue<T> queue{capacity};
  bool push(const T& item) { return queue.try_enqueue(item); }
  bool pop(T& item) { return queue.try_dequeue(item); }
};
#endif

}  // namespace lln::ring_bench
