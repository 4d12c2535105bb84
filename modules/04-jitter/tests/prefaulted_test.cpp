// Page faults counted by the kernel (getrusage), with the counterpart beside: the same use of memory that is not ours.
#include "child.hpp"
#include "kernel_state.hpp"

#include <lln/jitter/prefaulted.hpp>

#include <alloca.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace lln::jitter {
namespace {

constexpr std::size_t mebi = 1 << 20;
// The kernel itself takes a page away now and then (compaction, swapping). Without prefaulting every try has hundreds.
constexpr int tries = 5;

long minor_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

// Writes one byte of each page of so much stack.
[[gnu::noinline]] void use_stack(std::size_t bytes) {
  volatile char* const memory = static_cast<volatile char*>(alloca(bytes));
  for (std::size_t offset = bytes; offset > 4096; offset -= 4096) memory[offset - 1] = 1;
  memory[0] = 1;
}

long faults_of_using_stack(std::size_t bytes) {
  minor_faults();
  const long before = minor_faults();
  use_stack(bytes);
  return minor_faults() - before;
}

TEST(PrefaultedStack, UsingItTakesNoFault) {
  if (test::sanitized)
    GTEST_SKIP() << "AddressSanitizer touches shadow pages of its own for each page of stack";
  long faults = -1;
  for (int i = 0; i < tries && faults != 0; ++i) {
    PrefaultedStack stack(2 * mebi);
    EXPECT_GE(stack.size(), 2 * mebi);
    stack.start([&faults] { faults = faults_of_using_stack(mebi); });
    stack.join();
  }
  EXPECT_EQ(faults, 0);
}

TEST(PrefaultedStack, AnOrdinaryStackDoesTakeFaults) {
  if (test::sanitized) GTEST_SKIP() << "nothing to compare with";
  long faults = 0;
  std::thread([&faults] {
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // one fault would bring 2 MiB
    faults = faults_of_using_stack(mebi);
    ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  }).join();
  EXPECT_GT(faults, 0) << "otherwise the test above proves nothing";
}

TEST(PrefaultedStack, TheBodyRunsOnIt) {
  PrefaultedStack stack(mebi);
  const char* where = nullptr;
  stack.start([&where] { where = static_cast<const char*>(__builtin_frame_address(0)); });
  stack.join();
  const char* const lowest = static_cast<const char*>(stack.lowest());
  EXPECT_TRUE(where >= lowest && where < lowest + stack.size());
}

TEST(PrefaultedStack, APageBelowItIsForbidden) {
  const PrefaultedStack stack(mebi);
  const auto address = std::to_string(reinterpret_cast<std::uintptr_t>(stack.lowest()));
  std::ifstream maps("/proc/self/maps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    std::size_t end = 0;
    (void)std::stoull(line, &end, 16);
    const auto upper = std::stoull(line.substr(end + 1), nullptr, 16);
    if (upper == reinterpret_cast<std::uintptr_t>(stack.lowest()))
      found = line.find(" ---p ") != std::string::npos;
  }
  EXPECT_TRUE(found) << "no inaccessible mapping ends at " << address;
}

TEST(PrefaultedStack, CarriesAThreadAfterAnotherAndTheirExceptions) {
  PrefaultedStack stack(64 << 10);
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    stack.start([&runs] { ++runs; });
    stack.join();
  }
  EXPECT_EQ(runs, 3);
  stack.start([] { throw std::runtime_error("from the thread"); });
  EXPECT_THROW(stack.join(), std::runtime_error);
  EXPECT_NO_THROW(stack.join()) << "once";
}

TEST(PrefaultedStack, RefusesASecondThreadAtATime) {
  PrefaultedStack stack(64 << 10);
  stack.start([] {});
  EXPECT_THROW(stack.start([] {}), std::logic_error);
  stack.join();
}

// Small and large blocks, as many as fit into `bytes`; each written once, then all freed.
void use_heap(std::size_t bytes) {
  void* blocks[4096];
  std::size_t used = 0;
  std::size_t count = 0;
  for (std::size_t size = 100; count<4096; size = size> 600'000 ? 100 : size * 3) {
    if (used + size + 64 > bytes) break;
    used += size + 64;
    auto* const block = static_cast<volatile char*>(std::malloc(size));
    for (std::size_t offset = 0; offset < size; offset += 4096) block[offset] = 1;
    block[size - 1] = 1;
    blocks[count++] = const_cast<char*>(block);
  }
  while (count > 0) std::free(blocks[--count]);
}

// A fork leaves all pages shared, malloc's own data among them: once written, they are private again.
void own_all_pages() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw-p ") == std::string::npos) continue;
    std::size_t end = 0;
    const auto first = std::stoull(line, &end, 16);
    const auto last = std::stoull(line.substr(end + 1), nullptr, 16);
    for (auto address = first; address < last; address += test::page_size()) {
      auto* const byte = reinterpret_cast<volatile char*>(address);
      *byte = *byte;
    }
  }
}

// In a child, because malloc's options and heap stay changed. Nobody else allocates there.
std::string faults_of_using_heap(std::size_t prefaulted) {
  return test::in_child(test::Run::as_we_are, [prefaulted]() -> std::string {
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    own_all_pages();
    std::optional<PrefaultedHeap> heap;
    if (prefaulted > 0) heap.emplace(prefaulted);
    use_heap(40'000);  // code, stack and what else the fork left shared
    const long before = minor_faults();
    use_heap(8 * mebi);
    use_heap(8 * mebi);
    return std::to_string(minor_faults() - before);
  });
}

#if defined(__GLIBC__)
TEST(PrefaultedHeap, AllocationsTakeNoFault) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer brings its own malloc";
  std::string faults;
  for (int i = 0; i < tries && faults != "0"; ++i) faults = faults_of_using_heap(16 * mebi);
  EXPECT_EQ(faults, "0");
}

TEST(PrefaultedHeap, WithoutItAllocationsFault) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer brings its own malloc";
  EXPECT_GT(std::stol(faults_of_using_heap(0)), 100) << "otherwise the test above proves nothing";
}

TEST(PrefaultedHeap, GivesMemoryBackAtTheEnd) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer brings its own malloc";
  EXPECT_EQ(test::in_child(test::Run::as_we_are,
                           []() -> std::string {
                             void* const top = ::sbrk(0);
                             {
                               const PrefaultedHeap heap(64 * mebi);
                               if (static_cast<char*>(::sbrk(0)) < static_cast<char*>(top) + 60 * mebi)
                                 return "the heap did not grow";
                             }
                             return static_cast<char*>(::sbrk(0)) < static_cast<char*>(top) + 8 * mebi
                                        ? ""
                                        : "the heap did not shrink";
                           }),
            "");
}
#endif

TEST(PrefaultedHeap, RefusesWhatCannotBe) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer ends the process instead of returning null";
  EXPECT_EQ(test::in_child(test::Run::as_we_are,
                           []() -> std::string {
                             try {
                               const PrefaultedHeap heap(std::size_t{1} << 60);
                             } catch (const std::system_error&) {
                               return "";
                             }
                             return "accepted";
                           }),
            "");
}

}  // namespace
}  // namespace lln::jitter
