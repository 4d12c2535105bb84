// SharedPublication: best prices and trades in shared memory (lln/publishing), from what the books and the session tell.
//
// Names of symbols are published when there is time for it (names()); prices and trades at once. After messages that
// nobody brought back the books stay void for the consumers until a snapshot.
//
// Threads: the book thread. Guarantees: noexcept, no allocation, no system call. Cost: without a publisher one compare a
// message and event; with one, that of publisher.hpp.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/book_types.hpp>
#include <lln/handler/feed_session.hpp>
#include <lln/handler/packet.hpp>
#include <lln/publishing/publisher.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace lln::handler {

class SharedPublication {
 public:
  explicit SharedPublication(publishing::Publisher* publisher) noexcept : publisher_(publisher) {}

  // What the session tells.
  void messages_begin(const feed::SessionId& session, std::uint64_t first,
                      const PacketStamp& stamp) noexcept {
    cause_ = {first, stamp.kernel_rx_ns};
    if (!begun_) [[unlikely]]
      begin(session);
  }
  void snapshot_begins(const feed::SessionId& session) noexcept {
    begin(session);
    given_up_ = false;
    if (publisher_ != nullptr) publisher_->books_void(cause_);
  }
  void lost(const feed::SessionId& session, std::uint64_t end) noexcept {
    begin(session);
    cause_ = {end - 1, 0};
    given_up_ = true;
    if (publisher_ != nullptr) publisher_->books_void(cause_);
  }
  template <class Books>
  void books_replaced(const feed::SessionId& session, std::uint64_t next, const Books& books) noexcept {
    if (publisher_ == nullptr) return;
    begin(session);
    cause_ = {next - 1, 0};
    names(books);
    for (std::uint32_t i = 1; i <= last_locate(books); ++i) {
      const Locate locate{static_cast<std::uint16_t>(i)};
      if (quote_of(books.bbo(locate)) != publisher_->state(locate.value).quote)
        best_prices(locate, books.bbo(locate));
    }
    if (!given_up_) publisher_->books_valid(cause_);
  }
  template <class Books>
  void session_ends(const feed::SessionId& session, std::uint64_t next, const Books& books,
                    std::uint64_t messages) noexcept {
    if (publisher_ == nullptr) return;
    begin(session);
    names(books);
    publisher_->beat(publishing::FeedPhase::ended, messages);
    publisher_->end_of_session({next - 1, 0});
  }
  void session_changed() noexcept {
    begun_ = false;
    given_up_ = false;
    directory_messages_ = 0;
  }

  // What the books tell about the message at hand.
  void best_prices(Locate locate, const Bbo& bbo) noexcept {
    if (publisher_ != nullptr) publisher_->quote(locate.value, quote_of(bbo), cause_);
  }
  void trade(Locate locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
             bool printable) noexcept {
    if (publisher_ == nullptr) return;
    publisher_->trade(locate.value, {match, shares, price, printable ? 1U : 0U}, cause_);
  }
  void next_message() noexcept { ++cause_.sequence; }

  // Every ~10 ms.
  template <class Books>
  void keep_house(FeedState state, std::uint64_t messages, const Books& books) noexcept {
    if (publisher_ == nullptr) return;
    if (begun_) names(books);
    publisher_->beat(phase_of(state), messages);
  }

 private:
  static publishing::Quote quote_of(const Bbo& bbo) noexcept {
    return {bbo.bid_shares, bbo.ask_shares, bbo.bid_price, bbo.ask_price};
  }
  static publishing::FeedPhase phase_of(FeedState state) noexcept {
    switch (state) {
      case FeedState::waiting:
        return publishing::FeedPhase::waiting;
      case FeedState::live:
        return publishing::FeedPhase::live;
      case FeedState::ended:
        return publishing::FeedPhase::ended;
      default:
        return publishing::FeedPhase::recovering;
    }
  }
  template <class Books>
  std::uint32_t last_locate(const Books& books) const noexcept {
    return std::min(books.capacity().symbols, publisher_->symbols() - 1);
  }
  void begin(const feed::SessionId& session) noexcept {
    if (begun_) return;
    begun_ = true;
    if (publisher_ == nullptr) return;
    publishing::SessionId id{};
    std::copy_n(session.begin(), std::min(id.size(), session.size()), id.begin());
    publisher_->session(id);
  }
  // Looks at all symbols when the stock directory has said something since the last time.
  template <class Books>
  void names(const Books& books) noexcept {
    const std::uint64_t said = books.counters().messages['R'];
    if (said == directory_messages_) return;
    directory_messages_ = said;
    for (std::uint32_t i = 1; i <= last_locate(books); ++i) {
      const Locate locate{static_cast<std::uint16_t>(i)};
      const std::string_view symbol = books.symbol(locate);
      if (symbol.empty()) continue;
      publishing::Stock stock;
      stock.fill(' ');
      std::copy_n(symbol.begin(), std::min(symbol.size(), stock.size()), stock.begin());
      if (publisher_->state(locate.value).stock != stock) publisher_->name(locate.value, stock);
    }
  }

  publishing::Publisher* publisher_;
  publishing::Cause cause_;
  bool begun_ = false;
  bool given_up_ = false;  // messages, since the last snapshot began
  std::uint64_t directory_messages_ = 0;
};

}  // namespace lln::handler
