// Days at random, a plain model that judges what an arbiter makes of them, and the shortest day on which it is wrong.
#pragma once

#include <arbiter.hpp>
#include <schedule.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace lln::project {

struct Day {
  ArbiterOptions options;
  std::vector<Event> events;
};

class DayMaker {
 public:
  explicit DayMaker(std::mt19937_64& random) : random_(random) {}

  Day make() {
    const std::uint64_t begin = day_.options.first_sequence = 1 + below(3) * 1000;
    const std::uint64_t end = begin + 20 + below(160);
    day_.options.gap_timer_ns = 100'000 + below(2) * 400'000;
    day_.options.window_messages = 1024;
    for (const Line line : {Line::a, Line::b}) make_line(line, begin, end);
    // What neither line has brought, or what somebody thinks so.
    for (std::uint64_t s = begin; s < end; s += 1 + below(30))
      if (below(3) == 0)
        add({.line = Line::rerequest,
             .at = time_of(s - begin) + below(1'500'000),
             .begin = s,
             .end = std::min(end, s + 1 + below(20))});
    for (int i = 0; i < 30; ++i)
      add({.kind = Event::Kind::time, .at = below(time_of(end - begin) + 1'000'000)});
    if (below(3) == 0)
      add({.kind = Event::Kind::skip,
           .at = below(time_of(end - begin)),
           .begin = begin + below(end - begin)});
    if (below(3) == 0) add({.kind = Event::Kind::skip, .at = time_of(end - begin) + 2'000'000, .begin = end});
    std::stable_sort(day_.events.begin(), day_.events.end(),
                     [](const Event& a, const Event& b) { return a.at < b.at; });
    for (std::size_t i = 1; i < day_.events.size(); ++i)  // a call of skip_to has no time of its own
      if (day_.events[i].kind == Event::Kind::skip) day_.events[i].at = day_.events[i - 1].at;
    return day_;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  static std::uint64_t time_of(std::uint64_t message) { return message * 10'000; }
  void add(const Event& event) { day_.events.push_back(event); }

  void make_line(Line line, std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t losses[] = {0, 5, 20, 50};
    const std::uint64_t loss = losses[below(4)];
    const std::uint64_t skew = below(300'000);
    const std::uint64_t jitter = 1 + below(2) * below(200'000);
    const auto arrival = [&](std::uint64_t s) { return time_of(s - begin) + skew + below(jitter); };
    for (std::uint64_t s = begin; s < end;) {
      const std::uint64_t last = std::min(end, s + 1 + below(6));
      Event event{.line = line, .at = arrival(s), .begin = s, .end = last};
      if (!chance(loss)) add(event);
      if (chance(5)) event.at += below(300'000), add(event);
      if (chance(3)) event.stranger = true, add(event);
      if (chance(8)) add({.line = line, .at = arrival(last), .begin = last, .end = last});
      s = last;
    }
    for (std::uint64_t i = below(4); i > 0; --i)
      add({.kind = Event::Kind::end, .line = line, .at = arrival(end), .begin = end, .end = end});
  }

  std::mt19937_64& random_;
  Day day_;
};

// What the contract says, by maps, with no regard to cost. A window so large that nothing overflows.
class Model {
 public:
  explicit Model(const ArbiterOptions& options)
      : timer_(options.gap_timer_ns), next_(options.first_sequence), known_end_(next_) {}

  // Then compared with `arbiter`, whose sink is `stream`. The empty string: as it should be.
  std::string step(const Event& event, const Arbiter& arbiter, const Stream& stream) {
    now_ = event.kind == Event::Kind::skip ? now_ : event.at;
    if (event.kind == Event::Kind::skip) {
      if (event.begin > next_) pass(event.begin);
    } else if (event.kind != Event::Kind::time) {
      if (!begun_) ours_ = event.stranger;
      begun_ = true;
      if (event.stranger == ours_) take(event);
    }
    if (ends_ && next_ >= end_) ended_ = true;
    if (arbiter.next_sequence() != next_) return differs("next_sequence()", next_, arbiter.next_sequence());
    if (arbiter.known_end() != known_end_) return differs("known_end()", known_end_, arbiter.known_end());
    if (stream.ranges() != delivered_ || stream.ended() != (ended_ ? 1 : 0)) {
      Stream wanted;
      for (const Gap& range : delivered_)
        for (std::uint64_t s = range.begin; s < range.end; ++s) wanted.on_message(s, {});
      if (ended_) wanted.on_end_of_session(end_);
      return "The sink should have got " + wanted.told() + ", got " + stream.told() + ".";
    }
    if (!stream.damage().empty()) return "In the sink, " + stream.damage() + ".";
    return look_at(arbiter.missing());
  }

  std::string count(const ArbiterCounters& counters) const {
    std::uint64_t first = 0;
    for (const LineCounters& line : counters.lines) {
      first += line.first;
      if (line.messages != line.first + line.duplicates + line.overflow)
        return "Messages should have been first + duplicates + overflow, was: " + told(line) + ".";
    }
    if (first != firsts_) return differs("The sum of `first` over the lines", firsts_, first);
    if (counters.gaps != gaps_) return differs("counters().gaps", gaps_, counters.gaps);
    return {};
  }

 private:
  static std::string differs(const std::string& what, std::uint64_t wanted, std::uint64_t was) {
    return what + " should have been " + std::to_string(wanted) + ", was " + std::to_string(was) + ".";
  }

  void take(const Event& event) {
    if (event.kind == Event::Kind::end && event.begin < known_end_) return;  // no end
    if (event.begin > known_end_) ++gaps_;
    if (event.end > known_end_) {
      if (known_end_ == std::max(next_, came_.empty() ? next_ : came_.rbegin()->first + 1))
        first_told_ = now_;
      last_told_ = now_;
      known_end_ = event.end;
      told_.emplace(known_end_, now_);
    }
    for (std::uint64_t s = std::max(next_, event.begin); s < event.end; ++s)
      firsts_ += came_.emplace(s, now_).second;
    if (event.kind == Event::Kind::end) ends_ = true, end_ = event.begin;
    pass(next_);
  }

  // Goes on from `from`, which is not below next_.
  void pass(std::uint64_t from) {
    next_ = from;
    came_.erase(came_.begin(), came_.lower_bound(next_));
    while (!came_.empty() && came_.begin()->first == next_) {
      if (delivered_.empty() || delivered_.back().end != next_) delivered_.push_back({next_, next_});
      delivered_.back().end = ++next_;
      came_.erase(came_.begin());
    }
    known_end_ = std::max(known_end_, next_);
  }

  std::string look_at(const std::optional<Gap>& missing) {
    if (next_ == known_end_)
      return missing ? "missing() should have been nothing, was " + told(missing) + "." : "";
    const Gap hole{next_, came_.empty() ? known_end_ : came_.begin()->first};
    std::uint64_t known_since = told_.upper_bound(next_)->second;  // since when next_ is known to exist
    if (came_.empty()) known_since = std::min(known_since, first_told_);
    const std::uint64_t since = came_.empty() ? last_told_ : came_.begin()->second;
    const bool lost = next_ < lost_until_;
    if (!missing && (lost || now_ - since >= timer_))
      return "missing() should have been " + told(hole) + ", was nothing.";
    if (missing && !lost && now_ - known_since < timer_)
      return "missing() should have been nothing yet, was " + told(missing) + ".";
    if (missing && *missing != hole)
      return "missing() should have been " + told(hole) + ", was " + told(missing) + ".";
    if (missing) lost_until_ = std::max(lost_until_, hole.end);
    return {};
  }

  std::uint64_t timer_;
  std::uint64_t next_;
  std::uint64_t known_end_;
  std::map<std::uint64_t, std::uint64_t> came_;  // from next_ on: when
  std::map<std::uint64_t, std::uint64_t> told_;  // known_end(): since when
  std::vector<Gap> delivered_;
  std::uint64_t now_ = 0, first_told_ = 0, last_told_ = 0, lost_until_ = 0, end_ = 0, firsts_ = 0, gaps_ = 0;
  bool begun_ = false, ours_ = false, ends_ = false, ended_ = false;
};

// What the arbiter does wrong; the empty string: nothing.
inline std::string judge(const Day& day) {
  Stream stream;
  Arbiter arbiter(day.options, stream);
  Carrier carrier;
  Model model(day.options);
  for (const Event& event : day.events) {
    carrier.give(event, arbiter);
    std::string wrong = model.step(event, arbiter, stream);
    if (!wrong.empty()) return wrong;
  }
  return model.count(arbiter.counters());
}

// Leaves out what is not needed, as long as something stays wrong: messages at the beginning, then events, many at a time
// and at last one by one.
inline Day shrunk(Day day) {
  const auto keep_if_wrong = [&day](const Day& less) {
    const bool wrong = !less.events.empty() && !judge(less).empty();
    if (wrong) day = less;
    return wrong;
  };
  for (std::uint64_t step = 128; step > 0; step /= 2) {
    Day less = day;
    less.options.first_sequence += step;
    keep_if_wrong(less);
  }
  for (std::size_t part = day.events.size(); part > 0; part /= 2) {
    for (std::size_t at = 0; at < day.events.size();) {
      Day less = day;
      const auto from = less.events.begin() + static_cast<std::ptrdiff_t>(at);
      less.events.erase(from, from + static_cast<std::ptrdiff_t>(std::min(part, less.events.size() - at)));
      if (!keep_if_wrong(less)) at += part;
    }
  }
  return day;
}

}  // namespace lln::project
