// Random tests run on a new seed each time, print it, and repeat a run with LLN_SEED=<seed>.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace lln::test {

inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* const given = std::getenv("LLN_SEED");
    const std::uint64_t chosen = given != nullptr ? std::stoull(given) : std::random_device{}();
    std::cout << "LLN_SEED=" << chosen << " repeats this run\n" << std::flush;
    return chosen;
  }();
  return value;
}

}  // namespace lln::test
