// Names, damaged files, rights, and publishers that die.
#include "testkit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace lln::publishing {
namespace {

using testkit::new_name;
using testkit::path_of;

/// What the attempt was refused with; empty: it was not.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

std::string refusal_to_read(const std::string& name) {
  return refusal([&] { Subscriber{name}; });
}

::testing::AssertionResult says(const std::string& text, const std::string& words) {
  if (text.find(words) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << '"' << words << "\" is not in: \"" << text << '"';
}

class SharedFileTest : public ::testing::Test {
 protected:
  ~SharedFileTest() override { ::unlink(path_of(name).c_str()); }

  PublisherOptions small() const { return {.name = name, .symbols = 4, .ring_events = 4}; }
  // A published file of which `bytes` at `offset` are others.
  template <class Value>
  void leave_damaged(std::size_t offset, Value value) {
    {
      const Publisher publisher(small());
      std::filesystem::copy_file(path_of(name), path_of(name) + ".copy");
    }
    std::filesystem::rename(path_of(name) + ".copy", path_of(name));
    std::fstream file(path_of(name), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // A child that publishes until it is killed.
  pid_t publishing_child() const {
    int ready[2];
    if (::pipe(ready) != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      std::optional<Publisher> publisher(small());
      publisher->quote(1, testkit::quote_of(1), {});
      char byte = 'r';
      if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
  }
  static void kill(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  std::string name = new_name();
};

TEST_F(SharedFileTest, NobodyPublishes) {
  EXPECT_TRUE(says(refusal_to_read(name), "nobody publishes as " + name));
}

TEST_F(SharedFileTest, ThePublisherThatEndsRemovesTheNameAndSaysSo) {
  std::optional<Publisher> publisher(small());
  const Subscriber subscriber(name);
  EXPECT_EQ(subscriber.publisher(), PublisherLife::alive);
  EXPECT_TRUE(subscriber.still_current());
  publisher.reset();
  EXPECT_EQ(subscriber.publisher(), PublisherLife::closed);
  EXPECT_FALSE(subscriber.still_current());
  EXPECT_FALSE(std::filesystem::exists(path_of(name)));
}

TEST_F(SharedFileTest, OnePublisherAName) {
  const Publisher publisher(small());
  EXPECT_TRUE(says(refusal([&] { Publisher{small()}; }), "another process publishes as"));
  EXPECT_EQ(refusal_to_read(name), "") << "the first one is untouched";
}

TEST_F(SharedFileTest, AKilledPublisherGoesSilentAndIsReplaced) {
  const pid_t child = publishing_child();
  Subscriber old(name);
  EXPECT_EQ(old.publisher_pid(), child);
  EXPECT_TRUE(says(refusal([&] { Publisher{small()}; }), "another process publishes as"));
  kill(child);
  EXPECT_TRUE(old.still_current()) << "nobody has tidied up";
  timespec now{};
  const auto seconds = [&] { return ::clock_gettime(CLOCK_MONOTONIC, &now), now.tv_sec; };
  for (const auto begin = seconds(); old.publisher() != PublisherLife::silent && seconds() - begin < 60;)
    ::usleep(1000);
  EXPECT_EQ(old.publisher(), PublisherLife::silent);
  EXPECT_TRUE(says(old.obituary(), "process " + std::to_string(child) + " was killed"));
  EXPECT_TRUE(says(old.obituary(), "rm " + path_of(name)));

  Publisher successor(small());
  EXPECT_FALSE(old.still_current()) << "time to open the name again";
  SymbolState state;
  ASSERT_TRUE(old.load_state(1, state));
  EXPECT_EQ(state.quote, testkit::quote_of(1)) << "what the dead one left stays as it was";
  const Subscriber fresh(name);
  EXPECT_EQ(fresh.publisher(), PublisherLife::alive);
  EXPECT_EQ(fresh.obituary(), "");
  ASSERT_TRUE(fresh.load_state(1, state));
  EXPECT_EQ(state.quote, Quote{});
}

TEST_F(SharedFileTest, AFileOfSomethingElse) {
  leave_damaged(offsetof(Header, magic), std::uint64_t{1});
  EXPECT_TRUE(says(refusal_to_read(name), "it is not a file of published books"));
}

TEST_F(SharedFileTest, AnotherVersion) {
  leave_damaged(offsetof(Header, version), std::uint32_t{layout_version + 1});
  EXPECT_TRUE(says(refusal_to_read(name), "layout version " + std::to_string(layout_version + 1)));
}

TEST_F(SharedFileTest, OtherSizes) {
  leave_damaged(offsetof(Header, slot_bytes), std::uint32_t{128});
  EXPECT_TRUE(says(refusal_to_read(name), "records have other sizes"));
}

TEST_F(SharedFileTest, ADamagedHeader) {
  leave_damaged(offsetof(Header, ring_events), std::uint64_t{5});
  EXPECT_TRUE(says(refusal_to_read(name), "its header is damaged"));
}

TEST_F(SharedFileTest, MorePromisedThanThereIs) {
  leave_damaged(offsetof(Header, ring_events), std::uint64_t{1024});
  EXPECT_TRUE(says(refusal_to_read(name), "bytes where its header promises"));
}

TEST_F(SharedFileTest, ShorterThanAHeader) {
  std::ofstream(path_of(name)) << "short";
  EXPECT_TRUE(says(refusal_to_read(name), "too short for published books"));
  std::ofstream(path_of(name), std::ios::trunc).flush();
  EXPECT_TRUE(says(refusal_to_read(name), "is empty"));
}

TEST_F(SharedFileTest, WhoMayNotReadIsTold) {
  PublisherOptions options = small();
  options.mode = 0000;
  const Publisher publisher(options);
  if (::geteuid() == 0) {
    ASSERT_EQ(::seteuid(65'534), 0);
    const std::string text = refusal_to_read(name);
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_TRUE(says(text, "Permission denied"));
    EXPECT_TRUE(says(text, "belongs to user 0"));
  } else {
    EXPECT_TRUE(says(refusal_to_read(name), "Permission denied"));
  }
}

TEST_F(SharedFileTest, TooLittleMemoryIsToldAtOnceAndLeavesNothing) {
  struct statvfs space {};
  if (::statvfs("/dev/shm", &space) != 0 || space.f_blocks == 0) GTEST_SKIP() << "/dev/shm has no limit here";
  const std::size_t more = (space.f_blocks + 1) * space.f_frsize;  // refused before any memory is taken
  const std::string text = refusal([&] { SharedFile::create(name, more); });
  EXPECT_TRUE(says(text, "bytes of shared memory"));
  EXPECT_FALSE(std::filesystem::exists(path_of(name)));
  EXPECT_FALSE(std::filesystem::exists(path_of(name) + "." + std::to_string(::getpid()) + ".new"));
}

}  // namespace
}  // namespace lln::publishing
