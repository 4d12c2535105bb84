#include "test_support.hpp"

#include <lln/exchange/replay_source.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lln::exchange {
namespace {

using testing::copy;
using testing::numbered;

struct ReplaySourceTest : ::testing::Test {
  ~ReplaySourceTest() override { std::filesystem::remove(path); }

  void write(const std::vector<FlowMessage>& messages) const {
    feed::BinaryFileWriter writer(path);
    for (const FlowMessage& message : messages) writer.write(message.message());
    writer.close();
  }

  static FlowMessage at(std::uint64_t number, std::uint64_t stamp_ns) {
    FlowMessage message = numbered(number, 0);
    message.set_timestamp_ns(stamp_ns);
    return message;
  }

  static std::vector<FlowMessage> all(ReplaySource& source) {
    std::vector<FlowMessage> result;
    FlowMessage message;
    while (source.next(message)) result.push_back(message);
    return result;
  }

  static std::vector<std::int64_t> offsets(ReplaySource& source) {
    std::vector<std::int64_t> result;
    for (const FlowMessage& message : all(source)) result.push_back(message.offset_ns);
    return result;
  }

  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("lln_replay_" + std::to_string(::getpid()) + "_" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

using Offsets = std::vector<std::int64_t>;

TEST_F(ReplaySourceTest, PassesEveryMessageThroughUnchanged) {
  const auto day = testing::whole_day(testing::small_day(5'000));
  write(day);
  ReplaySource source(path, 0, 0);
  EXPECT_EQ(source.messages(), 5'000U);
  EXPECT_EQ(source.symbols(), 200U);
  const auto replayed = all(source);
  ASSERT_EQ(replayed.size(), day.size());
  for (std::size_t i = 0; i < day.size(); ++i)
    ASSERT_EQ(copy(replayed[i].block()), copy(day[i].block())) << "message " << i;
}

TEST_F(ReplaySourceTest, RateZeroKeepsThePaceOfTheFile) {
  write({at(1, 5'000), at(2, 5'000), at(3, 5'700), at(4, 9'000)});
  ReplaySource source(path, 0, 0);
  EXPECT_EQ(offsets(source), (Offsets{0, 0, 700, 4'000}));
}

TEST_F(ReplaySourceTest, RateStretchesTheWholeFile) {
  write({at(1, 5'000), at(2, 6'000), at(3, 8'000), at(4, 9'000)});
  ReplaySource source(path, 1e6, 0);  // four messages at 1 M/s: 4,000 ns
  EXPECT_EQ(offsets(source), (Offsets{0, 1'000, 3'000, 4'000}));
  ReplaySource slower(path, 0.5e6, 0);
  EXPECT_EQ(offsets(slower), (Offsets{0, 2'000, 6'000, 8'000}));
}

TEST_F(ReplaySourceTest, WithoutTimeInTheFileMessagesAreSpreadEvenly) {
  write({at(1, 0), at(2, 0), at(3, 0)});
  ReplaySource source(path, 1'000, 0);
  EXPECT_EQ(offsets(source), (Offsets{0, 1'000'000, 2'000'000}));
}

TEST_F(ReplaySourceTest, TimeThatGoesBackInTheFileDoesNotGoBackHere) {
  write({at(1, 1'000), at(2, 3'000), at(3, 2'000), at(4, 4'000)});
  ReplaySource source(path, 0, 0);
  EXPECT_EQ(offsets(source), (Offsets{0, 2'000, 2'000, 3'000}));
}

TEST_F(ReplaySourceTest, StopsAfterTheMessagesAskedFor) {
  write({at(1, 0), at(2, 1), at(3, 2)});
  ReplaySource source(path, 0, 2);
  EXPECT_EQ(source.messages(), 2U);
  EXPECT_EQ(all(source).size(), 2U);
}

TEST_F(ReplaySourceTest, ReadsGzip) {
  path += ".gz";
  try {
    write({at(1, 0), at(2, 1)});
  } catch (const std::exception& error) {
    GTEST_SKIP() << "no gzip in this build: " << error.what();
  }
  ReplaySource source(path, 0, 0);
  EXPECT_EQ(source.messages(), 2U);
}

TEST_F(ReplaySourceTest, SaysWhatIsWrongWithTheFile) {
  const auto complaint = [&] {
    try {
      ReplaySource source(path, 0, 0);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(complaint().find(path.string()), std::string::npos) << "missing file";
  std::ofstream(path, std::ios::binary).close();
  EXPECT_NE(complaint().find("no message"), std::string::npos) << complaint();
  std::ofstream(path, std::ios::binary) << std::string("\0\x40", 2) << std::string(64, 'z');
  EXPECT_NE(complaint().find("record 1 has 64 bytes"), std::string::npos) << complaint();
  std::ofstream(path, std::ios::binary) << std::string("\0\x10", 2) << "short";
  EXPECT_NE(complaint().find(path.string()), std::string::npos) << "a record that is cut off";
}

}  // namespace
}  // namespace lln::exchange
