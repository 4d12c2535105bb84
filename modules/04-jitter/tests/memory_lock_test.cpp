// Locking memory. In children, so that this process keeps its memory as it is.
#include "child.hpp"
#include "kernel_state.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

namespace lln::jitter {
namespace {

using test::in_child;
using test::locked_bytes;
using test::map_pages;
using test::resident_pages;
using test::Run;

constexpr std::size_t mebibyte = 1 << 20;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Asks the kernel itself, for a moment.
bool kernel_grants_mlockall() {
  return in_child(Run::as_we_are,
                  []() -> std::string {
                    return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 && map_pages(64 * mebibyte)
                               ? ""
                               : "no";
                  })
      .empty();
}

#define LLN_SKIP_UNDER_SANITIZERS() \
  if (test::sanitized) GTEST_SKIP() << "sanitizers turn mlockall() into a no-op"
#define LLN_SKIP_UNLESS_GRANTED() \
  LLN_SKIP_UNDER_SANITIZERS();    \
  if (!kernel_grants_mlockall())  \
  GTEST_SKIP() << "this user may not lock memory without a limit (CAP_IPC_LOCK)"

TEST(MemoryLock, LocksWhatIsThereAndWhatComes) {
  LLN_SKIP_UNLESS_GRANTED();
  EXPECT_EQ(in_child(Run::as_we_are,
                     []() -> std::string {
                       void* earlier = map_pages(mebibyte);
                       const auto before = locked_bytes();
                       {
                         const ThreadSetup setup({.lock_memory = true});
                         if (!setup.all_ok()) return setup.steps()[0].detail;
                         if (resident_pages(earlier, mebibyte) < mebibyte / test::page_size())
                           return "an earlier mapping is not resident";
                         const auto now = locked_bytes();
                         if (now < mebibyte) return "nothing is locked";
                         char* later = static_cast<char*>(map_pages(mebibyte));
                         if (locked_bytes() < now + mebibyte) return "a later mapping is not locked";
                         if (resident_pages(later, mebibyte) != 0)
                           return "a later mapping was filled before its first touch";
                       }
                       return locked_bytes() == before ? "" : "still locked after the end";
                     }),
            "");
}

TEST(MemoryLock, NestedSetupLeavesTheLockToTheOuterOne) {
  LLN_SKIP_UNLESS_GRANTED();
  EXPECT_EQ(in_child(Run::as_we_are,
                     []() -> std::string {
                       {
                         const ThreadSetup outer({.lock_memory = true});
                         {
                           const ThreadSetup inner({.lock_memory = true});
                           if (!inner.all_ok()) return inner.steps()[0].detail;
                         }
                         if (locked_bytes() == 0)
                           return "the inner setup unlocked what the outer one had locked";
                       }
                       return locked_bytes() == 0 ? "" : "still locked after the end";
                     }),
            "");
}

TEST(MemoryLock, DoesNotFillAMappingThatIsLargerThanFreeMemory) {
  LLN_SKIP_UNLESS_GRANTED();
  EXPECT_EQ(in_child(Run::as_we_are,
                     []() -> std::string {
                       std::ifstream in("/proc/meminfo");
                       std::size_t available = 0;
                       for (std::string line; std::getline(in, line);) {
                         if (line.starts_with("MemAvailable:"))
                           available = std::stoull(line.substr(13)) * 1024;
                       }
                       // Read-only: should it be filled all the same, every page is the one page of zeros.
                       void* sparse = map_pages(available, PROT_READ);
                       if (sparse == nullptr)
                         return "";  // this kernel does not overcommit, so the danger does not exist
                       const ThreadSetup setup({.lock_memory = true});
                       if (!setup.all_ok()) return setup.steps()[0].detail;
                       if (resident_pages(sparse, mebibyte) != 0) return "a sparse mapping was filled";
                       return contains(setup.steps()[0].detail, "what is touched is locked")
                                  ? ""
                                  : setup.steps()[0].detail;
                     }),
            "");
}

TEST(MemoryLock, TellsAPlainUserLimitAndNeed) {
  LLN_SKIP_UNDER_SANITIZERS();
  EXPECT_EQ(in_child(Run::as_plain_user,
                     []() -> std::string {
                       rlimit limit{};
                       ::getrlimit(RLIMIT_MEMLOCK, &limit);
                       limit.rlim_cur = std::min<rlim_t>(mebibyte, limit.rlim_max);
                       if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return "setrlimit failed";
                       if (::mlockall(MCL_CURRENT) == 0)
                         return "";  // a user with CAP_IPC_LOCK: nothing is refused
                       const ThreadSetup setup({.lock_memory = true});
                       if (setup.all_ok()) return "granted to a user without the right";
                       const std::string& detail = setup.steps()[0].detail;
                       const bool good =
                           contains(detail, "mlockall: ") && contains(detail, "this process maps ") &&
                           contains(detail, "limit of locked memory is " +
                                                std::to_string(limit.rlim_cur >> 10) + " KiB") &&
                           contains(detail, "CAP_IPC_LOCK");
                       return good && locked_bytes() == 0 ? "" : detail;
                     }),
            "");
}

TEST(MemoryLock, AllocationsStillWorkUnderALimitThatWasEnough) {
  LLN_SKIP_UNDER_SANITIZERS();
  const auto text = in_child(Run::as_plain_user, []() -> std::string {
    const ThreadSetup setup({.lock_memory = true});
    if (!setup.all_ok()) return "skip";
    return map_pages(256 * mebibyte) != nullptr ? "" : "locking made a later allocation fail";
  });
  if (text == "skip") GTEST_SKIP() << "the limit of locked memory is smaller than this process";
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace lln::jitter
