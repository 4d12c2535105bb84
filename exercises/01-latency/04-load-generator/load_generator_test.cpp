#include <lln/testkit/testkit.hpp>

#include <load_generator.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using lln::exercise::corrected;
using lln::exercise::due_ns;
using lln::exercise::generate;
using lln::exercise::latency_ns;
using lln::exercise::no_answer;
using lln::exercise::Plan;
using lln::exercise::Sample;
using lln::testkit::Story;

constexpr const char* notes = "modules/01-latency/README.md#coordinated-omission";
constexpr std::int64_t us = 1'000;
// A generator may read the clock a few times more than another: a microsecond of made-up time is plenty.
constexpr std::int64_t slack = us;

// Clock and server: time moves only when it is asked.
class World {
 public:
  std::function<std::int64_t(std::uint64_t)> answers_after = [](std::uint64_t) { return 10 * us; };
  std::function<std::int64_t(std::uint64_t)> send_blocks_for = [](std::uint64_t) { return 50; };
  std::function<bool(std::uint64_t)> loses = [](std::uint64_t) { return false; };

  std::int64_t now_ns() { return pass(5); }

  void send(std::uint64_t id) {
    sent_at[id] = time_;
    order.push_back(id);
    if (!polled_since_send_) sends_without_poll = true;
    polled_since_send_ = false;
    pass(send_blocks_for(id));
    if (!loses(id)) pending_.emplace(time_ + answers_after(id), id);
    most_in_flight = std::max(most_in_flight, pending_.size());
  }

  std::optional<std::uint64_t> poll() {
    pass(20);
    polled_since_send_ = true;
    if (pending_.empty() || pending_.begin()->first > time_) return std::nullopt;
    const std::uint64_t id = pending_.begin()->second;
    answered_at[id] = time_;
    pending_.erase(pending_.begin());
    return id;
  }

  std::vector<std::uint64_t> order;
  std::map<std::uint64_t, std::int64_t> sent_at;
  std::map<std::uint64_t, std::int64_t> answered_at;
  std::size_t most_in_flight = 0;
  bool sends_without_poll = false;
  std::int64_t time() const { return time_; }

 private:
  std::int64_t pass(std::int64_t ns) {
    if (++operations_ > 3'000'000) throw std::runtime_error("generate() does not come to an end");
    return time_ += ns;
  }

  std::int64_t time_ = 1'000'000;
  std::uint64_t operations_ = 0;
  bool polled_since_send_ = true;
  std::multimap<std::int64_t, std::uint64_t> pending_;
};

std::string request(std::uint64_t i) { return "request " + std::to_string(i); }

