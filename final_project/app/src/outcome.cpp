#include <lln/app/outcome.hpp>
#include <lln/feed/digest_file.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace lln::app {
namespace {

std::string describe(const feed::DigestMismatch& mismatch) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "%s (locate %u): the exchange has %llu orders, digest %016llx; we have %llu, %016llx",
                mismatch.expected.symbol.c_str(), unsigned{mismatch.expected.locate.value},
                static_cast<unsigned long long>(mismatch.expected.orders),
                static_cast<unsigned long long>(mismatch.expected.digest),
                static_cast<unsigned long long>(mismatch.actual.orders),
                static_cast<unsigned long long>(mismatch.actual.digest));
  return text.data();
}

}  // namespace

DigestComparison compare_with_file(const std::vector<feed::SymbolDigest>& ours, const std::string& path) {
  const std::vector<feed::SymbolDigest> expected = feed::read_digests(path);
  if (expected.empty()) throw std::runtime_error("the digests file " + path + " is empty");
  const auto mismatches = feed::compare_digests(expected, ours);
  DigestComparison result;
  result.symbols = expected.size();
  result.mismatches = mismatches.size();
  constexpr std::size_t listed = 5;
  for (std::size_t i = 0; i < std::min(listed, mismatches.size()); ++i) {
    result.first_few.push_back(describe(mismatches[i]));
  }
  return result;
}

ExitCode exit_code(const Outcome& outcome) {
  const HandlerReport& handler = outcome.handler;
  if (!outcome.problems.empty()) return ExitCode::failed;
  if (handler.packets == 0) return ExitCode::nothing_received;
  if (handler.unrecovered > 0) return ExitCode::unrecovered;
  if (outcome.digests && outcome.digests->mismatches > 0) return ExitCode::digest_mismatch;
  if (outcome.digests_asked && !outcome.digests) return ExitCode::not_compared;
  return ExitCode::ok;
}

std::string explain(ExitCode code, const Outcome& outcome) {
  switch (code) {
    case ExitCode::ok:
    case ExitCode::failed:
    case ExitCode::usage:
      return "";
    case ExitCode::nothing_received:
      return outcome.interrupted ? "Nothing was received before the interruption."
                                 : "Nothing was received: check group, port and interface of both lines, and "
                                   "that the exchange runs.";
    case ExitCode::unrecovered:
      return std::to_string(outcome.handler.unrecovered) +
             " messages were lost on both lines and brought back by no server: the books are not complete.";
    case ExitCode::digest_mismatch:
      return std::to_string(outcome.digests->mismatches) + " of " + std::to_string(outcome.digests->symbols) +
             " books differ from the exchange's.";
    case ExitCode::not_compared:
      return "The day had not ended, so the books were not compared with the exchange's digests.";
  }
  return "";
}

}  // namespace lln::app
