// The words of a failure: what an expression is called in the source, units, and the hex dump.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace lln::testkit::detail {

// The first argument of `function(` in the test's source at that line: what the author wrote is the best
// name for a value. Empty when the source is not there or the line has several.
std::string argument_in_source(const std::source_location& where, std::string_view function);

// "8 items", "1 item", "nothing".
std::string with_units(const std::string& value, std::string_view plural);

struct BytesDifference {
  std::string sentence;  // "should have been 16 bytes, was 15; ..." without the name
  std::string dump;
};
// Empty sentence: no difference.
BytesDifference compare_bytes(std::span<const std::byte> was, std::span<const std::byte> wanted);

}  // namespace lln::testkit::detail
