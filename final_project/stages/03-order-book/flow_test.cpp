// The books against the simple books on random flows, event by event. A flow that fails is cut down to the shortest one
// that still does, and that one is told.
#include <lln/project/oracle/flow.hpp>
#include <lln/project/oracle/simple_oracle.hpp>
#include <lln/project/oracle/words.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <order_book.hpp>

#include <optional>
#include <string>

namespace lln::project::flow_test {
namespace {

using oracle::Flow;
using oracle::FlowEvent;
using oracle::FlowProfile;
using testkit::Story;

struct Difference {
  std::size_t event;  // the one that it was seen after
  std::string what;
  std::string was;
  std::string wanted;
};

class Listener final : public BookSink {
 public:
  std::string heard;
  std::uint16_t locate = 0;  // of the event

  void on_bbo(std::uint16_t of, const Bbo& bbo) noexcept override { say(of, oracle::text(bbo)); }
  void on_trade(std::uint16_t of, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept override {
    say(of, oracle::told_trade(price, shares, match, printable));
  }

 private:
  void say(std::uint16_t of, const std::string& words) {
    heard += (heard.empty() ? "" : "; ");
    if (of != locate) heard += "symbol " + std::to_string(of) + ": ";
    heard += words;
  }
};

// The books beside the oracle.
class Comparison {
 public:
  explicit Comparison(const Capacity& capacity)
      : capacity_(capacity), books_(capacity, &listener_), oracle_(capacity) {}

  // After the first event that makes a difference.
  std::optional<Difference> first_difference(const Flow& flow) {
    for (std::size_t i = 0; i < flow.size() && !found_; ++i) {
      apply(flow[i]);
      if (i % 64 == 63 || i + 1 == flow.size()) look_closer();
      if (found_) found_->event = i;
    }
    return found_;
  }

 private:
  void apply(const FlowEvent& event) {
    listener_.heard.clear();
    listener_.locate = event.locate;
    oracle::give(books_, event);
    const oracle::Shown wanted = oracle_.apply(event);
    const std::uint16_t at = event.locate;
    // Words cost more than the books: only where something differs.
    if (const Bbo bbo = books_.bbo(at); bbo != wanted.bbo)
      differs("the best bid and offer", at, oracle::text(bbo), oracle::text(wanted.bbo));
    if (books_.counters() != wanted.counters)
      differs("what was counted", 0, oracle::text(books_.counters()), oracle::text(wanted.counters));
    if (listener_.heard != wanted.told) differs("what the sink was told", 0, listener_.heard, wanted.told);
    if (books_.digest(at) != wanted.digest || books_.order_count(at) != wanted.orders) {
      compare_orders(at);
      differs("order_count", at, std::to_string(books_.order_count(at)), std::to_string(wanted.orders));
      differs("the digest", at, std::to_string(books_.digest(at)), std::to_string(wanted.digest));
    }
    if (books_.order_count() != wanted.all_orders)
      differs("order_count()", 0, std::to_string(books_.order_count()), std::to_string(wanted.all_orders));
  }

  void look_closer() {
    for (std::uint16_t at = 1; at <= capacity_.symbols; ++at) {
      differs("the book", at, oracle::ladder(books_, at), oracle::ladder(Levels{oracle_}, at));
      compare_orders(at);
      differs("the name", at, std::string(books_.symbol(at)), oracle_.symbol(at));
    }
  }
  void compare_orders(std::uint16_t at) {
    differs("the orders", at, oracle::queue(books_, at), oracle::list(oracle_.orders(at)));
  }

  // The oracle's levels, asked for as those of the books.
  struct Levels {
    const oracle::SimpleOracle& oracle;
    std::size_t levels(std::uint16_t locate, Side side, std::span<Level> out) const {
      const std::vector<Level> all = oracle.levels(locate, side);
      std::copy_n(all.begin(), std::min(all.size(), out.size()), out.begin());
      return all.size();
    }
  };

  void differs(const char* what, std::uint16_t locate, const std::string& was, const std::string& wanted) {
    if (found_ || was == wanted) return;
    found_ = Difference{0, what, was, wanted};
    if (locate != 0) found_->what += " of symbol " + std::to_string(locate);
  }

