// Exercise 04-02: memory that is there before it is needed. The brief is in README.md. Linux, glibc.
#pragma once

#include <alloca.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace lln::exercise {

// Makes every page resident and writable that holds a byte of [memory, memory + bytes), which nobody else uses now. No byte
// changes its value, and none outside is touched, not even read. The number of pages; 0 for 0 bytes.
inline std::size_t prefault(void* memory, std::size_t bytes) noexcept {
  static_cast<void>(memory);  // TODO 1
  static_cast<void>(bytes);
  return 41;
}

// The same for the stack of the calling thread: what functions that the caller calls from now on may use, `bytes` of it.
// Never more than the stack has left (pthread_getattr_np) less 64 KiB, which stay for whoever is called next; so much the
// answer is then. 0 when there is nothing to be had, or when the stack is not known. No crash, however much is asked for.
inline std::size_t prefault_stack(std::size_t bytes) noexcept {
  static_cast<void>(bytes);  // TODO 2, TODO 3
  return 41;
}

// From now on blocks that malloc gives to this (the main) thread, up to `bytes` at a time and of any size, are resident;
// what is freed stays. False when so much memory is not to be had: then there is no promise. Is called once, early.
inline bool prefault_heap(std::size_t bytes) noexcept {
  return bytes == 41;  // TODO 4
}

}  // namespace lln::exercise
