// Page faults of memory that was prefaulted, as getrusage counts them; stacks that are too small for what is asked.
#include <lln/testkit/page_faults.hpp>
#include <lln/testkit/testkit.hpp>

#include <prefault.hpp>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <functional>
#include <memory>
#include <optional>

namespace {

using lln::testkit::PageFaultCounter;
using lln::testkit::Story;

constexpr const char* notes = "modules/04-jitter/README.md#prefaulting";
constexpr std::size_t kibi = 1024;

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// Pages that nobody has touched, one at a time: no huge pages.
class Untouched {
 public:
  explicit Untouched(std::size_t pages) : bytes_(pages * page_size()) {
    memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(), "mapping memory for a test");
    ::madvise(memory_, bytes_, MADV_NOHUGEPAGE);  // EINVAL where the kernel has none
  }
  ~Untouched() { ::munmap(memory_, bytes_); }
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;

  char* page(std::size_t index) const { return static_cast<char*>(memory_) + index * page_size(); }

 private:
  std::size_t bytes_;
  void* memory_;
};

long faults_of_writing(char* memory, std::size_t bytes) {
  const PageFaultCounter counter;
  for (std::size_t offset = 0; offset < bytes; ++offset) *static_cast<volatile char*>(memory + offset) = 1;
  return counter.minor();
}

// ---- pages ----

TEST(Pages, AreWritableWithoutAFault) {
  Story story("64 pages are prefaulted, then written");
  story.notes(notes).think("what does the kernel map when a page is only read?");
  const Untouched memory(64);
  const std::size_t pages = lln::exercise::prefault(memory.page(0), 64 * page_size());
  const long faults = faults_of_writing(memory.page(0), 64 * page_size());
  story.expect(pages).equals(64U).named("the answer").units("pages");
  story.expect(faults).equals(0).named("minor faults of writing");
  story.step("64 other pages, to see that the counter works");
  const Untouched others(64);
  story.expect(faults_of_writing(others.page(0), 64 * page_size())).at_least(1).named("minor faults");
}

TEST(Pages, ThatHoldOneByteOnly) {
  Story story("8 bytes, 4 of them in one page and 4 in the next; and a page and two bytes, in three pages");
  story.notes(notes).think("how many pages can n bytes lie in, when they do not begin with a page?");
  const Untouched memory(8);
  const std::size_t two = lln::exercise::prefault(memory.page(1) - 4, 8);
  const long faults_of_two = faults_of_writing(memory.page(1) - 4, 8);
  story.expect(two).equals(2U).named("the answer").units("pages");
  story.expect(faults_of_two).equals(0).named("minor faults of writing");
  story.step("a page and two bytes");
  const std::size_t three = lln::exercise::prefault(memory.page(4) - 1, page_size() + 2);
  const long faults_of_three = faults_of_writing(memory.page(4) - 1, page_size() + 2);
  story.expect(three).equals(3U).named("the answer").units("pages");
  story.expect(faults_of_three).equals(0).named("minor faults of writing");
}

TEST(Pages, KeepWhatIsInThem) {
  Story story("memory with something in it is prefaulted");
  story.notes(notes);
  const Untouched memory(3);
  for (std::size_t i = 0; i < 3 * page_size(); ++i) memory.page(0)[i] = static_cast<char>(i % 251 + 1);
  const std::size_t pages = lln::exercise::prefault(memory.page(0) + 1, 3 * page_size() - 2);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < 3 * page_size(); ++i)
    changed += memory.page(0)[i] != static_cast<char>(i % 251 + 1);
  story.expect(pages).equals(3U).named("the answer").units("pages");
  story.expect(changed).equals(0U).named("bytes that were changed");
}

// ---- ends ----

TEST(Ends, NeighboursAreNotTouched) {
  Story story("two pages of four are prefaulted: the second and the third");
  story.notes(notes);
  const Untouched memory(4);
  const std::size_t pages = lln::exercise::prefault(memory.page(1), 2 * page_size());
  const long before = faults_of_writing(memory.page(0), 1);
  const long behind = faults_of_writing(memory.page(3), 1);
  story.expect(pages).equals(2U).named("the answer").units("pages");
  story.expect(before).at_least(1).named("minor faults of writing to the page before");
  story.expect(behind).at_least(1).named("minor faults of writing to the page behind");
}

