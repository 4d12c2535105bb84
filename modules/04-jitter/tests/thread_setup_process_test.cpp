// The steps that concern the whole process or machine. In children, so that this process stays as it is.
#include "child.hpp"
#include "kernel_state.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace lln::jitter {
namespace {

using namespace std::chrono_literals;

int huge_pages_forbidden() { return ::prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0); }

TEST(ThreadSetupOfTheProcess, ForbidsHugePagesAndAllowsThemAgain) {
  EXPECT_EQ(test::in_child(test::Run::as_plain_user,
                           []() -> std::string {
                             ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
                             {
                               const ThreadSetup setup({.no_huge_pages = true});
                               if (!setup.all_ok()) return setup.steps()[0].detail;
                               if (huge_pages_forbidden() != 1) return "not forbidden";
                             }
                             return huge_pages_forbidden() == 0 ? "" : "still forbidden at the end";
                           }),
            "");
}

TEST(ThreadSetupOfTheProcess, LeavesHugePagesForbiddenWhereTheyWere) {
  EXPECT_EQ(test::in_child(test::Run::as_we_are,
                           []() -> std::string {
                             ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
                             {
                               const ThreadSetup setup({.no_huge_pages = true});
                               if (!setup.all_ok()) return setup.steps()[0].detail;
                             }
                             return huge_pages_forbidden() == 1 ? "" : "allowed at the end";
                           }),
            "");
}

TEST(ThreadSetupOfTheProcess, PrefaultsTheHeap) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer brings its own malloc";
  EXPECT_EQ(
      test::in_child(test::Run::as_plain_user,
                     []() -> std::string {
                       const auto* const top = static_cast<char*>(::sbrk(0));
                       const ThreadSetup setup({.prefault_heap_bytes = 64 << 20});
                       if (setup.steps().at(0).name != "prefault_heap_bytes") return "no such step";
                       if (!setup.all_ok()) return setup.steps()[0].detail;
                       return static_cast<char*>(::sbrk(0)) > top + (48 << 20) ? "" : "the heap did not grow";
                     }),
      "");
}

TEST(ThreadSetupOfTheProcess, TellsAPlainUserWhatTheIdleLimitNeeds) {
  EXPECT_EQ(test::in_child(test::Run::as_plain_user,
                           []() -> std::string {
                             const int file = ::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
                             const ThreadSetup setup({.idle_exit_latency = 0us});
                             const std::string& detail = setup.steps().at(0).detail;
                             if (file >= 0)
                               return setup.all_ok() ? "" : detail;  // a machine with a udev rule
                             if (setup.all_ok()) return "granted";
                             return detail.find("/dev/cpu_dma_latency: ") == 0 ? "" : detail;
                           }),
            "");
}

TEST(ThreadSetupOfTheProcess, HoldsTheIdleLimitAsLongAsItLives) {
  const int file = ::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  if (file < 0) GTEST_SKIP() << "this user may not open /dev/cpu_dma_latency, or it is not there";
  ::close(file);
  // What the file says when read is the strictest request of the whole machine.
  const auto strictest = [] {
    std::int32_t value = -1;
    const int request = ::open("/dev/cpu_dma_latency", O_RDONLY | O_CLOEXEC);
    const bool read = ::read(request, &value, sizeof value) == sizeof value;
    ::close(request);
    return read ? value : -1;
  };
  const std::int32_t before = strictest();
  {
    const ThreadSetup setup({.idle_exit_latency = 0us});
    ASSERT_TRUE(setup.all_ok()) << setup.steps()[0].detail;
    EXPECT_EQ(strictest(), 0);
  }
  EXPECT_EQ(strictest(), before) << "given back";
  const ThreadSetup wrong({.idle_exit_latency = -1us});
  EXPECT_FALSE(wrong.all_ok());
}

}  // namespace
}  // namespace lln::jitter
