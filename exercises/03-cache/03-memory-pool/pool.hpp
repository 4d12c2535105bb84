// Exercise 03-03: room for a fixed number of objects. The brief is in README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace lln::exercise {

enum class GivenBack { ok, foreign, free_already };

template <class T>
class Pool {
 public:
  struct GiveBack {
    Pool* pool = nullptr;
    void operator()(T* object) const noexcept {
      static_cast<void>(object);  // TODO 4
    }
  };
  using Loan = std::unique_ptr<T, GiveBack>;  // gives its object back; must not outlive the pool

  // capacity: objects, at least 1, else std::invalid_argument. All memory is asked for here, and only here.
  explicit Pool(std::size_t capacity) {
    static_cast<void>(capacity);  // TODO 1
  }
  ~Pool() {}  // TODO 3: destroys what is still alive

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A new object; nullptr when all slots are taken. The slot that was given back last is taken first: it is the
  // likeliest to be in the cache. When T's constructor throws, the exception goes on and the slot stays free.
  template <class... Args>
  T* create(Args&&... args) {
    static_cast<void>((static_cast<void>(args), ...));  // TODO 1
    return nullptr;
  }

  // Ends an object's life. Nothing happens but the answer when the pointer is not
  //   - the address of a slot of this pool (foreign): nullptr, another pool's object, the middle of an object;
  //   - that of an object that is alive (free_already).
  // No loop: the answer costs the same in a pool of a million.
  GivenBack destroy(T* object) noexcept {
    static_cast<void>(object);  // TODO 2
    return GivenBack::foreign;
  }

  // create() whose result gives itself back; empty when all slots are taken.
  template <class... Args>
  Loan lend(Args&&... args) {
    static_cast<void>((static_cast<void>(args), ...));  // TODO 4
    return nullptr;
  }

  std::size_t free_slots() const noexcept {
    return 0;  // TODO 1
  }
};

}  // namespace lln::exercise
