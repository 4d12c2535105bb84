// What one generated message costs, and what the exchange's own books cost for the same messages.
#include <lln/exchange/flow_generator.hpp>
#include <lln/feed/simple_book.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace {

using lln::exchange::FlowGenerator;
using lln::exchange::FlowMessage;
using lln::exchange::FlowOptions;

FlowOptions full_day(std::int64_t live_orders) {
  FlowOptions options;
  options.live_orders = static_cast<std::uint32_t>(live_orders);
  options.messages = std::uint64_t{1} << 40;
  return options;
}

FlowGenerator steady_state(std::int64_t live_orders) {
  FlowGenerator generator(full_day(live_orders));
  FlowMessage message;
  while (generator.generated() <= generator.build_up_end() + 100'000) generator.next(message);
  return generator;
}

void generate(benchmark::State& state) {
  FlowGenerator generator = steady_state(state.range(0));
  FlowMessage message;
  for (auto _ : state) {
    generator.next(message);
    benchmark::DoNotOptimize(message);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(generate)->Arg(20'000)->Arg(200'000)->Arg(1'300'000);

void apply_to_simple_books(benchmark::State& state) {
  FlowGenerator generator(full_day(state.range(0)));
  lln::feed::SimpleBooks books;
  FlowMessage message;
  while (generator.generated() <= generator.build_up_end() + 100'000) {
    generator.next(message);
    books.apply(message.message());
  }
  std::vector<FlowMessage> messages(100'000);
  std::size_t at = messages.size();
  for (auto _ : state) {
    if (at == messages.size()) {
      state.PauseTiming();
      for (FlowMessage& next : messages) generator.next(next);
      at = 0;
      state.ResumeTiming();
    }
    books.apply(messages[at++].message());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(apply_to_simple_books)->Arg(20'000)->Arg(200'000);

}  // namespace
