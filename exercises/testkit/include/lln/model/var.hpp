// Plain data under the model checker: two accesses by different threads, one of them a write, that nothing
// orders are a data race, whatever the values. Also usable as the item type of a queue under test.
#pragma once

#include <lln/model/engine.hpp>

#include <string>
#include <utility>

namespace lln::model {

template <class T>
class Var {
 public:
  Var() = default;
  Var(T value) : value_(std::move(value)) {}  // NOLINT: behaves as a T
  Var(T value, std::string name) : value_(std::move(value)), name_(std::move(name)) {}
  Var(const Var& other) : value_(other.get()) {}
  Var& operator=(const Var& other) {
    if (this != &other) set(other.get());
    return *this;
  }
  Var& operator=(T value) {
    set(std::move(value));
    return *this;
  }

  operator T() const { return get(); }  // NOLINT: behaves as a T
  T get() const {
    if (auto* engine = detail::Engine::current()) engine->plain_read(writes_, reads_, name_);
    return value_;
  }
  void set(T value) {
    if (auto* engine = detail::Engine::current()) engine->plain_write(writes_, reads_, name_);
    value_ = std::move(value);
  }

 private:
  T value_{};
  std::string name_ = "an item";
  mutable detail::Touched writes_;
  mutable detail::Touched reads_;
};

}  // namespace lln::model
