// What publishing costs the book thread: one symbol again and again, and symbols at random as on a busy day.
#include <lln/publishing/market_view.hpp>
#include <lln/publishing/publisher.hpp>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace {

using namespace lln::publishing;

std::string name() { return "bench-" + std::to_string(::getpid()); }

// Argument: symbols, a power of two.
void quote(benchmark::State& state) {
  PublisherOptions options;
  options.name = name();
  Publisher publisher(options);
  const auto mask = static_cast<std::uint64_t>(state.range(0) - 1);
  std::uint64_t n = 0;
  for (auto _ : state) {
    ++n;
    const std::uint64_t scattered = n * 0x9E3779B97F4A7C15 >> 40;
    publisher.quote(static_cast<std::uint16_t>(scattered & mask), {n, n, 1, 2}, {n, 1});
  }
}
BENCHMARK(quote)->Arg(1)->Arg(8192);

struct Count {
  std::uint64_t events = 0;
  void on_state(std::uint16_t, const SymbolState&) noexcept {}
  void on_quote(const BookEvent&) noexcept { ++events; }
  void on_trade(const BookEvent&) noexcept { ++events; }
  void on_feed(const BookEvent&) noexcept {}
};

void quote_and_read(benchmark::State& state) {
  PublisherOptions options;
  options.name = name();
  Publisher publisher(options);
  Subscriber subscriber(options.name);
  Count count;
  MarketView view(subscriber, count);
  std::uint64_t n = 0;
  for (auto _ : state) {
    ++n;
    publisher.quote(1, {n, n, 1, 2}, {n, 1});
    view.poll();
  }
  if (count.events != n) state.SkipWithError("not every event was read");
}
BENCHMARK(quote_and_read);

}  // namespace
