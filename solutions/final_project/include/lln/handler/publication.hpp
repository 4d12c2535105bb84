// Publication: the output stream of SPEC.md section 11, from what the books and the session tell.
//
// Threads: the book thread. Guarantees: noexcept, no allocation; a system call once in 1,638 records and in idle turns
// (flush()). Cost: without a stream one compare a message.
#pragma once

#include <lln/app/output_stream.hpp>
#include <lln/feed/moldudp64.hpp>
#include <lln/handler/book_types.hpp>

#include <cstdint>

namespace lln::handler {

class Publication {
 public:
  explicit Publication(app::OutputStream* output) noexcept : output_(output) {}

  // What the session tells. The first word of a session is its beginning.
  void messages_begin(const feed::SessionId& session, std::uint64_t first) noexcept {
    sequence_ = first;
    if (!begun_) [[unlikely]]
      begin(session);
  }
  void lost(const feed::SessionId& session, std::uint64_t first, std::uint64_t end) noexcept {
    begin(session);
    put(feed::MessagesLost{first, end});
  }
  void session_ends(const feed::SessionId& session, std::uint64_t next) noexcept {
    begin(session);
    put(feed::SessionEnd{next});
  }
  void session_changed() noexcept { begun_ = false; }
  template <class Books>
  void books_replaced(const feed::SessionId& session, std::uint64_t next, const Books& books) noexcept {
    if (output_ == nullptr) return;
    begin(session);
    put(feed::BooksReplaced{next});
    sequence_ = next - 1;
    for (std::uint32_t locate = 1; locate <= books.capacity().symbols; ++locate) {
      const Locate which{static_cast<std::uint16_t>(locate)};
      if (const Bbo bbo = books.bbo(which); bbo != Bbo{}) best_prices(which, bbo);
    }
  }

  // What the books tell about the message at hand.
  void best_prices(Locate locate, const Bbo& bbo) noexcept {
    put(feed::BestPrices{sequence_, locate, bbo.bid_price, bbo.ask_price, bbo.bid_shares, bbo.ask_shares});
  }
  void trade(Locate locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
             bool printable) noexcept {
    put(feed::TradePrint{sequence_, locate, price, shares, match, printable});
  }
  void next_message() noexcept { ++sequence_; }

  void flush() noexcept {
    if (output_ != nullptr && !output_->flushed()) output_->flush();
  }

 private:
  template <class Record>
  void put(const Record& record) noexcept {
    if (output_ != nullptr) output_->put(record);
  }
  void begin(const feed::SessionId& session) noexcept {
    if (begun_) return;
    begun_ = true;
    put(feed::SessionBegin{1, session});
  }

  app::OutputStream* output_;
  std::uint64_t sequence_ = 0;
  bool begun_ = false;
};

}  // namespace lln::handler
