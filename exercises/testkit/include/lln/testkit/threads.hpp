// Runs functions at the same time, each on a thread of its own.
//
//   run_together({[&] { produce(ring); }, [&] { consume(ring); }});
//
// All start together (they wait for each other before the first statement), and the call returns when all
// have ended. An exception that leaves one of them is thrown again here, the first in the list's order.
#pragma once

#include <functional>
#include <vector>

namespace lln::testkit {

void run_together(const std::vector<std::function<void()>>& functions);

}  // namespace lln::testkit
