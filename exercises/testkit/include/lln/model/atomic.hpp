// std::atomic's interface under the model checker: code that takes its atomic as a parameter,
// `template <class T, template <class> class Atomic = std::atomic>`, needs no change.
#pragma once

#include <lln/model/engine.hpp>
#include <lln/testkit/detail/print.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lln::model {

template <class T>
class Atomic {
  using Order = std::memory_order;
  using Engine = detail::Engine;
  using Kind = detail::Kind;
  static constexpr Order seq_cst = std::memory_order_seq_cst;

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;

  Atomic() : Atomic(T{}) {}
  Atomic(T value) : values_{value} {  // NOLINT: implicit as in std::atomic
    if (Engine* engine = Engine::current()) location_ = engine->new_location();
    name_ = "atomic " + std::to_string(location_);
  }
  Atomic(T value, std::string name) : Atomic(value) { name_ = std::move(name); }
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(Order order = seq_cst) const {
    Engine* const engine = Engine::current();
    if (engine == nullptr) return values_.back();
    engine->announce(Kind::load, location_);
    const std::size_t newest = engine->newest(location_);
    const std::size_t oldest = engine->oldest(location_, order);
    // The newest first: the first executions are the ones that a reader would think of.
    const std::size_t index = newest - engine->choose(newest - oldest + 1);
    tell(*engine, "load", "", order, " reads " + shown(index) + stale(newest - index));
    engine->has_read(location_, index, order);
    return values_[index];
  }
  operator T() const { return load(); }  // NOLINT: implicit as in std::atomic

  void store(T value, Order order = seq_cst) {
    Engine* const engine = Engine::current();
    if (engine == nullptr) {
      values_.back() = value;
      return;
    }
    engine->announce(Kind::store, location_);
    values_.push_back(value);
    tell(*engine, "store", shown(values_.size() - 1) + ", ", order, "");
    engine->has_written(location_, order, false);
  }
  T operator=(T value) {
    store(value);
    return value;
  }

  T exchange(T value, Order order = seq_cst) {
    return rmw("exchange", order, [&](T) { return value; });
  }
  T fetch_add(T by, Order order = seq_cst) {
    return rmw("fetch_add", order, [&](T old) { return static_cast<T>(old + by); });
  }
  T fetch_sub(T by, Order order = seq_cst) {
    return rmw("fetch_sub", order, [&](T old) { return static_cast<T>(old - by); });
  }
  T operator++() { return fetch_add(T{1}) + T{1}; }
  T operator--() { return fetch_sub(T{1}) - T{1}; }
  T operator++(int) { return fetch_add(T{1}); }
  T operator--(int) { return fetch_sub(T{1}); }

  // A failing exchange may read a stale value, as the standard allows.
  bool compare_exchange_strong(T& expected, T wanted, Order success, Order failure) {
    Engine* const engine = Engine::current();
    if (engine == nullptr) {
      if (values_.back() == expected) return values_.back() = wanted, true;
      return expected = values_.back(), false;
    }
    engine->announce(Kind::rmw, location_);
    const std::size_t newest = engine->newest(location_);
    std::vector<std::size_t> readable{newest};
    for (std::size_t i = newest; i-- > engine->oldest(location_, failure);) {
      if (!(values_[i] == expected)) readable.push_back(i);
    }
    const std::size_t index = readable[engine->choose(readable.size())];
    if (values_[index] == expected) {
      values_.push_back(wanted);
      tell(*engine, "compare_exchange", shown(index) + " -> " + shown(newest + 1) + ", ", success,
           " succeeds");
      engine->has_read(location_, index, success);
      engine->has_written(location_, success, true);
      return true;
    }
    expected = values_[index];
    tell(*engine, "compare_exchange", "", failure, " fails, reads " + shown(index) + stale(newest - index));
    engine->has_read(location_, index, failure);
    return false;
  }
  bool compare_exchange_strong(T& expected, T wanted, Order order = seq_cst) {
    return compare_exchange_strong(expected, wanted, order, without_release(order));
  }
  // Never fails without a reason: a loop around it would have endless executions.
  bool compare_exchange_weak(T& expected, T wanted, Order success, Order failure) {
    return compare_exchange_strong(expected, wanted, success, failure);
  }
  bool compare_exchange_weak(T& expected, T wanted, Order order = seq_cst) {
    return compare_exchange_strong(expected, wanted, order);
  }

 private:
  static Order without_release(Order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }

  template <class Change>
  T rmw(const char* what, Order order, Change change) {
    Engine* const engine = Engine::current();
    if (engine == nullptr) {
      const T old = values_.back();
      values_.back() = change(old);
      return old;
    }
    engine->announce(Kind::rmw, location_);
    const std::size_t newest = engine->newest(location_);
    values_.push_back(change(values_[newest]));
    tell(*engine, what, "", order, " reads " + shown(newest) + ", writes " + shown(newest + 1));
    engine->has_read(location_, newest, order);
    engine->has_written(location_, order, true);
    return values_[newest];
  }

  std::string shown(std::size_t index) const {
    const Engine* const engine = Engine::current();
    return engine != nullptr && engine->recording() ? testkit::detail::print(values_[index]) : std::string();
  }
  static std::string stale(std::size_t newer) {
    if (newer == 0) return "";
    return newer == 1 ? " (stale: 1 newer store exists)"
                      : " (stale: " + std::to_string(newer) + " newer stores exist)";
  }
  void tell(Engine& engine, const char* what, const std::string& value, Order order,
            const std::string& outcome) const {
    if (!engine.recording()) return;
    engine.tell(name_ + '.' + what + '(' + value + detail::text(order) + ')' + outcome);
  }

  std::vector<T> values_;  // in modification order, as the engine counts them
  std::size_t location_ = 0;
  std::string name_;
};

}  // namespace lln::model
