// Ends a loop that gets nowhere, so that code which loses an item fails its test and does not hang it.
//
//   Patience patience;
//   while (arrived < items && patience.step(ring.try_pop(value))) ...
//
// No time is asserted: only after seconds without any progress, far beyond what a busy machine takes, is it over.
#pragma once

#include <chrono>
#include <thread>

namespace lln::testkit {

class Patience {
 public:
  explicit Patience(std::chrono::seconds longest = std::chrono::seconds(8)) : longest_(longest) {}

  // False when nothing has been done for too long. Yields when nothing was done.
  bool step(bool done) {
    if (done) {
      idle_ = false;
      return true;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!idle_) since_ = now;
    idle_ = true;
    std::this_thread::yield();
    return now - since_ < longest_;
  }

 private:
  std::chrono::seconds longest_;
  std::chrono::steady_clock::time_point since_{};
  bool idle_ = false;
};

}  // namespace lln::testkit
