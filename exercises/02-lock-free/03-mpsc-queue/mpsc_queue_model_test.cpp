// Every interleaving, with every stale value that C++ allows: what x86 hides is found here.
#include <lln/model/model.hpp>
#include <lln/testkit/testkit.hpp>

#include <mpsc_queue.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace {

namespace model = lln::model;
using lln::testkit::Story;
using Item = model::Var<int>;
using Queue = lln::exercise::MpscQueue<Item, model::Atomic>;

// What the consumer has got; it looks a given number of times and does not wait.
struct Consumer {
  std::shared_ptr<Queue> queue;
  std::shared_ptr<std::vector<int>> got = std::make_shared<std::vector<int>>();

  void look(int times) const {
    for (int i = 0; i < times; ++i) {
      Item item;
      if (queue->try_pop(item)) got->push_back(item);
    }
  }
};

TEST(EveryInterleaving, TwoProducersTwoItems) {
  Story story("two producers push one item each, in every order that three threads allow");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("which store tells the consumer that an item is complete?");
  model::expect_correct(story, [] {
    auto queue = std::make_shared<Queue>(2);
    const Consumer consumer{queue};
    const auto push = [queue](int item) {
      model::check(queue->try_push(item), "there is room for two items");
    };
    const auto end = [consumer] {
      consumer.look(2);
      model::check(consumer.got->size() == 2 && consumer.got->front() + consumer.got->back() == 3,
                   "items 1 and 2 arrive, each once");
    };
    return model::Program{{{"producer A", [push] { push(1); }},
                           {"producer B", [push] { push(2); }},
                           {"consumer", [consumer] { consumer.look(2); }}},
                          end};
  });
}

TEST(EveryInterleaving, TheNextLap) {
  Story story("three items through two slots: the first slot is used again");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("what tells a producer that the consumer has finished reading?");
  model::expect_correct(story, [] {
    auto queue = std::make_shared<Queue>(2);
    auto pushed = std::make_shared<std::size_t>(0);
    const Consumer consumer{queue};
    const auto produce = [=] {
      for (int item = 1; item <= 3; ++item) {
        if (queue->try_push(item)) *pushed += 1;
      }
    };
    const auto end = [=] {
      consumer.look(3);
      model::check(*pushed >= 2, "there is room for two items");
      model::check(consumer.got->size() == *pushed, "what was pushed arrives");
      for (std::size_t i = 0; i < *pushed; ++i) {
        model::check((*consumer.got)[i] == static_cast<int>(i + 1), "items arrive in order");
      }
    };
    return model::Program{{{"producer", produce}, {"consumer", [consumer] { consumer.look(2); }}}, end};
  });
}

}  // namespace
