#include <lln/app/child_process.hpp>

#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <system_error>

namespace lln::app {
namespace {

using namespace std::chrono_literals;

TEST(ChildProcess, TalksBothWays) {
  ChildProcess child({"/bin/sh", "-c", "echo ready; read line; echo \"got $line\"; exit 7"});
  EXPECT_EQ(child.read_line(30s), "ready");
  child.write_line("go");
  EXPECT_EQ(child.read_line(30s), "got go");
  EXPECT_EQ(child.wait(30s), 7);
  EXPECT_EQ(child.read_line(30s), std::nullopt) << "its output has ended";
}

TEST(ChildProcess, AMissingProgramIsNamed) {
  try {
    const ChildProcess child({"/nonexistent/lln-exchange"});
    FAIL() << "started a program that does not exist";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(error.what()).find("/nonexistent/lln-exchange"), std::string::npos) << error.what();
  }
}

TEST(ChildProcess, IsEndedWithItsOwner) {
  pid_t pid = 0;
  {
    ChildProcess child({"/bin/sh", "-c", "echo ready; exec sleep 1000"});
    EXPECT_EQ(child.read_line(30s), "ready");
    pid = child.pid();
    EXPECT_EQ(child.wait(0ms), std::nullopt) << "still running";
  }
  EXPECT_EQ(::kill(pid, 0), -1) << "the child outlived its owner";
  EXPECT_EQ(errno, ESRCH);
}

TEST(ChildProcess, KillsAChildThatIgnoresTheRequest) {
  pid_t pid = 0;
  {
    ChildProcess child(
        {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do read line || sleep 1000; done"});
    EXPECT_EQ(child.read_line(30s), "ready");
    pid = child.pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, WritingToADeadChildIsHarmless) {
  ::signal(SIGPIPE, SIG_IGN);
  ChildProcess child({"/bin/true"});
  EXPECT_EQ(child.wait(30s), 0);
  child.write_line("anybody?");
}

}  // namespace
}  // namespace lln::app
