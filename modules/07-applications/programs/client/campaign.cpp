#include "campaign.hpp"

#include "mailbox.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace lln::echo_client {
namespace {

constexpr std::int64_t give_up_ns = 2'000'000'000;

template <app::EchoPort Port>
LoadResult measure(const Campaign& campaign, double rate, Port& port, latency::TscLoadClock& clock,
                   latency::Histogram& server_times, const std::atomic<bool>& stop) {
  LoadResult result;
  result.rate = rate;
  const app::LoadLimits limits{.give_up_ns = give_up_ns, .stop = &stop};
  const std::size_t slots = campaign.port.connections * campaign.pipeline;
  const auto ns = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e9); };
  // Caches, branch predictors, the server's pages, TCP's windows: its answers are thrown away.
  if (campaign.warm_up_seconds > 0)
    run_closed_loop({.slots = slots, .duration_ns = ns(campaign.warm_up_seconds)}, limits, clock, port,
                    result.latency);
  result.latency.reset();
  server_times.reset();
  if (rate > 0) {
    const latency::OpenLoopLoad schedule(
        {.per_second = rate,
         .requests = std::max<std::size_t>(static_cast<std::size_t>(rate * campaign.seconds), 1),
         .arrivals = campaign.poisson ? latency::OpenLoopLoad::Arrivals::poisson
                                      : latency::OpenLoopLoad::Arrivals::even});
    result.planned_ns = schedule.due_ns(schedule.requests() - 1);
    result.outcome = run_open_loop(schedule, limits, clock, port, result.latency, result.service);
  } else {
    result.outcome = run_closed_loop({.slots = slots, .duration_ns = ns(campaign.seconds)}, limits, clock,
                                     port, result.latency);
  }
  result.server.merge(server_times);
  return result;
}

LoadResult one_load(const Campaign& campaign, double rate, latency::TscLoadClock& clock,
                    const std::atomic<bool>& stop) {
  latency::Histogram server_times;
  if (!campaign.server) {
    Mailbox mailbox(campaign.port.connection.message_size, campaign.server_thread);
    return measure(campaign, rate, mailbox, clock, server_times, stop);
  }
  Port port(*campaign.server, campaign.port, server_times);
  LoadResult result = measure(campaign, rate, port, clock, server_times, stop);
  result.error = port.error();
  return result;
}

double number(std::string_view text, const std::string& all) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1e9)
    throw std::invalid_argument("'" + all +
                                "': rates are numbers above 0, as 1000,2000,4000 or 1000:64000:7");
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::vector<LoadResult> run(const Campaign& campaign, const std::atomic<bool>& stop) {
  latency::TscLoadClock clock(latency::TscClock::calibrate());
  if (campaign.rates.empty()) return {one_load(campaign, 0, clock, stop)};
  std::vector<LoadResult> results;
  for (const double rate : campaign.rates) {
    if (stop.load(std::memory_order_relaxed)) break;
    results.push_back(one_load(campaign, rate, clock, stop));
    if (!results.back().error.empty()) break;
  }
  return results;
}

bool kept_up(const LoadResult& result) noexcept {
  if (!result.error.empty() || result.outcome.lost > 0) return false;
  return result.rate <= 0 ||
         result.outcome.duration_ns <=
             result.planned_ns + std::max<std::int64_t>(result.planned_ns / 100, 10'000'000);
}

double share_under(const LoadResult& result, std::uint64_t ns) noexcept {
  const std::uint64_t asked = result.latency.count() + result.outcome.lost;
  if (asked == 0) return 0;
  // The histogram has no cumulative count: the share is where the percentile passes `ns`, found by halving.
  double low = 0;
  double high = 100;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (result.latency.value_at_percentile(middle) < ns ? low : high) = middle;
  }
  const double share = result.latency.max() < ns ? 1 : low / 100;
  return share * static_cast<double>(result.latency.count()) / static_cast<double>(asked);
}

std::vector<double> parse_rates(const std::string& text) {
  std::vector<double> rates;
  if (const auto range = split(text, ':'); range.size() == 3) {
    const double from = number(range[0], text);
    const double to = number(range[1], text);
    const double count = number(range[2], text);
    if (to <= from || count < 2 || count > 1000 || count != std::floor(count))
      throw std::invalid_argument("'" + text + "': a range goes up, in 2 to 1000 steps");
    for (int i = 0; i < static_cast<int>(count); ++i)
      rates.push_back(std::round(from * std::pow(to / from, i / (count - 1))));
    return rates;
  }
  for (const auto part : split(text, ',')) rates.push_back(number(part, text));
  return rates;
}

}  // namespace lln::echo_client
