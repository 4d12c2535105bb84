#include <lln/exchange/snapshot_writer.hpp>
#include <lln/feed/glimpse.hpp>
#include <lln/feed/soup_bin_tcp.hpp>

#include <array>
#include <span>

namespace lln::exchange {
namespace {

constexpr std::array directory_types{feed::MessageType::stock_directory,
                                     feed::MessageType::stock_trading_action, feed::MessageType::reg_sho,
                                     feed::MessageType::operational_halt};

feed::Message add_message(const feed::BookOrder& order, const feed::Symbol& stock) {
  const feed::Header header{order.locate, 0, order.timestamp_ns};
  if (order.attribution)
    return feed::AddOrderMpid{header, order.reference, order.side,        order.shares,
                              stock,  order.price,     *order.attribution};
  return feed::AddOrder{header, order.reference, order.side, order.shares, stock, order.price};
}

}  // namespace

SnapshotWriter::SnapshotWriter(const feed::SimpleBooks& books, std::uint64_t next_sequence)
    : books_(books), next_sequence_(next_sequence), locates_(books.locates()) {}

void SnapshotWriter::append(std::vector<std::byte>& to, std::size_t bytes) {
  while (!done() && to.size() < bytes) one(to);
}

void SnapshotWriter::put(const feed::Message& message, std::vector<std::byte>& to) const {
  std::array<std::byte, feed::max_message_length> bytes{};
  feed::encode_soup(feed::SoupType::sequenced_data,
                    std::span<const std::byte>(bytes).first(feed::encode(message, bytes)), to);
}

void SnapshotWriter::begin_symbol() {
  if (place_ == locates_.size()) {
    phase_ = Phase::end;
    return;
  }
  stock_ = feed::symbol(books_.symbol(locates_[place_]));
  order_ = books_.orders(locates_[place_]).begin();
}

void SnapshotWriter::one(std::vector<std::byte>& to) {
  switch (phase_) {
    case Phase::event:
      if (const feed::Message* event = books_.latest(feed::Locate{0}, feed::MessageType::system_event))
        put(*event, to);
      phase_ = Phase::directory;
      break;
    case Phase::directory:
      if (place_ < locates_.size()) {
        if (const feed::Message* latest = books_.latest(locates_[place_], directory_types[type_]))
          put(*latest, to);
        ++place_;
      } else if (++type_ < directory_types.size()) {
        place_ = 0;
      } else {
        phase_ = Phase::orders;
        place_ = 0;
        begin_symbol();
      }
      break;
    case Phase::orders:
      if (order_ != books_.orders(locates_[place_]).end()) {
        put(add_message(*order_++, stock_), to);
      } else {
        ++place_;
        begin_symbol();
      }
      break;
    case Phase::end: {
      std::array<std::byte, feed::end_of_snapshot_size> end{};
      feed::encode_end_of_snapshot(next_sequence_, end);
      feed::encode_soup(feed::SoupType::sequenced_data, end, to);
      feed::encode_soup(feed::SoupType::session_end, to);
      phase_ = Phase::done;
      break;
    }
    case Phase::done:
      break;
  }
}

}  // namespace lln::exchange
