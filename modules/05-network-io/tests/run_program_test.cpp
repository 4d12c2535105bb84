// ip(8) and tc(8) as the library runs them.
#include "../src/run_program.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace lln::net {
namespace {

TEST(RunProgram, FailsWithTheProgramsWords) {
  const auto failure = [](const std::vector<std::string>& words) -> std::string {
    try {
      run_program(words);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(failure({"true"}), "");
  EXPECT_EQ(failure({"false"}), "'false' failed: without a word");
  EXPECT_TRUE(failure({"ls", "/no-such-file"}).starts_with("'ls /no-such-file' failed: ls: "));
  EXPECT_EQ(failure({"no-such-program"}), "the program 'no-such-program' is not installed");
}

TEST(RunProgram, IsOutOfReachOfCtrlC) {
  EXPECT_NO_THROW(run_program(
      {"sh", "-c", "read -r pid name state parent group rest </proc/self/stat; test $pid = $group"}));
}

}  // namespace
}  // namespace lln::net
