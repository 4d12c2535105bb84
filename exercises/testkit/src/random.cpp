#include <lln/testkit/detail/run.hpp>
#include <lln/testkit/random.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace lln::testkit {
namespace {

std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 0xcbf29ce484222325;  // FNV-1a: the same on every machine, which std::hash need not be
  for (const char letter : text) value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return value;
}

// Draws within one test are numbered, so that the second generator of a test is not the twin of the first.
std::atomic<std::uint64_t> draws{0};
std::atomic<std::uint64_t> drawing_test{0};

}  // namespace

std::uint64_t random_seed() {
  detail::seed_was_used();
  std::uint64_t test = 0;
  if (const auto* const info = testing::UnitTest::GetInstance()->current_test_info()) {
    test = hash(std::string(info->test_suite_name()) + '.' + info->name());
  }
  if (drawing_test.exchange(test) != test) draws = 0;
  std::seed_seq sequence{detail::run_seed(), detail::run_seed() >> 32, test, test >> 32, draws++};
  std::uint32_t words[2];
  sequence.generate(words, words + 2);
  return std::uint64_t{words[0]} << 32 | words[1];
}

std::mt19937_64 random() { return std::mt19937_64(random_seed()); }

}  // namespace lln::testkit
