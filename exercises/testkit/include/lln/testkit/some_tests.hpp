// Leaves tests out of a program before they cost compile time: they are parsed as templates that nobody instantiates.
//
// For mutants, which meet one group each: CMake writes a header that defines LLN_KEEPS_<suite>__<name> as `~, KEPT` for
// the tests of the group and includes this one, before the test's source. Not for anything that people write by hand.
#pragma once

#include <gtest/gtest.h>

#define LLN_SECOND(first, second, ...) second
#define LLN_CHOICE(...) LLN_SECOND(__VA_ARGS__)
#define LLN_JOIN_NOW(a, b) a##b
#define LLN_JOIN(a, b) LLN_JOIN_NOW(a, b)

#define LLN_LEFT_OUT(suite, name, base)    \
  template <class>                         \
  struct suite##_##name##_LeftOut : base { \
    void body();                           \
  };                                       \
  template <class Never>                   \
  void suite##_##name##_LeftOut<Never>::body()

#define LLN_TEST_KEPT(suite, name) GTEST_TEST(suite, name)
#define LLN_TEST_LEFT(suite, name) LLN_LEFT_OUT(suite, name, ::testing::Test)
#define LLN_TEST_F_KEPT(suite, name) GTEST_TEST_(suite, name, suite, ::testing::internal::GetTypeId<suite>())
#define LLN_TEST_F_LEFT(suite, name) LLN_LEFT_OUT(suite, name, suite)

#undef TEST
#undef TEST_F
#define TEST(suite, name) LLN_JOIN(LLN_TEST_, LLN_CHOICE(LLN_KEEPS_##suite##__##name, LEFT, ~))(suite, name)
#define TEST_F(suite, name) \
  LLN_JOIN(LLN_TEST_F_, LLN_CHOICE(LLN_KEEPS_##suite##__##name, LEFT, ~))(suite, name)
