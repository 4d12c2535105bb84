#include <lln/handler/latency_metrics.hpp>

#include <ctime>

namespace lln::handler {
namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;

std::int64_t last_midnight_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec - now.tv_sec % 86'400} * 1'000'000'000;
}

}  // namespace

LatencyMetrics::LatencyMetrics(const latency::TscClock& clock, bool one_way)
    : clock_(clock), anchor_(clock), watch_(clock), one_way_(one_way), midnight_ns_(last_midnight_ns()) {}

void LatencyMetrics::refresh_anchor() noexcept { anchor_.refresh(); }

std::uint64_t LatencyMetrics::packet_begins(const PacketStamp& stamp) noexcept {
  packet_ticks_ = latency::TscClock::now();
  packet_delivered_ = false;
  watch_.tick(packet_ticks_);
  stage_receive.record(not_negative(anchor_.realtime_ns(packet_ticks_) - received_ns(stamp)));
  return packet_ticks_;
}

void LatencyMetrics::packet_done() noexcept {
  if (packet_delivered_) return;  // its time is in the stages of its run
  const std::uint64_t now = latency::TscClock::now();
  watch_.tick(now);
  stage_arbitrate.record(ns_between(packet_ticks_, now));
}

void LatencyMetrics::run_begins(const PacketStamp& stamp, bool waited) noexcept {
  run_ticks_ = latency::TscClock::now();
  watch_.tick(run_ticks_);
  run_rx_ns_ = received_ns(stamp);
  run_taken_ = stamp.user_rx_ticks;
  run_disturbed_ = stamp.disturbed;
  run_waited_ = waited;
  if (runs_ == 0) first_ticks_ = run_ticks_;
  if (!waited && !packet_delivered_) {
    packet_delivered_ = true;
    stage_arbitrate.record(ns_between(packet_ticks_, run_ticks_));
  }
}

void LatencyMetrics::run_done(const BlockRun& run) noexcept {
  evaluate();
  stage_book.record(ns_between(run_ticks_, last_ticks_));
  const bool disturbed = run_disturbed_ || watch_.disturbed_since(run_taken_);
  packet_rx_to_book.record(disturbed, not_negative(anchor_.realtime_ns(last_ticks_) - run_rx_ns_));
  if (runs_++ % decode_sample == 0) sample_decode(run);
}

// In the order of time, so that the watch sees what it would have seen at once.
void LatencyMetrics::evaluate() noexcept {
  for (std::size_t i = 0; i < applied_count_; ++i) {
    const Applied& applied = applied_[i];
    watch_.tick(applied.ticks);
    const bool disturbed = run_disturbed_ || watch_.disturbed_since(run_taken_);
    const std::int64_t applied_ns = anchor_.realtime_ns(applied.ticks);
    const std::uint64_t ns = not_negative(applied_ns - run_rx_ns_);
    message_rx_to_book.record(disturbed, ns);
    if (run_waited_) [[unlikely]]
      recovered.record(ns);
    if (one_way_ && applied.message != nullptr) record_one_way(applied.message, disturbed, applied_ns);
  }
  messages_ += applied_count_;
  applied_count_ = 0;
}

void LatencyMetrics::record_one_way(const std::byte* message, bool disturbed,
                                    std::int64_t applied_ns) noexcept {
  const auto sent_ns = static_cast<std::int64_t>(itch::View{message}.timestamp_ns());
  std::int64_t ns = applied_ns - midnight_ns_ - sent_ns;
  if (ns >= day_ns / 2) ns %= day_ns;  // the day has turned since we started
  sender_to_book.record(disturbed, not_negative(ns));
}

void LatencyMetrics::sample_decode(const BlockRun& run) noexcept {
  const std::uint64_t begin = latency::TscClock::now_ordered();
  const std::byte* block = run.first;
  std::uint64_t sum = 0;
  for (std::uint16_t i = 0; i < run.count; ++i) {
    const std::uint16_t length = itch::load<std::uint16_t>(block);
    const std::byte* message = block + 2;
    block = message + length;
    if (length < 19) continue;
    const itch::OrderView order{message};
    sum += order.type() + order.locate() + order.ref();
    if (length < 36) continue;
    const itch::AddOrderView add{{{message}}};
    sum += static_cast<unsigned char>(add.side()) + add.shares() + add.price();
  }
  decoded_ += sum;
  const std::uint64_t end = latency::TscClock::now_ordered();
  stage_decode.record(ns_between(begin, end));
  watch_.tick(end);
}

}  // namespace lln::handler
