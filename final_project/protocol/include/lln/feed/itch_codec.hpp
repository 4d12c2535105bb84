// Encoder and decoder of every TotalView-ITCH 5.0 message: owning structs in, owning structs out.
//
// Threads: pure functions. Guarantees: never reads or writes outside the given span; no allocation; noexcept.
// Cost: built to be obviously right, not fast: decode copies every field into a variant of 23 alternatives.
// Source: SPEC.md sections 1, 2 and 9.2.
#pragma once

#include <lln/feed/itch_admin_messages.hpp>
#include <lln/feed/itch_order_messages.hpp>
#include <lln/feed/itch_trade_messages.hpp>
#include <lln/feed/itch_types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

namespace lln::feed {

using Message =
    std::variant<SystemEvent, StockDirectory, StockTradingAction, RegSho, MarketParticipantPosition,
                 MwcbDeclineLevel, MwcbStatus, IpoQuotingPeriod, LuldAuctionCollar, OperationalHalt, AddOrder,
                 AddOrderMpid, OrderExecuted, OrderExecutedWithPrice, OrderCancel, OrderDelete, OrderReplace,
                 Trade, CrossTrade, BrokenTrade, Noii, RetailPriceImprovement, DirectListingPriceDiscovery>;

inline constexpr std::size_t max_message_length = 50;  ///< of the longest type, I

/// Length on the wire in bytes, type byte included; nothing for a type that ITCH 5.0 does not have.
std::optional<std::size_t> message_length(std::uint8_t type) noexcept;

MessageType type_of(const Message& message) noexcept;
const Header& header_of(const Message& message) noexcept;

/// Writes the message to the front of `to` and returns its length; 0 and nothing written when `to` is too small.
std::size_t encode(const Message& message, std::span<std::byte> to) noexcept;

enum class DecodeError : std::uint8_t {
  none,
  unknown_type,  ///< no ITCH 5.0 type: skip the message by the length of its frame
  truncated,     ///< no bytes at all, or fewer than the type needs
};

struct DecodeResult {
  std::optional<Message> message;  ///< set exactly when error == none
  DecodeError error = DecodeError::none;
  explicit operator bool() const noexcept { return message.has_value(); }
};

/// Decodes one message that fills `from`. Bytes beyond the length of its type are ignored: a later edition may append
/// fields, and the frame around the message already says where it ends. Field values are not judged.
DecodeResult decode(std::span<const std::byte> from) noexcept;

}  // namespace lln::feed
