// What a generated day looks like. The defaults are those of lln-exchange.
#pragma once

#include <cstdint>

namespace lln::exchange {

struct FlowOptions {
  std::uint32_t symbols = 8000;         ///< 1..65535
  std::uint64_t messages = 10'000'000;  ///< of the whole day, start and end included; see minimum_messages()
  double rate = 1'000'000;              ///< messages/s on average, exactly; > 0
  std::uint64_t seed = 1;
  std::uint32_t live_orders = 200'000;  ///< what the books hold in steady state; 1..50,000,000
  double zipf_exponent = 0.85;          ///< activity of the symbol of rank r: r^-exponent
  double burst_factor = 4.0;   ///< rate in a burst / mean rate; >= 1, and burst_factor * burst_share < 1
  double burst_share = 0.05;   ///< share of the time that is in bursts; 0 = none
  double burst_cycle_ms = 10;  ///< mean time from one burst to the next

  /// Messages that the start and the end of a day take: system events, R H Y of each symbol, and some more.
  std::uint64_t minimum_messages() const noexcept { return 3 * std::uint64_t{symbols} + 7; }

  /// Throws std::invalid_argument with one sentence about the first field that is out of range.
  void check() const;
};

}  // namespace lln::exchange
