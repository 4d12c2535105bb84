// What the tests of pipeline and handler share: a small day of ITCH, packed into MoldUDP64.
#pragma once

#include "book_testkit.hpp"

#include <lln/feed/digest_file.hpp>
#include <lln/feed/moldudp64.hpp>
#include <lln/feed/simple_book.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace lln::handler::testkit {

inline constexpr std::uint16_t day_symbols = 4;

/// Directory, then adds, executions and deletes in turn. Message i (from 1) is messages[i - 1].
inline std::vector<Bytes> small_day(std::size_t count) {
  std::vector<Bytes> messages;
  for (std::uint16_t locate = 1; locate <= day_symbols; ++locate) {
    feed::StockDirectory directory;
    directory.header.locate = {locate};
    directory.stock = feed::symbol("TEST" + std::to_string(locate));
    messages.push_back(encoded(directory));
  }
  for (std::uint64_t ref = 1; messages.size() < count; ++ref) {
    const Symbol symbol{static_cast<std::uint16_t>(1 + ref % day_symbols)};
    const auto price = static_cast<std::uint32_t>(1'000'000 + 100 * (ref * 7 % 50));
    const bool bid = ref / day_symbols % 2 == 0;
    messages.push_back(symbol.add(ref, bid ? 'B' : 'S', 100, bid ? price - 10'000 : price));
    if (ref % 3 == 0 && messages.size() < count) messages.push_back(symbol.execute(ref, 40));
    if (ref > 20 && messages.size() < count) {
      const std::uint64_t old = ref - 20;
      messages.push_back(Symbol{static_cast<std::uint16_t>(1 + old % day_symbols)}.remove(old));
    }
  }
  return messages;
}

/// Datagrams of `per_packet` messages, then end of session.
inline std::vector<Bytes> packed(const std::vector<Bytes>& messages, std::size_t per_packet = 10) {
  const feed::SessionId session = feed::session_id("TESTDAY001");
  std::vector<Bytes> packets;
  std::vector<std::byte> buffer(1472);
  feed::PacketBuilder builder(buffer, session);
  for (std::size_t i = 0; i < messages.size();) {
    builder.begin(i + 1);
    for (std::size_t n = 0; n < per_packet && i < messages.size() && builder.append(messages[i]); ++n) ++i;
    const auto bytes = builder.finish();
    packets.emplace_back(bytes.begin(), bytes.end());
  }
  Bytes end(feed::header_size);
  feed::encode_header({session, messages.size() + 1, feed::end_of_session},
                      std::span(end).first<feed::header_size>());
  packets.push_back(end);
  return packets;
}

/// The truth.
inline std::vector<feed::SymbolDigest> digests_of(const std::vector<Bytes>& messages) {
  feed::SimpleBooks books;
  for (const Bytes& message : messages) books.apply(message);
  return books.digests();
}

}  // namespace lln::handler::testkit
