// BasicOrderBooks: what the messages are made of: an order found, reduced, taken out, put in.
// Included by order_book.hpp only.
#pragma once

namespace lln::handler {

/// The live order that the message is about; otherwise `none`, counted.
template <class Table>
[[gnu::always_inline]] inline auto BasicOrderBooks<Table>::find(itch::OrderView message, Guess guess) noexcept
    -> Slot {
  const std::uint64_t ref = message.ref();
  Slot slot = guess.at;
  if (slot == Table::none || !orders_.holds(slot, ref)) {
    slot = orders_.find(ref, guess.home);
    if (slot == Table::none) [[unlikely]] {
      ++counters_.unknown_reference;
      return Table::none;
    }
  }
  if (block_of(slot).locate != message.locate()) [[unlikely]] {
    ++counters_.bad_locate;
    return Table::none;
  }
  return slot;
}

/// Takes shares away from an order, at most what it has. The order goes when none are left.
template <class Table>
[[gnu::always_inline]] inline auto BasicOrderBooks<Table>::reduce(Slot slot, Home home, std::uint16_t locate,
                                                                  std::uint32_t shares) noexcept -> Reduced {
  const std::uint32_t remaining = orders_.shares(slot);
  if (shares >= remaining) {
    if (shares > remaining) [[unlikely]]
      ++counters_.over_reduced;
    return {remaining, take_out(slot, home, locate)};
  }
  orders_.shares(slot) = remaining - shares;
  const LevelQueues::Id id = orders_.queue(slot);
  const LevelQueues::Block& block = queues_[id];
  const std::size_t side = orders_.side(slot);
  PriceLevels& levels = books_[locate].side[side];
  const PriceLevels::Place place = levels.find_near(key_of(block.price, side));
  queues_.reduce(id, shares);
  levels.change_shares(place, -std::uint64_t{shares});
  return {shares, place == 0 && shares != 0};
}

template <class Table>
[[gnu::always_inline]] inline bool BasicOrderBooks<Table>::take_out(Slot slot, Home home,
                                                                    std::uint16_t locate) noexcept {
  const LevelQueues::Id id = orders_.queue(slot);
  const LevelQueues::Block& block = queues_[id];
  const std::size_t side = orders_.side(slot);
  const std::uint32_t shares = orders_.shares(slot);
  PriceLevels& levels = books_[locate].side[side];
  const std::int32_t key = key_of(block.price, side);
  const PriceLevels::Place place = levels.find_near(key);
  levels.change_shares(place, -std::uint64_t{shares});
  orders_.erase(slot, home);
  if (!queues_.remove(id, slot, shares)) [[unlikely]]
    drop_block(levels, key, id);
  return place == 0;
}

/// A block without orders leaves its queue, a queue without blocks takes its level along.
template <class Table>
[[gnu::noinline]] void BasicOrderBooks<Table>::drop_block(PriceLevels& levels, std::int32_t key,
                                                          LevelQueues::Id id) noexcept {
  const LevelQueues::Id last = queues_.unlink(id);
  if (last == id) return;
  const PriceLevels::Place place = levels.find(key, deep_levels_);
  levels.queue(place, deep_levels_) = last;
  if (last == 0) levels.erase(place, deep_levels_, queues_);
}

/// Adds a valid order unless its reference is live or there is no room: then nothing changes but a counter.
template <class Table>
[[gnu::always_inline]] inline bool BasicOrderBooks<Table>::put_in(std::uint16_t locate, std::size_t side,
                                                                  std::uint64_t ref, std::uint32_t shares,
                                                                  std::uint32_t price, Guess guess) noexcept {
  const auto vacancy = orders_.vacancy(ref, guess.home);
  if (vacancy.duplicate) [[unlikely]] {
    ++counters_.duplicate_reference;
    return false;
  }
  PriceLevels& levels = books_[locate].side[side];
  const std::int32_t key = key_of(price, side);
  PriceLevels::Place place = guess.at;
  // Each of these ends early by a branch, not by a condition carried along: the lines that follow are not to wait for
  // the order's.
  if (vacancy.slot == Table::none) [[unlikely]]
    return refuse();
  if (!levels.holds_near(place, key)) {
    place = level_for(levels, key, locate, price);
    if (place == PriceLevels::nowhere) [[unlikely]]
      return refuse();
  }
  const LevelQueues::Id queue = queues_.with_room(levels.queue(place, deep_levels_));
  if (queue == 0) [[unlikely]]
    return refuse();
  levels.queue(place, deep_levels_) = queue;
  queues_.append(queue, vacancy.slot, shares);
  levels.change_shares(place, shares);
  orders_.insert(vacancy, ref, guess.home, shares, queue, side);
  return place == 0;
}

template <class Table>
bool BasicOrderBooks<Table>::refuse() noexcept {
  ++counters_.capacity_exhausted;
  return false;
}

/// The place of the level with this key, opened when there is none; `nowhere` without room.
template <class Table>
[[gnu::noinline]] PriceLevels::Place BasicOrderBooks<Table>::level_for(PriceLevels& levels, std::int32_t key,
                                                                       std::uint16_t locate,
                                                                       std::uint32_t price) noexcept {
  PriceLevels::Place place = levels.find(key, deep_levels_);
  if (levels.holds(place, key, deep_levels_)) return place;
  if (queues_.full() || !levels.insert(place, {key, 0}, deep_levels_)) return PriceLevels::nowhere;
  levels.queue(place, deep_levels_) = queues_.create(locate, price);
  return place;
}

}  // namespace lln::handler
