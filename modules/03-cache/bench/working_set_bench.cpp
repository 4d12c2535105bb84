// What a dependent load costs, by the size of what is loaded from: pointer chases on huge pages and on 4 KiB pages.
#include <lln/cache/huge_page_buffer.hpp>
#include <lln/latency/pointer_chase.hpp>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace {

using lln::cache::HugePageBuffer;
using lln::cache::PageKind;
using lln::latency::PointerChase;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

std::string size_text(std::size_t bytes) {
  return bytes >= mib && bytes % mib == 0 ? std::to_string(bytes / mib) + " MiB"
                                          : std::to_string(bytes / kib) + " KiB";
}

// Kept for the next repetition: to chain half a gigabyte takes far longer than a run.
struct Chased {
  Chased(std::size_t bytes, HugePageBuffer::Want want)
      : buffer(bytes, want), chase(buffer.bytes().first(bytes)) {}
  HugePageBuffer buffer;
  PointerChase chase;
};

Chased& chased(std::size_t bytes, HugePageBuffer::Want want) {
  static std::map<std::pair<std::size_t, HugePageBuffer::Want>, std::unique_ptr<Chased>> made;
  auto& entry = made[{bytes, want}];
  if (!entry) entry = std::make_unique<Chased>(bytes, want);
  return *entry;
}

void play(benchmark::State& state, HugePageBuffer::Want want) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  try {
    Chased& entry = chased(bytes, want);
    if (want != HugePageBuffer::Want::only_plain && entry.buffer.pages() == PageKind::plain) {
      state.SkipWithError(entry.buffer.describe().c_str());
      return;
    }
    state.SetLabel(size_text(bytes) + " on " + lln::cache::name_of(entry.buffer.pages()) + " pages");
    // What others left in the caches is pushed out first; beyond this size nothing would stay in them anyway.
    entry.chase.run(std::min<std::size_t>(entry.chase.lines(), 32 * mib / PointerChase::line));
    constexpr std::size_t steps = 1000;
    while (state.KeepRunningBatch(steps)) entry.chase.run(steps);
  } catch (const std::system_error& error) {
    state.SkipWithError(error.what());
  }
}

// Four times the last cache, for memory proper; no more than half a gigabyte, and little of what the machine has.
std::size_t largest() {
  const long last_cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  const std::size_t memory =
      static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t wanted =
      last_cache > 0 ? std::bit_ceil(4 * static_cast<std::size_t>(last_cache)) : 128 * mib;
  return std::max(16 * mib, std::min({wanted, std::bit_floor(memory / 16), 512 * mib}));
}

const bool registered = [] {
  for (const bool huge : {true, false}) {
    const auto want = huge ? HugePageBuffer::Want::transparent : HugePageBuffer::Want::only_plain;
    auto* const made = benchmark::RegisterBenchmark(huge ? "huge" : "plain",
                                                    [want](benchmark::State& state) { play(state, want); });
    for (std::size_t bytes = 4 * kib; bytes <= largest(); bytes *= 2) {
      made->Arg(static_cast<std::int64_t>(bytes));
      // Between two sizes, too: a cache rarely ends where it says.
      if (bytes < 64 * mib) made->Arg(static_cast<std::int64_t>(bytes / 2 * 3));
    }
  }
  return true;
}();

}  // namespace
