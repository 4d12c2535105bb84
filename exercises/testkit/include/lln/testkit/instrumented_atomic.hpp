// std::atomic that counts, a thread at a time, what is done with it. For code that takes its atomic as a
// parameter: template <class T, template <class> class Atomic = std::atomic>.
//
//   run_together({[&] { reset_this_thread_atomics();
//                       for (...) ring.try_push(i);
//                       pushed = this_thread_atomics(); }, ...});
//   story.expect(pushed.remote).at_most(2);
//
// | counter | counts                                                                                  |
// |---------|-----------------------------------------------------------------------------------------|
// | loads   | load, conversion, each wait                                                             |
// | stores  | store, assignment                                                                       |
// | rmws    | exchange, compare_exchange (successful or not), fetch_*, ++, +=, ...                    |
// | remote  | those of the three whose object was last written by another thread: its cache line lies |
// |         | in that thread's core and has to be fetched (again, if it was written meanwhile)        |
//
// The initial value was written by nobody. A compare_exchange that fails does not write. Who wrote last is
// kept beside the value, not with it in one step: when two threads meet in the same instant, `remote` may be
// off by one, so tests that compare it exactly let the threads take turns. The bookkeeping is relaxed and
// adds no order that the code under test does not have itself. Copies of a thread's counts are plain values.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lln::testkit {

struct AtomicCounts {
  std::uint64_t loads = 0;
  std::uint64_t stores = 0;
  std::uint64_t rmws = 0;
  std::uint64_t remote = 0;

  std::uint64_t all() const { return loads + stores + rmws; }
  friend bool operator==(const AtomicCounts&, const AtomicCounts&) = default;
};

namespace detail {

inline AtomicCounts& atomic_counts() {
  thread_local AtomicCounts counts;
  return counts;
}

inline std::uint32_t thread_number() {
  static std::atomic<std::uint32_t> last{0};
  thread_local const std::uint32_t mine = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine;
}

}  // namespace detail

inline AtomicCounts this_thread_atomics() { return detail::atomic_counts(); }
inline void reset_this_thread_atomics() { detail::atomic_counts() = {}; }

template <class T>
class InstrumentedAtomic {
  using Order = std::memory_order;
  static constexpr Order seq_cst = std::memory_order_seq_cst;

  static constexpr auto difference_of() {
    if constexpr (std::is_pointer_v<T>) {
      return std::ptrdiff_t{};
    } else {
      return T{};
    }
  }

 public:
  using value_type = T;
  using difference_type = decltype(difference_of());
  static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;

  constexpr InstrumentedAtomic() noexcept = default;
  constexpr InstrumentedAtomic(T value) noexcept : value_(value) {}  // NOLINT: implicit as in std::atomic
  InstrumentedAtomic(const InstrumentedAtomic&) = delete;
  InstrumentedAtomic& operator=(const InstrumentedAtomic&) = delete;

  bool is_lock_free() const noexcept { return value_.is_lock_free(); }

  T load(Order order = seq_cst) const noexcept {
    count(&AtomicCounts::loads);
    return value_.load(order);
  }
  operator T() const noexcept { return load(); }  // NOLINT: implicit as in std::atomic

  void store(T value, Order order = seq_cst) noexcept {
    count_write(&AtomicCounts::stores);
    value_.store(value, order);
  }
  T operator=(T value) noexcept {
    store(value);
    return value;
  }

  T exchange(T value, Order order = seq_cst) noexcept {
    count_write(&AtomicCounts::rmws);
    return value_.exchange(value, order);
  }
  bool compare_exchange_weak(T& expected, T wanted, Order success, Order failure) noexcept {
    return compared(value_.compare_exchange_weak(expected, wanted, success, failure));
  }
  bool compare_exchange_weak(T& expected, T wanted, Order order = seq_cst) noexcept {
    return compared(value_.compare_exchange_weak(expected, wanted, order));
  }
  bool compare_exchange_strong(T& expected, T wanted, Order success, Order failure) noexcept {
    return compared(value_.compare_exchange_strong(expected, wanted, success, failure));
  }
  bool compare_exchange_strong(T& expected, T wanted, Order order = seq_cst) noexcept {
    return compared(value_.compare_exchange_strong(expected, wanted, order));
  }

  // As std::atomic, these exist for the types for which they mean something: a template's member is
  // instantiated only where it is used.
  T fetch_add(difference_type by, Order order = seq_cst) noexcept { return rmw().fetch_add(by, order); }
  T fetch_sub(difference_type by, Order order = seq_cst) noexcept { return rmw().fetch_sub(by, order); }
  T fetch_and(T bits, Order order = seq_cst) noexcept { return rmw().fetch_and(bits, order); }
  T fetch_or(T bits, Order order = seq_cst) noexcept { return rmw().fetch_or(bits, order); }
  T fetch_xor(T bits, Order order = seq_cst) noexcept { return rmw().fetch_xor(bits, order); }
  T operator++() noexcept { return ++rmw(); }
  T operator--() noexcept { return --rmw(); }
  T operator++(int) noexcept { return rmw()++; }
  T operator--(int) noexcept { return rmw()--; }
  T operator+=(difference_type by) noexcept { return rmw() += by; }
  T operator-=(difference_type by) noexcept { return rmw() -= by; }
  T operator&=(T bits) noexcept { return rmw() &= bits; }
  T operator|=(T bits) noexcept { return rmw() |= bits; }
  T operator^=(T bits) noexcept { return rmw() ^= bits; }

  void wait(T old, Order order = seq_cst) const noexcept {
    count(&AtomicCounts::loads);
    value_.wait(old, order);
  }
  void notify_one() noexcept { value_.notify_one(); }
  void notify_all() noexcept { value_.notify_all(); }

 private:
  void count(std::uint64_t AtomicCounts::*kind) const noexcept {
    AtomicCounts& counts = detail::atomic_counts();
    ++(counts.*kind);
    const std::uint32_t writer = last_writer_.load(std::memory_order_relaxed);
    if (writer != 0 && writer != detail::thread_number()) ++counts.remote;
  }
  void count_write(std::uint64_t AtomicCounts::*kind) noexcept {
    count(kind);
    last_writer_.store(detail::thread_number(), std::memory_order_relaxed);
  }
  std::atomic<T>& rmw() noexcept {
    count_write(&AtomicCounts::rmws);
    return value_;
  }
  bool compared(bool exchanged) noexcept {
    count(&AtomicCounts::rmws);
    if (exchanged) last_writer_.store(detail::thread_number(), std::memory_order_relaxed);
    return exchanged;
  }

  std::atomic<T> value_{};
  std::atomic<std::uint32_t> last_writer_{0};
};

}  // namespace lln::testkit
