// The bytes of a request; and servers at random: each request, and each that is not made, is compared with the rules.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <asking.hpp>
#include <gap_recovery.hpp>

#include <map>
#include <set>
#include <string_view>

namespace lln::project::any_server_test {
namespace {

using testkit::AllocationCounter;
using testkit::Story;

// ---- the bytes of a request ----

SessionId session(std::string_view ten) {
  SessionId id;
  std::copy_n(ten.begin(), id.size(), id.begin());
  return id;
}

template <std::size_t Size>
void expect_request(Story& story, std::string_view ten, const Gap& range,
                    const unsigned char (&wanted)[Size]) {
  story.notes("final_project/feed-handlers.md#recovery")
      .think("which byte of a number comes first on the wire?");
  const auto bytes = encode_request(session(ten), range);
  const auto the_request = std::as_bytes(std::span(bytes));
  story.expect_bytes(the_request, std::as_bytes(std::span(wanted)));
}

TEST(RequestBytes, OfTheSpecification) {
  Story story("messages 1001 and 1002 of session 000010059B, as SPEC.md section 4 has it");
  expect_request(
      story, "000010059B", {1001, 1003},
      {0x30, 0x30, 0x30, 0x30, 0x31, 0x30, 0x30, 0x35, 0x39, 0x42, 0, 0, 0, 0, 0, 0, 0x03, 0xe9, 0, 2});
}

TEST(RequestBytes, AllDifferent) {
  Story story("numbers whose every byte differs");
  expect_request(story, "ABCDEFGHI ", {0x0102030405060708, 0x0102030405060708 + 0x0b0a},
                 {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', ' ', 1, 2, 3, 4, 5, 6, 7, 8, 0x0b, 0x0a});
}

TEST(RequestBytes, Extremes) {
  Story story("65534 messages at the end of 64 bits");
  expect_request(story, "          ", {0xffffffffffff0001, 0xffffffffffffffff},
                 {' ',  ' ',  ' ',  ' ',  ' ',  ' ',  ' ', ' ', ' ',  ' ',
                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,   1,   0xff, 0xfe});
}

// ---- servers at random ----

// What is out, by the rules of the contract. Says what is wrong with a round of requests.
class Rules {
 public:
  explicit Rules(const RecoveryOptions& options) : options_(options) {}

  std::string judge(const std::optional<Gap>& missing, std::uint64_t now, const std::vector<Request>& made,
                    bool gave_up) {
    if (missing) settle(*missing, now);
    if (!missing) out_.clear();
    if (gave_up && !exhausted_) return "It should not have been given up yet.";
    for (const Request& request : made) {
      const std::string wrong = missing ? take(request, *missing, now) : "Nothing is missing.";
      if (!wrong.empty())
        return "The request for " + told(request.range) + " should not have been made: " + wrong;
    }
    if (exhausted_) return gave_up ? "" : "The last attempt is over: it should have been given up.";
    for (const Out& out : out_)
      if (out.due != Due::no) return told(out.range) + " should have been asked for again, now.";
    if (out_.size() < options_.outstanding && missing)
      for (std::uint64_t s = missing->begin; s < missing->end; ++s)
        if (find(s) == out_.end())
          return std::to_string(s) + " should have been asked for: there is room for one more request.";
    return {};
  }

 private:
  enum class Due { no, rest, again };
  struct Out {
    Gap range;
    std::uint64_t sent, timeout;
    unsigned attempts;
    Due due = Due::no;
  };

  void settle(const Gap& missing, std::uint64_t now) {
    exhausted_ = false;
    std::vector<Out> kept;
    for (Out out : out_) {
      const bool begun = missing.begin > out.range.begin;
      out.range = {std::max(out.range.begin, missing.begin), std::min(out.range.end, missing.end)};
      if (out.range.begin >= out.range.end) continue;
      out.due = begun ? Due::rest : now - out.sent >= out.timeout ? Due::again : Due::no;
      if (out.due == Due::again && out.attempts == options_.attempts) exhausted_ = true;
      kept.push_back(out);
    }
    out_ = kept;
  }

  std::vector<Out>::iterator find(std::uint64_t s) {
    return std::find_if(out_.begin(), out_.end(),
                        [s](const Out& out) { return out.range.begin <= s && s < out.range.end; });
  }

  std::string take(const Request& request, const Gap& missing, std::uint64_t now) {
    const Gap& range = request.range;
    if (range.begin < missing.begin || range.end > missing.end || range.begin >= range.end)
      return "it is not in what is missing.";
    if (range.size() > options_.chunk) return "it is larger than a chunk.";
    const auto out = find(range.begin);
    if (out != out_.end() && out->due != Due::no && out->range == range) {
      const bool again = out->due == Due::again;
      if (request.repeated != again)
        return again ? "it is a repetition." : "it is no repetition, but the rest of a short answer.";
      const std::uint64_t timeout =
          again ? std::min(out->timeout * 2, options_.timeout_limit_ns) : options_.timeout_ns;
      *out = {range, now, timeout, again ? out->attempts + 1 : 1};
      return {};
    }
    for (std::uint64_t s = range.begin; s < range.end; ++s)
      if (find(s) != out_.end()) return std::to_string(s) + " was asked for, and is on its way.";
    if (request.repeated) return "it is no repetition.";
    if (out_.size() == options_.outstanding) return "too many are out.";
    out_.push_back({range, now, options_.timeout_ns, 1});
    return {};
  }

  RecoveryOptions options_;
  std::vector<Out> out_;
  bool exhausted_ = false;
};

// A receiver that has lost messages, and a server with its own mind.
class World {
 public:
  World(std::mt19937_64& random, const RecoveryOptions& options)
      : random_(random), rules_(options), recovery_(options) {
    loss_ = below(3) * 30;
    delay_ = 200 + below(2) * 5'000;
    for (std::uint64_t s = 1; s < end_; ++s)
      if (below(4) == 0) came_.insert(s);
    if (below(2) == 0) came_.clear();
  }

  // The empty string: all came, or was given up, by the rules.
  std::string live() {
    for (std::uint64_t now = 0; now < 40'000; now += 1 + below(200)) {
      arrive(now);
      if (next_ == end_) return {};
      if (below(50) == 0) end_ += below(30);
      const Gap missing{next_, came_.empty() ? end_ : std::min(end_, *came_.begin())};
      const auto made = round_of(recovery_, missing, now * 1000);
      std::string wrong = rules_.judge(missing, now * 1000, made, recovery_.gave_up());
      if (!wrong.empty())
        return "At " + std::to_string(now) + " us, with " + told(missing) + " missing: " + wrong;
      for (const Request& request : made) answer(request.range, now);
      if (recovery_.gave_up()) {
        next_ = missing.end;
        arrive(now);
        round_of(recovery_, std::nullopt, now * 1000);
        rules_.judge(std::nullopt, now * 1000, {}, false);
      }
    }
    return {};
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  void answer(const Gap& range, std::uint64_t now) {
    for (std::uint64_t copies = below(100) < loss_ ? 0 : below(5) == 0 ? 2 : 1; copies > 0; --copies)
      on_their_way_.emplace(now + below(delay_),
                            Gap{range.begin, range.end - (below(3) == 0 ? below(range.size()) : 0)});
  }

  void arrive(std::uint64_t now) {
    if (below(30) == 0) came_.insert(next_ + below(20));  // another line
    while (!on_their_way_.empty() && on_their_way_.begin()->first <= now) {
      const Gap range = on_their_way_.begin()->second;
      for (std::uint64_t s = range.begin; s < range.end; ++s) came_.insert(s);
      on_their_way_.erase(on_their_way_.begin());
    }
    while (!came_.empty() && *came_.begin() <= next_) {
      next_ += *came_.begin() == next_;
      came_.erase(came_.begin());
    }
    end_ = std::max(end_, came_.empty() ? next_ : *came_.rbegin() + 1);
  }

  std::mt19937_64& random_;
  Rules rules_;
  GapRecovery recovery_;
  std::uint64_t loss_ = 0, delay_ = 0, next_ = 1, end_ = 400;
  std::set<std::uint64_t> came_;  // above next_
  std::multimap<std::uint64_t, Gap> on_their_way_;
};

TEST(AnyServer, ByTheRules) {
  Story story(
      "servers lose, delay, double and shorten their answers, and lines bring some messages after all");
  story.notes("final_project/feed-handlers.md#recovery");
  auto random = testkit::random();
  for (int day = 0; day < 40 && story.ok(); ++day) {
    const RecoveryOptions options{.chunk = 1 + random() % 50,
                                  .outstanding = 1 + random() % 16,
                                  .timeout_ns = 1'000'000,
                                  .timeout_limit_ns = 1'000'000 * (1 + random() % 8),
                                  .attempts = static_cast<unsigned>(1 + random() % 6),
                                  .max_gap = 5'000};
    const std::string wrong = World(random, options).live();
    if (wrong.empty()) continue;
    story.step("pieces of " + std::to_string(options.chunk) + ", " + std::to_string(options.outstanding) +
               " at a time, 1 ms up to " + std::to_string(options.timeout_limit_ns / 1'000'000) + " ms, " +
               std::to_string(options.attempts) + " attempts");
    story.fail(wrong);
  }
}

TEST(AnyServer, NoAllocation) {
  Story story("10000 gaps with short answers");
  story.notes("final_project/feed-handlers.md#recovery");
  GapRecovery recovery({});
  std::uint64_t requests = 0;
  const AllocationCounter memory;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t begin = 1 + i * 1000;
    for (const std::uint64_t answered : {0U, 10U, 10U, 100U})
      for (int polls = 0; polls < 6; ++polls)
        requests +=
            recovery.poll(Gap{begin + answered, begin + 200}, i * 3'000'000 + answered * 10'000).has_value();
  }
  const auto allocated = memory.allocations();
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  // Of each gap: four pieces, the rest of the first, the rest of the third, a fifth.
  story.expect(requests).equals(70'000U).named("requests");
  story.expect(recovery.gave_up()).is_false().named("gave_up()");
}

}  // namespace
}  // namespace lln::project::any_server_test
