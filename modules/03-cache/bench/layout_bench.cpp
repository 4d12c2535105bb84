// What a scan or a search touches: records whole or split, arrays of structures or of members, payloads inside or behind
// a pointer, by the size of the working set.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace {

// #region orders
struct Order {  // two lines
  std::uint64_t reference;
  std::uint32_t price;
  std::uint32_t shares;
  std::array<char, 112> rest;  // client, account, time stamps: needed when an order is printed
};
struct HotOrder {
  std::uint64_t reference;
  std::uint32_t price;
  std::uint32_t shares;
};
// #endregion orders
static_assert(sizeof(Order) == 128 && sizeof(HotOrder) == 16);

std::string title(const std::string& what, std::int64_t records, std::size_t bytes) {
  const std::size_t size = static_cast<std::size_t>(records) * bytes;
  const std::string text = size >= (1U << 20)   ? std::to_string(size >> 20) + " MiB"
                           : size >= (1U << 10) ? std::to_string(size >> 10) + " KiB"
                                                : std::to_string(size) + " bytes";
  return what + ", " + std::to_string(records) + " records, " + text;
}
std::string beside(const char* name, std::int64_t records) {
  return std::string(" | beside ") + name + "/" + std::to_string(records);
}

// Places in an order that no prefetcher guesses, as keys of a hash table or references of a feed give them.
std::vector<std::uint32_t> random_places(std::size_t count) {
  std::vector<std::uint32_t> places(count);
  std::iota(places.begin(), places.end(), 0U);
  std::shuffle(places.begin(), places.end(), std::mt19937_64(1));
  return places;
}

// One iteration is one record; a batch is all of them once.
template <class Record, class Take>
void play(benchmark::State& state, std::vector<Record>& records, Take take) {
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(records.size()))) {
    decltype(take(records.front())) sum{};
    for (const Record& record : records) sum += take(record);
    benchmark::DoNotOptimize(sum);
    benchmark::ClobberMemory();
  }
}

template <class Record, class Take>
void play_random(benchmark::State& state, std::vector<Record>& records, Take take) {
  const std::vector<std::uint32_t> places = random_places(records.size());
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(records.size()))) {
    std::uint64_t sum = 0;
    for (const std::uint32_t place : places) sum += take(records[place]);
    benchmark::DoNotOptimize(sum);
    benchmark::ClobberMemory();
  }
}

template <class Record>
std::vector<Record> filled(std::int64_t count) {
  std::vector<Record> records(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].reference = i;
    records[i].price = static_cast<std::uint32_t>(i * 2'654'435'761U);
    records[i].shares = 100;
  }
  return records;
}

constexpr auto value = [](const auto& order) { return std::uint64_t{order.price} * order.shares; };

void whole_random(benchmark::State& state) {
  auto orders = filled<Order>(state.range(0));
  state.SetLabel(title("whole orders of 128 bytes, at random", state.range(0), sizeof(Order)) +
                 beside("hot_random", state.range(0)));
  play_random(state, orders, value);
}
void hot_random(benchmark::State& state) {
  auto orders = filled<HotOrder>(state.range(0));
  state.SetLabel(title("their hot 16 bytes, at random", state.range(0), sizeof(HotOrder)));
  play_random(state, orders, value);
}
void whole_scan(benchmark::State& state) {
  auto orders = filled<Order>(state.range(0));
  state.SetLabel(title("whole orders of 128 bytes, in a row", state.range(0), sizeof(Order)) +
                 beside("hot_scan", state.range(0)));
  play(state, orders, value);
}
void hot_scan(benchmark::State& state) {
  auto orders = filled<HotOrder>(state.range(0));
  state.SetLabel(title("their hot 16 bytes, in a row", state.range(0), sizeof(HotOrder)));
  play(state, orders, value);
}

