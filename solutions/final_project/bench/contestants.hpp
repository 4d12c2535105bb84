// Who takes part in lln-book-bench. Each keeps its state from one stretch of the day to the next.
#pragma once

#include "flow_in_memory.hpp"
#include "map_book.hpp"
#include "pooled_tables.hpp"

#include <lln/handler/huge_array.hpp>
#include <lln/handler/order_book.hpp>
#include <lln/handler/prefetch.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lln::book_bench {

using handler::BlockRun;

/// Looks at every event, so that no book can save the work.
struct CountingSink {
  std::uint64_t events = 0;
  std::uint64_t checksum = 0;
  void on_bbo(feed::Locate locate, const handler::Bbo& bbo) noexcept {
    ++events;
    checksum +=
        bbo.bid_shares * 3 + bbo.ask_shares * 5 + bbo.bid_price * 7ULL + bbo.ask_price * 11ULL + locate.value;
  }
  void on_trade(feed::Locate, std::uint32_t, std::uint64_t, std::uint64_t, bool) noexcept {}
  void on_applied(const std::byte*) noexcept {}
};

class Contestant {
 public:
  explicit Contestant(std::string name, std::string title)
      : name_(std::move(name)), title_(std::move(title)) {}
  virtual ~Contestant() = default;
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  virtual void play(std::span<const BlockRun> runs) = 0;
  /// Nothing for those that keep no book.
  virtual std::optional<std::uint64_t> digest(feed::Locate) const { return std::nullopt; }
  virtual std::optional<CountingSink> events() const { return std::nullopt; }
  /// Keeps the compiler from dropping the work.
  virtual std::uint64_t result() const { return 0; }

  const std::string& name() const { return name_; }
  const std::string& title() const { return title_; }

 private:
  std::string name_;
  std::string title_;
};

/// Walks the blocks, tells the types apart, loads the fields that a book needs.
class DecodeOnly final : public Contestant {
 public:
  DecodeOnly() : Contestant("decode_only", "decode only") {}
  void play(std::span<const BlockRun> runs) override {
    std::uint64_t sum = sum_;
    for (const BlockRun& run : runs)
      for_each_message(run, [&](std::span<const std::byte> message) { sum += fields(message); });
    sum_ = sum;
  }
  std::uint64_t result() const override { return sum_; }

 private:
  static std::uint64_t fields(std::span<const std::byte> message) {
    namespace itch = handler::itch;
    const std::byte* p = message.data();
    const std::uint8_t type = std::to_integer<std::uint8_t>(p[0]);
    if (message.size() < itch::length_of(type)) return 0;
    switch (static_cast<char>(type)) {
      case 'A':
      case 'F': {
        const itch::AddOrderView m{{{p}}};
        return m.locate() + m.ref() + m.shares() + m.price() + (m.side() == 'B');
      }
      case 'D':
        return itch::OrderView{{p}}.locate() + itch::OrderView{{p}}.ref();
      case 'E':
      case 'C': {
        const itch::OrderExecutedView m{{{p}}};
        return m.locate() + m.ref() + m.executed();
      }
      case 'X': {
        const itch::OrderCancelView m{{{p}}};
        return m.locate() + m.ref() + m.cancelled();
      }
      case 'U': {
        const itch::OrderReplaceView m{{{p}}};
        return m.locate() + m.ref() + m.new_ref() + m.shares() + m.price();
      }
      default:
        return 1;
    }
  }
  std::uint64_t sum_ = 0;
};

/// The machine's random-access limit for this stream: decode, and for each message change one 32-byte order record and
/// one line of the symbol's book, both prefetched over the run. No search, no hash: a message's record number was looked
/// up before the clock starts, and records are numbered as tightly as possible (the last one freed is used next).
class TouchFloor final : public Contestant {
 public:
  TouchFloor(const FlowInMemory& flow, std::uint32_t orders, std::uint32_t symbols)
      : Contestant("touch_floor", "touch floor: one order record, one book line"),
        records_(std::size_t{orders} + 1),
        books_(std::size_t{symbols} + 1) {
    number_records(flow, orders);
  }
  void play(std::span<const BlockRun> runs) override {
    std::array<const std::byte*, 64> messages;
    for (const BlockRun& run : runs) {
      const std::uint32_t* slots = slots_.data() + run.first_sequence - 1;
      const std::byte* block = run.first;
      for (std::size_t left = run.count; left != 0;) {
        const std::size_t n = std::min(left, messages.size());
        for (std::size_t i = 0; i < n; ++i) {
          messages[i] = block + 2;
          block += 2 + std::size_t{handler::itch::load<std::uint16_t>(block)};
          handler::prefetch(&records_[slots[i]]);
          handler::prefetch(&books_[handler::itch::View{messages[i]}.locate()]);
        }
        for (std::size_t i = 0; i < n; ++i) touch(messages[i], slots[i]);
        slots += n;
        left -= n;
      }
    }
  }
  std::uint64_t result() const override { return books_[1].sum; }

