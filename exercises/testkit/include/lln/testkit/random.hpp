// Randomness that can be repeated. The seed is fresh in each run, or LLN_SEED; a test that fails prints it
// with the command that runs the same numbers again.
//
//   std::mt19937_64 random = testkit::random();
//
// Each test draws its own numbers: they do not depend on which other tests were selected.
#pragma once

#include <cstdint>
#include <random>

namespace lln::testkit {

std::mt19937_64 random();
std::uint64_t random_seed();  // one number, for generators of your own

}  // namespace lln::testkit
