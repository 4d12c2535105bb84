// ITCH 5.0 messages about trades, auctions and interest. None changes the book.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <cstdint>
#include <tuple>

namespace lln::feed {

/// Execution of an order that is not displayed.
struct Trade {
  static constexpr MessageType type = MessageType::trade;
  Header header;
  std::uint64_t reference = 0;  ///< 0
  Side side = Side::buy;        ///< always B
  std::uint32_t shares = 0;
  Symbol stock = alpha<8>("");
  Price4 price;
  std::uint64_t match = 0;
  static constexpr auto fields() {
    return std::tuple{&Trade::reference, &Trade::side,  &Trade::shares,
                      &Trade::stock,     &Trade::price, &Trade::match};
  }
  bool operator==(const Trade&) const = default;
};

struct CrossTrade {
  static constexpr MessageType type = MessageType::cross_trade;
  Header header;
  std::uint64_t shares = 0;
  Symbol stock = alpha<8>("");
  Price4 price;
  std::uint64_t match = 0;
  char cross_type = ' ';  ///< O, C, H, I, A
  static constexpr auto fields() {
    return std::tuple{&CrossTrade::shares, &CrossTrade::stock, &CrossTrade::price, &CrossTrade::match,
                      &CrossTrade::cross_type};
  }
  bool operator==(const CrossTrade&) const = default;
};

struct BrokenTrade {
  static constexpr MessageType type = MessageType::broken_trade;
  Header header;
  std::uint64_t match = 0;
  static constexpr auto fields() { return std::tuple{&BrokenTrade::match}; }
  bool operator==(const BrokenTrade&) const = default;
};

/// Net Order Imbalance Indicator.
struct Noii {
  static constexpr MessageType type = MessageType::noii;
  Header header;
  std::uint64_t paired = 0;     ///< shares
  std::uint64_t imbalance = 0;  ///< shares
  char direction = ' ';         ///< B, S, N, O, P
  Symbol stock = alpha<8>("");
  Price4 far_price;
  Price4 near_price;
  Price4 reference_price;
  char cross_type = ' ';
  char variation = ' ';
  static constexpr auto fields() {
    return std::tuple{&Noii::paired,          &Noii::imbalance,  &Noii::direction,
                      &Noii::stock,           &Noii::far_price,  &Noii::near_price,
                      &Noii::reference_price, &Noii::cross_type, &Noii::variation};
  }
  bool operator==(const Noii&) const = default;
};

struct RetailPriceImprovement {
  static constexpr MessageType type = MessageType::retail_price_improvement;
  Header header;
  Symbol stock = alpha<8>("");
  char flag = ' ';  ///< B, S, A, N
  static constexpr auto fields() {
    return std::tuple{&RetailPriceImprovement::stock, &RetailPriceImprovement::flag};
  }
  bool operator==(const RetailPriceImprovement&) const = default;
};

/// Direct listing with capital raise.
struct DirectListingPriceDiscovery {
  static constexpr MessageType type = MessageType::direct_listing_price_discovery;
  Header header;
  Symbol stock = alpha<8>("");
  char open_eligibility = ' ';  ///< Y, N
  Price4 min_price;
  Price4 max_price;
  Price4 near_price;
  std::uint64_t near_time = 0;
  Price4 lower_collar;
  Price4 upper_collar;
  static constexpr auto fields() {
    return std::tuple{
        &DirectListingPriceDiscovery::stock,        &DirectListingPriceDiscovery::open_eligibility,
        &DirectListingPriceDiscovery::min_price,    &DirectListingPriceDiscovery::max_price,
        &DirectListingPriceDiscovery::near_price,   &DirectListingPriceDiscovery::near_time,
        &DirectListingPriceDiscovery::lower_collar, &DirectListingPriceDiscovery::upper_collar};
  }
  bool operator==(const DirectListingPriceDiscovery&) const = default;
};

}  // namespace lln::feed
