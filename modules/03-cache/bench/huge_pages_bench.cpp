// Random reads over a buffer on 4 KiB pages and on huge pages: independent ones, and each address from the last value.
#include <lln/cache/huge_page_buffer.hpp>
#include <lln/latency/pointer_chase.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace {

using lln::cache::HugePageBuffer;
using lln::cache::PageKind;
using lln::latency::PointerChase;

constexpr std::size_t mib = std::size_t{1} << 20;

// Made once for each size and kind: filling half a gigabyte takes longer than reading it.
struct Memory {
  Memory(std::size_t size, HugePageBuffer::Want want)
      : buffer(size, want), bytes(buffer.bytes().first(size)), chase(bytes) {}
  HugePageBuffer buffer;
  std::span<std::byte> bytes;  // of the buffer, which ends with a whole page
  PointerChase chase;
};

Memory* memory(benchmark::State& state, bool huge) {
  static std::vector<std::pair<std::int64_t, std::unique_ptr<Memory>>> made;
  const std::int64_t key = 2 * state.range(0) + (huge ? 1 : 0);
  for (const auto& [known, entry] : made) {
    if (known == key) return entry.get();
  }
  try {
    const auto bytes = static_cast<std::size_t>(state.range(0)) * mib;
    const auto want = huge ? HugePageBuffer::Want::any : HugePageBuffer::Want::only_plain;
    made.emplace_back(key, std::make_unique<Memory>(bytes, want));
  } catch (const std::system_error& error) {
    state.SkipWithError(error.what());
    return nullptr;
  }
  return made.back().second.get();
}

// Huge pages or nothing: figures of plain pages under that name would be wrong.
Memory* memory_or_skip(benchmark::State& state, bool huge, const char* what, const char* other) {
  Memory* const found = memory(state, huge);
  if (found == nullptr) return nullptr;
  if (huge && found->buffer.pages() == PageKind::plain) {
    state.SkipWithError(found->buffer.describe().c_str());
    return nullptr;
  }
  const std::string size = std::to_string(state.range(0));
  state.SetLabel(std::string(what) + ", " + size + " MiB on " + lln::cache::name_of(found->buffer.pages()) +
                 " pages of " + std::to_string(found->buffer.page_size() / 1024) + " KiB" +
                 (huge ? " | beside " + std::string(other) + "/" + size : std::string()));
  return found;
}

template <bool huge>
void chain(benchmark::State& state) {
  Memory* const found = memory_or_skip(state, huge, "each address from the last value", "chain<false>");
  if (found == nullptr) return;
  PointerChase chase =
      found->chase;  // begins where the last one ended or not: the whole is far larger than a run
  constexpr std::size_t steps = 1000;
  while (state.KeepRunningBatch(steps)) chase.run(steps);
}

template <bool huge>
void independent(benchmark::State& state) {
  Memory* const found = memory_or_skip(state, huge, "independent reads", "independent<false>");
  if (found == nullptr) return;
  const std::span<const std::byte> bytes = found->bytes;
  constexpr std::size_t reads = 1000;
  std::uint64_t random = 1;
  while (state.KeepRunningBatch(reads)) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < reads; ++i) {
      random = random * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      // The high bits of the product are a place in the buffer, without a division.
      const auto place = static_cast<std::size_t>(((random >> 32) * bytes.size()) >> 32);
      sum += static_cast<std::uint64_t>(bytes[place]);
    }
    benchmark::DoNotOptimize(sum);
  }
}

void sizes(benchmark::internal::Benchmark* b) { b->Arg(1)->Arg(16)->Arg(128)->Arg(512); }  // MiB
BENCHMARK(chain<false>)->Apply(sizes);
BENCHMARK(chain<true>)->Apply(sizes);
BENCHMARK(independent<false>)->Apply(sizes);
BENCHMARK(independent<true>)->Apply(sizes);

// Getting the memory: mapped, touched, verified, and given back. Per call, 64 MiB.
void map_and_touch(benchmark::State& state) {
  const auto want = state.range(0) == 0 ? HugePageBuffer::Want::only_plain : HugePageBuffer::Want::any;
  std::string got;
  for (auto _ : state) {
    const HugePageBuffer buffer(64 * mib, want);
    got = lln::cache::name_of(buffer.pages());
  }
  state.SetLabel("map and touch 64 MiB, " + got + " pages | beside map_and_touch/0");
}
BENCHMARK(map_and_touch)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
