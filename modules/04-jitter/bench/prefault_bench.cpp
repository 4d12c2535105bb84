// What a page fault costs, and what is left of it when the memory was touched before. One iteration writes one byte in
// each of the 256 pages of 1 MiB.
#include <lln/jitter/prefaulted.hpp>

#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace {

constexpr std::size_t size = 1 << 20;
constexpr std::size_t page = 4096;

void touch(volatile char* memory) {
  for (std::size_t offset = 0; offset < size; offset += page) memory[offset] = 1;
}

volatile char* map_new() {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping memory");
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  return static_cast<volatile char*>(memory);
}

void first_touch(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    volatile char* const memory = map_new();
    state.ResumeTiming();
    touch(memory);
    state.PauseTiming();
    ::munmap(const_cast<char*>(memory), size);
    state.ResumeTiming();
  }
}
BENCHMARK(first_touch);

void touched_before(benchmark::State& state) {
  volatile char* const memory = map_new();
  touch(memory);
  for (auto _ : state) touch(memory);
  ::munmap(const_cast<char*>(memory), size);
}
BENCHMARK(touched_before);

// Reading maps the one page of zeros everywhere; each write then has to replace it.
void read_before_then_written(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    volatile char* const memory = map_new();
    char sum = 0;
    for (std::size_t offset = 0; offset < size; offset += page) sum = static_cast<char>(sum + memory[offset]);
    benchmark::DoNotOptimize(sum);
    state.ResumeTiming();
    touch(memory);
    state.PauseTiming();
    ::munmap(const_cast<char*>(memory), size);
    state.ResumeTiming();
  }
}
BENCHMARK(read_before_then_written);

// What malloc does with a large block: maps it, and unmaps it when it is freed.
void map_touch_unmap(benchmark::State& state) {
  for (auto _ : state) {
    volatile char* const memory = map_new();
    touch(memory);
    ::munmap(const_cast<char*>(memory), size);
  }
}
BENCHMARK(map_touch_unmap);

void malloc_from_prefaulted_heap(benchmark::State& state) {
  const lln::jitter::PrefaultedHeap heap(4 * size);
  for (auto _ : state) {
    auto* const memory = static_cast<volatile char*>(std::malloc(size));
    touch(memory);
    std::free(const_cast<char*>(memory));
  }
}
BENCHMARK(malloc_from_prefaulted_heap);

}  // namespace
