// Every interleaving of two threads, with every stale value that C++ allows: what x86 hides is found here.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <spsc_ring.hpp>

#include <memory>

namespace {

namespace model = lln::model;
using lln::exercise::SpscRing;
using lln::testkit::Story;
using Item = model::Var<int>;
using Ring = SpscRing<Item, model::Atomic>;

TEST(EveryInterleaving, ThreeItemsThroughTwoSlots) {
  Story story("three items through a ring of 2, one at a time, in every order that two threads allow");
  story.notes("modules/02-lock-free/README.md#the-two-edges")
      .think("which release store should the last step have been ordered by, and who must acquire it?");
  model::expect_correct(story, [] {
    auto ring = std::make_shared<Ring>(2);
    const auto produce = [ring] {
      for (int i = 1; i <= 3; ++i) {
        while (!ring->try_push(i)) model::yield();
      }
    };
    const auto consume = [ring] {
      for (int i = 1; i <= 3; ++i) {
        Item item;
        while (!ring->try_pop(item)) model::yield();
        model::check(item == i, "items arrive in order");
      }
    };
    return model::Program{{{"producer", produce}, {"consumer", consume}}, {}};
  });
}

TEST(EveryInterleaving, InPlace) {
  Story story("two items through a ring of 1, written and read in place");
  story.notes("modules/02-lock-free/README.md#the-two-edges")
      .think("what tells the producer that the consumer has finished reading?");
  model::expect_correct(story, [] {
    auto ring = std::make_shared<Ring>(1);
    const auto produce = [ring] {
      for (int i = 1; i <= 2; ++i) {
        auto slots = ring->loan(1);
        for (; slots.empty(); slots = ring->loan(1)) model::yield();
        slots.front() = i;
        ring->commit(1);
      }
    };
    const auto consume = [ring] {
      for (int i = 1; i <= 2; ++i) {
        auto items = ring->peek();
        for (; items.empty(); items = ring->peek()) model::yield();
        model::check(items.front() == i, "items arrive in order");
        ring->release(1);
      }
    };
    return model::Program{{{"producer", produce}, {"consumer", consume}}, {}};
  });
}

}  // namespace
