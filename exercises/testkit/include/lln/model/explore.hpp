// Runs a small program of two to four threads in every way that the scheduler and the memory model allow.
//
//   const model::Result result = model::explore([] {
//     struct State { model::Var<int> item; model::Atomic<int> ready{0}; };
//     auto s = std::make_shared<State>();
//     return model::Program{{
//         {"writer", [s] { s->item = 7; s->ready.store(1, std::memory_order_release); }},
//         {"reader", [s] { if (s->ready.load(std::memory_order_acquire) == 1) model::check(s->item == 7, "seven"); }},
//     }};
//   });
//   if (result.failed) story.fail(result.story);
//
// The setup is called once an execution and makes everything anew: nothing may be shared between executions,
// and nothing but the model's operations may decide what a thread does. The threads of an execution that is left
// early are dropped where they stand, without unwinding: what they own by then is not freed.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace lln::model {

struct Thread {
  std::string name;
  std::function<void()> body;
};

struct Program {
  std::vector<Thread> threads;
  std::function<void()> finally;  // after all threads have ended, and sees all that they did
};

using Setup = std::function<Program()>;

struct Limits {
  std::size_t executions = 200'000;
  std::size_t steps = 200;  // atomic operations and yields of one execution
  std::size_t cut = 20;     // executions that met the limit of steps: a loop without yield
};

struct Result {
  bool failed = false;
  bool complete = false;       // every execution within the model was seen; false when a limit was met
  std::size_t executions = 0;  // run to their end
  std::size_t pruned = 0;      // left early: the rest would have repeated another execution
  std::size_t cut = 0;         // left early: more steps than the limit
  std::string story;           // of the failure
};

Result explore(const Setup& setup, const Limits& limits = {});

// Fails the execution, with its story, when the condition does not hold.
void check(bool holds, const std::string& what);

// For the body of a spin loop. What was stored before it is no longer stale for this thread; the next yield after
// another look waits until another thread has stored something. When all threads wait so, or one of them without
// looking, the program fails.
void yield();

}  // namespace lln::model
