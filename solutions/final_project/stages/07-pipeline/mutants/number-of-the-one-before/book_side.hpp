// mutant: clean-day release: the number is remembered after the message has been applied
// What lies behind the splice: messages become books (stages 1 and 3), and what the books tell becomes the output stream
// (SPEC.md section 11).
//
// Threads: one. Guarantees: after construction noexcept and without allocation; a system call in flush() and in one of
// 1,638 records.
#pragma once

#include <lln/app/output_stream.hpp>
#include <lln/feed/digest_file.hpp>
#include <lln/project/book_types.hpp>
#include <lln/project/snapshot.hpp>

#include <itch_decode.hpp>
#include <order_book.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::project {

class BookSide final : public SnapshotSink, private BookSink {
 public:
  BookSide(const Capacity& capacity, app::OutputStream* output)
      : symbols_(capacity.symbols), books_(capacity, this), output_(output) {}

  /// Before anything else of the session.
  void session_begins(const SessionId& session) noexcept { put(feed::SessionBegin{1, session}); }

  void on_message(std::uint64_t sequence, Message message) noexcept override {
    ++messages_;
    decode(message, books_);
    sequence_ = sequence;
  }
  void on_end_of_session(std::uint64_t next) noexcept override {
    end_ = next;
    if (!giving_up_) put_end();
  }

  // Books that are being made anew are nobody's business until they are complete.
  void on_snapshot_begin() noexcept override {
    books_.clear();
    silent_ = true;
  }
  void on_snapshot_message(Message message) noexcept override { decode(message, books_); }
  void on_snapshot_end(std::uint64_t next) noexcept override {
    silent_ = false;
    replaced_ = next;
    if (!giving_up_) put_all_prices();
  }

  /// Around SnapshotSplice::give_up(), which tells of the end of the session before it says what is lost: in the stream
  /// the loss comes first.
  template <class GiveUp>
  Gap lose(GiveUp&& give_up) noexcept {
    giving_up_ = true;
    const Gap gap = give_up();
    giving_up_ = false;
    if (gap.size() != 0) put(feed::MessagesLost{gap.begin, gap.end});
    if (replaced_) put_all_prices();
    if (end_) put_end();
    return gap;
  }
  void flush() noexcept {
    if (output_ != nullptr && !output_->flushed()) output_->flush();
  }

  bool ended() const noexcept { return ended_; }
  std::uint64_t messages() const noexcept { return messages_; }
  const OrderBooks& books() const noexcept { return books_; }

  std::vector<feed::SymbolDigest> digests() const {
    std::vector<feed::SymbolDigest> all;
    for (std::uint32_t locate = 1; locate <= symbols_; ++locate) {
      const auto which = static_cast<std::uint16_t>(locate);
      const std::string symbol(books_.symbol(which));
      const std::size_t orders = books_.order_count(which);
      if (!symbol.empty() || orders != 0)
        all.push_back({{which}, symbol.empty() ? "-" : symbol, orders, books_.digest(which)});
    }
    return all;
  }

 private:
  void on_bbo(std::uint16_t locate, const Bbo& bbo) noexcept override {
    put(feed::BestPrices{sequence_, {locate}, bbo.bid_price, bbo.ask_price, bbo.bid_shares, bbo.ask_shares});
  }
  void on_trade(std::uint16_t locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept override {
    put(feed::TradePrint{sequence_, {locate}, price, shares, match, printable});
  }
  void put_all_prices() noexcept {
    put(feed::BooksReplaced{*replaced_});
    sequence_ = *replaced_ - 1;
    replaced_.reset();
    for (std::uint32_t locate = 1; locate <= symbols_; ++locate) {
      const auto which = static_cast<std::uint16_t>(locate);
      if (const Bbo bbo = books_.bbo(which); bbo != Bbo{}) on_bbo(which, bbo);
    }
  }
  void put_end() noexcept {
    put(feed::SessionEnd{*end_});
    end_.reset();
    ended_ = true;
  }
  template <class Record>
  void put(const Record& record) noexcept {
    if (output_ != nullptr && !silent_) output_->put(record);
  }

  std::uint32_t symbols_;
  OrderBooks books_;
  app::OutputStream* output_;
  std::uint64_t sequence_ = 0;  // of the message at hand
  std::uint64_t messages_ = 0;
  bool silent_ = false;
  bool ended_ = false;
  bool giving_up_ = false;
  std::optional<std::uint64_t> replaced_;  // R is due
  std::optional<std::uint64_t> end_;       // E is due
};

}  // namespace lln::project
