// Many lookups of a FlatMap, one by one and in batches that ask for lines ahead, beside the same number of independent
// random loads and beside std::unordered_map. All keys are there; the order is random.
#include <lln/cache/flat_map.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using Map = lln::cache::FlatMap<std::uint64_t>;
constexpr std::size_t batch = 1024;

// A table half full, and the keys in random order. Made once for each size, by the first benchmark that wants it.
struct Table {
  explicit Table(std::size_t slots)
      : map(slots / 4 * 3), keys(slots / 2), lines(slots / 4), homes(slots / 2) {
    std::mt19937_64 random(1);
    for (std::uint64_t& key : keys) {
      do key = random();
      while (!map.insert(key, key).is_new);
    }
    std::shuffle(keys.begin(), keys.end(), random);
    for (std::uint32_t& home : homes) home = static_cast<std::uint32_t>(random() % lines.size());
  }
  std::string size() const { return std::to_string(lines.size() * 64 >> 20) + " MiB"; }

  Map map;
  std::vector<std::uint64_t> keys;
  struct alignas(64) Line {
    std::uint64_t word = 1;
  };
  std::vector<Line> lines;           // as many bytes as the map has
  std::vector<std::uint32_t> homes;  // lines at random
};

Table& table(std::int64_t mib) {
  static std::unordered_map<std::int64_t, std::unique_ptr<Table>> tables;
  auto& entry = tables[mib];
  if (!entry) entry = std::make_unique<Table>((static_cast<std::size_t>(mib) << 20) / 16);
  return *entry;
}

// One iteration is one key: begin(first key of a batch).
template <class Play>
void play(benchmark::State& state, std::size_t keys, Play play_batch) {
  std::size_t at = 0;
  while (state.KeepRunningBatch(batch)) {
    play_batch(at);
    at = at + 2 * batch <= keys ? at + batch : 0;
  }
}

void loads(benchmark::State& state) {
  Table& t = table(state.range(0));
  state.SetLabel("independent random loads, " + t.size());
  play(state, t.homes.size(), [&](std::size_t at) {
    std::uint64_t sum = 0;
    for (std::size_t i = at; i < at + batch; ++i) sum += t.lines[t.homes[i]].word;
    benchmark::DoNotOptimize(sum);
  });
}

void one_by_one(benchmark::State& state) {
  Table& t = table(state.range(0));
  state.SetLabel("find(), " + t.size() + " | beside loads/" + std::to_string(state.range(0)));
  std::vector<std::uint64_t*> results(batch);
  play(state, t.keys.size(), [&](std::size_t at) {
    for (std::size_t i = 0; i < batch; ++i) results[i] = t.map.find(t.keys[at + i]);
    benchmark::DoNotOptimize(results.data());
    benchmark::ClobberMemory();
  });
}

template <std::size_t ahead>
void find_batch(benchmark::State& state) {
  Table& t = table(state.range(0));
  state.SetLabel("find_batch(), " + std::to_string(ahead) + " ahead, " + t.size() + " | beside loads/" +
                 std::to_string(state.range(0)));
  std::vector<std::uint64_t*> results(batch);
  play(state, t.keys.size(), [&](std::size_t at) {
    t.map.find_batch<ahead>(std::span(t.keys).subspan(at, batch), results);
    benchmark::DoNotOptimize(results.data());
    benchmark::ClobberMemory();
  });
}

// The next key is known only when this one's value is: nothing overlaps.
void chain(benchmark::State& state) {
  Table& t = table(state.range(0));
  state.SetLabel("find(), each key from the last value, " + t.size() + " | beside loads/" +
                 std::to_string(state.range(0)));
  std::uint64_t found = 0;
  std::uint64_t previous = 0;
  play(state, t.keys.size(), [&](std::size_t at) {
    for (std::size_t i = at; i < at + batch; ++i) {
      const std::uint64_t key =
          t.keys[i] ^ found ^ previous;  // values equal keys, which the processor does not know
      found = *t.map.find(key);
      previous = key;
    }
  });
  benchmark::DoNotOptimize(found);
}

void unordered_map(benchmark::State& state) {
  Table& t = table(state.range(0));
  static std::unordered_map<std::int64_t, std::unordered_map<std::uint64_t, std::uint64_t>> maps;
  auto& map = maps[state.range(0)];
  if (map.empty()) {
    map.reserve(t.keys.size());
    for (const std::uint64_t key : t.keys) map.emplace(key, key);
  }
  state.SetLabel("std::unordered_map::find(), as many keys as in " + t.size() + " | beside loads/" +
                 std::to_string(state.range(0)));
  play(state, t.keys.size(), [&](std::size_t at) {
    std::uint64_t sum = 0;
    for (std::size_t i = at; i < at + batch; ++i) sum += map.find(t.keys[i])->second;
    benchmark::DoNotOptimize(sum);
  });
}

void sizes(benchmark::internal::Benchmark* b) { b->Arg(1)->Arg(64); }  // MiB: within L2, far beyond
BENCHMARK(loads)->Apply(sizes);
BENCHMARK(chain)->Apply(sizes);
BENCHMARK(one_by_one)->Apply(sizes);
BENCHMARK(find_batch<1>)->Apply(sizes);
BENCHMARK(find_batch<2>)->Apply(sizes);
BENCHMARK(find_batch<4>)->Apply(sizes);
BENCHMARK(find_batch<8>)->Apply(sizes);
BENCHMARK(find_batch<16>)->Apply(sizes);
BENCHMARK(find_batch<32>)->Apply(sizes);
BENCHMARK(find_batch<64>)->Apply(sizes);
BENCHMARK(find_batch<256>)->Apply(sizes);
BENCHMARK(unordered_map)->Apply(sizes);

}  // namespace
