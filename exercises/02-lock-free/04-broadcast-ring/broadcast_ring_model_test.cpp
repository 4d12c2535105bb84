// Every interleaving, with every stale value that C++ allows: what x86 hides is found here.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <broadcast_ring.hpp>

#include <array>
#include <cstdint>
#include <memory>

namespace {

namespace model = lln::model;
using lln::exercise::ReadResult;
using lln::testkit::Story;
using Pair = std::array<std::uint64_t, 2>;  // both the item's number: a mixed item shows
using Ring = lln::exercise::BroadcastRing<Pair, model::Atomic>;

void publish(Ring& ring, std::uint64_t items) {
  for (std::uint64_t i = 0; i < items; ++i) ring.publish({i, i});
}

TEST(EveryInterleaving, EachItemIsReadOrCountedAsLost) {
  Story story("three items through a ring of 2, and a reader, in every order that two threads allow");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("a word of a later item was read: what makes the second look see that item's version?");
  model::expect_correct(story, [] {
    auto ring = std::make_shared<Ring>(2);
    const auto read = [ring] {
      auto reader = ring->reader();
      Pair item{};
      std::uint64_t items = 0;
      for (int tries = 0; tries < 3; ++tries) {
        const std::uint64_t next = items + reader.lost();
        switch (reader.read(item)) {
          case ReadResult::item:
            model::check(item[0] == item[1], "the two words are of one item");
            model::check(item[0] == next, "an item's number is the number of items read or lost before it");
            ++items;
            break;
          case ReadResult::lapped:
            model::check(items + reader.lost() > next, "lapped: lost() has grown");
            break;
          case ReadResult::empty:
            break;
        }
      }
    };
    return model::Program{{{"producer", [ring] { publish(*ring, 3); }}, {"reader", read}}, {}};
  });
}

TEST(EveryInterleaving, TheNewestIsThereWhenItIsCounted) {
  Story story("two items, and a reader that skips to the newest");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("the count says that an item is published: which order makes its slot say so, too?");
  model::expect_correct(story, [] {
    auto ring = std::make_shared<Ring>(2);
    const auto read = [ring] {
      auto reader = ring->reader();
      Pair item{};
      if (reader.read_newest(item) == ReadResult::item) {
        model::check(item[0] == item[1], "the two words are of one item");
        model::check(item[0] == reader.lost(), "what was passed over is counted as lost");
      } else {
        model::check(reader.lost() == 0, "nothing is lost where nothing is new");
      }
    };
    return model::Program{{{"producer", [ring] { publish(*ring, 2); }}, {"reader", read}}, {}};
  });
}

}  // namespace
