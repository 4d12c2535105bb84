#include <lln/exchange/publisher.hpp>

#include <algorithm>
#include <array>

namespace lln::exchange {
namespace {

constexpr std::int64_t serve_every_ns = 50'000;
constexpr std::int64_t stamps_every_ns = 5'000'000;
constexpr std::size_t wire_overhead =
    20 + 18 + 20 + 8;                           // preamble and gap, Ethernet with checksum, IPv4, UDP: bytes
constexpr unsigned slice = 8;                   // messages of background work between two looks at the clock
constexpr unsigned full_packet = 64;            // messages: more than a datagram of 1472 bytes holds
constexpr std::uint64_t little_ahead = 65'536;  // generating goes before the books when less is left

std::size_t log_size(const PublisherOptions& options) {
  const std::uint64_t wanted = options.history + options.work_ahead;
  return static_cast<std::size_t>(options.messages != 0 ? std::min(wanted, options.messages) : wanted);
}

}  // namespace

Publisher::Publisher(const PublisherOptions& options, MessageSource& source, Line& line_a, Line& line_b,
                     RerequestServer* rerequest, GlimpseServer* glimpse, feed::BinaryFileWriter* file)
    : options_(options),
      source_(source),
      line_a_(line_a),
      line_b_(line_b),
      rerequest_(rerequest),
      glimpse_(glimpse),
      file_(file),
      log_(log_size(options)),
      packer_(log_, options.session, options.max_datagram, options.pack_ns) {}

std::uint64_t Publisher::first_served() const noexcept {
  const std::uint64_t published = packer_.published();
  return std::max(log_.first(), published > options_.history ? published - options_.history : 1);
}

// The log is full of published messages that the books still wait for: soon there will be nothing to publish.
bool Publisher::starving() noexcept {
  return log_.slot() == nullptr &&
         log_.next() - packer_.published() < std::min(little_ahead, options_.work_ahead / 2);
}

// True when something was generated.
bool Publisher::generate(unsigned messages) {
  const std::uint64_t ahead = log_.next() - packer_.published();
  if (complete_ || ahead >= options_.work_ahead) return false;
  log_.release_below(std::min(applied_, first_served()));
  const std::uint64_t room = std::min<std::uint64_t>(messages, options_.work_ahead - ahead);
  for (std::uint64_t i = 0; i < room; ++i) {
    FlowMessage* const slot = log_.slot();
    if (slot == nullptr) return i > 0;
    if (!source_.next(*slot)) {
      complete_ = true;
      return true;
    }
    if (file_ != nullptr) file_->write(slot->message());
    log_.append();
  }
  return true;
}

bool Publisher::apply(unsigned messages) {
  const std::uint64_t until = std::min(packer_.published(), applied_ + messages);
  if (applied_ == until) return false;
  for (; applied_ < until; ++applied_) books_.apply(log_[applied_].message());
  return true;
}

void Publisher::fill(const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed) && generate(4096)) {
  }
}

// No wire carries two packets closer than their bits, so a late packet makes the next ones late: nothing is caught up.
void Publisher::occupy_wire(std::size_t payload, std::int64_t sent_ns) noexcept {
  if (options_.line_gbit <= 0) return;
  const double bits = 8.0 * static_cast<double>(payload + wire_overhead);
  wire_free_ns_ = sent_ns + static_cast<std::int64_t>(bits / options_.line_gbit);
}