 private:
  struct alignas(32) Record {
    std::uint64_t sum;
    std::uint64_t messages;
    std::uint64_t rest[2];
  };
  struct alignas(64) Book {
    std::uint64_t sum;
    std::uint64_t messages;
  };

  void touch(const std::byte* message, std::uint32_t slot) {
    const handler::itch::OrderView view{{message}};
    Record& record = records_[slot];
    record.sum += view.ref();
    ++record.messages;
    Book& book = books_[view.locate()];
    book.sum += record.sum;
    ++book.messages;
  }

  void number_records(const FlowInMemory& flow, std::uint32_t orders) {
    handler::OrderTable table(orders);
    std::vector<std::uint32_t> free;
    for (std::uint32_t slot = orders; slot > 0; --slot) free.push_back(slot);
    const auto add = [&](std::uint64_t ref) {
      const std::uint32_t slot = free.back();
      free.pop_back();
      table.insert(table.vacancy(ref, table.home(ref)), ref, table.home(ref), slot, 1, 0);
      return slot;
    };
    std::vector<std::uint32_t> remaining(std::size_t{orders} + 1);
    slots_.reserve(flow.messages());
    const auto visit = [&](std::span<const std::byte> message) {
      namespace itch = handler::itch;
      const std::byte* p = message.data();
      const itch::OrderView order{{p}};
      const char type = static_cast<char>(p[0]);
      if (type == 'A' || type == 'F') {
        slots_.push_back(add(order.ref()));
        remaining[slots_.back()] = itch::AddOrderView{{{p}}}.shares();
        return;
      }
      if (std::string_view("ECXDU").find(type) == std::string_view::npos) return slots_.push_back(0);
      const auto at = table.find(order.ref(), table.home(order.ref()));
      const std::uint32_t slot = table.shares(at);
      slots_.push_back(slot);
      if (type == 'E' || type == 'C' || type == 'X') {
        remaining[slot] -= itch::OrderExecutedView{{{p}}}.executed();
        if (remaining[slot] != 0) return;
      }
      table.erase(at, table.home(order.ref()));
      free.push_back(slot);
      if (type == 'U')
        remaining[add(itch::OrderReplaceView{{{p}}}.new_ref())] = itch::OrderReplaceView{{{p}}}.shares();
    };
    for (const BlockRun& run : flow.build_up()) for_each_message(run, visit);
    for (const BlockRun& run : flow.steady()) for_each_message(run, visit);
  }

  handler::HugeArray<Record> records_;
  handler::HugeArray<Book> books_;
  std::vector<std::uint32_t> slots_;
};

enum class Feeding { look_ahead, one_by_one };

template <class Table>
class Books final : public Contestant {
 public:
  Books(std::string name, std::string title, const handler::Capacity& capacity, Feeding feeding)
      : Contestant(std::move(name), std::move(title)), books_(capacity), feeding_(feeding) {}
  void play(std::span<const BlockRun> runs) override {
    if (feeding_ == Feeding::look_ahead) {
      for (const BlockRun& run : runs) books_.apply(run, sink_);
    } else {
      for (const BlockRun& run : runs)
        for_each_message(run, [&](std::span<const std::byte> message) { books_.apply_one(message, sink_); });
    }
  }
  std::optional<std::uint64_t> digest(feed::Locate locate) const override { return books_.digest(locate); }
  std::optional<CountingSink> events() const override { return sink_; }
  std::uint64_t result() const override { return sink_.checksum; }
  const handler::BasicOrderBooks<Table>& books() const { return books_; }

 private:
  handler::BasicOrderBooks<Table> books_;
  CountingSink sink_;
  Feeding feeding_;
};

class Maps final : public Contestant {
 public:
  explicit Maps(std::size_t symbols)
      : Contestant("map_book", "std::map + std::unordered_map"), books_(symbols) {}
  void play(std::span<const BlockRun> runs) override {
    for (const BlockRun& run : runs)
      for_each_message(run, [&](std::span<const std::byte> message) { books_.apply_one(message, sink_); });
  }
  std::optional<std::uint64_t> digest(feed::Locate locate) const override { return books_.digest(locate); }
  std::optional<CountingSink> events() const override { return sink_; }
  std::uint64_t result() const override { return sink_.checksum; }

 private:
  MapBooks books_;
  CountingSink sink_;
};

}  // namespace lln::book_bench
