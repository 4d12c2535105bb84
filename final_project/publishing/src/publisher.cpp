#include <lln/publishing/publisher.hpp>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>

namespace lln::publishing {
namespace {

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

SharedFile new_file(const PublisherOptions& options) {
  if (options.symbols == 0 || options.symbols > 65'536) {
    throw std::invalid_argument("Publisher: " + std::to_string(options.symbols) +
                                " symbols are not 1 to 65536");
  }
  if (!std::has_single_bit(options.ring_events) || options.ring_events < 2) {
    throw std::invalid_argument("Publisher: a ring of " + std::to_string(options.ring_events) +
                                " events is no power of two");
  }
  return SharedFile::create(options.name, file_bytes(options.symbols, options.ring_events));
}

Header* make_header(const SharedFile& file, const PublisherOptions& options) {
  auto* header = ::new (file.data()) Header;
  header->header_bytes = sizeof(Header);
  header->cell_bytes = sizeof(SymbolCell);
  header->slot_bytes = sizeof(EventSlot);
  header->symbols = options.symbols;
  header->ring_events = options.ring_events;
  header->file_bytes = file.size();
  header->pid = ::getpid();
  return header;
}

SymbolCell* make_cells(const SharedFile& file, const PublisherOptions& options) {
  auto* cells = reinterpret_cast<SymbolCell*>(file.data() + sizeof(Header));
  std::uninitialized_default_construct_n(cells, options.symbols);
  return cells;
}

EventSlot* make_slots(const SharedFile& file, const PublisherOptions& options) {
  auto* slots =
      reinterpret_cast<EventSlot*>(file.data() + sizeof(Header) + options.symbols * sizeof(SymbolCell));
  std::uninitialized_default_construct_n(slots, options.ring_events);
  return slots;
}

}  // namespace

Publisher::Publisher(const PublisherOptions& options)
    : file_(new_file(options)),
      header_(make_header(file_, options)),
      cells_(make_cells(file_, options)),
      ring_(make_slots(file_, options), options.ring_events, header_->published),
      symbols_(options.symbols) {
  beat(FeedPhase::waiting, 0);
  file_.publish(options.mode);
}

Publisher::~Publisher() {
  header_->heartbeat_ns.store(monotonic_ns(), std::memory_order_relaxed);
  // Release: who sees that we have ended sees everything that we have published.
  header_->state.store(PublisherState::closed, std::memory_order_release);
}

SymbolState Publisher::state(std::uint16_t locate) const noexcept {
  SymbolState state;
  if (locate < symbols_) cells_[locate].try_load(state);  // never refused to the only writer
  return state;
}

BookEvent Publisher::event(EventKind kind, const Cause& cause) const noexcept {
  BookEvent event;
  event.kind = kind;
  event.session_number = feed_.session_number;
  event.cause = cause;
  event.ticks = latency::TscClock::now();
  return event;
}

void Publisher::put(EventKind kind, const Cause& cause) noexcept {
  show_feed();
  send(event(kind, cause));
}

void Publisher::session(const SessionId& id) noexcept {
  feed_.session = id;
  ++feed_.session_number;
  feed_.phase = FeedPhase::live;
  feed_.books_valid = true;
  SymbolState empty;
  empty.next_event = published_ + 1;
  const bool first = published_ == 0;  // then they are empty
  for (std::uint32_t i = 0; i < symbols_ && !first; ++i) cells_[i].store(empty);
  put(EventKind::session, {});
}

void Publisher::name(std::uint16_t locate, const Stock& stock) noexcept {
  if (locate >= symbols_) return;
  SymbolState now = state(locate);
  now.stock = stock;
  now.next_event = std::max(now.next_event, published_);  // the events so far are in here
  cells_[locate].store(now);
}

void Publisher::quote(std::uint16_t locate, const Quote& quote, const Cause& cause) noexcept {
  if (locate >= symbols_) return;
  SymbolState now = state(locate);
  now.quote = quote;
  now.next_event = published_ + 1;
  cells_[locate].store(now);
  BookEvent told = event(EventKind::quote, cause);
  told.locate = locate;
  told.body = std::bit_cast<decltype(told.body)>(quote);
  send(told);
}

void Publisher::trade(std::uint16_t locate, const TradePrint& trade, const Cause& cause) noexcept {
  if (locate >= symbols_) return;
  SymbolState now = state(locate);
  now.last_price = trade.price;
  now.last_shares = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(trade.shares, std::numeric_limits<std::uint32_t>::max()));
  if (trade.printable != 0) now.volume += trade.shares;
  now.next_event = published_ + 1;
  cells_[locate].store(now);
  BookEvent told = event(EventKind::trade, cause);
  told.locate = locate;
  told.body = std::bit_cast<decltype(told.body)>(trade);
  send(told);
}

void Publisher::books_void(const Cause& cause) noexcept {
  feed_.books_valid = false;
  put(EventKind::books_void, cause);
}

void Publisher::books_valid(const Cause& cause) noexcept {
  feed_.books_valid = true;
  put(EventKind::books_valid, cause);
}

void Publisher::end_of_session(const Cause& cause) noexcept {
  feed_.phase = FeedPhase::ended;
  put(EventKind::end, cause);
}

void Publisher::beat(FeedPhase phase, std::uint64_t messages) noexcept {
  feed_.phase = phase;
  feed_.messages = messages;
  show_feed();
  // Relaxed: a sign of life, no data stands behind it.
  header_->heartbeat_ns.store(monotonic_ns(), std::memory_order_relaxed);
}

void Publisher::show_feed() noexcept { header_->feed.store(feed_); }

}  // namespace lln::publishing
