#include <lln/feed/glimpse.hpp>
#include <lln/feed/soup_bin_tcp.hpp>

#include <array>

namespace lln::feed {
namespace {

Message add_message(const BookOrder& order, const Symbol& stock) {
  const Header header{order.locate, 0, order.timestamp_ns};
  if (order.attribution)
    return AddOrderMpid{header, order.reference, order.side,        order.shares,
                        stock,  order.price,     *order.attribution};
  return AddOrder{header, order.reference, order.side, order.shares, stock, order.price};
}

}  // namespace

void encode_end_of_snapshot(std::uint64_t next_sequence,
                            std::span<std::byte, end_of_snapshot_size> to) noexcept {
  to[0] = end_of_snapshot_type;
  encode_soup_number(next_sequence, to.last<soup_number_size>());
}

std::optional<std::uint64_t> decode_end_of_snapshot(std::span<const std::byte> message) noexcept {
  if (message.size() < end_of_snapshot_size || message.front() != end_of_snapshot_type) return std::nullopt;
  return decode_soup_number(message.subspan(1).first<soup_number_size>());
}

void for_each_snapshot_message(const SimpleBooks& books, std::uint64_t next_sequence,
                               const std::function<void(std::span<const std::byte>)>& visit) {
  const auto send = [&](const Message& message) {
    std::array<std::byte, max_message_length> bytes;
    visit(std::span<const std::byte>(bytes).first(encode(message, bytes)));
  };
  const std::vector<Locate> locates = books.locates();

  if (const Message* event = books.latest(Locate{0}, MessageType::system_event)) send(*event);
  for (const MessageType type : {MessageType::stock_directory, MessageType::stock_trading_action,
                                 MessageType::reg_sho, MessageType::operational_halt})
    for (const Locate locate : locates)
      if (const Message* message = books.latest(locate, type)) send(*message);
  for (const Locate locate : locates) {
    const Symbol stock = symbol(books.symbol(locate));
    for (const BookOrder& order : books.orders(locate)) send(add_message(order, stock));
  }

  std::array<std::byte, end_of_snapshot_size> end;
  encode_end_of_snapshot(next_sequence, end);
  visit(end);
}

std::vector<std::vector<std::byte>> snapshot_messages(const SimpleBooks& books, std::uint64_t next_sequence) {
  std::vector<std::vector<std::byte>> messages;
  for_each_snapshot_message(books, next_sequence,
                            [&](auto bytes) { messages.emplace_back(bytes.begin(), bytes.end()); });
  return messages;
}

}  // namespace lln::feed
