// ITCH 5.0 messages that change the book. fields() lists what follows the header, in wire order.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <cstdint>
#include <tuple>

namespace lln::feed {

/// A new order at the tail of its price level.
struct AddOrder {
  static constexpr MessageType type = MessageType::add_order;
  Header header;
  std::uint64_t reference = 0;
  Side side = Side::buy;
  std::uint32_t shares = 0;
  Symbol stock = alpha<8>("");
  Price4 price;
  static constexpr auto fields() {
    return std::tuple{&AddOrder::reference, &AddOrder::side, &AddOrder::shares, &AddOrder::stock,
                      &AddOrder::price};
  }
  bool operator==(const AddOrder&) const = default;
};

/// An AddOrder that names its market participant.
struct AddOrderMpid {
  static constexpr MessageType type = MessageType::add_order_mpid;
  Header header;
  std::uint64_t reference = 0;
  Side side = Side::buy;
  std::uint32_t shares = 0;
  Symbol stock = alpha<8>("");
  Price4 price;
  Mpid attribution = alpha<4>("");
  static constexpr auto fields() {
    return std::tuple{&AddOrderMpid::reference, &AddOrderMpid::side,  &AddOrderMpid::shares,
                      &AddOrderMpid::stock,     &AddOrderMpid::price, &AddOrderMpid::attribution};
  }
  bool operator==(const AddOrderMpid&) const = default;
};

/// Executed at the order's own price.
struct OrderExecuted {
  static constexpr MessageType type = MessageType::order_executed;
  Header header;
  std::uint64_t reference = 0;
  std::uint32_t executed = 0;  ///< shares
  std::uint64_t match = 0;
  static constexpr auto fields() {
    return std::tuple{&OrderExecuted::reference, &OrderExecuted::executed, &OrderExecuted::match};
  }
  bool operator==(const OrderExecuted&) const = default;
};

/// Executed at another price; the order's level is still that of its own price.
struct OrderExecutedWithPrice {
  static constexpr MessageType type = MessageType::order_executed_with_price;
  Header header;
  std::uint64_t reference = 0;
  std::uint32_t executed = 0;  ///< shares
  std::uint64_t match = 0;
  char printable = ' ';  ///< N: not volume, a bulk Q follows
  Price4 price;          ///< of the execution
  static constexpr auto fields() {
    return std::tuple{&OrderExecutedWithPrice::reference, &OrderExecutedWithPrice::executed,
                      &OrderExecutedWithPrice::match, &OrderExecutedWithPrice::printable,
                      &OrderExecutedWithPrice::price};
  }
  bool operator==(const OrderExecutedWithPrice&) const = default;
};

/// Partial cancel: the order keeps its priority.
struct OrderCancel {
  static constexpr MessageType type = MessageType::order_cancel;
  Header header;
  std::uint64_t reference = 0;
  std::uint32_t cancelled = 0;  ///< shares
  static constexpr auto fields() { return std::tuple{&OrderCancel::reference, &OrderCancel::cancelled}; }
  bool operator==(const OrderCancel&) const = default;
};

struct OrderDelete {
  static constexpr MessageType type = MessageType::order_delete;
  Header header;
  std::uint64_t reference = 0;
  static constexpr auto fields() { return std::tuple{&OrderDelete::reference}; }
  bool operator==(const OrderDelete&) const = default;
};

/// Same side, stock and participant; priority lost.
struct OrderReplace {
  static constexpr MessageType type = MessageType::order_replace;
  Header header;
  std::uint64_t old_reference = 0;
  std::uint64_t new_reference = 0;
  std::uint32_t shares = 0;
  Price4 price;
  static constexpr auto fields() {
    return std::tuple{&OrderReplace::old_reference, &OrderReplace::new_reference, &OrderReplace::shares,
                      &OrderReplace::price};
  }
  bool operator==(const OrderReplace&) const = default;
};

}  // namespace lln::feed