  Capacity capacity_;
  Listener listener_;
  OrderBooks books_;
  oracle::SimpleOracle oracle_;
  std::optional<Difference> found_;
};

// Leaves out parts of a failing flow, half of it first, then ever smaller ones, as long as it still fails; then makes
// the numbers small that do not matter.
class Shrinker {
 public:
  Shrinker(const Flow& flow, const Capacity& capacity) : capacity_(capacity) { keep_if_fails(flow); }

  const Flow& shrink() {
    bool shorter = true;
    for (std::size_t part = std::max<std::size_t>(1, flow_.size() / 2); part > 1 || shorter;) {
      shorter = leave_out(part);
      if (part > 1) part /= 2, shorter = true;
    }
    for (std::size_t at = 0; at < flow_.size(); ++at) {
      simplify(at, &FlowEvent::shares, {1, 2, 100});
      simplify(at, &FlowEvent::price, {10'000, 10'100});
    }
    return flow_;
  }

  std::optional<Difference> difference(const Flow& flow) const {
    return Comparison(capacity_).first_difference(flow);
  }

 private:
  bool leave_out(std::size_t part) {
    bool shorter = false;
    for (std::size_t at = 0; at < flow_.size();) {
      Flow rest = flow_;
      const auto from = rest.begin() + static_cast<std::ptrdiff_t>(at);
      rest.erase(from, from + static_cast<std::ptrdiff_t>(std::min(part, flow_.size() - at)));
      if (keep_if_fails(rest)) {
        shorter = true;
      } else {
        at += part;
      }
    }
    return shorter;
  }

  template <class T>
  void simplify(std::size_t at, T FlowEvent::*field, std::initializer_list<std::uint32_t> values) {
    for (const std::uint32_t value : values) {
      if (at >= flow_.size() || flow_[at].*field == value) return;
      Flow simpler = flow_;
      simpler[at].*field = value;
      if (keep_if_fails(simpler)) return;
    }
  }

  // Without what comes after the failure. A bound, so that slow books cannot keep everybody waiting.
  bool keep_if_fails(const Flow& flow) {
    if (++tries_ > 3000) return false;
    const std::optional<Difference> found = difference(flow);
    if (!found) return false;
    flow_ = Flow(flow.begin(), flow.begin() + static_cast<std::ptrdiff_t>(found->event + 1));
    return true;
  }

  Flow flow_;
  Capacity capacity_;
  unsigned tries_ = 0;
};

void judge(const std::string& title, const FlowProfile& profile) {
  constexpr std::size_t events = 1200;
  const Flow flow = oracle::random_flow(profile, testkit::random_seed(), events);
  Shrinker shrinker(flow, profile.capacity);
  const Flow& left = shrinker.shrink();
  if (left.empty()) return;
  Story story(title + ", cut down to what is needed to see the failure: " + std::to_string(left.size()) +
              (left.size() == 1 ? " event" : " events"));
  story.notes("final_project/feed-handlers.md#order-books")
      .think("what does each of these events do to your books?");
  for (const FlowEvent& event : left) story.step(oracle::text(event));
  const Difference found = *shrinker.difference(left);
  story.expect(found.was).equals(found.wanted).named(found.what);
}

TEST(RandomFlows, Sensible) { judge("a random flow of sensible events", {}); }

TEST(RandomFlows, LongQueues) {
  judge("a random flow with many orders at few prices", {.symbols = 1, .prices = 2, .live = 90});
}

TEST(RandomFlows, ManyLevels) {
  judge("a random flow with few orders at each price", {.symbols = 2, .prices = 400, .live = 100});
}

TEST(RandomFlows, Hostile) {
  judge("a random flow in which a third is wrong", {.nonsense = 33, .odd_references = true});
}

TEST(RandomFlows, HostileInLongQueues) {
  judge("a random flow in few queues in which a fifth is wrong",
        {.symbols = 2, .prices = 2, .live = 90, .nonsense = 20, .odd_references = true});
}

TEST(RandomFlows, TooManyOrders) {
  judge("a random flow of more orders than there is room for",
        {.nonsense = 5, .odd_references = true, .capacity = {.symbols = 3, .orders = 40}});
}

}  // namespace
}  // namespace lln::project::flow_test