// The requirements of every run, whatever the server does.
bool as_it_should_be(Story& story, const World& world, const Plan& plan, const std::vector<Sample>& samples) {
  story.expect(samples.size()).named("number of samples").equals(plan.requests);
  story.expect(world.order.size()).named("requests sent").equals(plan.requests);
  if (!story.ok()) return false;
  const std::int64_t start = samples[0].due_ns;
  story.expect(start).named("the start").at_least(1'000'000).at_most(1'000'000 + slack).units("ns");
  for (std::uint64_t i = 0; i < plan.requests && story.ok(); ++i) {
    const Sample& s = samples[i];
    story.expect(world.order[i]).named("the request sent as number " + std::to_string(i)).equals(i);
    const auto wanted = start + static_cast<std::int64_t>(i * 1'000'000'000 / plan.per_second);
    story.expect(s.due_ns).named("due_ns of " + request(i)).equals(wanted).units("ns");
    story.expect(world.sent_at.at(i))
        .named("when " + request(i) + " was sent")
        .at_least(s.due_ns)
        .units("ns");
    story.expect(s.sent_ns).named("sent_ns of " + request(i)).equals(world.sent_at.at(i)).units("ns");
  }
  return story.ok();
}

TEST(LoadGenerator, ScheduleIsExact) {
  Story story("when requests are due");
  story.notes(notes).think("333,333,333 ns three times are not a second");
  story.step("three a second");
  const Plan three{3, 1, 0};
  story.expect(due_ns(three, 0)).equals(0).units("ns");
  story.expect(due_ns(three, 1)).equals(333'333'333).units("ns");
  story.expect(due_ns(three, 2)).equals(666'666'666).units("ns");
  story.expect(due_ns(three, 3)).equals(1'000'000'000).units("ns");
  story.expect(due_ns(three, 3'000'001)).equals(1'000'000'333'333'333).units("ns");
  story.step("three million a second, three hundred years");
  const Plan million{3'000'000, 1, 0};
  story.expect(due_ns(million, 3'000'000ULL * 9'000'000'000 + 1))
      .equals(9'000'000'000'000'000'333)
      .units("ns");
  story.step("more requests than nanoseconds");
  story.expect(due_ns({3'000'000'000, 1, 0}, 4)).equals(1).units("ns");
  story.expect(due_ns({1, 1, 0}, 9'000'000'000)).equals(9'000'000'000'000'000'000).units("ns");
}

TEST(LoadGenerator, LatencyOfOneSample) {
  Story story("due at 100, sent at 150, answered at 180");
  story.notes(notes).think("since when has the user been waiting?");
  const std::optional<std::int64_t> latency = latency_ns({.due_ns = 100, .sent_ns = 150, .answered_ns = 180});
  story.expect(latency.has_value()).named("a latency").is_true();
  if (!story.ok()) return;
  story.expect(*latency).named("the latency").equals(80).units("ns");
  story.step("no answer");
  story.expect(latency_ns({.due_ns = 100, .sent_ns = 150, .answered_ns = no_answer}).has_value())
      .named("a latency without an answer")
      .is_false();
}

TEST(LoadGenerator, LatencyBehindAStall) {
  Story story("sending request 10 blocks for 1 ms, when requests are due every 100 us");
  story.notes(notes).think("request 11 was due 900 us before it could be sent: who waited?");
  World world;
  world.send_blocks_for = [](std::uint64_t i) { return i == 10 ? 1'000 * us : 50; };
  const Plan plan{10'000, 30, 1'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("30 requests, answered 10 us after they are sent");
  if (!as_it_should_be(story, world, plan, samples)) return;
  for (std::uint64_t i = 0; i < plan.requests && story.ok(); ++i) {
    const std::int64_t behind =
        i < 10 || i > 20 ? 0 : 1'000 * us - static_cast<std::int64_t>(i - 10) * 100 * us;
    const std::optional<std::int64_t> latency = latency_ns(samples[i]);
    story.expect(latency.has_value()).named("an answer to " + request(i)).is_true();
    if (!latency) return;
    story.expect(*latency)
        .named("latency of " + request(i))
        .at_least(10 * us + behind)
        .at_most(10 * us + behind + 2 * slack)
        .units("ns");
  }
}

TEST(LoadGenerator, OpenWhileAnswersAreOutstanding) {
  Story story("answers take 1 ms, requests are due every 100 us");
  story.notes(notes).think("what does waiting for an answer do to the next request?");
  World world;
  world.answers_after = [](std::uint64_t) { return 1'000 * us; };
  const Plan plan{10'000, 200, 10'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("200 requests");
  if (!as_it_should_be(story, world, plan, samples)) return;
  for (std::uint64_t i = 0; i < plan.requests && story.ok(); ++i) {
    story.expect(samples[i].sent_ns - samples[i].due_ns)
        .named("how late " + request(i) + " was sent")
        .at_most(slack)
        .units("ns");
    story.expect(latency_ns(samples[i]).value_or(-1))
        .named("latency of " + request(i))
        .at_least(1'000 * us)
        .at_most(1'000 * us + 2 * slack)
        .units("ns");
  }
  story.expect(world.most_in_flight).named("requests in flight at a time").at_least(10).at_most(11);
}

TEST(LoadGenerator, CatchUpAtOnceAndInFull) {
  Story story("a send that blocks for 50 requests' time");
  story.notes(notes).think("are the requests of that time gone, or late?");
  World world;
  world.send_blocks_for = [](std::uint64_t i) { return i == 5 ? 5'000 * us : 50; };
  const Plan plan{10'000, 100, 1'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("100 requests, one every 100 us; request 5 blocks for 5 ms");
  if (!as_it_should_be(story, world, plan, samples)) return;
  story.expect(world.sends_without_poll).named("two sends without a poll between them").is_false();
  const std::int64_t free_again = samples[5].sent_ns + 5'000 * us;
  for (std::uint64_t i = 6; i < plan.requests && story.ok(); ++i) {
    // 50 late ones, each a send, a poll and some readings: well under 500 ns apiece.
    const std::int64_t in_time =
        std::max(samples[i].due_ns,
                 std::min(free_again + static_cast<std::int64_t>(i) * 500, samples[i].due_ns + 5'000 * us));
    story.expect(samples[i].sent_ns)
        .named("when " + request(i) + " was sent")
        .at_most(in_time + slack)
        .units("ns");
  }
}

TEST(LoadGenerator, AnswersInAnyOrder) {
  Story story("every other answer is overtaken by three");
  story.notes(notes).think("whose answer is it?");
  World world;
  world.answers_after = [](std::uint64_t i) { return i % 2 == 0 ? 350 * us : 20 * us; };
  const Plan plan{10'000, 50, 1'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("50 requests, one every 100 us");
  if (!as_it_should_be(story, world, plan, samples)) return;
  for (std::uint64_t i = 0; i < plan.requests && story.ok(); ++i) {
    story.expect(samples[i].answered_ns)
        .named("answered_ns of " + request(i))
        .at_least(world.answered_at.at(i))
        .at_most(world.answered_at.at(i) + slack)
        .units("ns");
  }
}

TEST(LoadGenerator, AnswersThatNeverCome) {
  Story story("each tenth request is lost, the last one too");
  story.notes(notes).think(
      "a run that waits for ever, and one that leaves the lost ones out: which is worse?");
  World world;
  world.loses = [](std::uint64_t i) { return i % 10 == 9; };
  world.answers_after = [](std::uint64_t i) { return i == 45 ? 4'000 * us : 10 * us; };
  const Plan plan{10'000, 50, 4'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("50 requests, one every 100 us; answers are waited for 4 ms after the last was due");
  if (!as_it_should_be(story, world, plan, samples)) return;
  for (std::uint64_t i = 0; i < plan.requests && story.ok(); ++i) {
    story.expect(latency_ns(samples[i]).has_value()).named("an answer to " + request(i)).equals(i % 10 != 9);
  }
  story.expect(world.time() - samples.back().due_ns)
      .named("the end, after the last request was due")
      .at_least(4'000 * us)
      .at_most(4'000 * us + 2 * slack)
      .units("ns");
}

TEST(LoadGenerator, AnswersEndTheRun) {
  Story story("all answers are there long before the time is up");
  story.notes(notes);
  World world;
  const Plan plan{10'000, 5, 1'000'000'000'000};
  const std::vector<Sample> samples = generate(world, world, plan);
  story.step("5 requests, answered after 10 us");
  if (!as_it_should_be(story, world, plan, samples)) return;
  story.expect(world.time() - samples.back().due_ns)
      .named("the end, after the last request was due")
      .at_most(10 * us + 2 * slack)
      .units("ns");
}

TEST(LoadGenerator, CorrectedClosedLoop) {
  Story story("a closed loop that meant to send every 100 ns");
  story.notes(notes).think("which requests were not sent during 350 ns of waiting?");
  const auto values = [](std::initializer_list<std::int64_t> latencies) {
    const std::vector<std::int64_t> given(latencies);
    return corrected(given, 100);
  };
  using Latencies = std::vector<std::int64_t>;
  story.step("within the gap: nothing is missing");
  story.expect(values({10, 100, 199}) == Latencies{10, 100, 199}).named("10, 100, 199 unchanged").is_true();
  story.step("350 ns");
  story.expect(values({10, 350, 20}) == Latencies{10, 350, 250, 150, 20})
      .named("10, 350, 20 becoming 10, 350, 250, 150, 20")
      .is_true();
  story.step("a whole number of gaps");
  story.expect(values({300}) == Latencies{300, 200, 100}).named("300 becoming 300, 200, 100").is_true();
  story.expect(values({}).empty()).named("nothing of nothing").is_true();
}

}  // namespace
