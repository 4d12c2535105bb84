// Values as they stand in a sentence: numbers as numbers (a uint8_t too), text in quotes, an empty optional
// as "nothing", the rest as GoogleTest prints it.
#pragma once

#include <lln/testkit/detail/compare.hpp>

#include <gtest/gtest.h>

#include <charconv>
#include <optional>
#include <string>
#include <type_traits>

namespace lln::testkit::detail {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
std::string print(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (is_integer<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    char text[64];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
  } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
    return "nothing";
  } else if constexpr (is_optional<T>::value) {
    return value ? print(*value) : "nothing";
  } else {
    return testing::PrintToString(value);
  }
}

}  // namespace lln::testkit::detail
