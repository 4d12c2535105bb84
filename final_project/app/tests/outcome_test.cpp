#include "scratch_directory.hpp"

#include <lln/app/files.hpp>
#include <lln/app/outcome.hpp>
#include <lln/feed/digest_file.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace lln::app {
namespace {

using testing::ScratchDirectory;

std::vector<feed::SymbolDigest> books(std::size_t count) {
  std::vector<feed::SymbolDigest> result;
  for (std::size_t i = 1; i <= count; ++i) {
    result.push_back({{static_cast<std::uint16_t>(i)}, "SYM" + std::to_string(i), i, i * 77});
  }
  return result;
}

Outcome good() {
  Outcome outcome;
  outcome.handler.packets = 10;
  outcome.handler.ended = true;
  return outcome;
}

TEST(ExitCodes, OrderOfSeverity) {
  Outcome outcome = good();
  EXPECT_EQ(exit_code(outcome), ExitCode::ok);
  outcome.digests_asked = true;
  EXPECT_EQ(exit_code(outcome), ExitCode::not_compared);
  outcome.digests = DigestComparison{.symbols = 5, .mismatches = 0, .first_few = {}};
  EXPECT_EQ(exit_code(outcome), ExitCode::ok);
  outcome.digests->mismatches = 1;
  EXPECT_EQ(exit_code(outcome), ExitCode::digest_mismatch);
  outcome.handler.unrecovered = 1;
  EXPECT_EQ(exit_code(outcome), ExitCode::unrecovered) << "the cause comes before its consequence";
  outcome.handler.packets = 0;
  EXPECT_EQ(exit_code(outcome), ExitCode::nothing_received);
  outcome.problems.push_back("disk full");
  EXPECT_EQ(exit_code(outcome), ExitCode::failed);
}

TEST(ExitCodes, EachBadOneIsExplained) {
  Outcome outcome = good();
  outcome.handler.unrecovered = 17;
  outcome.digests = DigestComparison{.symbols = 5, .mismatches = 3, .first_few = {}};
  EXPECT_TRUE(explain(ExitCode::ok, outcome).empty());
  EXPECT_NE(explain(ExitCode::unrecovered, outcome).find("17"), std::string::npos);
  EXPECT_NE(explain(ExitCode::digest_mismatch, outcome).find("3 of 5"), std::string::npos);
  EXPECT_FALSE(explain(ExitCode::not_compared, outcome).empty());
  EXPECT_FALSE(explain(ExitCode::nothing_received, outcome).empty());
}

TEST(DigestFile, EqualBooksHaveNoMismatch) {
  const ScratchDirectory directory;
  feed::write_digests(directory / "d", books(20));
  const DigestComparison comparison = compare_with_file(books(20), directory / "d");
  EXPECT_EQ(comparison.symbols, 20u);
  EXPECT_EQ(comparison.mismatches, 0u);
}

TEST(DigestFile, FirstFiveMismatchesAreNamed) {
  const ScratchDirectory directory;
  feed::write_digests(directory / "d", books(20));
  auto ours = books(20);
  for (std::size_t i = 3; i < 12; ++i) ours[i].digest ^= 1;
  const DigestComparison comparison = compare_with_file(ours, directory / "d");
  EXPECT_EQ(comparison.mismatches, 9u);
  ASSERT_EQ(comparison.first_few.size(), 5u);
  EXPECT_NE(comparison.first_few[0].find("SYM4"), std::string::npos) << comparison.first_few[0];
}

TEST(DigestFile, MissingOrEmptyOrBrokenFileIsAnErrorThatNamesIt) {
  const ScratchDirectory directory;
  write_file(directory / "empty", "");
  write_file(directory / "broken", "1 AAPL what 12\n");
  for (const char* name : {"missing", "empty", "broken"}) {
    try {
      compare_with_file(books(2), directory / name);
      FAIL() << name << " was accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace lln::app