TEST(Ends, NothingIsNothing) {
  Story story("0 bytes");
  story.notes(notes);
  const Untouched memory(2);
  const std::size_t pages = lln::exercise::prefault(memory.page(1), 0);
  story.expect(pages).equals(0U).named("the answer").units("pages");
  story.expect(lln::exercise::prefault(nullptr, 0))
      .equals(0U)
      .named("the answer, without memory")
      .units("pages");
  story.expect(faults_of_writing(memory.page(1), 1)).at_least(1).named("minor faults of writing");
}

TEST(Ends, BlocksOfAnySizeOnTheHeap) {
  Story story("blocks of 1 to 20000 bytes, with other people's memory before and behind them");
  story.notes(notes).think("what lies between the last byte of the block and the end of its page?");
  constexpr std::size_t sizes[] = {1, 7, 100, 4095, 4096, 4097, 8192, 20'000};
  for (const std::size_t bytes : sizes) {
    story.step(std::to_string(bytes) + " bytes");
    const auto block = std::make_unique<char[]>(bytes);
    const auto first = reinterpret_cast<std::uintptr_t>(block.get()) / page_size();
    const auto last = (reinterpret_cast<std::uintptr_t>(block.get()) + bytes - 1) / page_size();
    story.expect(lln::exercise::prefault(block.get(), bytes))
        .equals(last - first + 1)
        .named("the answer")
        .units("pages");
  }
}

// ---- stacks: in a child process, where a stack that ends costs nobody else anything ----

struct StackReport {
  std::size_t answer = 0;
  long faults = -1;
};

[[gnu::noinline]] void use_stack(std::size_t bytes) {
  auto* const memory = static_cast<volatile char*>(alloca(bytes));
  for (std::size_t offset = bytes; offset > 1024; offset -= 1024) memory[offset - 1] = 1;
  memory[0] = 1;
}

[[gnu::noinline]] long faults_of_using_stack(std::size_t bytes) {
  const PageFaultCounter counter;
  use_stack(bytes);
  return counter.minor();
}

// Prefaults, then uses all that was answered, less the frames of the functions in between.
StackReport prefault_and_use(std::size_t bytes) {
  static_cast<void>(faults_of_using_stack(std::min(bytes, 2 * kibi)));  // their code is there now, too
  StackReport report;
  report.answer = lln::exercise::prefault_stack(bytes);
  report.faults = report.answer > 2 * kibi ? faults_of_using_stack(report.answer - 2 * kibi) : 0;
  return report;
}

// What `work` answers in a child process; nothing when the child ends by a signal.
std::optional<StackReport> in_a_child(const std::function<StackReport()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "a pipe to a child");
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "starting a child");
  if (child == 0) {
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // one fault would bring 2 MiB
    ::signal(SIGSEGV, SIG_DFL);
    const StackReport report = work();
    ::_exit(::write(ends[1], &report, sizeof report) == sizeof report ? 0 : 1);
  }
  ::close(ends[1]);
  StackReport report;
  const bool whole = ::read(ends[0], &report, sizeof report) == sizeof report;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!whole || !WIFEXITED(status)) return std::nullopt;
  return report;
}

struct Work {
  std::size_t bytes;
  StackReport report;
};

StackReport on_a_thread(std::size_t stack, std::size_t bytes) {
  Work work{bytes, {}};
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack);
  pthread_t thread{};
  const auto body = [](void* given) -> void* {
    auto* const mine = static_cast<Work*>(given);
    mine->report = prefault_and_use(mine->bytes);
    return nullptr;
  };
  if (::pthread_create(&thread, &attributes, body, &work) == 0) ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  return work.report;
}

// ---- stack ----

TEST(Stack, ItsUseTakesNoFault) {
  Story story("a thread with 2 MiB of stack prefaults 512 KiB, then a function uses them");
  story.notes(notes).think(
      "where does the memory of a function lie, that is called after yours has returned?");
  const auto report = in_a_child([] { return on_a_thread(2048 * kibi, 512 * kibi); });
  story.expect(report.has_value()).is_true().named("the child lived");
  if (!story.ok()) return;
  story.expect(report->answer).equals(512 * kibi).named("the answer").units("bytes");
  story.expect(report->faults).equals(0).named("minor faults of using it");
}

