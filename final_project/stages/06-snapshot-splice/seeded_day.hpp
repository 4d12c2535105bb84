// A day with outages, and a snapshot server that refuses, lags, falls silent or goes away: all from one generator.
//
// The books are a few sums in which order and number of the messages matter: a message "a 7" makes a = 31 * a + 7, and
// the snapshot says "=a 1234" for each of them.
#pragma once

#include <snapshot_rig.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace lln::project::rig {

using Sums = std::map<char, std::uint64_t>;

inline void add_to(Sums& sums, std::string_view message) {
  std::uint64_t& sum = sums[message[0]];
  sum = 31 * sum + std::stoull(std::string(message.substr(2)));
}

// Compares each message with the one that was published.
class SumsSink final : public SnapshotSink {
 public:
  explicit SumsSink(const std::vector<std::string>& flow) : flow_(flow) {}
  void on_message(std::uint64_t sequence, Message message) noexcept override {
    if (loading)
      complain("message " + std::to_string(sequence) + " came between begin and end of a snapshot");
    if (sequence != next)
      complain("message " + std::to_string(sequence) + " came instead of " + std::to_string(next));
    next = sequence + 1;
    if (sequence > flow_.size() || text(message) != flow_[sequence - 1])
      return complain("message " + std::to_string(sequence) + " is not what was published under that number");
    add_to(sums, text(message));
  }
  void on_end_of_session(std::uint64_t) noexcept override {
    if (ended) complain("the end of the session was reported twice");
    ended = true;
  }
  void on_snapshot_begin() noexcept override {
    sums.clear();
    loading = true;
  }
  void on_snapshot_message(Message message) noexcept override {
    const std::string said = text(message);
    if (!loading) complain("'" + said + "' came outside of a snapshot");
    sums[said[1]] = std::stoull(said.substr(3));
  }
  void on_snapshot_end(std::uint64_t sequence) noexcept override {
    loading = false;
    next = sequence;
  }

  Sums sums;
  std::uint64_t next = 1;
  bool loading = false;
  bool ended = false;
  std::string complaint;  // the first one

 private:
  void complain(const std::string& what) {
    if (complaint.empty()) complaint = what;
  }
  const std::vector<std::string>& flow_;
};

class SeededDay {
 public:
  explicit SeededDay(std::mt19937_64& random)
      : random_(random),
        splice_({.hold = 16 + below(200)}, sink_),
        lag_(below(3) == 0 ? below(40) : 0),
        delay_(below(2) * below(20)) {
    for (std::uint64_t n = 1; n <= messages; ++n)
      flow_.push_back(std::string(1, static_cast<char>('a' + below(5))) + " " + std::to_string(below(1000)));
    heard_.fill(true);
    // Joined late, or not; then some outages, perhaps in the last messages of the day.
    silence(1, below(2) == 0 ? 0 : below(300));
    for (std::uint64_t i = below(20); i != 0; --i)
      silence(1 + below(messages), 1 + below(i % 2 == 0 ? 30 : 5));
  }

  void run() {
    for (int step = 0; step < 20'000 && !sink_.ended; ++step) {
      now_ += 50 * ms;
      publish();
      serve();
      splice_.on_time(now_);
      splice_.catch_up(below(6));
    }
  }

  void judge(testkit::Story& story) const {
    Sums truth;
    for (const std::string& message : flow_) add_to(truth, message);
    story.expect(sink_.complaint).equals("").named("what was wrong");
    story.expect(sink_.ended).is_true().named("the end of the day was reported");
    story.expect(sink_.next).equals(messages + 1).named("the next message");
    story.expect(sink_.sums == truth).is_true().named("the books are those of one who saw everything");
  }

 private:
  static constexpr std::uint64_t messages = 600;

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  void silence(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t n = first; n < std::min(first + count, messages + 1); ++n) heard_[n - 1] = false;
  }

  void publish() {
    published_ = std::min(messages, published_ + below(4));
    const std::uint64_t arrived =
        published_ == messages ? messages : published_ - std::min(delay_, published_);
    for (; arrived_ < arrived; ++arrived_)
      if (heard_[arrived_]) splice_.on_message(arrived_ + 1, bytes(flow_[arrived_]));
    if (arrived_ != messages || end_sent_) return;
    splice_.on_end_of_session(messages + 1);
    end_sent_ = true;
  }

  void serve() {
    if (splice_.state() == SnapshotState::stale && below(10) == 0) connect();
    if (splice_.state() != SnapshotState::loading) return;
    splice_.sent(splice_.to_send().size(), now_);
    const std::size_t part = std::min<std::size_t>(stream_.size() - sent_, below(60));
    splice_.received(bytes(std::string_view(stream_).substr(sent_, part)), now_);
    sent_ += part;
    if (sent_ == stream_.size() && closes_) splice_.disconnected();
  }

  void connect() {
    splice_.connected(day, now_);
    sent_ = 0;
    closes_ = true;
    const std::uint64_t lag = end_sent_ ? 0 : std::min(lag_, published_);
    stream_ = snapshot(published_ + 1 - lag);
    switch (below(8)) {
      case 0:
        stream_ = soup('J', "A");
        break;
      case 1:
        stream_.resize(below(stream_.size()));
        break;
      case 2:  // falls silent
        stream_.resize(below(stream_.size()));
        closes_ = false;
        break;
      default:
        break;
    }
  }

  std::string snapshot(std::uint64_t next) const {
    Sums sums;
    for (std::uint64_t n = 1; n < next; ++n) add_to(sums, flow_[n - 1]);
    std::string stream = accepted();
    for (const auto& [key, sum] : sums)
      stream += sequenced(std::string("=") + key + " " + std::to_string(sum));
    return stream + end_of_snapshot(next) + soup('Z');
  }

  std::mt19937_64& random_;
  std::vector<std::string> flow_;  // message n is flow_[n - 1]
  SumsSink sink_{flow_};
  SnapshotSplice splice_;
  std::array<bool, messages> heard_{};
  std::uint64_t now_ = 1'000'000 * ms;
  std::uint64_t published_ = 0;
  std::uint64_t arrived_ = 0;  // on the line, or lost there
  bool end_sent_ = false;
  std::uint64_t lag_;    // of the snapshots, behind what is published
  std::uint64_t delay_;  // of the line
  std::string stream_;   // of the present connection
  std::size_t sent_ = 0;
  bool closes_ = true;
};

}  // namespace lln::project::rig
