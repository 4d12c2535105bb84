#include <lln/feed/output_stream.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace lln::feed {
namespace {

void begin(char kind, std::uint64_t sequence, OutputBytes to) noexcept {
  std::fill(to.begin(), to.end(), std::byte{0});
  to[0] = static_cast<std::byte>(kind);
  store_be(&to[8], sequence);
}

std::string price_text(std::uint32_t price) {
  char text[24];
  std::snprintf(text, sizeof text, "%u.%04u", price / 10'000, price % 10'000);
  return text;
}

std::string side_text(std::uint64_t shares, std::uint32_t price) {
  return shares == 0 && price == 0 ? "none" : std::to_string(shares) + " at " + price_text(price);
}

struct Describe {
  std::string operator()(const SessionBegin& r) const {
    std::string text = "session ";
    text += text_of(r.session);
    return text + " begins before message " + std::to_string(r.sequence);
  }
  std::string operator()(const BestPrices& r) const {
    return "best prices of locate " + std::to_string(r.locate.value) + " after message " +
           std::to_string(r.sequence) + ": bid " + side_text(r.bid_shares, r.bid_price) + ", ask " +
           side_text(r.ask_shares, r.ask_price);
  }
  std::string operator()(const TradePrint& r) const {
    return "trade in locate " + std::to_string(r.locate.value) + " by message " + std::to_string(r.sequence) +
           ": " + side_text(r.shares, r.price) + ", match " + std::to_string(r.match) +
           (r.printable ? "" : ", not printable");
  }
  std::string operator()(const BooksReplaced& r) const {
    return "books replaced by a snapshot that stands before message " + std::to_string(r.sequence);
  }
  std::string operator()(const MessagesLost& r) const {
    return "messages " + std::to_string(r.sequence) + " to " + std::to_string(r.end - 1) + " lost";
  }
  std::string operator()(const SessionEnd& r) const {
    return "session ends before message " + std::to_string(r.sequence);
  }
};

}  // namespace

void encode(const SessionBegin& record, OutputBytes to) noexcept {
  begin('O', record.sequence, to);
  std::memcpy(&to[16], record.session.data(), record.session.size());
  store_be(&to[26], record.version);
}

void encode(const BooksReplaced& record, OutputBytes to) noexcept { begin('R', record.sequence, to); }

void encode(const MessagesLost& record, OutputBytes to) noexcept {
  begin('L', record.sequence, to);
  store_be(&to[16], record.end);
}

void encode(const SessionEnd& record, OutputBytes to) noexcept { begin('E', record.sequence, to); }

std::optional<OutputRecord> decode_output(std::span<const std::byte, output_record_size> from) noexcept {
  const std::byte* const at = from.data();
  const auto sequence = load_be<std::uint64_t>(at + 8);
  const Locate locate{load_be<std::uint16_t>(at + 2)};
  switch (static_cast<char>(at[0])) {
    case 'O': {
      SessionBegin record{sequence, {}, load_be<std::uint16_t>(at + 26)};
      std::memcpy(record.session.data(), at + 16, record.session.size());
      return record;
    }
    case 'B':
      return BestPrices{sequence,
                        locate,
                        load_be<std::uint32_t>(at + 16),
                        load_be<std::uint32_t>(at + 20),
                        load_be<std::uint64_t>(at + 24),
                        load_be<std::uint64_t>(at + 32)};
    case 'T':
      return TradePrint{sequence,
                        locate,
                        load_be<std::uint32_t>(at + 4),
                        load_be<std::uint64_t>(at + 16),
                        load_be<std::uint64_t>(at + 24),
                        static_cast<char>(at[1]) != 'N'};
    case 'R':
      return BooksReplaced{sequence};
    case 'L':
      return MessagesLost{sequence, load_be<std::uint64_t>(at + 16)};
    case 'E':
      return SessionEnd{sequence};
    default:
      return std::nullopt;
  }
}

std::string describe(const OutputRecord& record) { return std::visit(Describe{}, record); }

}  // namespace lln::feed
