#include "figure.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace lln::numbers {
namespace {

void measure_syscall(const Settings& settings, std::vector<Figure>& figures) {
  constexpr int calls = 20'000;
  Figure figure{"syscall", "system call that does nothing", 1000.0, "getppid() by syscall(2) in a loop", {},
                {}};
  repeat(settings, figure, calls, [] {
    const double from = now_ns();
    for (int i = 0; i < calls; ++i) (void)syscall(SYS_getppid);
    return now_ns() - from;
  });
  figures.push_back(figure);
}

void measure_page_fault(const Settings& settings, std::vector<Figure>& figures) {
  constexpr std::size_t pages = 4'096;
  constexpr std::size_t page = 4'096;
  Figure figure{"page_fault", "page fault, first touch",
                {},           "first write to each 4 KiB page of 16 MiB of new anonymous memory",
                {},           {}};
  repeat(settings, figure, pages, [&]() -> double {
    void* const got = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) return 0;
    madvise(got, pages * page, MADV_NOHUGEPAGE);
    auto* const bytes = static_cast<volatile char*>(got);
    const double from = now_ns();
    for (std::size_t i = 0; i < pages; ++i) bytes[i * page] = 1;
    const double took = now_ns() - from;
    munmap(got, pages * page);
    return took;
  });
  figures.push_back(figure);
}

// A byte to and fro through two pipes between two threads on one processor: each way is one switch, and with
// it one write and one read.
void measure_switch(const Settings& settings, std::vector<Figure>& figures) {
  constexpr int rounds = 2'000;
  Figure figure{"context_switch",
                "context switch",
                3000.0,
                "a byte through a pipe to a thread on the same processor, and back; half a round",
                {},
                {}};
  std::array<int, 2> there{};
  std::array<int, 2> back{};
  if (pipe(there.data()) != 0 || pipe(back.data()) != 0) {
    figure.problem = "no pipe";
    figures.push_back(figure);
    return;
  }
  std::thread echo([&] {
    pin_this_thread(0);
    char byte = 0;
    while (read(there[0], &byte, 1) == 1 && byte != 'q') {
      if (write(back[1], &byte, 1) != 1) return;
    }
  });
  std::thread asker([&] {
    pin_this_thread(0);
    char byte = 'a';
    repeat(settings, figure, 2.0 * rounds, [&] {
      const double from = now_ns();
      for (int i = 0; i < rounds; ++i) {
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) break;
      }
      return now_ns() - from;
    });
    const char quit = 'q';
    if (write(there[1], &quit, 1) != 1) close(there[1]);
  });
  asker.join();
  echo.join();
  for (const int fd : {there[0], there[1], back[0], back[1]}) close(fd);
  figures.push_back(figure);
}

}  // namespace

void measure_kernel(const Settings& settings, std::vector<Figure>& figures) {
  measure_syscall(settings, figures);
  measure_switch(settings, figures);
  measure_page_fault(settings, figures);
}

}  // namespace lln::numbers
