#include <lln/cache/huge_page_buffer.hpp>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using lln::cache::HugePageBuffer;
using lln::cache::PageKind;
using Want = HugePageBuffer::Want;

constexpr std::size_t mib = std::size_t{1} << 20;

// Whatever this machine gives, the buffer has to be consistent about it.
void expect_consistent(const HugePageBuffer& buffer) {
  if (buffer.pages() == PageKind::plain) {
    EXPECT_EQ(buffer.page_size(), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  } else {
    EXPECT_GT(buffer.page_size(), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % buffer.page_size(), 0U);
    EXPECT_EQ(buffer.bytes().size() % buffer.page_size(), 0U);
  }
  for (const HugePageBuffer::Refusal& refusal : buffer.refusals()) {
    EXPECT_NE(refusal.kind, buffer.pages());
    EXPECT_FALSE(refusal.reason.empty());
    EXPECT_NE(buffer.describe().find(refusal.reason), std::string::npos);
  }
}

bool refused(const HugePageBuffer& buffer, PageKind kind) {
  return std::any_of(buffer.refusals().begin(), buffer.refusals().end(),
                     [kind](const HugePageBuffer::Refusal& refusal) { return refusal.kind == kind; });
}

TEST(HugePageBuffer, RefusesNoBytes) { EXPECT_THROW(HugePageBuffer(0), std::invalid_argument); }

TEST(HugePageBuffer, SaysWhatWasAttemptedWhenThereIsNoMemory) {
  for (const std::size_t bytes : {std::size_t{1} << 62, std::numeric_limits<std::size_t>::max()}) {
    try {
      const HugePageBuffer buffer(bytes);
      FAIL() << "more memory than there are addresses";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find("mapping a buffer of"), std::string::npos) << error.what();
    }
  }
}

TEST(HugePageBuffer, GivesZerosThatCanBeWritten) {
  for (const Want want : {Want::any, Want::transparent, Want::only_plain}) {
    HugePageBuffer buffer(3 * mib + 5, want);
    SCOPED_TRACE(buffer.describe());
    ASSERT_GE(buffer.bytes().size(), 3 * mib + 5);
    EXPECT_TRUE(std::all_of(buffer.bytes().begin(), buffer.bytes().end(),
                            [](std::byte byte) { return byte == std::byte{0}; }));
    buffer.bytes().front() = buffer.bytes().back() = std::byte{1};
    expect_consistent(buffer);
  }
}

TEST(HugePageBuffer, EveryKindBeforeTheOneThatItGotWasRefusedWithAReason) {
  const HugePageBuffer buffer(2 * mib);
  SCOPED_TRACE(buffer.describe());
  EXPECT_EQ(refused(buffer, PageKind::reserved), buffer.pages() != PageKind::reserved);
  EXPECT_EQ(refused(buffer, PageKind::transparent), buffer.pages() == PageKind::plain);
}

TEST(HugePageBuffer, WantsOnlyWhatItIsToldTo) {
  const HugePageBuffer plain(4 * mib, Want::only_plain);
  EXPECT_EQ(plain.pages(), PageKind::plain);
  EXPECT_EQ(plain.huge_bytes(), 0U);
  EXPECT_TRUE(plain.refusals().empty()) << plain.describe();
  const HugePageBuffer transparent(4 * mib, Want::transparent);
  EXPECT_NE(transparent.pages(), PageKind::reserved);
  EXPECT_FALSE(refused(transparent, PageKind::reserved));
}

// The kernel accepts madvise(MADV_HUGEPAGE) here and gives plain pages all the same.
TEST(HugePageBuffer, BelievesTheKernelsAccountAndNotItsOkay) {
  if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0) GTEST_SKIP() << "no PR_SET_THP_DISABLE";
  const HugePageBuffer buffer(4 * mib, Want::transparent);
  prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  EXPECT_EQ(buffer.pages(), PageKind::plain) << buffer.describe();
  EXPECT_TRUE(refused(buffer, PageKind::transparent));
}

// Not the buffer's own way to find out: what the kernel counts for the whole process.
TEST(HugePageBuffer, TransparentPagesShowInTheSumOfTheProcess) {
  const HugePageBuffer buffer(8 * mib, Want::transparent);
  if (buffer.pages() != PageKind::transparent) GTEST_SKIP() << buffer.describe();
  std::ifstream file("/proc/self/smaps_rollup");
  std::size_t kib = 0;
  for (std::string word; file >> word;) {
    if (word == "AnonHugePages:") file >> kib;
  }
  EXPECT_GE(kib * 1024, buffer.bytes().size());
}

