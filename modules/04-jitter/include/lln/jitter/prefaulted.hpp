// PrefaultedStack and PrefaultedHeap: memory that is there before it is needed, so that its use takes no page fault.
//
// Threads: PrefaultedStack is used by the thread that made it, for one thread at a time. PrefaultedHeap concerns the
//   whole process: make one, early, before other threads allocate.
// Guarantees: the pages have been written (reading would map the shared page of zeros, and the first write would fault
//   after all), so getrusage(2) counts no minor fault for them afterwards. As long as nothing takes them away again:
//   swapping (lock memory with ThreadSetup), a fork() of the process (every page is shared then, and faults at the next
//   write), MADV_DONTNEED, and the kernel's own moving of pages (NUMA balancing, compaction, huge page collapse).
// Cost: about a page fault for each 4 KiB, now instead of later; measured in the notes.
// Source: mmap(2), pthread_attr_setstack(3), mallopt(3), malloc_trim(3); wiki.linuxfoundation.org/realtime, "Memory for
//   real-time applications".
#pragma once

#include <pthread.h>

#include <cstddef>
#include <exception>
#include <functional>

namespace lln::jitter {

// A resident stack for one thread, with an inaccessible page below it.
class PrefaultedStack {
 public:
  // `bytes` is rounded up to pages, and to what the system requires of a stack at least. Throws std::system_error.
  explicit PrefaultedStack(std::size_t bytes);
  ~PrefaultedStack();  // joins
  PrefaultedStack(const PrefaultedStack&) = delete;
  PrefaultedStack& operator=(const PrefaultedStack&) = delete;

  // Runs `body` in a new thread on this stack. One at a time: std::logic_error while an earlier one has not been
  // joined. Throws std::system_error when no thread can be made.
  void start(std::function<void()> body);
  // Waits for it, and throws what it threw. Without a thread: nothing.
  void join();

  std::size_t size() const noexcept { return size_; }
  void* lowest() const noexcept { return lowest_; }  // of the usable bytes

 private:
  static void* enter(void* self) noexcept;

  std::size_t size_;
  std::size_t mapped_;
  void* mapping_;
  void* lowest_;
  pthread_t thread_{};
  bool running_ = false;
  std::function<void()> body_;
  std::exception_ptr thrown_;
};

// So many resident bytes at the top of malloc's heap, which malloc keeps: allocations up to that sum take no fault,
// whatever their size, and what is freed is not given back to the kernel.
//
// glibc only (std::system_error with ENOTSUP elsewhere). It serves the threads of malloc's main arena: the main thread,
// and, as it asks for a single arena, threads that allocate for the first time later. A thread that has an arena of its
// own keeps it. A single arena means that threads which allocate at once wait for each other: this is for programs
// that allocate while they start, and hardly later.
class PrefaultedHeap {
 public:
  explicit PrefaultedHeap(std::size_t bytes);
  // Back to malloc's documented defaults (mallopt(3) cannot be asked for what was set before), and free memory at the
  // top goes back to the kernel. One thing stays: the number of arenas.
  ~PrefaultedHeap();
  PrefaultedHeap(const PrefaultedHeap&) = delete;
  PrefaultedHeap& operator=(const PrefaultedHeap&) = delete;
};

}  // namespace lln::jitter
