// Real market data, where the reader has some: every ITCH file below LLN_MARKET_DATA_DIR is decoded and built into
// books; a file derived from a LOBSTER day is compared row by row with LOBSTER's own order book.
#include "book_testkit.hpp"
#include "zip_reader.hpp"

#include <lln/feed/binary_file.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <regex>

namespace lln::handler {
namespace {

namespace fs = std::filesystem;

constexpr const char* how =
    "no market data: set LLN_MARKET_DATA_DIR to a directory with ITCH 5.0 files (*.NASDAQ_ITCH50*, *.itch*; "
    "gzip too)";

/// All files below the directory, sorted by path.
std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_itch_file(const fs::path& path) {
  const std::string name = path.filename().string();
  for (const char* part : {".NASDAQ_ITCH50", ".itch", ".TEST_ITCH_50"})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

class MarketData : public testing::Test {
 protected:
  void SetUp() override {
    const char* directory = std::getenv("LLN_MARKET_DATA_DIR");
    if (directory == nullptr || *directory == '\0') GTEST_SKIP() << how;
    ASSERT_TRUE(fs::is_directory(directory))
        << "LLN_MARKET_DATA_DIR is " << directory << ", which is no directory";
    files_ = files_below(directory);
  }
  std::vector<fs::path> files_;
};

struct FileFacts {
  std::uint64_t messages = 0;
  std::uint64_t wrong_length = 0;
  std::uint64_t unknown_type = 0;
  std::uint64_t time_went_back = 0;
  std::uint64_t latest_ns = 0;

  void look_at(std::span<const std::byte> message) {
    ++messages;
    const std::size_t length = itch::length_of(std::to_integer<std::uint8_t>(message[0]));
    if (length == 0) {
      ++unknown_type;
      return;
    }
    wrong_length += message.size() != length;
    if (message.size() < length) return;
    const std::uint64_t time = itch::View{message.data()}.timestamp_ns();
    time_went_back += time < latest_ns;
    latest_ns = time;
  }
};

void print(const fs::path& path, const FileFacts& facts, const OrderBooks& books) {
  const BookCounters& counters = books.counters();
  std::printf("%s: %llu messages:", path.filename().c_str(), static_cast<unsigned long long>(facts.messages));
  for (std::size_t type = 0; type < counters.messages.size(); ++type)
    if (counters.messages[type] != 0)
      std::printf(std::isgraph(static_cast<int>(type)) ? " %c %llu" : " 0x%02x %llu", static_cast<int>(type),
                  static_cast<unsigned long long>(counters.messages[type]));
  std::printf("; %zu orders live at the end", books.order_count());
  if (counters.unknown_reference != 0)
    std::printf("; %llu references to orders from before the file",
                static_cast<unsigned long long>(counters.unknown_reference));
  std::printf("\n");
}

TEST_F(MarketData, EveryItchFileDecodesAndBuildsBooks) {
  std::size_t files = 0;
  for (const fs::path& path : files_) {
    if (!is_itch_file(path)) continue;
    ++files;
    const auto books = std::make_unique<OrderBooks>();
    FileFacts facts;
    NullSink sink;
    testkit::Blocks blocks;
    try {
      feed::BinaryFileReader reader(path);
      std::span<const std::byte> message;
      std::size_t in_blocks = 0;
      while (reader.next(message)) {
        facts.look_at(message);
        blocks.append(message);
        if (++in_blocks < 40) continue;
        books->apply(blocks.run(), sink);
        blocks.clear();
        in_blocks = 0;
      }
      books->apply(blocks.run(), sink);
    } catch (const std::runtime_error& refusal) {
      const std::string sentence = refusal.what();
      EXPECT_EQ(facts.messages, 0U) << path << " was readable at first: " << sentence;
      EXPECT_EQ(sentence.find('\n'), std::string::npos) << "one sentence, not several lines";
      std::printf("%s: refused: %s\n", path.filename().c_str(), sentence.c_str());
      continue;
    }
    print(path, facts, *books);
    EXPECT_EQ(facts.wrong_length, 0U) << path << ": messages whose length is not that of their type";
    EXPECT_EQ(facts.time_went_back, 0U) << path << ": timestamps that lie before the one ahead of them";
    EXPECT_EQ(books->counters().total(), facts.messages) << path << ": each message is counted once";
    EXPECT_EQ(books->counters().unknown_type, facts.unknown_type) << path;
    EXPECT_EQ(books->counters().truncated, 0U) << path;
    EXPECT_EQ(books->counters().duplicate_reference, 0U) << path << ": references are unique within a day";
    EXPECT_EQ(books->counters().over_reduced, 0U) << path;
    EXPECT_EQ(books->counters().capacity_exhausted, 0U) << path;
  }
  if (files == 0) GTEST_SKIP() << how;
}

// One row of LOBSTER's order book: ask price, ask size, bid price, bid size, for each level. Levels that do not exist
// have price 9999999999 (ask) or -9999999999 (bid) and size 0.
using Row = std::vector<std::int64_t>;

Row row_of(const OrderBooks& books, Locate locate, std::size_t depth) {
  std::vector<LevelView> asks(depth);
  std::vector<LevelView> bids(depth);
  asks.resize(books.levels(locate, Side::sell, asks));
  bids.resize(books.levels(locate, Side::buy, bids));
  Row row;
  for (std::size_t i = 0; i < depth; ++i) {
    row.push_back(i < asks.size() ? asks[i].price : 9'999'999'999);
    row.push_back(i < asks.size() ? static_cast<std::int64_t>(asks[i].shares) : 0);
    row.push_back(i < bids.size() ? bids[i].price : -9'999'999'999);
    row.push_back(i < bids.size() ? static_cast<std::int64_t>(bids[i].shares) : 0);
  }
  return row;
}

class RowReader {
 public:
  explicit RowReader(std::string text) : text_(std::move(text)) {}

  bool next(Row& row) {
    row.clear();
    while (at_ < text_.size() && text_[at_] != '\n') {
      std::int64_t value = 0;
      const char* end = text_.data() + text_.size();
      const auto [rest, error] = std::from_chars(text_.data() + at_, end, value);
      if (error != std::errc{}) throw std::runtime_error("no number at offset " + std::to_string(at_));
      row.push_back(value);
      at_ = static_cast<std::size_t>(rest - text_.data());
      while (at_ < text_.size() && (text_[at_] == ',' || text_[at_] == '\r')) ++at_;
    }
    if (at_ < text_.size()) ++at_;
    return !row.empty();
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string order_book_file(const fs::path& archive) {
  const testkit::ZipReader zip(archive);
  for (const testkit::ZipReader::Entry& entry : zip.entries())
    if (entry.name.find("orderbook") != std::string::npos) return zip.read(entry);
  throw std::runtime_error(archive.string() + " holds no file named *orderbook*");
}

std::string text_of(const Row& row) {
  std::string text;
  for (const std::int64_t value : row) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

TEST_F(MarketData, BooksEqualThoseOfLobsterRowByRow) {
  const std::regex derived(R"(derived_([A-Z.]+)_(\d{4}-\d{2}-\d{2})_level(\d+)\.itch\.gz)");
  std::size_t pairs = 0;
  for (const fs::path& path : files_) {
    std::smatch parts;
    const std::string name = path.filename().string();
    if (!std::regex_match(name, parts, derived)) continue;
    const std::string symbol = parts[1];
    const std::string zip_name =
        "LOBSTER_SampleFile_" + symbol + "_" + parts[2].str() + "_" + parts[3].str() + ".zip";
    const auto zip = std::find_if(files_.begin(), files_.end(),
                                  [&](const fs::path& f) { return f.filename() == zip_name; });
    if (zip == files_.end()) {
      std::printf("%s: not compared, there is no %s\n", symbol.c_str(), zip_name.c_str());
      continue;
    }
    ++pairs;
    const std::size_t depth = std::stoul(parts[3]);
    RowReader rows(order_book_file(*zip));
    const auto books = std::make_unique<OrderBooks>();
    NullSink sink;
    Row expected;
    std::uint64_t equal = 0;
    std::uint64_t compared = 0;
    feed::BinaryFileReader reader(path);
    std::span<const std::byte> message;
    while (reader.next(message)) {
      books->apply_one(message, sink);
      if (itch::View{message.data()}.tracking() != 1) continue;
      ASSERT_TRUE(rows.next(expected)) << name << " has more messages with tracking number 1 than "
                                       << zip_name << " has rows: " << compared;
      ++compared;
      const Row actual = row_of(*books, Locate{itch::View{message.data()}.locate()}, depth);
      if (actual == expected) {
        ++equal;
      } else if (compared - equal == 1) {
        ADD_FAILURE() << symbol << ": the first row that differs is " << compared << "\n  should be "
                      << text_of(expected) << "\n  is        " << text_of(actual);
      }
    }
    std::uint64_t in_file = compared;
    while (rows.next(expected)) ++in_file;
    std::printf("%s: rows equal %llu of %llu\n", symbol.c_str(), static_cast<unsigned long long>(equal),
                static_cast<unsigned long long>(in_file));
    EXPECT_EQ(equal, in_file);
  }
  if (pairs == 0)
    GTEST_SKIP() << "no pair of derived_<SYMBOL>_<date>_level<K>.itch.gz and "
                    "LOBSTER_SampleFile_<SYMBOL>_<date>_<K>.zip "
                    "below LLN_MARKET_DATA_DIR";
}

}  // namespace
}  // namespace lln::handler
