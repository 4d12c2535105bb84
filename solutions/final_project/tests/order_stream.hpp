// Random order streams for the books, valid and hostile; the same for the same seed.
#pragma once

#include "book_testkit.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace lln::handler::testkit {

struct Profile {
  const char* name;
  std::uint16_t symbols = 4;
  std::uint32_t prices = 20;
  std::size_t live = 200;       // orders that the stream tends to
  double nonsense = 0;          // share of messages that are wrong in some way
  bool odd_references = false;  // from all over the 64-bit range, many colliding in the table
  Capacity capacity = {.orders = 5000, .levels = 5000, .symbols = 65'535};
};

// Writes streams; keeps only a rough idea of what is live, so that some references are stale.
class StreamMaker {
 public:
  StreamMaker(const Profile& profile, std::uint64_t seed) : profile_(profile), random_(seed) {}

  Bytes next() {
    Bytes message = sensible();
    if (chance(profile_.nonsense)) spoil(message);
    return message;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }

  Bytes sensible() {
    const bool grow = live_.empty() || below(2 * profile_.live) > live_.size();
    const std::uint64_t dice = below(100);
    if (dice < 2) return other();
    if (grow && dice < 70) return add();
    if (live_.empty()) return add();
    const std::size_t at = below(live_.size());
    const auto [ref, locate] = live_[at];
    const Symbol symbol{locate};
    const std::uint32_t some = static_cast<std::uint32_t>(1 + below(60));
    switch (below(10)) {
      case 0:
      case 1:
        return symbol.execute(ref, some);
      case 2:
        return symbol.execute_at(ref, some, price(), chance(0.5) ? 'Y' : 'N');
      case 3:
        return symbol.cancel(ref, some);
      case 4:
      case 5: {
        const std::uint64_t fresh = chance(0.1) ? ref : new_reference();
        live_[at].first = fresh;
        return symbol.replace(ref, fresh, some, price());
      }
      default:
        live_[at] = live_.back();
        live_.pop_back();
        return symbol.remove(ref);
    }
  }

  Bytes add() {
    const Symbol symbol{static_cast<std::uint16_t>(1 + below(profile_.symbols))};
    const std::uint64_t ref = new_reference();
    live_.emplace_back(ref, symbol.locate);
    const char side = chance(0.5) ? 'B' : 'S';
    const auto shares = static_cast<std::uint32_t>(1 + below(100));
    return chance(0.8) ? symbol.add(ref, side, shares, price()) : symbol.add_mpid(ref, side, shares, price());
  }

  Bytes other() {
    const Symbol symbol{static_cast<std::uint16_t>(below(profile_.symbols + 2U))};
    switch (below(4)) {
      case 0:
        return symbol.trade(static_cast<std::uint32_t>(below(50)), price());
      case 1:
        return symbol.cross(below(1000), price());
      case 2:
        return symbol.directory("SYM" + std::to_string(below(10)));
      default:
        return encoded(feed::SystemEvent{});
    }
  }

  std::uint32_t price() { return static_cast<std::uint32_t>(100 + below(profile_.prices)); }

  std::uint64_t new_reference() {
    if (!profile_.odd_references || chance(0.3)) return ++sequence_;
    switch (below(5)) {
      case 0:
        return ~below(50);  // the top end, 2^64 - 1 included
      case 1:
        return below(50);  // 0 and others that are likely to be live
      case 2:
        return below(100) << 32;  // many with one low half
      case 3:
        return (below(20) << 2) | (below(8) << 58);
      default:
        return random_();
    }
  }

  void spoil(Bytes& message) {
    switch (below(7)) {
      case 0:
        message.resize(below(message.size() + 1));
        break;  // truncated, perhaps to nothing
      case 1:
        message.resize(message.size() + below(20), std::byte{0x5A});
        break;
      case 2:
        message[0] = static_cast<std::byte>(below(256));
        break;
      case 3:
        message[1] = static_cast<std::byte>(below(256)), message[2] = static_cast<std::byte>(below(256));
        break;
      case 4:
        message[2] = static_cast<std::byte>(below(profile_.symbols + 1U));
        break;
      case 5:  // any field
        if (message.size() > 11)
          message[11 + below(message.size() - 11)] = static_cast<std::byte>(below(256));
        break;
      default:  // an amount of zero or a huge one
        if (message.size() >= 23)
          for (std::size_t i = 19; i < 23; ++i) message[i] = chance(0.5) ? std::byte{0} : std::byte{0xFF};
    }
  }

  Profile profile_;
  std::mt19937_64 random_;
  std::uint64_t sequence_ = 1000;
  std::vector<std::pair<std::uint64_t, std::uint16_t>> live_;
};

}  // namespace lln::handler::testkit
