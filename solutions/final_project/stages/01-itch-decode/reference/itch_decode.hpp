// The views of the reference handler behind the interface of stage 08-01: another inner design, the same tests.
#pragma once

#include <lln/handler/itch_view.hpp>
#include <lln/project/itch_events.hpp>
#include <lln/project/packet.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace lln::project {

enum class ItchResult : std::uint8_t { event, other, unknown_type, truncated };

namespace from_reference {

inline EventHeader header(handler::itch::View view) noexcept { return {view.locate(), view.timestamp_ns()}; }

inline char letter(handler::itch::View view, std::size_t offset) noexcept {
  return static_cast<char>(view.p[offset]);
}

template <class Text>
Text text(std::string_view from) noexcept {
  Text to{};
  std::copy_n(from.begin(), to.size(), to.begin());
  return to;
}

inline OrderAdded added(handler::itch::AddOrderView view) noexcept {
  return {header(view), view.ref(), view.side(), view.shares(), text<Stock>(view.stock()),
          view.price(), Mpid{}};
}

}  // namespace from_reference

template <class Sink>
ItchResult decode(Message message, Sink& sink) noexcept {
  using namespace handler::itch;
  using from_reference::header;
  using from_reference::letter;
  using from_reference::text;
  if (message.empty()) return ItchResult::truncated;
  const View view{message.data()};
  const std::size_t length = length_of(view.type());
  if (length == 0) return ItchResult::unknown_type;
  if (message.size() < length) return ItchResult::truncated;
  switch (static_cast<char>(view.type())) {
    case 'A':
      sink.on(from_reference::added(AddOrderView{view.p}));
      break;
    case 'F': {
      OrderAdded event = from_reference::added(AddOrderView{view.p});
      event.participant = text<Mpid>({reinterpret_cast<const char*>(view.p + 36), 4});
      sink.on(event);
      break;
    }
    case 'E': {
      const OrderExecutedView v{view.p};
      sink.on(OrderExecuted{header(v), v.ref(), v.executed(), v.match()});
      break;
    }
    case 'C': {
      const OrderExecutedWithPriceView v{{view.p}};
      sink.on(OrderExecutedWithPrice{header(v), v.ref(), v.executed(), v.match(), letter(v, 31), v.price()});
      break;
    }
    case 'X': {
      const OrderCancelView v{view.p};
      sink.on(OrderCancelled{header(v), v.ref(), v.cancelled()});
      break;
    }
    case 'D':
      sink.on(OrderDeleted{header(view), OrderDeleteView{view.p}.ref()});
      break;
    case 'U': {
      const OrderReplaceView v{view.p};
      sink.on(OrderReplaced{header(v), v.ref(), v.new_ref(), v.shares(), v.price()});
      break;
    }
    case 'P': {
      const TradeView v{view.p};
      const Stock stock = text<Stock>({reinterpret_cast<const char*>(v.p + 24), 8});
      sink.on(Trade{header(v), letter(v, 19), v.shares(), stock, v.price(), v.match()});
      break;
    }
    case 'Q': {
      const CrossTradeView v{view.p};
      const Stock stock = text<Stock>({reinterpret_cast<const char*>(v.p + 19), 8});
      sink.on(CrossTrade{header(v), v.shares(), stock, v.price(), v.match()});
      break;
    }
    case 'B':
      sink.on(BrokenTrade{header(view), load<std::uint64_t>(view.p + 11)});
      break;
    case 'R':
      sink.on(StockDirectory{header(view), text<Stock>(StockDirectoryView{view.p}.stock())});
      break;
    case 'H':
      sink.on(TradingAction{header(view), text<Stock>(StockDirectoryView{view.p}.stock()), letter(view, 19)});
      break;
    case 'S':
      sink.on(SystemEvent{header(view), letter(view, 11)});
      break;
    default:
      return ItchResult::other;
  }
  return ItchResult::event;
}

}  // namespace lln::project
