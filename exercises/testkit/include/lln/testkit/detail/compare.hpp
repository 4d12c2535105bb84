// Equality and order as a reader means them: -1 is less than 1u, and two C strings are equal by their text.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

namespace lln::testkit::detail {

template <class T>
inline constexpr bool is_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_text = std::is_convertible_v<const T&, std::string_view>;

template <class A, class B>
bool equal(const A& a, const B& b) {
  if constexpr (is_integer<A> && is_integer<B>) {
    return std::cmp_equal(a, b);
  } else if constexpr (is_text<A> && is_text<B>) {
    return std::string_view(a) == std::string_view(b);
  } else {
    return a == b;
  }
}

template <class A, class B>
bool less(const A& a, const B& b) {
  if constexpr (is_integer<A> && is_integer<B>) {
    return std::cmp_less(a, b);
  } else if constexpr (is_text<A> && is_text<B>) {
    return std::string_view(a) < std::string_view(b);
  } else {
    return a < b;
  }
}

}  // namespace lln::testkit::detail
