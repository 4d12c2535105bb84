#include <lln/project/oracle/flow.hpp>
#include <lln/project/oracle/words.hpp>

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

namespace lln::project::oracle {
namespace {

// Keeps only a rough idea of what is live, so that some references are stale.
class Maker {
 public:
  Maker(const FlowProfile& profile, std::uint64_t seed) : profile_(profile), random_(seed) {}

  FlowEvent next() {
    FlowEvent event = sensible();
    if (below(100) < profile_.nonsense) spoil(event);
    return event;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  FlowEvent sensible() {
    FlowEvent event;
    event.locate = static_cast<std::uint16_t>(1 + below(profile_.symbols));
    event.shares = static_cast<std::uint32_t>(1 + below(60));
    event.price = static_cast<std::uint32_t>(10'000 + 100 * below(profile_.prices));
    event.match = random_();
    const std::uint64_t dice = below(100);
    if (dice < 6) {
      event.type = "RRPPPQ"[dice];
      event.name = static_cast<char>('A' + below(26));
      return event;
    }
    if (live_.empty() || (below(2 * profile_.live) > live_.size() && dice < 70)) {
      event.side = below(2) == 0 ? 'B' : 'S';
      event.reference = new_reference();
      live_.emplace_back(event.reference, event.locate);
      return event;
    }
    const std::size_t at = below(live_.size());
    std::tie(event.reference, event.locate) = live_[at];
    event.type = "EECXXUUDDD"[below(10)];
    event.printable = below(2) == 0 ? 'Y' : 'N';
    if (event.type == 'U') {
      event.new_reference = below(10) == 0 ? event.reference : new_reference();
      live_[at].first = event.new_reference;
    } else if (event.type == 'D') {
      live_[at] = live_.back();
      live_.pop_back();
    }
    return event;
  }

  std::uint64_t new_reference() {
    if (!profile_.odd_references || below(3) == 0) return ++sequence_;
    switch (below(5)) {
      case 0:
        return ~below(50);  // the upper end
      case 1:
        return below(50);  // 0, and others that are likely to be live
      case 2:
        return below(100) << 32;
      case 3:
        return (below(20) << 2) | (below(8) << 58);
      default:
        return random_();
    }
  }
  std::uint64_t any_reference() {
    return live_.empty() || below(2) == 0 ? new_reference() : live_[below(live_.size())].first;
  }

  void spoil(FlowEvent& event) {
    switch (below(6)) {
      case 0:
        event.side = "X bs"[below(4)];
        break;
      case 1:
        event.shares = below(2) == 0 ? 0 : 0xFFFF'FFFF - static_cast<std::uint32_t>(below(2));
        break;
      case 2:
        event.price = 2'000'000'000 + static_cast<std::uint32_t>(below(2));
        break;
      case 3:
        event.reference = any_reference();
        break;
      case 4:
        event.new_reference = any_reference();
        break;
      default:
        event.locate = static_cast<std::uint16_t>(below(profile_.capacity.symbols + 3U));
    }
  }

  FlowProfile profile_;
  std::mt19937_64 random_;
  std::uint64_t sequence_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint16_t>> live_;
};

std::string details(const FlowEvent& event) {
  const std::string reference = " no. " + std::to_string(event.reference);
  const std::string shares = " " + std::to_string(event.shares) + " shares";
  const std::string priced = ' ' + at_price(event.shares, event.price);
  switch (event.type) {
    case 'A':
      return reference + ' ' + event.side + priced;
    case 'E':
    case 'X':
      return reference + ',' + shares;
    case 'C':
      return reference + ',' + priced + (event.printable == 'N' ? ", not printable" : "");
    case 'D':
      return reference;
    case 'U':
      return reference + " by no. " + std::to_string(event.new_reference) + priced;
    case 'R':
      return std::string(" ") + event.name + std::to_string(event.locate);
    default:
      return priced;
  }
}

}  // namespace

Flow random_flow(const FlowProfile& profile, std::uint64_t seed, std::size_t events) {
  Maker maker(profile, seed);
  Flow flow(events);
  for (FlowEvent& event : flow) event = maker.next();
  return flow;
}

std::string text(const FlowEvent& event) {
  return "symbol " + std::to_string(event.locate) + ": " + event.type + details(event);
}

Stock stock_of(const FlowEvent& event) {
  Stock stock;
  stock.fill(' ');
  const std::string text = event.name + std::to_string(event.locate);
  std::copy_n(text.begin(), std::min(text.size(), stock.size()), stock.begin());
  return stock;
}

namespace events {

FlowEvent added(std::uint16_t locate, std::uint64_t reference, char side, std::uint64_t shares,
                std::uint32_t price) {
  return {
      .type = 'A', .locate = locate, .reference = reference, .side = side, .shares = shares, .price = price};
}
FlowEvent executed(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares, std::uint64_t match) {
  return {.type = 'E', .locate = locate, .reference = reference, .shares = shares, .match = match};
}
FlowEvent executed_at(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares,
                      std::uint32_t price, char printable, std::uint64_t match) {
  return {.type = 'C',
          .locate = locate,
          .reference = reference,
          .shares = shares,
          .price = price,
          .match = match,
          .printable = printable};
}
FlowEvent cancelled(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares) {
  return {.type = 'X', .locate = locate, .reference = reference, .shares = shares};
}
FlowEvent deleted(std::uint16_t locate, std::uint64_t reference) {
  return {.type = 'D', .locate = locate, .reference = reference};
}
FlowEvent replaced(std::uint16_t locate, std::uint64_t reference, std::uint64_t new_reference,
                   std::uint64_t shares, std::uint32_t price) {
  return {.type = 'U',
          .locate = locate,
          .reference = reference,
          .new_reference = new_reference,
          .shares = shares,
          .price = price};
}
FlowEvent hidden(std::uint16_t locate, std::uint64_t shares, std::uint32_t price, std::uint64_t match) {
  return {.type = 'P', .locate = locate, .shares = shares, .price = price, .match = match};
}
FlowEvent crossed(std::uint16_t locate, std::uint64_t shares, std::uint32_t price, std::uint64_t match) {
  return {.type = 'Q', .locate = locate, .shares = shares, .price = price, .match = match};
}
FlowEvent directory(std::uint16_t locate, char name) { return {.type = 'R', .locate = locate, .name = name}; }

}  // namespace events
}  // namespace lln::project::oracle
