// GLIMPSE 5.0: the snapshot that lets a receiver join in the middle of the day. It is a run of ordinary ITCH messages
// in SoupBinTCP sequenced packets, closed by the End of Snapshot message 'G'.
//
// Threads: pure functions; the books must not change meanwhile. Source: SPEC.md section 6.
#pragma once

#include <lln/feed/simple_book.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lln::feed {

inline constexpr std::byte end_of_snapshot_type{'G'};
inline constexpr std::size_t end_of_snapshot_size = 21;

/// `next_sequence`: the first real-time message that the snapshot does not contain.
void encode_end_of_snapshot(std::uint64_t next_sequence,
                            std::span<std::byte, end_of_snapshot_size> to) noexcept;
/// Nothing unless the message has type 'G', at least 21 bytes and a valid number (bytes beyond are ignored).
std::optional<std::uint64_t> decode_end_of_snapshot(std::span<const std::byte> message) noexcept;

/// Calls `visit` with each message of the snapshot in order: the last S; then R H Y h of every symbol as far as they
/// came; then one A or F for every live order with the remaining shares, in order of arrival within the symbol (so
/// that FIFO is kept); then G. The span is valid during the call only.
void for_each_snapshot_message(const SimpleBooks& books, std::uint64_t next_sequence,
                               const std::function<void(std::span<const std::byte>)>& visit);

/// The same as one list.
std::vector<std::vector<std::byte>> snapshot_messages(const SimpleBooks& books, std::uint64_t next_sequence);

}  // namespace lln::feed
