// The vocabulary of TotalView-ITCH 5.0: message types, ids, prices, and the header that every message starts with.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lln::feed {

enum class MessageType : char {
  system_event = 'S',
  stock_directory = 'R',
  stock_trading_action = 'H',
  reg_sho = 'Y',
  market_participant_position = 'L',
  mwcb_decline_level = 'V',
  mwcb_status = 'W',
  ipo_quoting_period = 'K',
  luld_auction_collar = 'J',
  operational_halt = 'h',
  add_order = 'A',
  add_order_mpid = 'F',
  order_executed = 'E',
  order_executed_with_price = 'C',
  order_cancel = 'X',
  order_delete = 'D',
  order_replace = 'U',
  trade = 'P',
  cross_trade = 'Q',
  broken_trade = 'B',
  noii = 'I',
  retail_price_improvement = 'N',
  direct_listing_price_discovery = 'O',
};

enum class Side : char { buy = 'B', sell = 'S' };

/// Index of an instrument, assigned anew each day, dense from 1; 0 = the message is about no instrument.
struct Locate {
  std::uint16_t value = 0;
  friend auto operator<=>(const Locate&, const Locate&) = default;
};

/// Price in 1/10,000.
struct Price4 {
  std::uint32_t value = 0;
  friend auto operator<=>(const Price4&, const Price4&) = default;
};

/// Price in 1/100,000,000 (only in MWCB Decline Level).
struct Price8 {
  std::uint64_t value = 0;
  friend auto operator<=>(const Price8&, const Price8&) = default;
};

/// 200,000.0000: the largest price that an order may have. Below 2^31, so a signed 32-bit price can be negated.
inline constexpr Price4 max_price{2'000'000'000};

/// ASCII, left-justified, padded with spaces on the right.
template <std::size_t N>
using Alpha = std::array<char, N>;
using Symbol = Alpha<8>;
using Mpid = Alpha<4>;

/// What follows the type byte in every message.
struct Header {
  Locate locate;
  std::uint16_t tracking = 0;
  std::uint64_t timestamp_ns = 0;  ///< since midnight; 48 bits on the wire
  bool operator==(const Header&) const = default;
};

/// Bytes of the type and the header together.
inline constexpr std::size_t itch_prefix_size = 11;

/// Pads with spaces on the right; characters beyond N are cut off.
template <std::size_t N>
constexpr Alpha<N> alpha(std::string_view text) noexcept {
  Alpha<N> result{};
  for (std::size_t i = 0; i < N; ++i) result[i] = i < text.size() ? text[i] : ' ';
  return result;
}

constexpr Symbol symbol(std::string_view text) noexcept { return alpha<8>(text); }

/// The text without the padding; a view into the argument.
template <std::size_t N>
constexpr std::string_view trimmed(const Alpha<N>& field) noexcept {
  std::string_view text(field.data(), N);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}
template <std::size_t N>
std::string_view trimmed(Alpha<N>&&) = delete;  // the view would dangle

}  // namespace lln::feed
