// What the books tell: best prices and trades.
#include "told_books.hpp"

#include <vector>

namespace lln::project::book_test {
namespace {

using namespace oracle::events;

// What the books have told, in words. Looks at the books while it is told.
class Listener final : public BookSink {
 public:
  const OrderBooks* books = nullptr;

  void on_bbo(std::uint16_t locate, const Bbo& bbo) noexcept override {
    say("best of " + std::to_string(locate) + ": " + text(bbo));
    if (books != nullptr && books->bbo(locate) != bbo) say("(the books do not show it)");
  }
  void on_trade(std::uint16_t locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept override {
    say("trade of " + std::to_string(locate) + ": " + at_price(shares, price) + ", match " +
        std::to_string(match) + (printable ? "" : ", not printable"));
  }
  // Since it was last asked.
  std::string heard() {
    std::string all = heard_.empty() ? "nothing" : heard_;
    heard_.clear();
    return all;
  }

 private:
  void say(const std::string& words) { heard_ += (heard_.empty() ? "" : "; ") + words; }
  std::string heard_;
};

// Books with somebody who listens.
struct Scene {
  Listener listener;
  OrderBooks books;

  Scene() : books(small, &listener) { listener.books = &books; }

  void expect_told(Story& story, const char* step, const FlowEvent& event, const std::string& wanted) {
    story.step(step);
    give(books, event);
    story.expect(listener.heard()).equals(wanted).named("what the sink was told");
  }
};

TEST(Events, OnlyTheBestMatters) {
  Story story("orders at the best price, and behind it");
  story.notes(notes_on_books).think("what is the least that a strategy has to be told?");
  Scene scene;
  scene.expect_told(story, "the first bid", added(2, 1, 'B', 100, 10'000),
                    "best of 2: bid 100 @ 1.0000, offer nothing");
  scene.expect_told(story, "a worse bid", added(2, 2, 'B', 500, 9'900), "nothing");
  scene.expect_told(story, "one more at the best", added(2, 3, 'B', 50, 10'000),
                    "best of 2: bid 150 @ 1.0000, offer nothing");
  scene.expect_told(story, "an offer", added(2, 4, 'S', 10, 10'100),
                    "best of 2: bid 150 @ 1.0000, offer 10 @ 1.0100");
  scene.expect_told(story, "a worse offer", added(2, 5, 'S', 20, 10'200), "nothing");
  scene.expect_told(story, "some of the worse bid is cancelled", cancelled(2, 2, 100), "nothing");
  scene.expect_told(story, "some of the best bid is cancelled", cancelled(2, 1, 1),
                    "best of 2: bid 149 @ 1.0000, offer 10 @ 1.0100");
  scene.expect_told(story, "the best offer is deleted", deleted(2, 4),
                    "best of 2: bid 149 @ 1.0000, offer 20 @ 1.0200");
  scene.expect_told(story, "another symbol's bid", added(3, 6, 'B', 1, 20'000),
                    "best of 3: bid 1 @ 2.0000, offer nothing");
  scene.expect_told(story, "the name of a symbol", directory(2, 'P'), "nothing");
  scene.expect_told(story, "a message that is wrong", deleted(2, 99), "nothing");
  scene.expect_told(story, "the end of a trading halt", FlowEvent{.type = 'H', .locate = 2}, "nothing");
}

TEST(Events, OneForAReplace) {
  Story story("replaces of the only bid, with another one behind it");
  story.notes(notes_on_books).think("how many books can be seen between the two halves of a replace?");
  Scene scene;
  give(scene.books, added(1, 1, 'B', 100, 10'000));
  give(scene.books, added(1, 2, 'B', 100, 9'900));
  scene.listener.heard();
  scene.expect_told(story, "a better price", replaced(1, 1, 3, 100, 10'100),
                    "best of 1: bid 100 @ 1.0100, offer nothing");
  scene.expect_told(story, "same price, same shares, another reference", replaced(1, 3, 4, 100, 10'100),
                    "nothing");
  scene.expect_told(story, "same price, fewer shares", replaced(1, 4, 5, 60, 10'100),
                    "best of 1: bid 60 @ 1.0100, offer nothing");
  scene.expect_told(story, "behind the other one", replaced(1, 5, 6, 60, 9'800),
                    "best of 1: bid 100 @ 0.9900, offer nothing");
  scene.expect_told(story, "without shares: the old order goes, none comes", replaced(1, 2, 7, 0, 9'900),
                    "best of 1: bid 60 @ 0.9800, offer nothing");
}

TEST(Events, Trades) {
  Story story("executions of orders, a hidden one, a cross");
  story.notes(notes_on_books)
      .think("at which price is each of them? which comes first, trade or best price?");
  Scene scene;
  give(scene.books, added(1, 1, 'S', 100, 10'000));
  give(scene.books, added(1, 2, 'S', 100, 10'100));
  scene.listener.heard();
  scene.expect_told(story, "E at the order's price", executed(1, 1, 40, 501),
                    "trade of 1: 40 @ 1.0000, match 501; best of 1: bid nothing, offer 60 @ 1.0000");
  scene.expect_told(story, "C at its own price", executed_at(1, 2, 10, 10'050, 'Y', 502),
                    "trade of 1: 10 @ 1.0050, match 502");
  scene.expect_told(story, "C that will be printed by a cross", executed_at(1, 2, 10, 10'050, 'N', 503),
                    "trade of 1: 10 @ 1.0050, match 503, not printable");
  scene.expect_told(story, "E of more than remains", executed(1, 1, 61, 504),
                    "trade of 1: 60 @ 1.0000, match 504; best of 1: bid nothing, offer 80 @ 1.0100");
  scene.expect_told(story, "E of nothing", executed(1, 2, 0), "nothing");
  scene.expect_told(story, "a cancel is no trade", cancelled(1, 2, 10),
                    "best of 1: bid nothing, offer 70 @ 1.0100");
  scene.expect_told(story, "P", hidden(1, 25, 10'075, 505), "trade of 1: 25 @ 1.0075, match 505");
  scene.expect_told(story, "P of nothing", hidden(1, 0, 10'075), "nothing");
  scene.expect_told(story, "Q of more than 32 bits", crossed(1, 5'000'000'000, 10'080, 506),
                    "trade of 1: 5000000000 @ 1.0080, match 506");
  scene.expect_told(story, "P of a symbol beyond the capacity", hidden(9, 25, 10'075), "nothing");
  scene.expect_told(story, "a broken trade", FlowEvent{.type = 'B', .locate = 1, .match = 505}, "nothing");
  scene.books.clear();
  story.expect(scene.listener.heard()).equals("nothing").named("what clear told");
}

}  // namespace
}  // namespace lln::project::book_test
