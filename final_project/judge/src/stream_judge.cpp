#include <lln/feed/output_stream.hpp>
#include <lln/judge/expected_stream.hpp>
#include <lln/judge/stream_judge.hpp>

#include <cerrno>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <variant>
#include <vector>

namespace lln::judge {
namespace {

using feed::OutputRecord;

std::uint64_t sequence_of(const OutputRecord& record) {
  return std::visit([](const auto& r) { return r.sequence; }, record);
}

class Judge {
 public:
  Judge(const Day& day, StreamVerdict& verdict) : day_(day), verdict_(verdict) {}

  /// False at the first difference.
  bool take(const OutputRecord& record) {
    if (verdict_.ended) return differs("nothing: the session has ended", &record);
    if (!begun_ && !std::holds_alternative<feed::SessionBegin>(record))
      return differs("a session that begins (O)", &record);
    return std::visit([&](const auto& r) { return on(r); }, record);
  }

  /// The stream is over: is something missing that was begun?
  bool finish() {
    if (prices_due_ && !wanted_.empty()) return differs(feed::describe(wanted_.front()), nullptr);
    verdict_.next = next_;
    return true;
  }

 private:
  bool on(const feed::SessionBegin& record) {
    if (begun_) return differs("one session only", &keep(record));
    if (record.sequence != 1 || record.version != feed::output_version)
      return differs("sequence 1 and version 1 in the O record", &keep(record));
    begun_ = true;
    verdict_.session = std::string(record.session.begin(), record.session.end());
    return true;
  }
  bool on(const feed::BestPrices& record) { return published(record) && (++verdict_.prices, true); }
  bool on(const feed::TradePrint& record) { return published(record) && (++verdict_.trades, true); }
  bool on(const feed::MessagesLost& record) {
    if (record.sequence < next_ || record.end <= record.sequence || record.end > day_.size() + 1)
      return differs("a range of the messages from " + std::to_string(next_) + " on", &keep(record));
    if (!nothing_before(record.sequence, keep(record))) return false;
    next_ = record.end;
    verdict_.lost += record.end - record.sequence;
    return true;
  }
  // Where the books stood before does not matter: they are made anew.
  bool on(const feed::BooksReplaced& record) {
    if (record.sequence == 0 || record.sequence > day_.size() + 1)
      return differs("a snapshot of this day, which has " + std::to_string(day_.size()) + " messages",
                     &keep(record));
    if (!nothing_due(keep(record))) return false;
    if (record.sequence < next_ || verdict_.lost != 0) {
      expected_ = {};
      next_ = 1;
    }
    while (next_ < record.sequence) apply_next();
    const auto prices = expected_.all_prices(record.sequence);
    wanted_.assign(prices.begin(), prices.end());
    prices_due_ = true;
    ++verdict_.snapshots;
    return true;
  }
  bool on(const feed::SessionEnd& record) {
    if (!nothing_before(record.sequence, keep(record))) return false;
    if (record.sequence != day_.size() + 1)
      return differs("an end after message " + std::to_string(day_.size()) + ", the last of the day",
                     &keep(record));
    return verdict_.ended = true;
  }

  // The next record that the books demand is this one.
  template <class Record>
  bool published(const Record& record) {
    // A message far away, in a stream that is wrong, is no reason to go through the whole day.
    while (wanted_.empty() && next_ <= day_.size() && next_ <= record.sequence) fill();
    if (wanted_.empty() || sequence_of(wanted_.front()) > record.sequence)
      return differs("nothing", &keep(record));
    if (wanted_.front() != OutputRecord{record})
      return differs(feed::describe(wanted_.front()), &keep(record));
    wanted_.pop_front();
    prices_due_ = prices_due_ && !wanted_.empty();
    return true;
  }

  bool nothing_due(const OutputRecord& record) {
    return wanted_.empty() || differs(feed::describe(wanted_.front()), &record);
  }
  bool nothing_before(std::uint64_t sequence, const OutputRecord& record) {
    while (wanted_.empty() && next_ < sequence && next_ <= day_.size()) fill();
    return nothing_due(record);
  }
  std::vector<OutputRecord> apply_next() {
    const std::uint64_t sequence = next_++;
    return expected_.apply(sequence, day_.message(sequence));
  }
  void fill() {
    for (OutputRecord& record : apply_next()) wanted_.push_back(std::move(record));
  }
  const OutputRecord& keep(const OutputRecord& record) { return kept_.emplace(record); }

  bool differs(const std::string& wanted, const OutputRecord* was) {
    std::string& text = verdict_.difference;
    text = "record " + std::to_string(verdict_.records + 1) +
           " of the stream:\n  should have been: " + wanted +
           "\n  was:              " + (was == nullptr ? "missing" : feed::describe(*was));
    const std::uint64_t told = wanted_.empty() ? 0 : sequence_of(wanted_.front());
    for (const std::uint64_t about : {told, was == nullptr ? 0 : sequence_of(*was)}) {
      if (about == 0 || about > day_.size() || about == said_) continue;
      text += "\n  message " + std::to_string(about) + " is " + describe(day_.message(about));
      said_ = about;
    }
    return false;
  }

  const Day& day_;
  StreamVerdict& verdict_;
  ExpectedStream expected_;
  std::deque<OutputRecord> wanted_;
  std::optional<OutputRecord> kept_;
  std::uint64_t next_ = 1;
  std::uint64_t said_ = 0;
  bool begun_ = false;
  bool prices_due_ = false;
};

}  // namespace

StreamVerdict judge_stream(const Day& day, std::span<const std::byte> stream) {
  constexpr std::size_t size = feed::output_record_size;
  StreamVerdict verdict;
  Judge judge(day, verdict);
  for (; stream.size() >= size; stream = stream.subspan(size)) {
    const std::optional<OutputRecord> record = feed::decode_output(stream.first<size>());
    if (!record) {
      verdict.difference = "record " + std::to_string(verdict.records + 1) +
                           " of the stream is of no kind of SPEC.md section 11: its first byte is " +
                           std::to_string(std::to_integer<unsigned>(stream[0]));
      return verdict;
    }
    if (!judge.take(*record)) return verdict;
    ++verdict.records;
  }
  if (!stream.empty()) {
    verdict.difference =
        "the stream ends within a record, after " + std::to_string(stream.size()) + " bytes of 40";
    return verdict;
  }
  judge.finish();
  return verdict;
}

StreamVerdict judge_stream_file(const Day& day, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return judge_stream(day, std::as_bytes(std::span(text)));
}

}  // namespace lln::judge
