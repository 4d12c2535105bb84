// How often operator new has been called in this program, by any thread; see allocation_count.cpp.
#pragma once

#include <cstddef>

namespace lln::handler::testkit {

std::size_t allocation_count();
/// False under AddressSanitizer, whose own operator new stays: the count is then 0.
bool allocations_are_counted();

}  // namespace lln::handler::testkit
