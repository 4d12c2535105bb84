#include <lln/handler/mold_session.hpp>
#include <lln/handler/reorder_window.hpp>
#include <lln/handler/touch_pages.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

namespace lln::handler {

// In front of each packet's blocks in the arena. Trivial, so it may be read and written in raw bytes.
struct ReorderWindow::Record {
  std::uint64_t first_sequence;
  std::uint64_t arrival;
  std::int64_t kernel_rx_ns;
  std::uint64_t user_rx_ticks;
  std::uint32_t size;        // of record and blocks, a multiple of `unit`
  std::uint32_t references;  // numbers that the table maps here; 0 = free
  std::uint16_t count;
  Line line;
  bool disturbed;
};

namespace {

constexpr std::size_t smallest_arena = std::size_t{1} << 17;  // room for one datagram of any size
constexpr std::uint64_t smallest_span = 128;
// Touched at start: a tenth of a second of a million messages a second. The rest of the arena is for an outage or a
// snapshot, long waits in which a page fault is nothing, and would double the time of every start.
constexpr std::size_t warm_arena = std::size_t{4} << 20;

std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

ReorderWindow::ReorderWindow(const Options& options)
    : arena_(std::bit_ceil(std::max(options.bytes, smallest_arena)), HugeArray<std::byte>::Pages::untouched),
      bits_(static_cast<std::size_t>(std::bit_ceil(std::max(options.messages, smallest_span)) / 64),
            HugeArray<std::uint64_t>::Pages::untouched),
      table_(bits_.size() * 64, HugeArray<std::uint32_t>::Pages::untouched),
      arena_mask_(arena_.size() - 1),
      word_mask_(bits_.size() - 1),
      cell_mask_(table_.size() - 1) {
  static_assert(sizeof(Record) <= unit && unit % alignof(Record) == 0);
  touch_pages(std::array{arena_.memory(warm_arena), bits_.memory(), table_.memory()});
}

ReorderWindow::Record& ReorderWindow::record_at(std::uint64_t position) noexcept {
  return *std::launder(reinterpret_cast<Record*>(arena_.data() + (position & arena_mask_)));
}
const ReorderWindow::Record& ReorderWindow::record_at(std::uint64_t position) const noexcept {
  return *std::launder(reinterpret_cast<const Record*>(arena_.data() + (position & arena_mask_)));
}
ReorderWindow::Record& ReorderWindow::record_of(std::uint64_t sequence) noexcept {
  return record_at(std::uint64_t{table_[cell_of(sequence)]} * unit);
}
const ReorderWindow::Record& ReorderWindow::record_of(std::uint64_t sequence) const noexcept {
  return record_at(std::uint64_t{table_[cell_of(sequence)]} * unit);
}

ReorderWindow::Inserted ReorderWindow::insert(const BlockRun& run, std::size_t size, const Packet& packet,
                                              std::uint64_t arrival, std::uint64_t base) noexcept {
  release_below(base);
  const std::uint64_t begin = std::max(run.first_sequence, base_);
  const std::uint64_t end = run.first_sequence + run.count;
  if (begin >= end || next_missing(begin, end) == end) return {Insert::duplicate, 0};
  if (end - base_ > table_.size()) return {Insert::full, 0};
  Record* const record = make_room(sizeof(Record) + size);
  if (record == nullptr) return {Insert::full, 0};

  record->first_sequence = run.first_sequence;
  record->arrival = arrival;
  record->kernel_rx_ns = packet.stamp.kernel_rx_ns;
  record->user_rx_ticks = packet.stamp.user_rx_ticks;
  record->count = run.count;
  record->line = packet.line;
  record->disturbed = packet.stamp.disturbed;
  std::memcpy(record + 1, run.first, size);

  // Bits above top_ are 0: release and drop clear them.
  const auto cell = static_cast<std::uint32_t>(
      static_cast<std::size_t>(reinterpret_cast<std::byte*>(record) - arena_.data()) / unit);
  std::uint32_t fresh = 0;
  top_ = std::max(top_, end);
  for (std::uint64_t s = begin; s < end; ++s) {
    std::uint64_t& word = bits_[word_of(s)];
    const std::uint64_t bit = std::uint64_t{1} << (s % 64);
    if ((word & bit) != 0) continue;
    word |= bit;
    table_[cell_of(s)] = cell;
    ++fresh;
  }
  record->references = fresh;
  held_ += fresh;
  return {Insert::held, fresh};
}

ReorderWindow::HeldPacket ReorderWindow::at(std::uint64_t sequence) const noexcept {
  const Record& record = record_of(sequence);
  return {{reinterpret_cast<const std::byte*>(&record + 1), record.count, record.first_sequence},
          {record.kernel_rx_ns, record.user_rx_ticks, record.disturbed},
          record.arrival,
          record.line};
}

std::uint64_t ReorderWindow::find(std::uint64_t from, std::uint64_t to, std::uint64_t flip) const noexcept {
  // Outside [base_, top_) nothing is held.
  const auto outside = [&](std::uint64_t begin, std::uint64_t end) { return flip != 0 && begin < end; };
  if (from >= to) return to;
  if (outside(from, std::min(to, base_))) return from;
  const std::uint64_t end = std::min(to, top_);
  std::uint64_t at = std::max(from, base_);
  while (at < end) {
    const std::uint64_t word = (bits_[word_of(at)] ^ flip) >> (at % 64);
    if (word != 0) {
      at += static_cast<std::uint64_t>(std::countr_zero(word));
      if (at < end) return at;
      break;
    }
    at += 64 - at % 64;
  }
  const std::uint64_t above = std::max(from, top_);
  return outside(above, to) ? above : to;
}

std::uint64_t ReorderWindow::count_held(std::uint64_t from, std::uint64_t to) const noexcept {
  std::uint64_t sum = 0;
  while ((from = next_held(from, to)) < to) {
    const std::uint64_t end = next_missing(from, to);
    sum += end - from;
    from = end;
  }
  return sum;
}

void ReorderWindow::drop(std::uint64_t sequence) noexcept {
  bits_[word_of(sequence)] &= ~(std::uint64_t{1} << (sequence % 64));
  --record_of(sequence).references;
  --held_;
}

void ReorderWindow::release_below(std::uint64_t base) noexcept {
  if (base <= base_) return;
  if (held_ != 0) {
    const std::uint64_t end = std::min(base, top_);
    for (std::uint64_t s = base_; (s = next_held(s, end)) < end; ++s) drop(s);
    reclaim();
  }
  base_ = base;
  top_ = held_ == 0 ? base : std::max(base, top_);
}

bool ReorderWindow::rewind(std::uint64_t base) noexcept {
  if (base >= base_) return true;
  if (held_ == 0) {
    base_ = top_ = base;
    return true;
  }
  if (top_ - base > table_.size()) return false;
  base_ = base;
  return true;
}

bool ReorderWindow::evict_oldest() noexcept {
  reclaim();
  if (head_ == tail_) return false;
  Record& record = record_at(head_);
  const std::uint64_t end = record.first_sequence + record.count;
  for (std::uint64_t s = std::max(record.first_sequence, base_); s < end && record.references != 0; ++s)
    if (contains(s) && &record_of(s) == &record) drop(s);
  reclaim();
  return true;
}

void ReorderWindow::clear() noexcept {
  release_below(top_);
  base_ = top_ = 1;
}

// A record never wraps: when the ring's end is too near, the rest of it becomes an unreferenced record.
ReorderWindow::Record* ReorderWindow::make_room(std::size_t bytes) noexcept {
  const std::size_t size = round_up(bytes, unit);
  const std::size_t to_end = arena_.size() - static_cast<std::size_t>(tail_ & arena_mask_);
  const std::size_t padding = size > to_end ? to_end : 0;
  if (size + padding > arena_.size() - static_cast<std::size_t>(tail_ - head_)) return nullptr;
  if (padding != 0) {
    Record& rest = record_at(tail_);
    rest.size = static_cast<std::uint32_t>(padding);
    rest.references = 0;
    rest.count = 0;
    tail_ += padding;
  }
  Record& record = record_at(tail_);
  record.size = static_cast<std::uint32_t>(size);
  tail_ += size;
  return &record;
}

void ReorderWindow::reclaim() noexcept {
  if (held_ == 0) {  // begin at the front again: the whole arena is one piece
    head_ = tail_ = 0;
    return;
  }
  while (head_ != tail_ && record_at(head_).references == 0) head_ += record_at(head_).size;
}

}  // namespace lln::handler