// The sum of one member of all records, in an array of structures of 16 bytes and in an array of that member.
void aos_scan(benchmark::State& state) {
  auto orders = filled<HotOrder>(state.range(0));
  state.SetLabel(title("one member, array of structures", state.range(0), sizeof(HotOrder)) +
                 beside("soa_scan", state.range(0)));
  play(state, orders, [](const HotOrder& order) { return order.shares; });
}
void soa_scan(benchmark::State& state) {
  std::vector<std::uint32_t> shares(static_cast<std::size_t>(state.range(0)), 100);
  state.SetLabel(title("one member, array of that member", state.range(0), sizeof(std::uint32_t)));
  play(state, shares, [](std::uint32_t count) { return count; });
}
// The same members needed all together, at random: now the arrays cost a line each.
void aos_random(benchmark::State& state) {
  auto orders = filled<HotOrder>(state.range(0));
  state.SetLabel(title("all three members at random, array of structures", state.range(0), sizeof(HotOrder)) +
                 beside("soa_random", state.range(0)));
  play_random(state, orders,
              [](const HotOrder& order) { return order.reference + order.price + order.shares; });
}
void soa_random(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<std::uint64_t> references(count, 1);
  std::vector<std::uint32_t> prices(count, 2);
  std::vector<std::uint32_t> shares(count, 3);
  std::vector<std::uint32_t> places = random_places(count);
  state.SetLabel(title("all three members at random, three arrays", state.range(0), sizeof(HotOrder)));
  play(state, places, [&](std::uint32_t place) { return references[place] + prices[place] + shares[place]; });
}

// A queue of messages, of which a thread looks at the headers, and at the payload of one in 16.
constexpr std::size_t payload_bytes = 1400;
struct Inline {
  std::uint64_t sequence;
  std::array<char, payload_bytes> payload;
};
struct Behind {
  std::uint64_t sequence;
  std::unique_ptr<std::array<char, payload_bytes>> payload;
};
template <class Message, class Payload>
void play_headers(benchmark::State& state, std::vector<Message>& messages, Payload payload) {
  for (std::size_t i = 0; i < messages.size(); ++i) messages[i].sequence = i;
  play(state, messages, [payload](const Message& message) {
    if (message.sequence % 16 != 0) return message.sequence;
    std::uint64_t word = 0;
    std::memcpy(&word, payload(message) + payload_bytes - sizeof word, sizeof word);
    return word;
  });
}
void payload_inline(benchmark::State& state) {
  std::vector<Inline> messages(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(title("headers, payload of 1.4 KB inside", state.range(0), sizeof(Inline)) +
                 beside("payload_behind", state.range(0)));
  play_headers(state, messages, [](const Inline& message) { return message.payload.data(); });
}
void payload_behind(benchmark::State& state) {
  std::vector<Behind> messages(static_cast<std::size_t>(state.range(0)));
  for (Behind& message : messages) message.payload = std::make_unique<std::array<char, payload_bytes>>();
  state.SetLabel(title("headers, payload of 1.4 KB behind a pointer", state.range(0), sizeof(Behind)));
  play_headers(state, messages, [](const Behind& message) { return message.payload->data(); });
}

// Records: 128 of them fit into the first cache in either form, the last ones are beyond the caches in the larger form.
void records(benchmark::internal::Benchmark* b) { b->Arg(1 << 7)->Arg(1 << 12)->Arg(1 << 16)->Arg(1 << 20); }
void messages(benchmark::internal::Benchmark* b) { b->Arg(1 << 4)->Arg(1 << 9)->Arg(1 << 13)->Arg(1 << 16); }
BENCHMARK(whole_random)->Apply(records);
BENCHMARK(hot_random)->Apply(records);
BENCHMARK(whole_scan)->Apply(records);
BENCHMARK(hot_scan)->Apply(records);
BENCHMARK(aos_scan)->Apply(records);
BENCHMARK(soa_scan)->Apply(records);
BENCHMARK(aos_random)->Apply(records);
BENCHMARK(soa_random)->Apply(records);
BENCHMARK(payload_inline)->Apply(messages);
BENCHMARK(payload_behind)->Apply(messages);

}  // namespace
