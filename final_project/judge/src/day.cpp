#include <lln/feed/binary_file.hpp>
#include <lln/feed/itch.hpp>
#include <lln/judge/day.hpp>

#include <cstdio>
#include <variant>

namespace lln::judge {
namespace {

std::string lot(std::uint64_t shares, feed::Price4 price) {
  char text[48];
  std::snprintf(text, sizeof text, "%llu at %u.%04u", static_cast<unsigned long long>(shares),
                price.value / 10'000, price.value % 10'000);
  return text;
}

std::string order(std::uint64_t reference) { return "order " + std::to_string(reference); }

struct Words {
  std::string add(std::uint64_t reference, feed::Side side, std::uint32_t shares, feed::Price4 price) const {
    return "new " + order(reference) + (side == feed::Side::buy ? ", buy " : ", sell ") + lot(shares, price);
  }
  std::string operator()(const feed::AddOrder& m) const {
    return add(m.reference, m.side, m.shares, m.price);
  }
  std::string operator()(const feed::AddOrderMpid& m) const {
    return add(m.reference, m.side, m.shares, m.price);
  }
  std::string operator()(const feed::OrderExecuted& m) const {
    return order(m.reference) + " executes " + std::to_string(m.executed);
  }
  std::string operator()(const feed::OrderExecutedWithPrice& m) const {
    return order(m.reference) + " executes " + lot(m.executed, m.price) +
           (m.printable == 'N' ? ", not printable" : "");
  }
  std::string operator()(const feed::OrderCancel& m) const {
    return order(m.reference) + " loses " + std::to_string(m.cancelled);
  }
  std::string operator()(const feed::OrderDelete& m) const { return order(m.reference) + " goes"; }
  std::string operator()(const feed::OrderReplace& m) const {
    return order(m.old_reference) + " becomes " + std::to_string(m.new_reference) + ", " +
           lot(m.shares, m.price);
  }
  std::string operator()(const feed::Trade& m) const { return "trade of " + lot(m.shares, m.price); }
  std::string operator()(const feed::CrossTrade& m) const { return "cross of " + lot(m.shares, m.price); }
  template <class Other>
  std::string operator()(const Other&) const {
    return "no effect on prices";
  }
};

}  // namespace

Day::Day(const std::filesystem::path& itch) {
  feed::BinaryFileReader reader(itch);
  for (std::span<const std::byte> message; reader.next(message);) add(message);
}

void Day::add(std::span<const std::byte> message) {
  bytes_.insert(bytes_.end(), message.begin(), message.end());
  ends_.push_back(bytes_.size());
}

std::span<const std::byte> Day::message(std::uint64_t sequence) const noexcept {
  const std::size_t begin = sequence == 1 ? 0 : ends_[sequence - 2];
  return std::span(bytes_).subspan(begin, ends_[sequence - 1] - begin);
}

std::string describe(std::span<const std::byte> message) {
  if (message.empty()) return "no bytes";
  const std::string type(1, static_cast<char>(message[0]));
  const feed::DecodeResult decoded = feed::decode(message);
  if (!decoded) return type + ", which is no whole message";
  return type + ", locate " + std::to_string(feed::header_of(*decoded.message).locate.value) + ": " +
         std::visit(Words{}, *decoded.message);
}

}  // namespace lln::judge
