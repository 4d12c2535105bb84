// The threads of one execution, as fibers of one OS thread: what runs when is the engine's choice alone.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>

namespace lln::model::detail {

class Fibers {
 public:
  static constexpr std::size_t most = 4;

  // Runs the body until it first suspends or ends.
  void start(std::size_t i, std::function<void()> body) {
    Fiber& fiber = fibers_[i];
    if (!fiber.stack) fiber.stack = std::make_unique_for_overwrite<char[]>(stack_size);
    fiber.body = std::move(body);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_size;
    fiber.context.uc_link = &scheduler_;
    starting() = &fiber;
    makecontext(&fiber.context, &Fibers::enter, 0);
    resume(i);
  }
  void resume(std::size_t i) { swapcontext(&scheduler_, &fibers_[i].context); }
  void suspend(std::size_t i) { swapcontext(&fibers_[i].context, &scheduler_); }

 private:
  static constexpr std::size_t stack_size = 256 * 1024;

  struct Fiber {
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    std::function<void()> body;
  };

  static Fiber*& starting() {
    static Fiber* fiber = nullptr;
    return fiber;
  }
  static void enter() { starting()->body(); }

  ucontext_t scheduler_{};
  std::array<Fiber, most> fibers_;
};

}  // namespace lln::model::detail