TEST(Stack, OfTheMainThreadToo) {
  Story story("the main thread, whose stack grows when it is touched, prefaults 300000 bytes");
  story.notes(notes);
  const auto report = in_a_child([] { return prefault_and_use(300'000); });
  story.expect(report.has_value()).is_true().named("the child lived");
  if (!story.ok()) return;
  story.expect(report->answer).equals(300'000U).named("the answer").units("bytes");
  story.expect(report->faults).equals(0).named("minor faults of using it");
}

// ---- small-stack ----

TEST(SmallStack, OfAThread) {
  Story story("a thread with 256 KiB of stack is to prefault 1 MiB");
  story.notes(notes).think("who knows where the stack of a thread ends?");
  const auto report = in_a_child([] { return on_a_thread(256 * kibi, 1024 * kibi); });
  story.expect(report.has_value()).is_true().named("the child lived");
  if (!story.ok()) return;
  story.expect(report->answer).at_least(128 * kibi).named("the answer").units("bytes");
  story.expect(report->answer).at_most(192 * kibi).named("the answer").units("bytes");
  story.expect(report->faults).equals(0).named("minor faults of using what was answered");
}

TEST(SmallStack, OfAProcessWithALimit) {
  Story story("RLIMIT_STACK is 512 KiB, and 16 MiB are asked for in the main thread");
  story.notes(notes).think("the limit is checked when the stack grows: what does the process get then?");
  const auto report = in_a_child([] {
    const rlimit limit{512 * kibi, 512 * kibi};
    if (::setrlimit(RLIMIT_STACK, &limit) != 0) return StackReport{};
    return prefault_and_use(16 * 1024 * kibi);
  });
  story.expect(report.has_value()).is_true().named("the child lived");
  if (!story.ok()) return;
  story.expect(report->answer).at_least(64 * kibi).named("the answer").units("bytes");
  story.expect(report->answer).at_most(448 * kibi).named("the answer").units("bytes");
  story.expect(report->faults).equals(0).named("minor faults of using what was answered");
}

TEST(SmallStack, WithNothingToSpare) {
  Story story("a thread with 64 KiB of stack: the reserve alone is more than is left");
  story.notes(notes);
  const auto report = in_a_child([] { return on_a_thread(64 * kibi, 1); });
  story.expect(report.has_value()).is_true().named("the child lived");
  if (!story.ok()) return;
  story.expect(report->answer).equals(0U).named("the answer").units("bytes");
}

// ---- heap ----

// AddressSanitizer has an allocator of its own, which knows no mallopt.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer);
#else
constexpr bool sanitized = false;
#endif

// Blocks of many sizes, 100 bytes to 2 MB and 7 MB together: taken, written, freed.
long faults_of_using_the_heap() {
  void* blocks[12];
  std::size_t count = 0;
  const PageFaultCounter counter;
  for (std::size_t size = 100; count < 12; size = size * 5 / 2) {
    const std::size_t bytes = std::min<std::size_t>(size, 2'000'000);
    auto* const block = static_cast<char*>(std::malloc(bytes));
    if (block == nullptr) break;
    for (std::size_t offset = 0; offset < bytes; offset += kibi)
      *static_cast<volatile char*>(block + offset) = 1;
    blocks[count++] = block;
  }
  while (count > 0) std::free(blocks[--count]);
  return counter.minor();
}

TEST(Heap, ItsUseTakesNoFault) {
  if (sanitized) GTEST_SKIP() << "the allocator of AddressSanitizer is not malloc's";
  Story story("16 MiB of heap, then blocks from 100 bytes to 2 MB, ten times taken and freed");
  story.notes(notes).think("where do large blocks come from, and what happens when the last block is freed?");
  const bool answer = lln::exercise::prefault_heap(16 * kibi * kibi);
  long faults[10];
  for (long& each : faults) each = faults_of_using_the_heap();
  story.expect(answer).is_true().named("the answer");
  story.expect(faults[0]).at_most(2).named("minor faults of the first time");  // the test's own array
  long later = 0;
  for (int i = 1; i < 10; ++i) later += faults[i];
  story.expect(later).equals(0).named("minor faults of the other nine");
}

TEST(Heap, TooMuch) {
  if (sanitized) GTEST_SKIP() << "the allocator of AddressSanitizer is not malloc's";
  Story story("more than any machine has");
  story.notes(notes);
  static_cast<void>(lln::exercise::prefault_heap(kibi));
  story.expect(lln::exercise::prefault_heap(~std::size_t{0} / 4)).is_false().named("the answer");
  story.expect(lln::exercise::prefault_heap(64 * kibi)).is_true().named("the answer for 64 KiB");
}

}  // namespace
