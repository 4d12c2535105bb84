// InstrumentedAtomic that also stops at each operation and lets the test act there: what another thread could do
// between two steps, done at exactly that place, each time the same. For code that takes its atomic as a
// parameter: template <class T, template <class> class Atomic = std::atomic>.
//
//   Seqlock<Pair, ScriptedAtomic> lock;                    // one thread plays both roles
//   int steps = 0;
//   AtomicScript script([&](const AtomicStep& step) {
//     if (step.when == AtomicStep::before && ++steps == 3) lock.store(newer);   // in the middle of the load
//   });
//   lock.try_load(value);
//
//   const std::vector<AtomicStep> steps = atomic_steps([&] { lock.store(value); });   // what it did, in order
//
// A script concerns the thread that made it, until it goes out of scope; the innermost one is asked. What the
// script itself does is not interrupted.
#pragma once

#include <lln/testkit/instrumented_atomic.hpp>

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

namespace lln::testkit {

struct AtomicStep {
  enum When { before, after };
  enum Kind { load, store, rmw };

  When when;
  Kind kind;
  std::memory_order order;
  const void* object;

  bool writes() const { return kind != load; }
  bool acquires() const {
    return kind != store && (order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
                             order == std::memory_order_seq_cst);
  }
  bool releases() const {
    return kind != load && (order == std::memory_order_release || order == std::memory_order_acq_rel ||
                            order == std::memory_order_seq_cst);
  }
};

class AtomicScript {
 public:
  using Act = std::function<void(const AtomicStep&)>;

  explicit AtomicScript(Act act) : act_(std::move(act)), outer_(std::exchange(current(), this)) {}
  ~AtomicScript() { current() = outer_; }
  AtomicScript(const AtomicScript&) = delete;
  AtomicScript& operator=(const AtomicScript&) = delete;

  static void tell(const AtomicStep& step) {
    AtomicScript* const script = std::exchange(current(), nullptr);
    if (script == nullptr) return;
    script->act_(step);
    current() = script;
  }

 private:
  static AtomicScript*& current() {
    thread_local AtomicScript* script = nullptr;
    return script;
  }

  Act act_;
  AtomicScript* outer_;
};

// The operations of `run` in their order, each once.
template <class Run>
std::vector<AtomicStep> atomic_steps(Run run) {
  std::vector<AtomicStep> steps;
  const AtomicScript script([&](const AtomicStep& step) {
    if (step.when == AtomicStep::before) steps.push_back(step);
  });
  run();
  return steps;
}

template <class T>
class ScriptedAtomic {
  using Order = std::memory_order;
  static constexpr Order seq_cst = std::memory_order_seq_cst;

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = InstrumentedAtomic<T>::is_always_lock_free;

  constexpr ScriptedAtomic() noexcept = default;
  constexpr ScriptedAtomic(T value) noexcept : value_(value) {}  // NOLINT: implicit as in std::atomic
  ScriptedAtomic(const ScriptedAtomic&) = delete;
  ScriptedAtomic& operator=(const ScriptedAtomic&) = delete;

  T load(Order order = seq_cst) const {
    return step(AtomicStep::load, order, [&] { return value_.load(order); });
  }
  operator T() const { return load(); }  // NOLINT: implicit as in std::atomic
  void store(T value, Order order = seq_cst) {
    step(AtomicStep::store, order, [&] { return value_.store(value, order), 0; });
  }
  T operator=(T value) {
    store(value);
    return value;
  }
  T exchange(T value, Order order = seq_cst) {
    return step(AtomicStep::rmw, order, [&] { return value_.exchange(value, order); });
  }
  // Never fails without a reason, so that a script sees the same steps each time.
  bool compare_exchange_strong(T& expected, T wanted, Order success, Order failure) {
    return step(AtomicStep::rmw, success,
                [&] { return value_.compare_exchange_strong(expected, wanted, success, failure); });
  }
  bool compare_exchange_strong(T& expected, T wanted, Order order = seq_cst) {
    return step(AtomicStep::rmw, order,
                [&] { return value_.compare_exchange_strong(expected, wanted, order); });
  }
  bool compare_exchange_weak(T& expected, T wanted, Order success, Order failure) {
    return compare_exchange_strong(expected, wanted, success, failure);
  }
  bool compare_exchange_weak(T& expected, T wanted, Order order = seq_cst) {
    return compare_exchange_strong(expected, wanted, order);
  }
  T fetch_add(T by, Order order = seq_cst) {
    return step(AtomicStep::rmw, order, [&] { return value_.fetch_add(by, order); });
  }
  T fetch_sub(T by, Order order = seq_cst) {
    return step(AtomicStep::rmw, order, [&] { return value_.fetch_sub(by, order); });
  }
  T operator++() { return fetch_add(T{1}) + T{1}; }
  T operator--() { return fetch_sub(T{1}) - T{1}; }
  T operator++(int) { return fetch_add(T{1}); }
  T operator--(int) { return fetch_sub(T{1}); }
  T operator+=(T by) { return fetch_add(by) + by; }
  T operator-=(T by) { return fetch_sub(by) - by; }

 private:
  template <class Operation>
  auto step(AtomicStep::Kind kind, Order order, Operation operation) const {
    AtomicScript::tell({AtomicStep::before, kind, order, this});
    const auto result = operation();
    AtomicScript::tell({AtomicStep::after, kind, order, this});
    return result;
  }

  mutable InstrumentedAtomic<T> value_{};
};

}  // namespace lln::testkit