void Publisher::send(const PackedRun& run, std::int64_t now_ns, PublishClock& clock) {
  line_a_.send(run.packet, now_ns);
  // Read again: the thread may have been interrupted since `now_ns`, and the packet has only left now.
  occupy_wire(run.packet.size(), clock.now_ns());
  line_b_.send(run.packet, now_ns);
  sent_at_ns_ = now_ns;
  if (counters_.packets == 0) counters_.first_ns = now_ns;
  counters_.last_ns = now_ns;
  ++counters_.packets;
  counters_.messages += run.count;
  for (std::uint64_t i = 0; i < run.count; ++i) {
    const std::int64_t late = now_ns - log_[run.first_sequence + i].offset_ns;
    lateness_.record(static_cast<std::uint64_t>(late));
    if (late > 100'000) ++counters_.late_100us;
  }
}

void Publisher::announce(std::uint16_t count, std::int64_t now_ns) {
  std::array<std::byte, feed::header_size> packet{};
  feed::encode_header({options_.session, packer_.published(), count}, packet);
  line_a_.send(packet, now_ns);
  line_b_.send(packet, now_ns);
  sent_at_ns_ = now_ns;
}

void Publisher::serve(std::int64_t now_ns) {
  serve_at_ns_ = now_ns + serve_every_ns;
  if (rerequest_ != nullptr) rerequest_->step(now_ns, log_, first_served(), packer_.published());
  if (glimpse_ == nullptr) return;
  glimpse_->step(now_ns);
  // The books may lag behind what is published; a snapshot must not be older than it has to be, but must not hold up
  // the schedule either: it begins when the books have nearly caught up, at wherever they are.
  if (glimpse_->wanted() && packer_.published() - applied_ < 4 * slice) {
    while (apply(slice)) {
    }
    glimpse_->begin(books_, applied_, now_ns);
  }
}

// When nothing is left of the work done ahead, whole packets are generated at once: eight messages at a time would go
// out in packets of eight, sending them would cost most of the time, and the schedule would never be caught up with.
void Publisher::generate_full_packet() {
  if (complete_ || log_.next() - packer_.published() >= full_packet) return;
  if (generate(full_packet)) return;
  if (glimpse_ != nullptr && glimpse_->active()) return;  // the books stand still for the snapshot
  apply(full_packet);
  generate(full_packet);
}

// One slice of background work; false when there was none.
bool Publisher::work(std::int64_t now_ns) {
  const bool snapshot = glimpse_ != nullptr && glimpse_->active();
  const bool need_more = log_.next() - packer_.published() < little_ahead;
  if (need_more && generate(slice)) return true;
  if (snapshot) {
    if (glimpse_->pump(now_ns)) return true;
    if (starving()) {
      glimpse_->abort();
      ++counters_.snapshots_given_up;
    }
  } else if (apply(slice)) {
    return true;
  }
  return generate(slice);
}

void Publisher::run(PublishClock& clock, const std::atomic<bool>& stop) {
  stamps_ = clock.stamps();
  bool stopped = false;
  for (;;) {
    const std::int64_t now = clock.now_ns();
    if (now >= serve_at_ns_) serve(now);
    if (!stopped && stop.load(std::memory_order_relaxed)) {
      stopped = true;
      complete_ = true;
      if (const PackedRun rest = packer_.flush(); rest.count > 0) send(rest, now, clock);
    }
    line_a_.poll(now);
    line_b_.poll(now);
    if (!stopped) {
      if (now >= stamps_at_ns_) {
        stamps_ = clock.stamps();
        stamps_at_ns_ = now + stamps_every_ns;
      }
      generate_full_packet();
      if (now >= wire_free_ns_) {
        if (const PackedRun run = packer_.poll(now, stamps_); run.count > 0) {
          send(run, now, clock);
          continue;
        }
      }
    }
    if (now - sent_at_ns_ >= options_.heartbeat_ns) {
      announce(feed::heartbeat, now);
      ++counters_.heartbeats;
    }
    if (work(now)) continue;
    const bool all_out = stopped || (complete_ && packer_.published() == log_.next());
    if (all_out && applied_ == packer_.published()) return;
    clock.pause(std::min({std::max(packer_.next_due_ns(), wire_free_ns_), line_a_.next_due_ns(),
                          line_b_.next_due_ns(), sent_at_ns_ + options_.heartbeat_ns}));
  }
}

void Publisher::end(PublishClock& clock, const std::atomic<bool>& stop) {
  const bool stopped_before = stop.load(std::memory_order_relaxed);
  const std::int64_t begin = clock.now_ns();
  const std::int64_t every = std::clamp<std::int64_t>(options_.end_ns / 10, 1'000'000, options_.heartbeat_ns);
  announce(feed::end_of_session, begin);
  for (std::int64_t now = begin; now - begin < options_.end_ns; now = clock.now_ns()) {
    if (!stopped_before && stop.load(std::memory_order_relaxed)) break;
    if (now >= serve_at_ns_) serve(now);
    line_a_.poll(now);
    line_b_.poll(now);
    if (now - sent_at_ns_ >= every) announce(feed::end_of_session, now);
    if (glimpse_ != nullptr && glimpse_->active() && glimpse_->pump(now)) continue;
    clock.pause(std::min(
        {sent_at_ns_ + every, begin + options_.end_ns, line_a_.next_due_ns(), line_b_.next_due_ns()}));
  }
  line_a_.flush(clock.now_ns());
  line_b_.flush(clock.now_ns());
}

}  // namespace lln::exchange
