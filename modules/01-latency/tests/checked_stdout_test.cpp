// Each case is a process of its own, with a standard output of its own.
#include <lln/latency/checked_stdout.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

namespace {

using lln::latency::CheckedStdout;
using testing::Eq;
using testing::ExitedWithCode;

constexpr int code_of_main = 7;

// What main() is with the check as its first line; `out` becomes standard output, negative: it is closed.
[[noreturn]] void program(int out, const std::function<void()>& print, int failure = 1) {
  if (out < 0) {
    ::close(STDOUT_FILENO);
  } else {
    ::dup2(out, STDOUT_FILENO);
    ::close(out);
  }
  {
    const CheckedStdout checked("program", failure);
    print();
  }
  std::exit(code_of_main);
}

std::string sentence(const std::string& reason) {
  return "program: cannot write standard output: " + reason +
         "; what was printed is incomplete, direct it elsewhere\n";
}

int full() { return ::open("/dev/full", O_WRONLY); }

int without_reader() {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  ::close(ends[0]);
  return ends[1];
}

void print_a_line() { std::cout << "result\n"; }
void print_and_flush() { std::cout << "result" << std::endl; }
void print_by_stdio() { std::printf("result\n"); }
void print_nothing() {}

TEST(CheckedStdoutDeathTest, FullDiskIsOneSentence) {
  EXPECT_EXIT(program(full(), print_a_line), ExitedWithCode(1), Eq(sentence("No space left on device")));
  EXPECT_EXIT(program(full(), print_by_stdio), ExitedWithCode(1), Eq(sentence("No space left on device")));
}

TEST(CheckedStdoutDeathTest, ErrorOfAnEarlierWriteIsNotForgotten) {
  EXPECT_EXIT(program(full(), print_and_flush), ExitedWithCode(1), Eq(sentence("a write failed")));
}

TEST(CheckedStdoutDeathTest, FailureHasTheCodeThatTheProgramGivesIt) {
  EXPECT_EXIT(program(full(), print_a_line, 2), ExitedWithCode(2), Eq(sentence("No space left on device")));
}

TEST(CheckedStdoutDeathTest, NothingPrintedIsNothingLost) {
  EXPECT_EXIT(program(full(), print_nothing), ExitedWithCode(code_of_main), Eq(""));
  EXPECT_EXIT(program(-1, print_nothing), ExitedWithCode(code_of_main), Eq(""));
}

TEST(CheckedStdoutDeathTest, ClosedFromTheStart) {
  EXPECT_EXIT(program(-1, print_a_line), ExitedWithCode(1), Eq(sentence("it is closed")));
  EXPECT_EXIT(program(-1, print_and_flush), ExitedWithCode(1), Eq(sentence("it is closed")));
}

TEST(CheckedStdoutDeathTest, NoFileTakesThePlaceOfAClosedStream) {
  const auto open_one = [] {
    if (::open("/dev/null", O_WRONLY) <= STDERR_FILENO) std::_Exit(1);
  };
  const auto with_closed = [open_one](int stream) {
    ::close(stream);
    program(-1, open_one);
  };
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    EXPECT_EXIT(with_closed(stream), ExitedWithCode(code_of_main), Eq("")) << stream;
}

TEST(CheckedStdoutDeathTest, ReaderThatHasGoneIsNoFailure) {
  EXPECT_EXIT(program(without_reader(), print_a_line), ExitedWithCode(code_of_main), Eq(""));
  EXPECT_EXIT(program(without_reader(), print_and_flush), ExitedWithCode(code_of_main), Eq(""));
}

TEST(CheckedStdoutDeathTest, WhatIsWrittenArrivesAndMainHasItsCode) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EXIT(program(ends[1], print_a_line), ExitedWithCode(code_of_main), Eq(""));
  ::close(ends[1]);
  std::array<char, 64> text{};
  EXPECT_EQ(::read(ends[0], text.data(), text.size()), 7);
  EXPECT_STREQ(text.data(), "result\n");
  ::close(ends[0]);
}

}  // namespace