// A neighbour on plain pages must not count, nor one on huge pages: each tells of itself.
TEST(HugePageBuffer, TellsOfItselfAlone) {
  const HugePageBuffer one(2 * mib, Want::transparent);
  const HugePageBuffer plain(2 * mib, Want::only_plain);
  const HugePageBuffer two(2 * mib, Want::transparent);
  EXPECT_EQ(plain.huge_bytes(), 0U);
  for (const HugePageBuffer* buffer : {&one, &two}) {
    if (buffer->pages() == PageKind::plain) continue;
    EXPECT_EQ(buffer->huge_bytes(), buffer->bytes().size());
  }
}

bool all_resident(std::byte* begin, std::size_t size) {
  std::vector<unsigned char> resident(size / static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(mincore(begin, size, resident.data()), 0);
  return std::all_of(resident.begin(), resident.end(), [](unsigned char page) { return (page & 1U) != 0; });
}

// An emulated kernel (qemu-user) says yes to madvise and does nothing.
bool touching_is_pretended() {
  constexpr int populate_write = 23;  // Linux 5.14
  void* const memory = mmap(nullptr, mib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool pretended =
      madvise(memory, mib, populate_write) == 0 && !all_resident(static_cast<std::byte*>(memory), mib);
  munmap(memory, mib);
  return pretended;
}

TEST(HugePageBuffer, IsTouchedBeforeItIsHandedOut) {
  if (touching_is_pretended())
    GTEST_SKIP() << "an emulated kernel: MADV_POPULATE_WRITE succeeds and does nothing";
  for (const Want want : {Want::any, Want::only_plain}) {
    const HugePageBuffer buffer(4 * mib, want);
    EXPECT_TRUE(all_resident(const_cast<std::byte*>(buffer.bytes().data()), buffer.bytes().size()));
  }
}

TEST(HugePageBuffer, MovesItsMemoryAndUnmapsItOnce) {
  HugePageBuffer last(1, Want::only_plain);
  {
    HugePageBuffer one(2 * mib);
    std::byte* const memory = one.bytes().data();
    const PageKind pages = one.pages();
    HugePageBuffer two(std::move(one));
    EXPECT_TRUE(one.bytes().empty());  // NOLINT: what a moved-from buffer says is part of its contract
    EXPECT_EQ(two.bytes().data(), memory);
    last = std::move(two);
    EXPECT_EQ(last.bytes().data(), memory);
    EXPECT_EQ(last.pages(), pages);
  }
  // The two empty ones are gone. Nothing that is unmapped could be written.
  std::fill(last.bytes().begin(), last.bytes().end(), std::byte{1});
}

// Else its ends could not be huge, whatever the kernel has to give.
TEST(HugePageBuffer, IsMadeOfWholeHugePagesWhereThereAreAny) {
  std::size_t huge = 0;
  std::ifstream("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size") >> huge;
  if (huge == 0) GTEST_SKIP() << "this kernel has no transparent huge pages";
  for (int i = 0; i < 4; ++i) {
    const HugePageBuffer buffer(huge + 1, Want::transparent);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % huge, 0U);
    EXPECT_EQ(buffer.bytes().size(), 2 * huge);
  }
}

std::size_t mapped() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Another of its ways: reserved huge pages that it refuses take addresses all the same.
bool refusals_take_addresses() {
  const std::size_t before = mapped();
  for (int i = 0; i < 8; ++i) {
    void* const memory =
        mmap(nullptr, 32 * mib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (memory != MAP_FAILED) munmap(memory, 32 * mib);
  }
  return mapped() >= before + 8 * mib;
}

TEST(HugePageBuffer, GivesEverythingBack) {
  if (refusals_take_addresses()) GTEST_SKIP() << "an emulated kernel: a refused mapping takes addresses";
  { const HugePageBuffer warm_up(mib); }
  const std::size_t before = mapped();
  for (int i = 0; i < 8; ++i) const HugePageBuffer buffer(32 * mib);
  EXPECT_LT(mapped(), before + 8 * mib);  // less than what lies around eight of them
}

}  // namespace
