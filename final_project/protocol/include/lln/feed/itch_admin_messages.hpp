// ITCH 5.0 messages about the day, the instruments and the participants. None changes the book.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <cstdint>
#include <tuple>

namespace lln::feed {

/// One step of the day; the locate is 0.
struct SystemEvent {
  static constexpr MessageType type = MessageType::system_event;
  Header header;
  char event = ' ';  ///< O S Q M E C: start of messages, system, market; end of market, system, messages
  static constexpr auto fields() { return std::tuple{&SystemEvent::event}; }
  bool operator==(const SystemEvent&) const = default;
};

/// Declares the locate of a symbol for this day.
struct StockDirectory {
  static constexpr MessageType type = MessageType::stock_directory;
  Header header;
  Symbol stock = alpha<8>("");
  char market_category = ' ';
  char financial_status = ' ';
  std::uint32_t round_lot = 0;  ///< shares
  char round_lots_only = ' ';
  char issue_class = ' ';
  Alpha<2> issue_subtype = alpha<2>("");
  char authenticity = ' ';  ///< P live, T test
  char short_sale_threshold = ' ';
  char ipo_flag = ' ';
  char luld_tier = ' ';
  char etp_flag = ' ';
  std::uint32_t etp_leverage = 0;
  char inverse = ' ';
  static constexpr auto fields() {
    return std::tuple{&StockDirectory::stock,
                      &StockDirectory::market_category,
                      &StockDirectory::financial_status,
                      &StockDirectory::round_lot,
                      &StockDirectory::round_lots_only,
                      &StockDirectory::issue_class,
                      &StockDirectory::issue_subtype,
                      &StockDirectory::authenticity,
                      &StockDirectory::short_sale_threshold,
                      &StockDirectory::ipo_flag,
                      &StockDirectory::luld_tier,
                      &StockDirectory::etp_flag,
                      &StockDirectory::etp_leverage,
                      &StockDirectory::inverse};
  }
  bool operator==(const StockDirectory&) const = default;
};

struct StockTradingAction {
  static constexpr MessageType type = MessageType::stock_trading_action;
  Header header;
  Symbol stock = alpha<8>("");
  char state = ' ';  ///< H halted, P paused, Q quotation only, T trading
  char reserved = ' ';
  Alpha<4> reason = alpha<4>("");
  static constexpr auto fields() {
    return std::tuple{&StockTradingAction::stock, &StockTradingAction::state, &StockTradingAction::reserved,
                      &StockTradingAction::reason};
  }
  bool operator==(const StockTradingAction&) const = default;
};

struct RegSho {
  static constexpr MessageType type = MessageType::reg_sho;
  Header header;
  Symbol stock = alpha<8>("");
  char action = ' ';  ///< 0, 1, 2
  static constexpr auto fields() { return std::tuple{&RegSho::stock, &RegSho::action}; }
  bool operator==(const RegSho&) const = default;
};

struct MarketParticipantPosition {
  static constexpr MessageType type = MessageType::market_participant_position;
  Header header;
  Mpid mpid = alpha<4>("");
  Symbol stock = alpha<8>("");
  char primary_market_maker = ' ';
  char market_maker_mode = ' ';
  char state = ' ';
  static constexpr auto fields() {
    return std::tuple{&MarketParticipantPosition::mpid, &MarketParticipantPosition::stock,
                      &MarketParticipantPosition::primary_market_maker,
                      &MarketParticipantPosition::market_maker_mode, &MarketParticipantPosition::state};
  }
  bool operator==(const MarketParticipantPosition&) const = default;
};

struct MwcbDeclineLevel {
  static constexpr MessageType type = MessageType::mwcb_decline_level;
  Header header;
  Price8 level1;
  Price8 level2;
  Price8 level3;
  static constexpr auto fields() {
    return std::tuple{&MwcbDeclineLevel::level1, &MwcbDeclineLevel::level2, &MwcbDeclineLevel::level3};
  }
  bool operator==(const MwcbDeclineLevel&) const = default;
};

struct MwcbStatus {
  static constexpr MessageType type = MessageType::mwcb_status;
  Header header;
  char breached = ' ';  ///< 1, 2, 3
  static constexpr auto fields() { return std::tuple{&MwcbStatus::breached}; }
  bool operator==(const MwcbStatus&) const = default;
};

struct IpoQuotingPeriod {
  static constexpr MessageType type = MessageType::ipo_quoting_period;
  Header header;
  Symbol stock = alpha<8>("");
  std::uint32_t release_time = 0;  ///< seconds since midnight
  char qualifier = ' ';            ///< A, C
  Price4 ipo_price;
  static constexpr auto fields() {
    return std::tuple{&IpoQuotingPeriod::stock, &IpoQuotingPeriod::release_time, &IpoQuotingPeriod::qualifier,
                      &IpoQuotingPeriod::ipo_price};
  }
  bool operator==(const IpoQuotingPeriod&) const = default;
};

struct LuldAuctionCollar {
  static constexpr MessageType type = MessageType::luld_auction_collar;
  Header header;
  Symbol stock = alpha<8>("");
  Price4 reference_price;
  Price4 upper;
  Price4 lower;
  std::uint32_t extension = 0;
  static constexpr auto fields() {
    return std::tuple{&LuldAuctionCollar::stock, &LuldAuctionCollar::reference_price,
                      &LuldAuctionCollar::upper, &LuldAuctionCollar::lower, &LuldAuctionCollar::extension};
  }
  bool operator==(const LuldAuctionCollar&) const = default;
};

struct OperationalHalt {
  static constexpr MessageType type = MessageType::operational_halt;
  Header header;
  Symbol stock = alpha<8>("");
  char market_code = ' ';  ///< Q, B, X
  char action = ' ';       ///< H, T
  static constexpr auto fields() {
    return std::tuple{&OperationalHalt::stock, &OperationalHalt::market_code, &OperationalHalt::action};
  }
  bool operator==(const OperationalHalt&) const = default;
};

}  // namespace lln::feed
