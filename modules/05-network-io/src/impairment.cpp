#include <lln/net/detail/seeded_draw.h>
#include <lln/net/impairment.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace lln::net {
namespace {

void require(bool right, const char* what) {
  if (!right) throw std::invalid_argument(std::string("impairment: ") + what);
}

bool is_share(double value) { return value >= 0 && value <= 1; }

}  // namespace

Impairment::Impairment(const Options& options) : options_(options) {
  require(is_share(options.loss), "loss is a share, 0..1");
  require(is_share(options.duplicate), "duplicate is a share, 0..1");
  require(is_share(options.reorder), "reorder is a share, 0..1");
  require(options.delay >= Time{0} && options.jitter >= Time{0} && options.reorder_by >= Time{0} &&
              options.queue >= Time{0},
          "times are not below 0");
  require(options.reorder == 0 || options.reorder_by > Time{0},
          "reorder needs reorder_by: held back by how much?");
  require(options.bits_per_second >= 0 && std::isfinite(options.bits_per_second), "the rate is not below 0");
  require(options.loss_burst == 0 || (options.loss_burst >= 1 && options.loss < 1),
          "loss_burst is at least 1, or 0 for independent losses, and needs a loss below 1");
  // Of all packets the share `loss` lies in runs: runs begin as often as they end.
  out_of_run_ = options.loss_burst == 0 ? 0 : 1 / options.loss_burst;
  into_run_ = options.loss_burst == 0 ? 0 : options.loss / (1 - options.loss) * out_of_run_;
  require(into_run_ <= 1, "so much loss does not fit into runs that short: raise loss_burst");
}

std::uint64_t Impairment::draw(Effect effect) const noexcept {
  return lln_seeded_draw(options_.seed, static_cast<unsigned char>(effect), counters_.packets);
}

bool Impairment::happens(Effect effect, double share) const noexcept {
  // 2^-53 at the finest, as doubles have it; and 1 is always.
  return static_cast<double>(draw(effect) >> 11) * 0x1p-53 < share;
}

bool Impairment::is_lost() noexcept {
  if (options_.loss_burst == 0) return happens(Effect::loss, options_.loss);
  in_run_ = happens(Effect::loss, in_run_ ? 1 - out_of_run_ : into_run_);
  return in_run_;
}

Impairment::Fate Impairment::decide(Time now, std::size_t bytes) noexcept {
  Fate fate;
  // Asked for every packet, so that a full queue does not move the losses to others.
  const bool lost = is_lost();
  Time sent = now;
  if (options_.bits_per_second > 0) {
    const Time begin = std::max(now, link_free_);
    if (begin - now > options_.queue) {
      fate.loss = Loss::queue;
    } else {
      const double ns = static_cast<double>(bytes) * 8e9 / options_.bits_per_second;
      link_free_ = begin + Time{static_cast<std::int64_t>(std::llround(ns))};
      sent = link_free_;
    }
  }
  if (fate.loss == Loss::none && lost) fate.loss = Loss::random;
  if (fate.loss == Loss::none) {
    const double share_of_jitter = static_cast<double>(draw(Effect::jitter) >> 11) * 0x1p-53;
    const Time jitter{std::llround(share_of_jitter * static_cast<double>(options_.jitter.count()))};
    fate.due = std::max(sent + options_.delay + jitter, last_due_);
    fate.held_back = happens(Effect::reorder, options_.reorder);
    if (fate.held_back) {
      fate.due += options_.reorder_by;  // and nobody waits for it
    } else {
      last_due_ = fate.due;
    }
    fate.copies = happens(Effect::duplicate, options_.duplicate) ? 2 : 1;
  }
  counters_.lost += fate.loss == Loss::random;
  counters_.queue_full += fate.loss == Loss::queue;
  counters_.held_back += fate.held_back;
  counters_.duplicated += fate.copies == 2;
  ++counters_.packets;
  return fate;
}

}  // namespace lln::net
