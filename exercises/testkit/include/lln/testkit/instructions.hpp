// How many instructions a function executes: a measure of work that does not depend on the machine's mood. Counted by
// callgrind (package valgrind), for programs of lane release.
//
//   const InstructionCounts counted = count_instructions({[&] { one_by_one(); }, [&] { as_a_batch(); }});
//   if (!counted) GTEST_SKIP() << counted.why_not;
//   story.expect(counted[1]).at_most(2 * counted[0]).units("instructions");
//
// The running test is started once more, alone and under callgrind, and comes to the same call; each function is run
// there, once. Each is also run here first: what crashes, crashes where the story is told. So the functions must be
// deterministic, and this must be the first such call of its test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lln::testkit {

struct InstructionCounts {
  std::vector<std::uint64_t> counts;  // one a function, or none
  std::string why_not;                // for people: what is missing

  explicit operator bool() const { return !counts.empty(); }
  std::uint64_t operator[](std::size_t i) const { return counts[i]; }
};

InstructionCounts count_instructions(const std::vector<std::function<void()>>& functions);

}  // namespace lln::testkit
